// The JIT as the rest of evjit uses it. Essay in engine.cpp.
#pragma once

#include "frontend/compiler.hpp"

#include <memory>
#include <string>
#include <vector>

namespace evjit::jit {

struct EngineOptions {
  bool optimise = false; // --opt 2: every unit whole, at O2, when it is loaded
};

class EngineImpl;

class Engine final : public frontend::Evaluator {
public:
  explicit Engine(EngineOptions options);
  ~Engine() override;
  gc::UnitDesc *load(gc::Mutator &m, std::unique_ptr<frontend::ir::Unit> unit) override;
  gc::Value run_isolated(gc::Mutator &m, gc::Value thunk) override;

private:
  std::unique_ptr<EngineImpl> impl_;
};

// Text of the whole unit for --dump llvm and --dump asm.
std::string dump_llvm(const frontend::ir::Unit &unit, bool optimise);
std::string dump_assembly(const frontend::ir::Unit &unit, bool optimise);

} // namespace evjit::jit
