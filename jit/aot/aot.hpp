// Ahead-of-time emission: a whole unit as one native object that needs libevrt.a and nothing of LLVM.
#pragma once

#include "frontend/ir/ir.hpp"

#include <string>

namespace evjit::jit {

// Writes an ELF object that defines `evjit::gc::UnitDesc evjit_unit_<name>` with its code, constants and prototypes.
// The unit may gain constants. False: the file could not be written (message in `error`).
bool emit_object(gc::Mutator &m, frontend::ir::Unit &unit, const std::string &name, const std::string &path,
                 std::string &error);

} // namespace evjit::jit
