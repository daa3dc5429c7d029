// Trees (gc/object/tree.hpp).
//
// Shape. A tree object holds a root node, the height (0: the root is a leaf) and the number of entries. All leaves are at one depth. A
// leaf is what a flat value is: elements, or keys and values in turn, sorted by `compare`. An inner node of a struct or set is a little
// struct: the first key of each child and the child, so one search and one splice serve leaves and inner nodes. Nodes are immutable
// once they are linked: a change copies the nodes on the path to it and shares the rest, old versions stay what they were.
//
// Arrays only change an element or grow at the end. So all their nodes but those at the right edge are full, an element is found by the
// bits of its index, and nodes hold neither keys nor counts.
//
// Splitting. A node that overflows is halved, unless it grew at its end: then the left one stays full, so that keys that come in order
// (and bulk building) fill nodes wholly. Joining: a node with fewer than kTreeMin entries takes in its neighbour, or shares with it.
//
// Recursion is as deep as the tree is high, at most kTreeMaxHeight. Nodes under construction are held by the native stack.
//
// Threads: trees are as other values of one heap. Of immortal flat values (literals) the tree is made immortal too, and published
// in the word behind the items: the release in tree_of is the partner of the acquire there. Two threads may both make one.
#include "gc/object/tree.hpp"

#include "base/assert.hpp"
#include "gc/heap/heap-inl.hpp"
#include "gc/object/ordered.hpp"
#include "gc/object/scan.hpp"

#include <algorithm>
#include <atomic>

namespace evjit::gc {

namespace {

constexpr size_t kMaxWords = 2 * kTreeFan; // of a node

enum class Space { Heap, Immortal };

TreeNode *allocate_node(Mutator &m, size_t words, Space space = Space::Heap) {
  if (space == Space::Heap)
    return static_cast<TreeNode *>(allocate_small(m, Type::TreeNode, node_bytes(words), static_cast<uint32_t>(words)));
  auto *n = static_cast<TreeNode *>(allocate_immortal(Type::TreeNode, node_bytes(words)));
  n->h.aux = static_cast<uint32_t>(words);
  return n;
}

Value make_node(Mutator &m, const Value *words, size_t n) {
  TreeNode *node = allocate_node(m, n);
  std::copy_n(words, n, node->slots);
  return Value::object(node);
}

Value make_tree(Mutator &m, Type type, Value root, unsigned height, size_t entries, Space space = Space::Heap) {
  EVJIT_CHECK(entries <= UINT32_MAX && height < kTreeMaxHeight, "a collection has too many entries");
  auto *t = static_cast<Tree *>(space == Space::Heap ? allocate_small(m, type, sizeof(Tree)) : allocate_immortal(type, sizeof(Tree)));
  t->h.aux = static_cast<uint32_t>(entries);
  t->h.aux16 = static_cast<uint16_t>(height);
  t->root = root;
  return Value::object(t);
}

Type tree_type(Type flat) {
  return flat == Type::Array ? Type::BigArray : flat == Type::Struct ? Type::BigStruct : Type::BigSet;
}
Type flat_type(Type tree) {
  return tree == Type::BigArray ? Type::Array : tree == Type::BigStruct ? Type::Struct : Type::Set;
}

// --- building from sorted entries ------------------------------------------------------------------------------------------

class Builder {
public:
  Builder(Mutator &m, Type type, Space space) : m_(m), type_(type), space_(space) {}

