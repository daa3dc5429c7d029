// Lowering of terminators, errors and dynamic state.
#include "jit/lower/function.hpp"

#include "base/assert.hpp"
#include "gc/mutator.hpp"

#include <cstddef>

namespace evjit::jit {

using namespace llvm;
using ir::Op;

void FunctionLowering::add_phi_args(const ir::Target &t) {
  for (size_t i = 0; i < t.args.size(); ++i)
    phis_[t.block][i]->addIncoming(values_[t.args[i]], b_.GetInsertBlock());
}

void FunctionLowering::add_to_ctx(size_t offset, int64_t delta) {
  store_ctx(offset, b_.CreateAdd(load_ctx(offset), imm(static_cast<uint64_t>(delta))));
}

void FunctionLowering::lower_rethrow(const Inst &in) {
  runtime("evrt_rethrow", {operand(in, 0)});
  b_.CreateBr(error_target(in));
}

bool FunctionLowering::lower_control_op(const Inst &in) {
  switch (in.op) {
  case Op::Raise: define(in, checked(in, runtime("evrt_raise", {operand(in, 0)}))); return true;
  case Op::Catch: define(in, runtime("evrt_catch", {})); return true;
  case Op::TryEnter: add_to_ctx(offsetof(gc::Mutator, handlers), 1); return true;
  case Op::TryLeave: add_to_ctx(offsetof(gc::Mutator, handlers), -1); return true;
  case Op::ShieldEnter: add_to_ctx(offsetof(gc::Mutator, shield), 1); return true;
  case Op::ShieldLeave: checked(in, runtime("evrt_shield_leave", {})); return true;
  case Op::ParamsGet: define(in, load_ctx(offsetof(gc::Mutator, params))); return true;
  case Op::ParamsSet: store_ctx(offsetof(gc::Mutator, params), operand(in, 0)); return true;
  case Op::ParamBind: define(in, checked(in, runtime("evrt_param_bind", {operand(in, 0), operand(in, 1)}))); return true;
  case Op::Jump:
    add_phi_args(in.targets[0]);
    b_.CreateBr(blocks_[in.targets[0].block]);
    return true;
  case Op::Branch: {
    // Two edges to one block would need two phi entries from one predecessor: give the second a block of its own.
    auto *yes = blocks_[in.targets[0].block], *no = blocks_[in.targets[1].block];
    if (yes == no && !in.targets[0].args.empty()) {
      auto *hop = new_block("hop");
      add_phi_args(in.targets[0]);
      b_.CreateCondBr(operand(in, 0), yes, hop);
      b_.SetInsertPoint(hop);
      add_phi_args(in.targets[1]);
      b_.CreateBr(no);
      return true;
    }
    add_phi_args(in.targets[0]);
    add_phi_args(in.targets[1]);
    b_.CreateCondBr(operand(in, 0), yes, no);
    return true;
  }
  case Op::Return: b_.CreateRet(operand(in, 0)); return true;
  case Op::Rethrow: lower_rethrow(in); return true;
  default: return false;
  }
}

} // namespace evjit::jit
