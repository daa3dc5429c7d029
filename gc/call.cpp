// Calling from C++, the builtin table, units. The table is process-wide: primitives are immortal; what the prelude registers must be
// immortal too, or belongs to the one thread that registered it. Writers hold the lock, readers share it.
#include "gc/call.hpp"

#include "gc/trace.hpp"

#include "base/assert.hpp"
#include "gc/heap/heap.hpp"
#include "gc/object/object_size.hpp"
#include "gc/rt/evrt.hpp"
#include "gc/value/make.hpp"
#include "gc/value/serial.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace evjit::gc {

Value call(Mutator &m, Value fn, const Value *args, size_t argc) {
  if (__builtin_expect(argc > 3, 0)) {
    if (argc - 3 > m.xargs_cap)
      evrt_grow_xargs(&m, static_cast<int64_t>(argc - 3));
    std::memmove(m.xargs, args + 3, (argc - 3) * sizeof(Value));
  }
  Value a0 = argc > 0 ? args[0] : kNil, a1 = argc > 1 ? args[1] : kNil, a2 = argc > 2 ? args[2] : kNil;
  Code code = is_closure(fn) ? fn.as<Closure>()->proto->code : evrt_call_value;
  return code(&m, fn, static_cast<int64_t>(argc), a0, a1, a2);
}

// --- builtins ------------------------------------------------------------------------------------------------------------

namespace {

struct Builtin {
  Value fn = kAbsent;
  const PrimDef *prim = nullptr;
};

struct Builtins {
  std::shared_mutex mutex;
  std::unordered_map<std::string_view, Builtin> functions; // keys: text of symbols, which are immortal
  std::unordered_map<std::string_view, Value> macros;
  std::deque<FnProto> protos; // of the primitives; addresses stay
};
Builtins &builtins() {
  static Builtins *b = new Builtins;
  return *b;
}

} // namespace

// A root of every heap: values of the prelude that live in the registering thread's. Others ignore them.
void mark_builtins(Marker &k) {
  Builtins &b = builtins();
  std::shared_lock lock(b.mutex);
  for (auto &[name, e] : b.functions)
    k.mark(e.fn);
  for (auto &[name, v] : b.macros)
    k.mark(v);
}

static std::string_view immortal(std::string_view name) { return intern_symbol(name).as<Symbol>()->view(); }

static Value make_builtin(Builtins &b, const PrimDef &def) {
  auto *p = &b.protos.emplace_back();
  p->code = evrt_prim_entry;
  p->prim = def.fn;
  p->name = def.name;
  p->required = def.arity.min;
  p->optional = def.arity.max == kAny ? 0 : def.arity.max - def.arity.min;
  p->collector = def.arity.max == kAny ? Collector::Rest : Collector::None;
  p->flags = FnProto::kBuiltin;
  p->doc = *def.doc ? def.doc : nullptr;
  p->params = def.params;
  p->named = kNil;
  p->signals = def.signals;
  auto *c = static_cast<Closure *>(allocate_immortal(Type::Closure, closure_bytes(0)));
  c->proto = p;
  c->instance = kNil;
  return Value::object(c);
}

void register_prims(std::span<const PrimDef> defs) {
  Builtins &b = builtins();
  std::unique_lock lock(b.mutex);
  b.functions.reserve(2048);
  for (const PrimDef &def : defs) {
    Builtin e{make_builtin(b, def), &def};
    EVJIT_CHECK(b.functions.emplace(immortal(def.name), e).second, def.name);
    std::string_view rest = def.aliases;
    while (!rest.empty()) {
      size_t n = std::min(rest.find(' '), rest.size());
      if (n)
        EVJIT_CHECK(b.functions.emplace(immortal(rest.substr(0, n)), e).second, def.name);
      rest.remove_prefix(std::min(n + 1, rest.size()));
    }
  }
}

void register_builtin(std::string_view name, Value fn) {
  Builtins &b = builtins();
  std::unique_lock lock(b.mutex);
  b.functions[immortal(name)] = Builtin{fn, nullptr};
}

void register_builtin_macro(std::string_view name, Value transformer) {
  Builtins &b = builtins();
  std::unique_lock lock(b.mutex);
  b.macros[immortal(name)] = transformer;
}

