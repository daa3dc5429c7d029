// See serial.hpp. One byte of kind, then the payload; lengths are LEB128. Immutable structs and sets are written in their sorted order
// and read back flat, without comparing. Nesting is bounded (kMaxDepth), long lists are not nested.
#include "gc/value/syntax.hpp"
#include "gc/value/serial.hpp"

#include "gc/call.hpp"
#include "gc/object/scan.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace evjit::gc {

void init_string(String *s, std::string_view utf8); // make.cpp

namespace {

enum Kind : uint8_t {
  kBits,    // an immediate or a fixnum: 8 bytes
  kInt,     // boxed integer: 8 bytes
  kDouble,  // 8 bytes
  kText,    // string
  kMText,   // @string
  kSym,
  kKey,
  kOctets,
  kMOctets,
  kListOf,  // n, tail, then the elements
  kArrayOf,
  kMArrayOf,
  kStructOf,
  kMStructOf,
  kSetOf,
  kMSetOf,
  kBuiltinFn, // its name
  kSyntaxOf,
};
constexpr int kMaxDepth = 1000;

class Writer {
public:
  Writer(std::vector<uint8_t> &out, std::string &problem) : out_(out), problem_(problem) {}

  void length(uint64_t n) {
    for (; n >= 0x80; n >>= 7)
      out_.push_back(static_cast<uint8_t>(n | 0x80));
    out_.push_back(static_cast<uint8_t>(n));
  }

  bool value(Value v, int depth = 0) {
    if (!v.is_object()) {
      word(kBits, v.bits);
      return true;
    }
    if (depth > kMaxDepth)
      return fail("a literal is nested too deeply");
    switch (v.as()->h.type) {
    case Type::Int64: word(kInt, static_cast<uint64_t>(v.as<Int64>()->v)); return true;
    case Type::Float: word(kDouble, std::bit_cast<uint64_t>(v.as<Float>()->v)); return true;
    case Type::String: text(kText, string_view_of(v)); return true;
    case Type::MString: text(kMText, string_view_of(v)); return true;
    case Type::Keyword: text(kKey, name_of(v)); return true;
    case Type::Bytes: text(kOctets, bytes_view_of(v)); return true;
    case Type::MBytes: text(kMOctets, bytes_view_of(v)); return true;
    case Type::Symbol:
      if (v.as()->h.flags & kUninterned)
        return fail("a symbol made by gensym cannot be a literal");
      text(kSym, name_of(v));
      return true;
    case Type::Closure: return builtin(v);
    default: return collection(v, depth);
    }
  }

private:
  bool fail(const char *why) {
    problem_ = why;
    return false;
  }
  void word(Kind k, uint64_t w) {
    out_.push_back(k);
    for (int i = 0; i < 8; ++i)
      out_.push_back(static_cast<uint8_t>(w >> (8 * i)));
  }
  void text(Kind k, std::string_view s) {
    out_.push_back(k);
    length(s.size());
    out_.insert(out_.end(), s.begin(), s.end());
  }
  bool builtin(Value v) {
    auto *p = v.as<Closure>()->proto;
    if (!(p->flags & FnProto::kBuiltin) || !p->name || find_builtin(p->name) != v)
      return fail("a function cannot be a literal");
    text(kBuiltinFn, p->name);
    return true;
  }
  bool items(Kind k, Scan from, size_t count, int depth) {
    out_.push_back(k);
    length(count);
    while (from.more())
      if (!value(from.next(), depth + 1))
        return false;
    return true;
  }
  bool list(Value v, int depth) {
    size_t n = 0;
    Value end = v;
    for (; is_pair(end); end = tail(end))
      ++n;
    out_.push_back(kListOf);
    length(n);
    if (!value(end, depth + 1))
      return false;
    for (; is_pair(v); v = tail(v))
      if (!value(head(v), depth + 1))
        return false;
    return true;
  }
  bool table(Kind k, Value v, int depth) {
    auto *t = (is(v, Type::MStruct) ? v.as<MStruct>()->table : v.as<MSet>()->table).as<Table>();
    out_.push_back(k);
    length(t->live);
    for (size_t i = 0; i < t->cap * t->h.aux; i += t->h.aux) {
      if (t->slots[i] == kAbsent || t->slots[i] == kUnset)
        continue;
      for (size_t j = 0; j < t->h.aux; ++j)
        if (!value(t->slots[i + j], depth + 1))
          return false;
    }
    return true;
  }
  bool collection(Value v, int depth) {
    switch (v.as()->h.type) {
    case Type::Pair: return list(v, depth);
    case Type::Array:
    case Type::BigArray: return items(kArrayOf, Scan(v), array_length(v), depth);
    case Type::MArray: return items(kMArrayOf, Scan(v), array_length(v), depth);
    case Type::Struct:
    case Type::BigStruct: return items(kStructOf, Scan(v), v.as()->h.aux, depth);
    case Type::Set:
    case Type::BigSet: return items(kSetOf, Scan(v), v.as()->h.aux, depth);
    case Type::MStruct: return table(kMStructOf, v, depth);
    case Type::MSet: return table(kMSetOf, v, depth);
    case Type::Syntax: {
      auto *s = v.as<Syntax>();
      out_.push_back(kSyntaxOf);
      length(s->h.aux); // the literal kind
      length(s->h.flags & kTemplateMark);
      length(s->chain);
      length(s->file);
      length(s->line);
      length(s->col);
      return value(s->datum, depth + 1);
    }
    default: return fail("a value without a serial form cannot be a literal");
    }
  }

