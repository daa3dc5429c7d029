// Sequences (gc/value/seq.hpp).
#include "gc/value/seq.hpp"

#include "gc/errors.hpp"
#include "gc/object/ordered.hpp"
#include "gc/object/tree.hpp"
#include "gc/value/text.hpp"

namespace evjit::gc {

Value seq_datum(Value v) {
  if (!is(v, Type::Syntax))
    return v;
  Value d = v.as<Syntax>()->datum;
  return is_list(d) || is_array(d) ? d : v;
}

Kind kind_of(Value v) {
  if (v.is_empty_list())
    return Kind::List;
  if (!v.is_object())
    return Kind::None;
  switch (v.as()->h.type) {
  case Type::Pair: return Kind::List;
  case Type::Array:
  case Type::BigArray: return Kind::Array;
  case Type::MArray: return Kind::MArray;
  case Type::String: return Kind::String;
  case Type::MString: return Kind::MString;
  case Type::Bytes: return Kind::Bytes;
  case Type::MBytes: return Kind::MBytes;
  case Type::Set:
  case Type::BigSet: return Kind::Set;
  case Type::MSet: return Kind::MSet;
  case Type::Struct:
  case Type::BigStruct: return Kind::Struct;
  case Type::MStruct: return Kind::MStruct;
  default: return Kind::None;
  }
}

std::optional<size_t> collection_length(Value c) {
  c = seq_datum(c);
  switch (kind_of(c)) {
  case Kind::None: return std::nullopt;
  case Kind::List: return list_length(c);
  case Kind::Array:
  case Kind::MArray: return array_length(c);
  case Kind::String:
  case Kind::MString: return text::string_length(c);
  case Kind::Bytes:
  case Kind::MBytes: return bytes_view_of(c).size();
  case Kind::Set:
  case Kind::MSet: return set_length(c);
  case Kind::Struct:
  case Kind::MStruct: return struct_length(c);
  }
  return std::nullopt;
}

Value grapheme_string(Mutator &m, std::string_view g) { return make_string(m, g); }

namespace {

Value string_elements(Mutator &m, Value c) {
  size_t n = text::string_length(c);
  Value out = make_array(m, nullptr, n);
  size_t pos = 0;
  for (size_t i = 0; i < n; ++i) {
    std::string_view s = string_view_of(c);
    size_t end = text::grapheme_end(s, pos);
    Value g = make_string(m, std::string(s.substr(pos, end - pos)));
    write_barrier(m, out.as(), g);
    out.as<Array>()->items[i] = g;
    pos = end;
  }
  return out;
}

Value bytes_elements(Mutator &m, Value c) {
  size_t n = bytes_view_of(c).size();
  Value out = make_array(m, nullptr, n);
  std::string_view s = bytes_view_of(c);
  for (size_t i = 0; i < n; ++i)
    out.as<Array>()->items[i] = Value::fixnum(static_cast<unsigned char>(s[i]));
  return out;
}

Value list_elements(Mutator &m, Value c) {
  auto n = list_length(c);
  if (!n)
    return kAbsent;
  Value out = make_array(m, nullptr, *n);
  for (size_t i = 0; i < *n; ++i, c = tail(c))
    out.as<Array>()->items[i] = head(c);
  return out;
}

} // namespace

Value collection_elements(Mutator &m, Value c) {
  c = seq_datum(c);
  switch (kind_of(c)) {
  case Kind::None: return kAbsent;
  case Kind::List: return list_elements(m, c);
  case Kind::Array:
  case Kind::MArray: return flat_array(m, c);
  case Kind::String:
  case Kind::MString: return string_elements(m, c);
  case Kind::Bytes:
  case Kind::MBytes: return bytes_elements(m, c);
  case Kind::Set:
  case Kind::MSet: return set_items_array(m, c);
  case Kind::Struct:
  case Kind::MStruct: return struct_pairs_array(m, c);
  }
  return kAbsent;
}

namespace {

Value build_string(Mutator &m, std::string_view fn, Kind kind, const Value *items, size_t n) {
  std::string s;
  for (size_t i = 0; i < n; ++i) {
    if (!is_string(items[i]))
      return type_error(m, fn, "string", items[i]);
    s += string_view_of(items[i]);
  }
  return kind == Kind::String ? make_string(m, s) : make_mstring(m, s);
}

Value build_bytes(Mutator &m, std::string_view fn, Kind kind, const Value *items, size_t n) {
  std::string s;
  for (size_t i = 0; i < n; ++i) {
    if (!is_int(items[i]))
      return type_error(m, fn, "integer", items[i]);
    int64_t b = int_of(items[i]);
    if (b < 0 || b > 255)
      return value_error(m, fn, "byte out of range 0-255: " + std::to_string(b));
    s += static_cast<char>(b);
  }
  return kind == Kind::Bytes ? make_bytes(m, s.data(), s.size()) : make_mbytes(m, s.data(), s.size());
}

Value build_set(Mutator &m, Kind kind, const Value *items, size_t n) {
  Value frozen = make_array(m, nullptr, n);
  for (size_t i = 0; i < n; ++i) {
    Value v = deep_freeze(m, items[i]);
    if (v.is_error())
      return v;
    write_barrier(m, frozen.as(), v);
    frozen.as<Array>()->items[i] = v;
  }
  const Value *f = frozen.as<Array>()->items;
  return kind == Kind::Set ? make_set(m, f, n) : make_mset(m, f, n);
}

Value build_struct(Mutator &m, std::string_view fn, Kind kind, const Value *items, size_t n) {
  Value flat = make_array(m, nullptr, 2 * n);
  for (size_t i = 0; i < n; ++i) {
    Value entry = collection_elements(m, items[i]);
    if (entry == kAbsent || entry.as()->h.aux != 2 || !(is_list(items[i]) || is_array(items[i])))
      return type_error(m, fn, "[key value] pair", items[i]);
    Value key = entry.as<Array>()->items[0];
    if (!valid_key(key))
      return type_error(m, fn, "valid struct key", key);
    write_barrier(m, flat.as(), entry);
    flat.as<Array>()->items[2 * i] = key;
    flat.as<Array>()->items[2 * i + 1] = entry.as<Array>()->items[1];
  }
  const Value *kv = flat.as<Array>()->items;
  return kind == Kind::Struct ? make_struct(m, kv, n) : make_mstruct(m, kv, n);
}

} // namespace

Value build_like(Mutator &m, std::string_view fn, Value like, const Value *items, size_t n) {
  Kind kind = kind_of(seq_datum(like));
  switch (kind) {
  case Kind::None: return type_error(m, fn, "collection", like);
  case Kind::List: return make_list(m, items, n);
  case Kind::Array: return make_array(m, n ? items : nullptr, n);
  case Kind::MArray: return make_marray(m, n ? items : nullptr, n);
  case Kind::String:
  case Kind::MString: return build_string(m, fn, kind, items, n);
  case Kind::Bytes:
  case Kind::MBytes: return build_bytes(m, fn, kind, items, n);
  case Kind::Set:
  case Kind::MSet: return build_set(m, kind, items, n);
  case Kind::Struct:
  case Kind::MStruct: return build_struct(m, fn, kind, items, n);
  }
  return kError;
}

namespace {

Value slice_list(Mutator &m, Value seq, size_t from, size_t to, size_t length) {
  for (size_t i = 0; i < from; ++i)
    seq = tail(seq);
  if (to == length)
    return seq;
  Value part = make_marray(m, nullptr, 0, to - from);
  for (size_t i = from; i < to; ++i, seq = tail(seq))
    marray_push(m, part, head(seq));
  return make_list(m, array_items(part), to - from);
}

Value slice_tree(Mutator &m, Value seq, size_t from, size_t to) {
  Value part = make_array(m, nullptr, to - from);
  array_tree_copy(seq, from, to, part.as<Array>()->items);
  return part;
}

Value slice_string(Mutator &m, Value seq, size_t from, size_t to) {
  std::string_view s = string_view_of(seq);
  if (!text::string_is_plain(seq)) {
    size_t a = text::grapheme_offset(s, from);
    size_t b = a + text::grapheme_offset(s.substr(a), to - from);
    from = a;
    to = b;
  }
  std::string part(s.substr(from, to - from));
  return is(seq, Type::String) ? make_string(m, part) : make_mstring(m, part);
}

} // namespace

Value slice_of(Mutator &m, Value seq, size_t from, size_t to, size_t length) {
  seq = seq_datum(seq);
  switch (kind_of(seq)) {
  case Kind::List: return from >= to ? kEmpty : slice_list(m, seq, from, to, length);
  case Kind::Array:
    if (is(seq, Type::BigArray))
      return slice_tree(m, seq, from, to);
    return make_array(m, from < to ? array_items(seq) + from : nullptr, to - from);
  case Kind::MArray: return make_marray(m, from < to ? array_items(seq) + from : nullptr, to - from);
  case Kind::String:
  case Kind::MString: return slice_string(m, seq, from, to);
  case Kind::Bytes:
  case Kind::MBytes: {
    std::string part(bytes_view_of(seq).substr(from, to - from));
    return is(seq, Type::Bytes) ? make_bytes(m, part.data(), part.size()) : make_mbytes(m, part.data(), part.size());
  }
  default: return kError;
  }
}

} // namespace evjit::gc
