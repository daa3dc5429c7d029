// Expands small programs without a compiler behind: the tree as text, or what was reported. Macros of the program cannot run here.
#pragma once

#include "reader_fixture.hpp"

#include "frontend/compiler.hpp"
#include "gc/call.hpp"
#include "gc/prims/prims.hpp"

namespace evjit::frontend::test {

struct NoEvaluator : Evaluator {
  gc::UnitDesc *load(gc::Mutator &, std::unique_ptr<ir::Unit>) override { return nullptr; }
  gc::Value run_isolated(gc::Mutator &, gc::Value) override { return gc::kNil; }
};

// Builtins whose names no other test registers.
inline void register_test_builtins() {
  static const bool once = [] {
    static const auto nothing = [](gc::Mutator &, const gc::Value *, size_t) { return gc::kNil; };
    static const gc::PrimDef defs[] = {
        {.name = "t/add", .symbol = "t_add", .fn = nothing, .arity = {0, gc::kAny}},
        {.name = "t/len", .symbol = "t_len", .fn = nothing, .arity = {1, 1}},
        {.name = "t/print", .symbol = "t_print", .fn = nothing, .arity = {0, gc::kAny}},
    };
    gc::register_prims(defs);
    return true;
  }();
  (void)once;
}

struct Expanded {
  std::string tree; // on one line
  std::vector<Diagnostic> problems;
  std::string messages() const {
    std::string out;
    for (const Diagnostic &d : problems)
      out += std::to_string(d.span.line) + ":" + std::to_string(d.span.col) + " " + d.message + "\n";
    return out;
  }
};

inline std::string one_line(const std::string &text) {
  std::string out;
  for (char c : text)
    if (c != '\n' && !(c == ' ' && !out.empty() && out.back() == ' '))
      out += c;
    else if (c == '\n' && !out.empty() && out.back() != ' ')
      out += ' ';
  while (!out.empty() && out.back() == ' ')
    out.pop_back();
  return out;
}

inline Expanded expand(std::string text) {
  register_test_builtins();
  Heap h;
  DiagSink sink;
  NoEvaluator ev;
  gc::RootVector forms(h.m);
  read_source(h.m, add_source("t.lisp", std::move(text)), sink, forms);
  auto unit = expand_unit(h.m, ev, forms, "t.lisp", {}, sink);
  return {unit ? one_line(print_ast(*unit)) : "", sink.take()};
}

} // namespace evjit::frontend::test
