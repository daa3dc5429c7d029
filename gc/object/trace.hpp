// What the collector visits in each type, driven by gc/object/types.def. Templates over the marker, so that the collector's own
// (final) marker is called directly. A trace function may read only the object itself: others may be half built.
#pragma once

#include "gc/heap/heap.hpp"

namespace evjit::gc {

template <class M> void trace_MString(Object *o, M &k) { k.mark(static_cast<MString *>(o)->buf); }
template <class M> void trace_MBytes(Object *o, M &k) { k.mark(static_cast<MBytes *>(o)->buf); }
template <class M> void trace_MArray(Object *o, M &k) { k.mark(static_cast<MArray *>(o)->buf); }
template <class M> void trace_MStruct(Object *o, M &k) { k.mark(static_cast<MStruct *>(o)->table); }
template <class M> void trace_MSet(Object *o, M &k) { k.mark(static_cast<MSet *>(o)->table); }
template <class M> void trace_Box(Object *o, M &k) { k.mark(static_cast<Box *>(o)->v); }
template <class M> void trace_Cell(Object *o, M &k) { k.mark(static_cast<Cell *>(o)->v); }
template <class M> void trace_Parameter(Object *o, M &k) { k.mark(static_cast<Parameter *>(o)->initial); }
template <class M> void trace_Syntax(Object *o, M &k) { k.mark(static_cast<Syntax *>(o)->datum); }
// The tail is pushed first: heads are finished before the list goes on, so that the mark stack stays flat on long lists.
template <class M> void trace_Pair(Object *o, M &k) {
  k.mark(static_cast<Pair *>(o)->tail);
  k.mark(static_cast<Pair *>(o)->head);
}
// Flat collections: with the tree behind the items of a long one.
template <class M> void trace_flat(const Value *items, size_t entries, size_t words, M &k) {
  k.mark_range(items, entries * words + (entries > kFlatMax));
}
template <class M> void trace_Array(Object *o, M &k) { trace_flat(static_cast<Array *>(o)->items, o->h.aux, 1, k); }
template <class M> void trace_Set(Object *o, M &k) { trace_flat(static_cast<Set *>(o)->items, o->h.aux, 1, k); }
template <class M> void trace_Struct(Object *o, M &k) { trace_flat(static_cast<Struct *>(o)->kv, o->h.aux, 2, k); }
template <class M> void trace_BigArray(Object *o, M &k) { k.mark(static_cast<Tree *>(o)->root); }
template <class M> void trace_BigStruct(Object *o, M &k) { k.mark(static_cast<Tree *>(o)->root); }
template <class M> void trace_BigSet(Object *o, M &k) { k.mark(static_cast<Tree *>(o)->root); }
template <class M> void trace_TreeNode(Object *o, M &k) { k.mark_range(static_cast<TreeNode *>(o)->slots, o->h.aux); }
template <class M> void trace_ValueBuf(Object *o, M &k) {
  auto *b = static_cast<ValueBuf *>(o);
  k.mark_range(b->items, b->cap);
}
template <class M> void trace_Table(Object *o, M &k) {
  auto *t = static_cast<Table *>(o);
  k.mark_range(t->slots, t->cap * o->h.aux);
}
template <class M> void trace_Closure(Object *o, M &k) {
  auto *c = static_cast<Closure *>(o);
  k.mark(c->instance);
  k.mark_range(c->captures, o->h.aux);
}
template <class M> void trace_Instance(Object *o, M &k) { k.mark_range(static_cast<Instance *>(o)->slots, o->h.aux); }
template <class M> void trace_Fiber(Object *o, M &k) {
  g_fiber_hooks.trace(o, k);
}
template <class M> void trace_Opaque(Object *o, M &k) {
  auto *q = static_cast<Opaque *>(o);
  k.mark(q->field);
  if (q->cls && q->cls->trace && q->data)
    q->cls->trace(q->data, k);
}

template <class M> void trace_object(Object *o, M &k) {
  switch (o->h.type) {
#define EVJIT_TRACE_None(name) break
#define EVJIT_TRACE_Custom(name)                                                                                       \
  trace_##name(o, k);                                                                                                  \
  break
#define X(name, keyword, how)                                                                                          \
  case Type::name: EVJIT_TRACE_##how(name);
#include "gc/object/types.def"
#undef X
  }
}

// Types without references need no visit.
inline bool is_leaf_type(Type t) {
  constexpr uint64_t leaves = 0
#define EVJIT_LEAF_None(name) | (uint64_t{1} << static_cast<int>(Type::name))
#define EVJIT_LEAF_Custom(name)
#define X(name, keyword, how) EVJIT_LEAF_##how(name)
#include "gc/object/types.def"
#undef X
      ;
  return (leaves >> static_cast<int>(t)) & 1;
}

} // namespace evjit::gc