  Value tree(const Value *items, size_t entries) {
    unsigned height = 0;
    for (size_t room = kTreeFan; room < entries; room *= kTreeFan)
      ++height;
    return make_tree(m_, type_, node(items, entries, height), height, entries, space_);
  }

private:
  Value node(const Value *items, size_t entries, unsigned height) {
    size_t words = entry_words(type_), links = link_words(type_);
    if (height == 0) {
      TreeNode *leaf = allocate_node(m_, entries * words, space_);
      std::copy_n(items, entries * words, leaf->slots);
      return Value::object(leaf);
    }
    size_t room = size_t{1} << kTreeBits * height; // of a child
    size_t children = (entries + room - 1) / room;
    TreeNode *n = allocate_node(m_, children * links, space_);
    for (size_t i = 0; i < children; ++i) {
      const Value *from = items + i * room * words;
      Value child = node(from, std::min(room, entries - i * room), height - 1);
      if (links == 2)
        n->slots[2 * i] = *from;
      write_barrier(m_, n, child);
      n->slots[(i + 1) * links - 1] = child;
    }
    return Value::object(n);
  }

  Mutator &m_;
  Type type_;
  Space space_;
};

// --- keyed trees -----------------------------------------------------------------------------------------------------------

// What a changed node has become: one node, or two in order.
struct Pieces {
  Value first, second = kAbsent;
  size_t count() const { return second == kAbsent ? 1 : 2; }
};

Pieces one_or_two(Mutator &m, const Value *all, size_t words, size_t entries, size_t left) {
  if (entries <= kTreeFan)
    return {make_node(m, all, entries * words)};
  Value first = make_node(m, all, left * words);
  return {first, make_node(m, all + left * words, (entries - left) * words)};
}

// The node with n other entries in place of `remove` entries at `at`; in two if it gets too long.
Pieces splice(Mutator &m, const TreeNode *node, size_t words, size_t at, size_t remove, const Value *with, size_t n) {
  Value all[kMaxWords + 2];
  Value *to = std::copy_n(node->slots, at * words, all);
  to = std::copy_n(with, n * words, to);
  std::copy(node->slots + (at + remove) * words, node->slots + node->h.aux, to);
  size_t before = node->h.aux / words, entries = before - remove + n;
  return one_or_two(m, all, words, entries, at + remove == before ? kTreeFan : entries / 2);
}

// Two neighbours in one node, or evenly in two.
Pieces join(Mutator &m, const TreeNode *a, const TreeNode *b, size_t words) {
  Value all[2 * kMaxWords];
  std::copy_n(b->slots, b->h.aux, std::copy_n(a->slots, a->h.aux, all));
  size_t entries = (a->h.aux + b->h.aux) / words;
  return one_or_two(m, all, words, entries, entries / 2);
}

// The child of an inner node where `key` is or belongs.
size_t child_of(const TreeNode *n, Value key) {
  bool found;
  size_t at = find_sorted(n->slots, n->h.aux / 2, 2, key, &found);
  return found || at == 0 ? at : at - 1;
}

// The entries of the parent for `p`, into links[4].
void link(const Pieces &p, Value *links) {
  links[0] = p.first.as<TreeNode>()->slots[0];
  links[1] = p.first;
  if (p.second != kAbsent) {
    links[2] = p.second.as<TreeNode>()->slots[0];
    links[3] = p.second;
  }
}

class Editor {
public:
  Editor(Mutator &m, Value tree) : m_(m), tree_(tree), type_(tree.as()->h.type), words_(entry_words(type_)) {}

  Value put(const Value *entry) {
    unsigned height = this->height();
    Pieces p = insert(tree_.as<Tree>()->root, height, entry);
    if (p.second != kAbsent) {
      Value links[4];
      link(p, links);
      p.first = make_node(m_, links, 4);
      ++height;
    }
    return make_tree(m_, type_, p.first, height, tree_.as()->h.aux + size_t{grew_}, Space::Heap);
  }

  Value remove(Value key) {
    unsigned height = this->height();
    Value root = erase(tree_.as<Tree>()->root, height, key);
    for (; height > 0 && root.as()->h.aux == 2; --height)
      root = root.as<TreeNode>()->slots[1];
    return make_tree(m_, type_, root, height, tree_.as()->h.aux - 1, Space::Heap);
  }

private:
  unsigned height() const { return tree_.as()->h.aux16; }

