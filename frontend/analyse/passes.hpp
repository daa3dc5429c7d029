// The passes of analyse, in the order they run. Internal to frontend/analyse.
#pragma once

#include "frontend/analyse/walk.hpp"

namespace evjit::frontend {

void resolve_captures(AstUnit &ast);             // lambda numbers, owners, captures, assigned, slots
void find_early_reads(AstUnit &ast);             // Ref::checked, Var::early, Var::in_cell
void check_arity(AstUnit &ast, DiagSink &sink);  // calls of known callees
void infer_signals(AstUnit &ast, DiagSink &sink); // Lambda::signals, and contracts that they break

// The top level's forms, through the Scope of the file and nested `begin`s.
std::vector<Node *> top_forms(AstUnit &ast);

// What kind of callee a call has, as far as the text tells.
struct KnownCallee {
  Lambda *lambda = nullptr;            // a literal fn or an immutable binding of one
  const gc::FnProto *proto = nullptr;  // a builtin, whatever it is written in
  std::string name;
  explicit operator bool() const { return lambda || proto; }
};
KnownCallee known_callee(const AstUnit &ast, Node *callee);

} // namespace evjit::frontend
