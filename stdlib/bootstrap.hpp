// The library from its source text: for evjit-stage1, and for nobody else. Linked into programs that have a compiler.
#pragma once

#include "frontend/compiler.hpp"

#include <span>
#include <string_view>

namespace evjit::stdlib {

struct LibraryText {
  const char *name; // "std/sync"; files of the prelude: "prelude/macros"
  const char *file; // shown in positions: "stdlib/sync.lisp"
  std::string_view text;
};
extern const std::span<const LibraryText> kPreludeTexts; // in the order in which they form the unit
extern const std::span<const LibraryText> kStdTexts;

// The prelude as one unit of IR, null after errors. What run_prelude does from the object, this prepares from the text.
std::unique_ptr<frontend::ir::Unit> compile_prelude(gc::Mutator &m, frontend::Evaluator &ev, frontend::DiagSink &sink);
// Compiles and runs the prelude and makes its names builtins. False after reporting why not.
bool bootstrap_prelude(gc::Mutator &m, frontend::Evaluator &ev, frontend::DiagSink &sink);
// A module's text, "std/sync"; null if there is none.
const LibraryText *find_std_text(std::string_view name);

} // namespace evjit::stdlib
