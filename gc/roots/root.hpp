// Roots for values that are kept outside the heap and the stacks (C++ locals need none: stacks are scanned).
// All are owned by one thread's Mutator and must die on that thread.
#pragma once

#include "gc/heap/heap.hpp"

#include <vector>

namespace evjit::gc {

// A root that lies on a fiber's stack is known to the collector by address, so that stack must stay where it is.
class StackPin {
public:
  StackPin(Mutator &m, const void *self) {
    auto a = reinterpret_cast<uintptr_t>(self);
    if (m.stack_limit && a >= m.stack_limit - kStackReserve && a < m.stack_top)
      pins_ = &m.pins, ++m.pins;
  }
  ~StackPin() {
    if (pins_)
      --*pins_;
  }
  StackPin(const StackPin &) = delete;
  StackPin &operator=(const StackPin &) = delete;

private:
  uint64_t *pins_ = nullptr;
};

// A growable array of values that the collector sees.
class RootVector {
public:
  explicit RootVector(Mutator &m) : m_(m), pin_(m, this) { add_root_provider(m_, &visit, this); }
  ~RootVector() { remove_root_provider(m_, &visit, this); }
  RootVector(const RootVector &) = delete;
  RootVector &operator=(const RootVector &) = delete;

  void push(Value v) { items_.push_back(v); }
  Value &operator[](size_t i) { return items_[i]; }
  Value operator[](size_t i) const { return items_[i]; }
  size_t size() const { return items_.size(); }
  void resize(size_t n) { items_.resize(n, kNil); }
  void clear() { items_.clear(); }
  const Value *data() const { return items_.data(); }
  Value *begin() { return items_.data(); }
  Value *end() { return items_.data() + items_.size(); }

private:
  static void visit(void *self, Marker &k) {
    auto *r = static_cast<RootVector *>(self);
    k.mark_range(r->items_.data(), r->items_.size());
  }
  Mutator &m_;
  StackPin pin_;
  std::vector<Value> items_;
};

// One value.
class Root {
public:
  explicit Root(Mutator &m, Value v = kNil) : m_(m), pin_(m, this), v_(v) { add_root_provider(m_, &visit, this); }
  ~Root() { remove_root_provider(m_, &visit, this); }
  Root(const Root &) = delete;
  Root &operator=(const Root &) = delete;
  Value get() const { return v_; }
  void set(Value v) { v_ = v; }

private:
  static void visit(void *self, Marker &k) { k.mark(static_cast<Root *>(self)->v_); }
  Mutator &m_;
  StackPin pin_;
  Value v_;
};

} // namespace evjit::gc
