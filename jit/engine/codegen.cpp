// See codegen.hpp. Fast: no IR passes, FastISel. Optimise: the standard O2 pipeline.
#include "jit/engine/codegen.hpp"

#include "base/assert.hpp"

#include <llvm/MC/TargetRegistry.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/TargetParser/Host.h>

namespace evjit::jit {

using namespace llvm;

static std::unique_ptr<TargetMachine> make_machine(Effort effort, LowerMode mode) {
  [[maybe_unused]] static const bool initialised = [] {
    InitializeNativeTarget();
    InitializeNativeTargetAsmPrinter();
    InitializeNativeTargetAsmParser(); // for the one instruction that spends fuel
    return true;
  }();
  std::string triple = sys::getProcessTriple(), error;
  const Target *target = TargetRegistry::lookupTarget(triple, error);
  EVJIT_CHECK(target, "LLVM was built for the host");
  TargetOptions options;
  options.EnableFastISel = effort == Effort::Fast;
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

void Codegen::optimise(Module &m) {
  if (effort_ == Effort::Fast)
    return;
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager sccs;
  ModuleAnalysisManager modules;
  PassBuilder builder(machine_.get());
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(sccs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, sccs, modules);
  builder.buildPerModuleDefaultPipeline(OptimizationLevel::O2).run(m, modules);
}

SmallVector<char, 0> Codegen::compile(Module &m) {
  if (!pipeline_) {
    stream_ = std::make_unique<raw_svector_ostream>(buffer_);
    pipeline_ = std::make_unique<legacy::PassManager>();
    MCContext *context = nullptr;
    bool failed = machine_->addPassesToEmitMC(*pipeline_, context, *stream_);
    EVJIT_CHECK(!failed, "the target emits objects");
  }
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
