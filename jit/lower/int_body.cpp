// Lowering of integer clones (int_clone.hpp): NAME.int, with the prototype { i64 result, ptr ctx } (ctx, i64 ...), and NAME.dispatch,
// the way into it for generic callers.
//
// The second result is the Mutator again, or null if the clone raised. After a call the caller goes on with that pointer, so that
// it need not save its own across the call: one register less to spill, which is what a recursive function spends its
// time on. ctx_ is therefore a variable (ctx_slot_), of which LLVM makes SSA.
//
// A clone has a frame of its own in traces, as the generic body would. The dispatcher has none: it has no debug information and
// nobody registers its range, so traces pass over its frame and show the function once.
#include "jit/lower/function.hpp"
#include "jit/lower/int_clone.hpp"

#include "gc/value/make.hpp"

namespace evjit::jit {

using namespace llvm;
using ir::Op;

Type *FunctionLowering::kind_type(Kind k) { return k == Kind::Truth ? u_.i1_ : u_.i64_; }

Kind FunctionLowering::kind(ir::ValueId v) const { return clone_->values[v]; }

void FunctionLowering::int_prologue() {
  b_.SetInsertPoint(new_block("entry"));
  b_.SetCurrentDebugLocation(DILocation::get(u_.context_, fn_.span.line, fn_.span.col, debug_));
  ctx_slot_ = b_.CreateAlloca(u_.ptr_);
  b_.CreateStore(ctx_, ctx_slot_);
  for (Kind k : clone_->locals) // set before they are read: check_init, which others need, is no operation of clones
    locals_.push_back(b_.CreateAlloca(kind_type(k)));
  for (uint32_t i = 0; i < fn_.required; ++i)
    params_.push_back(f_->getArg(1 + i));
}

void FunctionLowering::run_int_clone() {
  clone_ = u_.int_clones_->find(index_);
  begin(u_.declare_int(index_));
  int_prologue();
  lower_blocks();
}

// The result of a clone as a value of the language, returned from the dispatcher.
void FunctionLowering::return_boxed(Value *result, Kind k) {
  if (k == Kind::Truth)
    result = b_.CreateSelect(b_.CreateTrunc(result, u_.i1_), imm(gc::kTrue.bits), imm(gc::kFalse.bits));
  if (k != Kind::Int) {
    b_.CreateRet(result);
    return;
  }
  auto *fits = new_block("fixnum"), *big = new_block("boxed");
  auto *fixnum = b_.CreateShl(result, 1);
  b_.CreateCondBr(b_.CreateICmpEQ(b_.CreateAShr(fixnum, 1), result), fits, big, u_.likely_);
  b_.SetInsertPoint(fits);
  b_.CreateRet(fixnum);
  b_.SetInsertPoint(big);
  auto *call = runtime("evrt_make_int", {result});
  call->setTailCallKind(CallInst::TCK_Tail);
  b_.CreateRet(call);
}

void FunctionLowering::int_dispatch() {
  const IntClone &clone = *u_.int_clones_->find(index_);
  f_ = u_.declare_dispatch(index_);
  f_->setUWTableKind(UWTableKind::Async);
  ctx_ = f_->getArg(0);
  b_.SetInsertPoint(new_block("entry"));
  load_simple_params();
  Value *bits = params_[0];
  for (uint32_t i = 1; i < fn_.required; ++i)
    bits = b_.CreateOr(bits, params_[i]);
  auto *ints = new_block("ints"), *general = new_block("general"), *good = new_block("returned");
  b_.CreateCondBr(b_.CreateICmpEQ(b_.CreateAnd(bits, imm(1)), imm(0)), ints, general, u_.likely_);
  b_.SetInsertPoint(general);
  auto *jump = call_code(u_.declare_known(index_), f_->getArg(1), {f_->getArg(2), {f_->getArg(3), f_->getArg(4), f_->getArg(5)}});
  jump->setTailCallKind(CallInst::TCK_Tail);
  b_.CreateRet(jump);
  b_.SetInsertPoint(ints);
  SmallVector<Value *, 8> args{ctx_};
  for (auto *p : params_)
    args.push_back(b_.CreateAShr(p, 1));
  auto *call = b_.CreateCall(u_.declare_int(index_), args);
  call->setDoesNotThrow();
  ctx_ = b_.CreateExtractValue(call, 1);
  b_.CreateCondBr(b_.CreateIsNull(ctx_), propagate_block(), good, u_.unlikely_);
  b_.SetInsertPoint(good);
  return_boxed(b_.CreateExtractValue(call, 0), clone.result);
}

Value *FunctionLowering::int_constant(gc::Value v, Kind k, uint64_t index) {
  switch (k) {
  case Kind::Int: return imm(static_cast<uint64_t>(gc::int_of(v)));
  case Kind::Truth: return b_.getInt1(v == gc::kTrue);
  default: return index == ~uint64_t{0} ? imm(v.bits) : u_.constant_value(b_, index);
  }
}

// The divisor is not 0 (int_clone.cpp). x / -1 wraps to -x, which LLVM's division does not promise: divide by 1 instead.
Value *FunctionLowering::int_divide(Op op, Value *a, Value *c) {
  auto *minus_one = b_.CreateICmpEQ(c, imm(~uint64_t{0}));
  auto *safe = b_.CreateSelect(minus_one, imm(1), c);
  if (op == Op::Div)
    return b_.CreateSelect(minus_one, b_.CreateNeg(a), b_.CreateSDiv(a, safe));
  auto *r = b_.CreateSRem(a, safe);
  if (op == Op::Rem)
    return r;
  auto *differs = b_.CreateICmpSLT(b_.CreateXor(r, c), imm(0)); // floored: a remainder of the other sign moves by the divisor
  auto *nonzero = b_.CreateICmpNE(r, imm(0));
  return b_.CreateSelect(b_.CreateAnd(differs, nonzero), b_.CreateAdd(r, c), r);
}

Value *FunctionLowering::int_arith(const Inst &in) {
  auto *a = operand(in, 0), *c = operand(in, 1);
  switch (in.op) {
  case Op::Add: return b_.CreateAdd(a, c);
  case Op::Sub: return b_.CreateSub(a, c);
  case Op::Mul: return b_.CreateMul(a, c);
  case Op::Lt: return b_.CreateICmpSLT(a, c);
  case Op::Le: return b_.CreateICmpSLE(a, c);
  case Op::Gt: return b_.CreateICmpSGT(a, c);
  case Op::Ge: return b_.CreateICmpSGE(a, c);
  case Op::Eq: return b_.CreateICmpEQ(a, c);
  default: return int_divide(in.op, a, c);
  }
}

void FunctionLowering::int_call(const Inst &in) {
  SmallVector<Value *, 8> args{ctx_};
  for (size_t i = 1; i < in.operands.size(); ++i)
    args.push_back(operand(in, i));
  auto *call = b_.CreateCall(u_.declare_int(static_cast<uint32_t>(in.imm)), args);
  call->setDoesNotThrow();
  if (in.op == Op::TailCallKnown)
    return tail(call);
  auto *ok = new_block("ok");
  ctx_ = b_.CreateExtractValue(call, 1);
  b_.CreateCondBr(b_.CreateIsNull(ctx_), propagate_block(), ok, u_.unlikely_);
  b_.SetInsertPoint(ok);
  b_.CreateStore(ctx_, ctx_slot_);
  auto *result = b_.CreateExtractValue(call, 0);
  define(in, kind(in.result) == Kind::Truth ? b_.CreateTrunc(result, u_.i1_) : result);
}

void FunctionLowering::int_return(Value *result) {
  Value *pair = PoisonValue::get(u_.int_result_type_);
  pair = b_.CreateInsertValue(pair, b_.CreateZExt(result, u_.i64_), 0);
  b_.CreateRet(b_.CreateInsertValue(pair, ctx_, 1));
}

bool FunctionLowering::lower_int_op(const Inst &in) {
  switch (in.op) {
  case Op::Imm: define(in, int_constant(gc::Value::from_bits(in.imm), kind(in.result), ~uint64_t{0})); return true;
  case Op::Const: define(in, int_constant(u_.unit_.constants[in.imm], kind(in.result), in.imm)); return true;
  case Op::Param: define(in, params_[in.imm]); return true;
  case Op::Self:
  case Op::Capture:
  case Op::SlotGet: return true; // Kind::Callee
  case Op::LocalGet: define(in, b_.CreateLoad(kind_type(kind(in.result)), locals_[in.imm])); return true;
  case Op::LocalSet: b_.CreateStore(operand(in, 0), locals_[in.imm]); return true;
  case Op::Truthy: {
    Kind k = kind(in.operands[0]);
    define(in, k == Kind::Int ? b_.getTrue() : k == Kind::Truth ? operand(in, 0) : lower_truthy(operand(in, 0)));
    return true;
  }
  case Op::Not: define(in, b_.CreateNot(operand(in, 0))); return true;
  case Op::BoolValue: define(in, operand(in, 0)); return true;
  case Op::Same: // of different kinds, values differ
    define(in, kind(in.operands[0]) == kind(in.operands[1]) ? b_.CreateICmpEQ(operand(in, 0), operand(in, 1)) : b_.getFalse());
    return true;
  case Op::CallKnown:
  case Op::TailCallKnown: int_call(in); return true;
  case Op::Safepoint: lower_safepoint(in); return true;
  case Op::Jump:
  case Op::Branch: return lower_control_op(in);
  case Op::Return: int_return(operand(in, 0)); return true;
  default: define(in, int_arith(in)); return true;
  }
}

} // namespace evjit::jit
