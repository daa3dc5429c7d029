// evrt_*: slow paths of arithmetic and comparison. Compiled code has tried fixnums (and floats) already.
#include "gc/arith.hpp"
#include "gc/heap/heap-inl.hpp"
#include "gc/rt/evrt.hpp"
#include "gc/value/make.hpp"

#include <bit>

using namespace evjit::gc;

extern "C" {
Value evrt_add(Mutator *m, Value a, Value b) noexcept { return arith(*m, Arith::Add, a, b); }
Value evrt_sub(Mutator *m, Value a, Value b) noexcept { return arith(*m, Arith::Sub, a, b); }
Value evrt_mul(Mutator *m, Value a, Value b) noexcept { return arith(*m, Arith::Mul, a, b); }
Value evrt_div(Mutator *m, Value a, Value b) noexcept { return arith(*m, Arith::Div, a, b); }
Value evrt_rem(Mutator *m, Value a, Value b) noexcept { return arith(*m, Arith::Rem, a, b); }
Value evrt_mod(Mutator *m, Value a, Value b) noexcept { return arith(*m, Arith::Mod, a, b); }
Value evrt_lt(Mutator *m, Value a, Value b) noexcept { return order(*m, Order::Lt, a, b); }
Value evrt_le(Mutator *m, Value a, Value b) noexcept { return order(*m, Order::Le, a, b); }
Value evrt_gt(Mutator *m, Value a, Value b) noexcept { return order(*m, Order::Gt, a, b); }
Value evrt_ge(Mutator *m, Value a, Value b) noexcept { return order(*m, Order::Ge, a, b); }
Value evrt_eq(Mutator *, Value a, Value b) noexcept { return Value::boolean(equal(a, b)); }

Value evrt_make_float(Mutator *m, int64_t bits) noexcept {
  auto *f = static_cast<Float *>(allocate_small(*m, Type::Float, sizeof(Float)));
  f->v = std::bit_cast<double>(bits);
  return Value::object(f);
}

Value evrt_make_int(Mutator *m, int64_t i) noexcept { return make_int(*m, i); }
}
