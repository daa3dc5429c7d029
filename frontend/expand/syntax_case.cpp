// syntax-case (04 section 6). A pattern is compiled to data that the primitive %%syntax-match walks:
//   :any   anything          :var        anything, captured
//   [:lit v]                 [:sym 'name]  the symbol of that name
//   [:list [p ...] rest]     [:array [p ...] rest]   rest: nil or a pattern
// The primitive answers false or the array of captures in the order of the variables.
#include "frontend/expand/expander.hpp"

#include "gc/call.hpp"

#include <algorithm>

namespace evjit::frontend {

Value Expander::syntax_pattern(const Form &f, Value form, SyntaxPattern &p, bool &good) {
  auto tagged = [&](const char *tag, Value v) {
    Value parts[2] = {gc::keyword(tag), v};
    return keep(gc::make_array(m_, parts, 2));
  };
  Span at = span_of(form, f.at);
  if (is_symbol(form)) {
    std::string text = text_of(form);
    if (text == "_")
      return gc::keyword("any");
    for (Value v : p.names)
      if (key_of(v) == key_of(form)) {
        good = false;
        fail(at, code::Duplicate, "syntax-case: duplicate name '" + text + "' in one pattern");
      }
    p.names.push_back(form);
    return gc::keyword("var");
  }
  bool array = kind_of(form) == LiteralKind::Array;
  if (!array && !is_list_form(form)) {
    if (kind_of(form) != LiteralKind::None) {
      good = false;
      fail(at, code::BadPattern, "syntax-case: not a pattern: " + describe(form));
    }
    return tagged("lit", datum_of(form));
  }
  if (is_tagged(form, "literal") && is_symbol(items_of(form)[1]))
    return tagged("sym", symbol_of(items_of(form)[1]));
  gc::RootVector parts(m_);
  Value rest = gc::kNil;
  std::vector<Value> items = items_of(form);
  for (size_t i = 0; i < items.size(); ++i) {
    if (!is_symbol(items[i], "&")) {
      parts.push(syntax_pattern(f, items[i], p, good));
      continue;
    }
    if (i + 2 != items.size()) {
      good = false;
      fail(at, code::BadPattern, "syntax-case: '&' must be followed by exactly one pattern, the last");
      break;
    }
    rest = syntax_pattern(f, items[i + 1], p, good);
    break;
  }
  Value all[3] = {gc::keyword(array ? "array" : "list"), gc::make_array(m_, parts.data(), parts.size()), rest};
  return keep(gc::make_array(m_, all, 3));
}

// (if captures (let [names captures] (if guard (break block body)))): falls out when the clause is not taken.
Node *Expander::syntax_clause(const Form &f, Value clause, Var *subject, Block *block) {
  Form c = open(clause, f.at);
  bool guarded = c.size() >= 4 && is_symbol(c[1], "when");
  if (!is_list_form(clause) || c.size() < 2)
    return malformed(f, "a clause needs a pattern and a body: " + describe(clause));
  SyntaxPattern p;
  bool good = true;
  Value pattern = syntax_pattern(f, c[0], p, good);
  if (!good)
    return nil(c.at);
  auto *scope = make<Scope>(NodeKind::Scope, c.at);
  Frame *frame = new_frame(FrameKind::Scope, frame_);
  frame->vars = &scope->vars;
  FrameScope in(*this, frame);
  Var *captures = hidden_var(c.at);
  auto *target = u_->unit->own<Pattern>();
  target->kind = PatternKind::Array;
  target->span = c.at;
  for (Value name : p.names)
    target->items.push_back(bind_pattern(declare(name, span_of(name, c.at), false, When::Now), c.at));
  auto *open_captures = make<Define>(NodeKind::Define, c.at);
  open_captures->target = target;
  open_captures->value = ref(captures, c.at);
  Node *guard = guarded ? expr(c[2], c.at) : nullptr;
  auto *taken = make<Break>(NodeKind::Break, c.at);
  taken->target = block;
  taken->value = body(c.items, guarded ? 3 : 1, c.at);
  Node *action = taken;
  if (guard) {
    auto *i = make<If>(NodeKind::If, c.at);
    i->test = guard;
    i->then = taken;
    i->otherwise = nullptr;
    action = i;
  }
  auto *i = make<If>(NodeKind::If, c.at);
  i->test = ref(captures, c.at);
  i->then = seq({open_captures, action}, c.at);
  i->otherwise = nullptr;
  Node *match = call_builtin("%%syntax-match", c.at, {ref(subject, c.at), constant(pattern, c.at)});
  scope->body = seq({define(captures, match, c.at), i}, c.at);
  return scope;
}

Node *Expander::form_syntax_case(Form &f) {
  if (f.operands() < 2)
    return malformed(f);
  auto *scope = make<Scope>(NodeKind::Scope, f.at);
  Frame *frame = new_frame(FrameKind::Scope, frame_);
  frame->vars = &scope->vars;
  FrameScope in(*this, frame);
  Var *subject = hidden_var(f.at);
  auto *block = make<Block>(NodeKind::Block, f.at);
  std::vector<Node *> out{define(subject, expr(f[1], f.at), f.at)};
  for (size_t i = 2; i < f.size(); ++i)
    out.push_back(syntax_clause(f, f[i], subject, block));
  out.push_back(call_builtin("%%syntax-no-match", f.at, {ref(subject, f.at)}));
  block->body = seq(std::move(out), f.at);
  scope->body = block;
  return scope;
}

} // namespace evjit::frontend
