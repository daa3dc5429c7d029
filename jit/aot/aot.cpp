// See aot.hpp. The object holds
//   the functions, at O2, in one .text followed by an empty function that marks its end (stack traces);
//   protos  the FnProto table, written in place by the run-time (code cells stay as they are);
//   consts  the table of constants, zero until register_unit reads them from the blob;
//   blob    the serialised constants (gc/value/serial.hpp);
//   evjit_unit_NAME, the UnitDesc that names all of these.
// Layouts of FnProto and UnitDesc are repeated here as LLVM structs and checked against the C++ ones by offset.
#include "jit/aot/aot.hpp"

#include "base/assert.hpp"
#include "gc/value/make.hpp"
#include "gc/value/serial.hpp"
#include "jit/engine/codegen.hpp"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/raw_ostream.h>

#include <cstddef>

namespace evjit::jit {

using namespace llvm;

namespace {

// Collects the fields of one C++ struct in order and checks each offset while it grows.
class StructBuilder {
public:
  explicit StructBuilder(Module &m) : module_(m), layout_(m.getDataLayout()) {}
  void add(size_t offset, Constant *c) {
    EVJIT_CHECK(size_ <= offset, "fields come in order of their offsets");
    if (size_ < offset)
      push(Constant::getNullValue(ArrayType::get(Type::getInt8Ty(module_.getContext()), offset - size_)));
    push(c);
  }
  void add32(size_t offset, uint32_t v) { add(offset, ConstantInt::get(Type::getInt32Ty(module_.getContext()), v)); }
  void add64(size_t offset, uint64_t v) { add(offset, ConstantInt::get(Type::getInt64Ty(module_.getContext()), v)); }
  Constant *finish(size_t size) {
    if (size_ < size)
      push(Constant::getNullValue(ArrayType::get(Type::getInt8Ty(module_.getContext()), size - size_)));
    return ConstantStruct::getAnon(module_.getContext(), fields_, true);
  }

private:
  void push(Constant *c) {
    fields_.push_back(c);
    size_ += layout_.getTypeAllocSize(c->getType());
  }
  Module &module_;
  const DataLayout &layout_;
  std::vector<Constant *> fields_;
  size_t size_ = 0;
};

class UnitEmitter {
public:
  UnitEmitter(Module &m, ir::Unit &unit, const std::string &name, std::vector<uint32_t> named)
      : module_(m), unit_(unit), name_(name), named_(std::move(named)) {}
  void emit(const std::string &blob, const LowerOptions &opts);

private:
  Constant *text(const std::string &s);
  Constant *null() { return ConstantPointerNull::get(PointerType::get(module_.getContext(), 0)); }
  GlobalVariable *global(const char *symbol, Constant *init, bool constant);
  Constant *proto(uint32_t index, const LowerOptions &opts, GlobalVariable *desc);
  Constant *exports();
  Function *mark_end();
  Module &module_;
  ir::Unit &unit_;
  std::string name_;
  std::vector<uint32_t> named_; // FnProto::named_constant of each function
};

Constant *UnitEmitter::text(const std::string &s) {
  return global("text", ConstantDataArray::getString(module_.getContext(), s), true);
}

GlobalVariable *UnitEmitter::global(const char *symbol, Constant *init, bool constant) {
  auto *g = new GlobalVariable(module_, init->getType(), constant, GlobalValue::InternalLinkage, init, symbol);
  g->setAlignment(Align(16));
  return g;
}

Constant *UnitEmitter::proto(uint32_t i, const LowerOptions &opts, GlobalVariable *desc) {
  using gc::FnProto;
  const auto &f = *unit_.functions[i];
  StructBuilder s(module_);
  s.add(offsetof(FnProto, code), module_.getFunction(function_symbol(unit_, opts, i)));
  s.add(offsetof(FnProto, prim), null());
  s.add(offsetof(FnProto, name), f.name.empty() ? null() : text(f.name));
  s.add(offsetof(FnProto, file), text(frontend::sources().at(f.span.file).name));
  s.add32(offsetof(FnProto, line), f.span.line);
  s.add32(offsetof(FnProto, col), f.span.col);
  s.add32(offsetof(FnProto, required), f.required);
  s.add32(offsetof(FnProto, optional), f.optional);
  s.add(offsetof(FnProto, collector),
        ConstantInt::get(Type::getInt8Ty(module_.getContext()), static_cast<uint8_t>(f.collector)));
  s.add32(offsetof(FnProto, flags), (f.is_builtin ? FnProto::kBuiltin : 0u) | (i == 0 ? FnProto::kToplevel : 0u));
  s.add32(offsetof(FnProto, index), i);
  s.add(offsetof(FnProto, unit), desc);
  s.add(offsetof(FnProto, doc), f.has_doc ? text(f.doc) : null());
  s.add(offsetof(FnProto, params), text(f.params_text));
  s.add64(offsetof(FnProto, named), gc::kNil.bits);
  s.add64(offsetof(FnProto, signals), f.signals);
  s.add32(offsetof(FnProto, captures), f.captures);
  s.add32(offsetof(FnProto, named_constant), named_[i]);
  return s.finish(sizeof(FnProto));
}

Constant *UnitEmitter::exports() {
  std::vector<Constant *> rows;
  for (const auto &e : unit_.exports) {
    StructBuilder s(module_);
    s.add(offsetof(gc::UnitExport, name), text(e.name));
    s.add32(offsetof(gc::UnitExport, slot), e.slot);
    s.add32(offsetof(gc::UnitExport, is_macro), e.is_macro);
    rows.push_back(s.finish(sizeof(gc::UnitExport)));
  }
  if (rows.empty())
    return null();
  return global("exports", ConstantArray::get(ArrayType::get(rows[0]->getType(), rows.size()), rows), true);
}

// Code of a unit is contiguous; the trace code takes [code(i), next code) and this as the last bound.
Function *UnitEmitter::mark_end() {
  auto *type = FunctionType::get(Type::getVoidTy(module_.getContext()), false);
  auto *f = Function::Create(type, GlobalValue::ExternalLinkage, "evjit_unit_end_" + name_, module_);
  IRBuilder<>(BasicBlock::Create(module_.getContext(), "", f)).CreateRetVoid();
  return f;
}

void UnitEmitter::emit(const std::string &blob, const LowerOptions &opts) {
  auto &context = module_.getContext();
  auto *bytes = Type::getInt8Ty(context);
  auto *desc_type = ArrayType::get(bytes, sizeof(gc::UnitDesc));
  auto *placeholder = new GlobalVariable(module_, desc_type, false, GlobalValue::ExternalLinkage, nullptr, "desc.tmp");
  std::vector<Constant *> rows;
  for (uint32_t i = 0; i < unit_.functions.size(); ++i)
    rows.push_back(proto(i, opts, placeholder));
  auto *table = global("proto_table", ConstantArray::get(ArrayType::get(rows[0]->getType(), rows.size()), rows), false);
  if (auto *declared = module_.getNamedGlobal("protos")) {
    declared->replaceAllUsesWith(table);
    declared->eraseFromParent();
  }
  auto *consts = module_.getNamedGlobal("consts");
  if (!consts) {
    auto *type = ArrayType::get(Type::getInt64Ty(context), std::max<size_t>(1, unit_.constants.size()));
    consts = global("consts", Constant::getNullValue(type), false);
  }
  auto *data = global("blob", ConstantDataArray::getString(context, blob, false), true);
  StructBuilder s(module_);
  s.add(offsetof(gc::UnitDesc, file), text(unit_.file));
  s.add(offsetof(gc::UnitDesc, const_blob), data);
  s.add64(offsetof(gc::UnitDesc, const_blob_size), blob.size());
  s.add(offsetof(gc::UnitDesc, consts), consts);
  s.add32(offsetof(gc::UnitDesc, const_count), static_cast<uint32_t>(unit_.constants.size()));
  s.add32(offsetof(gc::UnitDesc, proto_count), static_cast<uint32_t>(unit_.functions.size()));
  s.add(offsetof(gc::UnitDesc, protos), table);
  s.add32(offsetof(gc::UnitDesc, slot_count), unit_.slot_count);
  s.add32(offsetof(gc::UnitDesc, export_count), static_cast<uint32_t>(unit_.exports.size()));
  s.add(offsetof(gc::UnitDesc, exports), exports());
  s.add(offsetof(gc::UnitDesc, code_end), mark_end());
  auto *init = s.finish(sizeof(gc::UnitDesc));
  auto *desc = new GlobalVariable(module_, init->getType(), false, GlobalValue::ExternalLinkage, init, "evjit_unit_" + name_);
  desc->setAlignment(Align(16));
  placeholder->replaceAllUsesWith(desc);
  placeholder->eraseFromParent();
}

} // namespace

// Arrays of &named keywords become constants of the unit; FnProto::named_constant per function.
static std::vector<uint32_t> add_named_constants(gc::Mutator &m, ir::Unit &unit) {
  std::vector<uint32_t> out;
  for (const auto &f : unit.functions) {
    out.push_back(0);
    if (f->named.empty())
      continue;
    std::vector<gc::Value> names; // keywords are immortal
    for (const auto &n : f->named)
      names.push_back(gc::intern_keyword(n));
    unit.constants.push(gc::make_array(m, names.data(), names.size()));
    out.back() = static_cast<uint32_t>(unit.constants.size());
  }
  return out;
}

bool emit_object(gc::Mutator &m, ir::Unit &unit, const std::string &name, const std::string &path, std::string &error) {
  auto named = add_named_constants(m, unit);
  Codegen codegen(Effort::Optimise, LowerMode::Aot);
  LLVMContext context;
  LowerOptions opts{LowerMode::Aot, Effort::Optimise, name, nullptr, nullptr};
  UnitLowering lowering(context, unit, opts, codegen.layout(), codegen.triple());
  for (uint32_t i = 0; i < unit.functions.size(); ++i)
    lowering.lower(i);
  auto module = lowering.finish();
  std::vector<uint8_t> bytes;
  if (!gc::write_constants({unit.constants.data(), unit.constants.size()}, bytes, error))
    return false;
  std::string blob(bytes.begin(), bytes.end());
  UnitEmitter(*module, unit, name, std::move(named)).emit(blob, opts);
  codegen.optimise(*module);
  auto object = codegen.compile(*module);
  std::error_code failed;
  raw_fd_ostream out(path, failed, sys::fs::OF_None);
  if (!failed) {
    out.write(object.data(), object.size());
    out.close();
    failed = out.error();
  }
  if (failed)
    error = path + ": " + failed.message();
  return !failed;
}

} // namespace evjit::jit
