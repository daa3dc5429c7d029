// Calls: inline operations, primitives, known functions, unknown callees, splices.
//
// The callee is evaluated before the arguments, arguments left to right. A call in tail position ends in a tail_call
// terminator; primitives are called and their answer returned.
#include "frontend/analyse/walk.hpp"
#include "frontend/ir/builder.hpp"

#include "gc/value/make.hpp"

#include <algorithm>

namespace evjit::frontend::ir {

FunctionBuilder::Values FunctionBuilder::arg_values(const std::vector<Arg> &args) {
  Values out;
  out.reserve(args.size());
  for (const Arg &a : args)
    out.push_back(value(a.node));
  return out;
}

ValueId FunctionBuilder::call_value(ValueId callee, Values args, Want want) {
  args.insert(args.begin(), callee);
  if (want != Want::Tail)
    return emit(Op::Call, std::move(args));
  emit(Op::TailCall, std::move(args));
  return kNoValue;
}

ValueId FunctionBuilder::call_spread(ValueId callee, ValueId array, Want want) {
  if (want != Want::Tail)
    return emit(Op::CallSpread, {callee, array});
  emit(Op::TailCallSpread, {callee, array});
  return kNoValue;
}

// A fresh @array of the arguments.
ValueId FunctionBuilder::spread_args(const std::vector<Arg> &args) {
  ValueId array = call_builtin("%%@array", {});
  for (const Arg &a : args) {
    ValueId v = value(a.node);
    emit(a.splice ? Op::Splice : Op::PushArg, {array, v});
  }
  return array;
}

ValueId FunctionBuilder::build_spread_call(Call &c, Want want) {
  ValueId callee = value(c.callee);
  ValueId array = spread_args(c.args);
  return call_spread(callee, array, want);
}

// (apply f a... coll), with the builtin apply named in the text.
ValueId FunctionBuilder::build_apply(Call &c, Want want) {
  ValueId callee = value(c.args[0].node);
  std::vector<Arg> rest(c.args.begin() + 1, c.args.end());
  if (rest.empty())
    return call_value(callee, {}, want);
  rest.back().splice = true;
  ValueId array = spread_args(rest);
  return call_spread(callee, array, want);
}

ValueId FunctionBuilder::build_self_call(Call &c) {
  Values args = arg_values(c.args);
  emit(Op::Safepoint, {}, 1);
  jump(head_, std::move(args));
  return kNoValue;
}

namespace {

bool has_splice(const std::vector<Arg> &args) {
  return std::any_of(args.begin(), args.end(), [](const Arg &a) { return a.splice; });
}

// The function that is called for certain, if its arguments can be passed as they are.
Lambda *direct_callee(const Call &c) {
  Lambda *l = nullptr;
  if (c.callee->kind == NodeKind::Fn)
    l = node_as<Fn>(c.callee).lambda;
  else if (c.callee->kind == NodeKind::Ref && !node_as<Ref>(c.callee).var->assigned)
    l = node_as<Ref>(c.callee).var->known_lambda;
  bool simple = l && l->optional.empty() && l->collector == gc::Collector::None && l->required.size() == c.args.size();
  return simple ? l : nullptr;
}

} // namespace

ValueId FunctionBuilder::build_call(Call &c, Want want) {
  if (c.callee->kind == NodeKind::Builtin) {
    auto &b = node_as<Builtin>(c.callee);
    if (b.name == "apply" && !c.args.empty() && !has_splice(c.args))
      return build_apply(c, want);
    ValueId out = kNoValue;
    if (!has_splice(c.args) && inline_call(c, out))
      return live() ? finish(out, want) : kNoValue;
    if (b.prim && !has_splice(c.args)) {
      Values args = arg_values(c.args);
      return finish(emit(Op::CallPrim, std::move(args), u_.constant(u_.ast_constant(b.constant))), want);
    }
  }
  if (has_splice(c.args))
    return build_spread_call(c, want);
  Lambda *known = direct_callee(c);
  if (known == &l_ && want == Want::Tail && head_ != kNoBlock)
    return build_self_call(c);
  ValueId callee = value(c.callee);
  Values args = arg_values(c.args);
  if (!known)
    return call_value(callee, std::move(args), want);
  args.insert(args.begin(), callee);
  ValueId v = emit(want == Want::Tail ? Op::TailCallKnown : Op::CallKnown, std::move(args), known->index);
  return want == Want::Tail ? kNoValue : v;
}

} // namespace evjit::frontend::ir
