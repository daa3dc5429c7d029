// See runtime.hpp. The order matters: heap, primitive tables, loop and scheduler, prelude; torn down in reverse.
#include "cli/runtime.hpp"

#include "base/options.hpp"
#include "frontend/prims.hpp"
#include "gc/call.hpp"
#include "gc/heap/heap.hpp"
#include "gc/value/make.hpp"
#include "net/loop.hpp"
#include "stdlib/stdlib.hpp"

#include <cstdio>
#include <sys/resource.h>

extern "C" void *__libc_stack_end; // glibc: where the main thread's stack begins

namespace evjit::cli {

static gc::Mutator &main_mutator() {
  static gc::Mutator m;
  return m;
}

// The main thread's own stack: the collector scans it, and code that runs outside fibers checks against its limit.
static void set_native_stack(gc::Mutator &m) {
  rlimit limit{};
  getrlimit(RLIMIT_STACK, &limit);
  uintptr_t size = limit.rlim_cur == RLIM_INFINITY ? uintptr_t{8} << 20 : limit.rlim_cur;
  m.stack_top = reinterpret_cast<uintptr_t>(__libc_stack_end);
  m.stack_limit = m.stack_top - size + 2 * gc::kStackReserve;
}

Runtime::Runtime(PreludeMode prelude) : prelude_(prelude) {
  auto &m = main_mutator();
  set_native_stack(m);
  gc::heap_create(m);
  stdlib::register_all_prims();
  gc::register_prims(frontend::kFrontendPrims);
  net::create(m, base::options().file, base::options().arguments);
}

Runtime::~Runtime() {
  net::destroy(main_mutator());
  gc::heap_destroy(main_mutator());
}

gc::Mutator &Runtime::mutator() { return main_mutator(); }

static std::vector<uint32_t> prelude_sources(const std::string &list) {
  std::vector<uint32_t> files;
  size_t at = 0;
  while (at <= list.size()) {
    size_t end = std::min(list.find(':', at), list.size());
    std::string path = list.substr(at, end - at), text;
    if (FILE *in = std::fopen(path.c_str(), "rb")) {
      char buffer[65536];
      while (size_t n = std::fread(buffer, 1, sizeof buffer, in))
        text.append(buffer, n);
      std::fclose(in);
      files.push_back(frontend::sources().add({path, std::move(text)}));
    } else {
      std::fprintf(stderr, "evjit: cannot read %s\n", path.c_str());
    }
    at = end + 1;
  }
  return files;
}

static gc::UnitDesc *compile_prelude(gc::Mutator &m, frontend::Evaluator &ev, const std::string &list) {
  frontend::DiagSink sink;
  frontend::CompileOptions options;
  options.is_prelude = true;
  auto unit = frontend::compile_sources(m, ev, prelude_sources(list), options, sink);
  for (const auto &d : sink.all())
    std::fputs(frontend::render(d).c_str(), stderr);
  return unit ? ev.load(m, std::move(unit)) : nullptr;
}

bool Runtime::load_prelude(frontend::Evaluator &ev) {
  if (prelude_ == PreludeMode::None)
    return true;
  auto &m = mutator();
  gc::UnitDesc *unit = stdlib::prelude_unit();
  const auto &from = base::options().prelude_from;
  if (!from.empty() && !(unit = compile_prelude(m, ev, from)))
    return false;
  if (!unit)
    return true; // stage 1 without sources: primitives and special forms only
  if (stdlib::run_prelude(m, unit))
    return true;
  std::fprintf(stderr, "evjit: the prelude raised %s\n", gc::print_literal(m.error).c_str());
  return false;
}

} // namespace evjit::cli
