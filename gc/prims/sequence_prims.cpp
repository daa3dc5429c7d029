// Sequences (05 section 3), the functions that change nothing. Results are kind-preserving unless said otherwise.
#include "gc/object/ordered.hpp"
#include "gc/object/scan.hpp"
#include "gc/prims/prim_util.hpp"
#include "gc/prims/prims.hpp"
#include "gc/value/access.hpp"
#include "gc/value/text.hpp"

#include <algorithm>
#include <vector>

namespace evjit::gc {

namespace {

// A checked sequence argument: list or array inside a syntax object counts as itself. `ok` false: return `value`.
struct Seq {
  Value value;
  size_t length = 0;
  bool ok = false;
};

Seq sequence_arg(Mutator &m, std::string_view fn, Value v, int arg) {
  Seq s{seq_datum(v)};
  if (!is_sequence(kind_of(s.value))) {
    s.value = not_a_sequence(m, fn, v, arg);
    return s;
  }
  auto n = collection_length(s.value);
  if (!n) {
    s.value = type_error_text(m, fn, "expected proper list, got improper list", v);
    return s;
  }
  s.length = *n;
  s.ok = true;
  return s;
}

// Count argument of take, drop, partition.
bool count_arg(Mutator &m, std::string_view fn, Value v, int64_t least, size_t *out, Value *raised) {
  int64_t n;
  if (!want_int(m, fn, v, 0, &n, raised))
    return false;
  if (n < least) {
    *raised = argument_error(m, fn, "count must be at least " + std::to_string(least) + ", got " + std::to_string(n));
    return false;
  }
  *out = static_cast<size_t>(n);
  return true;
}

Value element(Mutator &m, std::string_view fn, Value s, size_t i) {
  return access_get(m, fn, s, Value::fixnum(static_cast<int64_t>(i)), kNil);
}

// The elements of a sequence as an Array; kError after raising.
Value elements_arg(Mutator &m, std::string_view fn, Value v, int arg) {
  Value d = seq_datum(v);
  Value items = is_sequence(kind_of(d)) ? collection_elements(m, d) : kAbsent;
  if (items != kAbsent)
    return items;
  return is_pair(d) ? type_error_text(m, fn, "expected proper list, got improper list", v) : not_a_sequence(m, fn, v, arg);
}

Value build(Mutator &m, std::string_view fn, Value like, Value array) {
  return build_like(m, fn, like, array_items(array), array_length(array));
}

} // namespace

EVJIT_PRIM(evrt_seq_first) {
  Value c = seq_datum(args[0]);
  if (is_pair(c))
    return head(c);
  Seq s = sequence_arg(m, "first", args[0], 0);
  if (!s.ok)
    return s.value;
  return s.length ? element(m, "first", s.value, 0) : argument_error(m, "first", "empty sequence");
}
EVJIT_PRIM(evrt_seq_second) {
  Value c = seq_datum(args[0]);
  if (is_pair(c) && is_pair(tail(c)))
    return head(tail(c));
  Seq s = sequence_arg(m, "second", args[0], 0);
  if (!s.ok)
    return s.value;
  return s.length > 1 ? element(m, "second", s.value, 1) : argument_error(m, "second", "fewer than two elements");
}
EVJIT_PRIM(evrt_seq_last) {
  Seq s = sequence_arg(m, "last", args[0], 0);
  if (!s.ok)
    return s.value;
  return s.length ? element(m, "last", s.value, s.length - 1) : argument_error(m, "last", "empty sequence");
}
EVJIT_PRIM(evrt_seq_rest) {
  Value c = seq_datum(args[0]);
  if (is_pair(c))
    return tail(c);
  Seq s = sequence_arg(m, "rest", args[0], 0);
  if (!s.ok)
    return s.value;
  return slice_of(m, s.value, std::min<size_t>(1, s.length), s.length, s.length);
}
EVJIT_PRIM(evrt_seq_butlast) {
  Seq s = sequence_arg(m, "butlast", args[0], 0);
  return s.ok ? slice_of(m, s.value, 0, s.length ? s.length - 1 : 0, s.length) : s.value;
}
EVJIT_PRIM(evrt_seq_take) {
  size_t n;
  Value raised;
  if (!count_arg(m, "take", args[0], 0, &n, &raised))
    return raised;
  Seq s = sequence_arg(m, "take", args[1], 1);
  return s.ok ? slice_of(m, s.value, 0, std::min(n, s.length), s.length) : s.value;
}
EVJIT_PRIM(evrt_seq_drop) {
  size_t n;
  Value raised;
  if (!count_arg(m, "drop", args[0], 0, &n, &raised))
    return raised;
  Seq s = sequence_arg(m, "drop", args[1], 1);
  return s.ok ? slice_of(m, s.value, std::min(n, s.length), s.length, s.length) : s.value;
}
EVJIT_PRIM(evrt_seq_slice) {
  Seq s = sequence_arg(m, "slice", args[0], 0);
  if (!s.ok)
    return s.value;
  auto n = static_cast<int64_t>(s.length);
  int64_t from, to = n;
  Value raised;
  if (!want_int(m, "slice", args[1], 1, &from, &raised) ||
      (argc > 2 && !args[2].is_nil() && !want_int(m, "slice", args[2], 2, &to, &raised)))
    return raised;
  auto clamp = [n](int64_t i) { return std::clamp<int64_t>(i < 0 ? i + n : i, 0, n); };
  from = clamp(from);
  to = std::max(clamp(to), from);
  return slice_of(m, s.value, static_cast<size_t>(from), static_cast<size_t>(to), s.length);
}
EVJIT_PRIM(evrt_seq_reverse) {
  Value items = elements_arg(m, "reverse", args[0], 0);
  if (items.is_error())
    return items;
  size_t n = array_length(items);
  Value out = make_array(m, nullptr, n);
  for (size_t i = 0; i < n; ++i)
    out.as<Array>()->items[i] = items.as<Array>()->items[n - 1 - i];
  return build(m, "reverse", args[0], out);
}

// --- joining -------------------------------------------------------------------------------------------------------------
namespace {

// What collections must share to be joined: their kind whatever the mutability.
int family(Kind k) {
  switch (k) {
  case Kind::None: return 0;
  case Kind::List: return 1;
  case Kind::Array:
  case Kind::MArray: return 2;
  case Kind::String:
  case Kind::MString: return 3;
  case Kind::Bytes:
  case Kind::MBytes: return 4;
  case Kind::Set:
  case Kind::MSet: return 5;
  case Kind::Struct:
  case Kind::MStruct: return 6;
  }
  return 0;
}

bool are_few(Value set, const Value *others, size_t n) {
  size_t few = 0;
  for (size_t i = 0; i < n; ++i)
    few += set_length(others[i]);
  return few <= set_length(set) / kSmallPart;
}

Value add_all(Mutator &m, Value set, const Value *others, size_t n) {
  for (size_t i = 0; i < n; ++i)
    for (Scan s(others[i]); s.more();)
      set = set_add(m, set, s.next());
  return set;
}

// A new value like args[0] with the contents of all n collections; kError after raising.
Value join(Mutator &m, std::string_view fn, const Value *args, size_t n) {
  Value first = seq_datum(args[0]);
  int kind = family(kind_of(first));
  if (!kind)
    return type_error(m, fn, "collection", args[0], 0);
  for (size_t i = 1; i < n; ++i)
    if (family(kind_of(seq_datum(args[i]))) != kind)
      return type_error(m, fn, type_name(first), args[i], static_cast<int>(i));
  if (is_string(first) || is_bytes(first)) {
    std::string all;
    for (size_t i = 0; i < n; ++i)
      all += is_string(first) ? string_view_of(args[i]) : bytes_view_of(args[i]);
    if (is_string(first))
      return is(first, Type::String) ? make_string(m, all) : make_mstring(m, all);
    return is(first, Type::Bytes) ? make_bytes(m, all.data(), all.size()) : make_mbytes(m, all.data(), all.size());
  }
  if (is_struct(first)) {
    Value all = is_immutable_struct(first) ? first : struct_merge(m, first, make_struct(m, nullptr, 0));
    for (size_t i = 1; i < n; ++i)
      all = struct_merge(m, all, args[i]);
    return all;
  }
  if (is_immutable_set(first) && are_few(first, args + 1, n - 1))
    return add_all(m, first, args + 1, n - 1);
  if (is_list(first) && n == 2 && is_list(args[1])) { // the last list is shared, as it is
    Value items = elements_arg(m, fn, first, 0);
    if (items.is_error())
      return items;
    if (!list_length(args[1]))
      return type_error_text(m, fn, "expected proper list, got improper list", args[1]);
    Value list = args[1];
    for (size_t i = array_length(items); i-- > 0;)
      list = cons(m, items.as<Array>()->items[i], list);
    return list;
  }
  Value all = make_marray(m, nullptr, 0);
  for (size_t i = 0; i < n; ++i) {
    Value items = collection_elements(m, args[i]);
    if (items == kAbsent)
      return type_error_text(m, fn, "expected proper list, got improper list", args[i]);
    for (size_t k = 0; k < array_length(items); ++k)
      marray_push(m, all, items.as<Array>()->items[k]);
  }
  return is(first, Type::MArray) ? all : build(m, fn, first, all);
}

} // namespace

Value join_collections(Mutator &m, std::string_view fn, const Value *args, size_t n) { return join(m, fn, args, n); }

EVJIT_PRIM(evrt_seq_concat) { return join(m, "concat", args, argc); }

// --- regrouping ------------------------------------------------------------------------------------------------------------
EVJIT_PRIM(evrt_seq_distinct) {
  Value items = elements_arg(m, "distinct", args[0], 0);
  if (items.is_error())
    return items;
  // Positions ordered by value, then the first of each run of equals is kept, in the order of the positions.
  size_t n = array_length(items);
  const Value *v = items.as<Array>()->items;
  std::vector<size_t> order(n);
  for (size_t i = 0; i < n; ++i)
    order[i] = i;
  std::stable_sort(order.begin(), order.end(), [v](size_t a, size_t b) { return compare(v[a], v[b]) < 0; });
  std::vector<bool> keep(n);
  for (size_t i = 0; i < n; ++i)
    keep[order[i]] = i == 0 || compare(v[order[i - 1]], v[order[i]]) != 0;
  Value out = make_marray(m, nullptr, 0);
  for (size_t i = 0; i < n; ++i)
    if (keep[i])
      marray_push(m, out, items.as<Array>()->items[i]);
  return build(m, "distinct", args[0], out);
}

namespace {
bool flatten_into(Mutator &m, Value out, Value c, Value *raised) {
  if (stack_is_low(m)) {
    *raised = stack_overflow(m);
    return false;
  }
  Value items = elements_arg(m, "flatten", c, 0);
  if (items.is_error()) {
    *raised = items;
    return false;
  }
  for (size_t i = 0; i < array_length(items); ++i) {
    Value v = items.as<Array>()->items[i];
    if (!is_list(v) && !is_array(v))
      marray_push(m, out, v);
    else if (!flatten_into(m, out, v, raised))
      return false;
  }
  return true;
}
} // namespace

EVJIT_PRIM(evrt_seq_flatten) {
  Value out = make_marray(m, nullptr, 0), raised;
  if (!flatten_into(m, out, args[0], &raised))
    return raised;
  return build(m, "flatten", args[0], out);
}
EVJIT_PRIM(evrt_seq_interpose) {
  Value items = elements_arg(m, "interpose", args[1], 1);
  if (items.is_error())
    return items;
  Value out = make_marray(m, nullptr, 0);
  for (size_t i = 0; i < array_length(items); ++i) {
    if (i > 0)
      marray_push(m, out, args[0]);
    marray_push(m, out, items.as<Array>()->items[i]);
  }
  return build(m, "interpose", args[1], out);
}
namespace {
// What is left to be cut into chunks: a list by its cells, a string from a byte on, others from an element on.
struct Remainder {
  Value seq;
  size_t at = 0;
  size_t left; // elements
};

Value cut_chunk(Mutator &m, Remainder &r, size_t size) {
  Value chunk;
  if (is_list(r.seq)) {
    chunk = slice_of(m, r.seq, 0, size, r.left);
    r.seq = slice_of(m, r.seq, size, r.left, r.left);
  } else if (is_string(r.seq)) {
    std::string_view text = string_view_of(r.seq).substr(r.at);
    size_t bytes = text::string_is_plain(r.seq) ? size : text::grapheme_offset(text, size);
    std::string part(text.substr(0, bytes));
    chunk = is(r.seq, Type::String) ? make_string(m, part) : make_mstring(m, part);
    r.at += bytes;
  } else {
    chunk = slice_of(m, r.seq, r.at, r.at + size, r.at + r.left);
    r.at += size;
  }
  r.left -= size;
  return chunk;
}
} // namespace

// A string or bytes cannot hold chunks, so these give an array of them.
EVJIT_PRIM(evrt_seq_partition) {
  size_t n;
  Value raised;
  if (!count_arg(m, "partition", args[0], 1, &n, &raised))
    return raised;
  Seq s = sequence_arg(m, "partition", args[1], 1);
  if (!s.ok)
    return s.value;
  Value out = make_marray(m, nullptr, 0);
  Remainder rest{.seq = s.value, .left = s.length};
  while (rest.left > 0)
    marray_push(m, out, cut_chunk(m, rest, std::min(n, rest.left)));
  if (is_list(s.value) || is_array(s.value))
    return build(m, "partition", s.value, out);
  return is_mutable_kind(kind_of(s.value)) ? out : freeze(m, out);
}
EVJIT_PRIM(evrt_seq_zip) {
  if (argc == 0)
    return kEmpty;
  Value columns = make_array(m, nullptr, argc);
  size_t n = SIZE_MAX;
  for (size_t i = 0; i < argc; ++i) {
    Value items = elements_arg(m, "zip", args[i], static_cast<int>(i));
    if (items.is_error())
      return items;
    write_barrier(m, columns.as(), items);
    columns.as<Array>()->items[i] = items;
    n = std::min(n, array_length(items));
  }
  Value out = make_marray(m, nullptr, 0, n);
  for (size_t i = 0; i < n; ++i) {
    Value row = kEmpty;
    for (size_t c = argc; c-- > 0;)
      row = cons(m, columns.as<Array>()->items[c].as<Array>()->items[i], row);
    marray_push(m, out, row);
  }
  Value like = seq_datum(args[0]);
  if (is_list(like) || is_array(like))
    return build(m, "zip", like, out);
  return is_mutable_kind(kind_of(like)) ? out : freeze(m, out);
}
EVJIT_PRIM(evrt_seq_pair) { return cons(m, args[0], args[1]); }

static const PrimDef kRows[] = {
    {.name = "pair", EVJIT_PRIM_FN(evrt_seq_pair), .arity = {2, 2}, .signals = sig::kSilent, .params = "h t",
     .doc = "A list cell: h in front of t, which may be anything.", .example = "(pair 1 (list 2)) # => (1 2)", .aliases = "%pair"},
    {.name = "first", EVJIT_PRIM_FN(evrt_seq_first), .arity = {1, 1}, .params = "s", .doc = "The first element of s.",
     .example = "(first [1 2]) # => 1", .aliases = "%first"},
    {.name = "second", EVJIT_PRIM_FN(evrt_seq_second), .arity = {1, 1}, .params = "s", .doc = "The second element of s.",
     .example = "(second [1 2]) # => 2"},
    {.name = "last", EVJIT_PRIM_FN(evrt_seq_last), .arity = {1, 1}, .params = "s", .doc = "The last element of s.",
     .example = "(last [1 2]) # => 2"},
    {.name = "rest", EVJIT_PRIM_FN(evrt_seq_rest), .arity = {1, 1}, .params = "s", .doc = "s without its first element.",
     .example = "(rest b[1 2 3]) # => b[2 3]", .aliases = "%rest"},
    {.name = "butlast", EVJIT_PRIM_FN(evrt_seq_butlast), .arity = {1, 1}, .params = "s", .doc = "s without its last element.",
     .example = "(butlast [1 2]) # => [1]"},
    {.name = "take", EVJIT_PRIM_FN(evrt_seq_take), .arity = {2, 2}, .params = "n s", .doc = "The first n elements of s.",
     .example = "(take 2 [1 2 3]) # => [1 2]"},
    {.name = "drop", EVJIT_PRIM_FN(evrt_seq_drop), .arity = {2, 2}, .params = "n s", .doc = "s without its first n elements.",
     .example = "(drop 2 [1 2 3]) # => [3]"},
    {.name = "slice", EVJIT_PRIM_FN(evrt_seq_slice), .arity = {2, 3}, .params = "s from &opt to",
     .doc = "The elements from `from` up to but without `to`; negative bounds count from the end, all are clamped.",
     .example = "(slice [1 2 3 4 5] -3 -1) # => [3 4]"},
    {.name = "reverse", EVJIT_PRIM_FN(evrt_seq_reverse), .arity = {1, 1}, .params = "s", .doc = "The elements of s backwards.",
     .example = "(reverse \"abc\") # => \"cba\""},
    {.name = "concat", EVJIT_PRIM_FN(evrt_seq_concat), .arity = {1, kAny}, .params = "a & more",
     .doc = "A new collection of the contents of all arguments, which are of one kind.", .example = "(concat [1] [2] [3]) # => [1 2 3]"},
    {.name = "distinct", EVJIT_PRIM_FN(evrt_seq_distinct), .arity = {1, 1}, .params = "s",
     .doc = "s without elements equal to an earlier one.", .example = "(distinct [1 2 1]) # => [1 2]"},
    {.name = "flatten", EVJIT_PRIM_FN(evrt_seq_flatten), .arity = {1, 1}, .params = "s",
     .doc = "s with nested lists and arrays spliced, at every depth.", .example = "(flatten [1 [2 (list 3)]]) # => [1 2 3]"},
    {.name = "interpose", EVJIT_PRIM_FN(evrt_seq_interpose), .arity = {2, 2}, .params = "x s",
     .doc = "s with x between its elements.", .example = "(interpose 0 [1 2]) # => [1 0 2]"},
    {.name = "partition", EVJIT_PRIM_FN(evrt_seq_partition), .arity = {2, 2}, .params = "n s",
     .doc = "s in chunks of n elements, the last may be shorter.", .example = "(partition 2 [1 2 3]) # => [[1 2] [3]]"},
    {.name = "zip", EVJIT_PRIM_FN(evrt_seq_zip), .arity = {0, kAny}, .params = "& ss",
     .doc = "Lists of the first elements of all sequences, of the second ones, and so on; the shortest wins.",
     .example = "(zip [1 2] (list :a :b)) # => [(1 :a) (2 :b)]"},
};
const std::span<const PrimDef> kSequencePrims = kRows;

} // namespace evjit::gc
