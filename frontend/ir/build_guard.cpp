// try, protect, defer, parameterize: regions with an error edge.
//
// Instructions of a region's body carry the region's handler block in `error`. A handler starts with catch and runs under the
// outer handler. The end of a process (std/process) unwinds it with an error whose payload is kAbsent: try and protect pass it
// on, so that no program can catch it. Bodies are never in tail position, and only parameterize can be left by a break.
#include "frontend/analyse/walk.hpp"
#include "frontend/ir/builder.hpp"

#include "gc/value/make.hpp"

namespace evjit::frontend::ir {

// Starts the handler block; false if nothing in the region can raise.
bool FunctionBuilder::enter_handler(BlockId handler) {
  enter_join(handler);
  return live();
}

ValueId FunctionBuilder::region_value(Node *body, BlockId handler) {
  BlockId outer = std::exchange(handler_, handler);
  ValueId v = value(body);
  handler_ = outer;
  return v;
}

// After the catch of a try or protect: the error that ends a process goes on.
void FunctionBuilder::pass_unwinding(ValueId error) {
  BlockId unwind = new_block(), caught = new_block();
  ValueId unwinding = emit(Op::Same, {error, imm(gc::kAbsent)});
  branch_on(unwinding, unwind, caught);
  enter_join(unwind);
  emit(Op::Rethrow, {error});
  enter_join(caught);
}

ValueId FunctionBuilder::build_try(Try &t, Want want) {
  Join j = make_join(want);
  BlockId handler = new_block();
  emit(Op::TryEnter);
  ValueId v = region_value(t.body, handler);
  emit(Op::TryLeave);
  value_into(v, j);
  if (enter_handler(handler)) {
    ValueId error = emit(Op::Catch);
    emit(Op::TryLeave);
    pass_unwinding(error);
    ValueId outer = std::exchange(caught_, error);
    build_into(t.handler, j);
    caught_ = outer;
  }
  return end_join(j);
}

// (muffle :error): the promise that no error leaves the function; one that does becomes a :signal-violation (08-4).
void FunctionBuilder::build_muffled_body() {
  BlockId handler = new_block();
  emit(Op::TryEnter);
  ValueId v = region_value(l_.body, handler);
  emit(Op::TryLeave);
  finish(v, Want::Tail);
  if (enter_handler(handler)) {
    ValueId error = emit(Op::Catch);
    emit(Op::TryLeave);
    pass_unwinding(error);
    finish(call_builtin("%%muffled-error", {error}), Want::Tail);
  }
}

ValueId FunctionBuilder::build_protect(Protect &p) {
  Join j = make_join(Want::Value);
  BlockId handler = new_block();
  emit(Op::TryEnter);
  ValueId v = region_value(p.body, handler);
  emit(Op::TryLeave);
  ValueId yes = imm(gc::kTrue);
  value_into(call_builtin("%%array", {yes, v}), j);
  if (enter_handler(handler)) {
    ValueId error = emit(Op::Catch);
    emit(Op::TryLeave);
    pass_unwinding(error);
    ValueId no = imm(gc::kFalse);
    value_into(call_builtin("%%array", {no, error}), j);
  }
  return end_join(j);
}

// One copy of the cleanup, reached with (value or error, failed).
ValueId FunctionBuilder::build_defer(Defer &d) {
  if (!live())
    return kNoValue;
  BlockId handler = new_block(), cleanup = new_block(), cleanup_failed = new_block();
  ValueId result = add_param(cleanup), failed = add_param(cleanup);
  ValueId v = region_value(d.body, handler);
  ValueId no = imm(gc::kFalse);
  jump(cleanup, {v, no});
  if (enter_handler(handler)) {
    ValueId error = emit(Op::Catch);
    ValueId yes = imm(gc::kTrue);
    jump(cleanup, {error, yes});
  }
  enter_join(cleanup);
  emit(Op::ShieldEnter);
  undo_.push_back({Undo::Shield, kNoValue});
  BlockId outer = std::exchange(handler_, cleanup_failed);
  effect(d.cleanup);
  handler_ = outer;
  undo_.pop_back();
  emit(Op::ShieldLeave);
  BlockId rethrow = new_block(), done = new_block();
  ValueId flag = emit(Op::Truthy, {failed});
  branch_on(flag, rethrow, done);
  enter_join(rethrow);
  emit(Op::Rethrow, {result});
  if (enter_handler(cleanup_failed)) {
    ValueId error = emit(Op::Catch);
    emit(Op::ShieldLeave);
    emit(Op::Rethrow, {call_builtin("%%cleanup-error", {error, result, failed})});
  }
  enter_join(done);
  return live() ? result : kNoValue;
}

ValueId FunctionBuilder::build_parameterize(Parameterize &p) {
  Values params, values;
  for (size_t i = 0; i < p.params.size(); ++i) {
    params.push_back(value(p.params[i]));
    values.push_back(value(p.values[i]));
  }
  if (!live())
    return kNoValue;
  ValueId saved = emit(Op::ParamsGet);
  BlockId handler = new_block();
  BlockId outer = std::exchange(handler_, handler);
  for (size_t i = 0; i < params.size(); ++i)
    emit(Op::ParamBind, {params[i], values[i]});
  undo_.push_back({Undo::Params, saved});
  ValueId v = value(p.body);
  undo_.pop_back();
  handler_ = outer;
  emit(Op::ParamsSet, {saved});
  Join j = make_join(Want::Value);
  value_into(v, j);
  if (enter_handler(handler)) {
    ValueId error = emit(Op::Catch);
    emit(Op::ParamsSet, {saved});
    emit(Op::Rethrow, {error});
  }
  return end_join(j);
}

} // namespace evjit::frontend::ir
