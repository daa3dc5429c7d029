// Colours for a terminal: ANSI sequences, or nothing when they are not wanted.
#pragma once

#include <string>
#include <string_view>

namespace evjit::cli {

bool wants_colours(int fd); // a terminal that is not dumb, and NO_COLOR is not set

// The literal text of a value with colours for strings, numbers, keywords and constants.
std::string colour_value(std::string_view text);
std::string colour_error(std::string_view text); // `error:` and `file:line:col: error:` at the start

} // namespace evjit::cli
