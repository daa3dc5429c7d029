// Lowering of constants, variables, cells, closures, tests and unchecked field access.
#include "jit/lower/function.hpp"

#include "gc/mutator.hpp"
#include "gc/value/make.hpp"

#include <cstddef>

namespace evjit::jit {

using namespace llvm;
using ir::Op;

// Falsy values differ from 7 at most in bit 2 (gc/value/value.hpp).
Value *FunctionLowering::lower_truthy(Value *v) { return b_.CreateICmpNE(b_.CreateOr(v, imm(4)), imm(7)); }

Value *FunctionLowering::is_object(Value *v) { return b_.CreateICmpEQ(b_.CreateAnd(v, imm(7)), imm(1)); }

// Immutable collections are of the type, or of the next one: trees (gc/object/types.def).
static bool has_tree_form(uint64_t type) {
  auto t = static_cast<gc::Type>(type);
  return t == gc::Type::Array || t == gc::Type::Struct || t == gc::Type::Set;
}

Value *FunctionLowering::lower_has_type(Value *v, uint64_t type) {
  auto *object = new_block("object"), *done = new_block("typed");
  auto *from = b_.GetInsertBlock();
  b_.CreateCondBr(is_object(v), object, done);
  b_.SetInsertPoint(object);
  auto *byte = b_.CreateLoad(b_.getInt8Ty(), object_field(v, offsetof(gc::Header, type)));
  auto *same = has_tree_form(type)
                   ? b_.CreateICmpULE(b_.CreateSub(byte, b_.getInt8(static_cast<uint8_t>(type))), b_.getInt8(1))
                   : b_.CreateICmpEQ(byte, b_.getInt8(static_cast<uint8_t>(type)));
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
  auto *phi = b_.CreatePHI(u_.i1_, 2);
  phi->addIncoming(b_.getFalse(), from);
  phi->addIncoming(same, object);
  return phi;
}

// The barrier, as in gc::note_change: an old object says once that something was stored in it.
void FunctionLowering::store_with_barrier(Value *object, size_t offset, Value *v) {
  b_.CreateStore(v, object_field(object, offset));
  if (isa<ConstantInt>(v))
    return; // immediates and immortal constants
  auto *barrier = new_block("barrier"), *done = new_block("stored");
  auto *flags = b_.CreateLoad(b_.getInt8Ty(), object_field(object, offsetof(gc::Header, flags)));
  b_.CreateCondBr(b_.CreateICmpEQ(b_.CreateAnd(flags, b_.getInt8(gc::kOld)), b_.getInt8(0)), done, barrier);
  b_.SetInsertPoint(barrier);
  runtime("evrt_write_barrier", {object, v});
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
}

void FunctionLowering::lower_closure(const Inst &in) {
  auto *c = runtime("evrt_make_closure", {u_.proto_address(in.imm), instance(), imm(in.operands.size())});
  for (size_t i = 0; i < in.operands.size(); ++i) // a fresh object: no barrier
    b_.CreateStore(operand(in, i), object_field(c, offsetof(gc::Closure, captures) + 8 * i));
  define(in, c);
}

void FunctionLowering::lower_check_init(const Inst &in) {
  auto *v = operand(in, 0);
  auto *unset = new_cold_block("unset"), *set = new_block("set");
  auto *from = b_.GetInsertBlock();
  b_.CreateCondBr(b_.CreateICmpEQ(v, imm(gc::kUnset.bits)), unset, set, u_.unlikely_);
  b_.SetInsertPoint(unset);
  auto *answer = leave_slow(in, runtime("evrt_uninitialized", {u_.constant_value(b_, in.imm)}), set);
  b_.SetInsertPoint(set);
  auto *phi = b_.CreatePHI(u_.i64_, 2);
  phi->addIncoming(v, from);
  phi->addIncoming(answer, unset);
  define(in, phi);
}

void FunctionLowering::lower_array_ref(const Inst &in) {
  auto *v = operand(in, 0);
  auto *flat = new_block("flat"), *tree = new_block("tree"), *done = new_block("element");
  auto *byte = b_.CreateLoad(b_.getInt8Ty(), object_field(v, offsetof(gc::Header, type)));
  b_.CreateCondBr(b_.CreateICmpEQ(byte, b_.getInt8(static_cast<uint8_t>(gc::Type::BigArray))), tree, flat, u_.unlikely_);
  b_.SetInsertPoint(flat);
  auto *loaded = load_object(v, offsetof(gc::Array, items) + 8 * in.imm);
  b_.CreateBr(done);
  b_.SetInsertPoint(tree);
  auto *found = runtime("evrt_array_ref", {v, imm(in.imm)});
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
  auto *phi = b_.CreatePHI(u_.i64_, 2);
  phi->addIncoming(loaded, flat);
  phi->addIncoming(found, tree);
  define(in, phi);
}

bool FunctionLowering::lower_value_op(const Inst &in) {
  switch (in.op) {
  case Op::Imm: define(in, imm(in.imm)); return true;
  case Op::Const:
    define(in, u_.constant_value(b_, in.imm));
    names_[in.result] = gc::is_keyword(u_.unit_.constants[in.imm]);
    return true;
  case Op::Param: define(in, params_[in.imm]); return true;
  case Op::Self: define(in, closure_); return true;
  case Op::Capture: define(in, load_object(closure_, offsetof(gc::Closure, captures) + 8 * in.imm)); return true;
  case Op::SlotGet: define(in, load_object(instance(), offsetof(gc::Instance, slots) + 8 * in.imm)); return true;
  case Op::SlotSet: store_with_barrier(instance(), offsetof(gc::Instance, slots) + 8 * in.imm, operand(in, 0)); return true;
  case Op::LocalGet: define(in, b_.CreateLoad(u_.i64_, locals_[in.imm])); return true;
  case Op::LocalSet: b_.CreateStore(operand(in, 0), locals_[in.imm]); return true;
  case Op::CellNew: define(in, runtime("evrt_make_cell", {operand(in, 0)})); return true;
  case Op::CellGet: define(in, load_object(operand(in, 0), offsetof(gc::Cell, v))); return true;
  case Op::CellSet: store_with_barrier(operand(in, 0), offsetof(gc::Cell, v), operand(in, 1)); return true;
  case Op::CheckInit: lower_check_init(in); return true;
  case Op::Closure: lower_closure(in); return true;
  case Op::ClosureSet:
    store_with_barrier(operand(in, 0), offsetof(gc::Closure, captures) + 8 * in.imm, operand(in, 1));
    return true;
  case Op::Truthy: define(in, lower_truthy(operand(in, 0))); return true;
  case Op::Not: define(in, b_.CreateNot(operand(in, 0))); return true;
  case Op::BoolValue:
    define(in, b_.CreateSelect(operand(in, 0), imm(gc::kTrue.bits), imm(gc::kFalse.bits)));
    return true;
  case Op::Same: define(in, b_.CreateICmpEQ(operand(in, 0), operand(in, 1))); return true;
  case Op::HasType: define(in, lower_has_type(operand(in, 0), in.imm)); return true;
  case Op::Head: define(in, load_object(operand(in, 0), offsetof(gc::Pair, head))); return true;
  case Op::Tail: define(in, load_object(operand(in, 0), offsetof(gc::Pair, tail))); return true;
  case Op::ArrayLength: {
    auto *n = b_.CreateLoad(b_.getInt32Ty(), object_field(operand(in, 0), offsetof(gc::Header, aux)));
    define(in, b_.CreateShl(b_.CreateZExt(n, u_.i64_), 1));
    return true;
  }
  case Op::ArrayRef: lower_array_ref(in); return true;
  default: return false;
  }
}

} // namespace evjit::jit
