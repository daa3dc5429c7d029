// The events of one poll in the order that a seeded schedule wants (sched/plan.cpp). Their waits end when the poll is over, port by port
// in a drawn order; those on one port keep theirs. In chaos some wait for the next poll: the wait of an operation that was
// withdrawn meanwhile is over, and ending it again does nothing.
#include "net/op.hpp"
#include "net/uv_loop.hpp"
#include "sched/plan.hpp"

#include <unordered_map>

namespace evjit::net {

static constexpr size_t kLateOneIn = 8;

void UvLoop::gather(const Op &op) {
  const void *source = op.port ? static_cast<const void *>(op.port) : op.lane ? static_cast<const void *>(op.lane) : &op;
  gathered_.push_back({op.id, source, false});
}

void UvLoop::end_gathered() {
  std::unordered_map<const void *, size_t> numbers;
  std::vector<std::vector<Gathered>> sources;
  for (const Gathered &g : gathered_) {
    auto [it, fresh] = numbers.try_emplace(g.source, sources.size());
    if (fresh)
      sources.emplace_back();
    sources[it->second].push_back(g);
  }
  gathered_.clear();
  plan->shuffle(sources.data(), sources.size());
  for (auto &events : sources) {
    bool late = plan->chaos && plan->below(kLateOneIn) == 0;
    for (Gathered &g : events) {
      if (late && !g.late) {
        g.late = true;
        gathered_.push_back(g);
      } else if (m.sched) {
        sched::resolve(m, g.id, gc::kNil);
      }
    }
  }
}

} // namespace evjit::net
