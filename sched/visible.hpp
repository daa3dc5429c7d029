// What one can see of a running program: names of fibers, where they were spawned, dumps, statistics, the watchdog. Belongs to the
// loop thread, but for request_dump (also signal handlers) and the watchdog's own thread, which reads the atomics below.
#pragma once

#include "gc/trace.hpp"

#include <atomic>
#include <csignal>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace evjit::sched {

using gc::Mutator;
using gc::Value;

struct FiberData;
struct Runtime;
class Watchdog;

// --- spawn sites: sites.cpp ----------------------------------------------------------------------------------------------------
// Places in the program that spawn fibers, numbered from 1, so that a fiber remembers its own in four bytes.
class SiteTable {
public:
  // Of the primitive that runs (`frame`: its own, or one below): the innermost frame of the program, else of the library; 0: there is none.
  uint32_t here(const Mutator &m, const void *frame = __builtin_frame_address(0)) {
    const Entry &e = entry(static_cast<const uintptr_t *>(frame)[1]);
    return __builtin_expect(e.pc == static_cast<const uintptr_t *>(frame)[1] && e.site && !e.library, 1) ? e.site : look_outwards(m, frame);
  }
  uintptr_t pc(uint32_t site) const { return pcs_[site - 1]; } // a return address

private:
  struct Entry {
    uintptr_t pc = 0;
    uint32_t site = 0; // 0: no code of the language
    bool library = false;
  };
  static constexpr size_t kEntries = 256;
  Entry &entry(uintptr_t pc) { return cache_[(pc ^ (pc >> 8)) % kEntries]; }
  void look_up(Entry &e, uintptr_t pc);
  uint32_t look_outwards(const Mutator &m, const void *frame);
  // Direct-mapped: looking an address up in the registry of code would cost more than a spawn.
  std::unique_ptr<Entry[]> cache_ = std::make_unique<Entry[]>(kEntries);
  std::unordered_map<uintptr_t, uint32_t> ids_;
  std::vector<uintptr_t> pcs_;
};

// --- part of the Runtime -------------------------------------------------------------------------------------------------------
struct Visibility {
  // How often a scheduled fiber was given the loop. Written by the loop thread alone; the watchdog only compares it with what
  // it saw before, so no order is needed.
  std::atomic<uint64_t> switches{0};
  std::atomic<bool> idle{false};        // in the poller; as above
  // The clock when the poller was last asked or a timer was set: the start of waits. Reading the clock for each would cost more than
  // parking, so a wait begun late in a long turn looks older than it is.
  uint32_t now_ms = 0;
  volatile std::sig_atomic_t dump_wanted = 0;
  uint64_t spawned = 0, completed = 0;  // by schedulers that are gone
  std::unordered_map<const FiberData *, Value> names; // rare, so not in FiberData
  SiteTable sites;
  Watchdog *watchdog = nullptr;
  void count_switch() { switches.store(switches.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }
};

// --- names: names.cpp ----------------------------------------------------------------------------------------------------------
Value fiber_name(Runtime &rt, const FiberData &f); // nil: none
void set_fiber_name(Runtime &rt, FiberData &f, Value name); // an immutable string or a keyword; nil: none
std::string fiber_label(Runtime &rt, const FiberData &f); // #7, or #7 "indexer"
std::string label_text(uint32_t id, Value name);
void visit_names(Runtime &rt, gc::Marker &k);

// --- stacks: walk.cpp ----------------------------------------------------------------------------------------------------------
// Among the addresses that walk_chain collects: what follows belongs to the fiber that has resumed the one before.
inline constexpr uintptr_t kResumedBy = 1;
// Return addresses of the chain below the scheduled fiber `root`, innermost first, of code of any kind: running, suspended or
// copied out. How many were stored.
size_t walk_chain(Runtime &rt, FiberData &root, uintptr_t *pcs, size_t most);

// --- dumps: dump.cpp -----------------------------------------------------------------------------------------------------------
std::string dump_fibers(Runtime &rt);
// "  at f (file:1:2)" lines of what walk_chain collected.
std::string frame_lines(const uintptr_t *pcs, size_t n);
std::string site_text(Runtime &rt, uint32_t site); // "; spawned at file:1:2", "; spawned by ev/timeout", or nothing
std::string duration_text(uint64_t ms);
void print_wanted_dump(Runtime &rt); // kAttentionDump, from the loop
void answer_requests(Runtime &rt);   // kAttentionDump, at a safepoint: the watchdog's questions too

// --- watchdog.cpp --------------------------------------------------------------------------------------------------------------
void stop_watchdog(Runtime &rt);
void report_hold(Runtime &rt); // if the watchdog has asked for it

} // namespace evjit::sched
