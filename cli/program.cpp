// See program.hpp. Order of a run: read the source (exit 2 if that fails), start the runtime with the precompiled prelude,
// compile (exit 1 with diagnostics), run the unit as the main fiber, flush and leave: the kernel frees a heap faster than we do.
// LLVM is touched first when a function of the program is called.
#include "cli/program.hpp"

#include "base/options.hpp"
#include "cli/runtime.hpp"
#include "frontend/compiler.hpp"
#include "frontend/diag/report.hpp"
#include "frontend/read/reader.hpp"
#include "gc/call.hpp"
#include "gc/value/make.hpp"
#include "jit/aot/aot.hpp"
#include "jit/engine/engine.hpp"
#include "sched/scheduler.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <sys/stat.h>

namespace evjit::cli {

using frontend::DiagSink;

static std::optional<std::string> read_all(FILE *in) {
  std::string text;
  char buffer[65536];
  while (size_t n = std::fread(buffer, 1, sizeof buffer, in))
    text.append(buffer, n);
  if (std::ferror(in))
    return std::nullopt;
  return text;
}

static std::optional<std::string> read_file(const std::string &path) {
  struct stat info;
  FILE *in = std::fopen(path.c_str(), "rb");
  std::optional<std::string> text;
  if (in && fstat(fileno(in), &info) == 0 && S_ISDIR(info.st_mode))
    errno = EISDIR;
  else if (in)
    text = read_all(in);
  if (!text)
    std::fprintf(stderr, "evjit: cannot read %s: %s\n", path.c_str(), std::strerror(errno));
  if (in)
    std::fclose(in);
  return text;
}

static bool ends_with(const std::string &s, const char *suffix) {
  size_t n = std::strlen(suffix);
  return s.size() >= n && s.compare(s.size() - n, n, suffix) == 0;
}

static std::optional<uint32_t> add_source(const std::string &path) {
  auto text = read_file(path);
  if (!text)
    return std::nullopt;
  auto kind = ends_with(path, ".md") ? frontend::SourceKind::Markdown : frontend::SourceKind::Lisp;
  return frontend::sources().add({path, std::move(*text), kind});
}

// The program's source: -e, standard input or a file.
static std::optional<uint32_t> program_source() {
  const auto &o = base::options();
  if (!o.expression.empty())
    return frontend::sources().add({"<expr>", o.expression});
  if (o.file != "-")
    return add_source(o.file);
  auto text = read_all(stdin);
  if (!text) {
    std::fprintf(stderr, "evjit: cannot read standard input: %s\n", std::strerror(errno));
    return std::nullopt;
  }
  return frontend::sources().add({"<stdin>", std::move(*text)});
}

static bool wants_tree() { return base::options().dump == "ast"; }

// ast stops in the middle of compiling, so it has its own short way.
static int dump_tree(gc::Mutator &m, frontend::Evaluator &ev, uint32_t file) {
  DiagSink sink;
  gc::RootVector forms(m);
  frontend::read_source(m, file, sink, forms);
  std::unique_ptr<frontend::AstUnit> ast;
  if (!sink.has_errors())
    ast = frontend::expand_unit(m, ev, forms, frontend::sources().at(file).name, {}, sink);
  frontend::report(sink.all());
  if (!ast || sink.has_errors())
    return 1;
  std::fputs(frontend::print_ast(*ast).c_str(), stdout);
  return 0;
}

static int dump_unit(const frontend::ir::Unit &unit) {
  const auto &o = base::options();
  std::string text;
  if (o.dump == "ir")
    text = frontend::ir::print(unit);
  else if (o.dump == "llvm")
    text = jit::dump_llvm(unit, o.optimise == 2);
  else if (o.dump == "asm")
    text = jit::dump_assembly(unit, o.optimise == 2);
  else {
    std::fprintf(stderr, "evjit: --dump takes ast, ir, llvm or asm, not '%s'\n", o.dump.c_str());
    return 2;
  }
  std::fputs(text.c_str(), stdout);
  return 0;
}

static int emit(gc::Mutator &m, frontend::ir::Unit &unit) {
  const auto &o = base::options();
  std::string error;
  if (jit::emit_object(m, unit, o.unit_name, o.emit_object, error))
    return 0;
  std::fprintf(stderr, "evjit: cannot write %s\n", error.c_str());
  return 1;
}

static int run_as_main(gc::Mutator &m, gc::UnitDesc *unit) {
  gc::Value instance = gc::make_instance(m, unit);
  gc::Value main = gc::make_closure(m, &unit->protos[0], instance, nullptr, 0);
  int code = sched::run_main(m, main, nullptr).exit_code;
#if !defined(EVJIT_SANITIZED) // there the tear-down shows what leaks
  sched::exit_process(m, code);
#endif
  return code;
}

// Several sources form one unit only with --emit-object (the prelude).
static std::unique_ptr<frontend::ir::Unit> compile(gc::Mutator &m, jit::Engine &engine, uint32_t file, int *status) {
  const auto &o = base::options();
  DiagSink sink;
  frontend::CompileOptions options;
  options.is_prelude = o.is_prelude;
  options.warnings = o.warn;
  std::vector<uint32_t> files{file};
  if (!o.emit_object.empty())
    for (const auto &path : o.arguments) {
      auto more = add_source(path);
      if (!more) {
        *status = 2;
        return nullptr;
      }
      files.push_back(*more);
    }
  auto unit = frontend::compile_sources(m, engine, files, options, sink);
  frontend::report(sink.all());
  *status = unit ? 0 : 1;
  return unit;
}

// What a check found, for its last line.
struct Tally {
  size_t errors = 0, warnings = 0;
  void add(const DiagSink &sink) {
    for (const auto &d : sink.all())
      ++(d.severity == frontend::Severity::Error ? errors : warnings);
  }
  static std::string count(size_t n, const char *what) { return std::to_string(n) + " " + what + (n == 1 ? "" : "s"); }
  void print() const {
    if (errors + warnings == 0 || base::options().json)
      return;
    std::string text = errors ? count(errors, "error") : "";
    if (warnings)
      text += (errors ? ", " : "") + count(warnings, "warning");
    std::fprintf(stderr, "%s\n", text.c_str());
  }
};

int check_programs(const std::vector<std::string> &files) {
  Runtime runtime(PreludeMode::Load);
  auto &m = runtime.mutator();
  jit::Engine engine({});
  m.frontend = &engine;
  if (!runtime.load_prelude(engine))
    return 1;
  int status = 0;
  Tally tally;
  for (const auto &file : files) {
    base::options().file = file;
    auto source = program_source();
    if (!source) {
      status = 2;
      continue;
    }
    DiagSink sink;
    frontend::CompileOptions options;
    options.warnings = true;
    if (!frontend::compile_source(m, engine, *source, options, sink))
      status = std::max(status, 1);
    frontend::report(sink.all());
    tally.add(sink);
  }
  tally.print();
  return status;
}

int run_program() {
  const auto &o = base::options();
  auto source = program_source();
  if (!source)
    return 2;
  Runtime runtime(o.is_prelude ? PreludeMode::None : PreludeMode::Load);
  auto &m = runtime.mutator();
  jit::Engine engine({o.optimise == 2});
  m.frontend = &engine;
  if (!runtime.load_prelude(engine))
    return 1;
  if (wants_tree())
    return dump_tree(m, engine, *source);
  int status = 0;
  auto unit = compile(m, engine, *source, &status);
  if (!unit || o.check)
    return status;
  if (!o.dump.empty())
    return dump_unit(*unit);
  if (!o.emit_object.empty())
    return emit(m, *unit);
  return run_as_main(m, engine.load(m, std::move(unit)));
}

} // namespace evjit::cli
