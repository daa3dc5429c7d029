// The reader: source text to syntax objects (01). See reader.cpp.
#pragma once

#include "frontend/diag/diag.hpp"
#include "gc/roots/root.hpp"
#include "gc/value/syntax.hpp"

namespace evjit::frontend {

// Reads every form of a source. Symbols and compound data come out as Syntax objects (gc::Syntax; chain 0, spans set):
// a symbol; a list (Pair/()) whose elements are again what the reader makes; a compound literal. Other atoms are plain values.
// Since keys and elements of literals are expressions, [..] @[..] {..} @{..} |..| @|..| b[..] @b[..] are all a Syntax around an
// immutable Array of their elements in source order (structs: key value key value ...), told apart by the LiteralKind in
// Syntax::h.aux; literal_kind is None for symbols and lists.
// 'x `x ,x ,;x ;x read as lists headed by the symbols quote quasiquote unquote unquote-splicing splice.
// @"..." is a Syntax with LiteralKind::MString around the immutable string (a fresh one is made per evaluation).
// A qualified symbol is one symbol named "a:b". Reports problems to `sink` and goes on where it can; `forms` are meant for use
// only when there were none.
using gc::LiteralKind;
using gc::literal_kind;

inline constexpr size_t kMaxNesting = 10000; // brackets and prefixes inside each other; deeper is an error

void read_source(gc::Mutator &m, uint32_t file, DiagSink &sink, gc::RootVector &forms);
// The same for a text that no source keeps (strings given to read): positions refer to source `file`, without excerpts. `spans`
// gets the positions of the forms.
void read_text(gc::Mutator &m, uint32_t file, std::string_view text, SourceKind kind, DiagSink &sink, gc::RootVector &forms,
               std::vector<Span> *spans = nullptr);
// True when all errors say that the input ended too early: a REPL asks for another line.
bool is_incomplete(const std::vector<Diagnostic> &all);

// Syntax to plain data (syntax->datum): strips recursively; struct, set and bytes literals become real collections.
// Reports to `sink` a literal that is no datum (odd struct, byte out of range, a struct key that cannot be one) and returns nil
// in its place. Plain collections that contain syntax are copied, others come back as they are.
gc::Value syntax_to_datum(gc::Mutator &m, gc::Value v, DiagSink &sink);
// Plain data to syntax with the given span and chain for everything that is not syntax already. Collections become literals as
// the reader makes them; improper lists keep their tail. kAbsent when the data is cyclic or nests deeper than kMaxNesting.
gc::Value datum_to_syntax(gc::Mutator &m, gc::Value datum, uint32_t chain, Span at);

} // namespace evjit::frontend
