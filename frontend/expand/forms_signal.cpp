// Signals and declarations (03 section 14; 08 sections 1, 2, 7).
#include "frontend/expand/expander.hpp"

#include "gc/call.hpp"
#include "gc/signals.hpp"

namespace evjit::frontend {

// A literal keyword or set of keywords; `datum` gets it as a value. False: reported.
bool Expander::signal_bits(const Form &f, Value form, uint64_t &bits, Value *datum) {
  std::vector<Value> names;
  if (gc::is_keyword(form))
    names.push_back(form);
  else if (kind_of(form) == LiteralKind::Set)
    names = items_of(form);
  else
    return malformed(f, "a literal keyword or set of keywords is needed, got " + describe(form)), false;
  bits = 0;
  for (Value n : names) {
    auto bit = gc::is_keyword(n) ? gc::signal_bit(gc::name_of(n)) : std::nullopt;
    if (!bit) {
      fail(span_of(form, f.at), code::BadSignal, f.name + ": unknown signal " + describe(n),
           gc::is_keyword(n) ? "declare it: (signal " + gc::print_literal(n) + ")" : "");
      return false;
    }
    bits |= uint64_t{1} << *bit;
  }
  if (datum)
    *datum = keep(gc::is_keyword(form) ? form : gc::make_set(m_, names.data(), names.size()));
  return true;
}

Node *Expander::form_emit(Form &f) {
  if (f.operands() < 1 || f.operands() > 2)
    return malformed(f);
  auto *c = make<Call>(NodeKind::Call, f.at);
  c->callee = builtin("emit", f.at);
  if (gc::is_keyword(f[1]) || kind_of(f[1]) == LiteralKind::Set) {
    uint64_t bits = 0;
    Value names = gc::kNil;
    bool literal = gc::is_keyword(f[1]);
    for (Value v : literal ? std::vector<Value>{} : items_of(f[1]))
      literal = literal || gc::is_keyword(v);
    if (literal || items_of(f[1]).empty()) {
      if (!signal_bits(f, f[1], bits, &names))
        return nil(f.at);
      c->args.push_back({constant(names, f.at), false});
    }
  }
  if (c->args.empty())
    call_args({f.syntax, f.at, {f[0], f[1]}, f.name}, 1, c->args);
  if (f.operands() == 2)
    call_args(f, 2, c->args);
  else
    c->args.push_back({nil(f.at), false});
  return c;
}

// Registered now, and again when it runs: a cached or precompiled unit meets a registry that does not know it.
Node *Expander::form_signal(Form &f) {
  if (f.operands() != 1)
    return malformed(f);
  if (!gc::is_keyword(f[1]))
    return malformed(f, "a literal keyword is needed, got " + describe(f[1]));
  std::string name(gc::name_of(f[1]));
  if (gc::signal_bit(name))
    return fail(f.at, code::BadSignal, "signal: :" + name + " is registered already");
  if (!gc::register_signal(name))
    return fail(f.at, code::BadSignal, "signal: no bit is left for :" + name + " (at most 32 signals of programs)");
  return call_builtin("signal/register", f.at, {constant(f[1], f.at)});
}

// --- declarations ----------------------------------------------------------------------------------------------------------

// Reads the declarations at the start of a body; `from` moves behind them.
void Expander::declarations(const std::vector<Value> &items, size_t &from, Lambda *l, std::vector<Node *> &prologue, Span at) {
  for (; from < items.size(); ++from) {
    if (!is_list_form(items[from]))
      return;
    Form f = open(items[from], at);
    if (f.items.empty() || !declaration(f, l, prologue))
      return;
  }
}

// False: `f` is no declaration.
bool Expander::declaration(Form &f, Lambda *l, std::vector<Node *> &prologue) {
  uint64_t bits = 0;
  if (f.name == "silent!" || (f.name == "silence" && f.operands() == 0)) {
    if (f.operands() != 0)
      malformed(f);
    l->limits_signals = true;
    l->allowed = 0;
    l->limit_span = f.at;
  } else if (f.name == "attune!" || f.name == "muffle") {
    if (f.operands() != 1)
      return malformed(f), true;
    if (!signal_bits(f, f[1], bits))
      return true;
    if (f.name == "muffle") {
      l->muffled |= bits;
    } else {
      l->allowed = l->limits_signals ? l->allowed & bits : bits;
      l->limits_signals = true;
      l->limit_span = f.at;
    }
  } else if (f.name == "silence") {
    silence_parameter(f, l, prologue);
  } else if (f.name == "immutable!") {
    immutable_name(f);
  } else if (f.name == "numeric!") {
    if (f.operands() != 0)
      malformed(f);
  } else {
    return false;
  }
  return true;
}

void Expander::silence_parameter(Form &f, Lambda *l, std::vector<Node *> &prologue) {
  if (f.operands() != 1 || !is_symbol(f[1])) {
    malformed(f);
    return;
  }
  bool hidden = false;
  const Binding *b = lookup(frame_, symbol_of(f[1]), chain_of(f[1]), seq_, hidden);
  Var *v = b && b->kind == BindingKind::Variable && b->var->owner == l && b->var->kind == VarKind::Local ? b->var : nullptr;
  if (!v) {
    fail(f.at, code::BadSignal, "silence: '" + text_of(f[1]) + "' is not a parameter of this function");
    return;
  }
  l->silent_params.push_back(v);
  if (gc::find_builtin("%%check-silent") != gc::kAbsent)
    prologue.push_back(call_builtin("%%check-silent", f.at, {ref(v, f.at), constant(symbol_of(f[1]), f.at)}));
}

void Expander::immutable_name(Form &f) {
  if (f.operands() != 1 || !is_symbol(f[1])) {
    malformed(f);
    return;
  }
  bool hidden = false;
  const Binding *b = lookup(frame_, symbol_of(f[1]), chain_of(f[1]), seq_, hidden);
  if (!b || b->kind != BindingKind::Variable)
    fail(f.at, code::UndefinedVariable, "immutable!: undefined variable: " + text_of(f[1]));
  else
    u_->never_assigned.insert(b->var);
}

// Elsewhere than at the start of a body.
Node *Expander::form_silence(Form &f) {
  auto *c = make<Call>(NodeKind::Call, f.at);
  c->callee = builtin("silence", f.at);
  call_args(f, 1, c->args);
  return c;
}

Node *Expander::form_declaration(Form &f) {
  return fail(f.at, code::BadSignal,
              f.name + ": a declaration is only allowed at the start of a function body, before the first expression");
}

} // namespace evjit::frontend
