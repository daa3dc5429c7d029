// Fuzzes the reader: any bytes must end in data or in diagnostics that render, never in a crash; and data without sets must
// print so that it reads back to the same print (02 section 7).
//
// One source, two programs: with libFuzzer (clang, -DEVJIT_FUZZ=ON: target fuzz_reader), and as replay_reader, which is part
// of the tests (replay.hpp).
//
// A first byte of 'M' makes the rest a Markdown source.
#include "frontend/read/reader.hpp"
#include "gc/heap/heap.hpp"
#include "test/fuzz/replay.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

using namespace evjit;
using namespace evjit::frontend;

namespace {

[[noreturn]] void fail(const char *what, const std::string &a, const std::string &b) {
  std::fprintf(stderr, "reader_fuzz: %s\n%s\n%s\n", what, a.c_str(), b.c_str());
  std::abort();
}

std::string print_all(gc::Mutator &m, gc::RootVector &forms, DiagSink &sink) {
  std::string out;
  for (size_t i = 0; i < forms.size(); ++i)
    out += gc::print_literal(syntax_to_datum(m, forms[i], sink)) + "\n";
  return out;
}

void one(gc::Mutator &m, std::string_view text, SourceKind kind) {
  static const uint32_t file = sources().add({"<fuzz>", "", SourceKind::Lisp});
  DiagSink sink;
  gc::RootVector forms(m);
  read_text(m, file, text, kind, sink, forms);
  std::string printed = print_all(m, forms, sink);
  for (const Diagnostic &d : sink.all())
    if (render(d).find(": error: ") == std::string::npos || find_diag(d.code) == nullptr || d.span.line == 0)
      fail("a diagnostic without shape", render(d), d.code);
  if (sink.has_errors() || printed.find('|') != std::string::npos)
    return;
  gc::RootVector again(m);
  read_text(m, file, printed, SourceKind::Lisp, sink, again);
  std::string twice = print_all(m, again, sink);
  if (sink.has_errors() || twice != printed)
    fail("printed data reads back differently", printed, twice);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static gc::Mutator *m = [] {
    auto *made = new gc::Mutator;
    gc::heap_create(*made);
    return made;
  }();
  std::string_view text(reinterpret_cast<const char *>(data), size);
  bool markdown = text.starts_with('M');
  one(*m, markdown ? text.substr(1) : text, markdown ? SourceKind::Markdown : SourceKind::Lisp);
  return 0;
}
