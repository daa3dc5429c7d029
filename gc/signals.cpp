// The registry of signals: names of bits 0..63, shared by all threads under a mutex. Names are only ever added.
#include "gc/signals.hpp"

#include "gc/prim.hpp"
#include "gc/object/scan.hpp"
#include "gc/value/make.hpp"

#include <map>
#include <mutex>
#include <string>

namespace evjit::gc {

namespace {

struct BuiltinSignal {
  const char *name;
  int bit;
};
constexpr BuiltinSignal kBuiltins[] = {{"error", 0}, {"yield", 1}, {"debug", 2}, {"ffi", 4},  {"halt", 8},
                                       {"io", 9},    {"exec", 11}, {"fuel", 12}, {"wait", 14}};

struct Registry {
  std::mutex mutex;
  std::map<std::string, int, std::less<>> bits;
  std::string names[64];
  int next = kFirstProgramSignal;
  Registry() {
    for (auto &b : kBuiltins) {
      bits.emplace(b.name, b.bit);
      names[b.bit] = b.name;
    }
  }
};
Registry &registry() {
  static Registry *r = new Registry;
  return *r;
}

} // namespace

std::optional<int> signal_bit(std::string_view name) {
  Registry &r = registry();
  std::lock_guard lock(r.mutex);
  auto it = r.bits.find(name);
  return it == r.bits.end() ? std::nullopt : std::optional(it->second);
}

bool is_builtin_signal(std::string_view name) {
  auto bit = signal_bit(name);
  return bit && *bit < kFirstProgramSignal;
}

std::optional<int> register_signal(std::string_view name) {
  Registry &r = registry();
  std::lock_guard lock(r.mutex);
  if (auto it = r.bits.find(name); it != r.bits.end())
    return it->second < kFirstProgramSignal ? std::nullopt : std::optional(it->second);
  if (r.next == 64)
    return std::nullopt;
  r.names[r.next] = name;
  r.bits.emplace(std::string(name), r.next);
  return r.next++;
}

std::string_view signal_name(int bit) {
  Registry &r = registry();
  std::lock_guard lock(r.mutex);
  return r.names[bit]; // never changes once it is set
}

uint64_t registered_signals() {
  Registry &r = registry();
  std::lock_guard lock(r.mutex);
  uint64_t used = r.next == 64 ? ~uint64_t{0} : (uint64_t{1} << r.next) - 1;
  return used & ~((uint64_t{1} << kFirstProgramSignal) - 1);
}

Value signals_to_set(Mutator &m, uint64_t bits) {
  Value items[64];
  size_t n = 0;
  for (int b = 0; b < 64; ++b)
    if (bits >> b & 1)
      if (auto name = signal_name(b); !name.empty())
        items[n++] = keyword(name);
  return make_set(m, items, n);
}

Value signals_struct(Mutator &m) {
  Value kv[128];
  size_t n = 0;
  for (int b = 0; b < 64; ++b)
    if (auto name = signal_name(b); !name.empty()) {
      kv[2 * n] = keyword(name);
      kv[2 * n + 1] = Value::fixnum(b);
      ++n;
    }
  return make_struct(m, kv, n);
}

uint64_t checked_signals(const FnProto &p) {
  static constexpr std::string_view kUnchecked[] = {"emit", "+", "-", "*", "/", "mod", "rem", "<", ">", "<=", ">=", "=", "not"};
  std::string_view name = p.name;
  if (name.starts_with('%'))
    return 0;
  for (std::string_view s : kUnchecked)
    if (name == s)
      return 0;
  constexpr uint64_t deniable = sig::kError | sig::kYield | sig::kDebug | sig::kFfi | sig::kHalt | sig::kIo | sig::kExec;
  if (p.signals >> kFirstProgramSignal)
    return sig::kError;
  return (p.signals & deniable) | (p.signals & sig::kIo ? kBoundaryBit : 0);
}

static SignalSpec add_keyword(Value v, uint64_t *bits, Value *bad) {
  *bad = v;
  if (!is_keyword(v))
    return SignalSpec::NotKeyword;
  auto bit = signal_bit(name_of(v));
  if (!bit)
    return SignalSpec::Unknown;
  *bits |= uint64_t{1} << *bit;
  return SignalSpec::Ok;
}

static SignalSpec add_list(Value list, uint64_t *bits, Value *bad) {
  if (!list_length(list)) {
    *bad = list;
    return SignalSpec::WrongType;
  }
  for (; is_pair(list); list = tail(list))
    if (auto s = add_keyword(head(list), bits, bad); s != SignalSpec::Ok)
      return s;
  return SignalSpec::Ok;
}

SignalSpec signals_from_value(Value spec, uint64_t *bits, Value *bad) {
  *bits = 0;
  *bad = spec;
  if (is_int(spec)) {
    *bits = static_cast<uint64_t>(int_of(spec));
    return SignalSpec::Ok;
  }
  if (is_keyword(spec))
    return add_keyword(spec, bits, bad);
  if (is_list(spec))
    return add_list(spec, bits, bad);
  if (!is_immutable_set(spec) && !is_array(spec))
    return SignalSpec::WrongType;
  for (Scan items(spec); items.more();)
    if (auto s = add_keyword(items.next(), bits, bad); s != SignalSpec::Ok)
      return s;
  return SignalSpec::Ok;
}

} // namespace evjit::gc
