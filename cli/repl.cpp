// See repl.hpp. The session is a primitive, %%repl, that runs in the main fiber: it reads an entry, compiles it as a unit inside the
// scope of the entries before (frontend/session.hpp), runs it right there and prints its value. While it waits for a character
// the fiber is parked in ev/poll-fd, so other fibers and timers go on; while an entry runs, Ctrl-C is an error of the main
// fiber, which is the entry's.
//
// What may not live on the stack of a fiber (roots) is in Repl, which is allocated. Names that are values of the session: *1 *2 *3
// (the last values), *e (the last error).
#include "cli/repl.hpp"

#include "base/options.hpp"
#include "cli/colour.hpp"
#include "cli/line_editor.hpp"
#include "cli/runtime.hpp"
#include "frontend/diag/report.hpp"
#include "frontend/read/reader.hpp"
#include "frontend/session.hpp"
#include "gc/call.hpp"
#include "gc/value/make.hpp"
#include "jit/engine/engine.hpp"
#include "sched/scheduler.hpp"
#include "sched/session.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace evjit::cli {

using gc::Mutator;
using gc::Value;

namespace {

constexpr const char *kPrompt = "evjit> ", *kContinuation = "  ...> ";
constexpr size_t kMostPrinted = 20000; // bytes of one value

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

std::string history_path() {
  const char *state = std::getenv("XDG_STATE_HOME"), *home = std::getenv("HOME");
  if (state && *state == '/')
    return std::string(state) + "/evjit/history";
  return home && *home ? std::string(home) + "/.local/state/evjit/history" : "";
}

size_t columns() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string_view trim(std::string_view s) {
  size_t from = s.find_first_not_of(" \t\r\n"), to = s.find_last_not_of(" \t\r\n");
  return from == std::string_view::npos ? std::string_view() : s.substr(from, to - from + 1);
}

class Repl final : public LineEditor::Client {
public:
  Repl(Mutator &m, frontend::Evaluator &ev) : m_(m), ev_(ev), session_(m, ev), last_(m) {
    last_.resize(4);
    editor_ = make_line_editor(*this, history_path());
    tell_history();
  }
  Value run(); // kError: the fiber is to end
  bool wait_for_input() override;
  std::vector<std::string> complete(std::string_view line, std::string_view word) override;

private:
  struct Command {
    const char *name, *operand, *about;
    void (Repl::*run)(std::string_view operand);
  };
  static const Command kCommands[];

  std::optional<std::string> read_entry();
  bool is_complete(const std::string &text, bool *empty);
  void entry(const std::string &text);
  bool command(std::string_view text);

  bool evaluate(const std::string &name, std::string text, Value *value);
  std::unique_ptr<frontend::ir::Unit> compile(const std::string &name, std::string text);
  void failed();
  bool must_end(Value error);
  void print_value(Value v);
  void print_text(Value v);
  void say_error(const std::string &text);
  void keep_value(Value v);
  void tell_history();

  void help(std::string_view);
  void quit(std::string_view);
  void doc(std::string_view);
  void time(std::string_view);
  void expand(std::string_view);
  void names(std::string_view);
  void load(std::string_view);
  void ir(std::string_view);
  void assembly(std::string_view);

