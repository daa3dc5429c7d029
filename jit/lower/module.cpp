// The module around lowered functions: declarations, constants, debug information. One thread per UnitLowering.
#include "jit/lower/lower.hpp"

#include "gc/call.hpp"
#include "gc/value/make.hpp"
#include "jit/lower/function.hpp"
#include "jit/lower/int_clone.hpp"
#include "jit/lower/runtime.hpp"

#include <llvm/BinaryFormat/Dwarf.h>
#include <llvm/IR/MDBuilder.h>

namespace evjit::jit {

using namespace llvm;

std::string function_symbol(const ir::Unit &unit, const LowerOptions &opts, uint32_t index) {
  const auto &f = *unit.functions[index];
  std::string name = index == 0 ? "<toplevel>" : f.name.empty() ? "<fn>" : f.name;
  return name + "." + opts.unit_symbol + "." + std::to_string(index);
}

UnitLowering::UnitLowering(LLVMContext &context, const ir::Unit &unit, LowerOptions opts, const DataLayout &layout,
                           const std::string &triple)
    : context_(context), unit_(unit), opts_(std::move(opts)), module_(std::make_unique<Module>(unit.file, context)),
      i64_(Type::getInt64Ty(context)), i1_(Type::getInt1Ty(context)), ptr_(PointerType::get(context, 0)),
      lowered_(unit.functions.size()), debug_(*module_) {
  module_->setDataLayout(layout);
  module_->setTargetTriple(triple);
  module_->addModuleFlag(Module::Warning, "Debug Info Version", DEBUG_METADATA_VERSION);
  module_->addModuleFlag(Module::Warning, "Dwarf Version", 4);
  code_type_ = FunctionType::get(i64_, {ptr_, i64_, i64_, i64_, i64_, i64_}, false);
  prim_type_ = FunctionType::get(i64_, {ptr_, ptr_, i64_}, false);
  int_result_type_ = StructType::get(context, {i64_, ptr_});
  if (opts_.effort == Effort::Optimise)
    int_clones_ = std::make_unique<IntClones>(unit);
  // In another directory than the files (debug_file): LLVM keeps a name as it is only then, else it would lose its directories.
  compile_unit_ = debug_.createCompileUnit(dwarf::DW_LANG_C, debug_.createFile(unit.file, ""), "evjit", true, "", 0, "",
                                           DICompileUnit::LineTablesOnly);
  MDBuilder md(context);
  unlikely_ = md.createBranchWeights(1, 10000);
  likely_ = md.createBranchWeights(10000, 1);
}

UnitLowering::~UnitLowering() = default;

std::string known_symbol(const ir::Unit &unit, const LowerOptions &opts, uint32_t index) {
  return function_symbol(unit, opts, index) + ".known";
}

std::string int_symbol(const ir::Unit &unit, const LowerOptions &opts, uint32_t index) {
  return function_symbol(unit, opts, index) + ".int";
}

std::string dispatch_symbol(const ir::Unit &unit, const LowerOptions &opts, uint32_t index) {
  return function_symbol(unit, opts, index) + ".dispatch";
}

bool has_known_entry(const ir::Function &f, const LowerOptions &opts) {
  return opts.effort == Effort::Optimise && f.optional == 0 && f.collector == gc::Collector::None;
}

// Never inlined: every call of the language keeps its frame in stack traces.
Function *UnitLowering::add_function(const std::string &symbol, GlobalValue::LinkageTypes linkage, FunctionType *type) {
  if (auto *f = module_->getFunction(symbol))
    return f;
  auto *f = Function::Create(type, linkage, symbol, *module_);
  f->setDSOLocal(true);
  f->setDoesNotThrow();
  f->addFnAttr("frame-pointer", "all");
  f->addFnAttr(Attribute::NoInline);
  return f;
}

Function *UnitLowering::declare(uint32_t index) {
  auto linkage = opts_.mode == LowerMode::Aot ? GlobalValue::InternalLinkage : GlobalValue::ExternalLinkage;
  return add_function(function_symbol(unit_, opts_, index), linkage, code_type_);
}

Function *UnitLowering::declare_known(uint32_t index) {
  return add_function(known_symbol(unit_, opts_, index), GlobalValue::InternalLinkage, code_type_);
}

Function *UnitLowering::declare_int(uint32_t index) {
  SmallVector<Type *, 8> params{ptr_};
  params.append(unit_.functions[index]->required, i64_);
  return add_function(int_symbol(unit_, opts_, index), GlobalValue::InternalLinkage,
                      FunctionType::get(int_result_type_, params, false));
}

Function *UnitLowering::declare_dispatch(uint32_t index) {
  return add_function(dispatch_symbol(unit_, opts_, index), GlobalValue::InternalLinkage, code_type_);
}

Function *UnitLowering::declare_direct(uint32_t index) {
  return int_clones_->dispatches(index) ? declare_dispatch(index) : declare_known(index);
}

Value *UnitLowering::runtime_address(const char *name) {
  const auto &e = runtime_entry(name);
  if (opts_.mode == LowerMode::Jit)
    return ConstantExpr::getIntToPtr(ConstantInt::get(i64_, reinterpret_cast<uint64_t>(e.address)), ptr_);
  auto callee = module_->getOrInsertFunction(name, runtime_function_type(e, context_));
  auto *f = cast<Function>(callee.getCallee());
  f->setDoesNotThrow();
  return f;
}

FunctionType *UnitLowering::runtime_type(const char *name) { return runtime_function_type(runtime_entry(name), context_); }

// A constant as an i64: itself when it is no heap object or, in the JIT, always (rooted by the unit, never moved).
Value *UnitLowering::constant_value(IRBuilder<> &b, uint64_t index) {
  gc::Value v = unit_.constants[index];
  if (opts_.mode == LowerMode::Jit || !v.is_object())
    return ConstantInt::get(i64_, v.bits);
  auto *table = module_->getNamedGlobal("consts");
  if (!table) {
    auto *type = ArrayType::get(i64_, std::max<size_t>(1, unit_.constants.size()));
    table = new GlobalVariable(*module_, type, false, GlobalValue::InternalLinkage, Constant::getNullValue(type), "consts");
  }
  return b.CreateLoad(i64_, b.CreateConstInBoundsGEP1_64(i64_, table, index));
}

Value *UnitLowering::new_cache_word() {
  if (opts_.mode == LowerMode::Jit)
    return ConstantExpr::getIntToPtr(ConstantInt::get(i64_, reinterpret_cast<uint64_t>(&opts_.cache_words->emplace_back(0))), ptr_);
  auto *type = Type::getInt32Ty(context_);
  return new GlobalVariable(*module_, type, false, GlobalValue::InternalLinkage, ConstantInt::get(type, 0), "cache");
}

Value *UnitLowering::proto_address(uint32_t index) {
  if (opts_.mode == LowerMode::Jit)
    return ConstantExpr::getIntToPtr(ConstantInt::get(i64_, reinterpret_cast<uint64_t>(&opts_.protos[index])), ptr_);
  auto *table = module_->getNamedGlobal("protos");
  if (!table) {
    auto *type = ArrayType::get(Type::getInt8Ty(context_), sizeof(gc::FnProto) * unit_.functions.size());
    table = new GlobalVariable(*module_, type, false, GlobalValue::ExternalLinkage, nullptr, "protos");
  }
  return ConstantExpr::getGetElementPtr(Type::getInt8Ty(context_), table,
                                        ConstantInt::get(i64_, index * sizeof(gc::FnProto)));
}

Value *UnitLowering::prim_address(uint64_t constant) {
  auto *closure = unit_.constants[constant].as<gc::Closure>();
  if (opts_.mode == LowerMode::Jit)
    return ConstantExpr::getIntToPtr(ConstantInt::get(i64_, reinterpret_cast<uint64_t>(closure->proto->prim)), ptr_);
  const gc::PrimDef *def = gc::find_prim(closure->proto->name);
  auto *f = cast<Function>(module_->getOrInsertFunction(def->symbol, prim_type_).getCallee());
  f->setDoesNotThrow();
  return f;
}

Value *UnitLowering::depart_address(uint64_t constant) {
  const gc::PrimDef *def = gc::find_prim(unit_.constants[constant].as<gc::Closure>()->proto->name);
  if (!def || !def->depart)
    return nullptr;
  if (opts_.mode == LowerMode::Jit)
    return ConstantExpr::getIntToPtr(ConstantInt::get(i64_, reinterpret_cast<uint64_t>(def->depart)), ptr_);
  auto *f = cast<Function>(module_->getOrInsertFunction(def->depart_symbol, runtime_type("evrt_denied_depart")).getCallee());
  f->setDoesNotThrow();
  return f;
}

DIFile *UnitLowering::debug_file(uint32_t file) {
  auto &slot = debug_files_[file];
  if (!slot)
    slot = debug_.createFile(frontend::sources().at(file).name, ".");
  return slot;
}

DILocalScope *UnitLowering::debug_scope(DISubprogram *fn, uint32_t file) { return debug_.createLexicalBlockFile(fn, debug_file(file)); }

DISubprogram *UnitLowering::debug_function(uint32_t index, Function *f) {
  const auto &fn = *unit_.functions[index];
  auto *file = debug_file(fn.span.file);
  auto *type = debug_.createSubroutineType(debug_.getOrCreateTypeArray({}));
  auto *sp = debug_.createFunction(file, fn.name.empty() ? "<fn>" : fn.name, f->getName(), file, fn.span.line, type,
                                   fn.span.line, DINode::FlagZero,
                                   DISubprogram::SPFlagDefinition | DISubprogram::SPFlagOptimized);
  f->setSubprogram(sp);
  return sp;
}

void UnitLowering::lower(uint32_t index) {
  lowered_[index] = true;
  FunctionLowering(*this, index).run();
  if (int_clones_ && int_clones_->find(index))
    FunctionLowering(*this, index).run_int_clone();
  if (int_clones_ && int_clones_->dispatches(index))
    FunctionLowering(*this, index).int_dispatch();
}

// The bodies of a function lie side by side, so that an address range belongs to one function (traces of ahead-of-time code).
// Dispatchers come before them all: they are in nobody's range.
void UnitLowering::order_functions() {
  if (opts_.effort == Effort::Fast)
    return; // one entry each, in order already
  auto &list = module_->getFunctionList();
  for (uint32_t i = 0; i < lowered_.size(); ++i)
    for (const auto &symbol : {function_symbol(unit_, opts_, i), known_symbol(unit_, opts_, i), int_symbol(unit_, opts_, i)})
      if (auto *f = module_->getFunction(symbol))
        list.splice(list.end(), list, f->getIterator());
}

std::unique_ptr<Module> UnitLowering::finish() {
  order_functions();
  debug_.finalize();
  return std::move(module_);
}

} // namespace evjit::jit
