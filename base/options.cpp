// Storage of the process's options.
#include "base/options.hpp"

namespace evjit::base {

Options &options() {
  static Options o;
  return o;
}

} // namespace evjit::base
