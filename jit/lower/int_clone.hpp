// Which functions of a unit get an integer clone, and how their values are represented in it. Essay in int_clone.cpp.
#pragma once

#include "jit/lower/lower.hpp"

#include <memory>
#include <vector>

namespace evjit::jit {

// Representation of a value in a clone. A lattice: None below, Mixed above, the rest side by side.
enum class Kind : uint8_t {
  None,   // nothing known yet
  Int,    // an integer of the language as a plain i64
  Truth,  // true or false, or a B of the IR: an i1
  Tagged, // another constant: its bits
  Callee, // a closure that is only the callee of known calls: not represented at all
  Mixed   // no single representation
};

struct IntClone {
  std::vector<Kind> values; // by ValueId
  std::vector<Kind> locals;
  Kind result = Kind::None;
  bool dispatch = false; // worth entering from generic code: the function loops or calls a clone
};

class IntClones {
public:
  explicit IntClones(const ir::Unit &unit);
  const IntClone *find(uint32_t fn) const { return clones_[fn].get(); } // null: none
  bool dispatches(uint32_t fn) const { return clones_[fn] && clones_[fn]->dispatch; }

private:
  std::vector<std::unique_ptr<IntClone>> clones_; // by function
};

// Blocks that can be reached, each before its successors except along back-edges.
std::vector<ir::BlockId> reverse_postorder(const ir::Function &f);

} // namespace evjit::jit
