// Emitting instructions, jumps and joins into the current block.
#include "frontend/ir/builder.hpp"

#include "base/assert.hpp"
#include "gc/call.hpp"
#include "gc/value/make.hpp"

namespace evjit::frontend::ir {

uint32_t UnitBuilder::constant(gc::Value v) {
  auto [it, fresh] = constants_.try_emplace(v.bits, static_cast<uint32_t>(unit_.constants.size()));
  if (fresh)
    unit_.constants.push(v); // kept alive by the unit, so its address stays its own
  return it->second;
}

uint32_t UnitBuilder::builtin(std::string_view name) {
  auto [it, fresh] = builtins_.try_emplace(std::string(name), 0);
  if (fresh) {
    gc::Value f = gc::find_builtin(name);
    EVJIT_CHECK(gc::is_closure(f), "the IR builder needs a builtin that is not registered");
    it->second = constant(f);
  }
  return it->second;
}

BlockId FunctionBuilder::new_block() {
  f_.blocks.emplace_back();
  preds_.push_back(0);
  return static_cast<BlockId>(f_.blocks.size() - 1);
}

ValueId FunctionBuilder::new_value(Type t) {
  f_.value_types.push_back(t);
  return f_.next_value++;
}

ValueId FunctionBuilder::add_param(BlockId b, Type t) {
  ValueId v = new_value(t);
  f_.blocks[b].params.push_back({v, t});
  return v;
}

void FunctionBuilder::enter_join(BlockId b) { cur_ = is_referenced(b) ? b : kNoBlock; }

ValueId FunctionBuilder::emit(Op op, Values operands, uint64_t imm) {
  if (!live())
    return kNoValue;
  const OpInfo &row = info(op);
  Inst i{};
  i.op = op;
  i.operands = std::move(operands);
  i.imm = imm;
  i.span = span_;
  if (row.raises() && handler_ != kNoBlock) {
    i.error = handler_;
    ++preds_[handler_];
  }
  if (row.result != Type::N)
    i.result = new_value(row.result);
  ValueId result = i.result;
  f_.blocks[cur_].insts.push_back(std::move(i));
  if (row.is_terminator())
    cur_ = kNoBlock;
  return result;
}

ValueId FunctionBuilder::constant(gc::Value v) {
  if (!live())
    return kNoValue;
  return v.is_object() ? emit(Op::Const, {}, u_.constant(v)) : imm(v);
}

ValueId FunctionBuilder::call_builtin(std::string_view name, Values args) {
  if (!live())
    return kNoValue; // and no constant for the builtin
  return emit(Op::CallPrim, std::move(args), u_.builtin(name));
}

void FunctionBuilder::jump(BlockId to, Values args) {
  if (!live())
    return;
  ++preds_[to];
  Inst i{};
  i.op = Op::Jump;
  i.span = span_;
  i.targets[0] = {to, std::move(args)};
  f_.blocks[cur_].insts.push_back(std::move(i));
  cur_ = kNoBlock;
}

void FunctionBuilder::branch_on(ValueId b, BlockId yes, BlockId no) {
  if (!live())
    return;
  ++preds_[yes];
  ++preds_[no];
  Inst i{};
  i.op = Op::Branch;
  i.span = span_;
  i.operands = {b};
  i.targets[0] = {yes, {}};
  i.targets[1] = {no, {}};
  f_.blocks[cur_].insts.push_back(std::move(i));
  cur_ = kNoBlock;
}

ValueId FunctionBuilder::finish(ValueId v, Want want) {
  if (want == Want::Tail) {
    emit(Op::Return, {v});
    return kNoValue;
  }
  return v;
}

FunctionBuilder::Join FunctionBuilder::make_join(Want want) {
  Join j;
  j.want = want;
  if (want == Want::Tail || !live())
    return j;
  j.block = new_block();
  if (want == Want::Value)
    j.param = add_param(j.block);
  return j;
}

void FunctionBuilder::value_into(ValueId v, const Join &j) {
  if (!live())
    return;
  if (j.want == Want::Tail)
    finish(v, Want::Tail);
  else if (j.want == Want::Value)
    jump(j.block, {v});
  else
    jump(j.block);
}

void FunctionBuilder::build_into(Node *n, const Join &j) {
  if (!live())
    return;
  ValueId v = build(n, j.want);
  if (j.want != Want::Tail)
    value_into(v, j);
}

ValueId FunctionBuilder::end_join(const Join &j) {
  if (j.block == kNoBlock) {
    cur_ = kNoBlock;
    return kNoValue;
  }
  enter_join(j.block);
  return live() ? j.param : kNoValue;
}

} // namespace evjit::frontend::ir
