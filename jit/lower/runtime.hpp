// The runtime entry points of gc/rt/evrt.def as lowering sees them: addresses and LLVM types by name.
#pragma once

#include <llvm/IR/DerivedTypes.h>

#include <string_view>

namespace evjit::jit {

struct RuntimeEntry {
  const char *name;
  void *address;
  const char *result;     // one letter of evrt.def
  const char *parameters; // "(c, v, v)"
  int attributes;
};
const RuntimeEntry &runtime_entry(std::string_view name); // must exist
llvm::FunctionType *runtime_function_type(const RuntimeEntry &e, llvm::LLVMContext &context);

} // namespace evjit::jit
