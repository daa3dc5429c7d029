// Assertions. EVJIT_ASSERT is for our own bugs and is compiled out of release builds;
// EVJIT_CHECK stays on where memory safety depends on it. User mistakes are never asserted:
// they become errors of the language or diagnostics.
#pragma once

namespace evjit::base {
[[noreturn]] void assertion_failed(const char *cond, const char *why, const char *file, int line) noexcept;
}

#define EVJIT_CHECK(cond, why)                                                                                         \
  (__builtin_expect(!!(cond), 1) ? (void)0 : ::evjit::base::assertion_failed(#cond, why, __FILE__, __LINE__))

#if defined(EVJIT_ASSERTIONS)
#define EVJIT_ASSERT(cond, why) EVJIT_CHECK(cond, why)
#else
#define EVJIT_ASSERT(cond, why) ((void)0)
#endif
