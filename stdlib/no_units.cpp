// Stage 1: no unit of the library is compiled in.
#include "stdlib/stdlib.hpp"

namespace evjit::stdlib {

const std::span<const StdUnit> kStdUnits;

} // namespace evjit::stdlib
