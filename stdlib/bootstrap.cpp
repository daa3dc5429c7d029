// See bootstrap.hpp. The texts are put into the program by stdlib/CMakeLists.txt (texts.cpp in the build tree).
#include "stdlib/bootstrap.hpp"

#include "frontend/read/reader.hpp"
#include "gc/value/make.hpp"
#include "stdlib/stdlib.hpp"

namespace evjit::stdlib {

std::unique_ptr<frontend::ir::Unit> compile_prelude(gc::Mutator &m, frontend::Evaluator &ev, frontend::DiagSink &sink) {
  gc::RootVector forms(m);
  for (const LibraryText &t : kPreludeTexts) {
    uint32_t file = frontend::sources().add({t.file, std::string(t.text), frontend::SourceKind::Lisp});
    frontend::read_source(m, file, sink, forms);
  }
  if (sink.has_errors())
    return nullptr;
  frontend::CompileOptions opts;
  opts.is_prelude = true;
  auto ast = frontend::expand_unit(m, ev, forms, "<prelude>", opts, sink);
  if (!ast || !frontend::analyse(*ast, sink))
    return nullptr;
  return frontend::build_ir(m, *ast);
}

bool bootstrap_prelude(gc::Mutator &m, frontend::Evaluator &ev, frontend::DiagSink &sink) {
  auto ir = compile_prelude(m, ev, sink);
  if (!ir)
    return false;
  gc::UnitDesc *unit = ev.load(m, std::move(ir));
  gc::Value instance;
  if (gc::run_unit(m, unit, &instance).is_error()) {
    sink.error({}, "E0000", "the prelude raised " + gc::print_literal(m.error));
    return false;
  }
  export_unit(unit, instance);
  return true;
}

const LibraryText *find_std_text(std::string_view name) {
  for (const LibraryText &t : kStdTexts)
    if (t.name == name)
      return &t;
  return nullptr;
}

} // namespace evjit::stdlib
