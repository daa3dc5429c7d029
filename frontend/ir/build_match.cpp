// match: arms are tried in order; every test of a pattern goes on or jumps to the next arm (03 section 7).
//
// Parts are taken with the unchecked ops only behind the matching type test. Parts of mutable collections and structs come
// from internal primitives (gc/prims/pattern_prims.cpp), which answer kAbsent for what is not there.
#include "frontend/analyse/walk.hpp"
#include "frontend/ir/builder.hpp"

#include "gc/value/make.hpp"

#include <algorithm>
#include <optional>

namespace evjit::frontend::ir {

namespace {

// Depths beyond the last bit share it, which only forgets more.
uint64_t depth_bit(size_t depth) { return uint64_t{1} << std::min<size_t>(depth, 63); }

} // namespace

// Tests and parts of immutable values are computed once for all arms where the first computation comes before any way to a
// later arm: the type test of a run of struct patterns, the first field they look at. The optimiser then threads the
// repeated branches, which makes a decision tree of the arms.
ValueId FunctionBuilder::part(Op op, Values operands, uint64_t imm) {
  for (const Known &k : known_)
    if (k.op == op && k.imm == imm && k.operands == operands)
      return k.result;
  uint64_t holds = ~uint64_t{0}; // also at failure blocks that are yet to come
  for (size_t d = 0; d < fails_.size(); ++d)
    if (is_referenced(fails_[d]))
      holds &= ~depth_bit(d);
  ValueId result = emit(op, operands, imm);
  if (live())
    known_.push_back({op, std::move(operands), imm, result, holds});
  return result;
}

// Goes on at the innermost failure block.
void FunctionBuilder::enter_alternative(BlockId fail) {
  uint64_t bit = depth_bit(fails_.size() - 1);
  std::erase_if(known_, [&](const Known &k) { return (k.holds & bit) == 0; });
  fails_.pop_back();
  enter_join(fail);
}

void FunctionBuilder::require(ValueId b, BlockId fail) {
  if (std::find(proven_.begin(), proven_.end(), b) != proven_.end())
    return;
  BlockId next = new_block();
  branch_on(b, next, fail);
  enter_join(next);
}

void FunctionBuilder::require_type(ValueId v, gc::Type t, BlockId fail) {
  require(part(Op::HasType, {v}, static_cast<uint64_t>(t)), fail);
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
  ValueId want = literal.is_object() ? part(Op::Const, {}, u_.constant(literal)) : part(Op::Imm, {}, literal.bits);
  require(equal_by_bits(literal) ? part(Op::Same, {v, want}) : emit(Op::Eq, {v, want}), fail);
}

void FunctionBuilder::match_list(Pattern *p, ValueId v, BlockId fail) {
  for (Pattern *item : p->items) {
    require_type(v, gc::Type::Pair, fail);
    ValueId head = part(Op::Head, {v});
    ValueId tail = part(Op::Tail, {v});
    match(item, head, fail);
    v = tail;
  }
  if (!p->rest) {
    ValueId empty = part(Op::Imm, {}, gc::kEmpty.bits);
    return require(part(Op::Same, {v, empty}), fail);
  }
  if (!p->improper) {
    ValueId proper = call_builtin("%%proper-list?", {v});
    require(emit(Op::Truthy, {proper}), fail);
  }
  match(p->rest, v, fail);
}

void FunctionBuilder::match_array(Pattern *p, ValueId v, BlockId fail) {
  require_type(v, p->is_mutable ? gc::Type::MArray : gc::Type::Array, fail);
  ValueId n = part(Op::Imm, {}, gc::Value::fixnum(static_cast<int64_t>(p->items.size())).bits);
  ValueId whole = v;
  if (p->is_mutable) {
    v = call_builtin("%%array-head", {v, n, imm(gc::Value::boolean(p->rest != nullptr))});
    ValueId absent = part(Op::Imm, {}, gc::kAbsent.bits);
    ValueId missing = emit(Op::Same, {v, absent});
    require(emit(Op::Not, {missing}), fail);
  } else {
    ValueId length = part(Op::ArrayLength, {v});
    require(part(p->rest ? Op::Ge : Op::Same, {length, n}), fail);
  }
  for (size_t i = 0; i < p->items.size(); ++i)
    if (p->items[i]->kind != PatternKind::Wild)
      match(p->items[i], part(Op::ArrayRef, {v}, i), fail);
  if (p->rest && p->rest->kind != PatternKind::Wild)
    match(p->rest, call_builtin("%%array-rest", {whole, n}), fail);
}

void FunctionBuilder::match_struct(Pattern *p, ValueId v, BlockId fail) {
  require_type(v, p->is_mutable ? gc::Type::MStruct : gc::Type::Struct, fail);
  for (size_t i = 0; i < p->items.size(); ++i) {
    gc::Value key_value = u_.ast_constant(p->keys[i]);
    ValueId key = key_value.is_object() ? part(Op::Const, {}, u_.constant(key_value)) : part(Op::Imm, {}, key_value.bits);
    ValueId absent = part(Op::Imm, {}, gc::kAbsent.bits);
    bool is_field = gc::is_keyword(key_value);
    Op op = is_field ? Op::Field : Op::CallPrim;
    Values from = is_field ? Values{v, key, absent} : Values{v, key};
    uint64_t get = is_field ? 0 : u_.builtin("%%struct-lookup");
    ValueId field = p->is_mutable ? emit(op, std::move(from), get) : part(op, std::move(from), get);
    ValueId missing = part(Op::Same, {field, absent});
    require(part(Op::Not, {missing}), fail);
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
  size_t known_behind = known_.size(); // what the first alternative surely computes holds behind the pattern, too
  for (size_t i = 0; i < p->items.size(); ++i) {
    bool last = i + 1 == p->items.size();
    BlockId next = last ? fail : new_block();
    if (!last)
      fails_.push_back(next);
    match(p->items[i], v, next);
    jump(matched);
    if (!last)
      enter_alternative(next);
    if (i == 0 && !last)
      known_behind = known_.size();
  }
  known_.resize(std::min(known_behind, known_.size()));
  enter_join(matched);
}

// The type that a pattern's values certainly have; nullopt if it does not say.
static std::optional<gc::Type> root_type(const Pattern *p) {
  switch (p->kind) {
  case PatternKind::List:
    return p->items.empty() ? std::nullopt : std::optional(gc::Type::Pair);
  case PatternKind::Array:
    return p->is_mutable ? gc::Type::MArray : gc::Type::Array;
  case PatternKind::Struct:
    return p->is_mutable ? gc::Type::MStruct : gc::Type::Struct;
  case PatternKind::Set:
    return p->is_mutable ? gc::Type::MSet : gc::Type::Set;
  default:
    return std::nullopt;
  }
}

// Goes on at `next` when the arm does not match.
void FunctionBuilder::build_arm(Arm &arm, ValueId subject, BlockId next, const Join &j) {
  for (Var *v : arm.vars)
    prepare(v);
  match(arm.pattern, subject, next);
  if (arm.guard) {
    BlockId chosen = new_block();
    branch(arm.guard, chosen, next);
    enter_join(chosen);
  }
  build_into(arm.body, j);
}

// Arms of one root type share its test.
void FunctionBuilder::build_arm_group(std::span<Arm> arms, ValueId subject, const Join &j) {
  BlockId behind = new_block();
  fails_.push_back(behind);
  size_t proven = proven_.size();
  if (arms.size() > 1) {
    ValueId is_type = part(Op::HasType, {subject}, static_cast<uint64_t>(*root_type(arms[0].pattern)));
    require(is_type, behind);
    proven_.push_back(is_type);
  }
  for (size_t i = 0; i < arms.size(); ++i) {
    if (i + 1 == arms.size()) {
      build_arm(arms[i], subject, behind, j);
      break;
    }
    BlockId next = new_block();
    fails_.push_back(next);
    build_arm(arms[i], subject, next, j);
    enter_alternative(next);
  }
  proven_.resize(proven);
  enter_alternative(behind);
}

ValueId FunctionBuilder::build_match(Match &n, Want want) {
  ValueId subject = value(n.subject);
  Join j = make_join(want);
  auto outer_known = std::exchange(known_, {});
  auto outer_fails = std::exchange(fails_, {});
  auto outer_proven = std::exchange(proven_, {});
  std::span<Arm> arms = n.arms;
  while (!arms.empty()) {
    auto type = root_type(arms[0].pattern);
    size_t same = 1;
    while (type && same < arms.size() && root_type(arms[same].pattern) == type)
      ++same;
    build_arm_group(arms.first(same), subject, j);
    arms = arms.subspan(same);
  }
  known_ = std::move(outer_known);
  fails_ = std::move(outer_fails);
  proven_ = std::move(outer_proven);
  value_into(call_builtin("%%match-fail", {subject}), j);
  return end_join(j);
}

} // namespace evjit::frontend::ir
