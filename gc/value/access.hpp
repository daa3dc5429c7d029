// get, put, has?, del, length over every kind of collection (05 section 2). Also behind calls of collections and accessor tokens.
#pragma once

#include "gc/value/make.hpp"

namespace evjit::gc {

// (get c k otherwise): `otherwise` kAbsent when the caller gave none (nil, but an :argument-error for bytes). kError after raising.
Value access_get(Mutator &m, std::string_view fn, Value c, Value k, Value otherwise);
// (c k otherwise) of a collection in head position, 1 or 2 arguments: as get, out of range never raises; sets answer membership.
Value access_call(Mutator &m, Value c, const Value *args, size_t argc);
Value access_put(Mutator &m, std::string_view fn, Value c, Value k, Value v);
Value access_has(Mutator &m, std::string_view fn, Value c, Value x);
Value access_del(Mutator &m, std::string_view fn, Value c, Value k);
Value access_length(Mutator &m, std::string_view fn, Value c);

} // namespace evjit::gc
