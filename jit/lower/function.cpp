// Frame of a lowered function: prologue, blocks in reverse postorder, error edges.
#include "jit/lower/function.hpp"

#include "base/assert.hpp"
#include "gc/mutator.hpp"
#include "gc/prim.hpp"

#include <algorithm>
#include <cstddef>

namespace evjit::jit {

using namespace llvm;

FunctionLowering::FunctionLowering(UnitLowering &unit, uint32_t index)
    : u_(unit), fn_(*unit.unit_.functions[index]), index_(index),
      known_entry_(has_known_entry(fn_, unit.opts_)), b_(unit.context_) {}

BasicBlock *FunctionLowering::new_block(const char *name) { return BasicBlock::Create(u_.context_, name, f_); }

BasicBlock *FunctionLowering::new_cold_block(const char *name) { return cold_.emplace_back(new_block(name)); }

Value *FunctionLowering::ctx_field(size_t offset) {
  return offset == 0 ? ctx_ : b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), ctx_, offset);
}

// The value is the address + 1, so the displacement absorbs the tag.
Value *FunctionLowering::object_field(Value *tagged, size_t offset) {
  return b_.CreateConstGEP1_64(b_.getInt8Ty(), b_.CreateIntToPtr(tagged, u_.ptr_), static_cast<int64_t>(offset) - 1);
}

CallInst *FunctionLowering::runtime(const char *name, std::span<Value *const> args) {
  SmallVector<Value *, 8> all{ctx_};
  all.append(args.begin(), args.end());
  auto *call = b_.CreateCall(u_.runtime_type(name), u_.runtime_address(name), all);
  call->setDoesNotThrow();
  return call;
}

// The block that returns the sentinel (a clone: null) to the caller; shared by the whole function.
BasicBlock *FunctionLowering::propagate_block() {
  if (!propagate_) {
    propagate_ = new_cold_block("propagate");
    IRBuilder<> b(propagate_);
    if (clone_)
      b.CreateRet(b.CreateInsertValue(PoisonValue::get(u_.int_result_type_), ConstantPointerNull::get(u_.ptr_), 1));
    else
      b.CreateRet(imm(gc::kError.bits));
  }
  return propagate_;
}

BasicBlock *FunctionLowering::error_target(const Inst &in) {
  return in.error == ir::kNoBlock ? propagate_block() : blocks_[in.error];
}

Value *FunctionLowering::checked(const Inst &in, Value *result) {
  auto *ok = new_block("ok");
  b_.CreateCondBr(b_.CreateICmpEQ(result, imm(gc::kError.bits)), error_target(in), ok, u_.unlikely_);
  b_.SetInsertPoint(ok);
  return result;
}

Value *FunctionLowering::leave_slow(const Inst &in, Value *result, BasicBlock *done) {
  b_.CreateCondBr(b_.CreateICmpEQ(result, imm(gc::kError.bits)), error_target(in), done, u_.unlikely_);
  return result;
}

void FunctionLowering::check_argument_count() {
  auto *good = new_block("argc_ok"), *bad = new_cold_block("argc_bad");
  b_.CreateCondBr(b_.CreateICmpEQ(argc_, imm(fn_.required)), good, bad, u_.likely_);
  b_.SetInsertPoint(bad);
  b_.CreateRet(runtime("evrt_arity_error", {closure_, argc_}));
  b_.SetInsertPoint(good);
}

void FunctionLowering::load_simple_params() {
  if (!known_entry_)
    check_argument_count();
  Value *extra = nullptr;
  for (uint32_t i = 0; i < fn_.required; ++i) {
    if (i < 3) {
      params_.push_back(f_->getArg(3 + i));
      continue;
    }
    if (!extra)
      extra = b_.CreateLoad(u_.ptr_, ctx_field(offsetof(gc::Mutator, xargs)));
    params_.push_back(b_.CreateLoad(u_.i64_, b_.CreateConstInBoundsGEP1_64(u_.i64_, extra, i - 3)));
  }
}

void FunctionLowering::load_bound_params() {
  uint32_t n = fn_.required + fn_.optional + (fn_.collector == gc::Collector::None ? 0 : 1);
  auto *out = b_.CreateAlloca(u_.i64_, imm(n));
  auto *r = runtime("evrt_bind_args", {closure_, argc_, f_->getArg(3), f_->getArg(4), f_->getArg(5), out});
  auto *ok = new_block("bound");
  b_.CreateCondBr(b_.CreateICmpEQ(r, imm(gc::kError.bits)), propagate_block(), ok, u_.unlikely_);
  b_.SetInsertPoint(ok);
  for (uint32_t i = 0; i < n; ++i)
    params_.push_back(b_.CreateLoad(u_.i64_, b_.CreateConstInBoundsGEP1_64(u_.i64_, out, i)));
}

