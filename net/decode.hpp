// Text from bytes by decision 11-2: characters are never split, malformed input becomes U+FFFD, one per maximal bad sequence.
// Pure functions, any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace evjit::net {

// How many bytes at the end of `s` begin a character that is not complete (0..3).
size_t incomplete_tail(std::string_view s);
// `s` with every maximal bad sequence replaced.
std::string sanitize_utf8(std::string_view s);
// How many bytes of `s` a text read of at most n bytes takes: at least one character, more than n bytes only for that. 0: the first
// character is incomplete and more input may follow. `final`: no more input follows.
size_t text_prefix(std::string_view s, size_t n, bool final);

} // namespace evjit::net
