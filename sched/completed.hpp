// Waiting for any member of a changing pool of fibers. Loop thread only.
#pragma once

#include "sched/runtime.hpp"

namespace evjit::sched {

// Removes from the mutable array `pool` the member that completed first and returns it; parks while there is none; nil for an
// empty pool.
Value pool_next(Mutator &m, Value pool);

} // namespace evjit::sched
