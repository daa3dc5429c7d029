// The primitives of gc, registered once per process, and short names to call them and build values with.
#pragma once

#include "test/unit/gc/fixture.hpp"

#include "gc/call.hpp"
#include "gc/prims/prims.hpp"

#include <initializer_list>
#include <string>
#include <vector>

namespace evjit::gc::test {

inline const std::vector<std::span<const PrimDef>> &library_tables() {
  static const std::vector<std::span<const PrimDef>> tables{
      kArithPrims,   kPatternPrims, kTypePrims,   kLiteralPrims, kConstructorPrims, kConvertPrims, kAccessPrims,
      kSequencePrims, kMutationPrims, kSortPrims, kStringPrims,  kFormatPrims,      kBytesPrims,   kStructPrims,
      kNumberPrims,  kMathPrims,    kBitPrims,    kRandomPrims,  kJsonPrims,        kBoxPrims,     kIntrospectPrims};
  return tables;
}

inline void register_library() {
  static bool done = [] {
    for (auto table : library_tables())
      register_prims(table);
    return true;
  }();
  (void)done;
}

// A runtime in which expressions can be written as r("push", {r.array({1}), 2}).
struct Library : Runtime {
  Library() { register_library(); }

  struct Arg {
    Value v;
    Arg(Value x) : v(x) {}
    Arg(int i) : v(Value::fixnum(i)) {}
  };
  using Args = std::initializer_list<Arg>;
  static std::vector<Value> values(Args args) {
    std::vector<Value> out;
    for (const Arg &a : args)
      out.push_back(a.v);
    return out;
  }
  Value operator()(const char *name, Args args) {
    const PrimDef *def = find_prim(name);
    REQUIRE_MESSAGE(def, name);
    auto v = values(args); // also in the initializer list, on the stack
    return def->fn(m, v.data(), v.size());
  }
  std::string show(const char *name, Args args) {
    Value v = (*this)(name, args);
    return v.is_error() ? "error " + error_kind(m) : print_literal(v);
  }
  Value str(std::string_view s) { return make_string(m, s); }
  Value mstr(std::string_view s) { return make_mstring(m, s); }
  Value flo(double d) { return make_float(m, d); }
  Value kw(std::string_view s) { return keyword(s); }
  Value list(Args a) { return (*this)("%%list", a); }
  Value array(Args a) { return (*this)("%%array", a); }
  Value marray(Args a) { return (*this)("%%@array", a); }
  Value st(Args a) { return (*this)("%%struct", a); }
  Value mst(Args a) { return (*this)("%%@struct", a); }
  Value set(Args a) { return (*this)("%%set", a); }
  Value mset(Args a) { return (*this)("%%@set", a); }
  Value bytes(Args a) { return (*this)("%%bytes", a); }
  Value mbytes(Args a) { return (*this)("%%@bytes", a); }
};

} // namespace evjit::gc::test
