// Branches, blocks, breaks and loops.
//
// branch() builds a node in test position: comparisons, `not`, `and`, `or` and nested ifs become jumps and no boolean is made.
#include "frontend/analyse/walk.hpp"
#include "frontend/ir/builder.hpp"

#include "gc/value/make.hpp"

namespace evjit::frontend::ir {

namespace {

bool is_not_call(Node *n) {
  if (n->kind != NodeKind::Call)
    return false;
  auto &c = node_as<Call>(n);
  return c.callee->kind == NodeKind::Builtin && node_as<Builtin>(c.callee).name == "not" && c.args.size() == 1 &&
         !c.args[0].splice;
}

} // namespace

void FunctionBuilder::branch_parts(const std::vector<Node *> &parts, BlockId yes, BlockId no, bool is_and) {
  for (size_t i = 0; i + 1 < parts.size(); ++i) {
    BlockId next = new_block();
    is_and ? branch(parts[i], next, no) : branch(parts[i], yes, next);
    enter_join(next);
  }
  if (parts.empty())
    return jump(is_and ? yes : no);
  branch(parts.back(), yes, no);
}

void FunctionBuilder::branch(Node *n, BlockId yes, BlockId no) {
  if (!live())
    return;
  if (!n)
    return jump(no);
  if (n->kind == NodeKind::Const && !is_caught(n) && !node_as<frontend::Const>(n).fresh_copy)
    return jump(u_.ast_constant(node_as<frontend::Const>(n).constant).truthy() ? yes : no);
  if (is_not_call(n))
    return branch(node_as<Call>(n).args[0].node, no, yes);
  if (n->kind == NodeKind::And || n->kind == NodeKind::Or)
    return branch_parts(n->kind == NodeKind::And ? node_as<And>(n).parts : node_as<Or>(n).parts, yes, no,
                        n->kind == NodeKind::And);
  if (n->kind == NodeKind::If) {
    auto &i = node_as<If>(n);
    BlockId then = new_block(), otherwise = new_block();
    branch(i.test, then, otherwise);
    enter_join(then);
    branch(i.then, yes, no);
    enter_join(otherwise);
    return branch(i.otherwise, yes, no);
  }
  if (n->kind == NodeKind::Scope) {
    for (Var *v : node_as<Scope>(n).vars)
      prepare(v);
    return branch(node_as<Scope>(n).body, yes, no);
  }
  if (n->kind == NodeKind::Seq && !node_as<Seq>(n).body.empty()) {
    auto &body = node_as<Seq>(n).body;
    for (size_t i = 0; i + 1 < body.size(); ++i)
      effect(body[i]);
    return branch(body.back(), yes, no);
  }
  branch_on(test(n), yes, no);
}

ValueId FunctionBuilder::build_if(If &n, Want want) {
  Join j = make_join(want);
  BlockId then = new_block(), otherwise = new_block();
  branch(n.test, then, otherwise);
  enter_join(then);
  build_into(n.then, j);
  enter_join(otherwise);
  build_into(n.otherwise, j);
  return end_join(j);
}

// The value is the first operand that decides, else the last.
ValueId FunctionBuilder::build_and_or(const std::vector<Node *> &parts, Want want, bool is_and) {
  if (parts.empty())
    return want == Want::Effect ? kNoValue : finish(imm(gc::Value::boolean(is_and)), want);
  Join j = make_join(want);
  for (size_t i = 0; i + 1 < parts.size(); ++i) {
    BlockId next = new_block(), decided = new_block();
    if (want == Want::Effect) {
      is_and ? branch(parts[i], next, decided) : branch(parts[i], decided, next);
      enter_join(decided);
      value_into(kNoValue, j);
    } else {
      ValueId v = value(parts[i]);
      ValueId b = emit(Op::Truthy, {v});
      is_and ? branch_on(b, next, decided) : branch_on(b, decided, next);
      enter_join(decided);
      value_into(v, j);
    }
    enter_join(next);
  }
  build_into(parts.back(), j);
  return end_join(j);
}

ValueId FunctionBuilder::build_block(frontend::Block &b, Want want) {
  Join j = make_join(want);
  targets_.push_back({&b, j, undo_.size()});
  build_into(b.body, j);
  targets_.pop_back();
  return end_join(j);
}

ValueId FunctionBuilder::build_break(Break &b) {
  size_t i = targets_.size();
  while (i > 0 && targets_[i - 1].node != b.target)
    --i;
  if (i == 0)
    return kNoValue; // the expander has reported it
  BreakTarget target = targets_[i - 1];
  if (undo_.size() == target.undo_depth) {
    build_into(b.value, target.join);
    return kNoValue;
  }
  ValueId v = value(b.value);
  leave_regions(target.undo_depth);
  value_into(v, target.join);
  return kNoValue;
}

// What a break undoes on its way out of parameterize bodies and cleanups.
void FunctionBuilder::leave_regions(size_t depth) {
  for (size_t i = undo_.size(); i > depth; --i) {
    if (undo_[i - 1].kind == Undo::Params)
      emit(Op::ParamsSet, {undo_[i - 1].value});
    else
      emit(Op::ShieldLeave);
  }
}

ValueId FunctionBuilder::build_loop(Loop &l, Want want) {
  BlockId head = new_block(), body = new_block(), done = new_block();
  f_.blocks[head].is_loop_head = true;
  jump(head);
  enter(head);
  branch(l.test, body, done);
  enter_join(body);
  effect(l.body);
  emit(Op::Safepoint, {}, 1);
  jump(head);
  enter_join(done);
  return build(nullptr, want);
}

} // namespace evjit::frontend::ir
