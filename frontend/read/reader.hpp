// The reader: source text to syntax objects (01). See reader.cpp.
#pragma once

#include "frontend/diag/diag.hpp"
#include "gc/roots/root.hpp"

namespace evjit::frontend {

// Reads every form of a source. Symbols and compound data come out as Syntax objects (gc::Syntax; chain 0, spans set)
// wrapping: a symbol; a list (Pair/()) or Array/MArray/... whose elements are again what the reader makes. Other atoms are
// plain values. Compound literals other than lists: a Syntax whose datum is
//   [..] Array   @[..] MArray   b[..] / @b[..]: see `BytesForm` below
//   {..} @{..} |..| @|..|: see `CollectionForm`
// since keys and elements are expressions, structs and sets cannot be built yet: they are Arrays of their elements in
// source order, tagged in Syntax::h.aux with a LiteralKind.
// 'x `x ,x ,;x ;x read as lists headed by the symbols quote quasiquote unquote unquote-splicing splice.
// @"..." is a Syntax with LiteralKind::MString around the immutable string (a fresh one is made per evaluation).
// A qualified symbol is one symbol named "a:b". Reports problems to `sink` and goes on where it can.
enum class LiteralKind : uint32_t { None, Array, MArray, Struct, MStruct, Set, MSet, Bytes, MBytes, MString };
inline LiteralKind literal_kind(gc::Value syntax) { return static_cast<LiteralKind>(syntax.as()->h.aux); }

void read_source(gc::Mutator &m, uint32_t file, DiagSink &sink, gc::RootVector &forms);

// Syntax to plain data (syntax->datum): strips recursively; struct, set and bytes literals become real collections.
// Reports to `sink` a literal that is no datum (odd struct, byte out of range).
gc::Value syntax_to_datum(gc::Mutator &m, gc::Value v, DiagSink &sink);
// Plain data to syntax with the given span and chain for everything that is not syntax already.
gc::Value datum_to_syntax(gc::Mutator &m, gc::Value datum, uint32_t chain, Span at);

} // namespace evjit::frontend
