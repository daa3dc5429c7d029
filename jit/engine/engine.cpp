// The engine: loads units and compiles their functions when they are first called (tier 1), or whole at once (--opt 2).
//
// Every prototype of a unit starts with `code` = lazy_entry. The first call lands there, compiles the function's group (the
// top-level form it stands in, with all inner functions; a small unit is one group), stores the real addresses into the
// prototypes' code cells and goes on in the compiled function with the arguments untouched. From then on calls go straight.
//
// Threads: one lock around compilation; code cells are single aligned stores. Loaded units and code are never unloaded:
// closures may hold on to them for ever.
#include "jit/engine/engine.hpp"

#include "base/assert.hpp"
#include "gc/call.hpp"
#include "gc/errors.hpp"
#include "gc/object/object_size.hpp"
#include "gc/value/serial.hpp"
#include "jit/engine/codegen.hpp"
#include "jit/engine/linker.hpp"
#include "sched/scheduler.hpp"

#include <llvm/Support/raw_ostream.h>

#include <deque>
#include <mutex>

namespace evjit::jit {

// Units with at most this many instructions are compiled in one go: one object costs more than a few small functions.
static constexpr size_t kWholeUnitInsts = 1500;
// A fresh LLVM context now and then: contexts intern constants and types for ever.
static constexpr uint32_t kModulesPerContext = 64;
// Stack that compilation may need beyond the software limit.
static constexpr uintptr_t kCompileStack = uintptr_t{1} << 20;

struct LoadedUnit {
  gc::UnitDesc desc{}; // first: a FnProto's unit leads back here
  std::unique_ptr<ir::Unit> ir;
  std::vector<gc::FnProto> protos;
  std::vector<gc::Value> constants;
  std::vector<gc::UnitExport> exports;
  std::vector<bool> compiled;
  std::vector<std::vector<uint32_t>> groups; // functions by ir::Function::group; one group when all is compiled at once
  std::deque<std::string> strings;
  std::deque<uint32_t> cache_words; // of the compiled functions
  LowerOptions lowering;
  EngineImpl *engine = nullptr;
  const char *keep(const std::string &s) { return strings.emplace_back(s).c_str(); }
};

class EngineImpl {
public:
  explicit EngineImpl(EngineOptions options) : options_(options) {}
  gc::UnitDesc *load(gc::Mutator &m, std::unique_ptr<ir::Unit> unit);
  bool compile_group(LoadedUnit &unit, uint32_t index, std::string &error);

private:
  bool compile(LoadedUnit &unit, const std::vector<uint32_t> &functions, std::string &error);
  EngineOptions options_;
  std::mutex lock_;
  std::unique_ptr<Codegen> codegen_;
  std::unique_ptr<Linker> linker_;
  std::unique_ptr<llvm::LLVMContext> context_;
  uint32_t modules_in_context_ = 0;
  uint32_t units_ = 0;
  std::deque<std::unique_ptr<LoadedUnit>> loaded_;
};

// What every uncompiled prototype points to. The final call is a sibling call: no frame of ours remains.
static gc::Value lazy_entry(gc::Mutator *m, gc::Value closure, int64_t argc, gc::Value a0, gc::Value a1, gc::Value a2);

static gc::Value compile_failed(gc::Mutator &m, const std::string &why) {
  return gc::raise_error(m, "internal-error", "compiling a function failed: " + why);
}

// Returns the code to go on with, or null after raising.
__attribute__((noinline)) static gc::Code compile_for_call(gc::Mutator *m, gc::Value closure) {
  auto *proto = closure.as<gc::Closure>()->proto;
  auto needed = reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) - kCompileStack;
  if (!m->fiber.is_nil() && needed < m->stack_limit && !(m->stack_hook && m->stack_hook(*m, needed))) {
    gc::stack_overflow(*m);
    return nullptr;
  }
  auto *unit = reinterpret_cast<LoadedUnit *>(proto->unit);
  std::string error;
  if (!unit->engine->compile_group(*unit, proto->index, error)) {
    compile_failed(*m, error);
    return nullptr;
  }
  return proto->code;
}

