// See colour.hpp. Works on printed text, not on values: what pp prints is easily told apart.
#include "cli/colour.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

namespace evjit::cli {

namespace {
constexpr std::string_view kGreen = "\33[32m", kCyan = "\33[36m", kMagenta = "\33[35m", kYellow = "\33[33m", kGrey = "\33[90m",
                           kRed = "\33[1;31m", kPlain = "\33[0m";

bool ends_token(char c) { return std::strchr(" \t\n\"()[]{}|<>,", c) != nullptr; }

size_t string_end(std::string_view text, size_t i) { // text[i] is the opening quote
  for (++i; i < text.size() && text[i] != '"'; ++i)
    if (text[i] == '\\')
      ++i;
  return std::min(i + 1, text.size());
}

std::string_view colour_of(std::string_view token) {
  auto digit = [&](size_t i) { return i < token.size() && std::isdigit(static_cast<unsigned char>(token[i])); };
  if (token[0] == ':' && token.size() > 1)
    return kMagenta;
  if (token == "nil")
    return kGrey;
  if (token == "true" || token == "false")
    return kYellow;
  return digit(0) || ((token[0] == '-' || token[0] == '+') && digit(1)) ? kCyan : std::string_view();
}
} // namespace

bool wants_colours(int fd) {
  const char *no = std::getenv("NO_COLOR"), *term = std::getenv("TERM");
  return !(no && *no) && term && *term && std::strcmp(term, "dumb") != 0 && isatty(fd);
}

std::string colour_value(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    size_t end = i + 1;
    std::string_view colour;
    if (text[i] == '"') {
      end = string_end(text, i);
      colour = kGreen;
    } else if (text[i] == '<') { // <closure f>: no datum
      size_t close = text.find('>', i);
      end = close == std::string_view::npos ? text.size() : close + 1;
      colour = kGrey;
    } else if (!ends_token(text[i])) {
      while (end < text.size() && !ends_token(text[end]))
        ++end;
      colour = colour_of(text.substr(i, end - i));
    }
    out += colour;
    out += text.substr(i, end - i);
    if (!colour.empty())
      out += kPlain;
    i = end;
  }
  return out;
}

std::string colour_error(std::string_view text) {
  constexpr std::string_view kWord = "error:";
  size_t at = text.substr(0, text.find('\n')).find(kWord);
  if (at == std::string_view::npos)
    return std::string(text);
  std::string out(text.substr(0, at));
  out += kRed;
  out += kWord;
  out += kPlain;
  out += text.substr(at + kWord.size());
  return out;
}

} // namespace evjit::cli
