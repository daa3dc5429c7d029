// Sequencing, conditionals, definitions, blocks and loops (03 sections 3, 5, 6).
#include "frontend/expand/expander.hpp"

namespace evjit::frontend {

std::vector<Node *> Expander::each_statement(const std::vector<Value> &items, size_t from, Span at) {
  std::vector<Node *> out;
  for (size_t i = from; i < items.size(); ++i)
    out.push_back(expr(items[i], at));
  return out;
}

// The forms of a body, in the current frame, whose recursive group starts here.
Node *Expander::body(const std::vector<Value> &items, size_t from, Span at) {
  frame_->group_start = seq_;
  note_upcoming(items, from);
  return seq(each_statement(items, from, at), at);
}

// A body in a scope of its own.
Node *Expander::scope_body(const std::vector<Value> &items, size_t from, Span at) {
  auto *s = make<Scope>(NodeKind::Scope, at);
  Frame *frame = new_frame(FrameKind::Scope, frame_);
  frame->vars = &s->vars;
  FrameScope in(*this, frame);
  s->body = body(items, from, at);
  return s->vars.empty() ? s->body : s;
}

// --- sequencing, conditionals -----------------------------------------------------------------------------------------------

Node *Expander::form_begin(Form &f) {
  bool top = u_->at_top_level;
  std::vector<Node *> out;
  for (size_t i = 1; i < f.size(); ++i) {
    u_->at_top_level = top;
    out.push_back(expr(f[i], f.at));
  }
  u_->at_top_level = false;
  return seq(std::move(out), f.at);
}

Node *Expander::form_if(Form &f) {
  if (f.operands() < 2 || f.operands() > 3)
    return malformed(f);
  auto *n = make<If>(NodeKind::If, f.at);
  n->test = expr(f[1], f.at);
  n->then = expr(f[2], f.at);
  n->otherwise = f.operands() == 3 ? expr(f[3], f.at) : nullptr;
  return n;
}

Node *Expander::form_cond(Form &f) {
  size_t pairs = f.operands() / 2;
  Node *otherwise = nullptr;
  std::vector<If *> tests;
  for (size_t i = 0; i < pairs; ++i) {
    auto *n = make<If>(NodeKind::If, span_of(f[1 + 2 * i], f.at));
    n->test = expr(f[1 + 2 * i], f.at);
    n->then = expr(f[2 + 2 * i], f.at);
    tests.push_back(n);
  }
  if (f.operands() % 2 == 1)
    otherwise = expr(f.items.back(), f.at);
  for (size_t i = tests.size(); i-- > 0;) {
    tests[i]->otherwise = otherwise;
    otherwise = tests[i];
  }
  return otherwise ? otherwise : nil(f.at);
}

Node *Expander::form_and(Form &f) {
  auto *n = make<And>(NodeKind::And, f.at);
  n->parts = each_statement(f.items, 1, f.at);
  return n;
}

Node *Expander::form_or(Form &f) {
  auto *n = make<Or>(NodeKind::Or, f.at);
  n->parts = each_statement(f.items, 1, f.at);
  return n;
}

// --- definitions -------------------------------------------------------------------------------------------------------------

// "f" for f and @f, empty for patterns.
std::string Expander::target_name(Value target) {
  if (!is_symbol(target))
    return {};
  std::string text = text_of(target);
  return text.size() > 1 && text[0] == '@' ? text.substr(1) : text;
}

// A function literal takes the name that it is bound to.
void Expander::name_lambda(Node *value, Value target) {
  if (value->kind == NodeKind::Fn && static_cast<Fn *>(value)->lambda->name.empty())
    static_cast<Fn *>(value)->lambda->name = target_name(target);
}

Node *Expander::form_def(Form &f) { return define_form(f, false); }
Node *Expander::form_var(Form &f) { return define_form(f, true); }

Node *Expander::define_form(Form &f, bool all_mutable) {
  if (f.operands() != 2) {
    malformed(f);
    if (f.operands() == 0 || !is_symbol(f[1]))
      return nil(f.at);
    f.items.resize(2); // the name exists all the same
    f.items.push_back(gc::kNil);
  }
  auto *d = make<Define>(NodeKind::Define, f.at);
  d->value = expr(f[2], f.at);
  name_lambda(d->value, f[1]);
  PatternScope scope;
  PatternMode mode{.matching = false, .all_mutable = all_mutable, .where = f.name == "var" ? "var" : "def"};
  mode.when = When::Group;
  d->target = pattern(f[1], f.at, mode, scope);
  if (d->target->kind == PatternKind::Bind && !d->target->var->is_mutable && d->value->kind == NodeKind::Fn)
    d->target->var->known_lambda = static_cast<Fn *>(d->value)->lambda;
  return d;
}

Node *Expander::form_assign(Form &f) {
  if (f.operands() != 2)
    return malformed(f);
  if (!is_symbol(f[1]) || text_of(f[1]).find(':', 1) != std::string::npos) {
    fail(span_of(f[1], f.at), code::AssignImmutable, "assign target must be a symbol, got " + describe(f[1]));
    sink_.mismatch("a symbol", describe(f[1]));
    return nil(f.at);
  }
  auto *slot = u_->unit->own<NameSlot>();
  slot->start(f.at);
  auto *a = make<Assign>(NodeKind::Assign, f.at);
  a->var = nullptr;
  a->value = expr(f[2], f.at);
  PendingName p{slot, symbol_of(f[1]), chain_of(f[1]), frame_, seq_, NameUse::Assign, span_of(f[1], f.at)};
  p.assign = a;
  u_->names.push_back(p);
  return slot->node();
}

// --- blocks and loops ----------------------------------------------------------------------------------------------------------

namespace {

struct Enter { // makes a block context current
  UnitState &u;
  BlockContext context;
  Enter(UnitState &u, BlockContext::Kind kind, Block *block = nullptr, std::string label = {})
      : u(u), context{kind, block, std::move(label), u.blocks} {
    u.blocks = &context;
  }
  ~Enter() { u.blocks = context.outer; }
};

} // namespace

Node *Expander::form_block(Form &f) {
  size_t from = 1;
  std::string label;
  if (f.size() > 1 && gc::is_keyword(f[1])) {
    label = gc::name_of(f[1]);
    from = 2;
  }
  auto *b = make<Block>(NodeKind::Block, f.at);
  Enter in(*u_, BlockContext::Target, b, label);
  b->body = scope_body(f.items, from, f.at);
  return b;
}

Node *Expander::form_while(Form &f) {
  if (f.operands() < 2)
    return malformed(f);
  auto *b = make<Block>(NodeKind::Block, f.at);
  Enter in(*u_, BlockContext::Target, b, "while");
  auto *l = make<Loop>(NodeKind::Loop, f.at);
  l->test = expr(f[1], f.at);
  l->body = scope_body(f.items, 2, f.at);
  b->body = l;
  return b;
}

Node *Expander::form_break(Form &f) {
  if (f.operands() > 2)
    return malformed(f);
  std::string label;
  bool labelled = f.operands() > 0 && gc::is_keyword(f[1]);
  if (labelled)
    label = gc::name_of(f[1]);
  if (f.operands() == 2 && !labelled)
    return malformed(f, "the label must be a literal keyword, got " + describe(f[1]));
  size_t value_at = labelled ? 2 : 1;
  Value value = f.size() > value_at ? f[value_at] : gc::kNil;
  return break_to(f, label, value, f.size() > value_at);
}

Node *Expander::break_to(Form &f, const std::string &label, Value value, bool has_value) {
  bool crossed_function = false, crossed_protected = false;
  for (BlockContext *b = u_->blocks; b; b = b->outer) {
    if (b->kind == BlockContext::FunctionBoundary)
      crossed_function = true;
    else if (b->kind == BlockContext::Protected)
      crossed_protected = true;
    else if (label.empty() || b->label == label) {
      if (crossed_function)
        return fail(f.at, code::BadBreak, "break cannot cross function boundary");
      if (crossed_protected)
        return fail(f.at, code::BadBreak, "break cannot leave a protected body");
      auto *n = make<Break>(NodeKind::Break, f.at);
      n->target = b->block;
      n->value = has_value ? expr(value, f.at) : nullptr;
      return n;
    }
  }
  if (label.empty())
    return fail(f.at, code::BadBreak, "break outside of any block");
  return fail(f.at, code::BadBreak, "no block named :" + label + " in scope");
}

// --- errors and cleanup (03 section 9) ------------------------------------------------------------------------------------------

Node *Expander::collect_protected(Form &f, size_t from, size_t to) {
  Enter in(*u_, BlockContext::Protected);
  std::vector<Value> items(f.items.begin(), f.items.begin() + static_cast<ptrdiff_t>(to));
  return seq(each_statement(items, from, f.at), f.at);
}

Node *Expander::protected_expr(Value form, Span at) {
  Enter in(*u_, BlockContext::Protected);
  return expr(form, at);
}

Node *Expander::form_try(Form &f) {
  bool has_catch = f.size() > 1 && is_list_form(f.items.back());
  Form clause;
  if (has_catch) {
    clause = open(f.items.back(), f.at);
    has_catch = clause.name == "catch";
  }
  if (!has_catch)
    return malformed(f, "a try without (catch pattern handler*) as its last form");
  if (clause.size() < 2)
    return malformed(f, "a catch without a pattern");
  auto *t = make<Try>(NodeKind::Try, f.at);
  t->body = collect_protected(f, 1, f.size() - 1);
  catch_handler(f.items.back(), f.at, t->handler);
  return t;
}

Node *Expander::catch_handler(Value clause_form, Span at, Scope *&handler) {
  Form clause = open(clause_form, at);
  handler = make<Scope>(NodeKind::Scope, clause.at);
  Frame *frame = new_frame(FrameKind::Scope, frame_);
  frame->vars = &handler->vars;
  FrameScope in(*this, frame);
  auto *caught = make<Const>(NodeKind::Const, clause.at);
  caught->constant = kCaughtValue;
  auto *d = make<Define>(NodeKind::Define, clause.at);
  PatternScope scope;
  d->target = pattern(clause[1], clause.at, {.matching = false, .where = "catch"}, scope);
  d->value = caught;
  auto *s = make<Seq>(NodeKind::Seq, clause.at);
  s->body.push_back(d);
  s->body.push_back(clause.size() > 2 ? body(clause.items, 2, clause.at) : nil(clause.at));
  handler->body = s;
  return handler;
}

Node *Expander::form_protect(Form &f) {
  auto *p = make<Protect>(NodeKind::Protect, f.at);
  p->body = collect_protected(f, 1, f.size());
  return p;
}

Node *Expander::form_defer(Form &f) {
  if (f.operands() < 1)
    return malformed(f);
  auto *d = make<Defer>(NodeKind::Defer, f.at);
  d->cleanup = collect_protected(f, 1, 2);
  d->body = collect_protected(f, 2, f.size());
  return d;
}

Node *Expander::form_error(Form &f) {
  if (f.operands() > 1)
    return malformed(f);
  auto *r = make<Raise>(NodeKind::Raise, f.at);
  r->value = f.operands() == 1 ? expr(f[1], f.at) : nil(f.at);
  return r;
}

} // namespace evjit::frontend
