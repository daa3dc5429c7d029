// The arithmetic of the language over values (02 section 8): used by evrt_* slow paths and by the n-ary primitives.
#pragma once

#include "gc/errors.hpp"
#include "gc/value/make.hpp"

namespace evjit::gc {

enum class Arith : uint8_t { Add, Sub, Mul, Div, Rem, Mod };
enum class Order : uint8_t { Lt, Le, Gt, Ge };

// `arg` is the position of `a` among the operands, for :arg; `b` is the one after.
Value arith(Mutator &m, Arith op, Value a, Value b, int arg = 0);
Value order(Mutator &m, Order op, Value a, Value b, int arg = 0); // kTrue, kFalse or kError
const char *arith_name(Arith op);
const char *order_name(Order op);

} // namespace evjit::gc
