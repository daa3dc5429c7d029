// Frames, bindings, hygiene chains. The model is explained in expander.hpp.
#include "frontend/expand/expander.hpp"

namespace evjit::frontend {

Frame *Expander::new_frame(FrameKind kind, Frame *parent) {
  Frame &f = frames_.emplace_back();
  f.kind = kind;
  f.parent = parent;
  f.phase = parent ? parent->phase : 0;
  f.lambda = parent ? parent->lambda : nullptr;
  f.group_start = seq_;
  return &f;
}

Var *Expander::new_var(std::string name, Span at, bool is_mutable) {
  Var *v = u_->unit->own<Var>();
  v->name = std::move(name);
  v->span = at;
  v->is_mutable = is_mutable;
  v->owner = u_->lambda;
  v->kind = frame_->kind == FrameKind::Top ? VarKind::Top : VarKind::Local;
  if (v->kind == VarKind::Top)
    u_->unit->top_vars.push_back(v);
  return v;
}

Var *Expander::hidden_var(Span at) {
  Var *v = new_var("", at, false);
  if (frame_->vars)
    frame_->vars->push_back(v);
  return v;
}

Binding &Expander::bind(Frame *frame, Value name_form, Binding b) {
  b.symbol = symbol_of(name_form);
  auto &all = frame->names[key_of(name_form)];
  all.push_back(b);
  return all.back();
}

Var *Expander::declare(Value name_form, Span at, bool is_mutable, When when) {
  warn_special_name(name_form, at);
  Var *v = new_var(text_of(name_form), at, is_mutable);
  if (frame_->vars)
    frame_->vars->push_back(v);
  Binding b{BindingKind::Variable};
  b.var = v;
  b.active = when == When::Later ? kNotYet : ++seq_;
  b.visible = when == When::Now ? b.active : frame_->group_start;
  v->maybe_early = when != When::Now;
  bind(frame_, name_form, b);
  return v;
}

void Expander::activate_all(Frame *frame) {
  ++seq_;
  for (auto &[key, all] : frame->names)
    for (Binding &b : all)
      if (b.active == kNotYet)
        b.active = seq_;
}

void Expander::warn_special_name(Value name_form, Span at) {
  std::string text = text_of(name_form);
  if (is_special_name(text))
    sink_.warning(at, code::ShadowedForm, "'" + text + "' is a special form: in head position it still means the form");
}

// --- looking up -----------------------------------------------------------------------------------------------------------

const Binding *Expander::find(Frame *frame, Key key, uint32_t seq, uint32_t phase, bool &hidden_by_phase) const {
  auto it = frame->names.find(key);
  if (it == frame->names.end())
    return nullptr;
  auto usable = [&](const Binding &b) {
    switch (b.kind) {
    case BindingKind::Variable:
    case BindingKind::Earlier:
      return frame->phase == phase;
    case BindingKind::PhaseOne:
      return frame->phase < phase;
    case BindingKind::Macro:
    case BindingKind::Constant:
      return frame->phase <= phase;
    }
    return false;
  };
  const auto &all = it->second;
  for (auto b = all.rbegin(); b != all.rend(); ++b)
    if (b->active <= seq && b->active != kNotYet && usable(*b))
      return &*b;
  for (const Binding &b : all) {
    if (b.kind != BindingKind::Macro && b.visible <= seq && usable(b))
      return &b;
    bool at_run_time = b.kind == BindingKind::Variable || b.kind == BindingKind::Earlier;
    hidden_by_phase = hidden_by_phase || (at_run_time && frame->phase < phase);
  }
  return nullptr;
}

const Binding *Expander::find_earlier(Key key, uint32_t seq, uint32_t phase) const {
  bool hidden = false;
  for (Frame *f = base_frame_; f; f = f->parent)
    if (const Binding *b = find(f, key, seq, phase, hidden); b && b->kind == BindingKind::Earlier)
      return b;
  return nullptr;
}

// A template may call a macro that was defined after its own, as long as that is before the expansion: macros of each other.
const Binding *Expander::find_later_macro(const Frame &frame, Key key, uint32_t phase) const {
  auto it = frame.names.find(key);
  if (it == frame.names.end() || frame.phase > phase)
    return nullptr;
  for (const Binding &b : it->second)
    if (b.kind == BindingKind::Macro && b.active <= seq_)
      return &b;
  return nullptr;
}

const Binding *Expander::lookup(Frame *frame, Value symbol, uint32_t chain, uint32_t seq, bool &hidden_by_phase,
                                LookFor what) {
  static const Binding kUpcoming = [] {
    static Var later;
    Binding b{BindingKind::Variable};
    b.var = &later;
    return b;
  }();
  uint32_t phase = frame ? frame->phase : 0;
  for (;;) {
    Key key{symbol.bits, chain};
    for (Frame *f = frame; f; f = f->parent) {
      if (const Binding *b = find(f, key, seq, phase, hidden_by_phase)) {
        const Binding *older = base_frame_ && f == top_frame_ && frame->lambda == f->lambda && b->active > seq && chain == 0
                                   ? find_earlier(key, seq, phase)
                                   : nullptr;
        return older ? older : b; // (def x (+ x 1)) of a session
      }
      if (const Binding *b = what == LookFor::Head ? find_later_macro(*f, key, phase) : nullptr)
        return b;
      if (what == LookFor::Head && f->kind != FrameKind::Top && f->phase == phase && f->upcoming.count(key))
        return &kUpcoming;
    }
    if (chain == 0)
      return nullptr;
    const ChainInfo &info = chains_[chain];
    frame = expansions_[info.expansion].env;
    seq = expansions_[info.expansion].seq;
    chain = info.parent;
  }
}

// Direct definitions of a body hide macros of the same name in the whole body.
void Expander::note_upcoming(const std::vector<Value> &body, size_t from) {
  if (frame_->kind == FrameKind::Top)
    return;
  for (size_t i = from; i < body.size(); ++i) {
    if (!is_list_form(body[i]))
      continue;
    std::vector<Value> items = items_of(body[i]);
    if (items.size() < 3 || !is_symbol(items[0]) || !is_symbol(items[1]))
      continue;
    std::string head = text_of(items[0]);
    if (head != "def" && head != "var" && head != "defn")
      continue;
    std::string target = text_of(items[1]);
    bool marked = target.size() > 1 && target[0] == '@';
    frame_->upcoming.insert({marked ? gc::symbol(target.substr(1)).bits : symbol_of(items[1]).bits, chain_of(items[1])});
  }
}

// --- hygiene ---------------------------------------------------------------------------------------------------------------

uint32_t Expander::new_expansion(Frame *env, uint32_t seq) {
  expansions_.push_back({env, seq});
  return static_cast<uint32_t>(expansions_.size() - 1);
}

uint32_t Expander::chain(uint32_t expansion, uint32_t parent) {
  auto [it, fresh] = chain_ids_.try_emplace({expansion, parent}, static_cast<uint32_t>(chains_.size()));
  if (fresh)
    chains_.push_back({expansion, parent});
  return it->second;
}

} // namespace evjit::frontend
