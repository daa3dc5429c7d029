// random/... (05 section 10): one xoshiro256** generator per OS thread, seeded from the operating system at first use or by
// random/seed, and what std/random is made of: generators with a state of their own. random/bytes comes from the operating system.
// With --schedule-seed what comes from the operating system otherwise follows from that seed.
#include "base/options.hpp"
#include "gc/prims/prim_util.hpp"
#include "gc/prims/prims.hpp"

#include <bit>
#include <sys/random.h>

namespace evjit::gc {

namespace {

void os_bytes(void *to, size_t n);

struct Generator {
  uint64_t s[4] = {};
  bool seeded = false;

  void seed(uint64_t x) { // splitmix64, as the authors of xoshiro advise
    for (uint64_t &word : s) {
      uint64_t z = (x += 0x9E3779B97F4A7C15u);
      z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
      z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
      word = z ^ (z >> 31);
    }
    seeded = true;
  }
  uint64_t next() {
    if (!seeded) {
      uint64_t x;
      os_bytes(&x, sizeof x);
      seed(x);
    }
    uint64_t result = std::rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = std::rotl(s[3], 45);
    return result;
  }
  // Uniform in [0, n); n = 0 stands for 2^64.
  uint64_t below(uint64_t n) {
    if (n == 0)
      return next();
    uint64_t reject = (0 - n) % n; // 2^64 mod n
    uint64_t x;
    do
      x = next();
    while (x < reject);
    return x % n;
  }
};

Generator &generator() {
  thread_local Generator g;
  return g;
}

// A generator of std/random: its own state, independent of the thread's.
constexpr OpaqueClass kGeneratorClass = {"generator", nullptr, [](void *data) { delete static_cast<Generator *>(data); }, nullptr};

// args: lo, hi or only n
Value uniform_int(Mutator &m, std::string_view fn, Generator &g, const Value *args, size_t argc) {
  int64_t low = 0, high;
  Value raised;
  if (!want_int(m, fn, args[0], 0, argc > 1 ? &low : &high, &raised) ||
      (argc > 1 && !want_int(m, fn, args[1], 1, &high, &raised)))
    return raised;
  if (argc == 1 && high != INT64_MIN)
    --high;
  if (low > high)
    return value_error(m, fn, "the range is empty");
  uint64_t n = static_cast<uint64_t>(high) - static_cast<uint64_t>(low) + 1;
  return make_int(m, static_cast<int64_t>(static_cast<uint64_t>(low) + g.below(n)));
}

Value uniform_float(Mutator &m, Generator &g) { return make_float(m, static_cast<double>(g.next() >> 11) * 0x1p-53); }

Value choice(Mutator &m, std::string_view fn, Generator &g, Value from) {
  if (is_array(from) && array_length(from) > 0)
    return array_ref(from, g.below(array_length(from)));
  Value items = collection_elements(m, from);
  if (items == kAbsent)
    return not_a_sequence(m, fn, from);
  size_t n = array_length(items);
  if (n == 0)
    return argument_error(m, fn, "empty sequence");
  return array_items(items)[g.below(n)];
}

Value shuffle(Mutator &m, std::string_view fn, Generator &g, Value s) {
  Value items = is_sequence(kind_of(seq_datum(s))) ? collection_elements(m, s) : kAbsent;
  if (items == kAbsent)
    return not_a_sequence(m, fn, s);
  size_t n = array_length(items);
  Value out = make_array(m, n ? array_items(items) : nullptr, n);
  Value *v = out.as<Array>()->items;
  for (size_t i = n; i > 1; --i)
    std::swap(v[i - 1], v[g.below(i)]);
  return build_like(m, fn, s, v, n);
}

// From the operating system, or, when schedules are seeded, the same in every run with that seed.
void os_bytes(void *to, size_t n) {
  auto *p = static_cast<char *>(to);
  if (base::options().schedule_seed >= 0) {
    static thread_local Generator fixed;
    if (!fixed.seeded)
      fixed.seed(static_cast<uint64_t>(base::options().schedule_seed));
    for (size_t i = 0; i < n; ++i)
      p[i] = static_cast<char>(fixed.next() >> 32);
    return;
  }
  while (n > 0) {
    ssize_t got = getrandom(p, n, 0);
    if (got < 0)
      continue; // interrupted by a signal: nothing else fails for a valid buffer
    p += got;
    n -= static_cast<size_t>(got);
  }
}

} // namespace

EVJIT_PRIM(evrt_random_int) { return uniform_int(m, "random/int", generator(), args, argc); }
EVJIT_PRIM(evrt_random_float) { return uniform_float(m, generator()); }
EVJIT_PRIM(evrt_random_bytes) {
  int64_t n;
  Value raised;
  if (!want_int(m, "random/bytes", args[0], 0, &n, &raised))
    return raised;
  if (n < 0 || n > (int64_t{1} << 30))
    return argument_error(m, "random/bytes", "bad length " + std::to_string(n));
  std::string data(static_cast<size_t>(n), '\0');
  os_bytes(data.data(), data.size());
  return make_bytes(m, data.data(), data.size());
}
EVJIT_PRIM(evrt_random_choice) { return choice(m, "random/choice", generator(), args[0]); }
EVJIT_PRIM(evrt_random_shuffle) { return shuffle(m, "random/shuffle", generator(), args[0]); }
EVJIT_PRIM(evrt_random_seed) {
  int64_t n;
  Value raised;
  if (!want_int(m, "random/seed", args[0], 0, &n, &raised))
    return raised;
  generator().seed(static_cast<uint64_t>(n));
  return kNil;
}

// --- %%random-...: the first argument is a generator, made by std/random alone --------------------------------------------------------
static Generator &own(const Value *args) { return *static_cast<Generator *>(args[0].as<Opaque>()->data); }

EVJIT_PRIM(evrt_random_make) {
  int64_t n = 0;
  Value raised;
  if (!args[0].is_nil() && !want_int(m, "random/generator", args[0], 0, &n, &raised))
    return raised;
  auto *g = new Generator;
  if (!args[0].is_nil())
    g->seed(static_cast<uint64_t>(n));
  return make_opaque(m, &kGeneratorClass, g);
}
EVJIT_PRIM(evrt_random_own_int) { return uniform_int(m, "generator int", own(args), args + 1, argc - 1); }
EVJIT_PRIM(evrt_random_own_float) { return uniform_float(m, own(args)); }
EVJIT_PRIM(evrt_random_own_choice) { return choice(m, "generator choice", own(args), args[1]); }
EVJIT_PRIM(evrt_random_own_shuffle) { return shuffle(m, "generator shuffle", own(args), args[1]); }

static const PrimDef kRows[] = {
    {.name = "random/int", EVJIT_PRIM_FN(evrt_random_int), .arity = {1, 2}, .params = "lo &opt hi",
     .doc = "A uniform integer from lo to hi, both included; (random/int n) from 0 to n - 1.", .example = "(random/int 5 5) # => 5"},
    {.name = "random/float", EVJIT_PRIM_FN(evrt_random_float), .arity = {0, 0}, .signals = sig::kSilent,
     .doc = "A uniform float from 0.0 up to but without 1.0.", .example = "(< (random/float) 1) # => true"},
    {.name = "random/bytes", EVJIT_PRIM_FN(evrt_random_bytes), .arity = {1, 1}, .params = "n",
     .doc = "n bytes from the operating system's source.", .example = "(length (random/bytes 4)) # => 4"},
    {.name = "random/choice", EVJIT_PRIM_FN(evrt_random_choice), .arity = {1, 1}, .params = "s", .doc = "A random element of s.",
     .example = "(random/choice [7]) # => 7"},
    {.name = "random/shuffle", EVJIT_PRIM_FN(evrt_random_shuffle), .arity = {1, 1}, .params = "s",
     .doc = "The elements of s in random order.", .example = "(random/shuffle [7]) # => [7]"},
    {.name = "random/seed", EVJIT_PRIM_FN(evrt_random_seed), .arity = {1, 1}, .params = "n",
     .doc = "Seeds this thread's generator: the same numbers follow.", .example = "(random/seed 1) # => nil"},
    {.name = "%%random-make", EVJIT_PRIM_FN(evrt_random_make), .arity = {1, 1}},
    {.name = "%%random-int", EVJIT_PRIM_FN(evrt_random_own_int), .arity = {2, 3}},
    {.name = "%%random-float", EVJIT_PRIM_FN(evrt_random_own_float), .arity = {1, 1}},
    {.name = "%%random-choice", EVJIT_PRIM_FN(evrt_random_own_choice), .arity = {2, 2}},
    {.name = "%%random-shuffle", EVJIT_PRIM_FN(evrt_random_own_shuffle), .arity = {2, 2}},
};
const std::span<const PrimDef> kRandomPrims = kRows;

} // namespace evjit::gc
