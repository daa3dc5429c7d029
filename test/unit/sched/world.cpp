#include "world.hpp"

#include "sched/prims.hpp"

#include <cstring>
#include <vector>

namespace evjit::test {

// The first capture of every test closure is its body, packed as an integer.
static Value run_body(Mutator *m, Value closure, int64_t argc, Value a0, Value, Value) {
  auto body = reinterpret_cast<Body>(static_cast<uintptr_t>(closure.as<gc::Closure>()->captures[0].bits >> 1));
  return body(*m, closure, argc, a0);
}

World::World() {
  gc::heap_create(m);
  sched::scheduler_create(m, time, time);
  for (auto table : {sched::kFiberPrims, sched::kSignalPrims, sched::kEvPrims, sched::kJoinPrims, sched::kFutexPrims, sched::kSchedulerPrims,
                     sched::kVisiblePrims, sched::kPoolPrims})
    gc::register_prims(table);
}

World::~World() {
  sched::scheduler_destroy(m);
  gc::heap_destroy(m);
}

World &world() {
  static World w;
  return w;
}

Value World::closure(Body body, std::initializer_list<Value> captures, uint32_t required) {
  auto *p = new gc::FnProto{};
  p->code = run_body;
  p->name = "test";
  p->required = required;
  p->named = gc::kNil;
  std::vector<Value> all{Value::from_bits(reinterpret_cast<uintptr_t>(body) << 1)};
  all.insert(all.end(), captures);
  p->captures = static_cast<uint32_t>(all.size());
  return gc::make_closure(m, p, gc::kNil, all.data(), all.size());
}

Value World::prim(const char *name, std::initializer_list<Value> args) {
  return gc::call(m, gc::find_builtin(name), args.begin(), args.size());
}

} // namespace evjit::test
