// SIGINT, SIGTERM and SIGQUIT have a handler of ours for the life of the loop; other signals only while a fiber waits for them
// (ev/wait-signal). The handler stores a bit and wakes the loop, or, when nobody waits for the signal, passes it to the scheduler, which
// raises an interrupt in the main fiber, or for SIGQUIT lists all fibers. SIGCHLD belongs to libuv (child processes), so waiting for it goes through a uv_signal_t.
//
// Signals reach the loop of the thread that called install_signals first (the main thread).
#include "net/signals.hpp"

#include "net/errors.hpp"
#include "net/options.hpp"
#include "net/op.hpp"
#include "net/port.hpp"
#include "net/prims.hpp"
#include "sched/introspect.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <pthread.h>

namespace evjit::net {

using gc::kNil;
using gc::PrimDef;
namespace sig = gc::sig;

namespace {

struct SignalName {
  const char *name;
  int number;
};
constexpr SignalName kNames[] = {
    {"sigterm", SIGTERM}, {"sigkill", SIGKILL}, {"sighup", SIGHUP},   {"sigint", SIGINT},   {"sigquit", SIGQUIT}, {"sigpipe", SIGPIPE},
    {"sigalrm", SIGALRM}, {"sigusr1", SIGUSR1}, {"sigusr2", SIGUSR2}, {"sigchld", SIGCHLD}, {"sigcont", SIGCONT}, {"sigstop", SIGSTOP},
    {"sigtstp", SIGTSTP}, {"sigttin", SIGTTIN}, {"sigttou", SIGTTOU}, {"sigwinch", SIGWINCH}};
constexpr int kSignals = 32;

Mutator *owner = nullptr;                // the main thread's; set before handlers are installed
UvLoop *owner_loop = nullptr;
pthread_t owner_thread;
std::atomic<uint32_t> waited{0};         // bit n: fibers wait for signal n. Written by the loop thread, read by the handler
std::atomic<uint32_t> arrived{0};        // bit n: to be delivered. Set by the handler, taken by deliver_signals
Lane waiters[kSignals];                  // calls of ev/wait-signal; loop thread
struct sigaction previous[kSignals];     // disposition before ours
uv_signal_t child_watch;
bool child_watched = false;

void on_signal(int number) {
  int saved = errno;
  if (owner && !pthread_equal(pthread_self(), owner_thread)) // a pool thread: the mutator's words are for its own thread
    pthread_kill(owner_thread, number);
  else if (waited.load(std::memory_order_relaxed) & (1u << number)) {
    arrived.fetch_or(1u << number, std::memory_order_release);
    owner_loop->wake();
  } else if (owner && (number == SIGINT || number == SIGTERM)) {
    sched::request_interrupt(*owner, number);
  } else if (owner && number == SIGQUIT) {
    sched::request_dump(*owner);
  }
  errno = saved;
}

void set_handler(int number, void (*fn)(int), struct sigaction *old) {
  struct sigaction action {};
  action.sa_handler = fn;
  sigfillset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(number, &action, old);
}

constexpr int kOurs[] = {SIGINT, SIGTERM, SIGQUIT};
bool is_ours(int number) { return std::ranges::find(kOurs, number) != std::end(kOurs); }

void on_child_signal(uv_signal_t *, int) { arrived.fetch_or(1u << SIGCHLD, std::memory_order_release); }

void start_watching(UvLoop &loop, int number) {
  waited.fetch_or(1u << number, std::memory_order_relaxed);
  if (number == SIGCHLD) {
    if (!child_watched)
      uv_signal_init(loop.uv(), &child_watch);
    child_watched = true;
    uv_signal_start(&child_watch, on_child_signal, SIGCHLD);
  } else if (!is_ours(number)) {
    set_handler(number, on_signal, &previous[number]);
  }
}

void stop_watching(int number) {
  waited.fetch_and(~(1u << number), std::memory_order_relaxed);
  if (number == SIGCHLD)
    uv_signal_stop(&child_watch);
  else if (!is_ours(number))
    sigaction(number, &previous[number], nullptr);
}

} // namespace

void install_signals(Mutator &m) {
  if (owner)
    return;
  owner_thread = pthread_self();
  owner = &m;
  owner_loop = &this_loop();
  set_handler(SIGPIPE, SIG_IGN, nullptr);
  for (int number : kOurs)
    set_handler(number, on_signal, &previous[number]);
}

void remove_signals() {
  if (owner_loop != &this_loop())
    return;
  for (int number : kOurs)
    sigaction(number, &previous[number], nullptr);
  for (int number = 1; number < kSignals; ++number)
    if (waited.load(std::memory_order_relaxed) & (1u << number))
      stop_watching(number);
  owner = nullptr;
  owner_loop = nullptr;
  child_watched = false;
}

void deliver_signals(UvLoop &loop) {
  if (&loop != owner_loop || arrived.load(std::memory_order_relaxed) == 0)
    return;
  uint32_t bits = arrived.exchange(0, std::memory_order_acquire);
  for (int number = 1; number < kSignals; ++number)
    if (bits & (1u << number))
      for (Op *op = waiters[number].first; op; op = op->next)
        if (op->parked)
          op_wake(op);
}

int signal_number(std::string_view name) {
  for (const SignalName &s : kNames)
    if (name == s.name)
      return s.number;
  return 0;
}

const char *signal_name(int number) {
  for (const SignalName &s : kNames)
    if (s.number == number)
      return s.name;
  return nullptr;
}

namespace {

// Stops watching when its operation was the last one; whichever way that ended.
struct SignalRequest final : Request {
  int number;
  explicit SignalRequest(int n) : number(n) {}
  ~SignalRequest() override;
};

uint32_t watchers[kSignals];

SignalRequest::~SignalRequest() {
  if (--watchers[number] == 0 && owner_loop)
    stop_watching(number);
}

} // namespace

EVJIT_PRIM(evrt_ev_wait_signal) {
  constexpr const char *kOp = "ev/wait-signal";
  if (!gc::is_keyword(args[0]))
    return gc::type_error(m, kOp, "keyword", args[0], 0);
  int number = signal_number(gc::name_of(args[0]));
  if (number == 0 || number == SIGKILL || number == SIGSTOP)
    return gc::value_error(m, kOp, "no signal to wait for: :" + std::string(gc::name_of(args[0])));
  if (!can_wait(m) || !owner_loop)
    return gc::raise_error(m, "state-error", std::string(kOp) + ": no scheduler is active",
                           {{"reason", gc::keyword("no-scheduler")}, {"op", gc::keyword("park")}});
  Op *op = op_begin(kOp, -1);
  if (watchers[number]++ == 0)
    start_watching(*op->loop, number);
  op->request = new SignalRequest(number);
  op->request->op = op;
  op_queue(op, nullptr, &waiters[number]);
  Value out = kNil;
  if (!op_wait(op, "signal", args[0], &out))
    return out;
  op_end(op);
  return args[0];
}

static const PrimDef rows[] = {
    {.name = "ev/wait-signal", EVJIT_PRIM_FN(evrt_ev_wait_signal), .arity = {1, 1},
     .signals = sig::kError | sig::kYield | sig::kIo, .params = "sig",
     .doc = "Park until the signal (:sigusr1, ...) arrives; returns the keyword. Its default action is off meanwhile.",
     .example = "(let [f (ev/spawn (fn [] (ev/wait-signal :sigusr1)))] (ev/sleep 0) (subprocess/system "
                "\"sh\" [\"-c\" \"kill -USR1 $PPID\"]) (ev/join f)) # => :sigusr1"},
};
const std::span<const PrimDef> kSignalPrims = rows;

} // namespace evjit::net
