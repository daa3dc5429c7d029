// The rule (01 section 8.1): a line that starts inside a delimiter D, not with a closer and not within a string, stands too far
// left when its first token is in or left of D's column (data, binding lists), or in or left of the indentation of D's line (a list
// with a symbol in front, whose body hangs). The first such line is the place, unless nothing of the form is indented.
#include "frontend/read/outline.hpp"

#include <algorithm>

namespace evjit::frontend {

void Outline::start_form(Span at) {
  delims_.clear();
  lines_.clear();
  form_ = at;
  indented_ = false;
}

uint32_t Outline::open(Opener opener, Span at, uint32_t indentation) {
  delims_.push_back({opener, at, indentation});
  return static_cast<uint32_t>(delims_.size() - 1);
}

void Outline::token(uint32_t delim, Span at, bool first_on_line, Token kind) {
  if (delim == kNone)
    return;
  Delim &d = delims_[delim];
  if (!d.has_first) {
    d.has_first = true;
    d.symbol_first = kind == Token::Symbol;
  }
  if (first_on_line && at.line > form_.line) {
    indented_ |= at.col > 1;
    lines_.push_back({at, delim});
  }
}

void Outline::closer(Span at, bool first_on_line) { indented_ |= first_on_line && at.line > form_.line && at.col > 1; }

bool Outline::too_far_left(const Line &l) const {
  const Delim &d = delims_[l.delim];
  if (l.at.line == d.at.line)
    return false;
  bool hangs = d.opener == Opener::List && d.symbol_first;
  return l.at.col <= (hangs ? d.indentation : d.at.col);
}

std::optional<Note> Outline::note() const {
  if (!indented_)
    return std::nullopt;
  for (size_t i = 0; i < lines_.size(); ++i) {
    if (!too_far_left(lines_[i]))
      continue;
    const Delim &d = delims_[lines_[i].delim];
    uint32_t line = lines_[i].at.line;
    Note n;
    n.message = std::string("the ") + opener_text(d.opener) + " at {at} probably lacks its " + closer_of(d.opener) +
                " before line " + std::to_string(line);
    uint32_t previous = i > 0 ? std::max(lines_[i - 1].at.line, d.at.line) : d.at.line;
    if (line - d.at.line > 2 && previous != d.at.line) // a longer excerpt: say where to look first
      n.message += ", perhaps in line " + std::to_string(previous);
    n.span = d.at;
    n.last_line = line;
    return n;
  }
  return std::nullopt;
}

} // namespace evjit::frontend
