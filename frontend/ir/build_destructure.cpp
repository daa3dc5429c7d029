// Destructuring in binding positions: strict, kinds are not told apart by mutability (03 section 8).
//
// A primitive that finds the wrong kind of value raises; when the error is answered (07 section 8) the answer takes the place
// of the value and is checked again, so that the unchecked parts below stay safe.
#include "frontend/analyse/walk.hpp"
#include "frontend/ir/builder.hpp"

#include "gc/value/make.hpp"

namespace evjit::frontend::ir {

void FunctionBuilder::destructure(Pattern *p, ValueId v) {
  if (p->lenient && p->kind != PatternKind::Bind && p->kind != PatternKind::Wild)
    return destructure_lenient(p, v);
  switch (p->kind) {
  case PatternKind::Bind:
    define(p->var, v);
    return patch_closures(p->var, v);
  case PatternKind::List:
    return destructure_list(p, v);
  case PatternKind::Array:
    return destructure_array(p, v);
  case PatternKind::Struct:
    return destructure_struct(p, v);
  case PatternKind::Wild:
  case PatternKind::Literal: // the rest is no binding pattern: the expander has reported it
  case PatternKind::Set:
  case PatternKind::Or:
    return;
  }
}

void FunctionBuilder::destructure_list(Pattern *p, ValueId v) {
  if (!live())
    return;
  if (p->items.empty())
    v = call_builtin("%%list-check", {v});
  for (Pattern *item : p->items) {
    if (!live())
      return;
    BlockId check = new_block(), good = new_block(), bad = new_block();
    ValueId pair = add_param(check);
    jump(check, {v});
    enter(check);
    branch_on(emit(Op::HasType, {pair}, static_cast<uint64_t>(gc::Type::Pair)), good, bad);
    enter(bad);
    jump(check, {call_builtin("%%list-mismatch", {pair})});
    enter(good);
    ValueId head = emit(Op::Head, {pair});
    v = emit(Op::Tail, {pair});
    destructure(item, head);
  }
  if (!p->rest || !live())
    return;
  if (!p->items.empty()) { // what an improper list ends in is no list
    BlockId pair = new_block(), other = new_block(), good = new_block();
    ValueId rest = add_param(good);
    branch_on(emit(Op::HasType, {v}, static_cast<uint64_t>(gc::Type::Pair)), pair, other);
    enter(pair);
    jump(good, {v});
    enter(other);
    jump(good, {call_builtin("%%list-check", {v})});
    enter(good);
    v = rest;
  }
  destructure(p->rest, v);
}

void FunctionBuilder::destructure_array(Pattern *p, ValueId v) {
  ValueId n = imm(gc::Value::fixnum(static_cast<int64_t>(p->items.size())));
  ValueId array = call_builtin("%%array-check", {v, n}); // an immutable array of at least n elements
  for (size_t i = 0; i < p->items.size(); ++i)
    if (p->items[i]->kind != PatternKind::Wild)
      destructure(p->items[i], emit(Op::ArrayRef, {array}, i));
  if (p->rest && p->rest->kind != PatternKind::Wild)
    destructure(p->rest, call_builtin("%%array-rest", {array, n}));
}

void FunctionBuilder::destructure_struct(Pattern *p, ValueId v) {
  if (p->items.empty() || p->rest)
    v = call_builtin("%%struct-check", {v});
  for (size_t i = 0; i < p->items.size(); ++i) {
    ValueId key = constant(u_.ast_constant(p->keys[i]));
    bool is_field = gc::is_keyword(u_.ast_constant(p->keys[i]));
    destructure(p->items[i], is_field ? emit(Op::FieldStrict, {v, key}) : call_builtin("%%struct-get-strict", {v, key}));
  }
  if (p->rest && p->rest->kind != PatternKind::Wild)
    destructure(p->rest, struct_rest(p, v));
}

// A missing optional argument is nil: so is every leaf.
void FunctionBuilder::destructure_lenient(Pattern *p, ValueId v) {
  if (!live())
    return;
  BlockId missing = new_block(), given = new_block(), done = new_block();
  ValueId nil = imm(gc::kNil);
  branch_on(emit(Op::Same, {v, nil}), missing, given);
  enter(missing);
  each_bound(p, [&](Var *leaf) { define(leaf, nil); });
  jump(done);
  enter(given);
  p->lenient = false;
  destructure(p, v);
  p->lenient = true;
  jump(done);
  enter_join(done);
}

} // namespace evjit::frontend::ir
