// Diagnostics as text (06 section 6):
//
//   shop.lisp:3:11: error: undefined variable: prnitln (did you mean: println?)
//     3 | (when ok (prnitln total))
//       |           ^
//     note: ...            with an excerpt of its own when it has a position
//     hint: ...
//     help: evjit explain E0101
//
// The first lines are the specification's, to the letter; so the code has a line of its own, the last, and colours are the only
// difference on a terminal.
//
// The caret stands under the character on a terminal: tabs are repeated as tabs, wide characters count two, combining ones
// none. Lines that do not fit a screen are cut around the column. Any thread.
#include "frontend/diag/report.hpp"
#include "frontend/read/chars.hpp"

#include <algorithm>

namespace evjit::frontend {
namespace {

constexpr size_t kMaxColumns = 160;    // code points of a source line that are shown
constexpr uint32_t kMaxExcerpt = 10;   // lines of an excerpt; more are elided in its middle

// The part of a line that is shown, and where the column is in it.
struct Shown {
  std::string text, lead; // lead: what stands in front of the caret, as blanks
};

void append_blank(std::string &lead, uint32_t cp) {
  if (cp == '\t')
    lead += '\t';
  else
    lead.append(chars::columns(cp), ' ');
}

Shown cut(std::string_view line, uint32_t col) {
  size_t first = col > kMaxColumns ? col - kMaxColumns / 2 : 1; // column of the first code point shown
  Shown s;
  if (first > 1) {
    s.text = "...";
    s.lead = "   ";
  }
  size_t at = 1, pos = 0;
  while (pos < line.size()) {
    size_t n;
    uint32_t cp = chars::decode(line, pos, &n);
    if (at >= first + kMaxColumns) {
      s.text += "...";
      break;
    }
    if (at >= first) {
      if (cp == chars::kInvalid)
        s.text += "\xef\xbf\xbd"; // the replacement character, so that the output is UTF-8
      else if (cp < 0x20 && cp != '\t')
        s.text += ' '; // no escape sequences of the source reach the terminal
      else
        s.text += line.substr(pos, n);
      if (at < col)
        append_blank(s.lead, cp);
    }
    pos += n;
    ++at;
  }
  for (; at < col; ++at) // behind the end of the line
    s.lead += ' ';
  return s;
}

// Escape sequences of terminals, or nothing.
struct Paint {
  bool on;
  const char *bold() const { return on ? "\x1b[1m" : ""; }
  const char *red() const { return on ? "\x1b[1;31m" : ""; }
  const char *yellow() const { return on ? "\x1b[1;33m" : ""; }
  const char *green() const { return on ? "\x1b[1;32m" : ""; }
  const char *cyan() const { return on ? "\x1b[1;36m" : ""; }
  const char *blue() const { return on ? "\x1b[34m" : ""; }
  const char *end() const { return on ? "\x1b[0m" : ""; }
};

void gutter(std::string &out, std::string_view number, size_t width, Paint paint) {
  out += paint.blue();
  out += "  ";
  out.append(width - number.size(), ' ');
  out += number;
  out += " |";
  out += paint.end();
  out += ' ';
}

// Blanks at the end of a line of the source are not repeated.
void trim_end(std::string &out) {
  while (!out.empty() && out.back() == ' ')
    out.pop_back();
}

// The line of `at` with a caret of that colour, then the lines to `last`.
void excerpt(std::string &out, Span at, uint32_t last, size_t width, Paint paint, const char *caret) {
  std::string_view line = sources().line(at.file, at.line);
  if (line.empty() && at.col > 1)
    return; // no text at hand: eval'ed data, strings given to read
  if (sources().at(at.file).text.empty())
    return;
  Shown s = cut(line, at.col);
  gutter(out, std::to_string(at.line), width, paint);
  out += s.text;
  trim_end(out);
  out += '\n';
  gutter(out, "", width, paint);
  out += s.lead + caret + "^" + paint.end() + "\n";
  for (uint32_t n = at.line + 1; n <= last; ++n) {
    if (last - at.line >= kMaxExcerpt && n == at.line + 4) {
      out.append(2 + width, ' ').append(" ...\n");
      n = last - 2;
    }
    gutter(out, std::to_string(n), width, paint);
    out += cut(sources().line(at.file, n), 1).text;
    trim_end(out);
    out += '\n';
  }
}

} // namespace

std::string note_text(const Note &n, Span of) {
  std::string m = n.message;
  size_t i = m.find("{at}");
  if (i == std::string::npos || !n.span)
    return m;
  std::string at = n.span->file == of.file ? std::to_string(n.span->line) + ":" + std::to_string(n.span->col)
                                           : location(*n.span);
  return m.replace(i, 4, at);
}

std::string render(const Diagnostic &d) { return render(d, {}); }

std::string render(const Diagnostic &d, const RenderStyle &style) {
  Paint paint{style.colour};
  uint32_t largest = d.span.line;
  for (const Note &n : d.notes)
    if (n.span)
      largest = std::max({largest, n.span->line, n.last_line});
  size_t width = std::to_string(largest).size();
  bool is_error = d.severity == Severity::Error;
  const char *colour = is_error ? paint.red() : paint.yellow();
  std::string out = paint.bold() + location(d.span) + ": " + paint.end();
  out = out + colour + (is_error ? "error: " : "warning: ") + paint.end() + paint.bold() + d.message + paint.end() + "\n";
  if (d.span.line != 0)
    excerpt(out, d.span, 0, width, paint, colour);
  for (const Note &n : d.notes) {
    out = out + "  " + paint.cyan() + "note: " + paint.end() + note_text(n, d.span) + "\n";
    if (n.span && n.span->line != 0)
      excerpt(out, *n.span, n.last_line, width, paint, paint.cyan());
  }
  if (!d.hint.empty())
    out = out + "  " + paint.green() + "hint: " + paint.end() + d.hint + "\n";
  if (style.says_code && find_diag(d.code))
    out = out + "  help: evjit explain " + d.code + "\n";
  return out;
}

} // namespace evjit::frontend
