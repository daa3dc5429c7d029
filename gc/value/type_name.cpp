// (type-of v). Builtin functions report :native-fn whether they are primitives or compiled; a foreign resource says what it is.
#include "gc/value/make.hpp"

namespace evjit::gc {

namespace {
constexpr const char *kTypeNames[] = {
#define X(name, keyword, trace) keyword,
#include "gc/object/types.def"
#undef X
};
} // namespace

std::string_view type_name(Value v) {
  if (v.is_fixnum())
    return "integer";
  if (v.is_object()) {
    Type t = v.as()->h.type;
    if (t == Type::Closure && ((v.as<Closure>()->proto->flags & FnProto::kBuiltin) || v.as<Closure>()->proto->prim))
      return "native-fn";
    if (t == Type::Opaque)
      return v.as<Opaque>()->cls->type_name;
    return kTypeNames[static_cast<size_t>(t)];
  }
  if (v == kTrue || v == kFalse)
    return "boolean";
  if (v == kEmpty)
    return "list";
  return "nil";
}

Value type_keyword(Value v) { return keyword(type_name(v)); }

} // namespace evjit::gc
