// AstUnit: constants shared by identity.
#include "frontend/expand/ast.hpp"

namespace evjit::frontend {

uint32_t AstUnit::constant(gc::Value v) {
  auto [it, fresh] = index_.try_emplace(v.bits, static_cast<uint32_t>(constants.size()));
  if (fresh)
    constants.push(v);
  return it->second;
}

} // namespace evjit::frontend
