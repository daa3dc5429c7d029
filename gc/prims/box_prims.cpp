// Boxes, parameters, traits, gensym, assert (05 sections 12 to 14; 03 section 9; 04 section 4).
#include "gc/object/tree.hpp"
#include "gc/prims/prim_util.hpp"
#include "gc/prims/prims.hpp"
#include "gc/value/print.hpp"

#include <atomic>

namespace evjit::gc {

EVJIT_PRIM(evrt_box) { return make_box(m, args[0]); }
EVJIT_PRIM(evrt_unbox) { return is(args[0], Type::Box) ? args[0].as<Box>()->v : type_error(m, "unbox", "box", args[0], 0); }
EVJIT_PRIM(evrt_rebox) {
  if (!is(args[0], Type::Box))
    return type_error(m, "rebox", "box", args[0], 0);
  write_barrier(m, args[0].as(), args[1]);
  return args[0].as<Box>()->v = args[1];
}
EVJIT_PRIM(evrt_make_parameter) { return make_parameter(m, args[0]); }

// --- traits ----------------------------------------------------------------------------------------------------------------------
namespace {

// What carries the table: a shallow copy of data, the object itself where identity is what it is equal by. kAbsent: cannot carry.
Value trait_carrier(Mutator &m, Value v) {
  if (!v.is_object())
    return kAbsent;
  switch (v.as()->h.type) {
  case Type::Pair: return cons(m, head(v), tail(v));
  case Type::Array: return make_array(m, array_items(v), array_length(v));
  case Type::MArray: return make_marray(m, array_items(v), array_length(v));
  case Type::String: return make_string(m, string_view_of(v));
  case Type::Bytes: return make_bytes(m, bytes_view_of(v).data(), bytes_view_of(v).size());
  case Type::BigArray:
  case Type::BigStruct:
  case Type::BigSet: return tree_clone(m, v);
  case Type::Struct: return make_struct(m, v.as<Struct>()->kv, v.as()->h.aux);
  case Type::Set: return make_set(m, v.as<Set>()->items, v.as()->h.aux);
  case Type::MString:
  case Type::MBytes:
  case Type::MStruct:
  case Type::MSet: return thaw(m, freeze(m, v));
  case Type::Closure:
    if (type_name(v) == "native-fn")
      return kAbsent;
    if (v.as()->h.flags & kImmortal)
      return make_closure(m, v.as<Closure>()->proto, v.as<Closure>()->instance, v.as<Closure>()->captures, v.as()->h.aux);
    return v;
  case Type::Box:
  case Type::Parameter:
  case Type::Fiber:
  case Type::Syntax: return v;
  default: return kAbsent;
  }
}

} // namespace

EVJIT_PRIM(evrt_with_traits) {
  if (!is_immutable_struct(args[1]))
    return type_error(m, "with-traits", "immutable struct", args[1], 1);
  Value carrier = trait_carrier(m, args[0]);
  if (carrier == kAbsent)
    return type_error(m, "with-traits", "value that can carry traits", args[0], 0);
  set_traits(m, carrier.as(), args[1]);
  return carrier;
}
EVJIT_PRIM(evrt_traits) { return args[0].is_object() ? get_traits(m, args[0].as()) : kNil; }

// --- gensym, assert ----------------------------------------------------------------------------------------------------------------
EVJIT_PRIM(evrt_gensym) {
  static std::atomic<uint64_t> counter{0}; // of the process; only uniqueness matters
  std::string name = "g";
  if (argc > 0) {
    if (!is_string(args[0]) && !is_symbol(args[0]))
      return type_error(m, "gensym", "string or symbol", args[0], 0);
    name = is_string(args[0]) ? string_view_of(args[0]) : name_of(args[0]);
  }
  name += "__" + std::to_string(counter.fetch_add(1, std::memory_order_relaxed) + 1);
  return make_uninterned_symbol(m, name);
}
EVJIT_PRIM(evrt_assert) {
  if (args[0].truthy())
    return args[0];
  std::string message = "assertion failed";
  Value raised;
  if (argc > 1) {
    message.clear();
    if (!display_all(m, "assert", args + 1, 1, message, &raised))
      return raised;
  }
  return raise_error(m, "failed-assertion", message);
}

static const PrimDef kRows[] = {
    {.name = "box", EVJIT_PRIM_FN(evrt_box), .arity = {1, 1}, .signals = sig::kSilent, .params = "v", .doc = "A mutable cell holding v.",
     .example = "(unbox (box 1)) # => 1"},
    {.name = "unbox", EVJIT_PRIM_FN(evrt_unbox), .arity = {1, 1}, .params = "b", .doc = "The value in the box b.",
     .example = "(unbox (box 1)) # => 1"},
    {.name = "rebox", EVJIT_PRIM_FN(evrt_rebox), .arity = {2, 2}, .params = "b v", .doc = "Stores v in the box b; returns v.",
     .example = "(rebox (box 1) 2) # => 2"},
    {.name = "make-parameter", EVJIT_PRIM_FN(evrt_make_parameter), .arity = {1, 1}, .signals = sig::kSilent, .params = "v",
     .doc = "A dynamic parameter whose value is v unless rebound by parameterize.", .example = "((make-parameter 7)) # => 7",
     .aliases = "parameter"},
    {.name = "with-traits", EVJIT_PRIM_FN(evrt_with_traits), .arity = {2, 2}, .params = "v table",
     .doc = "A value equal to v that carries the trait table, an immutable struct.",
     .example = "(traits (with-traits [1] {:a 1})) # => {:a 1}"},
    {.name = "traits", EVJIT_PRIM_FN(evrt_traits), .arity = {1, 1}, .signals = sig::kSilent, .params = "v",
     .doc = "The trait table of v, or nil.", .example = "(traits [1]) # => nil"},
    {.name = "gensym", EVJIT_PRIM_FN(evrt_gensym), .arity = {0, 1}, .params = "&opt prefix",
     .doc = "A symbol that equals no other.", .example = "(= (gensym) (gensym)) # => false"},
    {.name = "assert", EVJIT_PRIM_FN(evrt_assert), .arity = {1, 2}, .params = "v &opt message",
     .doc = "v if it is truthy; else raises :failed-assertion.", .example = "(assert 1) # => 1"},
};
const std::span<const PrimDef> kBoxPrims = kRows;

} // namespace evjit::gc
