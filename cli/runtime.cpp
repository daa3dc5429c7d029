// See runtime.hpp. The order matters: heap, primitive tables, loop and scheduler, prelude; torn down in reverse.
#include "cli/runtime.hpp"

#include "base/options.hpp"
#include "frontend/compiler.hpp"
#include "frontend/diag/report.hpp"
#include "frontend/prims.hpp"
#include "gc/call.hpp"
#include "gc/heap/heap.hpp"
#include "net/loop.hpp"
#include "sched/introspect.hpp"
#include "stdlib/bootstrap.hpp"
#include "stdlib/stdlib.hpp"

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
  gc::set_stack_limit(m, m.stack_top - size + 2 * gc::kStackReserve);
}

// std/NAME for import: the unit that was compiled in, else (stage 1) the text.
static bool find_bundled_text(std::string_view name, frontend::BundledText &out) {
  const auto *text = stdlib::find_std_text(name);
  if (text)
    out = {text->file, text->text};
  return text != nullptr;
}

Runtime::Runtime(PreludeMode prelude) : prelude_(prelude) {
  auto &m = main_mutator();
  set_native_stack(m);
  gc::heap_create(m);
  stdlib::register_all_prims();
  gc::register_prims(frontend::kFrontendPrims);
  gc::register_prims(frontend::kExpandPrims);
  frontend::set_bundled_library({stdlib::find_std_unit, find_bundled_text});
  net::create(m, base::options().file, base::options().arguments);
  sched::start_watchdog(m, base::options().watchdog);
}

Runtime::~Runtime() {
  net::destroy(main_mutator());
  gc::heap_destroy(main_mutator());
}

gc::Mutator &Runtime::mutator() { return main_mutator(); }

bool Runtime::load_prelude(frontend::Evaluator &ev) {
  if (prelude_ == PreludeMode::None || stdlib::run_prelude(mutator()))
    return true;
  frontend::DiagSink sink; // stage 1: from its text
  bool fine = stdlib::bootstrap_prelude(mutator(), ev, sink);
  frontend::report(sink.all());
  return fine;
}

} // namespace evjit::cli
