// Reading collections from front to back whatever their form: arrays in order, structs (key value key value ...) and sets in `compare`
// order. Trees are read leaf by leaf and not flattened. Nothing here allocates on the heap of the language; whoever allocates while
// reading must hold the value that is read (keep_alive).
#pragma once

#include "gc/object/tree.hpp"

#include <memory>
#include <vector>

namespace evjit::gc {

// The leaves of a tree from left to right. The path is kept, so there is no recursion.
class Leaves {
public:
  explicit Leaves(Value tree);
  const TreeNode *next(); // null at the end

private:
  struct Level {
    const TreeNode *node = nullptr;
    size_t i = 0, n = 0; // the next child, the number of children
  };
  const TreeNode *child(Level &l) { return l.node->slots[(l.i++ + 1) * words_ - 1].as<TreeNode>(); }
  Level open(const TreeNode *node) const { return {node, 0, node->h.aux / words_}; }

  Level path_[kTreeMaxHeight];
  unsigned height_;
  unsigned words_; // of a link
  const TreeNode *only_ = nullptr; // the root, when it is a leaf
};

class Scan {
public:
  Scan() = default;
  explicit Scan(Value collection); // Array, Struct, Set, their trees and their mutable twins
  Scan(const Value *items, size_t n) : at_(items), end_(items + n), left_(n) {}

  size_t left() const { return left_; } // values that are still to come
  bool more() const { return left_ > 0; }
  Value next() {
    if (at_ == end_)
      next_leaf();
    --left_;
    return *at_++;
  }

private:
  void next_leaf();

  const Value *at_ = nullptr, *end_ = nullptr;
  size_t left_ = 0;
  std::unique_ptr<Leaves> leaves_;
  std::vector<Value> own_; // the sorted contents of a mutable struct or set
};

// The values of the collection, in the order of a Scan, to `to`.
void copy_values(Value collection, Value *to);

} // namespace evjit::gc
