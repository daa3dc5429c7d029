// Syntax objects as data: what the library sees of the reader's and the expander's values (04 section 3, 5).
#pragma once

#include "gc/value/make.hpp"

#include <string>
#include <vector>

namespace evjit::gc {

// Header::aux of a Syntax: what the source said. None: an atom or a list. All others wrap an immutable Array of the elements
// in source order (keys and values in turn for structs), except MString, which wraps an immutable string.
enum class LiteralKind : uint32_t { None, Array, MArray, Struct, MStruct, Set, MSet, Bytes, MBytes, MString };

inline LiteralKind literal_kind(Value syntax) { return static_cast<LiteralKind>(syntax.as()->h.aux); }

// What sequence functions (first, rest, length, map, ...) see of a value: for a syntax object that wraps a list or an array, the
// plain list, array or (a copy as) mutable array of its elements, which are syntax objects or plain atoms; any other value
// unchanged. The primitives of 04 section 3 pass their sequence argument through here first.
inline Value syntax_view(Mutator &m, Value v) {
  if (!is(v, Type::Syntax)) [[likely]]
    return v;
  Value datum = v.as<Syntax>()->datum;
  switch (literal_kind(v)) {
  case LiteralKind::None: return is_list(datum) || is_array(datum) ? datum : v;
  case LiteralKind::Array: return datum;
  case LiteralKind::MArray: return make_marray(m, array_items(datum), array_length(datum));
  case LiteralKind::Struct: case LiteralKind::MStruct: case LiteralKind::Set: case LiteralKind::MSet:
  case LiteralKind::Bytes: case LiteralKind::MBytes: case LiteralKind::MString: return v;
  }
  return v;
}

// Header::flags of a Syntax symbol that a template made: it gets the running expansion's mark when the result is taken.
inline constexpr uint8_t kTemplateMark = 32;

struct SyntaxPlace {
  uint32_t file = 0, line = 0, col = 0;
};
inline constexpr size_t kMaxSyntaxNesting = 10000;

// What makes a literal no datum.
struct SyntaxProblem {
  enum Kind { TooDeep, InvalidDatum, OddStruct, BadByte } kind;
  SyntaxPlace at;
  std::string message;
};
// Syntax to plain data, recursively; plain collections that contain syntax are copied. A literal that is no datum is reported
// and becomes nil.
Value strip_syntax(Mutator &m, Value v, std::vector<SyntaxProblem> &problems);
// The keys and values of a struct that becomes code, in turn, in the order of keys; but a pattern's `& rest` goes last, where patterns
// want it.
Value struct_forms(Mutator &m, Value s);
// Plain data to syntax for everything that is not syntax already; improper lists keep their tail. kAbsent when the data is cyclic
// or nests too deeply.
Value wrap_syntax(Mutator &m, Value datum, uint32_t chain, SyntaxPlace at);

// The macro call being expanded: what (datum->syntax plain-value d) takes its context from. Set by the expander around the
// transformer's run; the fibers of one thread expand one call at a time.
struct SyntaxContext {
  uint32_t chain = 0;
  SyntaxPlace at;
};
inline SyntaxContext &syntax_context() {
  static thread_local SyntaxContext now;
  return now;
}
// The name of a source file by index: set by the front end, null without it.
inline std::string_view (*syntax_file_name)(uint32_t file) = nullptr;

} // namespace evjit::gc
