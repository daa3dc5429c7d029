// Raising errors of the language from C++. Every function returns what the primitive must return: kError, or, when an
// outer fiber answered the error (07 section 8), the answer. So: `return type_error(...)`.
#pragma once

#include "gc/mutator.hpp"

#include <initializer_list>
#include <string_view>

namespace evjit::gc {

struct ErrorField {
  std::string_view name; // keyword without ':'
  Value value;
};

Value raise(Mutator &m, Value payload);
// An immutable struct {:error :KIND :message MESSAGE fields...}.
Value make_error(Mutator &m, std::string_view kind, std::string_view message, std::initializer_list<ErrorField> fields = {});
Value raise_error(Mutator &m, std::string_view kind, std::string_view message, std::initializer_list<ErrorField> fields = {});
// "FN: expected WHAT, got TYPE" with :got and :arg
Value type_error(Mutator &m, std::string_view fn, std::string_view expected, Value got, int arg = -1);
Value argument_error(Mutator &m, std::string_view fn, std::string_view message);
Value value_error(Mutator &m, std::string_view fn, std::string_view message);
Value arity_error(Mutator &m, const FnProto *proto, size_t argc);

// True when less stack is left than native recursion over data may use; the caller then raises stack_overflow.
bool stack_is_low(const Mutator &m);
Value stack_overflow(Mutator &m);

} // namespace evjit::gc
