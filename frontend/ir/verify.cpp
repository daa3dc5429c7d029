// The verifier: a unit that passes is safe to lower.
//
//   shape      operand counts and types as in ops.def, immediates in range, terminators last and only there
//   edges      targets exist, argument counts and types fit, a handler block has no parameters and starts with catch, and is
//              entered by error edges only; catch stands nowhere else
//   values     each is defined once, with the type the function's table says; every use is reached by the definition on all
//              ways (a forward data-flow problem over sets of values; an error edge leaves in front of its instruction)
#include "frontend/ir/op_info.hpp"

#include <algorithm>
#include <boost/dynamic_bitset.hpp>

namespace evjit::frontend::ir {

namespace {

using Bits = boost::dynamic_bitset<>;

class FunctionVerifier {
public:
  FunctionVerifier(const Unit &u, const Function &f) : u_(u), f_(f) {}

  std::string run() {
    if (f_.blocks.empty())
      return "no blocks";
    if (!f_.blocks[0].params.empty())
      return "the entry block has parameters";
    find_handlers();
    definitions();
    for (at_block_ = 0; at_block_ < f_.blocks.size() && problem_.empty(); ++at_block_)
      block(f_.blocks[at_block_]);
    if (problem_.empty())
      data_flow();
    return problem_;
  }

private:
  void fail(std::string what) {
    if (problem_.empty())
      problem_ = "b" + std::to_string(at_block_) + "[" + std::to_string(at_inst_) + "]: " + what;
  }

  void find_handlers() {
    is_handler_ = Bits(f_.blocks.size());
    for (const Block &b : f_.blocks)
      for (const Inst &i : b.insts)
        if (i.error < f_.blocks.size())
          is_handler_[i.error] = true;
  }

  void define(ValueId v, Type t) {
    if (v >= f_.next_value || v >= f_.value_types.size())
      return fail("value v" + std::to_string(v) + " out of range");
    if (defined_[v])
      return fail("v" + std::to_string(v) + " is defined twice");
    if (f_.value_types[v] != t)
      return fail("v" + std::to_string(v) + " has another type in the function's table");
    defined_[v] = true;
  }
  void definitions() {
    defined_ = Bits(f_.next_value);
    for (at_block_ = 0; at_block_ < f_.blocks.size(); ++at_block_) {
      const Block &b = f_.blocks[at_block_];
      for (const BlockParam &p : b.params)
        define(p.id, p.type);
      for (at_inst_ = 0; at_inst_ < b.insts.size(); ++at_inst_) {
        const Inst &i = b.insts[at_inst_];
        Type t = info(i.op).result;
        if ((t == Type::N) != (i.result == kNoValue))
          fail("result missing or not wanted");
        else if (t != Type::N)
          define(i.result, t);
      }
    }
  }

  void block(const Block &b) {
    at_inst_ = 0;
    if (b.insts.empty())
      return fail("empty block");
    if (is_handler_[at_block_] && (!b.params.empty() || b.insts[0].op != Op::Catch))
      return fail("a handler block has no parameters and starts with catch");
    for (; at_inst_ < b.insts.size(); ++at_inst_) {
      const Inst &i = b.insts[at_inst_];
      bool last = at_inst_ + 1 == b.insts.size();
      if (info(i.op).is_terminator() != last)
        return fail(last ? "the block has no terminator" : "terminator inside a block");
      if (i.op == Op::Catch && (at_inst_ != 0 || !is_handler_[at_block_]))
        return fail("catch stands first in a handler block only");
      inst(i);
    }
  }

  bool has_type(ValueId v, Type t) {
    if (v < f_.next_value && defined_[v] && f_.value_types[v] == t)
      return true;
    fail("operand v" + std::to_string(v) + " is not defined or has the wrong type");
    return false;
  }

  void inst(const Inst &i) {
    const OpInfo &row = info(i.op);
    bool any = row.operands == "*";
    if (!any && i.operands.size() != row.operands.size())
      return fail("wrong number of operands");
    for (size_t k = 0; k < i.operands.size(); ++k)
      if (!has_type(i.operands[k], !any && row.operands[k] == 'B' ? Type::B : Type::V))
        return;
    if (any && i.operands.empty() && row.has_effect('Y') && row.imm != Imm::Const)
      return fail("no callee");
    immediate(i, row);
    if (i.error != kNoBlock && (!row.raises() || i.error >= f_.blocks.size()))
      return fail("bad error edge");
    for (size_t t = 0; t < target_count(i.op); ++t)
      target(i.targets[t]);
  }

