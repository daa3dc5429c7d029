// What literals and templates compile to (names with %%): building collections from evaluated elements, fresh copies of quoted
// data; the prelude's helpers (gc/README.md); the constructors list, array, struct, set. Patterns: pattern_prims.cpp.
#include "gc/errors.hpp"
#include "gc/object/ordered.hpp"
#include "gc/prims/prim_util.hpp"
#include "gc/prims/prims.hpp"
#include "gc/value/freeze.hpp"

namespace evjit::gc {

namespace {

Value struct_from(Mutator &m, std::string_view fn, const Value *kv, size_t n, bool mutable_twin) {
  if (n % 2 != 0)
    return raise_error(m, "arity-error", prefixed(fn, "expected an even number of arguments, got ") + std::to_string(n),
                       {{"expected", keyword("even")}, {"actual", Value::fixnum(static_cast<int64_t>(n))}});
  for (size_t i = 0; i < n; i += 2)
    if (!valid_key(kv[i]))
      return key_error(m, fn, kv[i], static_cast<int>(i));
  return mutable_twin ? make_mstruct(m, kv, n / 2) : make_struct(m, kv, n / 2);
}

Value set_from(Mutator &m, const Value *items, size_t n, bool mutable_twin) {
  Value like = mutable_twin ? make_mset(m, nullptr, 0) : make_set(m, nullptr, 0);
  return build_like(m, "set", like, items, n);
}

Value bytes_from(Mutator &m, std::string_view fn, const Value *items, size_t n, bool mutable_twin) {
  Value like = mutable_twin ? make_mbytes(m, "", 0) : make_bytes(m, "", 0);
  return build_like(m, fn, like, items, n);
}

} // namespace

EVJIT_PRIM(evrt_lit_list) { return make_list(m, args, argc); }
EVJIT_PRIM(evrt_lit_array) { return make_array(m, argc ? args : nullptr, argc); }
EVJIT_PRIM(evrt_lit_marray) { return make_marray(m, argc ? args : nullptr, argc); }
EVJIT_PRIM(evrt_lit_struct) { return struct_from(m, "struct", args, argc, false); }
EVJIT_PRIM(evrt_lit_mstruct) { return struct_from(m, "@struct", args, argc, true); }
EVJIT_PRIM(evrt_lit_set) { return set_from(m, args, argc, false); }
EVJIT_PRIM(evrt_lit_mset) { return set_from(m, args, argc, true); }
EVJIT_PRIM(evrt_lit_bytes) { return bytes_from(m, "bytes", args, argc, false); }
EVJIT_PRIM(evrt_lit_mbytes) { return bytes_from(m, "@bytes", args, argc, true); }
EVJIT_PRIM(evrt_lit_mstring) {
  if (!is_string(args[0]))
    return type_error(m, "@string", "string", args[0], 0);
  return make_mstring(m, std::string(string_view_of(args[0])));
}
EVJIT_PRIM(evrt_lit_copy) { return copy_data(m, args[0]); }

// --- for the prelude -----------------------------------------------------------------------------------------------------
namespace {
std::string_view name_arg(const Value *args, size_t argc, size_t i, std::string_view otherwise) {
  return i < argc && is_string(args[i]) ? string_view_of(args[i]) : otherwise;
}
Value build_from(Mutator &m, std::string_view fn, Value like, Value elements) {
  if (is(elements, Type::BigArray))
    elements = flat_array(m, elements);
  Value built = build_like(m, fn, like, array_items(elements), array_length(elements));
  keep_alive(elements);
  return built;
}
} // namespace

EVJIT_PRIM(evrt_lib_each_view) {
  Value c = seq_datum(args[0]);
  if (is_list(c) || is_array(c) || is_bytes(c) || is(c, Type::Fiber))
    return c;
  Value items = collection_elements(m, c);
  return items == kAbsent ? not_a_sequence(m, name_arg(args, argc, 1, "each"), args[0]) : items;
}
EVJIT_PRIM(evrt_lib_elements) {
  Value items = collection_elements(m, args[0]);
  return items == kAbsent ? not_a_sequence(m, name_arg(args, argc, 1, "each"), args[0]) : items;
}
EVJIT_PRIM(evrt_lib_build_like) {
  if (!is_array(args[1]))
    return type_error(m, name_arg(args, argc, 2, "%%build-like"), "array", args[1], 1);
  return build_from(m, name_arg(args, argc, 2, "%%build-like"), args[0], args[1]);
}
EVJIT_PRIM(evrt_lib_map_like) {
  std::string_view fn = name_arg(args, argc, 2, "map");
  Value c = seq_datum(args[0]);
  if (is_struct(c) || kind_of(c) == Kind::None)
    return not_a_sequence(m, fn, args[0]);
  if (!is_array(args[1]))
    return type_error(m, fn, "array", args[1], 1);
  if (is_string(c) || is_bytes(c))
    return freeze(m, args[1]);
  return build_from(m, fn, c, args[1]);
}
EVJIT_PRIM(evrt_lib_seq_length) {
  auto n = collection_length(args[0]);
  return n ? make_int(m, static_cast<int64_t>(*n)) : not_a_sequence(m, "each", args[0]);
}
EVJIT_PRIM(evrt_lib_seq_ref) {
  int64_t i = int_of(args[1]);
  if (is_array(args[0]))
    return static_cast<uint64_t>(i) < array_length(args[0]) ? array_ref(args[0], static_cast<size_t>(i)) : kNil;
  if (is_bytes(args[0]) && static_cast<uint64_t>(i) < bytes_view_of(args[0]).size())
    return Value::fixnum(static_cast<unsigned char>(bytes_view_of(args[0])[static_cast<size_t>(i)]));
  return kNil;
}
EVJIT_PRIM(evrt_lib_seq_more) {
  auto i = static_cast<uint64_t>(int_of(args[1]));
  auto length = collection_length(args[0]);
  return Value::boolean(i < static_cast<uint64_t>(int_of(args[2])) && length && i < *length);
}
EVJIT_PRIM(evrt_lib_type_error) {
  return type_error(m, name_arg(args, argc, 0, "?"), name_arg(args, argc, 1, "something else"), args[2]);
}

#define EVJIT_HELPER(name_, symbol_, min_, max_, params_)                                                              \
  {.name = name_, EVJIT_PRIM_FN(symbol_), .arity = {min_, max_}, .params = params_}

static const PrimDef kRows[] = {
    EVJIT_HELPER("%%list", evrt_lit_list, 0, kAny, "& xs"),
    EVJIT_HELPER("%%array", evrt_lit_array, 0, kAny, "& xs"),
    EVJIT_HELPER("%%@array", evrt_lit_marray, 0, kAny, "& xs"),
    EVJIT_HELPER("%%struct", evrt_lit_struct, 0, kAny, "& kvs"),
    EVJIT_HELPER("%%@struct", evrt_lit_mstruct, 0, kAny, "& kvs"),
    EVJIT_HELPER("%%set", evrt_lit_set, 0, kAny, "& xs"),
    EVJIT_HELPER("%%@set", evrt_lit_mset, 0, kAny, "& xs"),
    EVJIT_HELPER("%%bytes", evrt_lit_bytes, 0, kAny, "& ns"),
    EVJIT_HELPER("%%@bytes", evrt_lit_mbytes, 0, kAny, "& ns"),
    EVJIT_HELPER("%%@string", evrt_lit_mstring, 1, 1, "s"),
    EVJIT_HELPER("%%copy", evrt_lit_copy, 1, 1, "datum"),
    EVJIT_HELPER("%%each-view", evrt_lib_each_view, 1, 2, "c &opt name"),
    EVJIT_HELPER("%%elements", evrt_lib_elements, 1, 2, "c &opt name"),
    EVJIT_HELPER("%%build-like", evrt_lib_build_like, 2, 3, "c elements &opt name"),
    EVJIT_HELPER("%%map-like", evrt_lib_map_like, 2, 3, "c elements &opt name"),
    EVJIT_HELPER("%%seq-length", evrt_lib_seq_length, 1, 1, "view"),
    EVJIT_HELPER("%%seq-ref", evrt_lib_seq_ref, 2, 2, "view i"),
    EVJIT_HELPER("%%seq-more?", evrt_lib_seq_more, 3, 3, "view i n"),
    EVJIT_HELPER("%%type-error", evrt_lib_type_error, 3, 3, "name expected got"),
};
#undef EVJIT_HELPER
const std::span<const PrimDef> kLiteralPrims = kRows;

EVJIT_PRIM(evrt_col_struct) { return struct_from(m, "struct", args, argc, false); }
EVJIT_PRIM(evrt_col_mstruct) { return struct_from(m, "@struct", args, argc, true); }

static const PrimDef kConstructorRows[] = {
    {.name = "list", EVJIT_PRIM_FN(evrt_lit_list), .arity = {0, kAny}, .signals = sig::kSilent, .params = "& xs",
     .doc = "A list of the arguments.", .example = "(list 1 2) # => (1 2)"},
    {.name = "array", EVJIT_PRIM_FN(evrt_lit_array), .arity = {0, kAny}, .signals = sig::kSilent, .params = "& xs",
     .doc = "An array of the arguments.", .example = "(array 1 2) # => [1 2]"},
    {.name = "@array", EVJIT_PRIM_FN(evrt_lit_marray), .arity = {0, kAny}, .signals = sig::kSilent, .params = "& xs",
     .doc = "A mutable array of the arguments.", .example = "(@array 1 2) # => @[1 2]"},
    {.name = "struct", EVJIT_PRIM_FN(evrt_col_struct), .arity = {0, kAny}, .params = "& kvs",
     .doc = "A struct of alternating keys and values; the last of equal keys wins.", .example = "(struct :a 1) # => {:a 1}"},
    {.name = "@struct", EVJIT_PRIM_FN(evrt_col_mstruct), .arity = {0, kAny}, .params = "& kvs",
     .doc = "A mutable struct of alternating keys and values.", .example = "(@struct :a 1) # => @{:a 1}"},
    {.name = "set", EVJIT_PRIM_FN(evrt_lit_set), .arity = {0, kAny}, .params = "& xs",
     .doc = "A set of the arguments, deep-frozen.", .example = "(set 2 1 2) # => |1 2|"},
    {.name = "@set", EVJIT_PRIM_FN(evrt_lit_mset), .arity = {0, kAny}, .params = "& xs",
     .doc = "A mutable set of the arguments, deep-frozen.", .example = "(@set 2 1 2) # => @|1 2|"},
};
const std::span<const PrimDef> kConstructorPrims = kConstructorRows;

} // namespace evjit::gc
