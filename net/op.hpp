// Operations: one per running call of a waiting primitive. Essay: net/op.cpp. Internal to net/, loop thread only.
#pragma once

#include "net/uv_loop.hpp"
#include "sched/scheduler.hpp"

namespace evjit::net {

struct PortHandle;

// The operations on one direction of a port, in order of arrival. The first owns the direction.
struct Lane {
  Op *first = nullptr, *last = nullptr;
};

// Something under way outside (a libuv request, a descriptor that is being connected). Owned by its Op; when the operation is
// withdrawn earlier, `abandoned` is set, and the request's callback deletes it. The destructor releases what was obtained.
struct Request {
  Op *op = nullptr;  // null: abandoned
  bool flying = false; // a libuv callback will come
  virtual ~Request() = default;
  virtual void cancel() {} // best effort, while flying
};

struct Op {
  UvLoop *loop;
  Op *prev, *next; // in the lane
  Lane *lane;
  Port *port;      // counted reference
  PortHandle *handle;
  Request *request;
  const char *name;
  uint64_t deadline_ns;
  uint32_t serial; // changes when the operation ends
  bool parked, timed, immediate;
  sched::WaitId id;
};

// Virtual time: something may be on its way through the kernel.
inline void note_io(UvLoop &loop) {
  if (__builtin_expect(loop.virtual_time != nullptr, 0))
    loop.virtual_time->io = true;
}

Op *op_begin(const char *name, int64_t timeout_ms);
// Ends it: leaves the lane (the next one may go), drops the request. Safe to call on an ended operation never.
void op_end(Op *op);
// Parks the fiber. True: woken by op_wake, go on. False: the operation is over and *out is what the primitive returns.
bool op_wait(Op *op, const char *kind, Value target, Value *out);
void op_wake(Op *op);              // must be parked
void op_fail(Op *op, Value error); // ends it with an error; parked or woken
// Enters a lane of `port` and waits until it is first there.
bool op_enter(Op *op, Port *port, Lane *lane, const char *kind, Value target, Value *out);
void op_queue(Op *op, Port *port, Lane *lane); // without waiting; no port: the lane has no turns
void op_leave(Op *op); // the lane, not the operation
// Hands a request over to the operation; it is flying from now on.
void op_attach(Op *op, Request *r);
// For libuv callbacks: the request has landed. Wakes its operation, or deletes it if there is none.
void op_landed(Request *r);
void op_drop_request(Op *op);

} // namespace evjit::net