  std::vector<uint8_t> &out_;
  std::string &problem_;
};

class Reader {
public:
  Reader(std::span<const uint8_t> in, std::string &problem) : p_(in.data()), end_(in.data() + in.size()), problem_(problem) {}

  // kError: damaged (the sentinel is never a literal).
  Value value(int depth = 0) {
    if (p_ == end_ || depth > kMaxDepth + 1)
      return damaged();
    switch (auto k = static_cast<Kind>(*p_++)) {
    case kBits: return immediate();
    case kInt: return integer();
    case kDouble: return number();
    case kText:
    case kMText: return string(k);
    case kOctets:
    case kMOctets: return octets(k);
    case kSym: return named(intern_symbol);
    case kKey: return named(intern_keyword);
    case kBuiltinFn: return builtin();
    case kListOf: return list(depth);
    case kArrayOf: return sequence(Type::Array, 1, depth);
    case kStructOf: return sequence(Type::Struct, 2, depth);
    case kSetOf: return sequence(Type::Set, 1, depth);
    case kMArrayOf: return marray(depth);
    case kMStructOf: return table(Type::MStruct, 2, depth);
    case kMSetOf: return table(Type::MSet, 1, depth);
    case kSyntaxOf: return syntax(depth);
    }
    return damaged();
  }
  bool length(uint64_t &n) {
    n = 0;
    for (int shift = 0; shift < 64 && p_ != end_; shift += 7) {
      uint8_t b = *p_++;
      n |= uint64_t{b & 0x7fu} << shift;
      if (!(b & 0x80))
        return true;
    }
    return false;
  }
  bool at_end() const { return p_ == end_; }

private:
  Value damaged(std::string why = "the constants are damaged") {
    if (problem_.empty())
      problem_ = std::move(why);
    return kError;
  }
  template <class T> static T *make(Type t, size_t bytes) { return static_cast<T *>(allocate_immortal(t, bytes)); }

  bool word(uint64_t &w) {
    if (end_ - p_ < 8)
      return false;
    std::memcpy(&w, p_, 8);
    p_ += 8;
    return true;
  }
  bool text(std::string_view &s) {
    uint64_t n;
    if (!length(n) || n > static_cast<uint64_t>(end_ - p_))
      return false;
    s = {reinterpret_cast<const char *>(p_), n};
    p_ += n;
    return true;
  }
  // A count of elements, each at least one byte.
  bool count(uint64_t &n) { return length(n) && n <= static_cast<uint64_t>(end_ - p_); }

