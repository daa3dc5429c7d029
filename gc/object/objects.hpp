// Layouts of heap objects. Every object starts with an 8-byte Header and is 8-byte aligned; a Value that points to it
// is its address + 1. Sizes in bytes come from object_size() (gc/object/object_size.cpp), references from the
// trace functions. jit/lower uses the offsets of Closure, Instance, Cell and Header by offsetof.
#pragma once

#include "gc/value/value.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace evjit::gc {

enum class Type : uint8_t {
#define X(name, keyword, trace) name,
#include "gc/object/types.def"
#undef X
};

struct Header {
  Type type;
  uint8_t flags;
  uint16_t aux16;
  uint32_t aux; // element count of Array, Struct (entries), Set and their trees, Closure (captures), Instance (slots)
};
static_assert(sizeof(Header) == 8);

// Header::flags
inline constexpr uint8_t kImmortal = 1;   // lives outside the collected heap, never freed, never written
inline constexpr uint8_t kTraits = 2;     // carries a trait table (side table of the heap)
inline constexpr uint8_t kAscii = 4;      // String: every byte < 0x80, so graphemes == bytes (CR LF excluded: see below)
inline constexpr uint8_t kUninterned = 8; // Symbol made by gensym
inline constexpr uint8_t kOld = 16;       // has survived a collection, and nothing was stored in it since: see write_barrier

struct Object {
  Header h;
};

struct Float : Object {
  double v;
};
struct Int64 : Object {
  int64_t v;
};
// Interned, immortal. Text is UTF-8 and NUL-terminated.
struct Name : Object {
  uint64_t hash;
  uint64_t len;
  char text[1];
  std::string_view view() const { return {text, len}; }
};
using Symbol = Name;
using Keyword = Name;

inline constexpr uint64_t kUnknownCount = ~uint64_t{0};
struct String : Object { // valid UTF-8, NUL-terminated behind `len`
  uint64_t len;          // bytes
  uint64_t graphemes;    // kUnknownCount until somebody asked
  char data[1];
  std::string_view view() const { return {data, len}; }
};
struct RawBuf : Object { // bytes, not scanned
  uint64_t cap;
  uint8_t data[1];
};
struct ValueBuf : Object { // values, scanned whole
  uint64_t cap;
  Value items[1];
};
struct MString : Object { // valid UTF-8
  uint64_t len;
  Value buf; // RawBuf
  std::string_view view() const { return {reinterpret_cast<const char *>(buf.as<RawBuf>()->data), len}; }
};
struct Bytes : Object {
  uint64_t len;
  uint8_t data[1];
};
struct MBytes : Object {
  uint64_t len;
  Value buf; // RawBuf
};
struct Pair : Object {
  Value head;
  Value tail;
};
// The flat forms of immutable collections. One of more than kFlatMax entries has one word behind its items: the tree that was made
// from it, once there is one (gc/object/tree.cpp); 0 before.
inline constexpr size_t kFlatMax = 64;
struct Array : Object { // h.aux elements
  Value items[1];
};
struct MArray : Object {
  uint64_t len;
  Value buf; // ValueBuf
};
struct Struct : Object { // h.aux entries, sorted by compare(key): key0 value0 key1 value1 ...
  Value kv[1];
};
struct Set : Object { // h.aux elements, sorted by compare
  Value items[1];
};
// The same as trees: BigArray, BigStruct, BigSet. h.aux entries, h.aux16 levels of nodes above the leaves.
struct Tree : Object {
  Value root; // TreeNode
};
struct TreeNode : Object { // h.aux words: see gc/object/tree.cpp
  Value slots[1];
};
// Open-addressing hash table used by MStruct and MSet, owned by gc/object/table.cpp.
struct Table : Object {
  uint64_t cap;  // power of two
  uint64_t live; // entries in use
  uint64_t used; // live + tombstones
  Value slots[1]; // MStruct: key, value per slot; MSet: key per slot (h.aux = words per slot)
};
struct MStruct : Object {
  Value table;
};
struct MSet : Object {
  Value table;
};

struct FnProto;
struct UnitDesc;

struct Closure : Object { // h.aux captures
  const FnProto *proto;
  Value instance; // the Instance of its unit; nil for primitives
  Value captures[1];
};
struct Instance : Object { // one run of a unit: h.aux top-level variables
  const UnitDesc *unit;
  Value slots[1];
};
struct Cell : Object { // a captured mutable or late-initialised variable
  Value v;
};
struct Box : Object {
  Value v;
};
struct Parameter : Object {
  Value initial;
};
struct Syntax : Object {
  Value datum;    // atom, or list/array/... whose elements are Syntax or plain atoms
  uint32_t chain; // hygiene context, index into frontend's table; 0 = as written
  uint32_t file;  // index into frontend's source table
  uint32_t line;
  uint32_t col;
};

class Marker;
struct Mutator;
// What a foreign resource must answer. `type_name` is the type-of keyword without ':'.
struct OpaqueClass {
  const char *type_name;
  void (*trace)(void *data, Marker &);              // may be null
  void (*finalize)(void *data);                     // may be null; runs when the object is swept
  void (*print)(void *data, std::string &out);      // may be null: prints <TYPE>
};
struct Opaque : Object {
  const OpaqueClass *cls;
  void *data;
  Value field; // one value for the owner's use
};

inline bool is(Value v, Type t) { return v.is_object() && v.as()->h.type == t; }

} // namespace evjit::gc
