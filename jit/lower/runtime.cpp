// Table of evrt.def for lowering. Read-only after start; any thread.
#include "jit/lower/runtime.hpp"

#include "base/assert.hpp"
#include "gc/rt/evrt.hpp"

#include <llvm/IR/Type.h>

#include <unordered_map>

namespace evjit::jit {

static const RuntimeEntry kEntries[] = {
#define EVRT(name, result, params, attrs) {#name, reinterpret_cast<void *>(&name), #result, #params, attrs},
#include "gc/rt/evrt.def"
#undef EVRT
    {"evrt_denied_depart", reinterpret_cast<void *>(&evrt_denied_depart), "d", "(c, p, i, v)", 0},
    {"evrt_prim_entry", reinterpret_cast<void *>(&evrt_prim_entry), "v", "(c, v, i, v, v, v)", 0},
    {"evrt_call_value", reinterpret_cast<void *>(&evrt_call_value), "v", "(c, v, i, v, v, v)", 0},
    {"evrt_call_field", reinterpret_cast<void *>(&evrt_call_field), "v", "(c, v, i, v, v, v)", 0},
};

const RuntimeEntry &runtime_entry(std::string_view name) {
  static const auto index = [] {
    std::unordered_map<std::string_view, const RuntimeEntry *> m;
    for (const auto &e : kEntries)
      m[e.name] = &e;
    return m;
  }();
  auto it = index.find(name);
  EVJIT_CHECK(it != index.end(), "lowering names a runtime entry that evrt.def has");
  return *it->second;
}

static llvm::Type *letter_type(char c, llvm::LLVMContext &context) {
  switch (c) {
  case 'c':
  case 'p':
    return llvm::PointerType::get(context, 0);
  case 'n':
    return llvm::Type::getVoidTy(context);
  case 'd': // of a departure
    return llvm::StructType::get(context, {llvm::PointerType::get(context, 0), llvm::PointerType::get(context, 0)});
  default:
    return llvm::Type::getInt64Ty(context);
  }
}

llvm::FunctionType *runtime_function_type(const RuntimeEntry &e, llvm::LLVMContext &context) {
  llvm::SmallVector<llvm::Type *, 8> params;
  for (const char *p = e.parameters; *p; ++p)
    if (*p >= 'a' && *p <= 'z')
      params.push_back(letter_type(*p, context));
  return llvm::FunctionType::get(letter_type(e.result[0], context), params, false);
}

} // namespace evjit::jit