  Pieces insert(Value node, unsigned height, const Value *entry) {
    auto *n = node.as<TreeNode>();
    if (height == 0) {
      bool found;
      size_t at = find_sorted(n->slots, n->h.aux / words_, words_, entry[0], &found);
      grew_ = !found;
      Value now[2] = {found ? n->slots[at * words_] : entry[0], words_ == 2 ? entry[1] : kNil};
      return splice(m_, n, words_, at, found, now, 1);
    }
    size_t at = child_of(n, entry[0]);
    Pieces below = insert(n->slots[2 * at + 1], height - 1, entry);
    Value links[4];
    link(below, links);
    return splice(m_, n, 2, at, 1, links, below.count());
  }

  // May be short or empty: the caller sees to that.
  Value erase(Value node, unsigned height, Value key) {
    auto *n = node.as<TreeNode>();
    if (height == 0) {
      bool found;
      size_t at = find_sorted(n->slots, n->h.aux / words_, words_, key, &found);
      return splice(m_, n, words_, at, found, nullptr, 0).first;
    }
    size_t at = child_of(n, key), children = n->h.aux / 2, below = height > 1 ? 2 : words_;
    Value child = erase(n->slots[2 * at + 1], height - 1, key);
    size_t entries = child.as()->h.aux / below;
    if (entries == 0)
      return splice(m_, n, 2, at, 1, nullptr, 0).first;
    Pieces p{child};
    size_t replaced = 1;
    if (entries < kTreeMin && children > 1) {
      bool last = at + 1 == children;
      auto *other = n->slots[2 * (last ? at - 1 : at + 1) + 1].as<TreeNode>();
      p = last ? join(m_, other, child.as<TreeNode>(), below) : join(m_, child.as<TreeNode>(), other, below);
      at -= last;
      replaced = 2;
    }
    Value links[4];
    link(p, links);
    return splice(m_, n, 2, at, replaced, links, p.count()).first;
  }

