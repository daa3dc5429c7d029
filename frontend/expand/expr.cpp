// Expressions: atoms, names, literals, calls, and the choice of what a list form is (03 section 1).
#include "frontend/expand/expander.hpp"

#include "gc/call.hpp"
#include "gc/errors.hpp"

namespace evjit::frontend {

namespace {

constexpr int kMaxFormDepth = 5000;

struct Nesting {
  int &depth;
  explicit Nesting(int &d) : depth(d) { ++depth; }
  ~Nesting() { --depth; }
};

enum class FormKind { Special, Macro, Native };
struct Row {
  std::string_view text;
  FormKind kind;
  Node *(Expander::*handler)(Form &);
  Value (Expander::*transform)(Form &);
};
const Row kRows[] = {
#define FORM(text, handler, kind, shape, doc) {text, FormKind::kind, &Expander::handler, nullptr},
#define NATIVE_MACRO(text, handler, shape, doc) {text, FormKind::Native, nullptr, &Expander::handler},
#include "frontend/expand/forms.def"
};

const std::unordered_map<std::string_view, int> &row_index() {
  static const auto *index = [] {
    auto *t = new std::unordered_map<std::string_view, int>;
    for (int i = 0; i < static_cast<int>(std::size(kRows)); ++i)
      t->emplace(kRows[i].text, i);
    return t;
  }();
  return *index;
}

} // namespace

Expander::Head Expander::classify_unbound(std::string_view text) {
  auto it = row_index().find(text);
  if (it != row_index().end()) {
    bool native = kRows[it->second].kind == FormKind::Native;
    return {native ? Head::Native : Head::Special, it->second};
  }
  Value t = gc::find_builtin_macro(text);
  if (t != gc::kAbsent)
    return {Head::BuiltinMacro, -1, nullptr, t};
  return {};
}

Expander::Head Expander::classify(Value head) {
  std::string_view text = gc::name_of(symbol_of(head));
  auto row = row_index().find(text);
  if (row != row_index().end() && kRows[row->second].kind == FormKind::Special)
    return {Head::Special, row->second};
  bool hidden = false;
  const Binding *b = lookup(frame_, symbol_of(head), chain_of(head), seq_, hidden, LookFor::Head);
  if (b && b->kind == BindingKind::Macro)
    return {Head::Macro, -1, b->macro};
  // A top-level name does not hide a standard macro (03 section 1); one bound closer does.
  bool top = b && ((b->kind == BindingKind::Variable && b->var->kind == VarKind::Top) || b->kind == BindingKind::Constant ||
                   b->kind == BindingKind::PhaseOne || b->kind == BindingKind::Earlier);
  return b && !top ? Head{} : classify_unbound(text);
}

Node *Expander::expr(Value form, Span at) {
  Nesting deeper(nesting_);
  if (nesting_ > kMaxFormDepth || gc::stack_is_low(m_)) {
    if (reported_depth_)
      return nil(at);
    reported_depth_ = true;
    return fail(span_of(form, at), code::TooDeep, "forms are nested too deeply");
  }
  at = span_of(form, at);
  if (is_symbol(form))
    return name(form, at);
  if (LiteralKind kind = kind_of(form); kind != LiteralKind::None)
    return literal(form, kind, at);
  Value d = datum_of(form);
  if (gc::is_pair(d))
    return list_form(form, at);
  return constant(d, at);
}

Node *Expander::list_form(Value syntax, Span at) {
  if (!gc::list_length(datum_of(syntax)))
    return fail(at, code::BadForm, "an improper list is not code: " + describe(syntax));
  Form f = open(syntax, at);
  bool top = u_->at_top_level;
  u_->at_top_level = false;
  if (f.name.empty())
    return call(f);
  Head h = classify(f[0]);
  switch (h.kind) {
  case Head::Special: {
    bool splices = f.name == "begin" || f.name == "do" || f.name == "include" || f.name == "include-file";
    u_->at_top_level = top && splices;
    Node *n = (this->*kRows[h.form].handler)(f);
    u_->at_top_level = false;
    return n;
  }
  case Head::Native:
  case Head::Macro:
  case Head::BuiltinMacro:
    u_->at_top_level = top;
    return expand_call(f, h);
  case Head::Ordinary:
    break;
  }
  return call(f);
}

bool Expander::expand_step(Form &f, const Head &h, Value &result) {
  if (h.kind == Head::Native) {
    size_t before = errors_;
    result = (this->*kRows[h.form].transform)(f);
    return errors_ == before;
  }
  return run_macro(f, h, result);
}

// --- calls ---------------------------------------------------------------------------------------------------------------

void Expander::call_args(const Form &f, size_t from, std::vector<Arg> &out) {
  for (size_t i = from; i < f.size(); ++i) {
    if (is_tagged(f[i], "splice"))
      out.push_back({expr(items_of(f[i])[1], span_of(f[i], f.at)), true});
    else
      out.push_back({expr(f[i], f.at), false});
  }
}

Node *Expander::call(Form &f) {
  auto *c = make<Call>(NodeKind::Call, f.at);
  if (is_tagged(f[0], "splice"))
    return form_splice(f);
  if ((f.name == "unquote" || f.name == "unquote-splicing") && f.size() == 2) {
    bool hidden = false;
    if (!lookup(frame_, symbol_of(f[0]), chain_of(f[0]), seq_, hidden))
      return fail(f.at, code::BadUnquote, f.name + ": unquote outside template",
                  "',' and ',;' are only meaningful inside a quasiquoted (`) form");
  }
  if (f.name == "catch") {
    bool hidden = false;
    if (!lookup(frame_, symbol_of(f[0]), chain_of(f[0]), seq_, hidden))
      return fail(f.at, code::BadForm, "catch: expected only as the last form of try: (try body* (catch pattern handler*))");
  }
  c->callee = is_symbol(f[0]) ? name(f[0], span_of(f[0], f.at), c) : expr(f[0], f.at);
  call_args(f, 1, c->args);
  return c;
}

Node *Expander::form_splice(Form &f) {
  return fail(f.at, code::BadSplice, "splice: only allowed in calls and in array or bytes literals (';' is splice; comments start with '#')");
}

// --- names ---------------------------------------------------------------------------------------------------------------

// a:b:c is (get (get a :b) :c).
Node *Expander::name(Value form, Span at, Call *callee_of) {
  std::string_view text = gc::name_of(symbol_of(form));
  size_t colon = gc::is(symbol_of(form), Type::Symbol) && (symbol_of(form).as()->h.flags & gc::kUninterned) == 0
                     ? text.find(':', 1)
                     : std::string_view::npos;
  if (colon != std::string_view::npos) {
    Value base = syntax(gc::symbol(text.substr(0, colon)), at, chain_of(form));
    Node *object = name(base, at);
    while (colon != std::string_view::npos) {
      size_t next = text.find(':', colon + 1);
      auto *field = make<Field>(NodeKind::Field, at);
      field->object = object;
      field->keyword = u_->unit->constant(gc::keyword(text.substr(colon + 1, next - colon - 1)));
      object = field;
      colon = next;
    }
    return object;
  }
  auto *slot = u_->unit->own<NameSlot>();
  slot->start(at);
  PendingName p{slot, symbol_of(form), chain_of(form), frame_, seq_, NameUse::Reference, at};
  p.call = callee_of;
  u_->names.push_back(p);
  return slot->node();
}

// --- literals ------------------------------------------------------------------------------------------------------------

namespace {

CollectionKind collection(LiteralKind k) {
  switch (k) {
  case LiteralKind::Array: return CollectionKind::Array;
  case LiteralKind::MArray: return CollectionKind::MArray;
  case LiteralKind::Struct: return CollectionKind::Struct;
  case LiteralKind::MStruct: return CollectionKind::MStruct;
  case LiteralKind::Set: return CollectionKind::Set;
  case LiteralKind::MSet: return CollectionKind::MSet;
  case LiteralKind::Bytes: return CollectionKind::Bytes;
  case LiteralKind::MBytes: return CollectionKind::MBytes;
  case LiteralKind::MString: return CollectionKind::MString;
  case LiteralKind::None: break;
  }
  return CollectionKind::List;
}

bool is_sequence_literal(LiteralKind k) {
  return k == LiteralKind::Array || k == LiteralKind::MArray || k == LiteralKind::Bytes || k == LiteralKind::MBytes;
}

} // namespace

Node *Expander::literal(Value form, LiteralKind kind, Span at) {
  auto *l = make<Literal>(NodeKind::Literal, at);
  l->collection = collection(kind);
  if (kind == LiteralKind::MString) {
    l->items.push_back({constant(datum_of(form), at), false});
    return l;
  }
  std::vector<Value> items = items_of(form);
  for (Value item : items) {
    if (!is_tagged(item, "splice")) {
      l->items.push_back({expr(item, at), false});
      continue;
    }
    if (!is_sequence_literal(kind))
      return fail(span_of(item, at), code::BadSplice, "splice: not allowed in a struct or set literal (';' is splice; comments start with '#')");
    l->items.push_back({expr(items_of(item)[1], at), true});
  }
  return check_literal_items(l, kind, at) ? fold_literal(l) : nil(at);
}

bool Expander::check_literal_items(Literal *l, LiteralKind kind, Span at) {
  if ((kind == LiteralKind::Struct || kind == LiteralKind::MStruct) && l->items.size() % 2 != 0) {
    fail(at, code::OddStruct, "struct literal: odd number of forms (" + std::to_string(l->items.size()) +
                                  "), expected key value pairs");
    return false;
  }
  if (kind != LiteralKind::Bytes && kind != LiteralKind::MBytes)
    return true;
  for (const Arg &a : l->items) {
    if (a.splice || a.node->kind != NodeKind::Const)
      continue;
    Value v = u_->unit->constants[static_cast<Const *>(a.node)->constant];
    if (gc::is_int(v) && gc::int_of(v) >= 0 && gc::int_of(v) <= 255)
      continue;
    mismatch(a.node->span, code::BadByte, "bytes literal", "an integer from 0 to 255", gc::print_literal(v));
    return false;
  }
  return true;
}

// An immutable literal of constants is one constant (01 section 5).
Node *Expander::fold_literal(Literal *l) {
  bool immutable = l->collection == CollectionKind::Array || l->collection == CollectionKind::Struct ||
                   l->collection == CollectionKind::Set || l->collection == CollectionKind::Bytes;
  if (!immutable)
    return l;
  gc::RootVector values(m_);
  for (const Arg &a : l->items) {
    if (a.splice || a.node->kind != NodeKind::Const || static_cast<Const *>(a.node)->fresh_copy)
      return l;
    values.push(u_->unit->constants[static_cast<Const *>(a.node)->constant]);
  }
  switch (l->collection) {
  case CollectionKind::Array:
    return constant(gc::make_array(m_, values.data(), values.size()), l->span);
  case CollectionKind::Bytes: {
    std::string raw;
    for (Value v : values)
      raw.push_back(static_cast<char>(gc::int_of(v)));
    return constant(gc::make_bytes(m_, raw.data(), raw.size()), l->span);
  }
  case CollectionKind::Struct:
    for (size_t i = 0; i < values.size(); i += 2)
      if (!gc::valid_key(values[i]))
        return l; // raises at run time
    return constant(gc::make_struct(m_, values.data(), values.size() / 2), l->span);
  default:
    return constant(gc::make_set(m_, values.data(), values.size()), l->span);
  }
}

// --- building nodes ------------------------------------------------------------------------------------------------------

Node *Expander::constant(Value v, Span at) {
  auto *c = make<Const>(NodeKind::Const, at);
  c->constant = u_->unit->constant(v);
  return c;
}

Node *Expander::builtin(std::string_view name, Span at) {
  auto *b = make<Builtin>(NodeKind::Builtin, at);
  b->name = name;
  b->prim = gc::find_prim(name);
  Value v = gc::find_builtin(name);
  if (v == gc::kAbsent) {
    fail(at, code::UndefinedVariable, "undefined builtin: " + std::string(name) + " (internal)");
    v = gc::kNil;
  }
  b->constant = u_->unit->constant(v);
  return b;
}

Node *Expander::call_builtin(std::string_view name, Span at, std::initializer_list<Node *> args) {
  auto *c = make<Call>(NodeKind::Call, at);
  c->callee = builtin(name, at);
  for (Node *a : args)
    c->args.push_back({a, false});
  return c;
}

Node *Expander::ref(Var *v, Span at) {
  auto *r = make<Ref>(NodeKind::Ref, at);
  r->var = v;
  return r;
}

Pattern *Expander::bind_pattern(Var *v, Span at) {
  auto *p = u_->unit->own<Pattern>();
  p->kind = PatternKind::Bind;
  p->span = at;
  p->var = v;
  return p;
}

Node *Expander::define(Var *v, Node *value, Span at) {
  auto *d = make<Define>(NodeKind::Define, at);
  d->target = bind_pattern(v, at);
  d->value = value;
  return d;
}

Node *Expander::seq(std::vector<Node *> body, Span at) {
  if (body.size() == 1)
    return body[0];
  auto *s = make<Seq>(NodeKind::Seq, at);
  s->body = std::move(body);
  return s;
}

} // namespace evjit::frontend
