// Lowering of arithmetic and comparison: fixnums inline, floats inline when optimising, everything else in evrt.
#include "jit/lower/function.hpp"

#include "gc/mutator.hpp"

#include <cstddef>

namespace evjit::jit {

using namespace llvm;
using ir::Op;

static const char *slow_entry(Op op) {
  switch (op) {
  case Op::Add: return "evrt_add";
  case Op::Sub: return "evrt_sub";
  case Op::Mul: return "evrt_mul";
  case Op::Div: return "evrt_div";
  case Op::Rem: return "evrt_rem";
  case Op::Mod: return "evrt_mod";
  case Op::Lt: return "evrt_lt";
  case Op::Le: return "evrt_le";
  case Op::Gt: return "evrt_gt";
  case Op::Ge: return "evrt_ge";
  default: return "evrt_eq";
  }
}

Value *FunctionLowering::both_fixnums(Value *a, Value *c) {
  auto *bits = isa<ConstantInt>(c) ? a : isa<ConstantInt>(a) ? c : b_.CreateOr(a, c);
  return b_.CreateICmpEQ(b_.CreateAnd(bits, imm(1)), imm(0));
}

static bool is_non_fixnum_constant(Value *v) {
  auto *c = dyn_cast<ConstantInt>(v);
  return c && (c->getZExtValue() & 1);
}

Value *FunctionLowering::load_double(Value *v) {
  return b_.CreateLoad(b_.getDoubleTy(), object_field(v, offsetof(gc::Float, v)));
}

// Both operands floats: the boxed result; control goes to `slow` otherwise. Leaves the builder after the computation.
Value *FunctionLowering::float_fast_path(const Inst &in, Value *a, Value *c, BasicBlock *slow) {
  auto *first = lower_has_type(a, static_cast<uint64_t>(gc::Type::Float));
  auto *more = new_block("float1"), *both = new_block("float2");
  b_.CreateCondBr(first, more, slow);
  b_.SetInsertPoint(more);
  auto *second = lower_has_type(c, static_cast<uint64_t>(gc::Type::Float));
  b_.CreateCondBr(second, both, slow);
  b_.SetInsertPoint(both);
  auto *x = load_double(a), *y = load_double(c);
  switch (in.op) {
  case Op::Lt: return b_.CreateFCmpOLT(x, y);
  case Op::Le: return b_.CreateFCmpOLE(x, y);
  case Op::Gt: return b_.CreateFCmpOGT(x, y);
  case Op::Ge: return b_.CreateFCmpOGE(x, y);
  default: break;
  }
  auto *r = in.op == Op::Add   ? b_.CreateFAdd(x, y)
            : in.op == Op::Sub ? b_.CreateFSub(x, y)
            : in.op == Op::Mul ? b_.CreateFMul(x, y)
                               : b_.CreateFDiv(x, y);
  return runtime("evrt_make_float", {b_.CreateBitCast(r, u_.i64_)});
}

void FunctionLowering::lower_add_like(const Inst &in) {
  auto *a = operand(in, 0), *c = operand(in, 1);
  auto *fast = new_block("fix"), *slow = new_cold_block("slow"), *done = new_block("sum");
  b_.CreateCondBr(is_non_fixnum_constant(a) || is_non_fixnum_constant(c) ? b_.getFalse() : both_fixnums(a, c), fast, slow,
                  u_.likely_);
  b_.SetInsertPoint(fast);
  auto id = in.op == Op::Add   ? Intrinsic::sadd_with_overflow
            : in.op == Op::Sub ? Intrinsic::ssub_with_overflow
                               : Intrinsic::smul_with_overflow;
  auto *x = in.op == Op::Mul ? b_.CreateAShr(a, 1) : a;
  auto *r = b_.CreateIntrinsic(id, {u_.i64_}, {x, c});
  auto *sum = b_.CreateExtractValue(r, 0);
  b_.CreateCondBr(b_.CreateExtractValue(r, 1), slow, done, u_.unlikely_);
  auto *fast_end = b_.GetInsertBlock();
  b_.SetInsertPoint(slow);
  Value *float_result = nullptr;
  BasicBlock *float_end = nullptr;
  if (optimise()) {
    auto *general = new_block("general");
    float_result = float_fast_path(in, a, c, general);
    float_end = b_.GetInsertBlock();
    b_.CreateBr(done);
    b_.SetInsertPoint(general);
  }
  auto *slow_end = b_.GetInsertBlock();
  auto *s = leave_slow(in, runtime(slow_entry(in.op), {a, c}), done);
  b_.SetInsertPoint(done);
  auto *phi = b_.CreatePHI(u_.i64_, 3);
  phi->addIncoming(sum, fast_end);
  phi->addIncoming(s, slow_end);
  if (float_end)
    phi->addIncoming(float_result, float_end);
  define(in, phi);
}

// / rem mod: inline for fixnums with a divisor other than 0 and -1 (-1 could leave the fixnum range).
void FunctionLowering::lower_divide_like(const Inst &in) {
  auto *a = operand(in, 0), *c = operand(in, 1);
  auto *fix = new_block("fix"), *fast = new_block("divide"), *slow = new_cold_block("slow"), *done = new_block("quotient");
  b_.CreateCondBr(is_non_fixnum_constant(a) || is_non_fixnum_constant(c) ? b_.getFalse() : both_fixnums(a, c), fix, slow,
                  u_.likely_);
  b_.SetInsertPoint(fix); // c is 0 or -2 tagged  <=>  (c + 2) unsigned <= 2
  auto *special = b_.CreateICmpULE(b_.CreateAdd(c, imm(2)), imm(2));
  b_.CreateCondBr(special, slow, fast, u_.unlikely_);
  b_.SetInsertPoint(fast);
  Value *r;
  if (in.op == Op::Div) {
    r = b_.CreateShl(b_.CreateSDiv(a, c), 1);
  } else {
    r = b_.CreateSRem(a, c);
    if (in.op == Op::Mod) { // floored: a remainder of the other sign moves by the divisor
      auto *differs = b_.CreateICmpSLT(b_.CreateXor(r, c), imm(0));
      auto *nonzero = b_.CreateICmpNE(r, imm(0));
      r = b_.CreateSelect(b_.CreateAnd(differs, nonzero), b_.CreateAdd(r, c), r);
    }
  }
  b_.CreateBr(done);
  auto *fast_end = b_.GetInsertBlock();
  b_.SetInsertPoint(slow);
  auto *slow_end = b_.GetInsertBlock();
  auto *s = leave_slow(in, runtime(slow_entry(in.op), {a, c}), done);
  b_.SetInsertPoint(done);
  auto *phi = b_.CreatePHI(u_.i64_, 2);
  phi->addIncoming(r, fast_end);
  phi->addIncoming(s, slow_end);
  define(in, phi);
}

void FunctionLowering::lower_compare(const Inst &in) {
  auto *a = operand(in, 0), *c = operand(in, 1);
  auto *fast = new_block("fix"), *slow = new_cold_block("slow"), *done = new_block("compared");
  b_.CreateCondBr(is_non_fixnum_constant(a) || is_non_fixnum_constant(c) ? b_.getFalse() : both_fixnums(a, c), fast, slow,
                  u_.likely_);
  b_.SetInsertPoint(fast);
  auto pred = in.op == Op::Lt   ? CmpInst::ICMP_SLT
              : in.op == Op::Le ? CmpInst::ICMP_SLE
              : in.op == Op::Gt ? CmpInst::ICMP_SGT
                                : CmpInst::ICMP_SGE;
  auto *r = b_.CreateICmp(pred, a, c);
  b_.CreateBr(done);
  b_.SetInsertPoint(slow);
  Value *float_result = nullptr;
  BasicBlock *float_end = nullptr;
  if (optimise()) {
    auto *general = new_block("general");
    float_result = float_fast_path(in, a, c, general);
    float_end = b_.GetInsertBlock();
    b_.CreateBr(done);
    b_.SetInsertPoint(general);
  }
  auto *s = lower_truthy(checked(in, runtime(slow_entry(in.op), {a, c})));
  auto *slow_end = b_.GetInsertBlock();
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
  auto *phi = b_.CreatePHI(u_.i1_, 3);
  phi->addIncoming(r, fast);
  phi->addIncoming(s, slow_end);
  if (float_end)
    phi->addIncoming(float_result, float_end);
  define(in, phi);
}

// Same bits are equal; two fixnums or two immediates with other bits are not; the rest compares in the runtime.
void FunctionLowering::lower_eq(const Inst &in) {
  auto *a = operand(in, 0), *c = operand(in, 1);
  auto *differ = new_block("differ"), *slow = new_cold_block("slow"), *done = new_block("compared");
  auto *entry = b_.GetInsertBlock();
  b_.CreateCondBr(b_.CreateICmpEQ(a, c), done, differ);
  b_.SetInsertPoint(differ); // only two objects, or an object and a fixnum, can still be equal
  auto *objects = b_.CreateOr(is_object(a), is_object(c));
  b_.CreateCondBr(objects, slow, done);
  b_.SetInsertPoint(slow);
  auto *s = lower_truthy(checked(in, runtime("evrt_eq", {a, c})));
  auto *slow_end = b_.GetInsertBlock();
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
  auto *phi = b_.CreatePHI(u_.i1_, 3);
  phi->addIncoming(b_.getTrue(), entry);
  phi->addIncoming(b_.getFalse(), differ);
  phi->addIncoming(s, slow_end);
  define(in, phi);
}

bool FunctionLowering::lower_arith_op(const Inst &in) {
  switch (in.op) {
  case Op::Add:
  case Op::Sub:
  case Op::Mul: lower_add_like(in); return true;
  case Op::Div:
  case Op::Rem:
  case Op::Mod: lower_divide_like(in); return true;
  case Op::Lt:
  case Op::Le:
  case Op::Gt:
  case Op::Ge: lower_compare(in); return true;
  case Op::Eq: lower_eq(in); return true;
  default: return false;
  }
}

} // namespace evjit::jit
