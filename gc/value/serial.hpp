// Constants of a unit as bytes: what ahead-of-time programs and the cache carry. The format is private to serial.cpp and checked
// when read (a cache file may be damaged).
#pragma once

#include "gc/value/make.hpp"

#include <span>
#include <string>
#include <vector>

namespace evjit::gc {

// False, with the reason in `problem`, if a value has no serial form (a closure that is no builtin, a fiber, ...).
bool write_constants(std::span<const Value> values, std::vector<uint8_t> &out, std::string &problem);
// Fills `out`, whose size must be the number written. Everything read is immortal; mutable collections (templates that are copied
// before use) too. False if the bytes are damaged or name an unknown builtin.
bool read_constants(std::span<const uint8_t> bytes, std::span<Value> out, std::string &problem);

// An immortal value equal to `v`, for literals of code that threads share; `v` itself if it is immortal already or has no serial
// form (then it must be kept as a root).
Value make_immortal(Value v);

} // namespace evjit::gc
