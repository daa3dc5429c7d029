// Integer clones: when optimising, a function that works on integers alone gets a second body in which they are plain i64.
//
// The language's integers wrap modulo 2^64, so no operation of the clone needs a check, and an i64 holds fixnums and boxed
// integers alike. The analysis assumes that every argument is an integer, gives each value a representation (Kind), and keeps the
// functions for which that works out. Functions may call each other's clones, hence optimism: every function without a
// foreign operation is a candidate, kinds of results grow from None to a fixpoint, then those that do not check out are
// dropped until all that is left agrees. (Kinds stay right when a function is dropped: its callers are dropped too.)
//
// Nothing that a clone does may return a value of another kind than planned. Errors can be answered by a resumer with any
// value, so the only raising operations are safepoints (their answer is ignored) and calls of clones; division is in only when
// the divisor cannot be 0: a constant, or compared with one on the way (`(if (= b 0) a (gcd b (mod a b)))`).
//
// Entries: the uniform one and direct calls reach NAME.dispatch (int_body.cpp), which calls NAME.int if all arguments are fixnums
// and jumps to the generic NAME.known otherwise. A clone that neither loops nor calls is for other clones only.
#include "jit/lower/int_clone.hpp"

#include "gc/value/make.hpp"

#include <algorithm>
#include <optional>

