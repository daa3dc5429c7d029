// Primitives of the expander: the thunks that run transformers and phase-one units in a private scheduler, access to the
// variables of such units, and expand-macro at run time.
//
// Evaluator::run_isolated takes a thunk. Ours is the primitive %%run-pending, which takes its work from `pending`: set right
// before, taken first thing, so nested compilations do not meet.
#include "frontend/expand/expand_prims.hpp"

#include "frontend/expand/expander.hpp"
#include "frontend/prims.hpp"
#include "gc/call.hpp"
#include "gc/errors.hpp"

namespace evjit::frontend {

namespace {

struct Pending {
  gc::UnitDesc *unit = nullptr; // or a call
  Value fn = gc::kNil;
  const Value *args = nullptr;
  size_t argc = 0;
  Value *instance = nullptr;
};
thread_local Pending *pending = nullptr; // on the stack of run_pending

Value run_pending(Mutator &m, Evaluator &ev, Pending &work) {
  pending = &work;
  Value result = ev.run_isolated(m, gc::find_builtin("%%run-pending"));
  pending = nullptr;
  return result;
}

} // namespace

Value run_isolated_call(Mutator &m, Evaluator &ev, Value fn, const Value *args, size_t argc) {
  gc::RootVector kept(m);
  for (size_t i = 0; i < argc; ++i)
    kept.push(args[i]);
  gc::Root callee(m, fn);
  Pending work{nullptr, fn, kept.data(), argc, nullptr};
  return run_pending(m, ev, work);
}

Value run_isolated_unit(Mutator &m, Evaluator &ev, gc::UnitDesc *unit, Value *instance) {
  Pending work;
  work.unit = unit;
  work.instance = instance;
  return run_pending(m, ev, work);
}

} // namespace evjit::frontend

using namespace evjit;
using namespace evjit::frontend;

EVJIT_PRIM(evrt_run_pending) {
  if (!pending)
    return gc::raise_error(m, "internal-error", "%%run-pending: no work");
  Pending work = *pending;
  pending = nullptr;
  if (work.unit)
    return gc::run_unit(m, work.unit, work.instance);
  return gc::call(m, work.fn, work.args, work.argc);
}

EVJIT_PRIM(evrt_instance_get) {
  Value v = args[0].as<gc::Instance>()->slots[args[1].as_fixnum()];
  return v == gc::kUnset ? gc::raise_error(m, "uninitialized", "a begin-for-syntax name was read before its definition ran") : v;
}

EVJIT_PRIM(evrt_instance_set) {
  auto *instance = args[0].as<gc::Instance>();
  instance->slots[args[1].as_fixnum()] = args[2];
  gc::write_barrier(m, instance, args[2]);
  return args[2];
}

static Value expand_at_run_time(Mutator &m, Value form, bool once) {
  auto *ev = static_cast<Evaluator *>(m.frontend);
  if (!ev)
    return gc::raise_error(m, "eval-error", "expand-macro: this program has no compiler");
  return expand_datum(m, *ev, form, once);
}
EVJIT_PRIM(evrt_expand_macro) { return expand_at_run_time(m, args[0], false); }
EVJIT_PRIM(evrt_expand_macro_1) { return expand_at_run_time(m, args[0], true); }

static const gc::PrimDef kDefs[] = {
    {.name = "%%run-pending", EVJIT_PRIM_FN(evrt_run_pending), .arity = {0, 0}},
    {.name = "%%instance-get", EVJIT_PRIM_FN(evrt_instance_get), .arity = {2, 2}, .params = "instance slot"},
    {.name = "%%instance-set", EVJIT_PRIM_FN(evrt_instance_set), .arity = {3, 3}, .params = "instance slot value"},
    {.name = "%%expand-macro", EVJIT_PRIM_FN(evrt_expand_macro), .arity = {1, 1}, .params = "form"},
    {.name = "%%expand-macro-1", EVJIT_PRIM_FN(evrt_expand_macro_1), .arity = {1, 1}, .params = "form"},
};
const std::span<const gc::PrimDef> evjit::frontend::kExpandPrims = kDefs;
