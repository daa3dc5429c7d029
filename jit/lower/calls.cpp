// Lowering of calls and safepoints: the calling convention of gc/fn.hpp.
#include "jit/lower/function.hpp"

#include "gc/mutator.hpp"
#include "gc/signals.hpp"


#include <cstddef>

namespace evjit::jit {

using namespace llvm;
using ir::Op;

// Overflow arguments that always fit in ctx->xargs; more need evrt_grow_xargs first.
static constexpr size_t kXargsAlwaysThere = 61;

// closure->proto->code, or the runtime entry `other` for anything that is no closure.
Value *FunctionLowering::code_of(Value *callee, const char *other_entry) {
  auto *other = u_.runtime_address(other_entry);
  auto *fast = new_block("closure"), *done = new_block("callee");
  auto *is_closure = lower_has_type(callee, static_cast<uint64_t>(gc::Type::Closure));
  auto *from = b_.GetInsertBlock();
  b_.CreateCondBr(is_closure, fast, done, u_.likely_);
  b_.SetInsertPoint(fast);
  auto *proto = b_.CreateLoad(u_.ptr_, object_field(callee, offsetof(gc::Closure, proto)));
  auto *code = b_.CreateLoad(u_.ptr_, b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), proto, offsetof(gc::FnProto, code)));
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
  auto *phi = b_.CreatePHI(u_.ptr_, 2);
  phi->addIncoming(other, from);
  phi->addIncoming(code, fast);
  return phi;
}

FunctionLowering::CallArgs FunctionLowering::place_arguments(std::span<const ir::ValueId> args) {
  CallArgs out{imm(args.size()), {}};
  for (size_t i = 0; i < 3; ++i)
    out.a[i] = i < args.size() ? values_[args[i]] : PoisonValue::get(u_.i64_);
  if (args.size() <= 3)
    return out;
  if (args.size() - 3 > kXargsAlwaysThere)
    runtime("evrt_grow_xargs", {imm(args.size() - 3)});
  auto *extra = b_.CreateLoad(u_.ptr_, ctx_field(offsetof(gc::Mutator, xargs)));
  for (size_t i = 3; i < args.size(); ++i)
    b_.CreateStore(values_[args[i]], b_.CreateConstInBoundsGEP1_64(u_.i64_, extra, i - 3));
  return out;
}

CallInst *FunctionLowering::call_code(Value *code, Value *closure, const CallArgs &args) {
  auto *call = b_.CreateCall(u_.code_type_, code, {ctx_, closure, args.argc, args.a[0], args.a[1], args.a[2]});
  call->setDoesNotThrow();
  return call;
}

void FunctionLowering::tail(CallInst *call) {
  call->setTailCallKind(CallInst::TCK_MustTail);
  b_.CreateRet(call);
}

Value *FunctionLowering::known_code(uint32_t fn) {
  if (has_known_entry(*u_.unit_.functions[fn], u_.opts_))
    return u_.declare_direct(fn);
  if (optimise())
    return u_.declare(fn);
  return b_.CreateLoad(u_.ptr_, b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), u_.proto_address(fn), offsetof(gc::FnProto, code)));
}

void FunctionLowering::lower_call(const Inst &in) {
  auto *callee = operand(in, 0);
  size_t argc = in.operands.size() - 1;
  bool names_field = (argc == 1 || argc == 2) && names_[in.operands[1]];
  auto *code = code_of(callee, names_field ? "evrt_call_field" : "evrt_call_value");
  auto args = place_arguments(std::span(in.operands).subspan(1));
  if (names_field) // (s :key): a closure does not look at more than argc arguments
    args.a[argc] = b_.CreatePtrToInt(u_.new_cache_word(), u_.i64_);
  auto *call = call_code(code, callee, args);
  in.op == Op::TailCall ? tail(call) : define(in, checked(in, call));
}

void FunctionLowering::lower_call_known(const Inst &in) {
  auto args = place_arguments(std::span(in.operands).subspan(1));
  auto *call = call_code(known_code(static_cast<uint32_t>(in.imm)), operand(in, 0), args);
  in.op == Op::TailCallKnown ? tail(call) : define(in, checked(in, call));
}

// What to call for a primitive: a fiber from which a capability is withheld that it needs gets `denied_entry` in place of `body`. Null: it needs
// none, so that it is always the body.
Value *FunctionLowering::allowed_body(uint64_t primitive, Value *body, const char *denied_entry) {
  uint64_t signals = gc::checked_signals(*u_.unit_.constants[primitive].as<gc::Closure>()->proto);
  if (!signals)
    return nullptr;
  auto *met = b_.CreateAnd(load_ctx(offsetof(gc::Mutator, denied)), imm(static_cast<int64_t>(signals)));
  return b_.CreateSelect(b_.CreateICmpEQ(met, imm(0)), body, u_.runtime_address(denied_entry));
}

