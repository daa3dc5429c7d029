// Sources, the sink and the table of codes. The sources of a process are shared by all its threads (a thread of the language
// reads files too), hence the lock; entries never move or change, so references into them need none.
#include "frontend/diag/diag.hpp"

#include "base/assert.hpp"

namespace evjit::frontend {

uint32_t Sources::add(Source s) {
  std::lock_guard lock(mutex_);
  if (all_.empty())
    all_.push_back({{"<unknown>", "", SourceKind::Lisp}, {}});
  all_.push_back({std::move(s), {}});
  return static_cast<uint32_t>(all_.size() - 1);
}

const Source &Sources::at(uint32_t i) const {
  std::lock_guard lock(mutex_);
  if (all_.empty())
    all_.push_back({{"<unknown>", "", SourceKind::Lisp}, {}});
  return all_[i < all_.size() ? i : 0].source;
}

uint32_t Sources::count() const {
  std::lock_guard lock(mutex_);
  return static_cast<uint32_t>(all_.size());
}

std::string_view Sources::line(uint32_t file, uint32_t line) const {
  std::lock_guard lock(mutex_);
  if (file >= all_.size() || line == 0)
    return {};
  Entry &e = all_[file];
  std::string_view text = without_bom(e.source.text);
  if (e.starts.empty()) {
    e.starts.push_back(0);
    for (size_t i = 0; i < text.size(); ++i)
      if (text[i] == '\n')
        e.starts.push_back(i + 1);
  }
  if (line > e.starts.size())
    return {};
  size_t from = e.starts[line - 1];
  size_t to = line < e.starts.size() ? e.starts[line] - 1 : text.size();
  if (to > from && text[to - 1] == '\r')
    --to;
  return text.substr(from, to - from);
}

Sources &sources() {
  static Sources all;
  return all;
}

// The same complaint at the same place twice (an argument that a macro inserted twice) is told once.
static bool is_repeated(const std::vector<Diagnostic> &all, Span at, std::string_view message) {
  constexpr size_t kLookBack = 64;
  for (size_t i = all.size(); i-- > 0 && all.size() - i <= kLookBack;) {
    const Span &s = all[i].span;
    if (s.file == at.file && s.line == at.line && s.col == at.col && all[i].message == message)
      return true;
  }
  return false;
}

void DiagSink::add(Diagnostic d) {
  dropped_ = is_repeated(all_, d.span, d.message);
  if (!dropped_)
    all_.push_back(std::move(d));
}

void DiagSink::error(Span at, std::string code, std::string message, std::string hint, std::vector<Note> notes) {
  ++errors_;
  add({Severity::Error, std::move(code), at, std::move(message), std::move(notes), std::move(hint), {}, {}});
}

void DiagSink::warning(Span at, std::string code, std::string message, std::string hint, std::vector<Note> notes) {
  add({Severity::Warning, std::move(code), at, std::move(message), std::move(notes), std::move(hint), {}, {}});
}

void DiagSink::mismatch(std::string expected, std::string found) {
  if (dropped_ || all_.empty())
    return;
  all_.back().expected = std::move(expected);
  all_.back().found = std::move(found);
}

static constexpr DiagInfo kDiagnostics[] = {
#define EVJIT_DIAG(name, code, slug, about) {code, slug, about},
#include "frontend/diag/diag.def"
#undef EVJIT_DIAG
};

std::span<const DiagInfo> all_diagnostics() { return kDiagnostics; }

const DiagInfo *find_diag(std::string_view code_or_slug) {
  for (const DiagInfo &d : kDiagnostics)
    if (code_or_slug == d.code || code_or_slug == d.slug)
      return &d;
  return nullptr;
}

std::string location(Span at) {
  std::string out = sources().at(at.file).name;
  if (at.line != 0)
    out += ":" + std::to_string(at.line) + ":" + std::to_string(at.col);
  return out;
}

} // namespace evjit::frontend
