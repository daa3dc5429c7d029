// subprocess/*: child processes over uv_spawn, which also reaps them. Piped streams are pipes of ours, with the child's ends handed
// over as descriptors, so that they are ports like all others.
//
// A Child lives until its exit was reported and nobody refers to it. subprocess/system is written in the language
// (stdlib/prelude/process.lisp).
#include "net/options.hpp"
#include "net/port.hpp"
#include "net/prims.hpp"
#include "net/signals.hpp"
#include "net/std_streams.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

extern char **environ;

namespace evjit::net {

using gc::kNil;
using gc::keyword;
using gc::PrimDef;
namespace sig = gc::sig;

static constexpr uint64_t kWaits = sig::kError | sig::kYield | sig::kIo | sig::kExec;

namespace {

struct Child {
  uv_process_t process;
  int refs = 1; // the Opaque; libuv while the child runs
  bool done = false;
  int pid = 0;
  int64_t code = 0;
  Lane waiters;
};

void child_unref(Child *c) {
  if (--c->refs == 0)
    delete c;
}

void on_child_closed(uv_handle_t *h) { child_unref(static_cast<Child *>(h->data)); }

void on_exit(uv_process_t *process, int64_t status, int signal) {
  auto *c = static_cast<Child *>(process->data);
  c->done = true;
  --this_loop().children;
  c->code = signal ? -signal : status;
  for (Op *op = c->waiters.first; op; op = op->next)
    if (op->parked)
      op_wake(op);
  uv_close(reinterpret_cast<uv_handle_t *>(process), on_child_closed);
}

void print_child(void *data, std::string &out) { out += "#<process:" + std::to_string(static_cast<Child *>(data)->pid) + ">"; }

const gc::OpaqueClass kChildClass = {"process", nullptr, [](void *data) { child_unref(static_cast<Child *>(data)); }, print_child};

// --- what to start ---------------------------------------------------------------------------------------------------------
enum class Stream : uint8_t { Pipe, Null, Inherit };

struct Plan {
  std::string program, cwd;
  std::vector<std::string> args, env;
  Stream streams[3] = {Stream::Pipe, Stream::Pipe, Stream::Pipe};
  bool has_cwd = false, has_env = false;
};

constexpr const char *kOp = "subprocess/exec";
constexpr const char *kStreamNames[3] = {"stdin", "stdout", "stderr"};

bool take_argument(Mutator &m, Value v, Plan *plan, Value *raised) {
  if (!gc::is_string(v)) {
    *raised = gc::type_error(m, kOp, "strings as arguments", v, 1);
    return false;
  }
  plan->args.emplace_back(gc::string_view_of(v));
  return true;
}

bool take_arguments(Mutator &m, Value v, Plan *plan, Value *raised) {
  if (gc::is_array(v)) {
    for (size_t i = 0; i < gc::array_length(v); ++i)
      if (!take_argument(m, gc::array_ref(v, i), plan, raised))
        return false;
    return true;
  }
  if (!gc::is_list(v) || !gc::list_length(v)) {
    *raised = gc::type_error(m, kOp, "an array or list of strings", v, 1);
    return false;
  }
  for (; gc::is_pair(v); v = gc::tail(v))
    if (!take_argument(m, gc::head(v), plan, raised))
      return false;
  return true;
}

bool take_stream(Mutator &m, Value v, Stream *out, Value *raised) {
  std::string_view name = gc::is_keyword(v) ? gc::name_of(v) : "";
  if (name == "pipe")
    *out = Stream::Pipe;
  else if (name == "null")
    *out = Stream::Null;
  else if (name == "inherit")
    *out = Stream::Inherit;
  else {
    *raised = gc::is_keyword(v) ? gc::value_error(m, kOp, "expected :pipe, :null or :inherit, got :" + std::string(name))
                                : gc::type_error(m, kOp, ":pipe, :null or :inherit", v, 2);
    return false;
  }
  return true;
}

bool take_env(Mutator &m, Value v, Plan *plan, Value *raised) {
  if (!gc::is_struct(v)) {
    *raised = gc::type_error(m, kOp, "a struct for :env", v, 2);
    return false;
  }
  plan->has_env = true;
  for (char **e = environ; *e; ++e)
    plan->env.emplace_back(*e);
  Value keys = gc::struct_keys_array(m, v);
  for (size_t i = 0; i < gc::array_length(keys); ++i) {
    Value key = gc::array_items(keys)[i], value = gc::struct_get(v, key);
    if (!(gc::is_string(key) || gc::is_keyword(key)) || !gc::is_string(value)) {
      *raised = gc::type_error(m, kOp, "strings in :env", gc::is_string(value) ? key : value, 2);
      return false;
    }
    std::string name(gc::is_string(key) ? gc::string_view_of(key) : gc::name_of(key));
    std::erase_if(plan->env, [&](const std::string &e) { return e.starts_with(name + "="); });
    plan->env.push_back(name + "=" + std::string(gc::string_view_of(value)));
  }
  return true;
}

bool take_options(Mutator &m, Value opts, Plan *plan, Value *raised) {
  if (!gc::is_struct(opts)) {
    *raised = gc::type_error(m, kOp, "a struct of options", opts, 2);
    return false;
  }
  Value keys = gc::struct_keys_array(m, opts);
  for (size_t i = 0; i < gc::array_length(keys); ++i) {
    Value key = gc::array_items(keys)[i], v = gc::struct_get(opts, key);
    std::string_view name = gc::is_keyword(key) ? gc::name_of(key) : "";
    bool fine = true;
    if (name == "env") {
      fine = take_env(m, v, plan, raised);
    } else if (name == "cwd") {
      fine = want_string(m, kOp, v, 2, raised);
      if (fine)
        plan->cwd = gc::string_view_of(v);
      plan->has_cwd = true;
    } else if (name == "stdin" || name == "stdout" || name == "stderr") {
      fine = take_stream(m, v, &plan->streams[name == "stdin" ? 0 : name == "stdout" ? 1 : 2], raised);
    } else {
      *raised = gc::value_error(m, kOp, "unknown option " + gc::print_literal(key));
      return false;
    }
    if (!fine)
      return false;
  }
  return true;
}

// --- starting --------------------------------------------------------------------------------------------------------------
struct Pipes {
  int ours[3] = {-1, -1, -1}, theirs[3] = {-1, -1, -1};
  void close_all(int *fds) {
    for (int i = 0; i < 3; ++i)
      if (fds[i] >= 0)
        close(fds[i]);
  }
};

// 0, or errno.
int open_pipes(const Plan &plan, Pipes *p) {
  for (int i = 0; i < 3; ++i) {
    if (plan.streams[i] != Stream::Pipe)
      continue;
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0)
      return errno;
    p->theirs[i] = fds[i == 0 ? 0 : 1];
    p->ours[i] = fds[i == 0 ? 1 : 0];
    fcntl(p->ours[i], F_SETFL, fcntl(p->ours[i], F_GETFL) | O_NONBLOCK);
  }
  return 0;
}

std::vector<char *> pointers(std::vector<std::string> &texts, std::string *first) {
  std::vector<char *> out;
  if (first)
    out.push_back(first->data());
  for (std::string &s : texts)
    out.push_back(s.data());
  out.push_back(nullptr);
  return out;
}

// 0, or errno.
int start(Plan &plan, const Pipes &pipes, Child *c) {
  std::vector<char *> argv = pointers(plan.args, &plan.program), env = pointers(plan.env, nullptr);
  uv_stdio_container_t stdio[3];
  for (int i = 0; i < 3; ++i) {
    stdio[i].flags = plan.streams[i] == Stream::Null ? UV_IGNORE : UV_INHERIT_FD;
    stdio[i].data.fd = plan.streams[i] == Stream::Pipe ? pipes.theirs[i] : i;
  }
  uv_process_options_t o{};
  o.exit_cb = on_exit;
  o.file = plan.program.c_str();
  o.args = argv.data();
  o.env = plan.has_env ? env.data() : nullptr;
  o.cwd = plan.has_cwd ? plan.cwd.c_str() : nullptr;
  o.stdio_count = 3;
  o.stdio = stdio;
  c->process.data = c;
  flush_std_streams(); // before an inherited stdout
  return -uv_spawn(this_loop().uv(), &c->process, &o);
}

Value pipe_port(Mutator &m, int fd, int which) {
  if (fd < 0)
    return kNil;
  Port *p = port_new(PortKind::Pipe, fd, Engine::Poll, which != 0, which == 0);
  p->mode = which == 0 ? "write" : "read";
  return port_wrap(m, p, true);
}

Child *child_of(Value v) {
  if (gc::is_struct(v))
    v = gc::struct_get(v, "process");
  if (gc::is(v, gc::Type::Opaque) && v.as<gc::Opaque>()->cls == &kChildClass)
    return static_cast<Child *>(v.as<gc::Opaque>()->data);
  return nullptr;
}

} // namespace

