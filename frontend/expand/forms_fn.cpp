// Functions: parameter lists, docstrings, bodies (03 section 4).
#include "frontend/expand/expander.hpp"

namespace evjit::frontend {

Node *Expander::form_fn(Form &f) { return lambda(f, 1, {}); }

// What printing and (doc f) show: the parameters as written.
std::string Expander::params_text(const std::vector<Value> &items) {
  std::string out;
  for (Value v : items) {
    DiagSink quiet;
    std::string text = is_symbol(v) ? text_of(v) : gc::print_literal(syntax_to_datum(m_, v, quiet));
    out += (out.empty() ? "" : " ") + text;
  }
  return out;
}

Node *Expander::lambda(const Form &f, size_t params_at, std::string name) {
  if (f.size() <= params_at + 1)
    return malformed(f, f.size() <= params_at ? "" : "an empty body");
  if (!is_list_form(f[params_at]) && kind_of(f[params_at]) != LiteralKind::Array && !datum_of(f[params_at]).is_empty_list())
    return mismatch(span_of(f[params_at], f.at), code::BadParameters, f.name, "a parameter list [ ... ]", describe(f[params_at]));
  auto *l = u_->unit->own<Lambda>();
  l->name = std::move(name);
  l->span = f.at;
  l->parent = u_->lambda;
  l->is_builtin = opts_.is_prelude && !u_->phase_one && u_->lambda == u_->unit->top; // not the closures they return
  auto *scope = make<Scope>(NodeKind::Scope, f.at);
  Frame *frame = new_frame(FrameKind::Function, frame_);
  frame->lambda = l;
  frame->vars = &scope->vars;
  FrameScope in(*this, frame);
  Lambda *outer = u_->lambda;
  BlockContext boundary{BlockContext::FunctionBoundary, nullptr, {}, u_->blocks};
  u_->lambda = l;
  u_->blocks = &boundary;
  Params params;
  Node *result = nullptr;
  if (parameters(f, f[params_at], l, params)) {
    size_t from = params_at + 1;
    if (from + 1 < f.size() && gc::is(datum_of(f[from]), Type::String) && kind_of(f[from]) == LiteralKind::None) {
      l->has_doc = true;
      l->doc = gc::string_view_of(datum_of(f[from++]));
    }
    std::vector<Node *> out = std::move(params.prologue);
    declarations(f.items, from, l, out, f.at);
    out.push_back(body(f.items, from, f.at));
    scope->body = seq(std::move(out), f.at);
    l->body = scope->vars.empty() ? scope->body : scope;
    auto *fn = make<Fn>(NodeKind::Fn, f.at);
    fn->lambda = l;
    result = fn;
  }
  u_->lambda = outer;
  u_->blocks = boundary.outer;
  return result ? result : nil(f.at);
}

// One required or optional parameter. A pattern gets a hidden variable that the prologue destructures.
void Expander::parameter(Value form, Span at, Lambda *l, bool optional, Params &out, PatternScope &scope) {
  at = span_of(form, at);
  auto &list = optional ? l->optional : l->required;
  std::vector<Var *> *vars = frame_->vars;
  frame_->vars = nullptr; // parameters are not variables of the body's Scope
  if (is_symbol(form)) {
    Pattern *p = pattern_name(form, at, {.matching = false, .where = "parameter list"}, scope);
    list.push_back(p->var ? p->var : new_var("_", at, false));
    frame_->vars = vars;
    return;
  }
  Var *hidden = new_var("", at, false);
  frame_->vars = vars;
  list.push_back(hidden);
  auto *d = make<Define>(NodeKind::Define, at);
  d->value = ref(hidden, at);
  d->target = pattern(form, at, {.matching = false, .lenient = optional, .where = "parameter list"}, scope);
  out.prologue.push_back(d);
}

void Expander::collector(const Form &f, const std::vector<Value> &items, size_t &i, Lambda *l, Params &out,
                         PatternScope &scope) {
  std::string which = text_of(items[i]);
  Span at = span_of(items[i], f.at);
  size_t count = items.size() - ++i;
  auto bad = [&](const std::string &what) { fail(at, code::BadParameters, f.name + ": " + what); };
  if (which == "&named") {
    if (count == 0)
      return bad("&named needs at least one name");
    l->collector = gc::Collector::Named;
    l->rest = new_var("", at, false);
    for (; i < items.size(); ++i) {
      Span where = span_of(items[i], at);
      if (!is_symbol(items[i]) || text_of(items[i]) == "_")
        return bad("&named takes names only, got " + describe(items[i]));
      std::string named = target_name(items[i]);
      Pattern *p = pattern_name(items[i], where, {.matching = false, .where = "parameter list"}, scope);
      l->named.push_back(named);
      auto *field = make<Field>(NodeKind::Field, where);
      field->object = ref(l->rest, where);
      field->keyword = u_->unit->constant(gc::keyword(named));
      auto *d = make<Define>(NodeKind::Define, where);
      d->target = p;
      d->value = field;
      out.prologue.push_back(d);
    }
    return;
  }
  if (count != 1)
    return bad(which + " must be followed by exactly one " + (which == "&" ? "name" : "name or struct pattern") +
               ", the last of the list");
  Value target = items[i++];
  bool is_struct = kind_of(target) == LiteralKind::Struct || kind_of(target) == LiteralKind::MStruct;
  if (!is_symbol(target) && !(which == "&keys" && is_struct))
    return bad(which + " must be followed by " + (which == "&" ? "one name" : "a name or a struct pattern") + ", got " +
               describe(target));
  l->collector = which == "&" ? gc::Collector::Rest : gc::Collector::Keys;
  Lambda holder; // parameter() puts the variable into a list
  parameter(target, at, &holder, false, out, scope);
  l->rest = holder.required[0];
}

bool Expander::parameters(const Form &f, Value list, Lambda *l, Params &out) {
  std::vector<Value> items = items_of(list);
  l->params_text = params_text(items);
  size_t before = errors_;
  PatternScope scope;
  bool optional = false;
  for (size_t i = 0; i < items.size();) {
    Span at = span_of(items[i], f.at);
    std::string text = is_symbol(items[i]) ? text_of(items[i]) : "";
    if (text == "&opt") {
      if (optional)
        return fail(at, code::BadParameters, f.name + ": &opt appears twice in the parameter list"), false;
      optional = true;
      bool alone = ++i == items.size() || is_symbol(items[i], "&") || is_symbol(items[i], "&keys") || is_symbol(items[i], "&named");
      if (alone)
        return fail(at, code::BadParameters, f.name + ": &opt needs at least one name"), false;
    } else if (text == "&" || text == "&keys" || text == "&named") {
      collector(f, items, i, l, out, scope);
      if (i < items.size() && errors_ == before)
        fail(at, code::BadParameters, f.name + ": nothing may follow " + text + " in the parameter list");
      break;
    } else {
      parameter(items[i++], at, l, optional, out, scope);
    }
  }
  return errors_ == before;
}

} // namespace evjit::frontend
