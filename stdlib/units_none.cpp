// Stage 1: nothing is compiled ahead of time yet.
#include "stdlib/stdlib.hpp"

namespace evjit::stdlib {

gc::UnitDesc *prelude_unit() { return nullptr; }
gc::UnitDesc *find_std_unit(std::string_view) { return nullptr; }

} // namespace evjit::stdlib
