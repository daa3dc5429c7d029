// A heap of its own per test, and short ways to read a text.
#pragma once

#include "frontend/read/markdown.hpp"
#include "frontend/read/reader.hpp"
#include "gc/heap/heap.hpp"

#include <string>

namespace evjit::frontend::test {

struct Heap {
  gc::Mutator m;
  Heap() { gc::heap_create(m); }
  ~Heap() { gc::heap_destroy(m); }
};

struct ReadResult {
  std::string data; // the forms as data, separated by blanks
  std::vector<Diagnostic> errors;
  std::string first() const { return errors.empty() ? "" : errors[0].message; }
  std::string where() const { // line:col of the first error
    return errors.empty() ? "" : std::to_string(errors[0].span.line) + ":" + std::to_string(errors[0].span.col);
  }
};

inline uint32_t add_source(std::string name, std::string text) {
  SourceKind kind = source_kind(name);
  return sources().add({std::move(name), std::move(text), kind});
}

inline ReadResult read_all(std::string text, std::string name = "t.lisp") {
  Heap h;
  DiagSink sink;
  gc::RootVector forms(h.m);
  read_source(h.m, add_source(std::move(name), std::move(text)), sink, forms);
  ReadResult r;
  for (size_t i = 0; i < forms.size(); ++i)
    r.data += (i ? " " : "") + gc::print_literal(syntax_to_datum(h.m, forms[i], sink));
  r.errors = sink.take();
  return r;
}

} // namespace evjit::frontend::test
