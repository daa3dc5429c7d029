// Requests to the scheduler as values: what a fiber sees whose mask covers :io or :wait (08 section 3). The object names a wait; the
// wait itself has begun already, so passing the request on to the scheduler is parking on it.
#include "sched/fiber.hpp"
#include "sched/wait-inl.hpp"

#include "gc/prim.hpp"

namespace evjit::sched {

static WaitId unpack(void *data) {
  auto bits = reinterpret_cast<uint64_t>(data);
  return {static_cast<uint32_t>(bits), static_cast<uint32_t>(bits >> 32)};
}

// Nobody can answer it or pass it on any more: a handler dropped the fiber that asked.
static void finalize_request(void *data) {
  Mutator &m = gc::current_mutator();
  if (!m.sched)
    return;
  Wait *w = runtime(m).waits.find(unpack(data));
  if (w && w->state == WaitState::Begun)
    abandon(m, unpack(data));
}

static const gc::OpaqueClass kIoRequest{"io-request", nullptr, finalize_request, nullptr};

static void *pack(WaitId id) { return reinterpret_cast<void *>((static_cast<uint64_t>(id.generation) << 32) | id.index); }

bool is_request(Value v) { return gc::is(v, gc::Type::Opaque) && v.as<gc::Opaque>()->cls == &kIoRequest; }

Value make_request(Mutator &m, WaitId id, uint64_t) { return gc::make_opaque(m, &kIoRequest, pack(id)); }

WaitId request_wait(Value request) { return unpack(request.as<gc::Opaque>()->data); }

} // namespace evjit::sched
