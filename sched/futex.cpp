// Futexes (09 section 5.12): parked waits by key, longest-parked first. The key is compared with `=`; a key has an entry only while
// somebody waits on it, so the table does not grow with the number of past waiters.
#include "sched/futex.hpp"

#include "gc/prim.hpp"

#include <unordered_map>

namespace evjit::sched {

namespace {
struct KeyHash {
  size_t operator()(Value v) const { return gc::hash(v); }
};
struct KeyEqual {
  bool operator()(Value a, Value b) const { return gc::equal(a, b); }
};
struct Node {
  WaitId id;
  Value key;
  Node *prev, *next;
};
struct Queue {
  Node *head = nullptr, *tail = nullptr;
};
} // namespace

struct FutexTable {
  std::unordered_map<Value, Queue, KeyHash, KeyEqual> queues;
};

FutexTable *futex_create() { return new FutexTable; }

void futex_destroy(FutexTable *t) {
  for (auto &[key, q] : t->queues)
    for (Node *n = q.head; n;) {
      Node *next = n->next;
      delete n;
      n = next;
    }
  delete t;
}

void visit_futexes(Runtime &rt, gc::Marker &k) {
  for (auto &[key, q] : rt.futexes->queues) {
    k.mark(key);
    for (Node *n = q.head; n; n = n->next)
      k.mark(n->key);
  }
}

static void unlink(FutexTable &t, Node *n) {
  auto it = t.queues.find(n->key);
  Queue &q = it->second;
  (n->prev ? n->prev->next : q.head) = n->next;
  (n->next ? n->next->prev : q.tail) = n->prev;
  if (!q.head)
    t.queues.erase(it);
  delete n;
}

static void cancel_futex(void *self) { unlink(*runtime(gc::current_mutator()).futexes, static_cast<Node *>(self)); }

static const WaitKind kFutex{.kind = "futex", .op = "ev/futex-wait", .internal_only = true, .cancel = cancel_futex};

Value futex_wait(Mutator &m, Value key, const char *name) {
  WaitId id;
  Value raised;
  if (!begin_wait(m, name ? derived_kind(kFutex, nullptr, nullptr, name) : kFutex, key, nullptr, &id, &raised))
    return raised;
  Runtime &rt = runtime(m);
  Queue &q = rt.futexes->queues[key];
  auto *n = new Node{id, key, q.tail, nullptr};
  (q.tail ? q.tail->next : q.head) = n;
  q.tail = n;
  Wait &w = rt.waits[id.index];
  w.self = n;
  return park(m, id);
}

size_t futex_wake(Mutator &m, Value key, size_t count) {
  Runtime &rt = runtime(m);
  size_t woken = 0;
  while (woken < count) {
    auto it = rt.futexes->queues.find(key);
    if (it == rt.futexes->queues.end())
      break;
    WaitId id = it->second.head->id;
    unlink(*rt.futexes, it->second.head);
    if (resolve(m, id, kTrue))
      ++woken;
  }
  return woken;
}

} // namespace evjit::sched
