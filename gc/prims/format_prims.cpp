// string/format (05 section 5): a template is cut into literal text and placeholders, arguments are matched, then each placeholder
// is rendered and padded. Errors of the template or the argument set are :format-error.
#include "gc/prims/prim_util.hpp"
#include "gc/prims/prims.hpp"
#include "gc/value/print.hpp"
#include "gc/value/text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

namespace evjit::gc {

namespace {

struct Spec {
  std::string fill = " ";
  char align = 0; // < > ^ or 0: by the kind of the value
  bool zeros = false;
  size_t width = 0;
  bool has_precision = false;
  size_t precision = 0;
  char type = 0;
};

constexpr size_t kMaxField = 100000; // widths and precisions beyond it are a mistake

class Formatter {
public:
  Formatter(Mutator &m, std::string_view tmpl, const Value *args, size_t argc) : m_(m), t_(tmpl), args_(args), argc_(argc) {}
  Value run();

private:
  enum class Style { Unknown, Positional, Named };

  bool fail(std::string_view text) {
    raised_ = raise_error(m_, "format-error", prefixed("string/format", text));
    return false;
  }
  bool placeholder(std::string_view body);
  bool argument(std::string_view name, Value *v);
  bool parse_spec(std::string_view s, Spec *spec);
  bool number(std::string_view s, size_t *pos, size_t *out);
  bool render(const Spec &spec, Value v);
  bool render_number(const Spec &spec, Value v);
  void pad(const Spec &spec, std::string_view sign, std::string_view body, bool numeric);
  bool finish();

