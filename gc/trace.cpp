// Stack traces: see trace.hpp. Capturing walks saved frame pointers (rbp -> caller's rbp, return address above it). A frame pointer is
// followed only upwards and only inside the running stack, so code without frame pointers ends the walk instead of
// leading it astray. The registry of code ranges is shared by all threads, under a mutex; its nodes never move or die.
#include "gc/trace.hpp"

#include "gc/value/make.hpp"

#include <cstring>
#include <map>
#include <mutex>

namespace evjit::gc {

static constexpr size_t kCountLimit = 4096; // frames beyond it are not even counted

namespace {
struct Registry {
  std::mutex mutex;
  std::map<uintptr_t, CodeRange> ranges; // by begin
};
Registry &registry() {
  static Registry *r = new Registry;
  return *r;
}
} // namespace

void register_code(const CodeRange &range) {
  Registry &r = registry();
  std::lock_guard lock(r.mutex);
  r.ranges.insert_or_assign(range.begin, range);
}

const CodeRange *find_code(uintptr_t pc) {
  Registry &r = registry();
  std::lock_guard lock(r.mutex);
  auto it = r.ranges.upper_bound(pc);
  if (it == r.ranges.begin())
    return nullptr;
  --it;
  return pc < it->second.end ? &it->second : nullptr;
}

// Layout of a trace: the total count, then the return addresses; 8 bytes each.
Value capture_trace(Mutator &m) {
  uintptr_t words[1 + kTraceFrames];
  size_t stored = 0, total = 0;
  auto fp = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  uintptr_t top = m.stack_top;
  while (fp + 16 <= top && (fp & 7) == 0 && total < kCountLimit) {
    auto *frame = reinterpret_cast<const uintptr_t *>(fp);
    uintptr_t next = frame[0], pc = frame[1];
    if (!pc)
      break;
    if (stored < kTraceFrames)
      words[1 + stored++] = pc;
    ++total;
    if (next <= fp)
      break;
    fp = next;
  }
  words[0] = total;
  return make_bytes(m, words, 8 * (1 + stored));
}

static size_t frames_of(Value trace, const uintptr_t **pcs, size_t *total) {
  *total = 0;
  if (!is(trace, Type::Bytes) || trace.as<Bytes>()->len < 8)
    return 0;
  auto *b = trace.as<Bytes>();
  auto *words = reinterpret_cast<const uintptr_t *>(b->data);
  *total = words[0];
  *pcs = words + 1;
  return b->len / 8 - 1;
}

// The child's frames, then the joiner's. A cut in the child's part counts as missing frames at the end.
Value join_traces(Mutator &m, Value child, Value joiner) {
  const uintptr_t *a = nullptr, *b = nullptr;
  size_t total_a, total_b;
  size_t na = frames_of(child, &a, &total_a), nb = frames_of(joiner, &b, &total_b);
  uintptr_t words[1 + 2 * kTraceFrames] = {total_a + total_b};
  na = std::min(na, kTraceFrames);
  nb = std::min(nb, 2 * kTraceFrames - na);
  std::memcpy(words + 1, a, 8 * na);
  std::memcpy(words + 1 + na, b, 8 * nb);
  return make_bytes(m, words, 8 * (1 + na + nb));
}

static FrameInfo describe_frame(const CodeRange &r, uintptr_t pc) {
  FrameInfo f;
  const FnProto *p = r.proto;
  if (p) {
    f.fn = (p->flags & FnProto::kToplevel) ? "<toplevel>" : p->name ? p->name : "";
    f.file = p->file ? p->file : "";
    f.line = p->line;
    f.col = p->col;
    if (p->flags & FnProto::kBuiltin) { // of the prelude: by name alone, as primitives
      f.file.clear();
      f.line = f.col = 0;
      return f;
    }
  }
  if (r.locate)
    r.locate(r.self, pc, &f);
  return f;
}

bool describe_address(uintptr_t return_address, FrameInfo *out) {
  uintptr_t pc = return_address - 1; // inside the call instruction
  const CodeRange *r = find_code(pc);
  if (r)
    *out = describe_frame(*r, pc);
  return r;
}

std::vector<FrameInfo> describe_trace(Value trace, size_t *total) {
  const uintptr_t *pcs = nullptr;
  size_t raw_total;
  size_t n = frames_of(trace, &pcs, &raw_total);
  std::vector<FrameInfo> out;
  for (size_t i = 0; i < n; ++i) {
    FrameInfo f;
    if (describe_address(pcs[i], &f))
      out.push_back(f);
  }
  if (total)
    *total = out.size() + (raw_total - std::min(raw_total, n));
  return out;
}

} // namespace evjit::gc
