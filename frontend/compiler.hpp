// The front end as others use it: text or data in, IR out; and what it needs to run code while it compiles.
#pragma once

#include "frontend/diag/diag.hpp"
#include "frontend/expand/ast.hpp"
#include "frontend/ir/ir.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace evjit::frontend {

// A file that was imported before. Every import runs it again; it is compiled again only when its text or that of a file that
// it includes has changed.
struct LoadedModule {
  uint32_t source = 0;            // index into sources()
  std::vector<uint32_t> includes; // of what was read while it was compiled
  gc::UnitDesc *unit = nullptr;
};

// Implemented by jit: turns IR into a unit that can run. Macro bodies go through it too.
class Evaluator {
public:
  virtual ~Evaluator() = default;
  // The unit lives as long as the process (or until the evaluator is destroyed).
  virtual gc::UnitDesc *load(gc::Mutator &m, std::unique_ptr<ir::Unit> unit) = 0;
  // Runs a thunk in a private scheduler to its end (04 section 9). kError with m.error set if it failed.
  virtual gc::Value run_isolated(gc::Mutator &m, gc::Value thunk) = 0;

  std::unordered_map<std::string, LoadedModule> modules; // by path; std/NAME from text: by that name
  std::vector<std::string> compiling;                    // imports made by code that runs while compiling, outermost first
};

// The bundled library as import finds it; set by the program's start-up, empty otherwise.
struct BundledText {
  std::string file; // shown in positions
  std::string_view text;
};
struct BundledLibrary {
  gc::UnitDesc *(*find_unit)(std::string_view name) = nullptr;          // "std/sync"; null: not compiled in
  bool (*find_text)(std::string_view name, BundledText &out) = nullptr; // the fallback
};
void set_bundled_library(BundledLibrary library);
const BundledLibrary &bundled_library();

struct CompileOptions {
  bool is_prelude = false;       // exports its definitions and macros, functions are builtins
  bool is_eval = false;
  gc::Value env = gc::kNil;      // eval's env: struct with symbol keys
  bool warnings = false;         // all of W0xxx; else W0001 only, which the language asks for (03 section 1)
};

// Stages. Each reports to `sink` and returns null when it reported an error.
std::unique_ptr<AstUnit> expand_unit(gc::Mutator &m, Evaluator &ev, const gc::RootVector &forms, std::string file,
                                     const CompileOptions &opts, DiagSink &sink);
bool analyse(AstUnit &ast, DiagSink &sink);                       // captures, slots, checks (frontend/analyse)
void find_warnings(AstUnit &ast, DiagSink &sink);                 // W0002 and further, of an analysed unit
std::unique_ptr<ir::Unit> build_ir(gc::Mutator &m, AstUnit &ast); // (frontend/ir/build.cpp)
std::string print_ast(const AstUnit &ast);                        // evjit --dump ast

// The last three for forms that were read or made before.
std::unique_ptr<ir::Unit> compile_forms(gc::Mutator &m, Evaluator &ev, const gc::RootVector &forms, std::string file,
                                        const CompileOptions &opts, DiagSink &sink);

// All of them for sources that form one unit (several: the prelude's files, in order). The unit is named after the first.
std::unique_ptr<ir::Unit> compile_sources(gc::Mutator &m, Evaluator &ev, const std::vector<uint32_t> &files,
                                          const CompileOptions &opts, DiagSink &sink);
inline std::unique_ptr<ir::Unit> compile_source(gc::Mutator &m, Evaluator &ev, uint32_t file, const CompileOptions &opts,
                                                DiagSink &sink) {
  return compile_sources(m, ev, {file}, opts, sink);
}

} // namespace evjit::frontend
