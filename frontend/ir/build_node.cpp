// One node: the dispatch over AST kinds, constants, sequences, scopes and closures.
#include "frontend/analyse/walk.hpp"
#include "frontend/ir/builder.hpp"

#include "gc/value/make.hpp"

namespace evjit::frontend::ir {

namespace {

// Restores the position when a child is done.
class SpanScope {
public:
  SpanScope(Span &current, Span next) : current_(current), saved_(current) {
    if (next.line != 0)
      current_ = next;
  }
  ~SpanScope() { current_ = saved_; }

private:
  Span &current_;
  Span saved_;
};

} // namespace

ValueId FunctionBuilder::build(Node *n, Want want) {
  if (!live())
    return kNoValue;
  if (!n)
    return want == Want::Effect ? kNoValue : finish(imm(gc::kNil), want);
  SpanScope at(span_, n->span);
  switch (n->kind) {
  case NodeKind::Const:
    return want == Want::Effect ? kNoValue : finish(build_const(node_as<frontend::Const>(n)), want);
  case NodeKind::Ref:
    return finish(read_ref(node_as<Ref>(n)), want);
  case NodeKind::Builtin:
    return finish(constant(u_.ast_constant(node_as<Builtin>(n).constant)), want);
  case NodeKind::Assign: {
    auto &a = node_as<Assign>(n);
    ValueId v = value(a.value);
    assign(a.var, v);
    return finish(v, want);
  }
  case NodeKind::Define: {
    auto &d = node_as<Define>(n);
    ValueId v = value(d.value);
    destructure(d.target, v);
    return finish(v, want);
  }
  case NodeKind::If:
    return build_if(node_as<If>(n), want);
  case NodeKind::Seq:
    return build_seq(node_as<Seq>(n), want);
  case NodeKind::Scope:
    return build_scope(node_as<Scope>(n), want);
  case NodeKind::Fn:
    return finish(build_fn(node_as<Fn>(n)), want);
  case NodeKind::Call:
    return build_call(node_as<Call>(n), want);
  case NodeKind::Literal:
    return finish(build_literal(node_as<Literal>(n)), want);
  case NodeKind::Block:
    return build_block(node_as<frontend::Block>(n), want);
  case NodeKind::Break:
    return build_break(node_as<Break>(n));
  case NodeKind::Loop:
    return build_loop(node_as<Loop>(n), want);
  case NodeKind::And:
    return build_and_or(node_as<And>(n).parts, want, true);
  case NodeKind::Or:
    return build_and_or(node_as<Or>(n).parts, want, false);
  case NodeKind::Try:
    return build_try(node_as<Try>(n), want);
  case NodeKind::Protect:
    return finish(build_protect(node_as<Protect>(n)), want);
  case NodeKind::Defer:
    return finish(build_defer(node_as<Defer>(n)), want);
  case NodeKind::Parameterize:
    return finish(build_parameterize(node_as<Parameterize>(n)), want);
  case NodeKind::Match:
    return build_match(node_as<Match>(n), want);
  case NodeKind::Field: {
    auto &f = node_as<frontend::Field>(n);
    ValueId object = value(f.object);
    ValueId key = constant(u_.ast_constant(f.keyword));
    ValueId missing = imm(gc::kNil);
    return finish(emit(Op::Field, {object, key, missing}), want);
  }
  case NodeKind::Raise: {
    ValueId v = value(node_as<Raise>(n).value);
    return finish(emit(Op::Raise, {v}), want);
  }
  }
  return kNoValue;
}

ValueId FunctionBuilder::build_const(const frontend::Const &c) {
  if (c.constant == kCaughtValue)
    return caught_;
  ValueId v = constant(u_.ast_constant(c.constant));
  return c.fresh_copy ? call_builtin("%%copy", {v}) : v;
}

ValueId FunctionBuilder::build_seq(Seq &s, Want want) {
  if (s.body.empty())
    return build(nullptr, want);
  for (size_t i = 0; i + 1 < s.body.size(); ++i)
    effect(s.body[i]);
  return build(s.body.back(), want);
}

ValueId FunctionBuilder::build_scope(Scope &s, Want want) {
  for (Var *v : s.vars)
    prepare(v);
  return build(s.body, want);
}

// Captured functions of the same run of definitions may not exist yet: their capture is patched when they do.
ValueId FunctionBuilder::build_fn(Fn &fn) {
  Lambda &inner = *fn.lambda;
  Values captures;
  std::vector<std::pair<uint32_t, Var *>> missing;
  for (Var *v : inner.captures) {
    if (v->owner == &l_ && v->known_lambda && places_[v].kind == Place::None && !v->in_cell)
      missing.emplace_back(static_cast<uint32_t>(captures.size()), v);
    captures.push_back(capture_source(v));
  }
  ValueId closure = emit(Op::Closure, std::move(captures), inner.index);
  for (auto [index, v] : missing)
    patches_.push_back({closure, index, v});
  return closure;
}

void FunctionBuilder::patch_closures(Var *v, ValueId value) {
  std::erase_if(patches_, [&](const Patch &p) {
    if (p.var != v)
      return false;
    emit(Op::ClosureSet, {p.closure, value}, p.index);
    return true;
  });
}

} // namespace evjit::frontend::ir