// A primitive in two halves (gc/prim.hpp).
void FunctionLowering::lower_departure(const Inst &in) {
  auto *type = u_.runtime_type("evrt_denied_depart");
  Value *callee = u_.depart_address(in.imm);
  if (Value *allowed = allowed_body(in.imm, callee, "evrt_denied_depart"))
    callee = allowed;
  auto *call = b_.CreateCall(type, callee, {ctx_, prim_args_, imm(in.operands.size()), u_.constant_value(b_, in.imm)});
  call->setDoesNotThrow();
  auto *context = b_.CreateExtractValue(call, 0), *data = b_.CreateExtractValue(call, 1);
  auto *there = new_block("arrive"), *done = new_block("arrived");
  auto *at_once = b_.CreatePtrToInt(data, u_.i64_);
  auto *from = b_.GetInsertBlock();
  b_.CreateCondBr(b_.CreateIsNull(context), done, there, u_.unlikely_);
  b_.SetInsertPoint(there);
  auto *arrived = runtime("evrt_arrive", {prim_args_, context, data});
  auto *last = b_.GetInsertBlock();
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
  auto *value = b_.CreatePHI(u_.i64_, 2);
  value->addIncoming(at_once, from);
  value->addIncoming(arrived, last);
  define(in, checked(in, value));
}

void FunctionLowering::lower_call_prim(const Inst &in) {
  for (size_t i = 0; i < in.operands.size(); ++i)
    b_.CreateStore(operand(in, i), b_.CreateConstInBoundsGEP1_64(u_.i64_, prim_args_, i));
  if (u_.depart_address(in.imm))
    return lower_departure(in);
  Value *buffer = in.operands.empty() ? static_cast<Value *>(ConstantPointerNull::get(u_.ptr_)) : prim_args_;
  SmallVector<Value *, 4> args{ctx_, buffer, imm(in.operands.size())};
  Value *callee = u_.prim_address(in.imm);
  auto *type = u_.prim_type_;
  if (Value *allowed = allowed_body(in.imm, callee, "evrt_denied")) { // which takes the primitive behind the usual arguments
    callee = allowed;
    args.push_back(u_.constant_value(b_, in.imm));
    type = u_.runtime_type("evrt_denied");
  }
  auto *call = b_.CreateCall(type, callee, args);
  call->setDoesNotThrow();
  define(in, checked(in, call));
}

void FunctionLowering::lower_call_spread(const Inst &in) {
  auto *callee = operand(in, 0);
  auto *argc = runtime("evrt_spread", {operand(in, 1)});
  auto *code = code_of(callee, "evrt_call_value");
  CallArgs args{argc, {}};
  for (size_t i = 0; i < 3; ++i)
    args.a[i] = load_ctx(offsetof(gc::Mutator, spread) + 8 * i);
  auto *call = call_code(code, callee, args);
  in.op == Op::TailCallSpread ? tail(call) : define(in, checked(in, call));
}

// Takes one unit of fuel and compares the stack pointer with the limit, which also serves to get attention (gc::request_attention).
void FunctionLowering::lower_safepoint(const Inst &in) {
  auto *fuel = ctx_field(offsetof(gc::Mutator, fuel));
  auto *left = b_.CreateSub(b_.CreateLoad(u_.i64_, fuel), imm(1));
  b_.CreateStore(left, fuel);
  auto *name = MDNode::get(u_.context_, MDString::get(u_.context_, "rsp"));
  auto *sp = b_.CreateIntrinsic(Intrinsic::read_register, {u_.i64_}, {MetadataAsValue::get(u_.context_, name)});
  // Volatile: a signal handler writes it while a loop runs that calls nothing.
  auto *limit = b_.CreateLoad(u_.i64_, ctx_field(offsetof(gc::Mutator, stack_check)), true);
  auto *slow_needed = b_.CreateOr(b_.CreateICmpSLT(left, imm(0)), b_.CreateICmpULT(sp, limit));
  auto *slow = new_cold_block("safepoint"), *done = new_block("go");
  b_.CreateCondBr(slow_needed, slow, done, u_.unlikely_);
  b_.SetInsertPoint(slow);
  auto *r = runtime("evrt_safepoint", {});
  b_.CreateCondBr(b_.CreateICmpEQ(r, imm(gc::kError.bits)), error_target(in), done, u_.unlikely_);
  b_.SetInsertPoint(done);
}

bool FunctionLowering::lower_call_op(const Inst &in) {
  switch (in.op) {
  case Op::Call:
  case Op::TailCall: lower_call(in); return true;
  case Op::CallKnown:
  case Op::TailCallKnown: lower_call_known(in); return true;
  case Op::CallPrim: lower_call_prim(in); return true;
  case Op::CallSpread:
  case Op::TailCallSpread: lower_call_spread(in); return true;
  case Op::PushArg: define(in, checked(in, runtime("evrt_push_arg", {operand(in, 0), operand(in, 1)}))); return true;
  case Op::Splice: define(in, checked(in, runtime("evrt_splice", {operand(in, 0), operand(in, 1)}))); return true;
  case Op::Safepoint: lower_safepoint(in); return true;
  default: return false;
  }
}

} // namespace evjit::jit
