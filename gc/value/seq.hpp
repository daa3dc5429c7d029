// Lists, arrays, strings, bytes, sets and structs as sequences (05, general rules): their kind, their elements, and building
// another collection of the same kind. A syntax object that wraps a list or array counts as what it wraps (04 section 3).
#pragma once

#include "gc/value/make.hpp"

namespace evjit::gc {

enum class Kind : uint8_t { None, List, Array, MArray, String, MString, Bytes, MBytes, Set, MSet, Struct, MStruct };

Kind kind_of(Value v);            // of a value that seq_datum has looked through
Value seq_datum(Value v);         // the list or array inside a syntax object; anything else itself
inline bool is_sequence(Kind k) { return k >= Kind::List && k <= Kind::MBytes; }
inline bool is_mutable_kind(Kind k) {
  return k == Kind::MArray || k == Kind::MString || k == Kind::MBytes || k == Kind::MSet || k == Kind::MStruct;
}

// Number of elements (graphemes, bytes, entries); nullopt: not a collection, or an improper list.
std::optional<size_t> collection_length(Value c);

// A flat Array of the elements: the value itself if it is one, a fresh one otherwise. kAbsent: not a collection,
// or an improper list.
Value collection_elements(Mutator &m, Value c);

// A collection of the kind of `like` made from elements; kError after raising (an element does not fit).
// Structs take [k v] arrays or lists; strings take strings; sets deep-freeze.
Value build_like(Mutator &m, std::string_view fn, Value like, const Value *items, size_t n);

// Elements [from, to) of a sequence as a new value of its kind (a list shares its tail when `to` is the end).
// from <= to <= length; `length` as collection_length answers it.
Value slice_of(Mutator &m, Value seq, size_t from, size_t to, size_t length);

// A one-grapheme string; single ASCII characters are shared.
Value grapheme_string(Mutator &m, std::string_view g);

} // namespace evjit::gc
