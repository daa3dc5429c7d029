// See output.hpp. Where no prompt is shown both calls are a test of a pointer.
#include "base/output.hpp"

namespace evjit::base {

static OutputHooks current;

void set_output_hooks(OutputHooks hooks) { current = hooks; }

void begin_output() {
  if (current.before)
    current.before();
}

void end_output(bool ends_line) {
  if (current.after)
    current.after(ends_line);
}

} // namespace evjit::base
