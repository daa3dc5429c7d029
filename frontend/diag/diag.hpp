// Diagnostics and source positions: what every stage of the front end reports with.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace evjit::frontend {

// A position: file is an index into Sources; line and col are 1-based, col counts code points. line 0: unknown.
struct Span {
  uint32_t file = 0, line = 0, col = 0;
};

enum class SourceKind : uint8_t { Lisp, Markdown };

// The texts of this process's sources; index 0 is "<unknown>". Entries live as long as the process (they are few: files,
// not evals: eval'ed data shares one "<eval>" entry).
struct Source {
  std::string name; // as given on the command line or resolved by import
  std::string text; // UTF-8, as read
  SourceKind kind = SourceKind::Lisp;
};
class Sources {
public:
  uint32_t add(Source s);             // index
  const Source &at(uint32_t i) const;
  uint32_t count() const;
  std::string_view line(uint32_t file, uint32_t line) const; // without the newline; empty if there is none
private:
  struct Entry {
    Source source;
    std::vector<size_t> starts; // offset of each line; filled when a line is first asked for
  };
  mutable std::mutex mutex_;
  mutable std::deque<Entry> all_; // entries never move
};
Sources &sources(); // of this process
// A byte order mark in front of a file counts as nothing, not even as a column.
inline std::string_view without_bom(std::string_view text) {
  return text.starts_with("\xef\xbb\xbf") ? text.substr(3) : text;
}

enum class Severity : uint8_t { Error, Warning };

struct Note {
  std::string message; // may contain the literal text {at}, replaced by line:col of `span`
  std::optional<Span> span;
  uint32_t last_line = 0; // when past span's line: the excerpt goes on to this line (01 section 8.1)
};

// The codes, from diag.def: code::Unterminated == "E0002".
namespace code {
#define EVJIT_DIAG(name, code, slug, about) inline constexpr const char *name = code;
#include "frontend/diag/diag.def"
#undef EVJIT_DIAG
} // namespace code
struct DiagInfo {
  const char *code, *slug, *about;
};
const DiagInfo *find_diag(std::string_view code_or_slug); // null if there is none
std::span<const DiagInfo> all_diagnostics();              // in the order of diag.def

struct Diagnostic {
  Severity severity = Severity::Error;
  std::string code; // "E0012", see diag.def
  Span span;
  std::string message;
  std::vector<Note> notes;
  std::string hint; // may be empty
  std::string expected = {}, found = {}; // the two sides of a mismatch as the message has them, for tools; empty if it is none
};

// file:line:col: error: message, then the source line and a caret (06 section 6; notes as in 01 section 8.1).
// Ends with a newline. Lines of the source longer than a screen are cut around the column. What users get to see goes
// through report (frontend/diag/report.hpp), which adds colours, the code, or makes JSON of it.
std::string render(const Diagnostic &d);
std::string location(Span at); // file:line:col; only the file when the line is unknown

class DiagSink {
public:
  void error(Span at, std::string code, std::string message, std::string hint = {}, std::vector<Note> notes = {});
  void warning(Span at, std::string code, std::string message, std::string hint = {}, std::vector<Note> notes = {});
  // The two sides of what was reported last (Diagnostic::expected, found).
  void mismatch(std::string expected, std::string found);
  bool has_errors() const { return errors_ > 0; }
  const std::vector<Diagnostic> &all() const { return all_; }
  std::vector<Diagnostic> take() { errors_ = 0; return std::move(all_); }

private:
  std::vector<Diagnostic> all_;
  size_t errors_ = 0;
  bool dropped_ = false; // what was reported last, for it had been said before

  void add(Diagnostic d);
};

} // namespace evjit::frontend
