// Binding lists in their two styles (03 section 2), and the forms that take one.
#include "frontend/expand/expander.hpp"

namespace evjit::frontend {

bool Expander::pair_style(const Form &f, Value list, std::vector<BindingPair> &out) {
  Span at = span_of(list, f.at);
  for (Value pair : items_of(list)) {
    bool shaped = is_list_form(pair) || kind_of(pair) == LiteralKind::Array;
    std::vector<Value> parts = shaped ? items_of(pair) : std::vector<Value>{};
    if (parts.size() != 2) {
      fail(span_of(pair, at), code::BadBindings,
           f.name + ": expected a (target value) pair in the binding list, got " + describe(pair),
           "write pairs, (" + f.name + " ([x 1] [y 2]) ...), or a flat list, (" + f.name + " [x 1 y 2] ...)");
      sink_.mismatch("a (target value) pair in the binding list", describe(pair));
      return false;
    }
    out.push_back({parts[0], parts[1], span_of(pair, at)});
  }
  return true;
}

bool Expander::flat_style(const Form &f, Value list, std::vector<BindingPair> &out) {
  Span at = span_of(list, f.at);
  std::vector<Value> items = items_of(list);
  auto looks_like_pair = [&](Value v) {
    if (kind_of(v) != LiteralKind::Array)
      return false;
    std::vector<Value> parts = items_of(v);
    return parts.size() == 2 && is_symbol(parts[0]) && !is_symbol(parts[1]) && kind_of(parts[1]) == LiteralKind::None &&
           !is_list_form(parts[1]);
  };
  std::string hint = "write pairs in parentheses, (" + f.name + " ([a 1] [b 2]) ...), or a flat list, (" + f.name +
                     " [a 1 b 2] ...)";
  for (size_t i = 0; i < items.size(); i += 2)
    if (f.name != "parameterize" && looks_like_pair(items[i])) {
      fail(span_of(items[i], at), code::BadBindings,
           f.name + ": " + describe(items[i]) +
               " is not a pattern; in a flat binding list it stands where a target is expected (use the pair style or the flat style)",
           hint);
      return false;
    }
  if (items.size() % 2 != 0) {
    fail(at, code::BadBindings,
         f.name + ": odd number of forms (" + std::to_string(items.size()) + ") in a flat binding list, expected target value pairs",
         hint);
    return false;
  }
  for (size_t i = 0; i < items.size(); i += 2)
    out.push_back({items[i], items[i + 1], span_of(items[i], at)});
  return true;
}

bool Expander::binding_list(const Form &f, Value list, std::vector<BindingPair> &out) {
  if (is_list_form(list) || datum_of(list).is_empty_list())
    return pair_style(f, list, out);
  if (kind_of(list) == LiteralKind::Array)
    return flat_style(f, list, out);
  mismatch(span_of(list, f.at), code::BadBindings, f.name, "a binding list ( ... ) or [ ... ]", describe(list));
  return false;
}

Node *Expander::form_let(Form &f) {
  if (f.operands() < 1)
    return malformed(f);
  std::vector<BindingPair> pairs;
  if (!binding_list(f, f[1], pairs))
    return nil(f.at);
  auto *s = make<Scope>(NodeKind::Scope, f.at);
  Frame *frame = new_frame(FrameKind::Scope, frame_);
  frame->vars = &s->vars;
  FrameScope in(*this, frame);
  std::vector<Node *> out;
  for (const BindingPair &b : pairs) {
    auto *d = make<Define>(NodeKind::Define, b.at);
    d->value = expr(b.value, b.at);
    name_lambda(d->value, b.target);
    PatternScope scope;
    d->target = pattern(b.target, b.at, {.matching = false, .where = f.name.c_str()}, scope);
    if (d->target->kind == PatternKind::Bind && !d->target->var->is_mutable && d->value->kind == NodeKind::Fn)
      d->target->var->known_lambda = static_cast<Fn *>(d->value)->lambda;
    out.push_back(d);
  }
  out.push_back(f.size() > 2 ? body(f.items, 2, f.at) : nil(f.at));
  s->body = seq(std::move(out), f.at);
  return s;
}

Node *Expander::form_letrec(Form &f) {
  if (f.operands() < 2)
    return malformed(f);
  std::vector<BindingPair> pairs;
  if (!binding_list(f, f[1], pairs))
    return nil(f.at);
  auto *s = make<Scope>(NodeKind::Scope, f.at);
  Frame *frame = new_frame(FrameKind::Scope, frame_);
  frame->vars = &s->vars;
  FrameScope in(*this, frame);
  std::vector<Node *> out;
  PatternScope all; // one for the whole list: a repeated name is an error
  size_t before = errors_;
  for (const BindingPair &b : pairs) {
    auto *d = make<Define>(NodeKind::Define, b.at);
    d->target = pattern(b.target, b.at, {.matching = false, .where = "letrec", .when = When::Later}, all);
    out.push_back(d);
  }
  if (errors_ != before)
    return nil(f.at);
  for (size_t i = 0; i < pairs.size(); ++i) {
    auto *d = static_cast<Define *>(out[i]);
    d->value = expr(pairs[i].value, pairs[i].at);
    name_lambda(d->value, pairs[i].target);
    if (d->target->kind == PatternKind::Bind && !d->target->var->is_mutable && d->value->kind == NodeKind::Fn)
      d->target->var->known_lambda = static_cast<Fn *>(d->value)->lambda;
  }
  activate_all(frame);
  out.push_back(body(f.items, 2, f.at));
  s->body = seq(std::move(out), f.at);
  return s;
}

// Binds in order; the first falsy value takes to `otherwise`, which sees no name. In one piece although there may be several
// bindings: (block DONE (block MISS (break DONE (let ... a (if a nil (break MISS)) ... then))) otherwise), with blocks that no
// break of the program can name. So neither branch stands in the tree twice, and both are in tail position.
Node *Expander::bind_or(Form &f, const std::vector<BindingPair> &pairs, size_t then_from, size_t then_to, Node *otherwise) {
  auto *done = make<Block>(NodeKind::Block, f.at), *miss = make<Block>(NodeKind::Block, f.at);
  auto *s = make<Scope>(NodeKind::Scope, f.at);
  {
    Frame *frame = new_frame(FrameKind::Scope, frame_);
    frame->vars = &s->vars;
    FrameScope in(*this, frame);
    std::vector<Node *> out;
    for (const BindingPair &b : pairs) {
      Node *value = expr(b.value, b.at);
      Var *held = hidden_var(b.at); // the test is on the value, before it is taken apart
      auto *test = make<If>(NodeKind::If, b.at);
      auto *leave = make<Break>(NodeKind::Break, b.at);
      auto *d = make<Define>(NodeKind::Define, b.at);
      leave->target = miss;
      leave->value = nullptr;
      test->test = ref(held, b.at);
      test->then = nil(b.at);
      test->otherwise = leave;
      d->value = ref(held, b.at);
      PatternScope scope;
      d->target = pattern(b.target, b.at, {.matching = false, .where = f.name.c_str()}, scope);
      out.insert(out.end(), {define(held, value, b.at), test, d});
    }
    std::vector<Value> then(f.items.begin(), f.items.begin() + static_cast<ptrdiff_t>(then_to));
    out.push_back(then_from < then_to ? body(then, then_from, f.at) : nil(f.at));
    s->body = seq(std::move(out), f.at);
  }
  auto *found = make<Break>(NodeKind::Break, f.at);
  found->target = done;
  found->value = s;
  miss->body = found;
  done->body = seq({miss, otherwise}, f.at);
  return done;
}

Node *Expander::form_if_let(Form &f) {
  if (f.operands() < 2 || f.operands() > 3)
    return malformed(f);
  std::vector<BindingPair> pairs;
  if (!binding_list(f, f[1], pairs))
    return nil(f.at);
  return bind_or(f, pairs, 2, 3, f.operands() == 3 ? scope_body(f.items, 3, f.at) : nil(f.at));
}

Node *Expander::form_when_let(Form &f) {
  if (f.operands() < 1)
    return malformed(f);
  std::vector<BindingPair> pairs;
  if (!binding_list(f, f[1], pairs))
    return nil(f.at);
  return bind_or(f, pairs, 2, f.size(), nil(f.at));
}

// (let [outcome (protect e)] (if (get outcome 0) (let [pattern (get outcome 1)] body ...) nil))
Node *Expander::form_when_ok(Form &f) {
  if (f.operands() < 1)
    return malformed(f);
  std::vector<BindingPair> pairs;
  if (!binding_list(f, f[1], pairs))
    return nil(f.at);
  if (pairs.size() != 1)
    return fail(span_of(f[1], f.at), code::BadBindings, "when-ok: expected one binding, got " + std::to_string(pairs.size()));
  Span at = pairs[0].at;
  auto *s = make<Scope>(NodeKind::Scope, f.at);
  Frame *frame = new_frame(FrameKind::Scope, frame_);
  frame->vars = &s->vars;
  FrameScope in(*this, frame);
  auto *attempt = make<Protect>(NodeKind::Protect, at);
  attempt->body = protected_expr(pairs[0].value, at);
  Var *outcome = hidden_var(at);
  auto *test = make<If>(NodeKind::If, f.at);
  test->test = call_builtin("get", at, {ref(outcome, at), constant(Value::fixnum(0), at)});
  auto *d = make<Define>(NodeKind::Define, at);
  d->value = call_builtin("get", at, {ref(outcome, at), constant(Value::fixnum(1), at)});
  PatternScope scope;
  d->target = pattern(pairs[0].target, at, {.matching = false, .where = "when-ok"}, scope);
  test->then = seq({d, f.size() > 2 ? body(f.items, 2, f.at) : nil(f.at)}, f.at);
  test->otherwise = nil(f.at);
  s->body = seq({define(outcome, attempt, at), test}, f.at);
  return s;
}

// Targets are expressions. The body may be left by break: the IR builder restores the parameters.
Node *Expander::form_parameterize(Form &f) {
  if (f.operands() < 2)
    return malformed(f);
  std::vector<BindingPair> pairs;
  if (!binding_list(f, f[1], pairs))
    return nil(f.at);
  auto *p = make<Parameterize>(NodeKind::Parameterize, f.at);
  for (const BindingPair &b : pairs) {
    p->params.push_back(expr(b.target, b.at));
    p->values.push_back(expr(b.value, b.at));
  }
  p->body = seq(each_statement(f.items, 2, f.at), f.at);
  return p;
}

} // namespace evjit::frontend
