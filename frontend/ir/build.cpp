// build_ir: one IR function per lambda of an analysed unit.
//
// A function starts with its parameters, then the entry safepoint, then a head block that self tail calls jump back to (merged
// away when there are none). Variables of a parameter live behind the head, so every iteration has its own.
#include "frontend/ir/builder.hpp"

#include "gc/value/make.hpp"

namespace evjit::frontend {

namespace ir {

namespace {

bool is_simple(const Lambda &l) { return l.optional.empty() && l.collector == gc::Collector::None; }

void describe(const Lambda &l, Function &f) {
  f.name = l.name;
  f.span = l.span;
  f.doc = l.doc;
  f.has_doc = l.has_doc;
  f.params_text = l.params_text;
  f.required = static_cast<uint32_t>(l.required.size());
  f.optional = static_cast<uint32_t>(l.optional.size());
  f.collector = l.collector;
  f.named = l.named;
  f.is_builtin = l.is_builtin && l.parent && !l.parent->parent; // closures that the prelude makes are closures
  f.signals = l.signals;
  f.captures = static_cast<uint32_t>(l.captures.size());
  f.group = l.group;
}

} // namespace

void FunctionBuilder::run() {
  describe(l_, f_);
  span_ = l_.span;
  enter(new_block());
  std::vector<Var *> params = l_.required;
  params.insert(params.end(), l_.optional.begin(), l_.optional.end());
  if (l_.collector != gc::Collector::None)
    params.push_back(l_.rest);
  Values values;
  for (size_t i = 0; i < params.size(); ++i)
    values.push_back(emit(Op::Param, {}, i));
  emit(Op::Safepoint, {}, 0);
  bool is_top = &l_ == u_.ast().top;
  if (is_simple(l_) && !is_top) {
    head_ = new_block();
    f_.blocks[head_].is_loop_head = true;
    Values head_values;
    for (size_t i = 0; i < values.size(); ++i)
      head_values.push_back(add_param(head_));
    jump(head_, std::move(values));
    values = std::move(head_values);
    enter(head_);
  }
  for (size_t i = 0; i < params.size(); ++i)
    if (params[i]) {
      prepare(params[i]);
      define(params[i], values[i]);
    }
  if (l_.muffled & gc::sig::kError)
    build_muffled_body();
  else if (is_top)
    finish(value(l_.body), Want::Tail);
  else
    build(l_.body, Want::Tail);
  clean_up(f_);
}

} // namespace ir

std::unique_ptr<ir::Unit> build_ir(gc::Mutator &m, AstUnit &ast) {
  auto unit = std::make_unique<ir::Unit>(m);
  unit->file = ast.file;
  unit->slot_count = static_cast<uint32_t>(ast.top_vars.size());
  for (Var *v : ast.top_vars)
    unit->slot_names.push_back(v->name);
  for (const Export &e : ast.exports)
    unit->exports.push_back({e.name, e.var->slot, e.is_macro});
  ir::UnitBuilder builder(m, ast, *unit);
  for (Lambda *l : ast.lambdas) {
    unit->functions.push_back(std::make_unique<ir::Function>());
    ir::FunctionBuilder(builder, *l, *unit->functions.back()).run();
  }
  return unit;
}

} // namespace evjit::frontend