  Value immediate() {
    uint64_t w;
    return word(w) && !Value{w}.is_object() && w != kError.bits ? Value{w} : damaged();
  }
  Value integer() {
    uint64_t w;
    if (!word(w))
      return damaged();
    auto *o = make<Int64>(Type::Int64, sizeof(Int64));
    o->v = static_cast<int64_t>(w);
    return Value::object(o);
  }
  Value number() {
    uint64_t w;
    if (!word(w))
      return damaged();
    auto *o = make<Float>(Type::Float, sizeof(Float));
    o->v = std::bit_cast<double>(w);
    return Value::object(o);
  }
  Value raw_buffer(std::string_view s) {
    size_t cap = std::max<size_t>(16, round_up8(s.size()));
    auto *b = make<RawBuf>(Type::RawBuf, rawbuf_bytes(cap));
    b->cap = cap;
    std::memcpy(b->data, s.data(), s.size());
    return Value::object(b);
  }
  Value string(Kind k) {
    std::string_view s;
    if (!text(s))
      return damaged();
    if (k == kText) {
      auto *o = make<String>(Type::String, string_bytes(s.size()));
      init_string(o, s);
      return Value::object(o);
    }
    auto *o = make<MString>(Type::MString, sizeof(MString));
    o->len = s.size();
    o->buf = raw_buffer(s);
    return Value::object(o);
  }
  Value octets(Kind k) {
    std::string_view s;
    if (!text(s))
      return damaged();
    if (k == kOctets) {
      auto *o = make<Bytes>(Type::Bytes, bytes_bytes(s.size()));
      o->len = s.size();
      std::memcpy(o->data, s.data(), s.size());
      return Value::object(o);
    }
    auto *o = make<MBytes>(Type::MBytes, sizeof(MBytes));
    o->len = s.size();
    o->buf = raw_buffer(s);
    return Value::object(o);
  }
  Value named(Value (*intern)(std::string_view)) {
    std::string_view s;
    return text(s) ? intern(s) : damaged();
  }
  Value builtin() {
    std::string_view s;
    if (!text(s))
      return damaged();
    Value fn = find_builtin(s);
    return fn == kAbsent ? damaged("unknown builtin " + std::string(s)) : fn;
  }
  Value list(int depth) {
    uint64_t n;
    if (!count(n))
      return damaged();
    Value end = value(depth + 1), first = end;
    Pair *last = nullptr;
    for (uint64_t i = 0; i < n && !first.is_error(); ++i) {
      Value v = value(depth + 1);
      if (v.is_error())
        return v;
      auto *p = make<Pair>(Type::Pair, sizeof(Pair));
      p->head = v;
      p->tail = end;
      if (last)
        last->tail = Value::object(p);
      else
        first = Value::object(p);
      last = p;
    }
    return first;
  }
  bool elements(Value *to, size_t n, int depth) {
    for (size_t i = 0; i < n; ++i)
      if ((to[i] = value(depth + 1)).is_error())
        return false;
    return true;
  }
  Value sequence(Type t, size_t words, int depth) {
    uint64_t n;
    if (!count(n))
      return damaged();
    auto *o = make<Array>(t, flat_bytes(n, words)); // Struct and Set have the layout of Array
    o->h.aux = static_cast<uint32_t>(n);
    return elements(o->items, n * words, depth) ? Value::object(o) : kError;
  }
  Value marray(int depth) {
    uint64_t n;
    if (!count(n))
      return damaged();
    size_t cap = std::max<size_t>(n, 4);
    auto *b = make<ValueBuf>(Type::ValueBuf, valuebuf_bytes(cap));
    b->cap = cap;
    auto *a = make<MArray>(Type::MArray, sizeof(MArray));
    a->len = n;
    a->buf = Value::object(b);
    return elements(b->items, n, depth) ? Value::object(a) : kError;
  }
  Value table(Type t, uint32_t words, int depth);
  Value syntax(int depth) {
    uint64_t kind, mark, chain, file, line, col;
    if (!length(kind) || !length(mark) || !length(chain) || !length(file) || !length(line) || !length(col))
      return damaged();
    Value datum = value(depth + 1);
    if (datum.is_error())
      return datum;
    auto *s = make<Syntax>(Type::Syntax, sizeof(Syntax));
    s->h.aux = static_cast<uint32_t>(kind);
    s->h.flags |= static_cast<uint8_t>(mark & kTemplateMark);
    s->datum = datum;
    s->chain = static_cast<uint32_t>(chain);
    s->file = static_cast<uint32_t>(file);
    s->line = static_cast<uint32_t>(line);
    s->col = static_cast<uint32_t>(col);
    return Value::object(s);
  }

  const uint8_t *p_;
  const uint8_t *end_;
  std::string &problem_;
};

// Hashes of reference objects may differ between processes, so a table is filled anew.
Value Reader::table(Type t, uint32_t words, int depth) {
  uint64_t n;
  if (!count(n))
    return damaged();
  size_t cap = 8;
  while (cap * 3 < n * 4 + 4)
    cap *= 2;
  auto *tab = make<Table>(Type::Table, table_bytes(cap, words));
  tab->cap = cap;
  tab->h.aux = words;
  for (size_t i = 0; i < cap * words; ++i)
    tab->slots[i] = kAbsent;
  for (uint64_t i = 0; i < n; ++i) {
    Value entry[2] = {kNil, kNil};
    if (!elements(entry, words, depth))
      return kError;
    size_t at = hash(entry[0]) & (cap - 1);
    while (tab->slots[at * words] != kAbsent)
      at = (at + 1) & (cap - 1);
    std::copy_n(entry, words, tab->slots + at * words);
  }
  tab->live = tab->used = n;
  auto *o = make<MStruct>(t, sizeof(MStruct));
  o->table = Value::object(tab);
  return Value::object(o);
}

} // namespace

bool write_constants(std::span<const Value> values, std::vector<uint8_t> &out, std::string &problem) {
  Writer w(out, problem);
  w.length(values.size());
  for (Value v : values)
    if (!w.value(v))
      return false;
  return true;
}

bool read_constants(std::span<const uint8_t> bytes, std::span<Value> out, std::string &problem) {
  Reader r(bytes, problem);
  uint64_t n;
  if (!r.length(n) || n != out.size()) {
    problem = "the constants are damaged";
    return false;
  }
  for (Value &v : out)
    if ((v = r.value()).is_error())
      return false;
  if (!r.at_end())
    problem = "the constants are damaged";
  return r.at_end();
}

Value make_immortal(Value v) {
  if (is_immortal(v))
    return v;
  std::vector<uint8_t> bytes;
  std::string problem;
  Value copy;
  bool done = write_constants({&v, 1}, bytes, problem) && read_constants(bytes, {&copy, 1}, problem);
  return done ? copy : v;
}

} // namespace evjit::gc
