// Futexes (09 section 5.12): parked waits by key, longest-parked first. The key is compared with `=`; a key has an entry only while
// somebody waits on it, so the table does not grow with the number of past waiters. The collector need not look at the table: what
// each waits for is the value of its wait.
#include "sched/futex.hpp"

#include "gc/prim.hpp"

#include <unordered_map>
#include <vector>

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
static constexpr size_t kKeptNodes = 1024;
struct Queue {
  Node *head = nullptr, *tail = nullptr;
};
} // namespace

using Queues = std::unordered_map<Value, Queue, KeyHash, KeyEqual>;

// What a wait allocates is kept for the next one: fibers that wake each other wait and wake without end.
struct FutexTable {
  Queues queues;
  Queues::node_type spare;
  std::vector<Node *> free_nodes;

  Queue &queue_of(Value key) {
    if (auto it = queues.find(key); it != queues.end())
      return it->second;
    if (!spare)
      return queues[key];
    spare.key() = key;
    spare.mapped() = Queue{};
    return queues.insert(std::move(spare)).position->second;
  }
  // The key of a queue is that of its first waiter, and lives as long as that wait does.
  void renew_key(Queues::iterator it) {
    Value key = it->second.head->key;
    if (it->first == key)
      return;
    auto node = queues.extract(it);
    node.key() = key;
    queues.insert(std::move(node));
  }
  void drop_queue(Queues::iterator it) {
    if (spare)
      queues.erase(it);
    else
      spare = queues.extract(it);
  }
  Node *new_node(const Node &n) {
    if (free_nodes.empty())
      return new Node(n);
    Node *p = free_nodes.back();
    free_nodes.pop_back();
    *p = n;
    return p;
  }
  void free_node(Node *n) {
    if (free_nodes.size() < kKeptNodes)
      free_nodes.push_back(n);
    else
      delete n;
  }
};

FutexTable *futex_create() { return new FutexTable; }

void futex_destroy(FutexTable *t) {
  for (auto &[key, q] : t->queues)
    for (Node *n = q.head; n;) {
      Node *next = n->next;
      delete n;
      n = next;
    }
  for (Node *n : t->free_nodes)
    delete n;
  delete t;
}

static void unlink_from(FutexTable &t, Queues::iterator it, Node *n) {
  Queue &q = it->second;
  (n->prev ? n->prev->next : q.head) = n->next;
  (n->next ? n->next->prev : q.tail) = n->prev;
  if (q.head)
    t.renew_key(it);
  else
    t.drop_queue(it);
  t.free_node(n);
}

static void unlink(FutexTable &t, Node *n) {
  auto it = t.queues.find(n->key);
  unlink_from(t, it, n);
}

static void cancel_futex(void *self) { unlink(*runtime(gc::current_mutator()).futexes, static_cast<Node *>(self)); }

static const WaitKind kFutex{.kind = "futex", .op = "ev/futex-wait", .internal_only = true, .cancel = cancel_futex};

WaitId futex_begin(Runtime &rt, Value key, const char *name) {
  WaitId id;
  if (!begin_wait(rt.m, name ? derived_kind(kFutex, nullptr, nullptr, name) : kFutex, key, nullptr, &id, &rt.answer))
    return {};
  Queue &q = rt.futexes->queue_of(key);
  Node *n = rt.futexes->new_node({id, key, q.tail, nullptr});
  (q.tail ? q.tail->next : q.head) = n;
  q.tail = n;
  Wait &w = rt.waits[id.index];
  w.self = n;
  return id;
}

size_t futex_wake(Mutator &m, Value key, size_t count) {
  Runtime &rt = runtime(m);
  size_t woken = 0;
  while (woken < count) {
    auto it = rt.futexes->queues.find(key);
    if (it == rt.futexes->queues.end())
      break;
    WaitId id = it->second.head->id;
    unlink_from(*rt.futexes, it, it->second.head);
    if (resolve(m, id, kTrue))
      ++woken;
  }
  return woken;
}

} // namespace evjit::sched
