// The end of a unit: every name that was met is resolved, and what cannot be is reported together.
#include "frontend/expand/expander.hpp"

#include "gc/call.hpp"

#include <new>

namespace evjit::frontend {

// --- NameSlot --------------------------------------------------------------------------------------------------------------

NameSlot::~NameSlot() { clear(); }

void NameSlot::clear() {
  if (held_ == NodeKind::Builtin)
    as_.builtin.~Builtin();
  else if (held_ == NodeKind::Seq)
    as_.seq.~Seq();
}

void NameSlot::start(Span at) { new (&as_.ref) Ref{{NodeKind::Ref, at}, nullptr}; }

void NameSlot::become_builtin(std::string name, uint32_t constant, const gc::PrimDef *prim) {
  Span at = as_.ref.span;
  new (&as_.builtin) Builtin{{NodeKind::Builtin, at}, std::move(name), constant, prim};
  held_ = NodeKind::Builtin;
}
void NameSlot::become_constant(uint32_t constant) {
  Span at = as_.ref.span;
  new (&as_.constant) Const{{NodeKind::Const, at}, constant};
  held_ = NodeKind::Const;
}
void NameSlot::become(Node *other) {
  Span at = as_.ref.span;
  new (&as_.seq) Seq{{NodeKind::Seq, at}, {other}};
  held_ = NodeKind::Seq;
}

// --- resolution -------------------------------------------------------------------------------------------------------------

void Expander::resolve_names() {
  for (size_t i = 0; i < u_->names.size(); ++i) { // filling environments adds no names
    PendingName p = u_->names[i];
    resolve(p);
  }
  fill_environments();
  u_->names.clear();
  u_->environments.clear();
}

void Expander::resolve(PendingName &p) {
  bool hidden = false;
  const Binding *b = lookup(p.frame, p.symbol, p.chain, p.seq, hidden);
  if (p.use == NameUse::Doc)
    return resolve_doc(p, b);
  if (!b)
    return resolve_builtin(p, hidden);
  std::string text(gc::name_of(p.symbol));
  switch (b->kind) {
  case BindingKind::Variable:
    return resolve_variable(p, *b);
  case BindingKind::PhaseOne:
  case BindingKind::Earlier:
    return resolve_phase_one(p, *b);
  case BindingKind::Constant:
    if (p.use == NameUse::Assign)
      fail(p.at, code::AssignImmutable, "cannot assign immutable binding '" + text + "' (it comes from the environment of eval)");
    p.slot->become_constant(u_->unit->constant(values_[b->value]));
    return;
  case BindingKind::Macro:
    fail(p.at, code::MacroMisuse, "macro used as a value: " + text, "call it: (" + text + " ...)");
    p.slot->become(nil(p.at));
    return;
  }
}

void Expander::resolve_variable(PendingName &p, const Binding &b) {
  if (p.use == NameUse::Reference) {
    p.slot->ref().var = b.var;
    return;
  }
  if (!b.var->is_mutable)
    fail(p.at, code::AssignImmutable,
         "cannot assign immutable binding '" + b.var->name + "' (use @" + b.var->name + " to make it mutable)");
  else if (u_->never_assigned.count(b.var))
    fail(p.at, code::BadSignal, "immutable!: '" + b.var->name + "' is declared never to be assigned");
  p.assign->var = b.var;
  p.slot->become(p.assign);
}

// A name that begin-for-syntax or an earlier unit defined: a value, or a slot of the instance that ran.
void Expander::resolve_phase_one(PendingName &p, const Binding &b) {
  Value instance = values_[b.value];
  if (p.use == NameUse::Assign && !b.is_mutable) {
    std::string text(gc::name_of(p.symbol));
    fail(p.at, code::AssignImmutable, "cannot assign immutable binding '" + text + "' (use @" + text + " to make it mutable)");
  }
  Node *inst = constant(instance, p.at);
  Node *slot = constant(Value::fixnum(b.slot), p.at);
  if (p.use == NameUse::Assign)
    p.slot->become(call_builtin("%%instance-set", p.at, {inst, slot, p.assign->value}));
  else if (b.is_mutable)
    p.slot->become(call_builtin("%%instance-get", p.at, {inst, slot}));
  else
    p.slot->become_constant(u_->unit->constant(instance.as<gc::Instance>()->slots[b.slot]));
}

void Expander::resolve_builtin(PendingName &p, bool hidden_by_phase) {
  std::string text(gc::name_of(p.symbol));
  bool interned = (p.symbol.as()->h.flags & gc::kUninterned) == 0;
  Value v = interned ? gc::find_builtin(text) : gc::kAbsent;
  if (v == gc::kAbsent || p.use == NameUse::Assign) {
    if (v != gc::kAbsent)
      fail(p.at, code::AssignImmutable, "cannot assign immutable binding '" + text + "' (it is a builtin)");
    else if (interned && classify_unbound(text).kind != Head::Ordinary)
      fail(p.at, code::MacroMisuse, (is_special_name(text) ? "special form used as a value: " : "macro used as a value: ") + text);
    else
      undefined(p, hidden_by_phase);
    p.slot->become(nil(p.at));
    return;
  }
  p.slot->become_builtin(text, u_->unit->constant(v), gc::find_prim(text));
  add_import_origin(p, text);
}

// import resolves ./ and ../ against the importing file, which the call passes along.
void Expander::add_import_origin(PendingName &p, std::string_view name) {
  if (!p.call || (name != "import" && name != "import-file" && name != "module/import"))
    return;
  if (p.call->args.size() != 1 || p.call->args[0].splice)
    return;
  const std::string &origin = p.at.line == 0 ? file_ : sources().at(p.at.file).name;
  p.call->args.push_back({constant(gc::make_string(m_, origin), p.at), false});
}

// --- (environment) ----------------------------------------------------------------------------------------------------------

// Reads a variable whose definition may not have run: then the keyword :%unset, which %%environment leaves out.
Node *Expander::guarded_read(Var *v, Span at) {
  auto *t = make<Try>(NodeKind::Try, at);
  t->body = ref(v, at);
  t->handler = make<Scope>(NodeKind::Scope, at);
  t->handler->body = constant(gc::keyword("%unset"), at);
  return t;
}

// The value of anything but a macro.
Node *Expander::read_binding(const Binding &b, Span at) {
  if (b.kind == BindingKind::Constant)
    return constant(values_[b.value], at);
  if (b.kind == BindingKind::Variable)
    return b.var->maybe_early ? guarded_read(b.var, at) : ref(b.var, at);
  Value instance = values_[b.value];
  if (!b.is_mutable)
    return constant(instance.as<gc::Instance>()->slots[b.slot], at);
  return call_builtin("%%instance-get", at, {constant(instance, at), constant(Value::fixnum(b.slot), at)});
}

void Expander::fill_environments() {
  for (PendingEnvironment &e : u_->environments) {
    std::unordered_set<uint64_t> seen;
    Span at = e.node->span;
    for (Frame *f = e.frame; f; f = f->parent) {
      if (f->phase != e.frame->phase)
        continue;
      for (auto &[key, all] : f->names) {
        bool hidden = false;
        const Binding *b = key.chain == 0 ? find(f, key, e.seq, f->phase, hidden) : nullptr;
        if (!b || b->kind == BindingKind::Macro || !seen.insert(key.symbol).second)
          continue;
        e.node->args.push_back({constant(b->symbol, at), false});
        e.node->args.push_back({read_binding(*b, at), false});
      }
    }
  }
}

// --- doc ---------------------------------------------------------------------------------------------------------------------

bool Expander::is_special_name(std::string_view text) {
  enum { Special, Macro };
#define FORM(name, handler, kind, shape, doc)                                                                          \
  if (text == name)                                                                                                    \
    return kind == Special;
#define NATIVE_MACRO(name, handler, shape, doc)
#include "frontend/expand/forms.def"
  return false;
}

std::optional<std::string> Expander::form_doc(std::string_view name) {
#define FORM(text, handler, kind, shape, doc)                                                                          \
  if (name == text)                                                                                                    \
    return std::string(shape "\n") + doc;
#define NATIVE_MACRO(text, handler, shape, doc)                                                                        \
  if (name == text)                                                                                                    \
    return std::string(shape "\n") + doc;
#include "frontend/expand/forms.def"
  return std::nullopt;
}

std::string Expander::macro_doc(std::string_view name, std::string_view params, std::string_view doc) {
  std::string out = "(" + std::string(name);
  if (!params.empty())
    out += " " + std::string(params);
  return out + ")\n" + (doc.empty() ? "A macro." : std::string(doc));
}

void Expander::resolve_doc(PendingName &p, const Binding *b) {
  std::string text(gc::name_of(p.symbol));
  auto say = [&](const std::string &s) { p.slot->become(constant(gc::make_string(m_, s), p.at)); };
  if (b && b->kind == BindingKind::Variable)
    return p.slot->become(call_builtin("doc", p.at, {ref(b->var, p.at)}));
  if (b && b->kind == BindingKind::Macro)
    return say(macro_doc(text, b->macro->params, b->macro->doc));
  if (b)
    return p.slot->become(call_builtin("doc", p.at, {read_binding(*b, p.at)}));
  if (auto doc = form_doc(text))
    return say(*doc);
  if (Value t = gc::find_builtin_macro(text); t != gc::kAbsent) {
    const gc::FnProto *proto = t.as<gc::Closure>()->proto;
    return say(macro_doc(text, proto->params ? proto->params : "", proto->doc ? proto->doc : ""));
  }
  if (gc::find_builtin(text) != gc::kAbsent)
    return p.slot->become(call_builtin("doc", p.at, {builtin(text, p.at)}));
  say("No documentation found for '" + text + "'");
}

} // namespace evjit::frontend
