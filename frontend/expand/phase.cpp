// Phase one: code that runs during compilation, as units of its own (04 section 2).
#include "frontend/expand/expander.hpp"

#include "frontend/expand/expand_prims.hpp"
#include "gc/call.hpp"

namespace evjit::frontend {

namespace {

// Makes a new unit current for a C++ scope.
struct PhaseScope {
  UnitState *&current;
  Frame *&frame;
  UnitState *saved_unit;
  Frame *saved_frame;
  PhaseScope(UnitState *&u, Frame *&f, UnitState &now) : current(u), frame(f), saved_unit(u), saved_frame(f) { u = &now; }
  ~PhaseScope() {
    current = saved_unit;
    frame = saved_frame;
  }
};

} // namespace

// A unit for phase one, current from here on: its top level and the frame of that.
void Expander::start_phase_one(UnitState &state, uint32_t template_chain, Span at) {
  phase_units_.push_back(std::make_unique<AstUnit>(m_));
  state.unit = phase_units_.back().get();
  state.unit->file = file_;
  state.phase_one = true;
  state.template_chain = template_chain;
  state.lambda = state.unit->own<Lambda>();
  state.lambda->span = at;
  state.unit->top = state.lambda;
  Frame *frame = new_frame(FrameKind::Top, frame_);
  frame->phase = frame_->phase + 1;
  frame->lambda = state.lambda;
  frame_ = frame;
}

// Compiles the unit; null: reported.
gc::UnitDesc *Expander::finish_phase_one(UnitState &state, Node *body) {
  auto *scope = make<Scope>(NodeKind::Scope, body->span);
  scope->body = body;
  state.unit->top->body = scope;
  size_t before = errors_;
  resolve_names();
  if (errors_ != before || sink_.has_errors())
    return nullptr;
  if (!analyse(*state.unit, sink_))
    return nullptr;
  auto ir = build_ir(m_, *state.unit);
  return ir ? ev_.load(m_, std::move(ir)) : nullptr;
}

// The transformer of a defmacro form as a closure; kAbsent: reported.
Value Expander::compile_phase_one(const Form &f, uint32_t template_chain) {
  UnitState state;
  PhaseScope in(u_, frame_, state);
  start_phase_one(state, template_chain, f.at);
  size_t before = errors_;
  Node *fn = lambda(f, 2, text_of(f[1]));
  if (errors_ != before)
    return gc::kAbsent;
  gc::UnitDesc *unit = finish_phase_one(state, fn);
  if (!unit)
    return gc::kAbsent;
  Value transformer = run_isolated_unit(m_, ev_, unit, nullptr);
  if (transformer.is_error())
    return fail(f.at, code::MacroFailed, "macro " + text_of(f[1]) + ": " + error_text(m_.error)), gc::kAbsent;
  return transformer;
}

// In the prelude the names are needed at run time too: the transformers are functions of its unit.
Node *Expander::form_begin_for_syntax(Form &f) {
  bool ok = run_phase_one_forms(f);
  if (!ok || !opts_.is_prelude || u_->phase_one)
    return nil(f.at);
  size_t first = u_->unit->top_vars.size();
  std::vector<Node *> out = each_statement(f.items, 1, f.at);
  for (size_t i = first; i < u_->unit->top_vars.size(); ++i)
    unexported_.insert(u_->unit->top_vars[i]);
  out.push_back(nil(f.at));
  return seq(std::move(out), f.at);
}

bool Expander::run_phase_one_forms(Form &f) {
  UnitState state;
  Frame *phase_frame = nullptr;
  Value instance = gc::kNil;
  {
    PhaseScope in(u_, frame_, state);
    start_phase_one(state, chain_of(f.syntax), f.at);
    phase_frame = frame_;
    size_t before = errors_;
    Node *forms = body(f.items, 1, f.at);
    gc::UnitDesc *unit = errors_ == before ? finish_phase_one(state, forms) : nullptr;
    if (!unit)
      return false;
    if (run_isolated_unit(m_, ev_, unit, &instance).is_error()) {
      fail(f.at, code::MacroFailed, "begin-for-syntax: " + error_text(m_.error));
      return false;
    }
  }
  values_.push(instance);
  publish_phase_one(*phase_frame, values_.size() - 1);
  return true;
}

// The names of a phase-one frame become visible to later phase-one code of the current scope.
void Expander::publish_phase_one(Frame &from, size_t instance) {
  ++seq_;
  for (auto &[key, all] : from.names) {
    Binding b = all.back();
    if (b.kind == BindingKind::Variable) {
      Var *v = b.var;
      if (v->kind != VarKind::Top || values_[instance].as<gc::Instance>()->slots[v->slot] == gc::kUnset)
        continue;
      b = Binding{BindingKind::PhaseOne, all.back().symbol};
      b.value = instance;
      b.slot = v->slot;
      b.is_mutable = v->is_mutable;
    }
    b.active = seq_;
    frame_->names[key].push_back(b);
  }
}

} // namespace evjit::frontend
