// IR to LLVM IR. One UnitLowering makes one llvm::Module out of some functions of an ir::Unit.
//
// Two modes. In the JIT, constants, prototypes, runtime entries and primitives are known addresses and become immediate
// operands (objects do not move), so a linked object resolves almost no symbols. Ahead of time they are symbols, and
// constants are loads from the unit's table.
//
// Shape of a function: the uniform prototype (gc/fn.hpp). SSA values of the IR map to LLVM values, block parameters to phis,
// numbered locals to allocas of the entry block. A raising instruction compares its result with the sentinel and branches
// to the handler block or to a shared block that returns the sentinel.
#pragma once

#include "frontend/ir/ir.hpp"
#include "gc/fn.hpp"

#include <llvm/IR/DIBuilder.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace evjit::jit {

namespace ir = frontend::ir;

enum class LowerMode : uint8_t { Jit, Aot };
enum class Effort : uint8_t { Fast, Optimise }; // Optimise: more inline paths, direct calls inside the module

struct LowerOptions {
  LowerMode mode = LowerMode::Jit;
  Effort effort = Effort::Fast;
  std::string unit_symbol;              // prefix of the functions' symbols
  gc::FnProto *protos = nullptr;        // Jit: the unit's prototypes, in place
  std::deque<uint32_t> *cache_words = nullptr; // Jit: the unit's position caches (gc/rt/field.cpp); code refers to them by address
};

// Symbol of function `index`: "NAME.UNIT.INDEX", so that gdb and perf show the language's name first.
std::string function_symbol(const ir::Unit &unit, const LowerOptions &opts, uint32_t index);
// When optimising, a function of exactly N parameters has two entries: the uniform one checks the argument count and jumps to
// the internal "known" entry (same prototype), which direct calls use. LLVM drops the known entry's unused arguments.
std::string known_symbol(const ir::Unit &unit, const LowerOptions &opts, uint32_t index);
bool has_known_entry(const ir::Function &f, const LowerOptions &opts);
// Some of these have an unboxed body for integers, and a dispatcher that direct calls enter instead (int_clone.hpp).
std::string int_symbol(const ir::Unit &unit, const LowerOptions &opts, uint32_t index);
std::string dispatch_symbol(const ir::Unit &unit, const LowerOptions &opts, uint32_t index);

class FunctionLowering;
class IntClones;

class UnitLowering {
public:
  UnitLowering(llvm::LLVMContext &context, const ir::Unit &unit, LowerOptions opts, const llvm::DataLayout &layout,
               const std::string &triple);
  ~UnitLowering();
  void lower(uint32_t index);             // adds one function
  std::unique_ptr<llvm::Module> finish(); // after the last one

private:
  friend class FunctionLowering;
  llvm::Function *declare(uint32_t index);
  llvm::Function *declare_known(uint32_t index);
  llvm::Function *declare_int(uint32_t index);
  llvm::Function *declare_dispatch(uint32_t index);
  llvm::Function *declare_direct(uint32_t index); // of a function with a known entry: what direct calls enter
  llvm::Function *add_function(const std::string &symbol, llvm::GlobalValue::LinkageTypes linkage, llvm::FunctionType *type);
  void order_functions();
  llvm::Value *runtime_address(const char *name);
  llvm::FunctionType *runtime_type(const char *name);
  llvm::Value *constant_value(llvm::IRBuilder<> &b, uint64_t index);
  llvm::Value *proto_address(uint32_t index);
  llvm::Value *new_cache_word(); // address of a fresh position cache
  llvm::Value *prim_address(uint64_t constant);
  llvm::Value *depart_address(uint64_t constant); // null: it does not depart
  llvm::DIFile *debug_file(uint32_t file);
  llvm::DILocalScope *debug_scope(llvm::DISubprogram *fn, uint32_t file); // code of `fn` that was read from another file
  llvm::DISubprogram *debug_function(uint32_t index, llvm::Function *f);

  llvm::LLVMContext &context_;
  const ir::Unit &unit_;
  LowerOptions opts_;
  std::unique_ptr<llvm::Module> module_;
  llvm::Type *i64_;
  llvm::Type *i1_;
  llvm::PointerType *ptr_;
  llvm::FunctionType *code_type_; // the uniform prototype
  llvm::FunctionType *prim_type_;
  llvm::StructType *int_result_type_; // of integer clones
  std::unique_ptr<IntClones> int_clones_; // null unless optimising
  std::vector<bool> lowered_;     // functions defined in this module
  llvm::DIBuilder debug_;
  llvm::DICompileUnit *compile_unit_ = nullptr;
  std::unordered_map<uint32_t, llvm::DIFile *> debug_files_;
  llvm::MDNode *unlikely_ = nullptr, *likely_ = nullptr;
};

} // namespace evjit::jit