  void target(const Target &t) {
    if (t.block >= f_.blocks.size() || t.block == 0)
      return fail("jump to no block, or to the entry");
    if (is_handler_[t.block])
      return fail("jump to a handler block");
    const Block &b = f_.blocks[t.block];
    if (t.args.size() != b.params.size())
      return fail("wrong number of arguments for b" + std::to_string(t.block));
    for (size_t k = 0; k < t.args.size(); ++k)
      if (!has_type(t.args[k], b.params[k].type))
        return;
  }

  uint64_t index_limit(const Inst &i) const {
    switch (i.op) {
    case Op::Param:
      return uint64_t{f_.required} + f_.optional + (f_.collector != gc::Collector::None);
    case Op::Capture:
      return f_.captures;
    case Op::SlotGet:
    case Op::SlotSet:
      return u_.slot_count;
    case Op::LocalGet:
    case Op::LocalSet:
      return f_.locals;
    case Op::Safepoint:
    case Op::Element:
    case Op::Field:
      return 2;
    default:
      return ~uint64_t{0};
    }
  }

  void immediate(const Inst &i, const OpInfo &row) {
    if (row.imm == Imm::Const && i.imm >= u_.constants.size())
      return fail("constant out of range");
    if (row.imm == Imm::Index && i.imm >= index_limit(i))
      return fail("index out of range");
    if (row.imm != Imm::Fn)
      return;
    if (i.imm >= u_.functions.size())
      return fail("function out of range");
    const Function &callee = *u_.functions[i.imm];
    if (i.op == Op::Closure ? i.operands.size() != callee.captures : i.operands.size() != callee.required + 1)
      return fail("wrong number of operands for function " + std::to_string(i.imm));
  }

  // --- every use is reached by its definition --------------------------------------------------------------------------
  void meet(BlockId to, const Bits &available, std::vector<BlockId> &work) {
    if (!visited_[to]) {
      visited_[to] = true;
      in_[to] = available;
      return work.push_back(to);
    }
    if (in_[to].is_subset_of(available))
      return;
    in_[to] &= available;
    work.push_back(to);
  }

  void data_flow() {
    in_.assign(f_.blocks.size(), Bits());
    visited_ = Bits(f_.blocks.size());
    std::vector<BlockId> work;
    meet(0, Bits(f_.next_value), work);
    while (!work.empty()) {
      BlockId b = work.back();
      work.pop_back();
      flow(b, &work);
    }
    for (at_block_ = 0; at_block_ < f_.blocks.size() && problem_.empty(); ++at_block_)
      if (visited_[at_block_])
        flow(static_cast<BlockId>(at_block_), nullptr);
  }

  // Without `work`: checks the uses instead of spreading the sets.
  void flow(BlockId b, std::vector<BlockId> *work) {
    Bits available = in_[b];
    for (const BlockParam &p : f_.blocks[b].params)
      available[p.id] = true;
    auto use = [&](ValueId v) {
      if (!work && !available[v])
        fail("v" + std::to_string(v) + " is used where it may not be defined");
    };
    at_inst_ = 0;
    BlockId handler = kNoBlock;
    for (const Inst &i : f_.blocks[b].insts) {
      for (ValueId v : i.operands)
        use(v);
      // The set grows along the block: only the first of several edges to one handler can take something from it.
      if (work && i.error != kNoBlock && i.error != handler)
        meet(handler = i.error, available, *work);
      if (i.result != kNoValue)
        available[i.result] = true;
      for (size_t t = 0; t < target_count(i.op); ++t) {
        for (ValueId v : i.targets[t].args)
          use(v);
        if (work)
          meet(i.targets[t].block, available, *work);
      }
      ++at_inst_;
    }
  }

  const Unit &u_;
  const Function &f_;
  std::string problem_;
  size_t at_block_ = 0, at_inst_ = 0;
  Bits defined_, is_handler_, visited_;
  std::vector<Bits> in_;
};

} // namespace

std::string verify(const Unit &u) {
  if (u.functions.empty())
    return "the unit has no functions";
  if (u.slot_names.size() != u.slot_count)
    return "the unit's slots and their names differ in number";
  for (const UnitExport &e : u.exports)
    if (e.slot >= u.slot_count)
      return "export " + e.name + ": slot out of range";
  for (size_t i = 0; i < u.functions.size(); ++i)
    if (std::string problem = FunctionVerifier(u, *u.functions[i]).run(); !problem.empty())
      return "function " + std::to_string(i) + " (" + u.functions[i]->name + ") " + problem;
  return "";
}

} // namespace evjit::frontend::ir
