// Units that see the names and macros of those before them: what a REPL compiles its entries with.
//
// Each entry is a unit of its own whose scope lies inside that of the entry before it, so a later definition hides an earlier one and
// functions keep what they saw. The names of an entry become reachable when it has run: a binding that no entry assigns is taken
// over as a constant, a mutable one stays a slot of its entry's instance. One thread; the object must not live on a fiber's stack.
#pragma once

#include "frontend/compiler.hpp"

namespace evjit::frontend {

class SessionImpl;

class Session {
public:
  Session(gc::Mutator &m, Evaluator &ev);
  ~Session();
  Session(const Session &) = delete;
  Session &operator=(const Session &) = delete;

  // Reads and compiles one entry. Null after reporting; what there is to report: take_diagnostics.
  std::unique_ptr<ir::Unit> compile(uint32_t source);
  std::vector<Diagnostic> take_diagnostics();
  // The unit compiled last has run in `instance`, to its end or not: later entries see what it defined. Without this call
  // they do not.
  void publish(gc::Value instance);
  // A name that every later entry sees unless an entry defined it: *1.
  void set(std::string_view name, gc::Value v);
  void each_name(void (*visit)(void *, std::string_view), void *self) const; // names and macros of all entries; may repeat

private:
  std::unique_ptr<SessionImpl> impl_;
};

void each_form_name(void (*visit)(void *, std::string_view), void *self); // special forms and macros of the expander

} // namespace evjit::frontend
