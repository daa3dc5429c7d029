// Arithmetic over values: integers wrap modulo 2^64, any float operand promotes, comparison of integers with floats is exact.
#include "gc/arith.hpp"

#include "gc/value/number.hpp"

#include <cmath>

namespace evjit::gc {

const char *arith_name(Arith op) {
  static const char *const names[] = {"+", "-", "*", "/", "rem", "mod"};
  return names[static_cast<int>(op)];
}

const char *order_name(Order op) {
  static const char *const names[] = {"<", "<=", ">", ">="};
  return names[static_cast<int>(op)];
}

static Value division_by_zero(Mutator &m, Arith op) {
  return raise_error(m, "division-by-zero", std::string(arith_name(op)) + ": division by zero");
}

static int64_t floored_mod(int64_t a, int64_t b) {
  int64_t r = a % b;
  return r != 0 && (r ^ b) < 0 ? r + b : r;
}

static Value int_arith(Mutator &m, Arith op, int64_t a, int64_t b) {
  auto ua = static_cast<uint64_t>(a), ub = static_cast<uint64_t>(b);
  switch (op) {
  case Arith::Add: return make_int(m, static_cast<int64_t>(ua + ub));
  case Arith::Sub: return make_int(m, static_cast<int64_t>(ua - ub));
  case Arith::Mul: return make_int(m, static_cast<int64_t>(ua * ub));
  case Arith::Div:
  case Arith::Rem:
  case Arith::Mod: break;
  }
  if (b == 0)
    return division_by_zero(m, op);
  if (b == -1) // the minimum has no positive counterpart: wraps
    return op == Arith::Div ? make_int(m, static_cast<int64_t>(0 - ua)) : Value::fixnum(0);
  return make_int(m, op == Arith::Div ? a / b : op == Arith::Rem ? a % b : floored_mod(a, b));
}

static Value float_arith(Mutator &m, Arith op, double a, double b) {
  switch (op) {
  case Arith::Add: return make_float(m, a + b);
  case Arith::Sub: return make_float(m, a - b);
  case Arith::Mul: return make_float(m, a * b);
  case Arith::Div: return make_float(m, a / b);
  case Arith::Rem:
  case Arith::Mod: break;
  }
  return make_float(m, std::fmod(a, b));
}

Value arith(Mutator &m, Arith op, Value a, Value b, int arg) {
  bool ia = is_int(a), ib = is_int(b);
  if (ia && ib)
    return int_arith(m, op, int_of(a), int_of(b));
  const char *expected = op == Arith::Mod ? "integer" : "number";
  if (!ia && (op == Arith::Mod || !is_float(a)))
    return type_error(m, arith_name(op), expected, a, arg);
  if (!ib && (op == Arith::Mod || !is_float(b)))
    return type_error(m, arith_name(op), expected, b, arg + 1);
  return float_arith(m, op, number_as_double(a), number_as_double(b));
}

static bool holds(Order op, int c) {
  switch (op) {
  case Order::Lt: return c < 0;
  case Order::Le: return c <= 0;
  case Order::Gt: return c > 0;
  case Order::Ge: break;
  }
  return c >= 0;
}

static bool is_nan(Value v) { return is_float(v) && std::isnan(float_of(v)); }

// UTF-8 keeps the order of code points, so bytes are compared.
static int text_order(std::string_view a, std::string_view b) { return a.compare(b); }

Value order(Mutator &m, Order op, Value a, Value b, int arg) {
  if (is_number(a)) {
    if (!is_number(b))
      return type_error(m, order_name(op), "number", b, arg + 1);
    return Value::boolean(!is_nan(a) && !is_nan(b) && holds(op, compare_numbers(a, b)));
  }
  if (is_string(a)) {
    if (!is_string(b))
      return type_error(m, order_name(op), "string", b, arg + 1);
    return Value::boolean(holds(op, text_order(string_view_of(a), string_view_of(b))));
  }
  if (is_keyword(a)) {
    if (!is_keyword(b))
      return type_error(m, order_name(op), "keyword", b, arg + 1);
    return Value::boolean(holds(op, text_order(name_of(a), name_of(b))));
  }
  return type_error(m, order_name(op), "number, string or keyword", a, arg);
}

} // namespace evjit::gc
