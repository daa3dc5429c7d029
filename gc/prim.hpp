// Primitive descriptors. A primitive is one PrimDef row plus its body, adjacent, in <folder>/<topic>_prims.cpp; the arrays
// are listed once in stdlib/prim_tables.cpp. Everything else is derived: the arity check and its error, signal inference,
// what compiled code calls, (doc ...), aliases.
#pragma once

#include "gc/fn.hpp"

#include <span>

namespace evjit::gc {

namespace sig {
inline constexpr uint64_t kError = 1, kYield = 2, kDebug = 4, kFfi = 16, kHalt = 256, kIo = 512, kExec = 2048, kFuel = 4096,
                          kWait = 16384;
inline constexpr uint64_t kSilent = 0;
} // namespace sig

inline constexpr uint32_t kAny = ~0u; // no upper limit

struct Arity {
  uint32_t min, max;
};

// What compiled code passes to a departure: room for so many words, the arguments in front. The departure may overwrite all of them.
inline constexpr size_t kDepartWords = 8;

struct PrimDef {
  const char *name;
  const char *symbol;          // linker symbol of fn, for ahead-of-time code: filled by EVJIT_PRIM_FN
  PrimFn fn;
  // The first half of a primitive that switches stacks, or null: (Mutator &, Value *args, size_t argc, Value primitive). It returns two
  // words, {null, value} if there was nothing to wait for, or else what the code that calls it passes to evrt_arrive, whose result is
  // the primitive's. Between the jump to a stack and the code that goes on there lies no return instruction then: the processor would
  // predict it wrongly.
  const void *depart = nullptr;
  const char *depart_symbol = nullptr;
  Arity arity;
  uint64_t signals = sig::kError;
  const char *params = "";     // "c k &opt default"
  const char *doc = "";
  const char *example = "";    // "(inc 1) # => 2"
  const char *aliases = "";    // "name2 name3"
};

#define EVJIT_PRIM_FN(f) .symbol = #f, .fn = f
#define EVJIT_DEPART_FN(f) .depart = reinterpret_cast<const void *>(f), .depart_symbol = #f
// Declares a primitive's body: EVJIT_PRIM(evrt_inc) { return ...; }  with m, args, argc in scope.
#define EVJIT_PRIM(f) extern "C" ::evjit::gc::Value f(                                                               \
    [[maybe_unused]] ::evjit::gc::Mutator &m, [[maybe_unused]] const ::evjit::gc::Value *args, [[maybe_unused]] size_t argc)

} // namespace evjit::gc
