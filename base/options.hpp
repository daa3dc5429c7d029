// The options of base/options.def as a struct. Filled once by cli/, read-only afterwards.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace evjit::base {

struct Options {
#define OPTION(member, type, flag, env, fallback, value, help) type member = fallback;
#include "base/options.def"
#undef OPTION
  bool is_prelude = false;            // --prelude, with --emit-object
  bool check = false;                 // --check: compile without running
  bool warn = false;                  // --warn: all warnings, not only those that the language asks for
  bool json = false;                  // --json: diagnostics as JSON, one a line
  std::string file;                   // "-": standard input
  std::vector<std::string> arguments; // of the program
};

Options &options(); // of this process

} // namespace evjit::base
