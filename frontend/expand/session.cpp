// See frontend/session.hpp: one Expander that lives as long as the session.
#include "frontend/session.hpp"

#include "frontend/expand/expander.hpp"

namespace evjit::frontend {

class SessionImpl {
public:
  SessionImpl(Mutator &m, Evaluator &ev) : m(m), expander(m, ev, options, sink) { options.warnings = true; }
  Mutator &m;
  CompileOptions options;
  DiagSink sink;
  Expander expander;
  std::unique_ptr<AstUnit> ast; // of the entry compiled last: publish looks at its variables
};

Session::Session(Mutator &m, Evaluator &ev) : impl_(std::make_unique<SessionImpl>(m, ev)) {}
Session::~Session() = default;

std::unique_ptr<ir::Unit> Session::compile(uint32_t source) {
  SessionImpl &s = *impl_;
  gc::RootVector forms(s.m);
  read_source(s.m, source, s.sink, forms);
  if (s.sink.has_errors())
    return nullptr;
  s.ast = s.expander.run(forms, sources().at(source).name);
  if (!s.ast || s.sink.has_errors() || !analyse(*s.ast, s.sink) || s.sink.has_errors())
    return nullptr;
  if (s.options.warnings)
    find_warnings(*s.ast, s.sink);
  return build_ir(s.m, *s.ast);
}

std::vector<Diagnostic> Session::take_diagnostics() { return impl_->sink.take(); }
void Session::publish(Value instance) { impl_->expander.publish(instance); }
void Session::set(std::string_view name, Value v) { impl_->expander.set_constant(gc::symbol(name), v); }
void Session::each_name(void (*visit)(void *, std::string_view), void *self) const {
  impl_->expander.each_name(visit, self);
}

void each_form_name(void (*visit)(void *, std::string_view), void *self) {
#define FORM(text, handler, kind, shape, doc) visit(self, text);
#define NATIVE_MACRO(text, handler, shape, doc) visit(self, text);
#include "frontend/expand/forms.def"
}

// --- the expander's part --------------------------------------------------------------------------------------------------

// The scope of the unit expanded last becomes the surroundings of the next one. What its code has not defined is gone.
void Expander::publish(Value instance) {
  values_.push(instance);
  size_t where = values_.size() - 1;
  const auto *slots = instance.as<gc::Instance>()->slots;
  auto settle = [&](Binding &b) {
    const Var *v = b.var;
    if (v->kind != VarKind::Top || v->slot == kNoSlot || slots[v->slot] == gc::kUnset)
      return false;
    b.kind = BindingKind::Earlier;
    b.var = nullptr;
    b.value = where;
    b.slot = v->slot;
    b.is_mutable = v->is_mutable;
    if (b.active == kNotYet)
      b.active = seq_;
    return true;
  };
  ++seq_;
  for (auto it = top_frame_->names.begin(); it != top_frame_->names.end();) {
    std::erase_if(it->second, [&](Binding &b) { return b.kind == BindingKind::Variable && !settle(b); });
    it = it->second.empty() ? top_frame_->names.erase(it) : std::next(it);
  }
  base_frame_ = top_frame_;
}

void Expander::set_constant(Value symbol, Value v) {
  Frame *root = root_frame();
  auto it = root->names.find(key_of(symbol));
  if (it != root->names.end()) {
    values_[it->second[0].value] = v;
    return;
  }
  values_.push(v);
  Binding b{BindingKind::Constant};
  b.value = values_.size() - 1;
  b.active = seq_;
  bind(root, symbol, b);
}

void Expander::each_name(void (*visit)(void *, std::string_view), void *self) const {
  for (const Frame *f = base_frame_; f; f = f->parent)
    for (auto &[key, all] : f->names)
      if (key.chain == 0)
        visit(self, gc::name_of(all[0].symbol));
}

} // namespace evjit::frontend
