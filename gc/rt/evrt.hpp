// C declarations of gc/rt/evrt.def. Included by the files that define the entry points and by jit/engine.
#pragma once

#include "gc/mutator.hpp"

#define EVRT_COLD 1
#define EVRT_T_v ::evjit::gc::Value
#define EVRT_T_i int64_t
#define EVRT_T_p void *
#define EVRT_T_c ::evjit::gc::Mutator *
#define EVRT_T_n void
#define EVRT_P1(a) EVRT_T_##a
#define EVRT_P2(a, b) EVRT_T_##a, EVRT_T_##b
#define EVRT_P3(a, b, c) EVRT_T_##a, EVRT_T_##b, EVRT_T_##c
#define EVRT_P4(a, b, c, d) EVRT_P3(a, b, c), EVRT_T_##d
#define EVRT_P5(a, b, c, d, e) EVRT_P4(a, b, c, d), EVRT_T_##e
#define EVRT_P6(a, b, c, d, e, f) EVRT_P5(a, b, c, d, e), EVRT_T_##f
#define EVRT_P7(a, b, c, d, e, f, g) EVRT_P6(a, b, c, d, e, f), EVRT_T_##g
#define EVRT_PICK(_1, _2, _3, _4, _5, _6, _7, name, ...) name
#define EVRT_PARAMS(...)                                                                                               \
  EVRT_PICK(__VA_ARGS__, EVRT_P7, EVRT_P6, EVRT_P5, EVRT_P4, EVRT_P3, EVRT_P2, EVRT_P1)(__VA_ARGS__)

extern "C" {
#define EVRT(name, result, params, attrs) EVRT_T_##result name(EVRT_PARAMS params) noexcept;
#include "gc/rt/evrt.def"
#undef EVRT
// evrt_denied for a departure (gc/prim.hpp): always with a value.
struct evrt_departed {
  void *context;
  uint64_t data;
};
evrt_departed evrt_denied_depart(::evjit::gc::Mutator *, void *args, int64_t argc, ::evjit::gc::Value primitive) noexcept;
// Uniform entries that are installed in FnProto::code or called for callees that are not closures.
::evjit::gc::Value evrt_prim_entry(::evjit::gc::Mutator *, ::evjit::gc::Value, int64_t, ::evjit::gc::Value, ::evjit::gc::Value,
                                   ::evjit::gc::Value) noexcept;
::evjit::gc::Value evrt_call_value(::evjit::gc::Mutator *, ::evjit::gc::Value, int64_t, ::evjit::gc::Value, ::evjit::gc::Value,
                                   ::evjit::gc::Value) noexcept;
// In place of evrt_call_value where the first of one or two arguments is a constant keyword; the argument behind the last one is
// the address of the site's cache word.
::evjit::gc::Value evrt_call_field(::evjit::gc::Mutator *, ::evjit::gc::Value, int64_t, ::evjit::gc::Value, ::evjit::gc::Value,
                                   ::evjit::gc::Value) noexcept;
}
