// analyse: what the IR builder must know and what the spec wants checked at compile time, computed on the resolved tree.
//
//   resolve_captures   numbers the functions, finds which variables cross function boundaries and which are assigned
//   find_early_reads   where a variable may be read before its definition ran; what must live in a heap cell
//   check_arity        argument counts of calls whose callee is known (03 section 16)
//   infer_signals      which signals each function may send (08 section 6), the smallest solution of the unit
//
// Single-threaded; touches only the unit.
#include "frontend/analyse/passes.hpp"
#include "frontend/compiler.hpp"

namespace evjit::frontend {

namespace {

void flatten(Node *n, std::vector<Node *> &out) {
  if (n->kind != NodeKind::Seq)
    return out.push_back(n);
  for (Node *c : node_as<Seq>(n).body)
    flatten(c, out);
}

} // namespace

std::vector<Node *> top_forms(AstUnit &ast) {
  std::vector<Node *> out;
  Node *body = ast.top->body;
  while (body && body->kind == NodeKind::Scope)
    body = node_as<Scope>(body).body;
  if (body)
    flatten(body, out);
  return out;
}

bool analyse(AstUnit &ast, DiagSink &sink) {
  resolve_captures(ast);
  check_arity(ast, sink);
  if (sink.has_errors())
    return false;
  find_early_reads(ast);
  infer_signals(ast, sink);
  return !sink.has_errors();
}

} // namespace evjit::frontend
