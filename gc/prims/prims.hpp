// The tables of primitives of gc/prims, one per topic; listed in stdlib/prim_tables.cpp.
#pragma once

#include "gc/prim.hpp"

namespace evjit::gc {

extern const std::span<const PrimDef> kPatternPrims; // %%...: what compiled match and destructuring call

} // namespace evjit::gc
