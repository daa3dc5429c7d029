// Entries that see the names of those before (frontend/session.hpp). Nothing compiles or runs here: the tests make the instance that
// running an entry would have left, with the values of its top-level variables in its slots.
#include "frontend/session.hpp"
#include "expand_fixture.hpp"

#include "gc/heap/heap.hpp"
#include "gc/value/make.hpp"

#include <algorithm>
#include <deque>
#include <doctest/doctest.h>

using namespace evjit;
using namespace evjit::frontend;
using namespace evjit::frontend::test;

namespace {

// What reads and writes the mutable names of earlier entries.
void register_slot_builtins() {
  static const bool once = [] {
    static const auto nothing = [](gc::Mutator &, const gc::Value *, size_t) { return gc::kNil; };
    static const gc::PrimDef defs[] = {
        {.name = "%%instance-get", .symbol = "t_instance_get", .fn = nothing, .arity = {2, 2}},
        {.name = "%%instance-set", .symbol = "t_instance_set", .fn = nothing, .arity = {3, 3}},
    };
    gc::register_prims(defs);
    return true;
  }();
  (void)once;
}

struct World {
  Heap h;
  NoEvaluator ev;
  std::deque<gc::UnitDesc> descs; // of the instances
  std::unique_ptr<Session> session;
  World() {
    register_test_builtins();
    register_slot_builtins();
    session = std::make_unique<Session>(h.m, ev);
  }

  std::unique_ptr<ir::Unit> compile(const std::string &text) { return session->compile(add_source("<repl>", text)); }
  // As if the entry had run and its variables, in the order of their slots, had these values; kUnset: it did not get there.
  std::unique_ptr<ir::Unit> enter(const std::string &text, std::vector<gc::Value> values = {}) {
    auto unit = compile(text);
    REQUIRE(unit);
    session->publish(instance_of(*unit, values));
    return unit;
  }
  gc::Value instance_of(const ir::Unit &unit, const std::vector<gc::Value> &values);
  std::string problems() {
    std::string out;
    for (const Diagnostic &d : session->take_diagnostics())
      out += d.code + " " + std::to_string(d.span.line) + ":" + std::to_string(d.span.col) + "\n";
    return out;
  }
  std::vector<std::string> names() {
    std::vector<std::string> all;
    session->each_name([](void *self, std::string_view n) { static_cast<std::vector<std::string> *>(self)->emplace_back(n); }, &all);
    std::sort(all.begin(), all.end());
    return all;
  }
};

} // namespace

gc::Value World::instance_of(const ir::Unit &unit, const std::vector<gc::Value> &values) {
  gc::UnitDesc &desc = descs.emplace_back();
  desc.slot_count = unit.slot_count;
  gc::Value instance = gc::make_instance(h.m, &desc);
  for (size_t i = 0; i < values.size(); ++i)
    instance.as<gc::Instance>()->slots[i] = values[i];
  return instance;
}

TEST_CASE("session: names are seen once their entry has run") {
  World w;
  REQUIRE(w.compile("(def x 20)"));
  CHECK(!w.compile("x"));
  CHECK(w.problems() == "E0101 1:1\n");
  w.enter("(def x 20)", {gc::Value::fixnum(20)});
  CHECK(w.compile("x"));
  CHECK(w.problems() == "");
  CHECK(ir::print(*w.compile("(t/add x 1)")).find("20") != std::string::npos); // taken over as a constant
}

TEST_CASE("session: a later definition hides an earlier one") {
  World w;
  w.enter("(def x 70)", {gc::Value::fixnum(70)});
  auto second = w.enter("(def x (t/add x 1))", {gc::Value::fixnum(71)});
  CHECK(ir::print(*second).find("70") != std::string::npos);
  std::string third = ir::print(*w.compile("(t/add x)"));
  CHECK(third.find("71") != std::string::npos);
  CHECK(third.find("70") == std::string::npos);
}

TEST_CASE("session: what an entry did not get to define does not exist") {
  World w;
  w.enter("(def a 1) (t/print) (def b 2)", {gc::Value::fixnum(1), gc::kUnset});
  CHECK(w.compile("a"));
  CHECK(!w.compile("b"));
  CHECK(w.problems() == "E0101 1:1\n");
}

TEST_CASE("session: an entry with an error defines nothing and the next one works") {
  World w;
  CHECK(!w.compile("(def q 1) (nowhere)"));
  CHECK(w.problems() == "E0101 1:12\n");
  CHECK(!w.compile("q"));
  CHECK(w.problems() == "E0101 1:1\n");
  CHECK(!w.compile("(t/add [1"));
  CHECK(w.problems().substr(0, 5) == "E0002");
  CHECK(!w.compile("(t/len 1 2)"));
  CHECK(w.problems() == "E0109 1:1\n");
  CHECK(w.compile("(t/len 1)"));
  CHECK(w.problems() == "");
}

TEST_CASE("session: mutable names of earlier entries can be assigned, others not") {
  World w;
  w.enter("(def @n 0) (def k 1)", {gc::Value::fixnum(0), gc::Value::fixnum(1)});
  CHECK(w.compile("(assign n 5)"));
  CHECK(!w.compile("(assign k 5)"));
  CHECK(w.problems() == "E0102 1:9\n");
}

TEST_CASE("session: names that are set, until an entry defines them") {
  World w;
  CHECK(!w.compile("*1"));
  w.problems();
  w.session->set("*1", gc::Value::fixnum(314));
  CHECK(ir::print(*w.compile("(t/add *1)")).find("314") != std::string::npos);
  w.session->set("*1", gc::Value::fixnum(271));
  CHECK(ir::print(*w.compile("(t/add *1)")).find("271") != std::string::npos);
  w.enter("(def *1 159)", {gc::Value::fixnum(159)});
  w.session->set("*1", gc::Value::fixnum(314));
  CHECK(ir::print(*w.compile("(t/add *1)")).find("159") != std::string::npos);
}

TEST_CASE("session: all warnings, and code all the same") {
  World w;
  CHECK(w.compile("(let [a 1] 2)"));
  CHECK(w.problems() == "W0002 1:7\n");
  CHECK(w.compile("(def used 1)"));
  CHECK(w.problems() == "");
}

TEST_CASE("session: what can be completed") {
  World w;
  CHECK(w.names().empty());
  w.enter("(def alpha 1)", {gc::Value::fixnum(1)});
  w.enter("(def beta 2)", {gc::Value::fixnum(2)});
  w.session->set("*1", gc::kNil);
  CHECK(w.names() == std::vector<std::string>{"*1", "alpha", "beta"});
}
