// A check of the write barriers, for tests (EVJIT_GC_STRESS): after a collection of the young objects has marked, everything that is reachable
// must be marked. If not, something was stored in an old object without telling, and the program ends with the two types.
//
// Words of stacks count only if what they point to is marked: a dead word in the stack of a fiber that did not run may happen to point to where a
// new object lies now, and the collection rightly did not look there.
#include "gc/heap/heap_impl.hpp"

#include "base/assert.hpp"

#include <cstdio>
#include <unordered_set>

namespace evjit::gc {

namespace {

class Verifier final : public Marker {
public:
  Verifier(const HeapMarker &young, const BlockSpace &space, const LargeSpace &large, const TraitTable &traits)
      : young_(young), space_(space), large_(large), traits_(traits), seen_(space.granules()) {}

  void mark(Value v) override {
    if (!v.is_object())
      return;
    auto a = reinterpret_cast<uintptr_t>(v.as());
    if (is_immortal_address(a) || (!space_.contains(a) && !large_.owns(v.as())))
      return;
    if (!young_.is_marked(v.as()))
      fail(v.as());
    visit(v.as());
  }
  void mark_range(const Value *from, size_t n) override {
    for (size_t i = 0; i < n; ++i)
      mark(from[i]);
  }
  EVJIT_NO_ASAN void mark_conservative(const void *low, const void *high) override {
    auto *p = reinterpret_cast<const uintptr_t *>((reinterpret_cast<uintptr_t>(low) + 7) & ~uintptr_t{7});
    for (; p + 1 <= static_cast<const uintptr_t *>(high); ++p) {
      Object *o = word_object(*p);
      if (o && young_.is_marked(o))
        visit(o);
    }
  }
  void mark_all() override {
    while (!stack_.empty()) {
      parent_ = stack_.back();
      stack_.pop_back();
      trace_object(parent_, *this);
      if (auto it = traits_.find(parent_); it != traits_.end())
        mark(it->second);
    }
    parent_ = nullptr;
  }

private:
  Object *word_object(uintptr_t a) const { return space_.contains(a) ? space_.find(a) : large_.find(a); }
  void visit(Object *o) {
    auto a = reinterpret_cast<uintptr_t>(o);
    if (!space_.contains(a)) {
      if (!seen_large_.insert(o).second)
        return;
    } else if (auto seen = seen_[space_.granule(a)]; seen) {
      return;
    } else {
      seen = true;
    }
    stack_.push_back(o);
  }
  void fail(const Object *o) const {
    std::fprintf(stderr, "evjit: a young %s is reachable from %s and was not marked\n", name_of(o), parent_ ? name_of(parent_) : "a root");
    EVJIT_CHECK(false, "a write barrier is missing");
  }
  static const char *name_of(const Object *o) {
    static const char *const names[] = {
#define X(name, keyword, trace) #name,
#include "gc/object/types.def"
#undef X
    };
    return names[static_cast<size_t>(o->h.type)];
  }

  const HeapMarker &young_;
  const BlockSpace &space_;
  const LargeSpace &large_;
  const TraitTable &traits_;
  std::vector<bool> seen_; // by granule of the block space
  std::unordered_set<const Object *> seen_large_;
  std::vector<Object *> stack_;
  Object *parent_ = nullptr;
};

} // namespace

void Heap::verify(Mutator &m, const HeapMarker &young) {
  Verifier all(young, space, large_, traits);
  scan_roots(m, all);
  scan_stack(m, all);
  all.mark_all();
}

} // namespace evjit::gc
