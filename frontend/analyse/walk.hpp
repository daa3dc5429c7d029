// The one place that knows the children of every AST node. visit(f) gets child nodes in evaluation order; patterns hold no
// nodes. Used by passes that treat most kinds alike; passes that care about control flow switch on the kind themselves.
#pragma once

#include "frontend/expand/ast.hpp"

namespace evjit::frontend {

template <class T> T &node_as(Node *n) { return *static_cast<T *>(n); }

template <class F> void each_child(Node *n, F &&f) {
  auto opt = [&](Node *c) {
    if (c)
      f(c);
  };
  switch (n->kind) {
  case NodeKind::Const:
  case NodeKind::Ref:
  case NodeKind::Builtin:
  case NodeKind::Fn: // its body is another function's code
    return;
  case NodeKind::Assign:
    return f(node_as<Assign>(n).value);
  case NodeKind::Define:
    return f(node_as<Define>(n).value);
  case NodeKind::If:
    f(node_as<If>(n).test);
    f(node_as<If>(n).then);
    return opt(node_as<If>(n).otherwise);
  case NodeKind::Seq:
    for (Node *c : node_as<Seq>(n).body)
      f(c);
    return;
  case NodeKind::Scope:
    return opt(node_as<Scope>(n).body);
  case NodeKind::Call:
    f(node_as<Call>(n).callee);
    for (Arg &a : node_as<Call>(n).args)
      f(a.node);
    return;
  case NodeKind::Literal:
    for (Arg &a : node_as<Literal>(n).items)
      f(a.node);
    return;
  case NodeKind::Block:
    return opt(node_as<Block>(n).body);
  case NodeKind::Break:
    return opt(node_as<Break>(n).value);
  case NodeKind::Loop:
    f(node_as<Loop>(n).test);
    return opt(node_as<Loop>(n).body);
  case NodeKind::And:
    for (Node *c : node_as<And>(n).parts)
      f(c);
    return;
  case NodeKind::Or:
    for (Node *c : node_as<Or>(n).parts)
      f(c);
    return;
  case NodeKind::Try:
    opt(node_as<Try>(n).body);
    return opt(node_as<Try>(n).handler);
  case NodeKind::Protect:
    return opt(node_as<Protect>(n).body);
  case NodeKind::Defer:
    opt(node_as<Defer>(n).body);
    return opt(node_as<Defer>(n).cleanup);
  case NodeKind::Parameterize: {
    auto &p = node_as<Parameterize>(n);
    for (size_t i = 0; i < p.params.size(); ++i) {
      f(p.params[i]);
      f(p.values[i]);
    }
    return opt(p.body);
  }
  case NodeKind::Match:
    f(node_as<Match>(n).subject);
    for (Arm &a : node_as<Match>(n).arms) {
      opt(a.guard);
      opt(a.body);
    }
    return;
  case NodeKind::Field:
    return f(node_as<Field>(n).object);
  case NodeKind::Raise:
    return opt(node_as<Raise>(n).value);
  }
}

// Every variable that a pattern binds, in order.
template <class F> void each_bound(Pattern *p, F &&f) {
  if (p->kind == PatternKind::Bind)
    f(p->var);
  for (Pattern *i : p->items)
    each_bound(i, f);
  if (p->rest)
    each_bound(p->rest, f);
}

inline bool is_caught(Node *n) { return n->kind == NodeKind::Const && node_as<Const>(n).constant == kCaughtValue; }

// The closure literal that a definition `name (fn ...)` stores; null for any other node.
inline Fn *defined_fn(Node *n) {
  if (n->kind != NodeKind::Define)
    return nullptr;
  auto &d = node_as<Define>(n);
  return d.target->kind == PatternKind::Bind && d.value->kind == NodeKind::Fn ? static_cast<Fn *>(d.value) : nullptr;
}
// The same for a definition of an immutable, never reassigned name: direct calls are possible.
inline bool defines_known_fn(Node *n) {
  Fn *f = defined_fn(n);
  return f && node_as<Define>(n).target->var->known_lambda == f->lambda;
}

} // namespace evjit::frontend
