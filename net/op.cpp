// An Op is one running call of a waiting primitive. It names everything such a call holds: its place in a port's lane, its
// deadline, its wait, its outstanding request. It lives in malloc'ed memory that is never given back, since the stack of a
// parked fiber may be copied out and libuv callbacks come when they like.
//
// Reading is driven by readiness, not by completion: a callback only wakes the fiber, which then takes the data (or the connection)
// itself. So a fiber that is aborted between the event and its next turn has consumed nothing, and the next one in the
// lane finds everything in order.
//
// An operation ends exactly once, by op_end: from the primitive, from the scheduler when the wait is withdrawn (abort, cancel,
// deadline, or when its fiber goes away after it was woken), or from port/close through op_fail. `serial` tells the primitive after a wait whether it is still its own.
#include "net/op.hpp"

#include "net/errors.hpp"
#include "net/port.hpp"

namespace evjit::net {

using gc::kNil;

static constexpr size_t kOpChunk = 64;

Op *allocate_op(UvLoop &loop) {
  if (!loop.free_ops) {
    auto *chunk = static_cast<Op *>(calloc(kOpChunk, sizeof(Op)));
    EVJIT_CHECK(chunk, "out of memory");
    loop.op_chunks_.push_back(chunk);
    for (size_t i = 0; i < kOpChunk; ++i) {
      chunk[i].next = loop.free_ops;
      loop.free_ops = &chunk[i];
    }
  }
  Op *op = loop.free_ops;
  loop.free_ops = op->next;
  return op;
}

Op *op_begin(const char *name, int64_t timeout_ms) {
  UvLoop &loop = this_loop();
  Op *op = allocate_op(loop);
  uint32_t serial = op->serial;
  *op = Op{};
  note_io(loop);
  op->serial = serial;
  op->loop = &loop;
  op->name = name;
  op->timed = timeout_ms >= 0;
  op->immediate = timeout_ms == 0;
  if (op->timed)
    op->deadline_ns = loop.now_ns() + static_cast<uint64_t>(timeout_ms) * 1000000;
  return op;
}

void op_drop_request(Op *op) {
  Request *r = op->request;
  if (!r)
    return;
  op->request = nullptr;
  r->op = nullptr;
  if (r->flying)
    r->cancel();
  else
    delete r;
}

void op_leave(Op *op) {
  Lane *lane = op->lane;
  if (!lane)
    return;
  bool was_first = lane->first == op;
  (op->prev ? op->prev->next : lane->first) = op->next;
  (op->next ? op->next->prev : lane->last) = op->prev;
  op->prev = op->next = nullptr;
  op->lane = nullptr;
  Port *port = op->port;
  op->port = nullptr;
  if (!port)
    return; // no queue of turns: everybody in it waits for the same thing
  if (was_first && lane->first && lane->first->parked)
    op_wake(lane->first);
  port_unref(port);
}

void op_end(Op *op) {
  if (op->parked) {
    op->parked = false;
    --op->loop->pending;
  }
  op_leave(op);
  op_drop_request(op);
  ++op->serial;
  op->next = op->loop->free_ops;
  op->loop->free_ops = op;
}

static void withdraw(void *self) { op_end(static_cast<Op *>(self)); }

static bool out_of_time(Op *op, Value *out) {
  if (!op->timed || (!op->immediate && op->loop->now_ns() < op->deadline_ns))
    return false;
  const char *name = op->name;
  Mutator &m = op->loop->m;
  op_end(op);
  *out = gc::raise(m, make_timeout_error(m, name));
  return true;
}

bool op_wait(Op *op, const char *kind, Value target, Value *out) {
  if (out_of_time(op, out))
    return false;
  Mutator &m = op->loop->m;
  uint32_t serial = op->serial;
  static const sched::WaitKind kOp{.kind = "", .op = "", .cancel = withdraw, .discard = withdraw, .timeout_error = make_timeout_error};
  if (!sched::begin_wait(m, sched::derived_kind(kOp, kind, op->name, nullptr), target, op, &op->id, out)) {
    op_end(op);
    return false;
  }
  if (op->timed) {
    uint64_t now = op->loop->now_ns();
    sched::set_deadline(m, op->id, op->deadline_ns > now ? op->deadline_ns - now : 1);
  }
  op->parked = true;
  ++op->loop->pending;
  Value r = sched::park(m, op->id);
  if (op->serial != serial) { // withdrawn, or answered by an outer fiber that caught the request
    *out = r;
    return false;
  }
  if (r.is_error()) { // aborted after it was woken
    op_end(op);
    *out = r;
    return false;
  }
  return true;
}

void op_wake(Op *op) {
  op->parked = false;
  --op->loop->pending;
  ++op->loop->events;
  if (__builtin_expect(op->loop->gathering(), 0))
    op->loop->gather(*op);
  else if (op->loop->m.sched)
    sched::resolve(op->loop->m, op->id, kNil);
}

void op_fail(Op *op, Value error) {
  Mutator &m = op->loop->m;
  sched::WaitId id = op->id;
  op_end(op);
  if (m.sched)
    sched::fail(m, id, error);
}

void op_queue(Op *op, Port *port, Lane *lane) {
  if (port)
    port_ref(port);
  op->port = port;
  op->lane = lane;
  op->prev = lane->last;
  (lane->last ? lane->last->next : lane->first) = op;
  lane->last = op;
}

bool op_enter(Op *op, Port *port, Lane *lane, const char *kind, Value target, Value *out) {
  op_queue(op, port, lane);
  while (lane->first != op)
    if (!op_wait(op, kind, target, out))
      return false;
  return true;
}

void op_attach(Op *op, Request *r) {
  r->op = op;
  r->flying = true;
  op->request = r;
}

void op_landed(Request *r) {
  r->flying = false;
  if (!r->op)
    delete r;
  else if (r->op->parked)
    op_wake(r->op);
}

} // namespace evjit::net
