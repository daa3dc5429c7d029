// Changing mutable strings, bytes and arrays in place. `text` and `items` may point into the object itself.
#pragma once

#include "gc/value/make.hpp"

namespace evjit::gc {

void mstring_assign(Mutator &m, Value str, std::string_view text); // valid UTF-8
void mstring_append(Mutator &m, Value str, std::string_view text);
void mbytes_assign(Mutator &m, Value b, std::string_view data);
void mbytes_append(Mutator &m, Value b, std::string_view data);
// Replaces `remove` elements at `at` by n others (at + remove <= length).
void marray_splice(Mutator &m, Value arr, size_t at, size_t remove, const Value *items, size_t n);
inline void marray_append(Mutator &m, Value arr, const Value *items, size_t n) {
  marray_splice(m, arr, array_length(arr), 0, items, n);
}

} // namespace evjit::gc
