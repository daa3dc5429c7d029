// Constructors and plain accessors of values (structs, sets and comparison: struct.cpp and others). Every constructor sets the
// length of a new object at once, see object_size.hpp. Owner thread of the Mutator only.
#include "gc/value/make.hpp"

#include "base/assert.hpp"
#include "gc/heap/heap-inl.hpp"
#include "gc/object/tree.hpp"

#include <algorithm>
#include <cstring>

namespace evjit::gc {

static constexpr size_t kMinBuffer = 16;

// For sizes that are not known to be small.
static Object *allocate_sized(Mutator &m, Type type, size_t bytes, uint32_t aux) {
  if (bytes <= kMaxSmall)
    return allocate_small(m, type, bytes, aux);
  Object *o = allocate(m, type, bytes);
  o->h.aux = aux;
  return o;
}

Value make_int_slow(Mutator &m, int64_t i) {
  auto *o = static_cast<Int64 *>(allocate_small(m, Type::Int64, sizeof(Int64)));
  o->v = i;
  return Value::object(o);
}

Value make_float(Mutator &m, double d) {
  auto *o = static_cast<Float *>(allocate_small(m, Type::Float, sizeof(Float)));
  o->v = d;
  return Value::object(o);
}

// One byte per grapheme: pure ASCII without CR LF, which is one grapheme.
static bool is_plain_ascii(std::string_view s) {
  size_t i = 0;
  uint64_t seen = 0;
  for (; i + 8 <= s.size(); i += 8) {
    uint64_t w;
    std::memcpy(&w, s.data() + i, 8);
    seen |= w;
  }
  uint8_t rest = 0;
  for (; i < s.size(); ++i)
    rest |= static_cast<uint8_t>(s[i]);
  if ((seen & 0x8080808080808080ull) || (rest & 0x80))
    return false;
  return s.find("\r\n") == std::string_view::npos;
}

void init_string(String *s, std::string_view utf8) {
  s->len = utf8.size();
  if (!utf8.empty())
    std::memcpy(s->data, utf8.data(), utf8.size());
  bool ascii = is_plain_ascii(utf8);
  s->h.flags |= ascii ? kAscii : 0;
  s->graphemes = ascii ? utf8.size() : kUnknownCount;
}

Value make_string(Mutator &m, std::string_view utf8) {
  auto *s = static_cast<String *>(allocate_sized(m, Type::String, string_bytes(utf8.size()), 0));
  init_string(s, utf8);
  return Value::object(s);
}

static Value make_rawbuf(Mutator &m, const void *data, size_t n) {
  size_t cap = std::max(kMinBuffer, round_up8(n));
  auto *b = static_cast<RawBuf *>(allocate_sized(m, Type::RawBuf, rawbuf_bytes(cap), 0));
  b->cap = cap;
  if (n)
    std::memcpy(b->data, data, n);
  return Value::object(b);
}

Value make_mstring(Mutator &m, std::string_view utf8) {
  Value buf = make_rawbuf(m, utf8.data(), utf8.size());
  auto *s = static_cast<MString *>(allocate_small(m, Type::MString, sizeof(MString)));
  s->len = utf8.size();
  s->buf = buf;
  return Value::object(s);
}

Value make_bytes(Mutator &m, const void *data, size_t n) {
  auto *b = static_cast<Bytes *>(allocate_sized(m, Type::Bytes, bytes_bytes(n), 0));
  b->len = n;
  if (n && data)
    std::memcpy(b->data, data, n);
  return Value::object(b);
}

Value make_mbytes(Mutator &m, const void *data, size_t n) {
  Value buf = make_rawbuf(m, data, data ? n : 0);
  if (!data && n > kMinBuffer) // n zero bytes
    buf = make_rawbuf(m, std::string(n, '\0').data(), n);
  auto *b = static_cast<MBytes *>(allocate_small(m, Type::MBytes, sizeof(MBytes)));
  b->len = n;
  b->buf = buf;
  return Value::object(b);
}

Value cons(Mutator &m, Value head, Value tail) {
  auto *p = static_cast<Pair *>(allocate_small(m, Type::Pair, sizeof(Pair)));
  p->head = head;
  p->tail = tail;
  return Value::object(p);
}

Value make_list(Mutator &m, const Value *items, size_t n) {
  Value list = kEmpty;
  while (n-- > 0)
    list = cons(m, items[n], list);
  return list;
}

Value make_array(Mutator &m, const Value *items, size_t n) {
  auto *a = static_cast<Array *>(allocate_sized(m, Type::Array, flat_bytes(n, 1), static_cast<uint32_t>(n)));
  if (items)
    std::copy_n(items, n, a->items);
  else
    std::fill_n(a->items, n, kNil);
  return Value::object(a);
}

static ValueBuf *make_valuebuf(Mutator &m, size_t cap) {
  auto *b = static_cast<ValueBuf *>(allocate_sized(m, Type::ValueBuf, valuebuf_bytes(cap), 0));
  b->cap = cap;
  return b;
}

Value make_marray(Mutator &m, const Value *items, size_t n, size_t capacity) {
  ValueBuf *b = make_valuebuf(m, std::max({n, capacity, size_t{4}}));
  if (items)
    std::copy_n(items, n, b->items);
  else
    std::fill_n(b->items, n, kNil);
  auto *a = static_cast<MArray *>(allocate_small(m, Type::MArray, sizeof(MArray)));
  a->len = n;
  a->buf = Value::object(b);
  return Value::object(a);
}

void marray_push(Mutator &m, Value arr, Value v) {
  auto *a = arr.as<MArray>();
  auto *b = a->buf.as<ValueBuf>();
  if (a->len == b->cap) {
    ValueBuf *bigger = make_valuebuf(m, 2 * b->cap);
    std::copy_n(b->items, a->len, bigger->items);
    b = bigger;
    a->buf = Value::object(b);
    write_barrier(m, a, a->buf);
  }
  b->items[a->len++] = v;
  write_barrier(m, b, v);
}

Value make_box(Mutator &m, Value v) {
  auto *b = static_cast<Box *>(allocate_small(m, Type::Box, sizeof(Box)));
  b->v = v;
  return Value::object(b);
}

Value make_cell(Mutator &m, Value v) {
  auto *c = static_cast<Cell *>(allocate_small(m, Type::Cell, sizeof(Cell)));
  c->v = v;
  return Value::object(c);
}

Value make_parameter(Mutator &m, Value initial) {
  auto *p = static_cast<Parameter *>(allocate_small(m, Type::Parameter, sizeof(Parameter)));
  p->initial = initial;
  return Value::object(p);
}

Value make_closure(Mutator &m, const FnProto *proto, Value instance, const Value *captures, size_t n) {
  auto *c = static_cast<Closure *>(allocate_sized(m, Type::Closure, closure_bytes(n), static_cast<uint32_t>(n)));
  c->proto = proto;
  c->instance = instance;
  if (captures)
    std::copy_n(captures, n, c->captures);
  return Value::object(c);
}

Value make_instance(Mutator &m, const UnitDesc *unit) {
  size_t n = unit->slot_count;
  auto *i = static_cast<Instance *>(allocate_sized(m, Type::Instance, instance_bytes(n), static_cast<uint32_t>(n)));
  i->unit = unit;
  std::fill_n(i->slots, n, kUnset);
  return Value::object(i);
}

Value make_syntax(Mutator &m, Value datum, uint32_t chain, uint32_t file, uint32_t line, uint32_t col) {
  auto *s = static_cast<Syntax *>(allocate_small(m, Type::Syntax, sizeof(Syntax)));
  s->datum = datum;
  s->chain = chain;
  s->file = file;
  s->line = line;
  s->col = col;
  return Value::object(s);
}

Value make_opaque(Mutator &m, const OpaqueClass *cls, void *data, Value field) {
  auto *o = static_cast<Opaque *>(allocate(m, Type::Opaque, sizeof(Opaque)));
  o->cls = cls;
  o->data = data;
  o->field = field;
  if (cls && cls->trace && !(o->h.flags & kImmortal))
    m.heap->add_traced(o);
  return Value::object(o);
}

// --- looking -----------------------------------------------------------------------------------------------------------

std::string_view string_view_of(Value str) {
  return str.as()->h.type == Type::String ? str.as<String>()->view() : str.as<MString>()->view();
}

std::string_view bytes_view_of(Value b) {
  if (b.as()->h.type == Type::Bytes)
    return {reinterpret_cast<const char *>(b.as<Bytes>()->data), b.as<Bytes>()->len};
  auto *mb = b.as<MBytes>();
  return {reinterpret_cast<const char *>(mb->buf.as<RawBuf>()->data), mb->len};
}

size_t array_length(Value arr) {
  return arr.as()->h.type == Type::MArray ? arr.as<MArray>()->len : arr.as()->h.aux;
}

Value array_ref(Value arr, size_t i) { return is(arr, Type::BigArray) ? array_tree_ref(arr, i) : array_items(arr)[i]; }

const Value *array_items(Value arr) {
  if (arr.as()->h.type == Type::Array)
    return arr.as<Array>()->items;
  EVJIT_CHECK(arr.as()->h.type == Type::MArray, "the items of a tree do not lie in one piece");
  return arr.as<MArray>()->buf.as<ValueBuf>()->items;
}

Value flat_array(Mutator &m, Value arr) {
  if (is(arr, Type::Array))
    return arr;
  if (is(arr, Type::BigArray))
    return tree_flattened(m, arr);
  size_t n = array_length(arr);
  return make_array(m, n ? array_items(arr) : nullptr, n);
}

// Brent's cycle detection: the reference point moves on when the step count reaches a power of two.
std::optional<size_t> list_length(Value list) {
  size_t n = 0, power = 1, steps = 0;
  Value anchor = list;
  while (is_pair(list)) {
    list = tail(list);
    ++n;
    if (list == anchor && is_pair(list))
      return std::nullopt;
    if (++steps == power) {
      anchor = list;
      power *= 2;
      steps = 0;
    }
  }
  return list.is_empty_list() ? std::optional<size_t>(n) : std::nullopt;
}

} // namespace evjit::gc
