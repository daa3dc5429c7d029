// LLVM module to object file. Target machines and code generation pipelines are built once and reused (a pipeline costs more
// than compiling a small function). Not thread-safe: the engine's lock covers it.
#pragma once

#include "jit/lower/lower.hpp"

#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/Target/TargetMachine.h>

#include <memory>

namespace evjit::jit {

enum class OutputKind : uint8_t { Object, Assembly };

class Codegen {
public:
  explicit Codegen(Effort effort, LowerMode mode);
  ~Codegen();
  const llvm::DataLayout &layout() const { return layout_; }
  const std::string &triple() const { return triple_; }
  void optimise(llvm::Module &m);                           // O2; a no-op for Effort::Fast
  llvm::SmallVector<char, 0> compile(llvm::Module &m);      // an ELF object
  std::string assembly(llvm::Module &m);                    // for --dump asm

private:
  void build_pipeline();

  Effort effort_;
  std::unique_ptr<llvm::TargetMachine> machine_;
  llvm::DataLayout layout_;
  std::string triple_;
  llvm::SmallVector<char, 0> buffer_;
  std::unique_ptr<llvm::raw_svector_ostream> stream_;
  std::unique_ptr<llvm::legacy::PassManager> pipeline_;
};

} // namespace evjit::jit
