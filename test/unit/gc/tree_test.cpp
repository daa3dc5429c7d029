// The trees behind long immutable arrays, structs and sets: shape, sharing, old versions, the flat form (gc/object/tree.hpp).
#include "test/unit/gc/library.hpp"

#include "gc/object/ordered.hpp"
#include "gc/object/scan.hpp"
#include "gc/roots/root.hpp"
#include "gc/value/seq.hpp"
#include "gc/value/serial.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>

using namespace evjit::gc;
using namespace evjit::gc::test;

namespace {

// Entries below a node, after checking everything that a tree promises.
size_t check_node(Value node, Type type, unsigned height, bool right_edge) {
  REQUIRE(is(node, Type::TreeNode));
  auto *n = node.as<TreeNode>();
  size_t words = height ? link_words(type) : entry_words(type), entries = n->h.aux / words;
  REQUIRE(n->h.aux % words == 0);
  REQUIRE(entries >= 1);
  REQUIRE(entries <= kTreeFan);
  if (type == Type::BigArray && !right_edge)
    REQUIRE(entries == kTreeFan);
  for (size_t i = 1; type != Type::BigArray && i < entries; ++i)
    REQUIRE(compare(n->slots[(i - 1) * words], n->slots[i * words]) < 0);
  if (height == 0)
    return entries;
  size_t sum = 0;
  for (size_t i = 0; i < entries; ++i) {
    Value child = n->slots[(i + 1) * words - 1];
    sum += check_node(child, type, height - 1, right_edge && i + 1 == entries);
    if (type != Type::BigArray)
      REQUIRE(n->slots[2 * i] == child.as<TreeNode>()->slots[0]);
  }
  return sum;
}

void check_tree(Value v) {
  if (!is_tree(v)) {
    REQUIRE(v.as()->h.aux <= kFlatMax);
    return;
  }
  auto *t = v.as<Tree>();
  REQUIRE(t->h.aux > kFlatMax);
  REQUIRE(check_node(t->root, t->h.type, t->h.aux16, true) == t->h.aux);
  std::vector<Value> all;
  for (Scan s(v); s.more();)
    all.push_back(s.next());
  REQUIRE(all.size() == t->h.aux * size_t{entry_words(t->h.type)});
  std::vector<Value> copied(all.size());
  copy_values(v, copied.data());
  REQUIRE(std::equal(all.begin(), all.end(), copied.begin()));
}

Value num(size_t i) { return Value::fixnum(static_cast<int64_t>(i)); }

Value pushed(Library &r, size_t n) {
  Value a = r.array({});
  for (size_t i = 0; i < n; ++i)
    a = r("push", {a, num(i)});
  return a;
}

} // namespace

TEST_CASE("arrays grow into trees and keep their old versions") {
  Library r;
  RootVector versions(r.m);
  Value a = r.array({});
  auto n = static_cast<size_t>(rounds(40000)) + 1100;
  for (size_t i = 0; i < n; ++i) {
    if (i % 997 == 0 || (i > 20 && i < 80) || (i > 1000 && i < 1100))
      versions.push(a);
    a = r("push", {a, num(i)});
  }
  versions.push(a);
  CHECK(is(a, Type::BigArray));
  for (Value v : versions) {
    size_t length = array_length(v);
    check_tree(v);
    CHECK(is_tree(v) == (length > kFlatMax));
    for (size_t i = 0; i < length; ++i)
      REQUIRE(array_ref(v, i) == num(i));
  }
  Value changed = a;
  for (size_t i = 0; i < n; i += 7)
    changed = r("put", {changed, num(i), kNil});
  check_tree(changed);
  for (size_t i = 0; i < n; ++i) {
    REQUIRE(array_ref(a, i) == num(i));
    REQUIRE(array_ref(changed, i) == (i % 7 == 0 ? kNil : num(i)));
  }
}

TEST_CASE("a change of a tree shares all but one path") {
  Library r;
  Value a = pushed(r, 32 * 32 + 5), b = r("put", {a, num(3), kNil});
  auto *ra = a.as<Tree>()->root.as<TreeNode>(), *rb = b.as<Tree>()->root.as<TreeNode>();
  REQUIRE(a.as()->h.aux16 == 2);
  CHECK(ra->slots[1] == rb->slots[1]);
  auto *ca = ra->slots[0].as<TreeNode>(), *cb = rb->slots[0].as<TreeNode>();
  CHECK(ca->slots[0] != cb->slots[0]);
  for (size_t i = 1; i < kTreeFan; ++i)
    CHECK(ca->slots[i] == cb->slots[i]);
}

TEST_CASE("random puts and removals agree with a map, in a well-formed tree") {
  Library r;
  std::mt19937 random(20261124);
  for (size_t space : {20u, 40u, 70u, 300u, 4000u, 50000u}) {
    std::map<int64_t, size_t> model;
    Value s = r.st({});
    auto steps = static_cast<size_t>(rounds(static_cast<int>(4 * space))) + 50;
    for (size_t i = 0; i < 2 * steps; ++i) {
      auto k = static_cast<int64_t>(random() % space);
      bool put = random() % 10 < (i < steps ? 7 : 2);
      s = put ? struct_put(r.m, s, Value::fixnum(k), num(i)) : struct_remove(r.m, s, Value::fixnum(k));
      if (put)
        model[k] = i;
      else
        model.erase(k);
      REQUIRE(struct_length(s) == model.size());
      auto it = model.find(k + 1);
      REQUIRE(struct_get(s, Value::fixnum(k + 1), kAbsent) == (it == model.end() ? kAbsent : num(it->second)));
      if (i % (steps / 8 + 1) == 0)
        check_tree(s);
    }
    Scan scan(s);
    for (auto [k, v] : model) {
      REQUIRE(scan.next() == Value::fixnum(k));
      REQUIRE(scan.next() == num(v));
    }
    for (auto [k, v] : model)
      s = struct_remove(r.m, s, Value::fixnum(k));
    CHECK(struct_length(s) == 0);
  }
}

