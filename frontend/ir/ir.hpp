// The intermediate representation: SSA values, blocks with parameters, explicit error edges. docs/design/ir.md is its page.
//
// Mutable or block-crossing variables that are not captured are numbered locals (local_get / local_set); LLVM makes SSA of
// them. An instruction that may raise (effect R) names in `error` the block that takes over, or kNoBlock: then the function
// returns the error to its caller. A handler block has no parameters and starts with catch.
#pragma once

#include "frontend/diag/diag.hpp"
#include "gc/fn.hpp"
#include "gc/roots/root.hpp"

#include <memory>
#include <string>
#include <vector>

namespace evjit::frontend::ir {

enum class Op : uint8_t {
#define OP(name, text, result, operands, imm, effects) name,
#include "frontend/ir/ops.def"
#undef OP
};
enum class Type : uint8_t { N, V, B };

using ValueId = uint32_t;
using BlockId = uint32_t;
inline constexpr ValueId kNoValue = ~0u;
inline constexpr BlockId kNoBlock = ~0u;

struct Target {
  BlockId block = kNoBlock;
  std::vector<ValueId> args;
};
struct Inst {
  Op op;
  ValueId result = kNoValue;
  std::vector<ValueId> operands;
  uint64_t imm = 0;
  BlockId error = kNoBlock;
  Span span;
  Target targets[2];
};
struct BlockParam {
  ValueId id;
  Type type;
};
struct Block {
  std::vector<BlockParam> params;
  std::vector<Inst> insts; // the last one, and only that, is a terminator
  bool is_loop_head = false;
};
struct Function {
  std::string name; // empty: anonymous
  Span span;
  std::string doc;
  bool has_doc = false;
  std::string params_text;
  uint32_t required = 0, optional = 0;
  gc::Collector collector = gc::Collector::None;
  std::vector<std::string> named;
  bool is_builtin = false;
  uint64_t signals = 0;
  uint32_t captures = 0;
  uint32_t locals = 0;
  uint32_t group = 0;        // functions compiled together: the top-level form they stand in
  ValueId next_value = 0;
  std::vector<Type> value_types; // by ValueId
  std::vector<Block> blocks; // blocks[0] is the entry, without parameters
};
struct UnitExport {
  std::string name;
  uint32_t slot;
  bool is_macro;
};
struct Unit {
  explicit Unit(gc::Mutator &m) : constants(m) {}
  std::string file;
  uint32_t slot_count = 0;
  std::vector<std::string> slot_names;
  std::vector<std::unique_ptr<Function>> functions; // [0] is the top level
  std::vector<UnitExport> exports;
  gc::RootVector constants; // immediates, names, literals, builtins (closures with FnProto::kBuiltin)
};

std::string print(const Unit &u);                                       // evjit --dump ir
std::unique_ptr<Unit> parse(gc::Mutator &m, std::string_view text, std::string &error); // reads what print writes
std::string verify(const Unit &u);                                      // empty: fine; else the first problem, with its place

} // namespace evjit::frontend::ir
