// Lowering of one function: internal to jit/lower.
#pragma once

#include "jit/lower/int_clone.hpp"
#include "jit/lower/lower.hpp"

#include <span>

namespace evjit::jit {

class FunctionLowering {
public:
  FunctionLowering(UnitLowering &unit, uint32_t index);
  void run();           // the function itself: uniform entry and body
  void run_int_clone(); // its integer clone
  void int_dispatch();  // the entry that chooses between clone and body

private:
  using Inst = ir::Inst;
  // --- frame (function.cpp)
  void prologue();
  void load_simple_params();
  void check_argument_count();
  void uniform_entry();
  void begin(llvm::Function *f);
  void load_bound_params();
  void lower_blocks();
  void lower_block(ir::BlockId id);
  void lower_inst(const Inst &in);
  llvm::Value *value(ir::ValueId id) { return values_[id]; }
  void define(const Inst &in, llvm::Value *v) { values_[in.result] = v; }
  llvm::BasicBlock *new_block(const char *name);
  llvm::BasicBlock *new_cold_block(const char *name); // ends up behind all others
  llvm::BasicBlock *error_target(const Inst &in);
  llvm::BasicBlock *propagate_block();
  llvm::Value *checked(const Inst &in, llvm::Value *result); // branches away if it is the sentinel
  llvm::Value *leave_slow(const Inst &in, llvm::Value *result, llvm::BasicBlock *done); // the same at the end of a slow path
  llvm::Value *operand(const Inst &in, size_t i) { return values_[in.operands[i]]; }
  llvm::Constant *imm(uint64_t bits) { return llvm::ConstantInt::get(u_.i64_, bits); }
  llvm::Value *ctx_field(size_t offset);
  llvm::Value *load_ctx(size_t offset) { return b_.CreateLoad(u_.i64_, ctx_field(offset)); }
  void store_ctx(size_t offset, llvm::Value *v) { b_.CreateStore(v, ctx_field(offset)); }
  llvm::Value *object_field(llvm::Value *tagged, size_t offset); // address inside a heap object
  llvm::Value *load_object(llvm::Value *tagged, size_t offset) { return b_.CreateLoad(u_.i64_, object_field(tagged, offset)); }
  llvm::Value *instance();
  llvm::CallInst *runtime(const char *name, std::span<llvm::Value *const> args);
  llvm::CallInst *runtime(const char *name, std::initializer_list<llvm::Value *> args) {
    return runtime(name, std::span(args.begin(), args.size()));
  }
  bool optimise() const { return u_.opts_.effort == Effort::Optimise; }

  // --- values.cpp
  llvm::Value *lower_truthy(llvm::Value *v);
  llvm::Value *lower_has_type(llvm::Value *v, uint64_t type);
  llvm::Value *is_object(llvm::Value *v);
  void store_with_barrier(llvm::Value *object, size_t offset, llvm::Value *v);
  void lower_closure(const Inst &in);
  void lower_check_init(const Inst &in);
  void lower_array_ref(const Inst &in);
  bool lower_value_op(const Inst &in);
  // --- arith.cpp
  bool lower_arith_op(const Inst &in);
  llvm::Value *both_fixnums(llvm::Value *a, llvm::Value *c);
  void lower_add_like(const Inst &in);
  void lower_divide_like(const Inst &in);
  void lower_compare(const Inst &in);
  void lower_eq(const Inst &in);
  llvm::Value *float_fast_path(const Inst &in, llvm::Value *a, llvm::Value *c, llvm::BasicBlock *slow);
  llvm::Value *load_double(llvm::Value *v);
  // --- access.cpp
  bool lower_access_op(const Inst &in);
  llvm::Value *load_cache_word(llvm::Value *word);
  using Incoming = std::pair<llvm::Value *, llvm::BasicBlock *>; // a value and where it comes from
  llvm::Value *merge(std::span<const Incoming> ways);
  struct FieldSite {
    llvm::Value *key, *word;
    llvm::BasicBlock *slow, *done; // where misses and hits go on
    llvm::SmallVector<Incoming, 3> hits;
  };
  void probe_entry(llvm::Value *base, size_t offset, llvm::Value *entries, FieldSite &site);
  void require_allowed(llvm::BasicBlock *slow);
  void probe_field(llvm::Value *object, FieldSite &site);
  void lower_field(const Inst &in);
  struct ArrayView {
    llvm::Value *items; // address
    llvm::Value *length;
  };
  ArrayView array_view(llvm::Value *c, llvm::BasicBlock *slow);
  void lower_element(const Inst &in);
  void lower_length(const Inst &in);
  // --- calls.cpp
  bool lower_call_op(const Inst &in);
  llvm::Value *code_of(llvm::Value *callee, const char *other_entry);
  struct CallArgs {
    llvm::Value *argc;
    llvm::Value *a[3];
  };
  CallArgs place_arguments(std::span<const ir::ValueId> args);
  llvm::CallInst *call_code(llvm::Value *code, llvm::Value *closure, const CallArgs &args);
  void tail(llvm::CallInst *call);
  void lower_call(const Inst &in);
  void lower_call_known(const Inst &in);
  void lower_call_prim(const Inst &in);
  void lower_departure(const Inst &in);
  llvm::Value *allowed_body(uint64_t primitive, llvm::Value *body, const char *denied_entry);
  void lower_call_spread(const Inst &in);
  llvm::Value *known_code(uint32_t fn);
  void lower_safepoint(const Inst &in);
  // --- control.cpp
  bool lower_control_op(const Inst &in);
  void add_phi_args(const ir::Target &t);
  void lower_rethrow(const Inst &in);
  void add_to_ctx(size_t offset, int64_t delta);

  // --- int_body.cpp
  llvm::Type *kind_type(Kind k);
  Kind kind(ir::ValueId v) const;
  void int_prologue();
  void return_boxed(llvm::Value *result, Kind k);
  llvm::Value *int_constant(gc::Value v, Kind k, uint64_t index);
  llvm::Value *int_divide(ir::Op op, llvm::Value *a, llvm::Value *c);
  llvm::Value *int_arith(const Inst &in);
  void int_call(const Inst &in);
  void int_return(llvm::Value *result);
  bool lower_int_op(const Inst &in);

  UnitLowering &u_;
  const ir::Function &fn_;
  uint32_t index_;
  bool known_entry_; // the body is the known entry; the uniform one only checks and jumps
  const IntClone *clone_ = nullptr;     // set: this is the clone
  llvm::IRBuilder<> b_;
  llvm::Function *f_ = nullptr;
  llvm::DISubprogram *debug_ = nullptr;
  llvm::Value *ctx_ = nullptr, *closure_ = nullptr, *argc_ = nullptr;
  llvm::AllocaInst *ctx_slot_ = nullptr;  // clones: where ctx_ is kept between blocks
  llvm::Value *instance_ = nullptr;       // loaded in the prologue when the function needs it
  llvm::AllocaInst *prim_args_ = nullptr; // shared buffer of primitive calls
  std::vector<llvm::Value *> params_;
  std::vector<llvm::AllocaInst *> locals_;
  std::vector<llvm::Value *> values_;
  std::vector<bool> names_;                            // by value: a constant keyword
  std::vector<llvm::BasicBlock *> blocks_;             // LLVM block where an IR block begins
  std::vector<std::vector<llvm::PHINode *>> phis_;     // parameters of each IR block
  llvm::BasicBlock *propagate_ = nullptr;
  std::vector<llvm::BasicBlock *> cold_;
};

} // namespace evjit::jit
