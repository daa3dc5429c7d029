// Numbers of the source (01 section 2).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace evjit::frontend {

struct Number {
  enum Kind : uint8_t { Integer, Float, Bad } kind = Bad;
  int64_t integer = 0;
  double real = 0;
  const char *code = nullptr; // Bad: the diagnostic
  std::string message;        // Bad: with the literal in it
};

// `token` starts with a digit or with a sign and a digit and goes up to the next delimiter.
Number parse_number(std::string_view token);

} // namespace evjit::frontend
