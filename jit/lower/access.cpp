// Lowering of access to parts of collections: fields through position caches (docs/adr/004-position-caches.md), elements of arrays,
// lengths. Inline is what hits; everything else is a call of gc/rt/field.cpp.
#include "jit/lower/function.hpp"

#include "gc/mutator.hpp"
#include "gc/prim.hpp"

#include <array>
#include <cstddef>

namespace evjit::jit {

using namespace llvm;
using ir::Op;

// When optimising, LLVM may not load the word again behind the check of what it said.
Value *FunctionLowering::load_cache_word(Value *word) {
  auto *load = b_.CreateAlignedLoad(b_.getInt32Ty(), word, Align(4));
  if (optimise())
    load->setAtomic(AtomicOrdering::Monotonic);
  return load;
}

// The value behind `key` where the word says that it stands among entries that begin at `offset` of `base`; control goes to `slow`
// if that is behind the last entry or another key. Values live across few branches: without passes each of them is a store and a load.
void FunctionLowering::probe_entry(Value *base, size_t offset, Value *entries, FieldSite &site) {
  auto *probe = new_block("probe");
  auto *at = load_cache_word(site.word);
  auto *entry = b_.CreateIntToPtr(b_.CreateAdd(base, b_.CreateShl(b_.CreateZExt(at, u_.i64_), 4)), u_.ptr_);
  b_.CreateCondBr(b_.CreateICmpULT(at, entries), probe, site.slow, u_.likely_);
  b_.SetInsertPoint(probe);
  auto part = [&](size_t i) {
    auto *address = b_.CreateConstGEP1_64(b_.getInt8Ty(), entry, static_cast<int64_t>(offset + 8 * i) - 1);
    return b_.CreateLoad(u_.i64_, address);
  };
  auto *v = part(1);
  b_.CreateCondBr(b_.CreateICmpEQ(part(0), site.key), site.done, site.slow, u_.likely_);
  site.hits.push_back({v, probe});
}

// A fiber from which :error is withheld may not call what is inlined here: the runtime entry refuses it.
void FunctionLowering::require_allowed(BasicBlock *slow) {
  auto *met = b_.CreateAnd(load_ctx(offsetof(gc::Mutator, denied)), imm(gc::sig::kError));
  auto *allowed = new_block("allowed");
  b_.CreateCondBr(b_.CreateICmpEQ(met, imm(0)), allowed, slow, u_.likely_);
  b_.SetInsertPoint(allowed);
}

// An @struct is probed inline only when optimising: to compile that costs more than the call it saves.
void FunctionLowering::probe_field(Value *object, FieldSite &site) {
  auto *look = new_block("look"), *flat = new_block("struct");
  b_.CreateCondBr(is_object(object), look, site.slow, u_.likely_);
  b_.SetInsertPoint(look);
  auto *type = b_.CreateLoad(b_.getInt8Ty(), object_field(object, offsetof(gc::Header, type)));
  auto is_type = [&](gc::Type t) { return b_.CreateICmpEQ(type, b_.getInt8(static_cast<uint8_t>(t))); };
  auto *other = optimise() ? new_block("other") : site.slow;
  b_.CreateCondBr(is_type(gc::Type::Struct), flat, other, u_.likely_);
  b_.SetInsertPoint(flat);
  auto *entries = b_.CreateLoad(b_.getInt32Ty(), object_field(object, offsetof(gc::Header, aux)));
  probe_entry(object, offsetof(gc::Struct, kv), entries, site);
  if (!optimise())
    return;
  auto *growing = new_block("mstruct");
  b_.SetInsertPoint(other);
  b_.CreateCondBr(is_type(gc::Type::MStruct), growing, site.slow);
  b_.SetInsertPoint(growing);
  auto *table = load_object(object, offsetof(gc::MStruct, table)); // of far fewer than 2^32 slots
  auto *slots = b_.CreateTrunc(load_object(table, offsetof(gc::Table, cap)), b_.getInt32Ty());
  probe_entry(table, offsetof(gc::Table, slots), slots, site);
}

void FunctionLowering::lower_field(const Inst &in) {
  auto *object = operand(in, 0);
  FieldSite site{operand(in, 1), u_.new_cache_word(), new_cold_block("slow"), nullptr, {}};
  site.done = new_block("field");
  bool is_get = in.op == Op::Field && in.imm == 1;
  if (is_get)
    require_allowed(site.slow);
  probe_field(object, site);
  b_.SetInsertPoint(site.slow);
  auto *found = in.op == Op::FieldStrict ? runtime("evrt_field_strict", {object, site.key, site.word})
                                         : runtime(is_get ? "evrt_get_field" : "evrt_field", {object, site.key, operand(in, 2), site.word});
  site.hits.push_back({leave_slow(in, found, site.done), site.slow});
  site.done->moveAfter(&f_->back());
  b_.SetInsertPoint(site.done);
  define(in, merge(site.hits));
}

Value *FunctionLowering::merge(std::span<const Incoming> ways) {
  auto *phi = b_.CreatePHI(u_.i64_, static_cast<unsigned>(ways.size()));
  for (auto [v, from] : ways)
    phi->addIncoming(v, from);
  return phi;
}

// The items and the length of an array of either mutability; control goes to `slow` for anything else.
FunctionLowering::ArrayView FunctionLowering::array_view(Value *c, BasicBlock *slow) {
  auto *look = new_block("look"), *flat = new_block("array"), *more = new_block("other"), *growing = new_block("marray"),
       *known = new_block("items");
  b_.CreateCondBr(is_object(c), look, slow, u_.likely_);
  b_.SetInsertPoint(look);
  auto *type = b_.CreateLoad(b_.getInt8Ty(), object_field(c, offsetof(gc::Header, type)));
  auto is_type = [&](gc::Type t) { return b_.CreateICmpEQ(type, b_.getInt8(static_cast<uint8_t>(t))); };
  b_.CreateCondBr(is_type(gc::Type::Array), flat, more);
  b_.SetInsertPoint(more);
  b_.CreateCondBr(is_type(gc::Type::MArray), growing, slow, u_.likely_);
  b_.SetInsertPoint(flat);
  auto *count = b_.CreateLoad(b_.getInt32Ty(), object_field(c, offsetof(gc::Header, aux)));
  auto *flat_length = b_.CreateZExt(count, u_.i64_);
  auto *flat_items = b_.CreateAdd(c, imm(offsetof(gc::Array, items) - 1));
  b_.CreateBr(known);
  b_.SetInsertPoint(growing);
  auto *length = load_object(c, offsetof(gc::MArray, len));
  auto *items = b_.CreateAdd(load_object(c, offsetof(gc::MArray, buf)), imm(offsetof(gc::ValueBuf, items) - 1));
  b_.CreateBr(known);
  b_.SetInsertPoint(known);
  auto *n = b_.CreatePHI(u_.i64_, 2), *p = b_.CreatePHI(u_.i64_, 2);
  n->addIncoming(flat_length, flat);
  n->addIncoming(length, growing);
  p->addIncoming(flat_items, flat);
  p->addIncoming(items, growing);
  return {p, n};
}

void FunctionLowering::lower_element(const Inst &in) {
  auto *c = operand(in, 0), *index = operand(in, 1);
  const char *entry = in.imm == 1 ? "evrt_nth" : "evrt_get";
  if (!optimise())
    return define(in, checked(in, runtime(entry, {c, index, operand(in, 2)})));
  auto *slow = new_cold_block("slow"), *fixnum = new_block("fixnum"), *inside = new_block("inside"), *done = new_block("element");
  require_allowed(slow);
  b_.CreateCondBr(b_.CreateICmpEQ(b_.CreateAnd(index, imm(1)), imm(0)), fixnum, slow, u_.likely_);
  b_.SetInsertPoint(fixnum);
  auto [items, length] = array_view(c, slow);
  auto *at = b_.CreateLShr(index, 1); // a negative one becomes too large
  b_.CreateCondBr(b_.CreateICmpULT(at, length), inside, slow, u_.likely_);
  b_.SetInsertPoint(inside);
  auto *item = b_.CreateLoad(u_.i64_, b_.CreateIntToPtr(b_.CreateAdd(items, b_.CreateShl(at, 3)), u_.ptr_));
  b_.CreateBr(done);
  b_.SetInsertPoint(slow);
  auto *other = leave_slow(in, runtime(entry, {c, index, operand(in, 2)}), done);
  b_.SetInsertPoint(done);
  define(in, merge(std::array{Incoming{item, inside}, Incoming{other, slow}}));
}

void FunctionLowering::lower_length(const Inst &in) {
  auto *c = operand(in, 0);
  if (!optimise())
    return define(in, checked(in, runtime("evrt_length", {c})));
  auto *slow = new_cold_block("slow"), *done = new_block("length");
  require_allowed(slow);
  auto *n = b_.CreateShl(array_view(c, slow).length, 1);
  auto *known = b_.GetInsertBlock();
  b_.CreateBr(done);
  b_.SetInsertPoint(slow);
  auto *other = leave_slow(in, runtime("evrt_length", {c}), done);
  b_.SetInsertPoint(done);
  define(in, merge(std::array{Incoming{n, known}, Incoming{other, slow}}));
}

bool FunctionLowering::lower_access_op(const Inst &in) {
  switch (in.op) {
  case Op::Field:
  case Op::FieldStrict: lower_field(in); return true;
  case Op::Element: lower_element(in); return true;
  case Op::Length: lower_length(in); return true;
  default: return false;
  }
}

} // namespace evjit::jit
