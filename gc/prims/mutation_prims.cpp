// Sequences (05 section 3), the functions that change mutable ones in place: push, pop, popn, insert, remove, append.
#include "gc/object/mutate.hpp"
#include "gc/object/ordered.hpp"
#include "gc/object/tree.hpp"
#include "gc/prims/prim_util.hpp"
#include "gc/prims/prims.hpp"
#include "gc/value/text.hpp"

#include <algorithm>

namespace evjit::gc {

namespace {

bool byte_arg(Mutator &m, std::string_view fn, Value v, int arg, char *out, Value *raised) {
  int64_t b;
  if (!want_int(m, fn, v, arg, &b, raised))
    return false;
  if (b < 0 || b > 255) {
    *raised = argument_error(m, fn, "byte out of range 0-255: " + std::to_string(b));
    return false;
  }
  *out = static_cast<char>(b);
  return true;
}

bool is_mutable_sequence(Value v) { return is(v, Type::MArray) || is(v, Type::MString) || is(v, Type::MBytes); }

Value want_mutable_sequence(Mutator &m, std::string_view fn, Value v) {
  return type_error(m, fn, "@array, @string or @bytes", v, 0);
}

// Cuts elements [from, to) out of s.
void cut(Mutator &m, Value s, size_t from, size_t to) {
  if (is(s, Type::MArray)) {
    marray_splice(m, s, from, to - from, nullptr, 0);
    return;
  }
  std::string text(is_string(s) ? string_view_of(s) : bytes_view_of(s));
  if (is_string(s) && !text::is_plain(text)) {
    size_t a = text::grapheme_offset(text, from);
    to = a + text::grapheme_offset(std::string_view(text).substr(a), to - from);
    from = a;
  }
  text.erase(from, to - from);
  is_string(s) ? mstring_assign(m, s, text) : mbytes_assign(m, s, text);
}

} // namespace

EVJIT_PRIM(evrt_seq_array_new) {
  int64_t n;
  Value raised;
  if (!want_int(m, "array/new", args[0], 0, &n, &raised))
    return raised;
  if (n < 0)
    return argument_error(m, "array/new", "length must not be negative, got " + std::to_string(n));
  if (n > (int64_t{1} << 32))
    return argument_error(m, "array/new", "length is too large: " + std::to_string(n));
  Value out = make_marray(m, nullptr, static_cast<size_t>(n));
  Value *items = out.as<MArray>()->buf.as<ValueBuf>()->items;
  std::fill(items, items + n, args[1]);
  return out;
}
EVJIT_PRIM(evrt_seq_push) {
  Value s = args[0], v = args[1], raised;
  char byte;
  switch (kind_of(s)) {
  case Kind::MArray: marray_push(m, s, v); return s;
  case Kind::Array: {
    size_t n = array_length(s);
    if (n >= kFlatMax)
      return array_tree_push(m, tree_of(m, s), v);
    Value out = make_array(m, nullptr, n + 1);
    std::copy(array_items(s), array_items(s) + n, out.as<Array>()->items);
    out.as<Array>()->items[n] = v;
    return out;
  }
  case Kind::String:
  case Kind::MString:
    if (!is_string(v))
      return type_error(m, "push", "string", v, 1);
    if (is(s, Type::String))
      return make_string(m, std::string(string_view_of(s)).append(string_view_of(v)));
    mstring_append(m, s, string_view_of(v));
    return s;
  case Kind::Bytes:
  case Kind::MBytes: {
    if (!byte_arg(m, "push", v, 1, &byte, &raised))
      return raised;
    if (is(s, Type::MBytes)) {
      mbytes_append(m, s, {&byte, 1});
      return s;
    }
    std::string all(bytes_view_of(s));
    all += byte;
    return make_bytes(m, all.data(), all.size());
  }
  default: return type_error(m, "push", "array, string or bytes", s, 0);
  }
}
EVJIT_PRIM(evrt_seq_pop) {
  Value s = args[0];
  if (!is_mutable_sequence(s))
    return want_mutable_sequence(m, "pop", s);
  if (is(s, Type::MArray) && array_length(s) > 0) {
    auto *a = s.as<MArray>();
    Value &slot = a->buf.as<ValueBuf>()->items[--a->len];
    Value v = slot;
    slot = kNil;
    return v;
  }
  if (is_array(s) || (is_bytes(s) ? bytes_view_of(s) : string_view_of(s)).empty())
    return argument_error(m, "pop", "empty sequence");
  if (is_bytes(s)) {
    auto *b = s.as<MBytes>();
    return Value::fixnum(b->buf.as<RawBuf>()->data[--b->len]);
  }
  std::string_view text = string_view_of(s);
  size_t at = text::last_grapheme(text);
  Value last = make_string(m, text.substr(at));
  s.as<MString>()->len = at;
  return last;
}
EVJIT_PRIM(evrt_seq_popn) {
  Value s = args[0], raised;
  int64_t n;
  if (!is_mutable_sequence(s))
    return want_mutable_sequence(m, "popn", s);
  if (!want_int(m, "popn", args[1], 1, &n, &raised))
    return raised;
  if (n < 0)
    return argument_error(m, "popn", "count must not be negative, got " + std::to_string(n));
  size_t length = *collection_length(s), from = length - std::min(length, static_cast<size_t>(n));
  Value out = slice_of(m, s, from, length, length);
  cut(m, s, from, length);
  return out;
}
EVJIT_PRIM(evrt_seq_insert) {
  Value s = args[0], v = args[2], raised;
  int64_t i;
  if (!is_mutable_sequence(s))
    return want_mutable_sequence(m, "insert", s);
  if (!want_int(m, "insert", args[1], 1, &i, &raised))
    return raised;
  auto n = static_cast<int64_t>(*collection_length(s));
  if (i < 0)
    i += n;
  if (i < 0)
    return argument_error(m, "insert", "index " + std::to_string(i - n) + " is before the start");
  auto at = static_cast<size_t>(std::min(i, n));
  if (is(s, Type::MArray)) {
    marray_splice(m, s, at, 0, &v, 1);
    return s;
  }
  std::string all(is_string(s) ? string_view_of(s) : bytes_view_of(s));
  if (is_string(s)) {
    if (!is_string(v))
      return type_error(m, "insert", "string", v, 2);
    all.insert(text::is_plain(all) ? at : text::grapheme_offset(all, at), string_view_of(v));
    mstring_assign(m, s, all);
    return s;
  }
  char byte;
  if (!byte_arg(m, "insert", v, 2, &byte, &raised))
    return raised;
  all.insert(at, 1, byte);
  mbytes_assign(m, s, all);
  return s;
}
EVJIT_PRIM(evrt_seq_remove) {
  Value s = args[0], raised;
  int64_t i, n = 1;
  if (!is_mutable_sequence(s))
    return want_mutable_sequence(m, "remove", s);
  if (!want_int(m, "remove", args[1], 1, &i, &raised) || (argc > 2 && !want_int(m, "remove", args[2], 2, &n, &raised)))
    return raised;
  if (n < 0)
    return argument_error(m, "remove", "count must not be negative, got " + std::to_string(n));
  size_t length = *collection_length(s), at;
  if (resolve_index(i, length, &at))
    cut(m, s, at, at + std::min(static_cast<size_t>(n), length - at));
  return s;
}
EVJIT_PRIM(evrt_seq_append) {
  Value a = args[0], b = args[1];
  switch (kind_of(a)) {
  case Kind::MArray:
    if (is_array(b)) {
      if (is(b, Type::BigArray))
        b = flat_array(m, b);
      marray_append(m, a, array_items(b), array_length(b));
      keep_alive(b);
      return a;
    }
    break;
  case Kind::MString:
    if (is_string(b)) {
      mstring_append(m, a, string_view_of(b));
      return a;
    }
    break;
  case Kind::MBytes:
    if (is_bytes(b)) {
      mbytes_append(m, a, bytes_view_of(b));
      return a;
    }
    break;
  case Kind::MSet:
  case Kind::MStruct: {
    bool sets = is_set(a);
    if (sets ? !is_set(b) : !is_struct(b))
      break;
    OrderedView view = ordered_view(b);
    for (size_t i = 0; i < view.n; i += sets ? 1 : 2)
      sets ? set_add(m, a, view.items[i]) : struct_put(m, a, view.items[i], view.items[i + 1]);
    keep_alive(b); // the view does not
    return a;
  }
  default: break;
  }
  return join_collections(m, "append", args, 2);
}
EVJIT_PRIM(evrt_lib_replace_all) {
  if (!is(args[0], Type::MArray) || !is_array(args[1]))
    return type_error(m, "%%replace-all!", "@array", args[0], 0);
  Value elements = is(args[1], Type::BigArray) ? flat_array(m, args[1]) : args[1];
  marray_splice(m, args[0], 0, array_length(args[0]), array_items(elements), array_length(elements));
  keep_alive(elements);
  return args[0];
}

static const PrimDef kRows[] = {
    {.name = "array/new", EVJIT_PRIM_FN(evrt_seq_array_new), .arity = {2, 2}, .params = "n v", .doc = "An @array of n times v.",
     .example = "(array/new 2 0) # => @[0 0]"},
    {.name = "push", EVJIT_PRIM_FN(evrt_seq_push), .arity = {2, 2}, .params = "s v",
     .doc = "s with v at the end: a new sequence, or s itself, changed, if it is mutable.", .example = "(push [1] 2) # => [1 2]",
     .aliases = "%push"},
    {.name = "pop", EVJIT_PRIM_FN(evrt_seq_pop), .arity = {1, 1}, .params = "s", .doc = "Removes the last element and returns it.",
     .example = "(pop @[1 2]) # => 2", .aliases = "%pop"},
    {.name = "popn", EVJIT_PRIM_FN(evrt_seq_popn), .arity = {2, 2}, .params = "s n",
     .doc = "Removes the last n elements and returns them in order.", .example = "(popn @[1 2 3] 2) # => @[2 3]"},
    {.name = "insert", EVJIT_PRIM_FN(evrt_seq_insert), .arity = {3, 3}, .params = "s i v",
     .doc = "Puts v in front of the element at i, in place; returns s.", .example = "(insert @[1 3] 1 2) # => @[1 2 3]"},
    {.name = "remove", EVJIT_PRIM_FN(evrt_seq_remove), .arity = {2, 3}, .params = "s i &opt n",
     .doc = "Removes n (1) elements at i, in place; returns s.", .example = "(remove @[1 2 3] 0) # => @[2 3]"},
    {.name = "append", EVJIT_PRIM_FN(evrt_seq_append), .arity = {2, 2}, .params = "a b",
     .doc = "a followed by b, of one kind; a mutable a is extended in place. Sets: union, structs: b wins.",
     .example = "(append (list 1) (list 2)) # => (1 2)"},
    {.name = "%%replace-all!", EVJIT_PRIM_FN(evrt_lib_replace_all), .arity = {2, 2}, .params = "arr elements"},
};
const std::span<const PrimDef> kMutationPrims = kRows;

} // namespace evjit::gc
