// Small helpers of the value library's primitives: argument checks that raise the error the spec wants. Private to gc/prims.
#pragma once

#include "gc/errors.hpp"
#include "gc/prim.hpp"
#include "gc/value/make.hpp"
#include "gc/value/seq.hpp"

#include <string>
#include <string_view>

namespace evjit::gc {

inline std::string prefixed(std::string_view fn, std::string_view text) {
  std::string s(fn);
  s += ": ";
  s += text;
  return s;
}

// "FN: TEXT", with :got (and :arg) as every :type-error of a builtin has.
inline Value type_error_text(Mutator &m, std::string_view fn, std::string_view text, Value got) {
  return raise_error(m, "type-error", prefixed(fn, text), {{"got", type_keyword(got)}});
}

inline Value not_a_sequence(Mutator &m, std::string_view fn, Value got, int arg = 0) {
  return raise_error(m, "type-error", prefixed(fn, "expected sequence, got ") + std::string(type_name(got)),
                     {{"reason", keyword("not-a-sequence")}, {"got", type_keyword(got)}, {"arg", Value::fixnum(arg)}});
}

// The integer argument, or false after raising (the value to return in *out_error).
inline bool want_int(Mutator &m, std::string_view fn, Value v, int arg, int64_t *out, Value *raised) {
  if (is_int(v)) {
    *out = int_of(v);
    return true;
  }
  *raised = type_error(m, fn, "integer", v, arg);
  return false;
}

inline Value key_error(Mutator &m, std::string_view fn, Value key, int arg) {
  return raise_error(m, "type-error", prefixed(fn, "invalid struct key: ") + std::string(type_name(key)),
                     {{"got", type_keyword(key)}, {"arg", Value::fixnum(arg)}});
}

// Position of index i (negative: from the end) in 0..n-1; false: outside.
inline bool resolve_index(int64_t i, size_t n, size_t *out) {
  if (i < 0)
    i += static_cast<int64_t>(n);
  if (i < 0 || static_cast<uint64_t>(i) >= n)
    return false;
  *out = static_cast<size_t>(i);
  return true;
}

// A new collection like args[0] with the contents of all, which are of one kind: concat, append (sequence_prims.cpp).
Value join_collections(Mutator &m, std::string_view fn, const Value *args, size_t n);

inline Value optional_arg(const Value *args, size_t argc, size_t i, Value otherwise = kNil) {
  return i < argc ? args[i] : otherwise;
}

} // namespace evjit::gc
