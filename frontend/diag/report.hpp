// Diagnostics on their way to people and tools. Every diagnostic that a program's user sees goes through report().
#pragma once

#include "frontend/diag/diag.hpp"

namespace evjit::frontend {

struct RenderStyle {
  bool colour = false;    // escape sequences of terminals
  bool says_code = false; // a last line names the code; the lines of the specification stay as they are
};
std::string render(const Diagnostic &d, const RenderStyle &style);

std::string note_text(const Note &n, Span of); // {at} filled in, for a note of a diagnostic at `of`

// One JSON object, without a newline:
//   {"code","slug","severity","message","file","line","col","source","notes":[{"message","file","line","col","last_line"}],"hint"}
// line 0: unknown. `source` is the line of the program; positions of notes and `hint` are left out when there is none.
std::string to_json(const Diagnostic &d);

enum class ReportFormat : uint8_t { Text, Json };
void set_report_format(ReportFormat f); // at start-up, before other threads
// On stderr; in colours if that is a terminal and the environment does not say NO_COLOR or TERM=dumb.
void report(const std::vector<Diagnostic> &all);

// The page of a code or slug ("E0101", "e0101", "undefined-variable"), as text for a terminal; empty if there is none.
std::string explain(std::string_view code_or_slug);
std::string list_of_codes(); // one a line

} // namespace evjit::frontend
