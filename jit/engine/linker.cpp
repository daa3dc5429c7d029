// See linker.hpp. Objects from jit/lower reference nothing outside themselves (addresses are immediates), so linking is
// placing the text and looking up its functions. One reservation holds all code, to keep mappings few. The engine's lock
// covers every call. Object buffers are kept for their line tables, which are parsed when a trace needs them.
#include "jit/engine/linker.hpp"

#include "base/assert.hpp"

#include <llvm/DebugInfo/DWARF/DWARFContext.h>
#include <llvm/ExecutionEngine/Orc/DebugObjectManagerPlugin.h>
#include <llvm/ExecutionEngine/Orc/EPCDebugObjectRegistrar.h>
#include <llvm/ExecutionEngine/Orc/ExecutorProcessControl.h>
#include <llvm/ExecutionEngine/Orc/MapperJITLinkMemoryManager.h>
#include <llvm/ExecutionEngine/Orc/TargetProcess/JITLoaderGDB.h>
#include <llvm/Object/ELFObjectFile.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <unistd.h>

namespace evjit::jit {

using namespace llvm;
using namespace llvm::orc;

static constexpr size_t kCodeReservation = size_t{64} << 20;

// A linked object whose line table is read on demand. Lives as long as the process, as its code does.
struct LinkedObject {
  std::unique_ptr<MemoryBuffer> buffer;
  uintptr_t text_base = 0; // address of offset 0 of .text
  std::once_flag parsed;
  std::unique_ptr<object::ObjectFile> file;
  std::unique_ptr<DWARFContext> dwarf;
};

static void locate(void *self, uintptr_t pc, gc::FrameInfo *out) {
  auto *o = static_cast<LinkedObject *>(self);
  std::call_once(o->parsed, [o] {
    auto file = object::ObjectFile::createObjectFile(o->buffer->getMemBufferRef());
    if (!file)
      return consumeError(file.takeError());
    o->file = std::move(*file);
    o->dwarf = DWARFContext::create(*o->file);
  });
  if (!o->dwarf)
    return;
  for (const auto &section : o->file->sections()) {
    if (!section.isText())
      continue;
    auto info = o->dwarf->getLineInfoForAddress({pc - 1 - o->text_base, section.getIndex()});
    if (!info || !info.Line)
      continue;
    out->file = info.FileName; // not always that of the function: top-level code of a file may be included (debug_scope)
    out->line = info.Line;
    out->col = info.Column;
    return;
  }
}

Linker::Linker() {
  auto control = cantFail(SelfExecutorProcessControl::Create());
  session_ = std::make_unique<ExecutionSession>(std::move(control));
  memory_ = cantFail(MapperJITLinkMemoryManager::CreateWithMapper<InProcessMemoryMapper>(kCodeReservation));
  layer_ = std::make_unique<ObjectLinkingLayer>(*session_, *memory_);
  dylib_ = &session_->createBareJITDylib("code");
  if (getenv("EVJIT_GDB"))
    layer_->addPlugin(std::make_unique<DebugObjectManagerPlugin>(
        *session_,
        std::make_unique<EPCDebugObjectRegistrar>(*session_, ExecutorAddr::fromPtr(&llvm_orc_registerJITLoaderGDBWrapper)),
        false, true));
  if (getenv("EVJIT_PERF"))
    perf_map_ = fopen(("/tmp/perf-" + std::to_string(getpid()) + ".map").c_str(), "w");
}

Linker::~Linker() {
  if (perf_map_)
    fclose(static_cast<FILE *>(perf_map_));
  if (auto err = session_->endSession())
    consumeError(std::move(err));
}

void Linker::write_perf_map(uintptr_t begin, uint64_t size, const std::string &symbol) {
  auto *out = static_cast<FILE *>(perf_map_);
  if (!out)
    return;
  fprintf(out, "%lx %lx %s\n", static_cast<unsigned long>(begin), static_cast<unsigned long>(size), symbol.c_str());
  fflush(out);
}

void Linker::register_ranges(const MemoryBuffer &object, const std::vector<LinkedFunction> &functions) {
  auto file = object::ObjectFile::createObjectFile(object.getMemBufferRef());
  if (!file)
    return consumeError(file.takeError());
  struct Extent {
    uint64_t offset, size;
  };
  StringMap<Extent> extents;
  for (const object::ELFSymbolRef symbol : (*file)->symbols()) {
    auto name = symbol.getName();
    auto offset = symbol.getValue();
    if (name && offset)
      extents[*name] = {*offset, symbol.getSize()};
  }
  auto *record = new LinkedObject; // code is never unloaded
  record->buffer = MemoryBuffer::getMemBufferCopy(object.getBuffer(), "object");
  for (const auto &f : functions) {
    auto it = extents.find(f.symbol);
    if (it == extents.end())
      continue;
    auto begin = reinterpret_cast<uintptr_t>(f.code);
    record->text_base = begin - it->second.offset;
    gc::register_code({begin, begin + it->second.size, f.proto, &locate, record});
    write_perf_map(begin, it->second.size, f.symbol);
    for (const auto &symbol : f.inner_symbols)
      if (auto inner = extents.find(symbol); inner != extents.end()) {
        begin = record->text_base + inner->second.offset;
        gc::register_code({begin, begin + inner->second.size, f.proto, &locate, record});
        write_perf_map(begin, inner->second.size, symbol);
      }
    if (auto dispatch = extents.find(f.dispatch_symbol); dispatch != extents.end())
      write_perf_map(record->text_base + dispatch->second.offset, dispatch->second.size, f.dispatch_symbol);
  }
}

bool Linker::link(SmallVector<char, 0> object, std::vector<LinkedFunction> &functions, std::string &error) {
  auto buffer = MemoryBuffer::getMemBufferCopy(StringRef(object.data(), object.size()), "object");
  auto copy = MemoryBuffer::getMemBuffer(buffer->getMemBufferRef(), false);
  auto failed = [&](Error e) {
    error = toString(std::move(e));
    return false;
  };
  if (auto e = layer_->add(dylib_->getDefaultResourceTracker(), std::move(copy)))
    return failed(std::move(e));
  SymbolLookupSet wanted;
  for (auto &f : functions)
    wanted.add(session_->intern(f.symbol));
  auto found = session_->lookup({{dylib_, JITDylibLookupFlags::MatchAllSymbols}}, std::move(wanted));
  if (!found)
    return failed(found.takeError());
  for (auto &f : functions)
    f.code = (*found)[session_->intern(f.symbol)].getAddress().toPtr<gc::Code>();
  register_ranges(*buffer, functions);
  return true;
}

} // namespace evjit::jit
