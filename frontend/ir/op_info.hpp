// ops.def as data, for the builder, printer, parser and verifier.
#pragma once

#include "frontend/ir/ir.hpp"

#include <string_view>

namespace evjit::frontend::ir {

enum class Imm : uint8_t { None, Bits, Const, Index, Fn, Type };

struct OpInfo {
  std::string_view text;
  Type result;
  std::string_view operands; // letters V and B; "*": any number of V
  Imm imm;
  std::string_view effects;
  bool has_effect(char e) const { return effects.find(e) != std::string_view::npos; }
  bool raises() const { return has_effect('R'); }
  bool is_terminator() const { return has_effect('T'); }
};

inline constexpr OpInfo kOpInfo[] = {
#define OP(name, text, result, operands, imm, effects) {text, Type::result, operands, Imm::imm, effects},
#include "frontend/ir/ops.def"
#undef OP
};
inline constexpr size_t kOpCount = sizeof(kOpInfo) / sizeof(kOpInfo[0]);

inline const OpInfo &info(Op op) { return kOpInfo[static_cast<size_t>(op)]; }
inline size_t target_count(Op op) { return op == Op::Jump ? 1 : op == Op::Branch ? 2 : 0; }

} // namespace evjit::frontend::ir
