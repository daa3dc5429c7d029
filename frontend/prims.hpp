// The tables of primitives of the front end; programs without a compiler do not have them.
#pragma once

#include "gc/prim.hpp"

namespace evjit::frontend {

extern const std::span<const gc::PrimDef> kFrontendPrims; // read, read-all, eval, import
extern const std::span<const gc::PrimDef> kExpandPrims; // %%...: the expander's

} // namespace evjit::frontend
