// Object file to callable code through ORC's JITLink, plus what the outside world wants to know about it: code ranges for
// stack traces, gdb registration (EVJIT_GDB=1), a perf map (EVJIT_PERF=1).
#pragma once

#include "gc/trace.hpp"

#include <llvm/ADT/SmallVector.h>
#include <llvm/ExecutionEngine/Orc/Core.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>

#include <memory>
#include <string>
#include <vector>

namespace evjit::jit {

struct LinkedFunction {
  std::string symbol;
  std::vector<std::string> inner_symbols; // its other bodies, as far as they exist: frames of the same function
  std::string dispatch_symbol;            // code without a place in traces, if it exists
  const gc::FnProto *proto;
  gc::Code code = nullptr; // filled by link
};

class Linker {
public:
  Linker();
  ~Linker();
  // Links one object and finds the functions in it. False: out of memory for code (message in `error`).
  bool link(llvm::SmallVector<char, 0> object, std::vector<LinkedFunction> &functions, std::string &error);

private:
  void register_ranges(const llvm::MemoryBuffer &object, const std::vector<LinkedFunction> &functions);
  void write_perf_map(uintptr_t begin, uint64_t size, const std::string &symbol);
  std::unique_ptr<llvm::orc::ExecutionSession> session_;
  std::unique_ptr<llvm::jitlink::JITLinkMemoryManager> memory_;
  std::unique_ptr<llvm::orc::ObjectLinkingLayer> layer_;
  llvm::orc::JITDylib *dylib_ = nullptr;
  void *perf_map_ = nullptr; // FILE
};

} // namespace evjit::jit
