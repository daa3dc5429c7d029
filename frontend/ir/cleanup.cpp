// Tidies a freshly built function: unused pure instructions and unreachable blocks go, a block with one predecessor that jumps
// to it is appended to that, blocks come out in reverse postorder (definitions before uses when read from top to bottom).
#include "frontend/ir/builder.hpp"

#include <algorithm>

namespace evjit::frontend::ir {

namespace {

class CleanUp {
public:
  explicit CleanUp(Function &f) : f_(f) {}

  void run() {
    count_predecessors();
    merge_lines();
    substitute_all();
    drop_unused();
    order();
  }

private:
  template <class F> void each_edge(const Inst &i, F &&visit) {
    if (i.error != kNoBlock)
      visit(i.error);
    for (size_t t = 0; t < target_count(i.op); ++t)
      visit(i.targets[t].block);
  }

  void count_predecessors() {
    preds_.assign(f_.blocks.size(), 0);
    std::vector<bool> seen(f_.blocks.size());
    std::vector<BlockId> work{0};
    seen[0] = true;
    while (!work.empty()) {
      BlockId b = work.back();
      work.pop_back();
      for (const Inst &i : f_.blocks[b].insts)
        each_edge(i, [&](BlockId to) {
          ++preds_[to];
          if (!seen[to]) {
            seen[to] = true;
            work.push_back(to);
          }
        });
    }
    reachable_ = std::move(seen);
  }

  void merge_lines() {
    subst_.resize(f_.next_value, kNoValue);
    for (BlockId b = 0; b < f_.blocks.size(); ++b) {
      if (!reachable_[b])
        continue;
      while (merge_next(b)) {
      }
    }
  }
  bool merge_next(BlockId b) {
    auto &insts = f_.blocks[b].insts;
    if (insts.empty() || insts.back().op != Op::Jump)
      return false;
    BlockId next = insts.back().targets[0].block;
    if (next == b || preds_[next] != 1)
      return false;
    Block &n = f_.blocks[next];
    for (size_t i = 0; i < n.params.size(); ++i)
      subst_[n.params[i].id] = insts.back().targets[0].args[i];
    insts.pop_back();
    std::move(n.insts.begin(), n.insts.end(), std::back_inserter(insts));
    n.insts.clear();
    reachable_[next] = false;
    return true;
  }

  ValueId resolve(ValueId v) {
    while (v != kNoValue && subst_[v] != kNoValue)
      v = subst_[v];
    return v;
  }
  void substitute_all() {
    for (Block &b : f_.blocks)
      for (Inst &i : b.insts) {
        for (ValueId &v : i.operands)
          v = resolve(v);
        for (size_t t = 0; t < target_count(i.op); ++t)
          for (ValueId &v : i.targets[t].args)
            v = resolve(v);
      }
  }

  static bool is_pure(const Inst &i) { return i.result != kNoValue && info(i.op).effects.empty() && i.op != Op::Catch; }

  void drop_unused() {
    std::vector<uint32_t> uses(f_.next_value);
    for (BlockId b = 0; b < f_.blocks.size(); ++b)
      if (reachable_[b])
        for (const Inst &i : f_.blocks[b].insts) {
          for (ValueId v : i.operands)
            ++uses[v];
          for (size_t t = 0; t < target_count(i.op); ++t)
            for (ValueId v : i.targets[t].args)
              ++uses[v];
        }
    for (size_t b = f_.blocks.size(); b-- > 0;) {
      if (!reachable_[b])
        continue;
      auto &insts = f_.blocks[b].insts;
      for (size_t k = insts.size(); k-- > 0;)
        if (is_pure(insts[k]) && uses[insts[k].result] == 0) {
          for (ValueId v : insts[k].operands)
            --uses[v];
          insts[k].result = kNoValue;
        }
      std::erase_if(insts, [&](const Inst &i) { return info(i.op).result != Type::N && i.result == kNoValue; });
    }
  }

  void order() {
    std::vector<BlockId> postorder;
    std::vector<uint8_t> state(f_.blocks.size());
    std::vector<std::pair<BlockId, bool>> work{{0, false}};
    while (!work.empty()) {
      auto [b, leave] = work.back();
      work.pop_back();
      if (leave) {
        postorder.push_back(b);
        continue;
      }
      if (state[b]++)
        continue;
      work.emplace_back(b, true);
      // Pushed so that the first target of the terminator is walked last and thus comes first in reverse postorder.
      const auto &insts = f_.blocks[b].insts;
      std::vector<BlockId> next;
      for (size_t k = insts.size(); k-- > 0;)
        each_edge(insts[k], [&](BlockId to) { next.push_back(to); });
      for (BlockId to : next)
        if (!state[to])
          work.emplace_back(to, false);
    }
    std::reverse(postorder.begin(), postorder.end());
    renumber(postorder);
  }

  void renumber(const std::vector<BlockId> &order) {
    std::vector<BlockId> place(f_.blocks.size(), kNoBlock);
    std::vector<Block> blocks;
    for (BlockId b : order) {
      place[b] = static_cast<BlockId>(blocks.size());
      blocks.push_back(std::move(f_.blocks[b]));
    }
    f_.blocks = std::move(blocks);
    std::vector<bool> has_back_edge(f_.blocks.size());
    std::vector<ValueId> number(f_.next_value, kNoValue);
    std::vector<Type> types;
    for (Block &b : f_.blocks) {
      for (BlockParam &p : b.params)
        p.id = renumber_value(p.id, number, types);
      for (Inst &i : b.insts)
        if (i.result != kNoValue)
          i.result = renumber_value(i.result, number, types);
    }
    for (BlockId at = 0; at < f_.blocks.size(); ++at)
      for (Inst &i : f_.blocks[at].insts) {
        for (ValueId &v : i.operands)
          v = number[v];
        if (i.error != kNoBlock)
          i.error = place[i.error];
        for (size_t t = 0; t < target_count(i.op); ++t) {
          Target &to = i.targets[t];
          to.block = place[to.block];
          has_back_edge[to.block] = has_back_edge[to.block] || to.block <= at;
          for (ValueId &v : to.args)
            v = number[v];
        }
      }
    for (BlockId b = 0; b < f_.blocks.size(); ++b)
      f_.blocks[b].is_loop_head = has_back_edge[b];
    f_.next_value = static_cast<ValueId>(types.size());
    f_.value_types = std::move(types);
  }
  ValueId renumber_value(ValueId old, std::vector<ValueId> &number, std::vector<Type> &types) {
    number[old] = static_cast<ValueId>(types.size());
    types.push_back(f_.value_types[old]);
    return number[old];
  }

  Function &f_;
  std::vector<uint32_t> preds_;
  std::vector<bool> reachable_;
  std::vector<ValueId> subst_;
};

} // namespace

void clean_up(Function &f) { CleanUp(f).run(); }

} // namespace evjit::frontend::ir
