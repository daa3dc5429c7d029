// Objects larger than kMaxSmall: each is a malloc'ed or mapped block of its own, with the collector's bookkeeping in front of it.
// Owned by one heap; one thread.
#pragma once

#include "gc/object/objects.hpp"

#include <vector>

namespace evjit::gc {

class LargeSpace {
public:
  Object *allocate(size_t bytes); // zeroed; null when the system has no memory left
  // Sorts the objects by address; find() works until the next allocation.
  void prepare_lookup();
  Object *find(uintptr_t a) const; // also interior addresses
  bool owns(const Object *o) const { return entry(o)->owner == this; }
  bool mark(const Object *o) {
    auto *e = entry(o);
    bool first = !e->marked;
    e->marked = true;
    return first;
  }
  bool is_marked(const Object *o) const { return entry(o)->marked; }
  size_t size(const Object *o) const { return entry(o)->bytes; }
  void clear_marks();
  void sweep(bool poison); // frees the unmarked
  void release();          // frees all
  size_t bytes() const { return bytes_; }

private:
  struct Entry { // in front of the object
    LargeSpace *owner;
    size_t bytes; // of the object
    bool marked;
    bool mapped;
    uint8_t padding[14];
  };
  static_assert(sizeof(Entry) == 32);
  static Entry *entry(const Object *o) {
    return reinterpret_cast<Entry *>(reinterpret_cast<uintptr_t>(o) - sizeof(Entry));
  }
  void free_entry(Entry *e, bool poison);

  std::vector<Entry *> entries_;
  size_t sorted_ = 0; // of them, from the front: those that a collection has seen
  size_t bytes_ = 0;
  uintptr_t low_ = 0, high_ = 0; // bounds of all objects, valid after prepare_lookup
};

} // namespace evjit::gc
