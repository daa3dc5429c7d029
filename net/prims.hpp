// The tables of primitives of net/, one per topic; listed in stdlib/prim_tables.cpp.
#pragma once

#include "gc/prim.hpp"

namespace evjit::net {

extern const std::span<const gc::PrimDef> kPortPrims;   // port/...
extern const std::span<const gc::PrimDef> kPrintPrims;  // print, println, pp, port/stdin, ...
extern const std::span<const gc::PrimDef> kTcpPrims;    // tcp/..., sys/resolve
extern const std::span<const gc::PrimDef> kSysPrims;    // sys/args, sys/env, clock/..., time/sleep
extern const std::span<const gc::PrimDef> kSignalPrims; // ev/wait-signal

} // namespace evjit::net
