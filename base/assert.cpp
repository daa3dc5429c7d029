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

#if defined(EVJIT_SANITIZED)
// The leak checker cannot see into the collected heap, so what only that refers to would count as leaked. Frames must stay on
// the real stack, where the collector looks for roots.
extern "C" const char *__asan_default_options() { return "detect_leaks=0:detect_stack_use_after_return=0"; }
#endif
