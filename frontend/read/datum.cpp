// Between syntax and plain data with diagnostics (reader.hpp); the walk itself is gc/value/syntax.cpp.
#include "frontend/read/reader.hpp"

namespace evjit::frontend {

static const char *code_of(gc::SyntaxProblem::Kind kind) {
  switch (kind) {
  case gc::SyntaxProblem::TooDeep: return code::TooDeep;
  case gc::SyntaxProblem::InvalidDatum: return code::InvalidDatum;
  case gc::SyntaxProblem::OddStruct: return code::OddStruct;
  case gc::SyntaxProblem::BadByte: return code::BadByte;
  }
  return code::InvalidDatum;
}

gc::Value syntax_to_datum(gc::Mutator &m, gc::Value v, DiagSink &sink) {
  std::vector<gc::SyntaxProblem> problems;
  gc::Value datum = gc::strip_syntax(m, v, problems);
  for (gc::SyntaxProblem &p : problems)
    sink.error({p.at.file, p.at.line, p.at.col}, code_of(p.kind), std::move(p.message));
  return datum;
}

gc::Value datum_to_syntax(gc::Mutator &m, gc::Value datum, uint32_t chain, Span at) {
  return gc::wrap_syntax(m, datum, chain, {at.file, at.line, at.col});
}

} // namespace evjit::frontend
