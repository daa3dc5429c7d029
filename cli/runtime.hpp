// One evjit runtime in this process: heap, builtins, loop, scheduler. Made and destroyed on the main thread.
#pragma once

#include "frontend/compiler.hpp"
#include "gc/mutator.hpp"

namespace evjit::cli {

enum class PreludeMode : uint8_t { None, Load };

class Runtime {
public:
  explicit Runtime(PreludeMode prelude);
  ~Runtime();
  gc::Mutator &mutator();
  bool load_prelude(frontend::Evaluator &ev); // false after printing why not

private:
  PreludeMode prelude_;
};

} // namespace evjit::cli
