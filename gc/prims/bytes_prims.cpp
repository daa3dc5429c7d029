// Bytes and @string from bytes (05 section 5).
#include "gc/prims/prim_util.hpp"
#include "gc/prims/prims.hpp"
#include "gc/value/text.hpp"

namespace evjit::gc {

namespace {

bool byte_of(Mutator &m, std::string_view fn, Value v, int arg, char *out, Value *raised) {
  int64_t b;
  if (!want_int(m, fn, v, arg, &b, raised))
    return false;
  if (b < 0 || b > 255) {
    *raised = value_error(m, fn, "byte out of range 0-255: " + std::to_string(b));
    return false;
  }
  *out = static_cast<char>(b);
  return true;
}

Value make_bytes_of(Mutator &m, std::string_view fn, const Value *args, size_t argc, Type type) {
  std::string data;
  Value raised;
  if (argc == 1 && is(args[0], type))
    return args[0];
  if (argc == 1 && is_bytes(args[0])) {
    data = bytes_view_of(args[0]);
  } else if (argc == 1 && is_string(args[0])) {
    data = string_view_of(args[0]);
  } else if (argc == 1 && is_keyword(args[0])) {
    data = name_of(args[0]);
  } else {
    data.resize(argc);
    for (size_t i = 0; i < argc; ++i)
      if (!byte_of(m, fn, args[i], static_cast<int>(i), &data[i], &raised))
        return raised;
  }
  return type == Type::Bytes ? make_bytes(m, data.data(), data.size()) : make_mbytes(m, data.data(), data.size());
}

std::string hex(std::string_view data) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  out.reserve(2 * data.size());
  for (char ch : data) {
    auto c = static_cast<unsigned char>(ch);
    out += kHex[c >> 4];
    out += kHex[c & 15];
  }
  return out;
}

std::string big_endian(uint64_t n) {
  std::string s;
  do {
    s.insert(s.begin(), static_cast<char>(n & 255));
    n >>= 8;
  } while (n);
  return s;
}

} // namespace

EVJIT_PRIM(evrt_bytes) { return make_bytes_of(m, "bytes", args, argc, Type::Bytes); }
EVJIT_PRIM(evrt_mbytes) { return make_bytes_of(m, "@bytes", args, argc, Type::MBytes); }
EVJIT_PRIM(evrt_mstring) {
  std::string s;
  Value raised;
  for (size_t i = 0; i < argc; ++i) {
    char byte;
    if (is_string(args[i])) {
      s += string_view_of(args[i]);
    } else if (!is_int(args[i])) {
      return type_error(m, "@string", "integer or string", args[i], static_cast<int>(i));
    } else {
      if (!byte_of(m, "@string", args[i], static_cast<int>(i), &byte, &raised))
        return raised;
      s += byte;
    }
  }
  if (!text::is_valid_utf8(s))
    return raise_error(m, "encoding-error", "@string: bytes are not valid UTF-8");
  return make_mstring(m, s);
}
EVJIT_PRIM(evrt_seq_to_hex) {
  Value x = args[0], raised;
  if (is_int(x)) {
    if (int_of(x) < 0)
      return value_error(m, "seq->hex", "integer must not be negative, got " + std::to_string(int_of(x)));
    return make_string(m, hex(big_endian(static_cast<uint64_t>(int_of(x)))));
  }
  std::string data;
  if (is_bytes(x)) {
    data = bytes_view_of(x);
  } else if (is_array(x) || is_list(x)) {
    Value items = collection_elements(m, x);
    if (items == kAbsent)
      return type_error_text(m, "seq->hex", "expected proper list, got improper list", x);
    data.resize(array_length(items));
    for (size_t i = 0; i < data.size(); ++i)
      if (!byte_of(m, "seq->hex", array_items(items)[i], 0, &data[i], &raised))
        return raised;
  } else {
    return type_error(m, "seq->hex", "bytes, array, list or integer", x, 0);
  }
  return is_mutable_kind(kind_of(x)) ? make_mstring(m, hex(data)) : make_string(m, hex(data));
}

static const PrimDef kRows[] = {
    {.name = "bytes", EVJIT_PRIM_FN(evrt_bytes), .arity = {0, kAny}, .params = "& xs",
     .doc = "Bytes from integers, or from one string, keyword or bytes value.", .example = "(bytes \"AZ\") # => b[65 90]"},
    {.name = "@bytes", EVJIT_PRIM_FN(evrt_mbytes), .arity = {0, kAny}, .params = "& xs",
     .doc = "Mutable bytes from integers, or from one string, keyword or bytes value.", .example = "(@bytes 1 2) # => @b[1 2]"},
    {.name = "@string", EVJIT_PRIM_FN(evrt_mstring), .arity = {0, kAny}, .params = "& xs",
     .doc = "A mutable string from bytes, which must form UTF-8, and strings.", .example = "(@string 104 \"i\") # => @\"hi\""},
    {.name = "seq->hex", EVJIT_PRIM_FN(evrt_seq_to_hex), .arity = {1, 1}, .params = "x",
     .doc = "Lowercase hexadecimal text of bytes, of an array or list of bytes, or of an integer.",
     .example = "(seq->hex b[65 90]) # => \"415a\"", .aliases = "bytes->hex bytes->hex-string"},
};
const std::span<const PrimDef> kBytesPrims = kRows;

} // namespace evjit::gc
