// Literate programs (01 section 7).
#pragma once

#include "frontend/diag/diag.hpp"

#include <string_view>
#include <vector>

namespace evjit::frontend {

// A stretch of text[begin, end) that is code; `line` is the line of its first byte.
struct Segment {
  size_t begin, end;
  uint32_t line;
};

// The code blocks of a Markdown text, or all of a Lisp text, in order.
std::vector<Segment> code_segments(std::string_view text, SourceKind kind);

// By file name: .md is Markdown.
SourceKind source_kind(std::string_view file_name);

} // namespace evjit::frontend
