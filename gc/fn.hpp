// Functions as the runtime sees them: prototypes, units, the calling convention.
//
// Every compiled function and every primitive has one FnProto. A call through a value loads closure->proto->code
// and calls it with the uniform prototype:
//
//     Value code(Mutator *ctx, Value closure, int64_t argc, Value a0, Value a1, Value a2)
//
// Arguments beyond the third are in ctx->xargs[0 .. argc-4]. The callee reads them before anything else may run.
// A callee that raises returns kError with the payload in ctx->error. `code` is a cell: the lazy compiler and the
// optimising tier replace it by one store (release; a stale reader just runs the older code, which stays mapped).
// Primitives have the plain C prototype PrimFn; their `code` is evrt_prim_entry, which checks the arity, gathers the
// arguments and calls `prim`.
//
// A unit is one compiled file. Its top-level variables live in an Instance made anew by every run, so that importing
// a file twice yields independent state while the code is shared.
#pragma once

#include "gc/object/objects.hpp"

#include <atomic>

namespace evjit::gc {

using Code = Value (*)(Mutator *ctx, Value closure, int64_t argc, Value a0, Value a1, Value a2);
using PrimFn = Value (*)(Mutator &m, const Value *args, size_t argc);

enum class Collector : uint8_t { None, Rest, Keys, Named };

struct FnProto {
  enum Flags : uint32_t { kBuiltin = 1, kToplevel = 2 };
  Code code;           // the cell; JIT code loads it with a plain load
  PrimFn prim;         // primitives only
  const char *name;    // UTF-8, NUL-terminated; null: anonymous
  const char *file;    // null for primitives
  uint32_t line, col;  // of the defining form
  uint32_t required;   // parameters
  uint32_t optional;
  Collector collector; // & rest, &keys, &named
  uint32_t flags;
  uint32_t index;      // in its unit
  UnitDesc *unit;      // null for primitives
  const char *doc;     // null: none
  const char *params;  // "x y &opt z", for messages and (doc f)
  Value named;         // Collector::Named: immortal Array of keywords
  uint64_t signals;    // bits that a call may send (08 section 6)
  uint32_t captures;   // number of captured variables
  uint32_t named_constant; // ahead-of-time units: index + 1 of `named` in the unit's constants, read by register_unit

  uint32_t max_args() const { return collector == Collector::None ? required + optional : ~0u; }
  bool simple() const { return optional == 0 && collector == Collector::None; } // exactly `required` arguments
};

// A top-level definition that other units may see: only the prelude exports (to the builtin and macro tables).
struct UnitExport {
  const char *name;
  uint32_t slot;
  uint32_t is_macro;
};

struct UnitDesc {
  const char *file;
  const uint8_t *const_blob; // serialised constants (gc/value/serial.hpp); null when `consts` is filled already
  uint64_t const_blob_size;
  Value *consts;             // a root while the unit is registered
  uint32_t const_count;
  uint32_t proto_count;
  FnProto *protos;           // protos[0] is the top level
  uint32_t slot_count;
  uint32_t export_count;
  const UnitExport *exports;
  const void *code_end;      // ahead-of-time units: the end of their code (traces); null otherwise
};

} // namespace evjit::gc
