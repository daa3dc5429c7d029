// Raising errors. Raising records the trace, tells the scheduler (which may let an outer fiber answer), and otherwise leaves the
// payload in Mutator::error for the callers' tests of kError. Owner thread.
#include "gc/errors.hpp"

#include "gc/trace.hpp"
#include "gc/value/make.hpp"

#include <string>
#include <vector>

namespace evjit::gc {

Value raise(Mutator &m, Value payload) {
  m.trace = capture_trace(m);
  m.error = payload;
  return m.raise_hook ? m.raise_hook(m, payload) : kError;
}

Value make_error(Mutator &m, std::string_view kind, std::string_view message, std::initializer_list<ErrorField> fields) {
  constexpr size_t kMaxFields = 8;
  Value kv[2 * (kMaxFields + 2)] = {keyword("error"), keyword(kind), keyword("message"), make_string(m, message)};
  size_t n = 2;
  for (const ErrorField &f : fields) {
    if (n == kMaxFields + 2)
      break;
    kv[2 * n] = keyword(f.name);
    kv[2 * n + 1] = f.value;
    ++n;
  }
  return make_struct(m, kv, n);
}

Value raise_error(Mutator &m, std::string_view kind, std::string_view message, std::initializer_list<ErrorField> fields) {
  return raise(m, make_error(m, kind, message, fields));
}

static std::string named_message(std::string_view fn, std::string_view rest) {
  std::string s(fn);
  s += ": ";
  s += rest;
  return s;
}

Value type_error(Mutator &m, std::string_view fn, std::string_view expected, Value got, int arg) {
  std::string what = "expected " + std::string(expected) + ", got " + std::string(type_name(got));
  std::string message = named_message(fn, what);
  if (arg < 0)
    return raise_error(m, "type-error", message, {{"got", type_keyword(got)}});
  return raise_error(m, "type-error", message, {{"got", type_keyword(got)}, {"arg", Value::fixnum(arg)}});
}

Value argument_error(Mutator &m, std::string_view fn, std::string_view message) {
  return raise_error(m, "argument-error", named_message(fn, message));
}

Value value_error(Mutator &m, std::string_view fn, std::string_view message) {
  return raise_error(m, "value-error", named_message(fn, message));
}

static std::string count_of_arguments(const FnProto &p) {
  auto plural = [](size_t n) { return n == 1 ? " argument" : " arguments"; };
  if (p.max_args() == ~0u)
    return "at least " + std::to_string(p.required) + plural(p.required);
  if (p.max_args() == p.required)
    return std::to_string(p.required) + plural(p.required);
  return std::to_string(p.required) + " to " + std::to_string(p.max_args()) + plural(p.max_args());
}

// :expected is as (fn/arity f) has it: a count, or a pair (min . max), max nil if there is none.
Value arity_error(Mutator &m, const FnProto *proto, size_t argc) {
  std::string what = "expected " + count_of_arguments(*proto) + ", got " + std::to_string(argc);
  Value min = Value::fixnum(proto->required);
  Value expected = min;
  if (proto->max_args() == ~0u)
    expected = cons(m, min, kNil);
  else if (proto->max_args() != proto->required)
    expected = cons(m, min, Value::fixnum(proto->max_args()));
  return raise_error(m, "arity-error", named_message(proto->name ? proto->name : "<fn>", what),
                     {{"expected", expected}, {"actual", Value::fixnum(static_cast<int64_t>(argc))}});
}

bool stack_is_low(const Mutator &m) {
  auto sp = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  if (m.stack_limit == 0 || sp >= m.stack_limit - kStackReserve / 2)
    return false;
  // The limit of a fiber's stack is soft until it has grown to the whole slot.
  return !(m.stack_hook && m.stack_hook(const_cast<Mutator &>(m), sp));
}

// Not offered to an answering fiber: the function that does not fit cannot go on with an answer.
Value stack_overflow(Mutator &m) {
  m.trace = capture_trace(m);
  m.error = make_error(m, "stack-overflow", "the stack is exhausted: too deep recursion", {{"reason", keyword("depth")}});
  return kError;
}

} // namespace evjit::gc
