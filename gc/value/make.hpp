// Constructors and accessors of values: what runtime code uses to build and take apart data. May allocate where Mutator & is
// taken. Pointers into objects (views) stay valid as long as the value is reachable from a stack or a root.
#pragma once

#include "gc/heap/heap.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace evjit::gc {

Value make_int_slow(Mutator &m, int64_t i);
inline Value make_int(Mutator &m, int64_t i) { return fits_fixnum(i) ? Value::fixnum(i) : make_int_slow(m, i); }
Value make_float(Mutator &m, double d);
Value make_string(Mutator &m, std::string_view utf8);  // must be valid UTF-8
Value make_mstring(Mutator &m, std::string_view utf8);
Value make_bytes(Mutator &m, const void *data, size_t n);
Value make_mbytes(Mutator &m, const void *data, size_t n);
Value cons(Mutator &m, Value head, Value tail);
Value make_list(Mutator &m, const Value *items, size_t n);
Value make_array(Mutator &m, const Value *items, size_t n); // null items: filled with nil
Value make_marray(Mutator &m, const Value *items, size_t n, size_t capacity = 0);
void marray_push(Mutator &m, Value arr, Value v);
Value make_struct(Mutator &m, const Value *kv, size_t entries); // sorts; the last of equal keys wins; keys are valid already
Value make_mstruct(Mutator &m, const Value *kv, size_t entries);
Value make_set(Mutator &m, const Value *items, size_t n); // sorts, removes equals; elements deep-frozen already
Value make_mset(Mutator &m, const Value *items, size_t n);
Value make_box(Mutator &m, Value v);
Value make_cell(Mutator &m, Value v);
Value make_parameter(Mutator &m, Value initial);
Value make_closure(Mutator &m, const FnProto *proto, Value instance, const Value *captures, size_t n);
Value make_instance(Mutator &m, const UnitDesc *unit); // slots are kUnset
Value make_syntax(Mutator &m, Value datum, uint32_t chain, uint32_t file, uint32_t line, uint32_t col);
Value make_opaque(Mutator &m, const OpaqueClass *cls, void *data, Value field = kNil);

inline Value keyword(std::string_view name) { return intern_keyword(name); }
inline Value symbol(std::string_view name) { return intern_symbol(name); }

// --- looking ---------------------------------------------------------------------------------------------------------
inline bool is_int(Value v) { return v.is_fixnum() || is(v, Type::Int64); }
inline int64_t int_of(Value v) { return v.is_fixnum() ? v.as_fixnum() : v.as<Int64>()->v; }
inline bool is_float(Value v) { return is(v, Type::Float); }
inline double float_of(Value v) { return v.as<Float>()->v; }
inline bool is_number(Value v) { return is_int(v) || is_float(v); }
inline double number_as_double(Value v) { return is_float(v) ? float_of(v) : static_cast<double>(int_of(v)); }
inline bool is_symbol(Value v) { return is(v, Type::Symbol); }
inline bool is_keyword(Value v) { return is(v, Type::Keyword); }
inline bool is_pair(Value v) { return is(v, Type::Pair); }
inline bool is_list(Value v) { return v.is_empty_list() || is_pair(v); }
inline bool is_string(Value v) { return is(v, Type::String) || is(v, Type::MString); } // either mutability
inline bool is_bytes(Value v) { return is(v, Type::Bytes) || is(v, Type::MBytes); }
inline bool is_one_of(Value v, Type first, Type last) {
  return v.is_object() && static_cast<unsigned>(v.as()->h.type) - static_cast<unsigned>(first) <=
                              static_cast<unsigned>(last) - static_cast<unsigned>(first);
}
// Of any form and either mutability; or the immutable ones, flat or trees.
inline bool is_array(Value v) { return is_one_of(v, Type::Array, Type::MArray); }
inline bool is_struct(Value v) { return is_one_of(v, Type::Struct, Type::MStruct); }
inline bool is_set(Value v) { return is_one_of(v, Type::Set, Type::MSet); }
inline bool is_immutable_array(Value v) { return is_one_of(v, Type::Array, Type::BigArray); }
inline bool is_immutable_struct(Value v) { return is_one_of(v, Type::Struct, Type::BigStruct); }
inline bool is_immutable_set(Value v) { return is_one_of(v, Type::Set, Type::BigSet); }
static_assert(static_cast<int>(Type::BigArray) == static_cast<int>(Type::Array) + 1 &&
              static_cast<int>(Type::MArray) == static_cast<int>(Type::BigArray) + 1);
static_assert(static_cast<int>(Type::BigStruct) == static_cast<int>(Type::Struct) + 1 &&
              static_cast<int>(Type::MStruct) == static_cast<int>(Type::BigStruct) + 1);
static_assert(static_cast<int>(Type::BigSet) == static_cast<int>(Type::Set) + 1 &&
              static_cast<int>(Type::MSet) == static_cast<int>(Type::BigSet) + 1);
inline bool is_closure(Value v) { return is(v, Type::Closure); } // user closures and builtins
inline Value head(Value pair) { return pair.as<Pair>()->head; }
inline Value tail(Value pair) { return pair.as<Pair>()->tail; }
inline std::string_view name_of(Value sym_or_kw) { return sym_or_kw.as<Name>()->view(); }
std::string_view string_view_of(Value str); // String or MString
std::string_view bytes_view_of(Value b);    // Bytes or MBytes, as chars
size_t array_length(Value arr);             // of any form
Value array_ref(Value arr, size_t i);       // of any form, in bounds
const Value *array_items(Value arr);        // Array or MArray, no tree; valid until the array is mutated
Value flat_array(Mutator &m, Value arr);    // arr itself if it is a flat immutable array, else one with the same elements
std::optional<size_t> list_length(Value list); // nullopt: improper or cyclic

// --- structs and sets (either mutability) ---------------------------------------------------------------------------
Value struct_get(Value s, Value key, Value otherwise = kNil);
Value struct_get(Value s, std::string_view keyword_name, Value otherwise = kNil);
Value struct_put(Mutator &m, Value s, Value key, Value value); // immutable: a new struct; mutable: s itself
size_t struct_length(Value s);
Value struct_keys_array(Mutator &m, Value s);  // immutable Array of the keys in compare order
bool set_contains(Value s, Value v);
Value set_items_array(Mutator &m, Value s);    // immutable Array in compare order

// --- operations of the language over all values (02) ------------------------------------------------------------------
bool equal(Value a, Value b);       // `=`
bool identical(Value a, Value b);   // `identical?`
int compare(Value a, Value b);      // total order, -1 0 1
uint64_t hash(Value v);             // consistent with equal
bool valid_key(Value v);            // may be a struct key
Value freeze(Mutator &m, Value v);  // shallow
Value thaw(Mutator &m, Value v);
Value deep_freeze(Mutator &m, Value v); // kError after raising :value-error on a cycle
Value type_keyword(Value v);        // (type-of v)
std::string_view type_name(Value v); // "string", "@array": without ':'

enum class PrintMode { Literal, Display };
void print_value(std::string &out, Value v, PrintMode mode); // never raises; cycles print as <cycle>
std::string print_literal(Value v);
std::string pretty_print(Value v, size_t columns); // (pp v) without the newline

} // namespace evjit::gc