namespace evjit::jit {

using ir::Op;

static constexpr uint32_t kMaxParams = 6;

std::vector<ir::BlockId> reverse_postorder(const ir::Function &f) {
  std::vector<ir::BlockId> order;
  std::vector<uint8_t> seen(f.blocks.size());
  struct Visit {
    ir::BlockId block;
    std::vector<ir::BlockId> next;
  };
  auto successors = [&](ir::BlockId id) {
    std::vector<ir::BlockId> out;
    for (const auto &in : f.blocks[id].insts) {
      if (in.error != ir::kNoBlock)
        out.push_back(in.error);
      for (const auto &t : in.targets)
        if (t.block != ir::kNoBlock)
          out.push_back(t.block);
    }
    return out;
  };
  std::vector<Visit> stack{{0, successors(0)}};
  seen[0] = 1;
  while (!stack.empty()) {
    auto &top = stack.back();
    if (top.next.empty()) {
      order.push_back(top.block);
      stack.pop_back();
      continue;
    }
    ir::BlockId n = top.next.back();
    top.next.pop_back();
    if (!seen[n]) {
      seen[n] = 1;
      stack.push_back({n, successors(n)});
    }
  }
  std::reverse(order.begin(), order.end());
  return order;
}

namespace {

bool represented(Kind k) { return k == Kind::Int || k == Kind::Truth || k == Kind::Tagged; }

Kind kind_of_constant(gc::Value v) {
  return gc::is_int(v) ? Kind::Int : v == gc::kTrue || v == gc::kFalse ? Kind::Truth : Kind::Tagged;
}

bool foreign(Op op) {
  switch (op) {
  case Op::Imm:
  case Op::Const:
  case Op::Param:
  case Op::Self:
  case Op::Capture:
  case Op::SlotGet:
  case Op::LocalGet:
  case Op::LocalSet:
  case Op::Add:
  case Op::Sub:
  case Op::Mul:
  case Op::Div:
  case Op::Rem:
  case Op::Mod:
  case Op::Lt:
  case Op::Le:
  case Op::Gt:
  case Op::Ge:
  case Op::Eq:
  case Op::Truthy:
  case Op::Not:
  case Op::BoolValue:
  case Op::Same:
  case Op::CallKnown:
  case Op::Safepoint:
  case Op::Jump:
  case Op::Branch:
  case Op::Return:
  case Op::TailCallKnown: return false;
  default: return true;
  }
}

bool is_comparison(Op op) { return op == Op::Lt || op == Op::Le || op == Op::Gt || op == Op::Ge || op == Op::Eq; }

bool compare(Op op, int64_t a, int64_t b) {
  switch (op) {
  case Op::Lt: return a < b;
  case Op::Le: return a <= b;
  case Op::Gt: return a > b;
  case Op::Ge: return a >= b;
  default: return a == b;
  }
}

using Clones = std::vector<std::unique_ptr<IntClone>>;

// The analysis of one candidate.
class Candidate {
public:
  Candidate(const ir::Unit &unit, uint32_t index, Clones &clones);
  bool possible() const;    // by its shape and operations
  bool infer();             // one round; true: something is known that was not
  bool holds() const;       // every operation gets what it needs
  bool loops_or_calls() const;

private:
  using Inst = ir::Inst;
  IntClone &clone() const { return *clones_[index_]; }
  Kind kind(ir::ValueId v) const { return clone().values[v]; }
  Kind operand(const Inst &in, size_t i) const { return kind(in.operands[i]); }
  Kind result_of(uint64_t fn) const { return clones_[fn] ? clones_[fn]->result : Kind::Mixed; }
  Kind result_kind(const Inst &in) const;
  bool raise(Kind &slot, Kind k) const;
  bool infer_inst(const Inst &in);
  bool inst_holds(const Inst &in, const std::vector<ir::ValueId> &nonzero) const;
  bool call_holds(const Inst &in) const;
  bool targets_hold(const Inst &in) const;
  bool all(const Inst &in, Kind k) const;
  std::optional<int64_t> constant(ir::ValueId v) const;
  std::vector<ir::ValueId> nonzero_on_edge(const Inst &branch, bool taken) const;
  std::vector<std::vector<ir::ValueId>> nonzero_values() const;
  const ir::Unit &unit_;
  const ir::Function &f_;
  uint32_t index_;
  Clones &clones_;
  std::vector<ir::BlockId> order_;
  std::vector<const Inst *> defs_; // by ValueId; null: a block parameter
};

Candidate::Candidate(const ir::Unit &unit, uint32_t index, Clones &clones)
    : unit_(unit), f_(*unit.functions[index]), index_(index), clones_(clones), order_(reverse_postorder(f_)),
      defs_(f_.next_value) {
  for (auto id : order_)
    for (const auto &in : f_.blocks[id].insts)
      if (in.result != ir::kNoValue)
        defs_[in.result] = &in;
}

bool Candidate::possible() const {
  if (f_.optional || f_.collector != gc::Collector::None || f_.required < 1 || f_.required > kMaxParams)
    return false;
  for (auto id : order_)
    for (const auto &in : f_.blocks[id].insts)
      if (foreign(in.op) || in.error != ir::kNoBlock)
        return false;
  return true;
}

bool Candidate::raise(Kind &slot, Kind k) const {
  Kind joined = slot == Kind::None || slot == k ? k : k == Kind::None ? slot : Kind::Mixed;
  bool changed = joined != slot;
  slot = joined;
  return changed;
}

Kind Candidate::result_kind(const Inst &in) const {
  switch (in.op) {
  case Op::Imm: return kind_of_constant(gc::Value::from_bits(in.imm));
  case Op::Const: return kind_of_constant(unit_.constants[in.imm]);
  case Op::Self:
  case Op::Capture:
  case Op::SlotGet: return Kind::Callee;
  case Op::LocalGet: return clone().locals[in.imm];
  case Op::CallKnown: return result_of(in.imm);
  case Op::Truthy:
  case Op::Not:
  case Op::BoolValue:
  case Op::Same: return Kind::Truth;
  default: return is_comparison(in.op) ? Kind::Truth : Kind::Int; // parameters and arithmetic
  }
}

bool Candidate::infer_inst(const Inst &in) {
  bool changed = false;
  if (in.result != ir::kNoValue)
    changed = raise(clone().values[in.result], result_kind(in));
  if (in.op == Op::LocalSet)
    changed |= raise(clone().locals[in.imm], operand(in, 0));
  if (in.op == Op::Return)
    changed |= raise(clone().result, operand(in, 0));
  if (in.op == Op::TailCallKnown)
    changed |= raise(clone().result, result_of(in.imm));
  for (const auto &t : in.targets)
    for (size_t i = 0; i < t.args.size(); ++i)
      changed |= raise(clone().values[f_.blocks[t.block].params[i].id], kind(t.args[i]));
  return changed;
}

bool Candidate::infer() {
  bool changed = false;
  for (auto id : order_)
    for (const auto &in : f_.blocks[id].insts)
      changed |= infer_inst(in);
  return changed;
}

bool Candidate::all(const Inst &in, Kind k) const {
  return std::all_of(in.operands.begin(), in.operands.end(), [&](ir::ValueId v) { return kind(v) == k; });
}

std::optional<int64_t> Candidate::constant(ir::ValueId v) const {
  const Inst *in = defs_[v];
  if (!in || (in->op != Op::Imm && in->op != Op::Const))
    return {};
  gc::Value value = in->op == Op::Imm ? gc::Value::from_bits(in->imm) : gc::Value(unit_.constants[in->imm]);
  return gc::is_int(value) ? std::optional(gc::int_of(value)) : std::nullopt;
}

// Values that a comparison with a constant keeps from being 0 on this way out of the block.
std::vector<ir::ValueId> Candidate::nonzero_on_edge(const Inst &branch, bool taken) const {
  const Inst *in = defs_[branch.operands[0]];
  while (in && (in->op == Op::Not || in->op == Op::Truthy || in->op == Op::BoolValue)) {
    if (in->op == Op::Truthy && kind(in->operands[0]) != Kind::Truth)
      return {};
    taken ^= in->op == Op::Not;
    in = defs_[in->operands[0]];
  }
  if (!in || !is_comparison(in->op))
    return {};
  if (auto c = constant(in->operands[1]); c && compare(in->op, 0, *c) != taken)
    return {in->operands[0]};
  if (auto c = constant(in->operands[0]); c && compare(in->op, *c, 0) != taken)
    return {in->operands[1]};
  return {};
}

// By block: what is known there from the only way that leads to it.
std::vector<std::vector<ir::ValueId>> Candidate::nonzero_values() const {
  std::vector<uint32_t> edges(f_.blocks.size());
  for (auto id : order_)
    for (const auto &t : f_.blocks[id].insts.back().targets)
      if (t.block != ir::kNoBlock)
        ++edges[t.block];
  std::vector<std::vector<ir::ValueId>> out(f_.blocks.size());
  for (auto id : order_) {
    const Inst &last = f_.blocks[id].insts.back();
    for (int side = 0; side < 2; ++side) {
      ir::BlockId to = last.targets[side].block;
      if (to == ir::kNoBlock || edges[to] != 1 || to == 0)
        continue;
      out[to] = out[id];
      if (last.op == Op::Branch)
        for (auto v : nonzero_on_edge(last, side == 0))
          out[to].push_back(v);
    }
  }
  return out;
}

// A tail call must reuse our frame, which takes the same prototype.
bool Candidate::call_holds(const Inst &in) const {
  const auto &callee = *unit_.functions[in.imm];
  if (!clones_[in.imm] || in.operands.size() != 1 + callee.required)
    return false;
  for (size_t i = 1; i < in.operands.size(); ++i)
    if (operand(in, i) != Kind::Int)
      return false;
  return in.op == Op::CallKnown ? represented(kind(in.result)) : callee.required == f_.required;
}

bool Candidate::targets_hold(const Inst &in) const {
  for (const auto &t : in.targets)
    for (size_t i = 0; i < t.args.size(); ++i) {
      Kind k = kind(f_.blocks[t.block].params[i].id);
      if (!represented(k) || kind(t.args[i]) != k)
        return false;
    }
  return true;
}

bool Candidate::inst_holds(const Inst &in, const std::vector<ir::ValueId> &nonzero) const {
  switch (in.op) {
  case Op::Add:
  case Op::Sub:
  case Op::Mul:
  case Op::Lt:
  case Op::Le:
  case Op::Gt:
  case Op::Ge:
  case Op::Eq: return all(in, Kind::Int);
  case Op::Div:
  case Op::Rem:
  case Op::Mod: {
    auto c = constant(in.operands[1]);
    bool fine = c ? *c != 0 : std::find(nonzero.begin(), nonzero.end(), in.operands[1]) != nonzero.end();
    return fine && all(in, Kind::Int);
  }
  case Op::LocalGet: return represented(kind(in.result));
  case Op::LocalSet: return represented(operand(in, 0)) && operand(in, 0) == clone().locals[in.imm];
  case Op::Truthy: return represented(operand(in, 0));
  case Op::Same: // fixnums would be compared as numbers, boxed integers by identity
    return represented(operand(in, 0)) && represented(operand(in, 1)) && !all(in, Kind::Int);
  case Op::Not:
  case Op::BoolValue: return all(in, Kind::Truth);
  case Op::CallKnown:
  case Op::TailCallKnown: return call_holds(in);
  case Op::Return: return represented(operand(in, 0));
  case Op::Branch: return all(in, Kind::Truth) && targets_hold(in);
  case Op::Jump: return targets_hold(in);
  default: return true;
  }
}

bool Candidate::holds() const {
  if (!represented(clone().result))
    return false;
  auto nonzero = nonzero_values();
  for (auto id : order_)
    for (const auto &in : f_.blocks[id].insts)
      if (!inst_holds(in, nonzero[id]))
        return false;
  return true;
}

bool Candidate::loops_or_calls() const {
  for (auto id : order_)
    for (const auto &in : f_.blocks[id].insts)
      if (in.op == Op::CallKnown || in.op == Op::TailCallKnown || (in.op == Op::Safepoint && in.imm != 0))
        return true;
  return false;
}

} // namespace

IntClones::IntClones(const ir::Unit &unit) : clones_(unit.functions.size()) {
  std::vector<std::pair<uint32_t, Candidate>> candidates;
  for (uint32_t i = 0; i < unit.functions.size(); ++i) {
    Candidate c(unit, i, clones_);
    if (!c.possible())
      continue;
    const auto &f = *unit.functions[i];
    clones_[i] = std::make_unique<IntClone>();
    clones_[i]->values.resize(f.next_value);
    clones_[i]->locals.resize(f.locals);
    candidates.emplace_back(i, std::move(c));
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (auto &[i, c] : candidates)
      changed |= c.infer();
  }
  for (bool dropped = true; dropped;) {
    dropped = false;
    for (auto &[i, c] : candidates)
      if (clones_[i] && !c.holds()) {
        clones_[i].reset();
        dropped = true;
      }
  }
  for (auto &[i, c] : candidates)
    if (clones_[i])
      clones_[i]->dispatch = c.loops_or_calls();
}

} // namespace evjit::jit
