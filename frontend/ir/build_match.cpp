// match: arms are tried in order; every test of a pattern goes on or jumps to the next arm (03 section 7).
//
// Parts are taken with the unchecked ops only behind the matching type test. Parts of mutable collections and structs come
// from internal primitives (gc/prims/pattern_prims.cpp), which answer kAbsent for what is not there.
#include "frontend/analyse/walk.hpp"
#include "frontend/ir/builder.hpp"

#include "gc/value/make.hpp"

namespace evjit::frontend::ir {

namespace {

// `=` on these is identity of bits.
bool equal_by_bits(gc::Value v) {
  return (!v.is_fixnum() && !v.is_object()) || gc::is_keyword(v) || gc::is_symbol(v);
}

} // namespace

void FunctionBuilder::require(ValueId b, BlockId fail) {
  BlockId next = new_block();
  branch_on(b, next, fail);
  enter_join(next);
}

void FunctionBuilder::require_type(ValueId v, gc::Type t, BlockId fail) {
  require(emit(Op::HasType, {v}, static_cast<uint64_t>(t)), fail);
}

void FunctionBuilder::match(Pattern *p, ValueId v, BlockId fail) {
  if (!live())
    return;
  switch (p->kind) {
  case PatternKind::Wild:
    return;
  case PatternKind::Bind:
    return define(p->var, v);
  case PatternKind::Literal:
    return match_literal(p, v, fail);
  case PatternKind::List:
    return match_list(p, v, fail);
  case PatternKind::Array:
    return match_array(p, v, fail);
  case PatternKind::Struct:
    return match_struct(p, v, fail);
  case PatternKind::Set:
    require_type(v, p->is_mutable ? gc::Type::MSet : gc::Type::Set, fail);
    return match(p->items[0], v, fail);
  case PatternKind::Or:
    return match_or(p, v, fail);
  }
}

void FunctionBuilder::match_literal(Pattern *p, ValueId v, BlockId fail) {
  gc::Value literal = u_.ast_constant(p->constant);
  ValueId want = constant(literal);
  require(emit(equal_by_bits(literal) ? Op::Same : Op::Eq, {v, want}), fail);
}

void FunctionBuilder::match_list(Pattern *p, ValueId v, BlockId fail) {
  for (Pattern *item : p->items) {
    require_type(v, gc::Type::Pair, fail);
    ValueId head = emit(Op::Head, {v});
    ValueId tail = emit(Op::Tail, {v});
    match(item, head, fail);
    v = tail;
  }
  if (!p->rest) {
    ValueId empty = imm(gc::kEmpty);
    return require(emit(Op::Same, {v, empty}), fail);
  }
  if (!p->improper) {
    ValueId proper = call_builtin("%%proper-list?", {v});
    require(emit(Op::Truthy, {proper}), fail);
  }
  match(p->rest, v, fail);
}

void FunctionBuilder::match_array(Pattern *p, ValueId v, BlockId fail) {
  require_type(v, p->is_mutable ? gc::Type::MArray : gc::Type::Array, fail);
  if (p->is_mutable)
    v = call_builtin("%%array-snapshot", {v});
  ValueId length = emit(Op::ArrayLength, {v});
  ValueId n = imm(gc::Value::fixnum(static_cast<int64_t>(p->items.size())));
  require(emit(p->rest ? Op::Ge : Op::Same, {length, n}), fail);
  for (size_t i = 0; i < p->items.size(); ++i)
    if (p->items[i]->kind != PatternKind::Wild)
      match(p->items[i], emit(Op::ArrayRef, {v}, i), fail);
  if (p->rest && p->rest->kind != PatternKind::Wild)
    match(p->rest, call_builtin("%%array-rest", {v, n}), fail);
}

void FunctionBuilder::match_struct(Pattern *p, ValueId v, BlockId fail) {
  require_type(v, p->is_mutable ? gc::Type::MStruct : gc::Type::Struct, fail);
  for (size_t i = 0; i < p->items.size(); ++i) {
    ValueId key = constant(u_.ast_constant(p->keys[i]));
    ValueId field = call_builtin("%%struct-lookup", {v, key});
    ValueId absent = imm(gc::kAbsent);
    ValueId missing = emit(Op::Same, {field, absent});
    require(emit(Op::Not, {missing}), fail);
    match(p->items[i], field, fail);
  }
  if (p->rest && p->rest->kind != PatternKind::Wild)
    match(p->rest, struct_rest(p, v), fail);
}

// An immutable struct without the keys that the pattern names.
ValueId FunctionBuilder::struct_rest(Pattern *p, ValueId v) {
  Values args{v};
  for (uint32_t key : p->keys)
    args.push_back(constant(u_.ast_constant(key)));
  return call_builtin("%%struct-rest", std::move(args));
}

void FunctionBuilder::match_or(Pattern *p, ValueId v, BlockId fail) {
  BlockId matched = new_block();
  for (size_t i = 0; i < p->items.size(); ++i) {
    BlockId next = i + 1 < p->items.size() ? new_block() : fail;
    match(p->items[i], v, next);
    jump(matched);
    if (next != fail)
      enter_join(next);
  }
  enter_join(matched);
}

ValueId FunctionBuilder::build_match(Match &n, Want want) {
  ValueId subject = value(n.subject);
  Join j = make_join(want);
  for (Arm &arm : n.arms) {
    BlockId next = new_block();
    for (Var *v : arm.vars)
      prepare(v);
    match(arm.pattern, subject, next);
    if (arm.guard) {
      BlockId chosen = new_block();
      branch(arm.guard, chosen, next);
      enter_join(chosen);
    }
    build_into(arm.body, j);
    enter_join(next);
  }
  value_into(call_builtin("%%match-fail", {subject}), j);
  return end_join(j);
}

} // namespace evjit::frontend::ir