TEST_CASE("sets: descending, ascending and emptied from the middle") {
  Library r;
  auto n = static_cast<size_t>(rounds(20000)) + 200;
  for (bool up : {true, false}) {
    Value s = r.set({});
    for (size_t i = 0; i < n; ++i)
      s = set_add(r.m, s, num(up ? i : n - 1 - i));
    check_tree(s);
    if (up) // keys that come in order fill the nodes
      CHECK(Leaves(s).next()->h.aux == kTreeFan);
    Value full = s;
    for (size_t i = n / 4; i < 3 * n / 4; ++i)
      s = set_remove(r.m, s, num(i));
    check_tree(s);
    CHECK(set_length(s) == n - (3 * n / 4 - n / 4));
    CHECK(set_add(r.m, s, num(0)) == s);
    CHECK(set_remove(r.m, s, num(n / 2)) == s);
    for (size_t i = 0; i < n; ++i) {
      REQUIRE(set_contains(s, num(i)) == (i < n / 4 || i >= 3 * n / 4));
      REQUIRE(set_contains(full, num(i)));
    }
  }
}

TEST_CASE("a long flat collection remembers the tree made from it") {
  Library r;
  std::vector<Value> items;
  for (size_t i = 0; i < 2000; ++i)
    items.push_back(num(i));
  Value flat = make_array(r.m, items.data(), items.size());
  Value tree = tree_of(r.m, flat);
  check_tree(tree);
  CHECK(tree_of(r.m, flat) == tree);
  collect(r.m);
  CHECK(tree_of(r.m, flat) == tree);
  check_tree(tree);
  CHECK(is(flat, Type::Array));
  CHECK(identical(tree, flat));
  CHECK(hash(tree) == hash(flat));
  CHECK(print_literal(tree) == print_literal(flat));
  CHECK(pretty_print(tree, 80) == pretty_print(flat, 80));
  std::vector<Value> doubled(items);
  doubled.insert(doubled.end(), items.begin(), items.end());
  Value set = make_set(r.m, doubled.data(), doubled.size()); // shrinks: the word behind the items has moved
  CHECK(set_length(set) == 2000);
  Value big = tree_of(r.m, set);
  CHECK(tree_of(r.m, set) == big);
  CHECK(identical(big, set));
  Value st = make_struct(r.m, doubled.data(), 2000); // 1000 keys, twice
  CHECK(struct_length(st) == 1000);
  CHECK(tree_of(r.m, st) == tree_of(r.m, st));
  CHECK(equal(tree_of(r.m, st), st));
}

TEST_CASE("the serial form of a tree is that of the flat one, and what is read is immortal") {
  Library r;
  Value a = pushed(r, 100), s = r.st({}), u = r.set({});
  for (size_t i = 0; i < 100; ++i) {
    s = struct_put(r.m, s, num(i), a);
    u = set_add(r.m, u, num(i * i));
  }
  for (Value v : {a, s, u}) {
    Value flat = tree_flattened(r.m, v);
    std::vector<uint8_t> from_tree, from_flat;
    std::string problem;
    REQUIRE(write_constants({&v, 1}, from_tree, problem));
    REQUIRE(write_constants({&flat, 1}, from_flat, problem));
    CHECK(from_tree == from_flat);
    Value back;
    REQUIRE(read_constants(from_tree, {&back, 1}, problem));
    CHECK(identical(back, v));
    Value tree = tree_of(r.m, back);
    CHECK(is_immortal(tree)); // other threads may find it there
    CHECK(tree_of(r.m, back) == tree);
    collect(r.m);
    check_tree(tree);
  }
}

TEST_CASE("slices, flattening and merging of trees") {
  Library r;
  Value a = pushed(r, 1500);
  for (size_t from : {0u, 1u, 31u, 32u, 33u, 1000u, 1499u, 1500u})
    for (size_t end : {from, std::min<size_t>(from + 40, 1500), size_t{1500}}) {
      Value part = slice_of(r.m, a, from, end, 1500);
      REQUIRE(array_length(part) == end - from);
      for (size_t i = from; i < end; ++i)
        REQUIRE(array_ref(part, i - from) == num(i));
    }
  Value s = r.st({});
  for (size_t i = 0; i < 1000; ++i)
    s = struct_put(r.m, s, num(2 * i), num(i));
  Value few = r.st({4, kNil, 5, kNil});
  Value merged = struct_merge(r.m, s, few);
  check_tree(merged);
  CHECK(struct_length(merged) == 1001);
  CHECK(struct_get(merged, num(4)) == kNil);
  CHECK(equal(merged, struct_merge(r.m, tree_flattened(r.m, s), few)));
  Value other = struct_merge(r.m, few, s);
  CHECK(struct_length(other) == 1001);
  CHECK(struct_get(other, num(4)) == num(2));
}
