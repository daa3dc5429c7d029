// evrt_call_value: calling what is no closure (03 section 4.3).
#include "gc/call.hpp"
#include "gc/errors.hpp"
#include "gc/rt/evrt.hpp"
#include "gc/value/make.hpp"

#include "base/assert.hpp"

#include <string>

using namespace evjit::gc;

namespace {

// The library primitive that answers an indexing call; looked up once.
PrimFn library(const char *name) {
  const PrimDef *def = find_prim(name);
  EVJIT_CHECK(def, name);
  return def->fn;
}

Value wrong_count(Mutator &m, Value callee, const char *expected, int64_t argc) {
  std::string text(type_name(callee));
  text += ": expected ";
  text += expected;
  text += ", got " + std::to_string(argc);
  bool two = std::string_view(expected).find("to 2") != std::string_view::npos;
  int64_t least = expected[0] - '0';
  Value counts = two ? cons(m, Value::fixnum(1), Value::fixnum(2)) : Value::fixnum(least);
  return raise_error(m, "arity-error", text, {{"expected", counts}, {"actual", Value::fixnum(argc)}});
}

Value call_parameter(Mutator &m, Value p, int64_t argc) {
  if (argc != 0)
    return wrong_count(m, p, "0 arguments", argc);
  for (Value list = m.params; is_pair(list); list = tail(list))
    if (head(head(list)) == p)
      return tail(head(list));
  return p.as<Parameter>()->initial;
}

Value call_indexed(Mutator &m, Value c, int64_t argc, Value key, Value otherwise) {
  if (argc < 1 || argc > 2)
    return wrong_count(m, c, "1 to 2 arguments", argc);
  return evrt_element(&m, c, key, argc == 2 ? otherwise : kNil);
}

Value call_set(Mutator &m, Value s, int64_t argc, Value v) {
  static const PrimFn has = library("has?");
  if (argc != 1)
    return wrong_count(m, s, "1 argument", argc);
  Value args[2] = {s, v};
  return has(m, args, 2);
}

Value cannot_call(Mutator &m, Value v) {
  std::string text = "cannot call " + std::string(type_name(v));
  return raise_error(m, "type-error", text, {{"got", type_keyword(v)}});
}

} // namespace

extern "C" {

Value evrt_call_value(Mutator *m, Value callee, int64_t argc, Value a0, Value a1, Value a2) noexcept {
  if (!callee.is_object())
    return cannot_call(*m, callee);
  switch (callee.as()->h.type) {
  case Type::Closure: return callee.as<Closure>()->proto->code(m, callee, argc, a0, a1, a2);
  case Type::Parameter: return call_parameter(*m, callee, argc);
  case Type::Struct:
  case Type::BigStruct:
  case Type::MStruct:
  case Type::Array:
  case Type::BigArray:
  case Type::MArray:
  case Type::String:
  case Type::MString:
  case Type::Bytes:
  case Type::MBytes: return call_indexed(*m, callee, argc, a0, a1);
  case Type::Set:
  case Type::BigSet:
  case Type::MSet: return call_set(*m, callee, argc, a0);
  default: return cannot_call(*m, callee);
  }
}
}
