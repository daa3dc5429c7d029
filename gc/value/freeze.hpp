// Deep copies beyond gc/value/make.hpp.
#pragma once

#include "gc/value/make.hpp"

namespace evjit::gc {

// Quoted data with fresh mutable parts; immutable data without mutable parts is returned itself. kError after raising.
Value copy_data(Mutator &m, Value v);

} // namespace evjit::gc
