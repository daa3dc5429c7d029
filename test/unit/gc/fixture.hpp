// A Mutator with a heap for one test case.
#pragma once

#include "gc/value/make.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

namespace evjit::gc::test {

struct Runtime {
  Mutator m;
  Runtime() { heap_create(m); }
  ~Runtime() { heap_destroy(m); }
};

// A number of rounds, less when the heap collects at every allocation.
inline int rounds(int n) { return std::getenv("EVJIT_GC_STRESS") ? n / 1000 : n; }

// Runs f in a frame of its own and overwrites that part of the stack, so that no stale word keeps what f made.
template <class F> __attribute__((noinline)) void in_dead_frame(F f) { f(); }
__attribute__((noinline)) inline void wipe_stack() {
  volatile char scratch[16 * 1024];
  for (size_t i = 0; i < sizeof scratch; ++i)
    scratch[i] = 0;
}

inline std::string error_kind(Mutator &m) {
  Value kind = struct_get(m.error, "error");
  return is_keyword(kind) ? std::string(name_of(kind)) : "";
}
inline std::string error_message(Mutator &m) { return std::string(string_view_of(struct_get(m.error, "message"))); }

} // namespace evjit::gc::test