  Mutator &m_;
  std::string_view t_;
  const Value *args_;
  size_t argc_;
  Style style_ = Style::Unknown;
  size_t next_ = 0;
  std::vector<bool> used_;
  std::string out_;
  Value raised_ = kNil;
};

bool Formatter::argument(std::string_view name, Value *v) {
  Style style = name.empty() ? Style::Positional : Style::Named;
  if (style_ != Style::Unknown && style_ != style)
    return fail("{} and {name} placeholders cannot be mixed");
  style_ = style;
  if (style == Style::Positional) {
    if (next_ >= argc_)
      return fail("too few arguments for the template");
    *v = args_[next_++];
    return true;
  }
  if (used_.empty()) {
    if (argc_ % 2 != 0)
      return fail("named arguments come in pairs of :name and value");
    used_.assign(argc_ / 2 + 1, false);
    for (size_t i = 0; i < argc_; i += 2)
      if (!is_keyword(args_[i])) {
        raised_ = type_error(m_, "string/format", "keyword", args_[i], static_cast<int>(i) + 1);
        return false;
      }
  }
  for (size_t i = 0; i < argc_; i += 2)
    if (name_of(args_[i]) == name) {
      used_[i / 2] = true;
      *v = args_[i + 1];
      return true;
    }
  return fail("no argument :" + std::string(name));
}

bool Formatter::number(std::string_view s, size_t *pos, size_t *out) {
  size_t start = *pos;
  *out = 0;
  while (*pos < s.size() && s[*pos] >= '0' && s[*pos] <= '9') {
    *out = *out * 10 + static_cast<size_t>(s[(*pos)++] - '0');
    if (*out > kMaxField)
      return fail("width or precision is too large");
  }
  return *pos > start ? true : fail("expected a number in the placeholder's format");
}

bool is_align(char c) { return c == '<' || c == '>' || c == '^'; }

bool Formatter::parse_spec(std::string_view s, Spec *spec) {
  size_t pos = 0;
  size_t first = s.empty() ? 0 : text::grapheme_end(s, 0);
  if (first < s.size() && is_align(s[first])) {
    spec->fill = std::string(s.substr(0, first));
    spec->align = s[first];
    pos = first + 1;
  } else if (!s.empty() && is_align(s[0])) {
    spec->align = s[0];
    pos = 1;
  }
  if (pos < s.size() && s[pos] == '0') {
    spec->zeros = true;
    ++pos;
  }
  if (pos < s.size() && s[pos] >= '0' && s[pos] <= '9' && !number(s, &pos, &spec->width))
    return false;
  if (pos < s.size() && s[pos] == '.') {
    ++pos;
    spec->has_precision = true;
    if (!number(s, &pos, &spec->precision))
      return false;
  }
  if (pos < s.size())
    spec->type = s[pos++];
  if (pos < s.size() || (spec->type && std::string_view("sdxXobfe").find(spec->type) == std::string_view::npos))
    return fail("bad format :" + std::string(s));
  return true;
}

// Text of a float with a fixed number of digits, or its shortest one (precision absent), without the sign.
std::string fixed_text(double magnitude, const Spec &spec) {
  std::string s;
  if (!spec.has_precision) {
    append_fixed(s, magnitude);
    return s;
  }
  char buf[512]; // 309 digits before the point, 100 behind it
  auto digits = static_cast<int>(std::min<size_t>(spec.precision, 100));
  s.assign(buf, std::to_chars(buf, buf + sizeof buf, magnitude, std::chars_format::fixed, digits).ptr);
  if (spec.precision > 100)
    s.append(spec.precision - 100, '0');
  return s;
}

// 1000.0 is 1e3: the exponent without plus sign and leading zeros.
std::string exponent_text(double magnitude, const Spec &spec) {
  char buf[256];
  auto digits = static_cast<int>(std::min<size_t>(spec.precision, 100));
  constexpr auto kFormat = std::chars_format::scientific;
  char *end = spec.has_precision ? std::to_chars(buf, buf + sizeof buf, magnitude, kFormat, digits).ptr
                                 : std::to_chars(buf, buf + sizeof buf, magnitude, kFormat).ptr;
  std::string_view s(buf, static_cast<size_t>(end - buf));
  size_t e = s.find('e');
  std::string out(s.substr(0, e + 1));
  std::string_view exponent = s.substr(e + 1);
  if (exponent[0] == '-')
    out += '-';
  exponent.remove_prefix(1);
  while (exponent.size() > 1 && exponent[0] == '0')
    exponent.remove_prefix(1);
  return out.append(exponent);
}

std::string integer_text(uint64_t magnitude, char type) {
  char buf[72];
  int radix = type == 'd' ? 10 : type == 'o' ? 8 : type == 'b' ? 2 : 16;
  auto end = std::to_chars(buf, buf + sizeof buf, magnitude, radix).ptr;
  if (type == 'X')
    for (char *p = buf; p != end; ++p)
      if (*p >= 'a')
        *p = static_cast<char>(*p - 32);
  return {buf, static_cast<size_t>(end - buf)};
}

bool Formatter::render_number(const Spec &spec, Value v) {
  if (!is_number(v))
    return fail(std::string("format ") + spec.type + " wants a number, got " + std::string(type_name(v)));
  if (spec.type == 'f' || spec.type == 'e') {
    double d = number_as_double(v);
    Spec digits = spec;
    if (is_int(v) && !spec.has_precision && spec.type == 'f') {
      digits.has_precision = true;
      digits.precision = 1;
    }
    std::string body = std::isfinite(d) ? (spec.type == 'f' ? fixed_text(std::fabs(d), digits) : exponent_text(std::fabs(d), digits))
                       : std::isnan(d)  ? "NaN"
                                        : "inf";
    pad(spec, std::signbit(d) && !std::isnan(d) ? "-" : "", body, true);
    return true;
  }
  int64_t i;
  if (is_int(v)) {
    i = int_of(v);
  } else {
    double d = std::trunc(float_of(v));
    if (!(d >= -9223372036854775808.0 && d < 9223372036854775808.0))
      return fail("no integer for " + print_literal(v));
    i = static_cast<int64_t>(d);
  }
  uint64_t magnitude = i < 0 ? 0 - static_cast<uint64_t>(i) : static_cast<uint64_t>(i);
  pad(spec, i < 0 ? "-" : "", integer_text(magnitude, spec.type), true);
  return true;
}

bool Formatter::render(const Spec &spec, Value v) {
  if (spec.type && spec.type != 's')
    return render_number(spec, v);
  if (spec.type == 's' && is_number(v))
    return fail("format s wants no number, got " + std::string(type_name(v)));
  std::string body;
  if (!display_all(m_, "string/format", &v, 1, body, &raised_))
    return false;
  if (!is_number(v)) {
    if (spec.has_precision && is_string(v))
      body.resize(text::grapheme_offset(body, spec.precision));
    pad(spec, "", body, false);
    return true;
  }
  if (spec.has_precision && is_float(v)) // a float with a precision and no type: fixed
    body = (std::signbit(float_of(v)) ? "-" : "") + fixed_text(std::fabs(float_of(v)), spec);
  bool negative = body.starts_with('-');
  pad(spec, negative ? "-" : "", std::string_view(body).substr(negative), true);
  return true;
}

void Formatter::pad(const Spec &spec, std::string_view sign, std::string_view body, bool numeric) {
  size_t width = sign.size() + text::grapheme_count(body);
  size_t missing = spec.width > width ? spec.width - width : 0;
  if (numeric && spec.zeros && !spec.align) {
    out_ += sign;
    out_.append(missing, '0');
    out_ += body;
    return;
  }
  char align = spec.align ? spec.align : numeric ? '>' : '<';
  size_t before = align == '>' ? missing : align == '^' ? missing / 2 : 0;
  for (size_t i = 0; i < before; ++i)
    out_ += spec.fill;
  out_ += sign;
  out_ += body;
  for (size_t i = before; i < missing; ++i)
    out_ += spec.fill;
}

bool Formatter::placeholder(std::string_view body) {
  size_t colon = body.find(':');
  std::string_view name = body.substr(0, colon);
  Spec spec;
  Value v;
  if (colon != std::string_view::npos && !parse_spec(body.substr(colon + 1), &spec))
    return false;
  return argument(name, &v) && render(spec, v);
}

bool Formatter::finish() {
  if (style_ != Style::Named)
    return next_ == argc_ ? true : fail("too many arguments for the template");
  for (size_t i = 0; i < argc_; i += 2)
    if (!used_[i / 2])
      return fail("unused argument :" + std::string(name_of(args_[i])));
  return true;
}

Value Formatter::run() {
  for (size_t i = 0; i < t_.size(); ++i) {
    char c = t_[i];
    if (c != '{' && c != '}') {
      out_ += c;
      continue;
    }
    if (i + 1 < t_.size() && t_[i + 1] == c) {
      out_ += c;
      ++i;
      continue;
    }
    size_t end = c == '{' ? t_.find('}', i) : std::string_view::npos;
    // A brace may be the fill: {:}<5} closes at the second one.
    if (end != std::string_view::npos && t_[end - 1] == ':' && end + 1 < t_.size() && is_align(t_[end + 1]))
      end = t_.find('}', end + 1);
    if (end == std::string_view::npos) {
      fail(c == '{' ? "unbalanced {" : "unbalanced }");
      return raised_;
    }
    if (!placeholder(t_.substr(i + 1, end - i - 1)))
      return raised_;
    i = end;
  }
  return finish() ? make_string(m_, out_) : raised_;
}

} // namespace

EVJIT_PRIM(evrt_str_format) {
  if (!is_string(args[0]))
    return type_error(m, "string/format", "string", args[0], 0);
  return Formatter(m, string_view_of(args[0]), args + 1, argc - 1).run();
}

static const PrimDef kRows[] = {
    {.name = "string/format", EVJIT_PRIM_FN(evrt_str_format), .arity = {1, kAny}, .params = "template & args",
     .doc = "The template with its {} or {name} placeholders filled in; {:[[fill]align][0][width][.precision][type]} formats.",
     .example = "(string/format \"{:05d}|{:>4}\" -42 :a) # => \"-0042|   a\"", .aliases = "string-format"},
};
const std::span<const PrimDef> kFormatPrims = kRows;

} // namespace evjit::gc
