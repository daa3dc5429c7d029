#include "net_world.hpp"

#include "net/loop.hpp"
#include "net/prims.hpp"
#include "sched/prims.hpp"

#include <cstdlib>

namespace evjit::test {

static Value run_thunk(Mutator *m, Value closure, int64_t, Value, Value, Value) {
  auto *body = reinterpret_cast<const Thunk *>(static_cast<uintptr_t>(closure.as<gc::Closure>()->captures[0].bits >> 1));
  return (*body)(*m);
}

NetWorld::NetWorld() {
  gc::heap_create(m);
  net::create(m, "", {});
  for (auto table : {sched::kFiberPrims, sched::kEvPrims, sched::kJoinPrims, net::kPortPrims, net::kPrintPrims, net::kTcpPrims, net::kUdpPrims,
                     net::kUnixPrims, net::kSubprocessPrims, net::kFilePrims, net::kSysPrims})
    gc::register_prims(table);
}

NetWorld::~NetWorld() {
  net::destroy(m);
  gc::heap_destroy(m);
}

NetWorld &net_world() {
  static NetWorld w;
  return w;
}

Value NetWorld::closure(const Thunk &body) {
  auto *p = new gc::FnProto{};
  p->code = run_thunk;
  p->name = "test";
  p->named = kNil;
  p->captures = 1;
  Value packed = Value::from_bits(reinterpret_cast<uintptr_t>(&body) << 1);
  return gc::make_closure(m, p, kNil, &packed, 1);
}

std::string NetWorld::reason() {
  Value r = gc::struct_get(m.error, "reason");
  return std::string(gc::name_of(r.is_nil() ? gc::struct_get(m.error, "error") : r));
}

int64_t port_number(Value port) {
  std::string path = text(net_world().call("port/path", {port}));
  return std::atoll(path.substr(path.rfind(':') + 1).c_str());
}

} // namespace evjit::test
