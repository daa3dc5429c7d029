// Code blocks of literate programs. Only fences with exactly the info string lisp or evjit open one; the next line that starts with
// three backquotes closes it; a block that is never closed goes to the end of the file. Everything else is prose.
#include "frontend/read/markdown.hpp"

#include "gc/value/text.hpp"

namespace evjit::frontend {

std::vector<Segment> code_segments(std::string_view text, SourceKind kind) {
  std::vector<Segment> out;
  if (kind == SourceKind::Lisp) {
    out.push_back({0, text.size(), 1});
    return out;
  }
  bool in_code = false;
  uint32_t line = 0;
  for (size_t pos = 0; pos < text.size();) {
    size_t end = text.find('\n', pos);
    size_t next = end == std::string_view::npos ? text.size() : end + 1;
    std::string_view trimmed = gc::text::trim(text.substr(pos, next - pos));
    ++line;
    if (in_code && trimmed.starts_with("```")) {
      out.back().end = pos;
      in_code = false;
    } else if (!in_code && (trimmed == "```lisp" || trimmed == "```evjit")) {
      out.push_back({next, text.size(), line + 1});
      in_code = true;
    }
    pos = next;
  }
  return out;
}

SourceKind source_kind(std::string_view file_name) {
  return file_name.ends_with(".md") ? SourceKind::Markdown : SourceKind::Lisp;
}

} // namespace evjit::frontend
