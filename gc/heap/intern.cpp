// Interned symbols and keywords: two process-wide open-addressing tables. Readers take no lock: they load the table with acquire
// (partner: the release store after a grow) and probe slots with acquire (partner: the release store of a new name). Writers hold a
// mutex. A grown table's predecessor is kept.
#include "gc/heap/heap.hpp"

#include "gc/object/object_size.hpp"

#include <atomic>
#include <cstring>
#include <mutex>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace evjit::gc {

namespace {

struct Slots {
  explicit Slots(size_t n, const Slots *old = nullptr) : mask(n - 1), names(new std::atomic<Name *>[n]()), previous(old) {}
  size_t mask;
  std::atomic<Name *> *names;
  const Slots *previous; // kept for readers that are still in it
};

class NameTable {
public:
  explicit NameTable(Type type) : type_(type), slots_(new Slots(1024)) {}

  Value intern(std::string_view text) {
    uint64_t h = XXH3_64bits(text.data(), text.size());
    if (Name *n = lookup(*slots_.load(std::memory_order_acquire), text, h))
      return Value::object(n);
    std::lock_guard lock(mutex_);
    if (Name *n = lookup(*slots_.load(std::memory_order_relaxed), text, h))
      return Value::object(n);
    auto *n = static_cast<Name *>(allocate_immortal(type_, name_bytes(text.size())));
    n->hash = h;
    n->len = text.size();
    std::memcpy(n->text, text.data(), text.size());
    add(n);
    return Value::object(n);
  }

private:
  static Name *lookup(const Slots &s, std::string_view text, uint64_t h) {
    for (size_t i = h & s.mask;; i = (i + 1) & s.mask) {
      Name *n = s.names[i].load(std::memory_order_acquire);
      if (!n || (n->hash == h && n->view() == text))
        return n;
    }
  }
  static void insert(Slots &s, Name *n) {
    size_t i = n->hash & s.mask;
    while (s.names[i].load(std::memory_order_relaxed))
      i = (i + 1) & s.mask;
    s.names[i].store(n, std::memory_order_release);
  }
  void add(Name *n) {
    Slots *s = slots_.load(std::memory_order_relaxed);
    if (++count_ * 2 > s->mask) {
      auto *bigger = new Slots(2 * (s->mask + 1), s);
      for (size_t i = 0; i <= s->mask; ++i)
        if (Name *old = s->names[i].load(std::memory_order_relaxed))
          insert(*bigger, old);
      slots_.store(bigger, std::memory_order_release);
      s = bigger;
    }
    insert(*s, n);
  }

  Type type_;
  std::atomic<Slots *> slots_;
  std::mutex mutex_;
  size_t count_ = 0;
};

} // namespace

Value intern_symbol(std::string_view name) {
  static NameTable *table = new NameTable(Type::Symbol);
  return table->intern(name);
}

Value intern_keyword(std::string_view name) {
  static NameTable *table = new NameTable(Type::Keyword);
  return table->intern(name);
}

Value make_uninterned_symbol(Mutator &m, std::string_view name) {
  // The hash is of the text, as for interned symbols: equality decides by identity, order by text.
  auto *n = static_cast<Name *>(allocate(m, Type::Symbol, name_bytes(name.size())));
  n->h.flags |= kUninterned;
  n->len = name.size();
  n->hash = XXH3_64bits(name.data(), name.size());
  std::memcpy(n->text, name.data(), name.size());
  return Value::object(n);
}

} // namespace evjit::gc
