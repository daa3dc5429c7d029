// An allocation that fails in the middle of the scheduler, the collector or LLVM cannot be answered by an error of the language there. So
// some memory is kept back from the start: two mappings that nobody touches, which cost address space and nothing else. When an
// allocation fails (operator new through the new-handler, checked_malloc), the first is given up and the allocation goes through;
// memory_is_short() then makes the next fiber that asks for something large get :out-of-memory, while handlers and cleanups
// live on what was given up. The second is for what goes on nevertheless. After that the process ends with a message.
//
// When memory was freed the reserve is taken again. What malloc has freed is often in pieces that a mapping cannot have; then the
// reserve is made of blocks of malloc.
#include "base/reserve.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <new>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

namespace evjit::base {

volatile bool detail::g_memory_is_short = false;

static constexpr size_t kMost = size_t{64} << 20, kLeast = size_t{2} << 20, kPiece = size_t{32} << 10;

namespace {
class Reserve {
public:
  void plan(size_t bytes) {
    bytes_ = bytes;
    pieces_.reserve(bytes / kPiece + 1); // no allocation later
  }
  bool held() const { return mapping_ || !pieces_.empty(); }
  bool take() {
    if (held())
      return true;
    void *p = mmap(nullptr, bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p != MAP_FAILED) {
      mapping_ = p;
      return true;
    }
    for (size_t got = 0; got < bytes_; got += kPiece) {
      void *piece = std::malloc(kPiece);
      if (!piece) {
        give_up();
        return false;
      }
      pieces_.push_back(piece);
    }
    return true;
  }
  bool give_up() {
    bool had = held();
    if (mapping_)
      munmap(mapping_, bytes_);
    mapping_ = nullptr;
    for (void *p : pieces_)
      std::free(p);
    pieces_.clear();
    return had;
  }

private:
  size_t bytes_ = 0;
  void *mapping_ = nullptr;
  std::vector<void *> pieces_;
};
} // namespace

static std::mutex g_mutex;
static Reserve g_first, g_second;

size_t address_space_left() {
  rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return ~size_t{0};
  size_t pages = 0;
  if (FILE *f = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(f, "%zu", &pages) != 1)
      pages = 0;
    std::fclose(f);
  }
  size_t used = pages * static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return limit.rlim_cur > used ? limit.rlim_cur - used : 0;
}

void use_memory_reserve() noexcept {
  std::lock_guard lock(g_mutex);
  if (g_first.give_up() || g_second.give_up()) {
    detail::g_memory_is_short = true;
    return;
  }
  static const char text[] = "evjit: out of memory: the system gives no more\n";
  [[maybe_unused]] auto n = write(STDERR_FILENO, text, sizeof text - 1);
  _exit(1);
}

bool renew_memory_reserve() {
  std::lock_guard lock(g_mutex);
  bool all = g_second.take() && g_first.take();
  detail::g_memory_is_short = !all;
  return all;
}

void install_memory_reserve() {
  size_t bytes = std::clamp(address_space_left() / 16, kLeast, kMost);
  g_first.plan(bytes / 2);
  g_second.plan(bytes / 2);
  renew_memory_reserve();
  std::set_new_handler(use_memory_reserve);
}

void *checked_malloc(size_t bytes) {
  for (;;) {
    if (void *p = std::malloc(bytes))
      return p;
    use_memory_reserve();
  }
}

} // namespace evjit::base