static gc::Value lazy_entry(gc::Mutator *m, gc::Value closure, int64_t argc, gc::Value a0, gc::Value a1, gc::Value a2) {
  gc::Code code = compile_for_call(m, closure);
  if (!code)
    return gc::kError;
  return code(m, closure, argc, a0, a1, a2);
}

// Keywords of &named parameters as an immortal array; nil if there are none.
static gc::Value named_keywords(const std::vector<std::string> &names) {
  if (names.empty())
    return gc::kNil;
  auto *o = static_cast<gc::Array *>(gc::allocate_immortal(gc::Type::Array, gc::flat_bytes(names.size(), 1)));
  o->h.aux = static_cast<uint32_t>(names.size());
  for (size_t i = 0; i < names.size(); ++i)
    o->items[i] = gc::intern_keyword(names[i]);
  return gc::Value::object(o);
}

static void fill_proto(LoadedUnit &u, uint32_t i) {
  const auto &f = *u.ir->functions[i];
  auto &p = u.protos[i];
  p.code = &lazy_entry;
  p.prim = nullptr;
  p.name = f.name.empty() ? nullptr : u.keep(f.name);
  p.file = u.keep(frontend::sources().at(f.span.file).name);
  p.line = f.span.line;
  p.col = f.span.col;
  p.required = f.required;
  p.optional = f.optional;
  p.collector = f.collector;
  p.flags = (f.is_builtin ? gc::FnProto::kBuiltin : 0u) | (i == 0 ? gc::FnProto::kToplevel : 0u);
  p.index = i;
  p.unit = &u.desc;
  p.doc = f.has_doc ? u.keep(f.doc) : nullptr;
  p.params = u.keep(f.params_text);
  p.named = named_keywords(f.named);
  p.signals = f.signals;
  p.captures = f.captures;
}

// Which functions are compiled together: all of a small unit, else those of one top-level form.
static std::vector<std::vector<uint32_t>> make_groups(const ir::Unit &unit, bool whole) {
  size_t insts = 0;
  for (const auto &f : unit.functions)
    for (const auto &b : f->blocks)
      insts += b.insts.size();
  whole |= insts <= kWholeUnitInsts;
  std::vector<std::vector<uint32_t>> groups;
  for (uint32_t i = 0; i < unit.functions.size(); ++i) {
    uint32_t g = whole ? 0 : unit.functions[i]->group;
    if (g >= groups.size())
      groups.resize(g + 1);
    groups[g].push_back(i);
  }
  return groups;
}

gc::UnitDesc *EngineImpl::load(gc::Mutator &m, std::unique_ptr<ir::Unit> unit) {
  std::lock_guard guard(lock_);
  auto owned = std::make_unique<LoadedUnit>();
  auto &u = *owned;
  u.engine = this;
  u.ir = std::move(unit);
  for (gc::Value &v : u.ir->constants) // code is shared by threads, heaps are not
    v = gc::make_immortal(v);
  u.protos.resize(u.ir->functions.size());
  u.compiled.resize(u.protos.size());
  for (uint32_t i = 0; i < u.protos.size(); ++i)
    fill_proto(u, i);
  u.groups = make_groups(*u.ir, options_.optimise);
  u.constants.assign(u.ir->constants.data(), u.ir->constants.data() + u.ir->constants.size());
  for (const auto &e : u.ir->exports)
    u.exports.push_back({u.keep(e.name), e.slot, e.is_macro});
  u.desc.file = u.keep(u.ir->file);
  u.desc.consts = u.constants.data();
  u.desc.const_count = static_cast<uint32_t>(u.constants.size());
  u.desc.proto_count = static_cast<uint32_t>(u.protos.size());
  u.desc.protos = u.protos.data();
  u.desc.slot_count = u.ir->slot_count;
  u.desc.export_count = static_cast<uint32_t>(u.exports.size());
  u.desc.exports = u.exports.data();
  u.lowering = {LowerMode::Jit, options_.optimise ? Effort::Optimise : Effort::Fast, "u" + std::to_string(units_++),
                u.protos.data(), &u.cache_words};
  gc::register_unit(m, &u.desc);
  loaded_.push_back(std::move(owned));
  return &u.desc;
}

