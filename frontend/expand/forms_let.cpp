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
    d->target = pattern(b.target, b.at, {.matching = false, .where = "let"}, scope);
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
