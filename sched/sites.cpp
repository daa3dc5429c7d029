// Where fibers are spawned. A primitive's frame is followed outwards to the first function of the program; library code on the way
// (ev/scope, std/process) is passed over. Every return address is looked up once and then found in a small cache.
#include "sched/runtime.hpp"

namespace evjit::sched {

static constexpr int kFramesToLook = 24;

void SiteTable::look_up(Entry &e, uintptr_t pc) {
  e = Entry{pc, 0, false};
  const gc::CodeRange *r = gc::find_code(pc - 1);
  if (!r)
    return;
  e.library = r->proto && is_library(*r->proto);
  auto [it, is_new] = ids_.try_emplace(pc, static_cast<uint32_t>(pcs_.size() + 1));
  if (is_new)
    pcs_.push_back(pc);
  e.site = it->second;
}

uint32_t SiteTable::look_outwards(const Mutator &m, const void *frame) {
  uint32_t in_library = 0;
  auto fp = reinterpret_cast<uintptr_t>(frame);
  for (int i = 0; i < kFramesToLook && fp + 16 <= m.stack_top && (fp & 7) == 0; ++i) {
    auto *frame = reinterpret_cast<const uintptr_t *>(fp);
    uintptr_t next = frame[0], pc = frame[1];
    Entry &e = entry(pc);
    if (__builtin_expect(e.pc != pc, 0))
      look_up(e, pc);
    if (e.site && !e.library)
      return e.site;
    if (!in_library)
      in_library = e.site;
    if (next <= fp)
      break;
    fp = next;
  }
  return in_library;
}

} // namespace evjit::sched