  Mutator &m_;
  Value tree_;
  Type type_;
  unsigned words_;
  bool grew_ = false;
};

// --- arrays ----------------------------------------------------------------------------------------------------------------

Value with_element(Mutator &m, const TreeNode *node, size_t i, Value v) {
  TreeNode *n = allocate_node(m, node->h.aux);
  std::copy_n(node->slots, node->h.aux, n->slots);
  n->slots[i] = v;
  return Value::object(n);
}

Value with_appended(Mutator &m, const TreeNode *node, Value v) {
  TreeNode *n = allocate_node(m, node->h.aux + 1);
  std::copy_n(node->slots, node->h.aux, n->slots);
  n->slots[node->h.aux] = v;
  return Value::object(n);
}

size_t index_in(size_t i, unsigned height) { return i >> kTreeBits * height & (kTreeFan - 1); }

const TreeNode *leaf_with(Value tree, size_t i) {
  auto *t = tree.as<Tree>();
  auto *n = t->root.as<TreeNode>();
  for (unsigned height = t->h.aux16; height > 0; --height)
    n = n->slots[index_in(i, height)].as<TreeNode>();
  return n;
}

Value replaced(Mutator &m, Value node, unsigned height, size_t i, Value v) {
  auto *n = node.as<TreeNode>();
  size_t at = index_in(i, height);
  return with_element(m, n, at, height == 0 ? v : replaced(m, n->slots[at], height - 1, i, v));
}

// Nodes of one entry each, down to a leaf.
Value spine(Mutator &m, unsigned height, Value v) {
  for (; height > 0; --height)
    v = make_node(m, &v, 1);
  return make_node(m, &v, 1);
}

// The node with v behind its last element, which is at the index end - 1; there is room.
Value extended(Mutator &m, Value node, unsigned height, size_t end, Value v) {
  auto *n = node.as<TreeNode>();
  if (height == 0)
    return with_appended(m, n, v);
  size_t at = index_in(end, height);
  if (at == n->h.aux)
    return with_appended(m, n, spine(m, height - 1, v));
  return with_element(m, n, at, extended(m, n->slots[at], height - 1, end, v));
}

} // namespace

// --- the interface ---------------------------------------------------------------------------------------------------------

Array *allocate_flat(Mutator &m, Type type, size_t entries) {
  auto *o = static_cast<Array *>(allocate(m, type, flat_bytes(entries, entry_words(type))));
  o->h.aux = static_cast<uint32_t>(entries);
  return o;
}

Value tree_of(Mutator &m, Value v) {
  if (is_tree(v))
    return v;
  auto *o = v.as<Array>();
  Type type = o->h.type;
  size_t entries = o->h.aux;
  Space space = o->h.flags & kImmortal ? Space::Immortal : Space::Heap;
  if (entries <= kFlatMax)
    return Builder(m, tree_type(type), Space::Heap).tree(o->items, entries);
  std::atomic_ref<uint64_t> memo(o->items[entries * entry_words(type)].bits);
  Value known{memo.load(std::memory_order_acquire)};
  if (known.is_object())
    return known;
  Value tree = Builder(m, tree_type(type), space).tree(o->items, entries);
  write_barrier(m, o, tree);
  memo.store(tree.bits, std::memory_order_release);
  return tree;
}

Value tree_flattened(Mutator &m, Value tree) {
  Array *flat = allocate_flat(m, flat_type(tree.as()->h.type), tree.as()->h.aux);
  copy_values(tree, flat->items);
  return Value::object(flat);
}

Value tree_clone(Mutator &m, Value tree) {
  auto *t = tree.as<Tree>();
  return make_tree(m, t->h.type, t->root, t->h.aux16, t->h.aux);
}

Value array_tree_ref(Value tree, size_t i) { return leaf_with(tree, i)->slots[index_in(i, 0)]; }

void array_tree_copy(Value tree, size_t from, size_t end, Value *to) {
  while (from < end) {
    const Value *first = leaf_with(tree, from)->slots + index_in(from, 0);
    size_t n = std::min(kTreeFan - index_in(from, 0), end - from);
    to = std::copy_n(first, n, to);
    from += n;
  }
}

Value array_tree_put(Mutator &m, Value tree, size_t i, Value v) {
  auto *t = tree.as<Tree>();
  Value root = replaced(m, t->root, t->h.aux16, i, v);
  return make_tree(m, Type::BigArray, root, t->h.aux16, t->h.aux);
}

Value array_tree_push(Mutator &m, Value tree, Value v) {
  auto *t = tree.as<Tree>();
  unsigned height = t->h.aux16;
  size_t end = t->h.aux;
  if (end < size_t{1} << kTreeBits * (height + 1))
    return make_tree(m, Type::BigArray, extended(m, t->root, height, end, v), height, end + 1);
  Value halves[2] = {t->root, spine(m, height, v)};
  return make_tree(m, Type::BigArray, make_node(m, halves, 2), height + 1, end + 1);
}

const Value *keyed_tree_find(Value tree, Value key) {
  auto *t = tree.as<Tree>();
  unsigned words = entry_words(t->h.type);
  auto *n = t->root.as<TreeNode>();
  for (unsigned height = t->h.aux16; height > 0; --height)
    n = n->slots[2 * child_of(n, key) + 1].as<TreeNode>();
  bool found;
  size_t at = find_sorted(n->slots, n->h.aux / words, words, key, &found);
  return found ? n->slots + at * words : nullptr;
}

Value keyed_tree_put(Mutator &m, Value tree, const Value *entry) { return Editor(m, tree).put(entry); }

Value keyed_tree_remove(Mutator &m, Value tree, Value key) {
  Value less = Editor(m, tree).remove(key);
  return less.as()->h.aux <= kFlatMax ? tree_flattened(m, less) : less;
}

} // namespace evjit::gc
