// The 64-bit tagged value.
//
//   ...0     fixnum: a signed 63-bit integer, shifted left by one
//   ..001    pointer to a heap object (8-byte aligned address + 1), see gc/object/objects.hpp
//   ...11    immediate: nil, false, the error sentinel, true, (), and two internal marks
//
// nil and false differ in one bit, so that "falsy" is one mask and one compare. Integers outside the fixnum
// range are boxed (Type::Int64); the language never sees the difference: equality, hashing, printing and type-of
// treat both alike, and every integer that fits *is* a fixnum (canonical form: make_int).
// jit/lower relies on every constant here; it includes this header.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace evjit::gc {

struct Object;

class Value {
public:
  uint64_t bits;

  constexpr bool operator==(const Value &) const = default; // same bits: identity, not the language's `=`

  static constexpr Value from_bits(uint64_t b) { return Value{b}; }
  static constexpr Value fixnum(int64_t i) { return Value{static_cast<uint64_t>(i) << 1}; }
  static Value object(const void *p) { return Value{reinterpret_cast<uint64_t>(p) + 1}; }
  static constexpr Value boolean(bool b);

  constexpr bool is_fixnum() const { return (bits & 1) == 0; }
  constexpr bool is_object() const { return (bits & 7) == 1; }
  constexpr bool is_nil() const;
  constexpr bool is_falsy() const { return (bits | 4) == 7; }
  constexpr bool truthy() const { return !is_falsy(); }
  constexpr bool is_error() const; // the sentinel: the payload is in Mutator::error
  constexpr bool is_empty_list() const;

  constexpr int64_t as_fixnum() const { return static_cast<int64_t>(bits) >> 1; }
  template <class T = Object> T *as() const { return reinterpret_cast<T *>(bits - 1); }
};
static_assert(sizeof(Value) == 8);

inline constexpr Value kNil{3};
inline constexpr Value kFalse{7};
inline constexpr Value kError{11}; // returned by a call that raised
inline constexpr Value kTrue{15};
inline constexpr Value kEmpty{19};  // ()
inline constexpr Value kUnset{23};  // a variable before its initialiser ran; never reaches the program
inline constexpr Value kAbsent{27}; // a missing optional argument, an empty hash slot; never reaches the program

inline constexpr int64_t kFixnumMax = (int64_t{1} << 62) - 1;
inline constexpr int64_t kFixnumMin = -(int64_t{1} << 62);

constexpr Value Value::boolean(bool b) { return b ? kTrue : kFalse; }
constexpr bool Value::is_nil() const { return *this == kNil; }
constexpr bool Value::is_error() const { return *this == kError; }
constexpr bool Value::is_empty_list() const { return *this == kEmpty; }
constexpr bool fits_fixnum(int64_t i) { return i >= kFixnumMin && i <= kFixnumMax; }

} // namespace evjit::gc
