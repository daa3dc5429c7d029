// Generic access to collections (gc/value/access.hpp; 05 section 2).
#include "gc/value/access.hpp"

#include "gc/object/mutate.hpp"
#include "gc/object/ordered.hpp"
#include "gc/object/tree.hpp"
#include "gc/prims/prim_util.hpp"
#include "gc/value/text.hpp"

#include <algorithm>

namespace evjit::gc {

namespace {

Value or_nil(Value otherwise) { return otherwise == kAbsent ? kNil : otherwise; }

Value get_list(Mutator &m, std::string_view fn, Value c, int64_t i, Value otherwise) {
  if (i < 0) {
    auto n = list_length(c);
    if (!n)
      return type_error_text(m, fn, "expected proper list, got improper list", c);
    i += static_cast<int64_t>(*n);
    if (i < 0)
      return or_nil(otherwise);
  }
  for (; is_pair(c); c = tail(c), --i)
    if (i == 0)
      return head(c);
  return or_nil(otherwise);
}

// Bytes from..to of grapheme i; false: there is none.
bool find_grapheme(Value str, int64_t i, size_t *from, size_t *to) {
  std::string_view s = string_view_of(str);
  if (text::string_is_plain(str)) {
    if (!resolve_index(i, s.size(), from))
      return false;
    *to = *from + 1;
    return true;
  }
  if (i < 0) {
    i += static_cast<int64_t>(text::string_length(str));
    if (i < 0)
      return false;
  }
  *from = text::grapheme_offset(s, static_cast<size_t>(i));
  if (*from >= s.size())
    return false;
  *to = text::grapheme_end(s, *from);
  return true;
}

Value get_indexed(Mutator &m, std::string_view fn, Value c, Value k, Value otherwise) {
  if (!is_int(k))
    return type_error(m, fn, "integer index", k, 1);
  int64_t i = int_of(k);
  if (is_array(c)) {
    size_t at;
    return resolve_index(i, array_length(c), &at) ? array_ref(c, at) : or_nil(otherwise);
  }
  if (is_list(c))
    return get_list(m, fn, c, i, otherwise);
  if (is_string(c)) {
    size_t from, to;
    if (!find_grapheme(c, i, &from, &to))
      return or_nil(otherwise);
    return grapheme_string(m, string_view_of(c).substr(from, to - from));
  }
  size_t at;
  std::string_view b = bytes_view_of(c);
  if (resolve_index(i, b.size(), &at))
    return Value::fixnum(static_cast<unsigned char>(b[at]));
  if (otherwise != kAbsent)
    return otherwise;
  return argument_error(m, fn, "index " + std::to_string(i) + " out of range for " + std::to_string(b.size()) + " bytes");
}

Value put_indexed(Mutator &m, std::string_view fn, Value c, Value k, Value v) {
  if (!is_int(k))
    return type_error(m, fn, "integer index", k, 1);
  int64_t i = int_of(k);
  auto out_of_range = [&] { return argument_error(m, fn, "index " + std::to_string(i) + " out of range"); };
  size_t at;
  if (is_array(c)) {
    if (!resolve_index(i, array_length(c), &at))
      return out_of_range();
    if (is_immutable_array(c) && array_length(c) > kFlatMax)
      return array_tree_put(m, tree_of(m, c), at, v);
    if (is(c, Type::MArray)) {
      auto *buf = c.as<MArray>()->buf.as<ValueBuf>();
      write_barrier(m, buf, v);
      buf->items[at] = v;
      return c;
    }
    Value copy = make_array(m, array_items(c), array_length(c));
    copy.as<Array>()->items[at] = v;
    return copy;
  }
  if (is_string(c)) {
    size_t from, to;
    if (!is_string(v))
      return type_error(m, fn, "string", v, 2);
    if (!find_grapheme(c, i, &from, &to))
      return out_of_range();
    std::string s(string_view_of(c));
    s.replace(from, to - from, string_view_of(v));
    if (is(c, Type::String))
      return make_string(m, s);
    mstring_assign(m, c, s);
    return c;
  }
  if (!is_int(v))
    return type_error(m, fn, "integer", v, 2);
  if (int_of(v) < 0 || int_of(v) > 255)
    return argument_error(m, fn, "byte out of range 0-255: " + std::to_string(int_of(v)));
  if (!resolve_index(i, bytes_view_of(c).size(), &at))
    return out_of_range();
  Value target = is(c, Type::MBytes) ? c : make_bytes(m, bytes_view_of(c).data(), bytes_view_of(c).size());
  auto *data = is(c, Type::MBytes) ? c.as<MBytes>()->buf.as<RawBuf>()->data : target.as<Bytes>()->data;
  data[at] = static_cast<uint8_t>(int_of(v));
  return target;
}

} // namespace

Value access_get(Mutator &m, std::string_view fn, Value c, Value k, Value otherwise) {
  if (is_struct(c)) {
    if (!valid_key(k))
      return key_error(m, fn, k, 1);
    return struct_get(c, k, or_nil(otherwise));
  }
  c = seq_datum(c);
  if (is_array(c) || is_list(c) || is_string(c) || is_bytes(c))
    return get_indexed(m, fn, c, k, otherwise);
  return type_error(m, fn, "indexable collection", c, 0);
}

Value access_call(Mutator &m, Value c, const Value *args, size_t argc) {
  std::string_view fn = type_name(c);
  if (is_set(c)) {
    if (argc != 1)
      return raise_error(m, "arity-error", prefixed(fn, "called with ") + std::to_string(argc) + " arguments, expected 1",
                         {{"expected", Value::fixnum(1)}, {"actual", Value::fixnum(static_cast<int64_t>(argc))}});
    return access_has(m, fn, c, args[0]);
  }
  if (argc < 1 || argc > 2)
    return raise_error(m, "arity-error", prefixed(fn, "called with ") + std::to_string(argc) + " arguments, expected 1 or 2",
                       {{"expected", cons(m, Value::fixnum(1), Value::fixnum(2))},
                        {"actual", Value::fixnum(static_cast<int64_t>(argc))}});
  return access_get(m, fn, c, args[0], argc == 2 ? args[1] : kNil);
}

Value access_put(Mutator &m, std::string_view fn, Value c, Value k, Value v) {
  if (is_struct(c)) {
    if (!valid_key(k))
      return key_error(m, fn, k, 1);
    return struct_put(m, c, k, v);
  }
  if (is_array(c) || is_string(c) || is_bytes(c))
    return put_indexed(m, fn, c, k, v);
  return type_error(m, fn, "array, string, bytes or struct", c, 0);
}

Value access_has(Mutator &m, std::string_view fn, Value c, Value x) {
  if (is_struct(c)) {
    if (!valid_key(x))
      return key_error(m, fn, x, 1);
    return Value::boolean(struct_get(c, x, kAbsent) != kAbsent);
  }
  if (is_set(c)) {
    x = deep_freeze(m, x);
    return x.is_error() ? x : Value::boolean(set_contains(c, x));
  }
  if (is_string(c)) {
    if (!is_string(x))
      return type_error(m, fn, "string", x, 1);
    return Value::boolean(string_view_of(c).find(string_view_of(x)) != std::string_view::npos);
  }
  return type_error(m, fn, "string, struct or set", c, 0);
}

Value access_del(Mutator &m, std::string_view fn, Value c, Value k) {
  if (is_struct(c)) {
    if (!valid_key(k))
      return key_error(m, fn, k, 1);
    return struct_remove(m, c, k);
  }
  if (is_set(c)) {
    k = deep_freeze(m, k);
    return k.is_error() ? k : set_remove(m, c, k);
  }
  return type_error(m, fn, "struct or set", c, 0);
}

Value access_length(Mutator &m, std::string_view fn, Value c) {
  if (c.is_nil())
    return Value::fixnum(0);
  if (is_symbol(c) || is_keyword(c))
    return Value::fixnum(static_cast<int64_t>(text::grapheme_count(name_of(c))));
  auto n = collection_length(c);
  if (n)
    return Value::fixnum(static_cast<int64_t>(*n));
  return is_pair(c) ? type_error_text(m, fn, "expected proper list, got improper list", c) : type_error(m, fn, "collection", c, 0);
}

} // namespace evjit::gc
