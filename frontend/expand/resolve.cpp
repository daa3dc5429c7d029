// The end of a unit: every name that was met is resolved, and what cannot be is reported together.
#include "frontend/expand/expander.hpp"

#include "gc/call.hpp"

#include <algorithm>
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

// --- undefined variables -----------------------------------------------------------------------------------------------------

namespace {

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

struct Candidate {
  size_t distance;
  int rank; // the program's names first
  std::string name;
  bool operator<(const Candidate &o) const {
    return std::tie(distance, rank, name) < std::tie(o.distance, o.rank, o.name);
  }
};

struct Candidates {
  std::string_view wanted;
  std::vector<Candidate> found;
  void offer(std::string_view name, int rank) {
    constexpr size_t kMaxDistance = 2;
    size_t gap = name.size() > wanted.size() ? name.size() - wanted.size() : wanted.size() - name.size();
    if (gap > kMaxDistance || name.empty() || name.substr(0, 2) == "%%" || name == wanted)
      return;
    size_t d = edit_distance(wanted, name);
    if (d <= kMaxDistance && d < wanted.size())
      found.push_back({d, rank, std::string(name)});
  }
};

} // namespace

std::string Expander::suggestions(const PendingName &p) {
  Candidates c{gc::name_of(p.symbol), {}};
  for (Frame *f = p.frame; f; f = f->parent)
    for (auto &[key, all] : f->names)
      if (f->phase == p.frame->phase || all[0].kind != BindingKind::Variable)
        c.offer(gc::name_of(all[0].symbol), 0);
  gc::each_builtin_name([](void *self, std::string_view name) { static_cast<Candidates *>(self)->offer(name, 1); }, &c);
#define FORM(text, handler, kind, shape, doc) c.offer(text, 2);
#define NATIVE_MACRO(text, handler, shape, doc) c.offer(text, 2);
#include "frontend/expand/forms.def"
  std::sort(c.found.begin(), c.found.end());
  std::string out;
  std::vector<std::string> used;
  for (const Candidate &k : c.found) {
    if (used.size() == 3)
      break;
    if (std::find(used.begin(), used.end(), k.name) != used.end())
      continue;
    used.push_back(k.name);
    out += (out.empty() ? "" : ", ") + k.name;
  }
  return out;
}

void Expander::undefined(const PendingName &p, bool hidden_by_phase) {
  std::string text(gc::name_of(p.symbol));
  if (hidden_by_phase) {
    fail(p.at, code::UndefinedVariable, "undefined variable: " + text + " (it exists at run time only; a macro body runs during compilation)",
         "define it in (begin-for-syntax ...) to use it in macro bodies");
    return;
  }
  std::string near = suggestions(p);
  fail(p.at, code::UndefinedVariable, "undefined variable: " + text + (near.empty() ? "" : " (did you mean: " + near + "?)"));
}

} // namespace evjit::frontend
