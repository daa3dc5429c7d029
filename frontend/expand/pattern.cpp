// Patterns: of match (03 section 7) and of binding positions (03 section 8). Both make the same Pattern nodes; a binding
// pattern knows no literals, sets or alternatives and marks mutable names with @.
#include "frontend/expand/expander.hpp"

#include <algorithm>

namespace evjit::frontend {

namespace {

bool is_reserved(std::string_view text) {
  return text == "&" || text == "&opt" || text == "&keys" || text == "&named" || text == ".";
}

} // namespace

Pattern *Expander::make_pattern(PatternKind kind, Span at, const PatternMode &mode) {
  auto *p = u_->unit->own<Pattern>();
  p->kind = kind;
  p->span = at;
  p->lenient = mode.lenient;
  return p;
}

Pattern *Expander::bad_pattern(Span at, std::string message, std::string hint) {
  fail(at, code::BadPattern, std::move(message), std::move(hint));
  return make_pattern(PatternKind::Wild, at, {.matching = false});
}

Pattern *Expander::pattern(Value form, Span at, const PatternMode &mode, PatternScope &scope) {
  at = span_of(form, at);
  if (is_symbol(form))
    return pattern_name(form, at, mode, scope);
  switch (kind_of(form)) {
  case LiteralKind::Array:
  case LiteralKind::MArray: {
    Pattern *p = pattern_sequence(PatternKind::Array, items_of(form), at, mode, scope);
    p->is_mutable = kind_of(form) == LiteralKind::MArray;
    return p;
  }
  case LiteralKind::Struct:
  case LiteralKind::MStruct:
    return pattern_struct(form, at, mode, scope);
  case LiteralKind::Set:
  case LiteralKind::MSet: {
    std::vector<Value> items = items_of(form);
    if (!mode.matching)
      return bad_pattern(at, std::string(mode.where) + ": a set is not a binding pattern");
    if (items.size() != 1)
      return bad_pattern(at, std::string(mode.where) + ": a set pattern holds exactly one pattern, got " +
                                 std::to_string(items.size()));
    Pattern *p = make_pattern(PatternKind::Set, at, mode);
    p->is_mutable = kind_of(form) == LiteralKind::MSet;
    p->items.push_back(pattern(items[0], at, mode, scope));
    return p;
  }
  case LiteralKind::MString:
  case LiteralKind::Bytes:
  case LiteralKind::MBytes:
    return bad_pattern(at, std::string(mode.where) + ": not a pattern: " + describe(form));
  case LiteralKind::None:
    break;
  }
  if (is_list_form(form))
    return pattern_list(form, at, mode, scope);
  return pattern_literal(datum_of(form), at, mode);
}

Pattern *Expander::pattern_literal(Value v, Span at, const PatternMode &mode) {
  if (v.is_empty_list())
    return make_pattern(PatternKind::List, at, mode);
  if (!mode.matching)
    return bad_pattern(at, std::string(mode.where) + ": a literal is not a binding pattern: " + describe(v));
  Pattern *p = make_pattern(PatternKind::Literal, at, mode);
  p->constant = u_->unit->constant(v);
  return p;
}

// Variables, _ and @variables.
Pattern *Expander::pattern_name(Value form, Span at, const PatternMode &mode, PatternScope &scope) {
  std::string text = text_of(form);
  if (text == "_")
    return make_pattern(PatternKind::Wild, at, mode);
  bool marked = text.size() > 1 && text[0] == '@';
  if (marked) {
    text = text.substr(1);
    form = syntax(gc::symbol(text), at, chain_of(form));
  }
  if (is_reserved(text))
    return bad_pattern(at, std::string(mode.where) + ": '" + text + "' cannot be bound as a name");
  bool gensym = symbol_of(form).as()->h.flags & gc::kUninterned;
  if (!gensym && text.find(':') != std::string::npos)
    return bad_pattern(at, std::string(mode.where) + ": cannot bind the accessor '" + text + "'");
  Key key = key_of(form);
  for (auto &[k, v] : scope.bound)
    if (k == key) {
      fail(at, code::Duplicate, std::string(mode.where) + ": duplicate name '" + text + "' in one pattern");
      return make_pattern(PatternKind::Wild, at, mode);
    }
  Pattern *p = make_pattern(PatternKind::Bind, at, mode);
  if (scope.shared) // a later alternative of an or-pattern
    for (auto &[k, v] : *scope.shared)
      if (k == key)
        p->var = v;
  if (!p->var)
    p->var = declare(form, at, marked || mode.all_mutable, mode.when);
  scope.bound.push_back({key, p->var});
  return p;
}

Pattern *Expander::pattern_list(Value form, Span at, const PatternMode &mode, PatternScope &scope) {
  std::vector<Value> items = items_of(form);
  bool quote = items.size() == 2 && is_symbol(items[0], "quote");
  if (quote && !mode.matching)
    return bad_pattern(at, std::string(mode.where) + ": a literal is not a binding pattern: '" + describe(items[1]));
  if (quote) {
    Pattern *p = make_pattern(PatternKind::Literal, at, mode);
    p->constant = u_->unit->constant(plain(items[1]));
    return p;
  }
  if (mode.matching && !items.empty() && is_symbol(items[0], "or"))
    return pattern_or(items, at, mode, scope);
  return pattern_sequence(PatternKind::List, items, at, mode, scope);
}

Pattern *Expander::pattern_rest(const std::vector<Value> &items, size_t index, Span at, const PatternMode &mode,
                                PatternScope &scope) {
  if (index + 2 != items.size())
    return bad_pattern(span_of(items[index], at), std::string(mode.where) + ": '" + text_of(items[index]) +
                                                      "' must be followed by exactly one pattern, the last");
  return pattern(items[index + 1], at, mode, scope);
}

Pattern *Expander::pattern_sequence(PatternKind kind, const std::vector<Value> &items, Span at, const PatternMode &mode,
                                    PatternScope &scope) {
  Pattern *p = make_pattern(kind, at, mode);
  for (size_t i = 0; i < items.size(); ++i) {
    bool dot = mode.matching && kind == PatternKind::List && is_symbol(items[i], ".");
    if (dot || is_symbol(items[i], "&")) {
      p->rest = pattern_rest(items, i, at, mode, scope);
      p->improper = dot;
      return p;
    }
    p->items.push_back(pattern(items[i], at, mode, scope));
  }
  return p;
}

Pattern *Expander::pattern_struct(Value form, Span at, const PatternMode &mode, PatternScope &scope) {
  std::vector<Value> items = items_of(form);
  Pattern *p = make_pattern(PatternKind::Struct, at, mode);
  p->is_mutable = kind_of(form) == LiteralKind::MStruct;
  for (size_t i = 0; i < items.size(); i += 2) {
    if (is_symbol(items[i], "&")) {
      p->rest = pattern_rest(items, i, at, mode, scope);
      return p;
    }
    if (i + 1 >= items.size())
      return bad_pattern(at, std::string(mode.where) + ": odd number of forms in a struct pattern, expected key pattern pairs");
    Value key = items[i];
    if (is_list_form(key)) {
      std::vector<Value> q = items_of(key);
      key = q.size() == 2 && is_symbol(q[0], "quote") && is_symbol(q[1]) ? symbol_of(q[1]) : gc::kNil;
    }
    bool good = gc::is_keyword(key) || (gc::is_symbol(key) && !is_symbol(items[i]));
    if (!good)
      return bad_pattern(span_of(items[i], at), std::string(mode.where) +
                                                    ": a struct pattern's key must be a keyword or a quoted symbol, got " +
                                                    describe(items[i]));
    p->keys.push_back(u_->unit->constant(key));
    p->items.push_back(pattern(items[i + 1], at, mode, scope));
  }
  return p;
}

// All alternatives bind the same names, to the same variables.
Pattern *Expander::pattern_or(const std::vector<Value> &items, Span at, const PatternMode &mode, PatternScope &scope) {
  if (items.size() < 3)
    return bad_pattern(at, std::string(mode.where) + ": an or pattern needs two or more alternatives");
  Pattern *p = make_pattern(PatternKind::Or, at, mode);
  PatternScope first;
  first.shared = scope.shared;
  for (size_t i = 1; i < items.size(); ++i) {
    PatternScope own;
    own.shared = i == 1 ? scope.shared : &first.bound;
    p->items.push_back(pattern(items[i], at, mode, own));
    if (i == 1)
      first.bound = own.bound;
    auto in_first = [&](const std::pair<Key, Var *> &b) {
      return std::any_of(first.bound.begin(), first.bound.end(), [&](auto &f) { return f.first == b.first; });
    };
    if (own.bound.size() != first.bound.size() || !std::all_of(own.bound.begin(), own.bound.end(), in_first))
      return bad_pattern(span_of(items[i], at), std::string(mode.where) +
                                                    ": an alternative of this or pattern binds different variables");
  }
  for (auto &[key, var] : first.bound) {
    for (auto &[k, v] : scope.bound)
      if (k == key)
        fail(at, code::Duplicate, std::string(mode.where) + ": duplicate name '" + var->name + "' in one pattern");
    scope.bound.push_back({key, var});
  }
  return p;
}

// --- match -------------------------------------------------------------------------------------------------------------------

bool Expander::is_irrefutable(const Pattern *p) {
  if (p->kind == PatternKind::Or)
    return std::any_of(p->items.begin(), p->items.end(), is_irrefutable);
  return p->kind == PatternKind::Wild || p->kind == PatternKind::Bind;
}

void Expander::boolean_cover(AstUnit &unit, const Pattern *p, bool &yes, bool &no) {
  if (p->kind == PatternKind::Or)
    for (const Pattern *i : p->items)
      boolean_cover(unit, i, yes, no);
  if (p->kind != PatternKind::Literal)
    return;
  yes = yes || unit.constants[p->constant] == gc::kTrue;
  no = no || unit.constants[p->constant] == gc::kFalse;
}

Node *Expander::form_match(Form &f) {
  if (f.operands() < 1)
    return malformed(f);
  auto *m = make<Match>(NodeKind::Match, f.at);
  m->subject = expr(f[1], f.at);
  if (f.operands() == 1)
    return fail(f.at, code::NonExhaustive, "match: expected at least one arm: (match value pattern body ...)");
  size_t before = errors_;
  for (size_t i = 2; i < f.size();)
    if (!match_arm(f.items, i, f.at, m))
      return nil(f.at);
  bool irrefutable = false, yes = false, no = false;
  for (const Arm &a : m->arms) {
    if (a.guard)
      continue;
    irrefutable = irrefutable || is_irrefutable(a.pattern);
    boolean_cover(*u_->unit, a.pattern, yes, no);
  }
  if (!irrefutable && !(yes && no) && errors_ == before)
    return fail(f.at, code::NonExhaustive,
                "non-exhaustive match: add a wildcard (_) or variable pattern as the last arm");
  return m;
}

// pattern body, or pattern when guard body. Advances `i`; null: reported.
Node *Expander::match_arm(const std::vector<Value> &items, size_t &i, Span at, Match *m) {
  Span where = span_of(items[i], at);
  Arm arm{};
  Frame *frame = new_frame(FrameKind::Scope, frame_);
  FrameScope in(*this, frame);
  frame->vars = &arm.vars;
  PatternScope scope;
  arm.pattern = pattern(items[i], at, {.matching = true, .where = "match"}, scope);
  bool guarded = i + 2 < items.size() && is_symbol(items[i + 1], "when");
  size_t body_at = i + (guarded ? 3 : 1);
  if (body_at >= items.size())
    return fail(where, code::NonExhaustive, "match: pattern without a body: " + describe(items[i])), nullptr;
  auto *s = make<Scope>(NodeKind::Scope, span_of(items[body_at], at));
  frame->group_start = seq_;
  if (guarded)
    arm.guard = expr(items[i + 2], at);
  frame->vars = &s->vars;
  s->body = expr(items[body_at], at);
  arm.body = s->vars.empty() ? s->body : s;
  i = body_at + 1;
  m->arms.push_back(std::move(arm));
  return m->subject;
}

} // namespace evjit::frontend