EVJIT_PRIM(evrt_subprocess_exec) {
  Value raised;
  Plan plan;
  Pipes pipes;
  if (!want_string(m, kOp, args[0], 0, &raised))
    return raised;
  plan.program = gc::string_view_of(args[0]);
  if (!take_arguments(m, args[1], &plan, &raised) || (argc > 2 && !args[2].is_nil() && !take_options(m, args[2], &plan, &raised)))
    return raised;
  auto *c = new Child;
  int code = open_pipes(plan, &pipes);
  bool opened = code == 0;
  if (opened)
    code = start(plan, pipes, c);
  pipes.close_all(pipes.theirs);
  if (code) {
    pipes.close_all(pipes.ours);
    if (opened) // libuv has seen the handle
      uv_close(reinterpret_cast<uv_handle_t *>(&c->process), on_child_closed);
    else
      delete c;
    return raise_os(m, {.op = kOp, .code = code, .path = plan.program, .kind = "exec-error"});
  }
  c->pid = c->process.pid;
  ++this_loop().children;
  ++c->refs;
  Value kv[10] = {keyword("pid"), Value::fixnum(c->pid), keyword("process"), gc::make_opaque(m, &kChildClass, c)};
  for (int i = 0; i < 3; ++i) {
    kv[4 + 2 * i] = keyword(kStreamNames[i]);
    kv[5 + 2 * i] = pipe_port(m, pipes.ours[i], i);
  }
  return gc::make_struct(m, kv, 5);
}