bool EngineImpl::compile_group(LoadedUnit &unit, uint32_t index, std::string &error) {
  std::lock_guard guard(lock_);
  if (unit.compiled[index])
    return true;
  size_t g = unit.groups.size() == 1 ? 0 : unit.ir->functions[index]->group;
  return compile(unit, unit.groups[g], error);
}

bool EngineImpl::compile(LoadedUnit &unit, const std::vector<uint32_t> &functions, std::string &error) {
  if (!codegen_) {
    codegen_ = std::make_unique<Codegen>(unit.lowering.effort, LowerMode::Jit);
    linker_ = std::make_unique<Linker>();
  }
  if (!context_ || ++modules_in_context_ >= kModulesPerContext) {
    context_ = std::make_unique<llvm::LLVMContext>();
    modules_in_context_ = 0;
  }
  UnitLowering lowering(*context_, *unit.ir, unit.lowering, codegen_->layout(), codegen_->triple());
  for (auto i : functions)
    lowering.lower(i);
  auto module = lowering.finish();
  codegen_->optimise(*module);
  std::vector<LinkedFunction> linked;
  for (auto i : functions)
    linked.push_back({function_symbol(*unit.ir, unit.lowering, i),
                      {known_symbol(*unit.ir, unit.lowering, i), int_symbol(*unit.ir, unit.lowering, i)},
                      dispatch_symbol(*unit.ir, unit.lowering, i),
                      &unit.protos[i]});
  if (!linker_->link(codegen_->compile(*module), linked, error))
    return false;
  for (size_t k = 0; k < functions.size(); ++k) {
    unit.protos[functions[k]].code = linked[k].code;
    unit.compiled[functions[k]] = true;
  }
  return true;
}

Engine::Engine(EngineOptions options) : impl_(std::make_unique<EngineImpl>(options)) {}
Engine::~Engine() = default;

gc::UnitDesc *Engine::load(gc::Mutator &m, std::unique_ptr<ir::Unit> unit) { return impl_->load(m, std::move(unit)); }

gc::Value Engine::run_isolated(gc::Mutator &m, gc::Value thunk) { return sched::run_isolated(m, thunk); }

static std::unique_ptr<llvm::Module> lower_whole(llvm::LLVMContext &context, const ir::Unit &unit, Codegen &codegen,
                                                 Effort effort, std::vector<gc::FnProto> &protos) {
  std::deque<uint32_t> words; // the text names addresses, nothing runs
  UnitLowering lowering(context, unit, {LowerMode::Jit, effort, "u0", protos.data(), &words}, codegen.layout(), codegen.triple());
  for (uint32_t i = 0; i < unit.functions.size(); ++i)
    lowering.lower(i);
  auto module = lowering.finish();
  codegen.optimise(*module);
  return module;
}

static std::string dump(const ir::Unit &unit, bool optimise, OutputKind kind) {
  Effort effort = optimise ? Effort::Optimise : Effort::Fast;
  Codegen codegen(effort, LowerMode::Jit);
  llvm::LLVMContext context;
  std::vector<gc::FnProto> protos(unit.functions.size());
  auto module = lower_whole(context, unit, codegen, effort, protos);
  if (kind == OutputKind::Assembly)
    return codegen.assembly(*module);
  std::string text;
  llvm::raw_string_ostream out(text);
  module->print(out, nullptr);
  return text;
}

std::string dump_llvm(const ir::Unit &unit, bool optimise) { return dump(unit, optimise, OutputKind::Object); }
std::string dump_assembly(const ir::Unit &unit, bool optimise) { return dump(unit, optimise, OutputKind::Assembly); }

} // namespace evjit::jit
