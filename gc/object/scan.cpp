// Reading collections from front to back (gc/object/scan.hpp).
#include "gc/object/scan.hpp"

#include "gc/object/ordered.hpp"

#include <algorithm>
#include <utility>

namespace evjit::gc {

Leaves::Leaves(Value tree) : height_(tree.as()->h.aux16), words_(link_words(tree.as()->h.type)) {
  auto *root = tree.as<Tree>()->root.as<TreeNode>();
  if (height_ == 0)
    only_ = root;
  else
    path_[0] = open(root);
}

const TreeNode *Leaves::next() {
  if (height_ == 0)
    return std::exchange(only_, nullptr);
  unsigned level = height_ - 1;
  while (path_[level].i == path_[level].n) {
    if (level == 0)
      return nullptr;
    --level;
  }
  const TreeNode *n = child(path_[level]);
  while (++level < height_) {
    path_[level] = open(n);
    n = child(path_[level]);
  }
  return n;
}

Scan::Scan(Value c) {
  switch (c.as()->h.type) {
  case Type::BigArray:
  case Type::BigStruct:
  case Type::BigSet:
    leaves_ = std::make_unique<Leaves>(c);
    left_ = size_t{c.as()->h.aux} * entry_words(c.as()->h.type);
    return;
  case Type::Array:
  case Type::MArray:
    left_ = array_length(c);
    at_ = left_ ? array_items(c) : nullptr;
    break;
  default: {
    OrderedView view = ordered_view(c);
    own_ = std::move(view.own);
    at_ = own_.empty() ? view.items : own_.data();
    left_ = view.n;
  }
  }
  end_ = at_ + left_;
}

void Scan::next_leaf() {
  const TreeNode *leaf = leaves_->next();
  at_ = leaf->slots;
  end_ = at_ + leaf->h.aux;
}

void copy_values(Value c, Value *to) {
  if (!is_tree(c)) {
    for (Scan s(c); s.more();)
      *to++ = s.next();
    return;
  }
  Leaves leaves(c);
  while (const TreeNode *leaf = leaves.next())
    to = std::copy_n(leaf->slots, leaf->h.aux, to);
}

} // namespace evjit::gc
