// UTF-8 and grapheme clusters. A string of the language is a sequence of grapheme clusters kept as UTF-8 bytes; positions
// are found by scanning, except in plain text (every byte < 0x80 and no CR LF), where graphemes are bytes.
// Nothing here allocates on the heap of the language. Any thread.
#pragma once

#include "gc/value/value.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace evjit::gc::text {

bool is_plain(std::string_view s);      // ASCII without CR LF: graphemes == bytes
bool is_valid_utf8(std::string_view s); // strict: no surrogates, no overlong forms
void append_utf8(std::string &out, uint32_t code_point);
// The code point at `pos` (s is valid UTF-8) and its length in bytes.
uint32_t decode(std::string_view s, size_t pos, size_t *bytes);

// End of the grapheme cluster that starts at byte `pos` < s.size().
size_t grapheme_end(std::string_view s, size_t pos);
size_t grapheme_count(std::string_view s);
// Byte offset of grapheme `index`; s.size() when there are fewer.
size_t grapheme_offset(std::string_view s, size_t index);

// Byte at which the last cluster of s begins (s is not empty); looks at the end of s only.
size_t last_grapheme(std::string_view s);

// Of String or MString values, using the cached facts of String.
bool string_is_plain(Value str);
size_t string_length(Value str);

std::string upcase(std::string_view s);   // full Unicode mapping where utf8proc knows it
std::string downcase(std::string_view s);
std::string_view trim(std::string_view s); // Unicode white space at both ends
bool is_space(uint32_t code_point);

} // namespace evjit::gc::text