  Mutator &m_;
  frontend::Evaluator &ev_;
  frontend::Session session_;
  gc::RootVector last_; // *1 *2 *3 *e
  std::unique_ptr<LineEditor> editor_;
  const bool colours_ = wants_colours(STDOUT_FILENO), error_colours_ = wants_colours(STDERR_FILENO);
  bool ended_ = false;    // leave as Ctrl-D does
  bool unwinds_ = false;  // the fiber is being ended: pass kError on
  int exit_code_ = 0;     // not 0: end the process with it
};

// --- waiting and reading ---------------------------------------------------------------------------------------------------------

bool Repl::wait_for_input() {
  pollfd now{STDIN_FILENO, POLLIN, 0};
  if (::poll(&now, 1, 0) > 0)
    return true;
  Value r = gc::call2(m_, gc::find_builtin("ev/poll-fd"), Value::fixnum(STDIN_FILENO), gc::keyword("read"));
  if (!r.is_error())
    return true;
  must_end(m_.error);
  return false;
}

// True after noting that this error ends the session.
bool Repl::must_end(Value error) {
  if (error == gc::kAbsent)
    return ended_ = unwinds_ = true;
  if (!gc::is_struct(error))
    return false;
  Value kind = gc::struct_get(error, "error");
  if (kind == gc::keyword("interrupted") && gc::struct_get(error, "signal") == gc::keyword("sigterm"))
    exit_code_ = 128 + 15;
  return ended_ = ended_ || exit_code_ || kind == gc::keyword("shutdown");
}

bool Repl::is_complete(const std::string &text, bool *empty) {
  static const uint32_t file = frontend::sources().add({"<repl>", ""});
  frontend::DiagSink sink;
  gc::RootVector forms(m_);
  frontend::read_text(m_, file, text, frontend::SourceKind::Lisp, sink, forms);
  *empty = forms.size() == 0 && !sink.has_errors();
  return !sink.has_errors() || !frontend::is_incomplete(sink.all());
}

// Lines until they are complete forms. Nothing: the session ends.
std::optional<std::string> Repl::read_entry() {
  std::string text, line;
  for (;;) {
    std::fflush(stdout);
    LineEditor::Result got = editor_->read(text.empty() ? kPrompt : kContinuation, line);
    if (ended_ || (got == LineEditor::Result::End && text.empty()))
      return std::nullopt;
    if (got == LineEditor::Result::Interrupted) {
      text.clear();
      continue;
    }
    if (got == LineEditor::Result::End)
      return text; // incomplete: compiling it says what is missing
    text += text.empty() ? line : "\n" + line;
    bool empty = false;
    if (text[0] != ':' && !is_complete(text, &empty))
      continue;
    if (!empty && !trim(text).empty())
      return text;
    text.clear();
  }
}

Value Repl::run() {
  std::printf("evjit " EVJIT_VERSION ". Ctrl-D leaves, :help tells more.\n");
  while (!ended_) {
    auto text = read_entry();
    if (!text)
      break;
    editor_->remember(*text);
    entry(*text);
  }
  editor_.reset();
  std::fflush(stdout);
  if (exit_code_)
    sched::exit_process(m_, exit_code_);
  if (unwinds_)
    return gc::kError;
  constexpr int kCleanupMs = 1000;
  return gc::call1(m_, gc::find_builtin("ev/shutdown"), Value::fixnum(kCleanupMs));
}

// --- evaluating ------------------------------------------------------------------------------------------------------------------

void Repl::entry(const std::string &text) {
  std::string_view trimmed = trim(text);
  if (command(trimmed))
    return;
  Value v = gc::kNil;
  if (!evaluate("<repl>", text, &v))
    return;
  bool about = trimmed.starts_with("(doc ") && gc::is_string(v);
  about ? print_text(v) : print_value(v);
  keep_value(v);
}

std::unique_ptr<frontend::ir::Unit> Repl::compile(const std::string &name, std::string text) {
  auto unit = session_.compile(frontend::sources().add({name, std::move(text)}));
  for (const auto &d : session_.take_diagnostics())
    say_error(frontend::render(d, {.says_code = true}));
  return unit;
}

// False after telling what went wrong. The entry is called as if from here: no handler of ours is in its way.
bool Repl::evaluate(const std::string &name, std::string text, Value *value) {
  auto unit = compile(name, std::move(text));
  if (!unit)
    return false;
  gc::UnitDesc *loaded = ev_.load(m_, std::move(unit));
  Value params = m_.params;
  uint64_t handlers = m_.handlers, shield = m_.shield;
  ++m_.handlers; // its errors are ours
  Value instance = gc::kNil;
  Value result = gc::run_unit(m_, loaded, &instance);
  m_.handlers = handlers;
  m_.shield = shield;
  m_.params = params;
  session_.publish(instance);
  if (result.is_error()) {
    failed();
    return false;
  }
  *value = result;
  return true;
}

void Repl::failed() {
  Value payload = m_.error, trace = m_.trace;
  if (must_end(payload))
    return;
  m_.caught = payload;
  m_.caught_trace = trace;
  last_[3] = payload;
  session_.set("*e", payload);
  say_error(sched::describe_error(payload, trace));
}

void Repl::say_error(const std::string &text) {
  std::fflush(stdout);
  std::fputs(error_colours_ ? colour_error(text).c_str() : text.c_str(), stderr);
  std::fflush(stderr);
}

void Repl::keep_value(Value v) {
  last_[2] = last_[1];
  last_[1] = last_[0];
  last_[0] = v;
  tell_history();
}

void Repl::tell_history() {
  static const char *const names[] = {"*1", "*2", "*3", "*e"};
  for (size_t i = 0; i < 4; ++i)
    session_.set(names[i], last_[i]);
}

void Repl::print_value(Value v) {
  std::string text = gc::pretty_print(v, columns());
  std::string rest;
  if (text.size() > kMostPrinted) {
    size_t end = kMostPrinted;
    while (end > 0 && (text[end] & 0xC0) == 0x80) // between characters
      --end;
    rest = " ... (" + std::to_string(text.size() - end) + " more bytes)";
    text.resize(end);
  }
  std::printf("%s%s\n", (colours_ ? colour_value(text) : text).c_str(), rest.c_str());
}

void Repl::print_text(Value v) {
  std::string_view text = gc::string_view_of(v);
  std::printf("%.*s\n", static_cast<int>(text.size()), text.data());
}

// --- commands --------------------------------------------------------------------------------------------------------------------

const Repl::Command Repl::kCommands[] = {
    {":help", "", "this text", &Repl::help},
    {":quit", "", "leave (Ctrl-D)", &Repl::quit},
    {":doc", "NAME", "what NAME is, as (doc NAME)", &Repl::doc},
    {":time", "FORM", "evaluate FORM and tell how long it took", &Repl::time},
    {":expand", "FORM", "FORM with its macros expanded", &Repl::expand},
    {":names", "", "what this session has defined", &Repl::names},
    {":load", "FILE", "evaluate a file as one entry; its names stay", &Repl::load},
    {":ir", "FORM", "what the front end makes of FORM", &Repl::ir},
    {":asm", "FORM", "the machine code of FORM", &Repl::assembly},
};

// False: not a command. Other keywords are values as any.
bool Repl::command(std::string_view text) {
  if (text[0] != ':')
    return false;
  std::string_view name = text.substr(0, text.find_first_of(" \t\n"));
  for (const Command &c : kCommands) {
    if (name != c.name)
      continue;
    std::string_view operand = trim(text.substr(name.size()));
    if (operand.empty() == (*c.operand != 0))
      std::printf("usage: %s%s%s\n", c.name, *c.operand ? " " : "", c.operand);
    else
      (this->*c.run)(operand);
    return true;
  }
  return false;
}

void Repl::help(std::string_view) {
  for (const Command &c : kCommands)
    std::printf("  %-14s %s\n", (std::string(c.name) + " " + c.operand).c_str(), c.about);
  std::printf("\n"
              "  *1 *2 *3       the last values; *e the last error\n"
              "  Tab            completes names, Ctrl-R searches the history\n"
              "  Ctrl-C         ends what runs, or clears the line\n"
              "An entry may go over several lines; it is evaluated when its brackets are closed. Fibers go on at the prompt.\n");
}

void Repl::quit(std::string_view) { ended_ = true; }

void Repl::doc(std::string_view name) { entry("(doc " + std::string(name) + ")"); }

void Repl::time(std::string_view form) {
  auto start = std::chrono::steady_clock::now();
  Value v = gc::kNil;
  bool fine = evaluate("<repl>", std::string(form), &v);
  double ms = milliseconds_since(start);
  if (fine) {
    print_value(v);
    keep_value(v);
  }
  std::printf("%.3f ms, compiling included\n", ms);
}

void Repl::expand(std::string_view form) {
  Value v = gc::kNil;
  if (evaluate("<repl>", "(expand-macro '" + std::string(form) + ")", &v))
    print_value(v);
}

void Repl::names(std::string_view) {
  std::vector<std::string> all;
  session_.each_name([](void *self, std::string_view n) { static_cast<std::vector<std::string> *>(self)->emplace_back(n); }, &all);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  std::string line;
  for (const std::string &n : all)
    if (n[0] != '*' || n.size() != 2)
      line += (line.empty() ? "" : " ") + n;
  std::printf("%s\n", line.empty() ? "nothing yet" : line.c_str());
}

void Repl::load(std::string_view file) {
  if (file.size() > 1 && file.front() == '"' && file.back() == '"')
    file = file.substr(1, file.size() - 2);
  std::string path(file), text;
  FILE *in = std::fopen(path.c_str(), "rb");
  char buffer[65536];
  for (size_t n; in && (n = std::fread(buffer, 1, sizeof buffer, in)) > 0;)
    text.append(buffer, n);
  bool fine = in && !std::ferror(in);
  int error = errno;
  if (in)
    std::fclose(in);
  if (!fine)
    return say_error("error: cannot read " + path + ": " + std::strerror(error) + "\n");
  Value v = gc::kNil;
  if (evaluate(path, std::move(text), &v)) {
    print_value(v);
    keep_value(v);
  }
}

void Repl::ir(std::string_view form) {
  if (auto unit = compile("<repl>", std::string(form)))
    std::fputs(frontend::ir::print(*unit).c_str(), stdout);
}

void Repl::assembly(std::string_view form) {
  if (auto unit = compile("<repl>", std::string(form)))
    std::fputs(jit::dump_assembly(*unit, base::options().optimise == 2).c_str(), stdout);
}

// --- completion ------------------------------------------------------------------------------------------------------------------

std::vector<std::string> Repl::complete(std::string_view line, std::string_view word) {
  struct Found {
    std::string_view prefix;
    std::vector<std::string> all;
    void offer(std::string_view name) {
      if (name.starts_with(prefix) && !name.starts_with("%%"))
        all.emplace_back(name);
    }
  } found{word, {}};
  auto visit = [](void *self, std::string_view name) { static_cast<Found *>(self)->offer(name); };
  if (trim(line) == word && word[0] == ':') {
    for (const Command &c : kCommands)
      found.offer(c.name);
  } else {
    frontend::each_form_name(visit, &found);
    gc::each_builtin_name(visit, &found);
    gc::each_builtin_macro_name(visit, &found);
    session_.each_name(visit, &found);
  }
  std::sort(found.all.begin(), found.all.end());
  found.all.erase(std::unique(found.all.begin(), found.all.end()), found.all.end());
  return std::move(found.all);
}

// --- start -----------------------------------------------------------------------------------------------------------------------

Repl *the_repl = nullptr; // for the primitive

} // namespace
} // namespace evjit::cli

EVJIT_PRIM(evrt_repl) { return evjit::cli::the_repl->run(); }

namespace evjit::cli {

static const gc::PrimDef kRows[] = {{.name = "%%repl", EVJIT_PRIM_FN(evrt_repl), .arity = {0, 0}}};

int run_repl() {
  Runtime runtime(PreludeMode::Load);
  auto &m = runtime.mutator();
  jit::Engine engine({base::options().optimise == 2});
  m.frontend = &engine;
  gc::register_prims(kRows);
  if (!runtime.load_prelude(engine))
    return 1;
  sched::begin_session(m);
  auto repl = std::make_unique<Repl>(m, engine);
  the_repl = repl.get();
  int code = sched::run_main(m, gc::find_builtin("%%repl"), nullptr).exit_code;
  the_repl = nullptr;
  return code;
}

} // namespace evjit::cli
