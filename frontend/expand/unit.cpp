// expand_unit: one unit from its forms to the resolved tree.
#include "frontend/expand/expander.hpp"

#include "gc/call.hpp"
#include "gc/errors.hpp"
#include "gc/value/syntax.hpp"

namespace evjit::frontend {

Expander::Expander(Mutator &m, Evaluator &ev, const CompileOptions &opts, DiagSink &sink)
    : m_(m), ev_(ev), opts_(opts), sink_(sink), keep_(m), values_(m) {
  values_.push(gc::kNil); // 0: none
  chains_.push_back({});  // 0: as written
  gc::syntax_file_name = [](uint32_t file) { return std::string_view(sources().at(file).name); };
}

// What surrounds the first unit: the variables of eval's environment are constants there.
Frame *Expander::root_frame() {
  if (!root_frame_) {
    root_frame_ = base_frame_ = new_frame(FrameKind::Top, nullptr);
    bind_environment(root_frame_);
  }
  return root_frame_;
}

void Expander::bind_environment(Frame *frame) {
  if (!gc::is_struct(opts_.env))
    return;
  Value keys = gc::struct_keys_array(m_, opts_.env);
  for (size_t i = 0; i < gc::array_length(keys); ++i) {
    Value key = gc::array_items(keys)[i];
    if (!gc::is_symbol(key))
      continue;
    values_.push(gc::struct_get(opts_.env, key));
    Binding b{BindingKind::Constant};
    b.value = values_.size() - 1;
    b.active = seq_;
    bind(frame, key, b);
  }
}

std::unique_ptr<AstUnit> Expander::run(const gc::RootVector &forms, std::string file) {
  auto unit = std::make_unique<AstUnit>(m_);
  UnitState state;
  state.unit = unit.get();
  u_ = &state;
  file_ = unit->file = std::move(file);
  auto *top = unit->own<Lambda>();
  unit->top = top;
  state.lambda = top;
  reported_depth_ = false;
  root_frame();
  Frame *unit_frame = new_frame(FrameKind::Top, base_frame_);
  unit_frame->lambda = top;
  frame_ = top_frame_ = unit_frame;
  std::vector<Node *> out;
  for (size_t i = 0; i < forms.size(); ++i)
    out.push_back(top_form(forms[i]));
  Span at = out.empty() ? Span{} : span_of(forms[0], out[0]->span); // of the form as written: it may include another file
  auto *scope = make<Scope>(NodeKind::Scope, at);
  scope->body = seq(std::move(out), at);
  top->body = scope;
  top->span = at;
  resolve_names();
  if (opts_.is_prelude)
    export_names();
  return sink_.has_errors() ? nullptr : std::move(unit);
}

Node *Expander::top_form(Value form) {
  u_->at_top_level = true;
  Node *n = expr(form, {});
  u_->at_top_level = false;
  return n;
}

// The prelude's definitions are builtins of everybody else.
void Expander::export_names() {
  for (auto &[key, all] : top_frame_->names) {
    const Binding *b = nullptr;
    for (const Binding &candidate : all)
      if (candidate.kind == BindingKind::Variable)
        b = &candidate;
    if (key.chain == 0 && b && !unexported_.count(b->var))
      u_->unit->exports.push_back({b->var->name, b->var, false});
  }
}

Value Expander::expand_alone(Value form, bool once, std::string file) {
  AstUnit unit(m_);
  UnitState state;
  state.unit = &unit;
  state.lambda = unit.own<Lambda>();
  unit.top = state.lambda;
  u_ = &state;
  file_ = unit.file = std::move(file);
  frame_ = top_frame_ = new_frame(FrameKind::Top, nullptr);
  frame_->lambda = state.lambda;
  return syntax_to_datum(m_, expand_data(form, once), sink_);
}

std::unique_ptr<AstUnit> expand_unit(Mutator &m, Evaluator &ev, const gc::RootVector &forms, std::string file,
                                     const CompileOptions &opts, DiagSink &sink) {
  return Expander(m, ev, opts, sink).run(forms, std::move(file));
}

Value expand_datum(Mutator &m, Evaluator &ev, Value form, bool once) {
  DiagSink sink;
  CompileOptions opts;
  Value syntax = datum_to_syntax(m, form, 0, {});
  if (syntax == gc::kAbsent)
    return gc::raise_error(m, "eval-error", "expand-macro: the form is cyclic or nested too deeply");
  Value result = Expander(m, ev, opts, sink).expand_alone(syntax, once, "<eval>");
  if (!sink.has_errors())
    return result;
  return gc::raise_error(m, "eval-error", "expand-macro: " + sink.all().front().message,
                         {{"reason", gc::keyword("compile")}});
}

// --- forms that are mostly calls ------------------------------------------------------------------------------------------------

Node *Expander::form_eval(Form &f) {
  if (f.operands() < 1 || f.operands() > 2)
    return malformed(f);
  auto *c = make<Call>(NodeKind::Call, f.at);
  c->callee = builtin("eval", f.at);
  call_args(f, 1, c->args);
  return c;
}

Node *Expander::form_environment(Form &f) {
  if (f.operands() != 0)
    return malformed(f);
  auto *c = make<Call>(NodeKind::Call, f.at);
  c->callee = builtin("%%environment", f.at);
  u_->environments.push_back({c, frame_, seq_});
  return c;
}

Node *Expander::form_doc(Form &f) {
  if (f.operands() != 1)
    return malformed(f);
  Span at = span_of(f[1], f.at);
  bool name = is_symbol(f[1]) && text_of(f[1]).find(':', 1) == std::string::npos;
  if (!name && (gc::is_keyword(f[1]) || gc::is(f[1], Type::String))) {
    std::string text(gc::is_keyword(f[1]) ? gc::name_of(f[1]) : gc::string_view_of(f[1]));
    if (auto doc = form_doc(text))
      return constant(gc::make_string(m_, *doc), f.at);
  }
  if (!name)
    return call_builtin("doc", f.at, {expr(f[1], f.at)});
  auto *slot = u_->unit->own<NameSlot>();
  slot->start(at);
  u_->names.push_back({slot, symbol_of(f[1]), chain_of(f[1]), frame_, seq_, NameUse::Doc, f.at});
  return slot->node();
}

} // namespace evjit::frontend
