// See codegen.hpp. Fast: no IR passes, FastISel. Optimise: the standard O2 pipeline.
#include "jit/engine/codegen.hpp"

#include "base/assert.hpp"

#include <llvm/CodeGen/MachineModuleInfo.h>
#include <llvm/CodeGen/Passes.h>
#include <llvm/CodeGen/TargetPassConfig.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Passes/StandardInstrumentations.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/TargetParser/Host.h>

namespace evjit::jit {

using namespace llvm;

static std::unique_ptr<TargetMachine> make_machine(Effort effort, LowerMode mode) {
  [[maybe_unused]] static const bool initialised = [] {
    InitializeNativeTarget();
    InitializeNativeTargetAsmPrinter();
    return true;
  }();
  std::string triple = sys::getProcessTriple(), error;
  const Target *target = TargetRegistry::lookupTarget(triple, error);
  EVJIT_CHECK(target, "LLVM was built for the host");
  TargetOptions options;
  options.EnableFastISel = effort == Effort::Fast;
  options.MCOptions.MCRelaxAll = effort == Effort::Fast; // long jumps at once: no rounds over the code to find short ones
  // Ahead-of-time code must run on any machine of the architecture, the JIT's only here.
  std::string cpu = mode == LowerMode::Aot ? "x86-64-v2" : effort == Effort::Fast ? "x86-64" : sys::getHostCPUName().str();
  auto level = effort == Effort::Fast ? CodeGenOptLevel::None : CodeGenOptLevel::Default;
  auto reloc = Reloc::PIC_; // code may lie anywhere
  return std::unique_ptr<TargetMachine>(
      target->createTargetMachine(triple, cpu, "", options, reloc, CodeModel::Small, level, mode == LowerMode::Jit));
}

Codegen::Codegen(Effort effort, LowerMode mode)
    : effort_(effort), machine_(make_machine(effort, mode)), layout_(machine_->createDataLayout()),
      triple_(machine_->getTargetTriple().str()) {}

Codegen::~Codegen() = default;

// Several passes take time that grows with the square of a function's blocks and worse: a match over 2000 numbers took minutes.
// Functions of that size are generated, or the top level of a very long file; they are compiled as at the first tier.
static constexpr size_t kMaxOptimisedBlocks = 2000;

void Codegen::optimise(Module &m) {
  if (effort_ == Effort::Fast)
    return;
  for (Function &f : m)
    if (f.size() > kMaxOptimisedBlocks) {
      f.addFnAttr(Attribute::NoInline);
      f.addFnAttr(Attribute::OptimizeNone);
    }
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager sccs;
  ModuleAnalysisManager modules;
  PassInstrumentationCallbacks callbacks; // they make the passes heed the attribute
  OptNoneInstrumentation skip(false);
  skip.registerCallbacks(callbacks);
  PassBuilder builder(machine_.get(), PipelineTuningOptions(), std::nullopt, &callbacks);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(sccs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, sccs, modules);
  builder.buildPerModuleDefaultPipeline(OptimizationLevel::O2).run(m, modules);
}

// What TargetMachine::addPassesToEmitFile does, less the pass that follows variables for debuggers: we describe lines only, and
// it took a seventh of tier 1's time.
void Codegen::build_pipeline() {
  stream_ = std::make_unique<raw_svector_ostream>(buffer_);
  pipeline_ = std::make_unique<legacy::PassManager>();
  auto &machine = static_cast<LLVMTargetMachine &>(*machine_);
  auto *info = new MachineModuleInfoWrapperPass(&machine);
  TargetPassConfig *config = machine.createPassConfig(*pipeline_);
  config->setDisableVerify(true);
  config->disablePass(&LiveDebugValuesID);
  pipeline_->add(config);
  pipeline_->add(info);
  bool failed = config->addISelPasses();
  config->addMachinePasses();
  config->setInitialized();
  failed |= machine.addAsmPrinter(*pipeline_, *stream_, nullptr, CodeGenFileType::ObjectFile, info->getMMI().getContext());
  EVJIT_CHECK(!failed, "the target emits objects");
  pipeline_->add(createFreeMachineFunctionPass());
}

SmallVector<char, 0> Codegen::compile(Module &m) {
  if (!pipeline_)
    build_pipeline();
  buffer_.clear();
  pipeline_->run(m);
  return buffer_;
}

std::string Codegen::assembly(Module &m) {
  SmallVector<char, 0> text;
  raw_svector_ostream out(text);
  legacy::PassManager passes;
  bool failed = machine_->addPassesToEmitFile(passes, out, nullptr, CodeGenFileType::AssemblyFile);
  EVJIT_CHECK(!failed, "the target emits assembly");
  passes.run(m);
  return std::string(text.begin(), text.end());
}

} // namespace evjit::jit
