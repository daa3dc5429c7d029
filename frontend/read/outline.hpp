// Where a missing closer probably belongs, told from the indentation (01 section 8.1). See outline.cpp.
#pragma once

#include "frontend/read/lexer.hpp"

#include <optional>
#include <vector>

namespace evjit::frontend {

// Notes the delimiters and lines of one top-level form as it is read.
class Outline {
public:
  static constexpr uint32_t kNone = ~0u;

  void start_form(Span at); // forgets the form before
  // A delimiter opens; the answer names it in the calls below.
  uint32_t open(Opener opener, Span at, uint32_t indentation);
  // The next token in `delim` (kNone: outside of all), which is no closer.
  enum class Token : uint8_t { Symbol, Other };
  void token(uint32_t delim, Span at, bool first_on_line, Token kind);
  // A closer that starts a line. It stands wherever it likes, but counts as an indented line.
  void closer(Span at, bool first_on_line);

  std::optional<Note> note() const;

private:
  struct Delim {
    Opener opener;
    Span at;
    uint32_t indentation; // of the line it is on
    bool has_first = false, symbol_first = false;
  };
  struct Line {
    Span at; // its first token
    uint32_t delim;
  };
  bool too_far_left(const Line &l) const;

  std::vector<Delim> delims_;
  std::vector<Line> lines_;
  Span form_;
  bool indented_ = false; // some line after the first starts behind column 1
};

} // namespace evjit::frontend
