// SIGINT and SIGTERM (11-15): an error of the main fiber, at its suspension point, or at the next safepoint if it runs. A fiber that is
// in the way steps aside:
//
//   another fiber of main's scheduler spins   it goes to the tail of the run queue, main comes next
//   main runs a scheduler whose fibers spin   the error waits for main's next suspension point: `step` looks for it
//   another fiber runs such a scheduler       that one goes to the tail of the queue in `step` (let_main_run)
//
// Until main has gone on, and until the loop has seen that main failed, others may get their turn and spin: they are asked to step aside as
// well (interrupt_told).
//
// Nothing else is ever taken from an ev fiber by force, and not while it executes code of the library, which is written for fibers
// that nobody interrupts. In a session (REPL) there is no program to end: there the fiber that spins fails as well.
#include "sched/fiber.hpp"

#include <unistd.h>

namespace evjit::sched {

// Async-signal-safe. The second one ends the process; in a session, the fourth that nobody took.
void request_interrupt(Mutator &m, int signo) {
  if (!m.sched)
    _exit(128 + signo);
  Runtime &rt = runtime(m);
  rt.interrupts = rt.interrupts + 1;
  if (rt.interrupts > (rt.session ? 3 : 1))
    _exit(128 + signo);
  rt.interrupt_signal = signo;
  rt.interrupt_told = 0;
  gc::request_attention(m, gc::kAttentionInterrupt);
  rt.poller.wake();
}

static FiberData *main_fiber(Runtime &rt) { return rt.schedulers.empty() ? nullptr : rt.schedulers[0]->main; }

static Value interrupted_error(Runtime &rt) {
  bool asked = rt.interrupt_signal == SIGTERM;
  return gc::make_error(rt.m, "interrupted", asked ? "the program was asked to end" : "interrupted from the keyboard",
                        {{"signal", keyword(asked ? "sigterm" : "sigint")}});
}

// To the main fiber: raised here if it runs (kError), else at its suspension point.
enum class Here { Raise, Remember };
static Value tell_main(Runtime &rt, Here here) {
  Mutator &m = rt.m;
  if (rt.session)
    rt.interrupts = 0;
  rt.interrupt_exit = 128 + rt.interrupt_signal;
  FiberData *main = main_fiber(rt);
  if (!main || main->run == Run::Terminal || main->run == Run::None)
    exit_process(m, rt.interrupt_exit);
  Value e = interrupted_error(rt);
  if (here == Here::Raise && rt.current->root == main && !running_shielded(m, *rt.current, *main))
    return gc::raise(m, e);
  interrupt(*main, e);
  return kNil;
}

// Whoever comes to the next safepoint, if it is not main, steps aside.
static void ask_others(Runtime &rt) {
  rt.interrupt_told = 1;
  gc::request_attention(rt.m, gc::kAttentionInterrupt);
}

// Is what is asked for the rest of a request that main has been told of?
static bool take_told(Runtime &rt) {
  bool told = rt.interrupt_told != 0;
  rt.interrupt_told = 0;
  return told;
}

// It has been told and will go on, or comes to its suspension point when the loop that it runs has turned, or it has failed and the
// outermost loop will see that.
static bool main_is_due(Runtime &rt) {
  FiberData *main = main_fiber(rt);
  if (!main)
    return false;
  if (main->run == Run::Ready || rt.schedulers[0]->main_failed)
    return true;
  bool runs_loop = main->run == Run::Running && main->has_pending;
  return runs_loop && !(rt.current->root == main ? running_shielded(rt.m, *rt.current, *main) : shielded(*main));
}

// The loop may turn on the stack of main, in the middle of a primitive: nothing can be raised here.
void interrupt_idle(Runtime &rt) {
  bool told = take_told(rt);
  if (!told)
    tell_main(rt, Here::Remember);
  if (!told || main_is_due(rt))
    ask_others(rt);
}

// Main comes in the next turn, before us, and the loop must see what has become of it before we go on: twice.
static Value step_aside(Runtime &rt, Scheduler &s) {
  Value r = kNil;
  for (int i = 0; i < 2 && !r.is_error(); ++i) {
    end_turn(s);
    r = yield_here(rt);
  }
  return r;
}

Value interrupt_running(Runtime &rt) {
  FiberData *root = rt.current->root, *main = main_fiber(rt);
  bool in_the_way = main && root && root->sched && root != main;
  if (in_the_way && in_library(rt.m)) { // asks again at the next safepoint
    gc::request_attention(rt.m, gc::kAttentionInterrupt);
    return kNil;
  }
  bool told = take_told(rt);
  Value r = told ? kNil : tell_main(rt, Here::Raise);
  if (r.is_error() || !in_the_way)
    return r;
  if (main_is_due(rt))
    ask_others(rt);
  if (!told && rt.session && !running_shielded(rt.m, *rt.current, *root)) // it was running when the request came
    return gc::raise(rt.m, interrupted_error(rt));
  return step_aside(rt, *root->sched);
}

Value let_main_run(Runtime &rt) {
  FiberData *root = rt.current->root;
  if (!root || !root->sched)
    return kNil;
  bool raised = false;
  Value e = take_pending(rt.m, *root, &raised);
  if (raised)
    return e;
  FiberData *main = rt.interrupt_exit ? main_fiber(rt) : nullptr;
  // It waits for its turn, for a suspension point around us, or has failed and the outermost loop is to see that.
  if (!main || main == root || !(main->run == Run::Ready || main->has_pending || main->status == Status::Error))
    return kNil;
  end_turn(*root->sched);
  return yield_here(rt);
}

} // namespace evjit::sched
