// Diagnostics for tools: one object a line, always valid JSON and valid UTF-8 whatever the source holds.
#include "frontend/diag/report.hpp"
#include "frontend/read/chars.hpp"

namespace evjit::frontend {
namespace {

void append_string(std::string &out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (size_t pos = 0; pos < text.size();) {
    size_t n;
    uint32_t cp = chars::decode(text, pos, &n);
    if (cp == chars::kInvalid)
      out += "\\ufffd";
    else if (cp == '"' || cp == '\\')
      (out += '\\') += static_cast<char>(cp);
    else if (cp == '\n')
      out += "\\n";
    else if (cp == '\t')
      out += "\\t";
    else if (cp < 0x20 || cp == 0x7f)
      ((out += "\\u00") += kHex[cp >> 4]) += kHex[cp & 15];
    else
      out += text.substr(pos, n);
    pos += n;
  }
  out += '"';
}

void field(std::string &out, const char *name, std::string_view text) {
  if (out.back() != '{')
    out += ',';
  append_string(out, name);
  out += ':';
  append_string(out, text);
}
void field(std::string &out, const char *name, uint32_t number) {
  out += ",\"";
  out += name;
  out += "\":" + std::to_string(number);
}
void position(std::string &out, Span at) {
  field(out, "file", sources().at(at.file).name);
  field(out, "line", at.line);
  field(out, "col", at.line == 0 ? 0 : at.col);
}

} // namespace

std::string to_json(const Diagnostic &d) {
  const DiagInfo *info = find_diag(d.code);
  std::string out = "{";
  field(out, "code", d.code);
  field(out, "slug", info ? info->slug : "");
  field(out, "severity", d.severity == Severity::Error ? "error" : "warning");
  field(out, "message", d.message);
  position(out, d.span);
  field(out, "source", d.span.line == 0 ? std::string_view{} : sources().line(d.span.file, d.span.line));
  out += ",\"notes\":[";
  for (size_t i = 0; i < d.notes.size(); ++i) {
    const Note &n = d.notes[i];
    out += i ? ",{" : "{";
    field(out, "message", note_text(n, d.span));
    if (n.span) {
      position(out, *n.span);
      field(out, "last_line", std::max(n.last_line, n.span->line));
    }
    out += '}';
  }
  out += ']';
  if (!d.hint.empty())
    field(out, "hint", d.hint);
  if (!d.expected.empty()) {
    field(out, "expected", d.expected);
    field(out, "found", d.found);
  }
  return out + "}";
}

} // namespace evjit::frontend
