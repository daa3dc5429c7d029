// The immortal space: interned names, literals of compiled units, primitives. One reservation per process, bump allocated under a
// mutex, never freed; objects are immutable once published, so every thread may read them.
#include "base/assert.hpp"
#include "base/reserve.hpp"
#include "gc/heap/marker.hpp"

#include <mutex>
#include <sys/mman.h>

namespace evjit::gc {

namespace {

struct Arena {
  static constexpr size_t kBytes = size_t{16} << 30; // address space only
  uintptr_t base = 0, cursor = 0, end = 0;
  std::mutex mutex;

  Arena() {
    size_t left = base::address_space_left();
    for (size_t bytes = kBytes; bytes >= size_t{16} << 20; bytes /= 2) {
      if (bytes > left / 8 && bytes > size_t{64} << 20)
        continue;
      void *p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      if (p == MAP_FAILED)
        continue;
      base = cursor = reinterpret_cast<uintptr_t>(p);
      end = base + bytes;
      return;
    }
    EVJIT_CHECK(false, "no address space for the immortal arena");
  }
};

Arena &arena() {
  static Arena *a = new Arena; // never destroyed: other threads may still read
  return *a;
}

} // namespace

bool is_immortal_address(uintptr_t a) {
  static const Arena &s = arena();
  return a - s.base < s.end - s.base;
}

Object *allocate_immortal(Type type, size_t bytes) {
  Arena &s = arena();
  bytes = round_up8(bytes);
  std::lock_guard lock(s.mutex);
  EVJIT_CHECK(s.end - s.cursor >= bytes, "the immortal arena is full");
  auto *o = reinterpret_cast<Object *>(s.cursor);
  s.cursor += bytes;
  o->h = Header{type, kImmortal, 0, 0};
  return o;
}

} // namespace evjit::gc