EVJIT_PRIM(evrt_subprocess_wait) {
  Child *c = child_of(args[0]);
  if (!c)
    return gc::type_error(m, "subprocess/wait", "a subprocess", args[0], 0);
  Value out = kNil;
  if (!c->done) {
    Op *op = op_begin("subprocess/wait", -1);
    op_queue(op, nullptr, &c->waiters);
    if (!op_wait(op, "process", args[0], &out))
      return out;
    op_end(op);
  }
  return Value::fixnum(c->code);
}

EVJIT_PRIM(evrt_subprocess_kill) {
  constexpr const char *kKill = "subprocess/kill";
  Child *c = child_of(args[0]);
  if (!c)
    return gc::type_error(m, kKill, "a subprocess", args[0], 0);
  int64_t number = SIGTERM;
  if (argc > 1 && gc::is_keyword(args[1]))
    number = signal_number(gc::name_of(args[1]));
  else if (argc > 1 && gc::is_int(args[1]))
    number = gc::int_of(args[1]);
  else if (argc > 1)
    return gc::type_error(m, kKill, "a signal", args[1], 1);
  if (number < 0 || number > 64 || (number == 0 && gc::is_keyword(args[1])))
    return gc::value_error(m, kKill, "no signal: " + gc::print_literal(args[1]));
  if (c->done)
    return kNil;
  int status = uv_process_kill(&c->process, static_cast<int>(number));
  if (status < 0 && status != UV_ESRCH)
    return raise_os(m, {.op = kKill, .code = -status, .kind = "exec-error"});
  return kNil;
}

EVJIT_PRIM(evrt_subprocess_pid) {
  Child *c = child_of(args[0]);
  return c ? Value::fixnum(c->pid) : gc::type_error(m, "subprocess/pid", "a subprocess", args[0], 0);
}

static const PrimDef rows[] = {
    {.name = "subprocess/exec", EVJIT_PRIM_FN(evrt_subprocess_exec), .arity = {2, 3}, .signals = kWaits,
     .params = "program args &opt opts",
     .doc = "Start a program: {:pid :stdin :stdout :stderr :process}. opts: :env struct, :cwd, :stdin :stdout :stderr (:pipe, :null, :inherit).",
     .example = "(let [p (subprocess/exec \"cat\" [] {:stdin :pipe :stdout :pipe})] (port/write p:stdin "
                "\"hi\") (port/close p:stdin) (string (port/read-all p:stdout))) # => \"hi\""},
    {.name = "subprocess/wait", EVJIT_PRIM_FN(evrt_subprocess_wait), .arity = {1, 1}, .signals = kWaits, .params = "x",
     .doc = "The exit code of a child, -n if signal n ended it; waits for the end.",
     .example = "(subprocess/wait (subprocess/exec \"true\" [])) # => 0"},
    {.name = "subprocess/kill", EVJIT_PRIM_FN(evrt_subprocess_kill), .arity = {1, 2}, .signals = kWaits, .params = "x &opt sig",
     .doc = "Send a signal, :sigterm by default. A finished process is no error.",
     .example = "(let [p (subprocess/exec \"sleep\" [\"60\"])] (subprocess/kill p) (subprocess/wait p)) # => -15"},
    {.name = "subprocess/pid", EVJIT_PRIM_FN(evrt_subprocess_pid), .arity = {1, 1}, .signals = kWaits, .params = "x",
     .doc = "The process id of a child.",
     .example = "(integer? (subprocess/pid (subprocess/exec \"true\" []))) # => true"},
};
const std::span<const PrimDef> kSubprocessPrims = rows;

} // namespace evjit::net
