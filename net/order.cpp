// The events of one poll in the order that a seeded schedule wants (sched/plan.cpp). Their waits end when the poll is over, port by port
// in a drawn order; those on one port keep theirs. In chaos some wait for the next poll: the wait of an operation that was
// withdrawn meanwhile is over, and ending it again does nothing.
#include "net/op.hpp"
#include "net/uv_loop.hpp"
#include "sched/plan.hpp"

#include <algorithm>

namespace evjit::net {

static constexpr size_t kLateOneIn = 8;

void UvLoop::gather(const Op &op) {
  const void *source = op.port ? static_cast<const void *>(op.port) : op.lane ? static_cast<const void *>(op.lane) : &op;
  gathered_.push_back({op.id, source, false});
}

void UvLoop::end_gathered() {
  std::vector<const void *> sources;
  for (const Gathered &g : gathered_)
    if (std::find(sources.begin(), sources.end(), g.source) == sources.end())
      sources.push_back(g.source);
  plan->shuffle(sources.data(), sources.size());
  std::vector<Gathered> all;
  all.swap(gathered_);
  for (const void *source : sources) {
    bool late = plan->chaos && plan->below(kLateOneIn) == 0;
    for (Gathered &g : all) {
      if (g.source != source)
        continue;
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
