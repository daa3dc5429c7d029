// Text of values beyond gc/value/make.hpp.
#pragma once

#include "gc/value/make.hpp"

namespace evjit::gc {

// Status of a fiber ("new", "suspended", ...): set by sched once, before any fiber exists. Null: prints <fiber>.
extern const char *(*fiber_status_hook)(Value fiber);

// Appends a float as the language writes it: shortest digits that read back, always with '.' or an exponent.
void append_float(std::string &out, double d);
// The same digits, never with an exponent; magnitude is finite and not negative.
void append_fixed(std::string &out, double magnitude);
// Appends "text" in quotes, escaped so that it re-reads.
void append_quoted(std::string &out, std::string_view s);

// Appends the display renderings of the arguments, one after the other: what string, print and println write.
// false after raising :encoding-error (bytes that are not UTF-8), with the value to return in *raised.
bool display_all(Mutator &m, std::string_view fn, const Value *args, size_t n, std::string &out, Value *raised);

// "<array (3 elements)>": (describe v)
std::string describe_value(Value v);

} // namespace evjit::gc