Value find_builtin(std::string_view name) {
  Builtins &b = builtins();
  std::shared_lock lock(b.mutex);
  auto it = b.functions.find(name);
  return it == b.functions.end() ? kAbsent : it->second.fn;
}

Value find_builtin_macro(std::string_view name) {
  Builtins &b = builtins();
  std::shared_lock lock(b.mutex);
  auto it = b.macros.find(name);
  return it == b.macros.end() ? kAbsent : it->second;
}

const PrimDef *find_prim(std::string_view name) {
  Builtins &b = builtins();
  std::shared_lock lock(b.mutex);
  auto it = b.functions.find(name);
  return it == b.functions.end() ? nullptr : it->second.prim;
}

template <class Table>
static void each_name(Table Builtins::*table, void (*visit)(void *, std::string_view), void *self) {
  Builtins &b = builtins();
  std::vector<std::string_view> names; // copied: the visitor may look builtins up
  {
    std::shared_lock lock(b.mutex);
    for (auto &[name, e] : b.*table)
      names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  for (std::string_view name : names)
    visit(self, name);
}

void each_builtin_name(void (*visit)(void *, std::string_view), void *self) {
  each_name(&Builtins::functions, visit, self);
}
void each_builtin_macro_name(void (*visit)(void *, std::string_view), void *self) {
  each_name(&Builtins::macros, visit, self);
}

// --- units ---------------------------------------------------------------------------------------------------------------

static void mark_unit(void *self, Marker &k) {
  auto *unit = static_cast<UnitDesc *>(self);
  k.mark_range(unit->consts, unit->const_count);
}

// Constants from a blob are immortal and filled once per process; others belong to the thread that registers them first.
// Code of an ahead-of-time unit is one run of functions in some order: each reaches to the next one's start.
static void register_unit_code(const UnitDesc *unit) {
  std::vector<std::pair<uintptr_t, const FnProto *>> starts;
  for (uint32_t i = 0; i < unit->proto_count; ++i)
    starts.push_back({reinterpret_cast<uintptr_t>(unit->protos[i].code), &unit->protos[i]});
  std::sort(starts.begin(), starts.end());
  for (size_t i = 0; i < starts.size(); ++i) {
    uintptr_t end = i + 1 < starts.size() ? starts[i + 1].first : reinterpret_cast<uintptr_t>(unit->code_end);
    register_code({starts[i].first, end, starts[i].second, nullptr, nullptr});
  }
}

static void read_unit_constants(UnitDesc *unit) {
  if (!unit->consts && unit->const_count)
    unit->consts = new Value[unit->const_count];
  std::string problem;
  EVJIT_CHECK(read_constants({unit->const_blob, unit->const_blob_size}, {unit->consts, unit->const_count}, problem),
              "the constants of a unit are readable");
  for (uint32_t i = 0; i < unit->proto_count; ++i)
    if (uint32_t n = unit->protos[i].named_constant)
      unit->protos[i].named = unit->consts[n - 1];
}

void register_unit(Mutator &m, UnitDesc *unit) {
  static std::mutex mutex;
  static auto *registered = new std::unordered_set<const UnitDesc *>;
  std::lock_guard lock(mutex);
  if (!registered->insert(unit).second)
    return;
  for (uint32_t i = 0; i < unit->proto_count; ++i) {
    unit->protos[i].unit = unit;
    if (unit->protos[i].named.bits == 0)
      unit->protos[i].named = kNil;
  }
  if (!unit->const_blob) {
    add_root_provider(m, mark_unit, unit);
    return;
  }
  read_unit_constants(unit);
  if (unit->code_end)
    register_unit_code(unit);
}

// A unit with exports is the prelude: what it defines is used by every thread.
static Value run_shared_unit(Mutator &m, UnitDesc *unit, Value *instance_out) {
  ImmortalScope scope(m);
  Value instance = make_instance(m, unit);
  if (instance_out)
    *instance_out = instance;
  return call0(m, make_closure(m, &unit->protos[0], instance, nullptr, 0));
}

Value run_unit(Mutator &m, UnitDesc *unit, Value *instance_out) {
  if (unit->export_count)
    return run_shared_unit(m, unit, instance_out);
  Value instance = make_instance(m, unit);
  if (instance_out)
    *instance_out = instance;
  return call0(m, make_closure(m, &unit->protos[0], instance, nullptr, 0));
}

} // namespace evjit::gc
