// Fuzzes JSON reading and writing: any text must end in a value or in one :parse-error inside the text; a value must be written, read
// back as an equal value, and written the same again, compact and pretty.
//
// One source, two programs: with libFuzzer (clang, -DEVJIT_FUZZ=ON: target fuzz_json), and as replay_json (see replay.hpp).
// Bytes that are not UTF-8 are no string of the language and are skipped.
#include "gc/heap/heap.hpp"
#include "gc/prims/json_reader.hpp"
#include "gc/prims/prims.hpp"
#include "gc/value/make.hpp"
#include "gc/value/text.hpp"
#include "test/fuzz/replay.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

using namespace evjit;
using namespace evjit::gc;

EVJIT_PRIM(evrt_json_serialize);
EVJIT_PRIM(evrt_json_pretty);

namespace {

[[noreturn]] void fail(const char *what, std::string_view a, std::string_view b) {
  std::fprintf(stderr, "json_fuzz: %s\n%.*s\n%.*s\n", what, static_cast<int>(a.size()), a.data(), static_cast<int>(b.size()), b.data());
  std::abort();
}

void check_error(Value e, std::string_view text) {
  Value offset = struct_get(e, "offset");
  if (struct_get(e, "error") != keyword("parse-error"))
    fail("an error of another kind", print_literal(e), text);
  if (!is_int(offset) || int_of(offset) < 0 || static_cast<size_t>(int_of(offset)) > text::grapheme_count(text))
    fail("an offset outside the text", print_literal(e), text);
}

void check_value(Mutator &m, Value v) {
  Value written = evrt_json_serialize(m, &v, 1), pretty = evrt_json_pretty(m, &v, 1);
  if (written.is_error() || pretty.is_error())
    fail("cannot be written", print_literal(v), print_literal(m.error));
  for (Value text : {written, pretty}) {
    Value again = json_read(m, string_view_of(text), JsonKeys::String);
    if (again.is_error())
      fail("what was written cannot be read", string_view_of(text), print_literal(m.error));
    Value twice = evrt_json_serialize(m, &again, 1);
    if (twice.is_error() || string_view_of(twice) != string_view_of(written))
      fail("written differently the second time", string_view_of(written), string_view_of(twice));
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static Mutator *m = [] {
    auto *made = new Mutator;
    heap_create(*made);
    return made;
  }();
  std::string_view text(reinterpret_cast<const char *>(data), size);
  if (!text::is_valid_utf8(text))
    return 0;
  for (JsonKeys keys : {JsonKeys::String, JsonKeys::Keyword}) {
    if (keys == JsonKeys::Keyword && size > 200)
      break; // keywords live for ever
    Value v = json_read(*m, text, keys);
    if (v.is_error())
      check_error(m->error, text);
    else
      check_value(*m, v);
  }
  return 0;
}