void FunctionLowering::prologue() {
  b_.SetInsertPoint(new_block("entry"));
  b_.SetCurrentDebugLocation(DILocation::get(u_.context_, fn_.span.line, fn_.span.col, debug_));
  size_t prim_args = 0;
  bool needs_instance = false;
  for (const auto &block : fn_.blocks)
    for (const auto &in : block.insts) {
      if (in.op == ir::Op::CallPrim)
        prim_args = std::max(prim_args, u_.depart_address(in.imm) ? gc::kDepartWords : in.operands.size());
      needs_instance |= in.op == ir::Op::SlotGet || in.op == ir::Op::SlotSet || in.op == ir::Op::Closure;
    }
  for (uint32_t i = 0; i < fn_.locals; ++i)
    locals_.push_back(b_.CreateAlloca(u_.i64_));
  if (prim_args)
    prim_args_ = b_.CreateAlloca(u_.i64_, imm(prim_args));
  bool simple = fn_.optional == 0 && fn_.collector == gc::Collector::None;
  simple ? load_simple_params() : load_bound_params();
  for (auto *l : locals_)
    b_.CreateStore(imm(gc::kUnset.bits), l);
  if (needs_instance)
    instance_ = load_object(closure_, offsetof(gc::Closure, instance));
}

Value *FunctionLowering::instance() { return instance_; }

void FunctionLowering::begin(Function *f) {
  f_ = f;
  debug_ = u_.debug_function(index_, f_);
  f_->setUWTableKind(UWTableKind::Async);
  ctx_ = f_->getArg(0);
  if (clone_)
    return;
  closure_ = f_->getArg(1);
  argc_ = f_->getArg(2);
}

void FunctionLowering::uniform_entry() {
  begin(u_.declare(index_));
  b_.SetInsertPoint(new_block("entry"));
  b_.SetCurrentDebugLocation(DILocation::get(u_.context_, fn_.span.line, fn_.span.col, debug_));
  check_argument_count();
  // `tail`, not `musttail`: the latter would pin the prototype, and LLVM drops arguments that the known entry does not use.
  auto *call = call_code(u_.declare_direct(index_), closure_, {argc_, {f_->getArg(3), f_->getArg(4), f_->getArg(5)}});
  call->setTailCallKind(CallInst::TCK_Tail);
  b_.CreateRet(call);
  cold_.clear(); // of this entry; the body has its own
}

void FunctionLowering::run() {
  if (known_entry_)
    uniform_entry();
  begin(known_entry_ ? u_.declare_known(index_) : u_.declare(index_));
  prologue();
  lower_blocks();
}

void FunctionLowering::lower_blocks() {
  f_->addFnAttr("disable-tail-calls", "true"); // LLVM may not make more tail calls than the IR has: traces would lack frames
  values_.resize(fn_.next_value);
  names_.resize(fn_.next_value);
  blocks_.resize(fn_.blocks.size());
  phis_.resize(fn_.blocks.size());
  auto order = reverse_postorder(fn_);
  for (auto id : order)
    blocks_[id] = new_block("b");
  b_.CreateBr(blocks_[0]);
  for (auto id : order) {
    b_.SetInsertPoint(blocks_[id]);
    b_.SetCurrentDebugLocation(DebugLoc());
    for (const auto &p : fn_.blocks[id].params) {
      bool bit = p.type == ir::Type::B || (clone_ && kind(p.id) == Kind::Truth);
      auto *phi = b_.CreatePHI(bit ? u_.i1_ : u_.i64_, 2);
      phis_[id].push_back(phi);
      values_[p.id] = phi;
    }
  }
  for (auto id : order)
    lower_block(id);
  for (auto *block : cold_) // without passes blocks stay in this order, and a branch to the next one costs nothing
    block->moveAfter(&f_->back());
}

void FunctionLowering::lower_block(ir::BlockId id) {
  b_.SetInsertPoint(blocks_[id]);
  if (clone_)
    ctx_ = b_.CreateLoad(u_.ptr_, ctx_slot_);
  for (const auto &in : fn_.blocks[id].insts) {
    const auto &at = in.span.line ? in.span : fn_.span;
    DILocalScope *scope = at.file == fn_.span.file ? debug_ : u_.debug_scope(debug_, at.file);
    b_.SetCurrentDebugLocation(DILocation::get(u_.context_, at.line, at.col, scope));
    lower_inst(in);
  }
}

void FunctionLowering::lower_inst(const Inst &in) {
  bool done = clone_ ? lower_int_op(in) : lower_value_op(in) || lower_arith_op(in) || lower_access_op(in) || lower_call_op(in) ||
                                              lower_control_op(in);
  EVJIT_CHECK(done, "every operation of ops.def has a lowering");
}

} // namespace evjit::jit
