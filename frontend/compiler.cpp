// The stages in order (03, 04 section 9): read, expand, analyse, IR. Each stage reports what it can and the next one runs only when
// there was no error, so the diagnostics of one run are of one stage.
#include "frontend/compiler.hpp"

#include "base/assert.hpp"
#include "frontend/read/reader.hpp"

namespace evjit::frontend {

static BundledLibrary &library() {
  static BundledLibrary l;
  return l;
}
void set_bundled_library(BundledLibrary l) { library() = l; } // before any thread but the first runs
const BundledLibrary &bundled_library() { return library(); }

std::unique_ptr<ir::Unit> compile_forms(gc::Mutator &m, Evaluator &ev, const gc::RootVector &forms, std::string file,
                                        const CompileOptions &opts, DiagSink &sink) {
  auto ast = expand_unit(m, ev, forms, std::move(file), opts, sink);
  if (!ast || sink.has_errors() || !analyse(*ast, sink) || sink.has_errors())
    return nullptr;
  if (opts.warnings)
    find_warnings(*ast, sink);
  auto unit = build_ir(m, *ast);
#if defined(EVJIT_ASSERTIONS)
  std::string problem = ir::verify(*unit);
  EVJIT_ASSERT(problem.empty(), problem.c_str());
#endif
  return unit;
}

std::unique_ptr<ir::Unit> compile_sources(gc::Mutator &m, Evaluator &ev, const std::vector<uint32_t> &files,
                                          const CompileOptions &opts, DiagSink &sink) {
  gc::RootVector forms(m);
  for (uint32_t file : files)
    read_source(m, file, sink, forms);
  if (sink.has_errors())
    return nullptr;
  return compile_forms(m, ev, forms, sources().at(files.at(0)).name, opts, sink);
}

} // namespace evjit::frontend
