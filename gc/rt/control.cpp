// evrt_*: safepoints, errors, dynamic bindings, and small allocations of compiled code.
#include "gc/errors.hpp"
#include "gc/heap/heap-inl.hpp"
#include "gc/rt/evrt.hpp"
#include "gc/trace.hpp"
#include "gc/value/make.hpp"

using namespace evjit::gc;

// Trace of a payload that was caught lately; kAbsent if it is not known (any more).
static Value trace_of_caught(Mutator &m, Value payload) {
  if (m.caught == payload && !m.caught_trace.is_nil())
    return m.caught_trace;
  const CaughtRing &r = m.heap->caught;
  for (size_t i = 1; i <= CaughtRing::kSize; ++i) { // newest first
    size_t at = (r.next + CaughtRing::kSize - i) % CaughtRing::kSize;
    if (r.payload[at] == payload)
      return r.trace[at];
  }
  return kAbsent;
}

static Value raise_out_of_memory(Mutator &m, const char *why) {
  return raise_error(m, "out-of-memory", why, {{"limit", make_int(m, static_cast<int64_t>(m.heap->limit()))}});
}

Value evjit::gc::refuse_for_memory(Mutator &m) {
  return m.heap->help_for_memory(m) ? kNil : raise_out_of_memory(m, "the system gives no more memory");
}

static Value out_of_memory(Mutator &m) {
  m.attention.fetch_and(~uint32_t{kAttentionOom}, std::memory_order_acq_rel);
  renew_stack_check(m);
  collect(m); // what the failed computation has dropped since
  if (!m.heap->grant_reserve())
    return kNil;
  return raise_out_of_memory(m, "the heap limit is reached");
}

extern "C" {

Value evrt_safepoint(Mutator *m) noexcept {
  auto sp = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  if (sp < m->stack_limit && !(m->stack_hook && m->stack_hook(*m, sp)))
    return stack_overflow(*m);
  if (m->attention.load(std::memory_order_acquire) & kAttentionOom) { // partner: request_attention
    Value r = out_of_memory(*m);
    if (r.is_error())
      return r;
  }
  renew_stack_check(*m); // what was wanted may have been taken elsewhere
  if (m->fuel >= 0 && m->attention.load(std::memory_order_acquire) == 0)
    return kNil;
  if (m->safepoint_hook)
    return m->safepoint_hook(*m);
  if (m->fuel < 0)
    m->fuel = kFuelUnlimited;
  return kNil;
}

Value evrt_arity_error(Mutator *m, Value closure, int64_t argc) noexcept {
  return arity_error(*m, closure.as<Closure>()->proto, static_cast<size_t>(argc));
}

Value evrt_uninitialized(Mutator *m, Value name) noexcept {
  std::string text(name_of(name));
  return raise_error(*m, "uninitialized", text + ": read before its definition ran", {{"name", name}});
}

Value evrt_raise(Mutator *m, Value payload) noexcept {
  Value known = trace_of_caught(*m, payload);
  if (known == kAbsent)
    return raise(*m, payload);
  m->trace = known;
  m->error = payload;
  return m->raise_hook ? m->raise_hook(*m, payload) : kError;
}

Value evrt_catch(Mutator *m) noexcept {
  CaughtRing &r = m->heap->caught;
  r.payload[r.next] = m->caught;
  r.trace[r.next] = m->caught_trace;
  r.next = (r.next + 1) % CaughtRing::kSize;
  m->caught = m->error;
  m->caught_trace = m->trace;
  m->error = kNil;
  m->trace = kNil;
  return m->caught;
}

Value evrt_rethrow(Mutator *m, Value payload) noexcept {
  Value known = trace_of_caught(*m, payload);
  m->trace = known == kAbsent ? kNil : known;
  m->error = payload;
  return kError;
}

Value evrt_param_bind(Mutator *m, Value parameter, Value value) noexcept {
  if (!is(parameter, Type::Parameter))
    return type_error(*m, "parameterize", "parameter", parameter);
  m->params = cons(*m, cons(*m, parameter, value), m->params.is_nil() ? kEmpty : m->params);
  return kNil;
}

Value evrt_make_closure(Mutator *m, void *proto, Value instance, int64_t captures) noexcept {
  auto n = static_cast<size_t>(captures);
  size_t bytes = closure_bytes(n);
  Closure *c;
  if (__builtin_expect(bytes <= kMaxSmall, 1)) {
    c = static_cast<Closure *>(allocate_small(*m, Type::Closure, bytes, static_cast<uint32_t>(n)));
  } else {
    c = static_cast<Closure *>(allocate(*m, Type::Closure, bytes));
    c->h.aux = static_cast<uint32_t>(n);
  }
  c->proto = static_cast<const FnProto *>(proto);
  c->instance = instance;
  return Value::object(c);
}

Value evrt_make_cell(Mutator *m, Value v) noexcept { return make_cell(*m, v); }

void evrt_write_barrier(Mutator *m, Value object, Value v) noexcept { write_barrier(*m, object.as(), v); }

Value evrt_block_check(Mutator *, Value v) noexcept { return v; }
}
