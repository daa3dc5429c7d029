// JSON text to values. Private to gc/prims and the fuzz target.
#pragma once

#include "gc/mutator.hpp"

#include <string_view>

namespace evjit::gc {

// No text and no value may be nested deeper, so that what was read can be printed, compared and written again.
inline constexpr size_t kJsonDepth = 10000;

enum class JsonKeys { String, Keyword };

// The value of `text`, which is valid UTF-8; kError after raising a :parse-error.
Value json_read(Mutator &m, std::string_view text, JsonKeys keys);

} // namespace evjit::gc
