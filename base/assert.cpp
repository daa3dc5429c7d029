// The one place where an assertion of ours ends the process. Any thread may call it.
#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace evjit::base {

void assertion_failed(const char *cond, const char *why, const char *file, int line) noexcept {
  std::fprintf(stderr, "evjit: internal error: %s:%d: %s (%s)\n", file, line, why, cond);
  std::abort();
}

} // namespace evjit::base
