// Stack traces: return addresses are collected by walking frame pointers (compiled code and runtime keep them) when an error
// is raised, and turned into names and positions only when somebody looks. Code ranges are registered by whoever owns
// code: the JIT for each linked object, ahead-of-time units at start (their functions' addresses come from FnProto::code).
#pragma once

#include "gc/mutator.hpp"

#include <string>
#include <vector>

namespace evjit::gc {

struct FrameInfo {
  std::string fn;   // "" anonymous, "<toplevel>"
  std::string file; // "" for builtins
  uint32_t line = 0, col = 0;
};

struct CodeRange {
  uintptr_t begin, end;
  const FnProto *proto;
  // File and position of a return address inside the range; left alone if unknown. May parse line tables (slow path).
  void (*locate)(void *self, uintptr_t pc, FrameInfo *out);
  void *self;
};
void register_code(const CodeRange &range);       // any thread
const CodeRange *find_code(uintptr_t pc);

bool describe_address(uintptr_t return_address, FrameInfo *out); // false: no code of the language

// A trace is an immutable Bytes object of return addresses, innermost first (at most kTraceFrames, plus a total count).
inline constexpr size_t kTraceFrames = 64;
Value capture_trace(Mutator &m);                   // of the running fiber, from the caller on
Value join_traces(Mutator &m, Value child, Value joiner);
std::vector<FrameInfo> describe_trace(Value trace, size_t *total); // frames of the language only

} // namespace evjit::gc
