// Hashing, consistent with `equal`: 1 and 1.0 hash alike, so do twins of different mutability, at every depth.
//
// Names carry a hash; text goes through XXH3 with a seed drawn once per process. Structs and sets add up the hashes of
// their entries, so their order does not matter. To end on cycles, collections below kMaxDepth count by kind and
// length only, and a value of more than kBudget nodes hashes by its kind alone; both depend on the contents
// only, so equal values stay together. Boxes hash by kind: their contents may change while they are in a set.
#include "gc/object/ordered.hpp"
#include "gc/object/scan.hpp"
#include "gc/object/table.hpp"
#include "gc/value/number.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <random>
#include <unordered_set>
#include <vector>

namespace evjit::gc {

namespace {

constexpr int kMaxDepth = 8;
constexpr size_t kBudget = size_t{1} << 22;

uint64_t process_seed() {
  static const uint64_t seed = [] {
    std::random_device rd;
    return (uint64_t{rd()} << 32) ^ rd();
  }();
  return seed;
}

uint64_t mix(uint64_t x) {
  x ^= x >> 30;
  x *= 0xBF58476D1CE4E5B9u;
  x ^= x >> 27;
  x *= 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

enum Kind : uint64_t { kKindList = 0x51, kKindArray, kKindStruct, kKindSet, kKindBox, kKindNumber, kKindText, kKindBytes };

class Hasher {
public:
  uint64_t top(Value v) {
    uint64_t h = at(v, 0);
    return left_ == 0 ? mix(process_seed() + kind_only(v)) : h;
  }

private:
  uint64_t at(Value v, int depth);
  uint64_t object(Value v, int depth);
  uint64_t list(Value v, int depth);
  uint64_t array(Value v, int depth);
  uint64_t entry(const Value *e, bool pairs, int depth);
  uint64_t unordered(Value v, int depth);
  static uint64_t kind_only(Value v) {
    return is_list(v) ? kKindList : is_array(v) ? kKindArray : is_struct(v) ? kKindStruct : kKindSet;
  }

  uint64_t seed_ = process_seed();
  size_t left_ = kBudget;
};

uint64_t Hasher::at(Value v, int depth) {
  if (v.is_fixnum())
    return mix(seed_ ^ static_cast<uint64_t>(v.as_fixnum()));
  if (!v.is_object())
    return mix(seed_ + v.bits * 0x9E3779B97F4A7C15u);
  return object(v, depth);
}

uint64_t Hasher::object(Value v, int depth) {
  switch (v.as()->h.type) {
  case Type::Int64: return mix(seed_ ^ static_cast<uint64_t>(v.as<Int64>()->v));
  case Type::Float: {
    double d = float_of(v);
    if (d >= -9223372036854775808.0 && d < 9223372036854775808.0 && d == std::trunc(d))
      return mix(seed_ ^ static_cast<uint64_t>(static_cast<int64_t>(d)));
    return mix(seed_ + (std::isnan(d) ? uint64_t{kKindNumber} : std::bit_cast<uint64_t>(d)));
  }
  case Type::Symbol: return mix(seed_ + v.as<Name>()->hash * 3);
  case Type::Keyword: return mix(seed_ ^ v.as<Name>()->hash);
  case Type::String:
  case Type::MString: {
    auto s = string_view_of(v);
    return XXH3_64bits_withSeed(s.data(), s.size(), seed_);
  }
  case Type::Bytes:
  case Type::MBytes: {
    auto s = bytes_view_of(v);
    return XXH3_64bits_withSeed(s.data(), s.size(), seed_ + kKindBytes);
  }
  case Type::Pair: return list(v, depth);
  case Type::Array:
  case Type::BigArray:
  case Type::MArray: return array(v, depth);
  case Type::Struct:
  case Type::BigStruct:
  case Type::MStruct:
  case Type::Set:
  case Type::BigSet:
  case Type::MSet: return unordered(v, depth);
  case Type::Box: return mix(seed_ + kKindBox);
  case Type::Closure:
  case Type::Parameter:
  case Type::Fiber:
  case Type::Syntax:
  case Type::Opaque:
  case Type::Cell:
  case Type::Instance:
  case Type::RawBuf:
  case Type::ValueBuf:
  case Type::Table:
  case Type::TreeNode: return mix(seed_ ^ (v.bits >> 3));
  }
  return 0;
}

uint64_t Hasher::list(Value v, int depth) {
  uint64_t h = mix(seed_ + kKindList);
  if (depth >= kMaxDepth)
    return h;
  for (; is_pair(v) && left_ > 0; v = tail(v)) {
    --left_;
    h = mix(h + at(head(v), depth + 1));
  }
  return v.is_empty_list() ? h : mix(h ^ at(v, depth + 1));
}

uint64_t Hasher::array(Value v, int depth) {
  uint64_t h = mix(seed_ + kKindArray + (array_length(v) << 8));
  if (depth >= kMaxDepth)
    return h;
  for (Scan s(v); s.more() && left_ > 0;) {
    --left_;
    h = mix(h + at(s.next(), depth + 1));
  }
  return h;
}

uint64_t Hasher::entry(const Value *e, bool pairs, int depth) {
  if (left_ == 0)
    return 0;
  --left_;
  uint64_t k = at(e[0], depth + 1);
  return pairs ? mix(k ^ mix(at(e[1], depth + 1) + 1)) : mix(k);
}

uint64_t Hasher::unordered(Value v, int depth) {
  bool pairs = is_struct(v);
  size_t n = pairs ? struct_length(v) : set_length(v);
  uint64_t h = mix(seed_ + (pairs ? kKindStruct : kKindSet) + (n << 8));
  if (depth >= kMaxDepth)
    return h;
  uint64_t sum = 0;
  if (is(v, Type::MStruct) || is(v, Type::MSet)) { // in any order: not sorted for this
    auto *t = (pairs ? v.as<MStruct>()->table : v.as<MSet>()->table).as<Table>();
    size_t words = pairs ? 2 : 1;
    for (size_t i = 0; i < t->cap; ++i)
      if (table_slot_used(t->slots[i * words]))
        sum += entry(t->slots + i * words, pairs, depth);
    return mix(h + sum);
  }
  for (Scan s(v); s.more();) {
    Value e[2] = {s.next(), kNil};
    if (pairs)
      e[1] = s.next();
    sum += entry(e, pairs, depth);
  }
  return mix(h + sum);
}

} // namespace

uint64_t hash(Value v) {
  if (is_keyword(v))
    return mix(process_seed() ^ v.as<Name>()->hash);
  return Hasher().top(v);
}

bool valid_key(Value v) {
  if (!v.is_object() || is_keyword(v) || is(v, Type::String))
    return true;
  // Shared parts are looked at once, else data that share much would take time exponential in their depth.
  constexpr size_t kPatience = 4096;
  size_t met = 0;
  std::unordered_set<uint64_t> seen;
  auto first_time = [&](Value c) { return ++met <= kPatience || seen.insert(c.bits).second; };
  std::vector<Value> todo{v};
  while (!todo.empty()) {
    v = todo.back();
    todo.pop_back();
    for (; is_pair(v) && first_time(v); v = tail(v))
      if (head(v).is_object())
        todo.push_back(head(v));
    if (!v.is_object() || is_pair(v) || !first_time(v))
      continue;
    switch (v.as()->h.type) {
    case Type::Float:
    case Type::MString:
    case Type::MBytes:
    case Type::MArray:
    case Type::MStruct:
    case Type::MSet:
    case Type::Box: return false;
    case Type::Array:
    case Type::BigArray:
    case Type::Struct:
    case Type::BigStruct:
    case Type::Set:
    case Type::BigSet:
      for (Scan s(v); s.more();)
        if (Value e = s.next(); e.is_object())
          todo.push_back(e);
      break;
    default: break; // immutable atoms; references count by identity
    }
  }
  return true;
}

} // namespace evjit::gc
