// See line_editor.hpp. The only user of libedit.
//
// libedit asks for characters through EL_GETCFN (get_char), which waits by the client's means and then reads one byte at a
// time. It leaves ISIG on, so Ctrl-C is a signal: the wait ends with `false`, el_gets returns, the line is gone. SIGWINCH
// and SIGCONT are handled here: the first lets libedit measure the terminal again, the second puts back the mode that the shell
// took away.
//
// While a line is edited, what other fibers write appears above it: before_output takes the line off the screen and after_output
// shows it again. Both run on the stack of whoever writes, in the middle of next_char.
#include "cli/line_editor.hpp"

#include "base/output.hpp"
#include "sched/session.hpp"

#include <histedit.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cwchar>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <utility>
#include <unistd.h>

namespace evjit::cli {

namespace {

constexpr int kHistoryEntries = 2000;

int read_byte() { // -1: end of input
  unsigned char c;
  for (;;) {
    ssize_t n = ::read(STDIN_FILENO, &c, 1);
    if (n == 1)
      return c;
    if (n == 0 || (errno != EINTR && errno != EAGAIN))
      return -1;
  }
}

// --- without editing ---------------------------------------------------------------------------------------------------------
class PlainEditor final : public LineEditor {
public:
  explicit PlainEditor(Client &client) : client_(client) {}
  Result read(const std::string &prompt, std::string &line) override {
    std::fputs(prompt.c_str(), stdout);
    std::fflush(stdout);
    line.clear();
    for (;;) {
      if (!client_.wait_for_input()) {
        std::fputs("\n", stdout);
        return Result::Interrupted;
      }
      int c = read_byte();
      if (c < 0 && line.empty())
        return Result::End;
      if (c < 0 || c == '\n')
        return Result::Line;
      line += static_cast<char>(c);
    }
  }

private:
  Client &client_;
};

// --- the terminal's mode, for signal handlers and the exit hook ----------------------------------------------------------------
struct Terminal {
  termios cooked{}, raw{};
  volatile std::sig_atomic_t editing = 0; // raw is in force, or should be
  volatile std::sig_atomic_t resized = 0, continued = 0;
};
Terminal terminal;

void on_resize(int) { terminal.resized = 1; }
void on_continue(int) {
  int saved = errno;
  if (terminal.editing)
    tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal.raw);
  terminal.continued = 1;
  errno = saved;
}
void leave_editing() {
  if (!terminal.editing)
    return;
  std::fputs("\n", stdout); // the prompt stands there
  tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal.cooked);
  terminal.editing = 0;
}
void handle(int signo, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigaction(signo, &action, nullptr);
}

// --- libedit -------------------------------------------------------------------------------------------------------------------
class EditLineEditor final : public LineEditor {
public:
  EditLineEditor(Client &client, const std::string &history);
  ~EditLineEditor() override;
  Result read(const std::string &prompt, std::string &line) override;
  void remember(const std::string &entry) override;

private:
  static EditLineEditor &of(EditLine *el) {
    void *self = nullptr;
    el_get(el, EL_CLIENTDATA, &self);
    return *static_cast<EditLineEditor *>(self);
  }
  static char *prompt_of(EditLine *el) { return of(el).prompt_.data(); }
  static int get_char(EditLine *el, wchar_t *out) { return of(el).next_char(out); }
  static unsigned char complete_key(EditLine *el, int) { return of(el).complete(); }
  static void before_output();
  static void after_output(bool ends_line);
  int next_char(wchar_t *out);
  size_t rows_above_cursor() const;
  unsigned char complete();
  void list(const std::vector<std::string> &all);
  void bind_keys();
  void load_history();

  Client &client_;
  std::string history_path_, prompt_;
  EditLine *el_ = nullptr;
  History *history_ = nullptr;
  bool interrupted_ = false;
  int writers_ = 0; // that have begun and not ended since the line was taken off the screen
  static EditLineEditor *on_screen_;
};
EditLineEditor *EditLineEditor::on_screen_ = nullptr;

EditLineEditor::EditLineEditor(Client &client, const std::string &history) : client_(client), history_path_(history) {
  if (!std::setlocale(LC_CTYPE, "") || MB_CUR_MAX == 1)
    std::setlocale(LC_CTYPE, "C.UTF-8");
  tcgetattr(STDIN_FILENO, &terminal.cooked);
  el_ = el_init("evjit", stdin, stdout, stderr);
  history_ = history_init();
  el_set(el_, EL_CLIENTDATA, this);
  el_set(el_, EL_PROMPT_ESC, prompt_of, '\1');
  el_set(el_, EL_EDITOR, "emacs");
  el_set(el_, EL_SIGNAL, 0);
  el_set(el_, EL_GETCFN, get_char);
  load_history();
  bind_keys();
  handle(SIGWINCH, on_resize);
  handle(SIGCONT, on_continue);
  sched::set_exit_hook(leave_editing);
  on_screen_ = this;
  base::set_output_hooks({before_output, after_output});
}

EditLineEditor::~EditLineEditor() {
  base::set_output_hooks({});
  on_screen_ = nullptr;
  sched::set_exit_hook(nullptr);
  handle(SIGWINCH, SIG_DFL);
  handle(SIGCONT, SIG_DFL);
  history_end(history_);
  el_end(el_);
}

void EditLineEditor::bind_keys() {
  el_set(el_, EL_ADDFN, "ev-complete", "Complete the name", complete_key);
  static const char *const keys[][2] = {
      {"^I", "ev-complete"},         {"^R", "em-inc-search-prev"},      {"\\e[3~", "ed-delete-next-char"},
      {"\\e[H", "ed-move-to-beg"},   {"\\e[F", "ed-move-to-end"},       {"\\e[1~", "ed-move-to-beg"},
      {"\\e[4~", "ed-move-to-end"},  {"\\e[1;5C", "em-next-word"},      {"\\e[1;5D", "ed-prev-word"},
      {"^W", "ed-delete-prev-word"}, {"\\e[A", "ed-prev-history"},      {"\\e[B", "ed-next-history"},
      {"\\e[C", "ed-next-char"},     {"\\e[D", "ed-prev-char"},
  };
  for (auto &k : keys)
    el_set(el_, EL_BIND, k[0], k[1], nullptr);
  el_source(el_, nullptr); // ~/.editrc: the user's own keys come last
}

int EditLineEditor::next_char(wchar_t *out) {
  tcgetattr(STDIN_FILENO, &terminal.raw);
  terminal.editing = 1;
  std::mbstate_t state{};
  for (;;) {
    bool there = client_.wait_for_input();
    if (std::exchange(terminal.resized, 0))
      el_resize(el_);
    if (std::exchange(terminal.continued, 0))
      el_set(el_, EL_REFRESH);
    if (!there) {
      interrupted_ = true;
      return -1;
    }
    int c = read_byte();
    if (c < 0)
      return 0;
    char byte = static_cast<char>(c);
    size_t n = std::mbrtowc(out, &byte, 1, &state);
    if (n == 0 || n == 1)
      return 1;
    if (n == static_cast<size_t>(-1)) // not UTF-8: dropped
      state = {};
  }
}

// --- output of others while a line is edited ---------------------------------------------------------------------------------------
size_t terminal_columns() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

size_t cells(const char *from, const char *to) { // that the text takes on the screen
  size_t n = 0;
  std::mbstate_t state{};
  while (from < to) {
    wchar_t c;
    size_t bytes = std::mbrtowc(&c, from, static_cast<size_t>(to - from), &state);
    if (bytes == 0 || bytes > static_cast<size_t>(to - from))
      return n;
    int width = wcwidth(c);
    n += width >= 0 ? static_cast<size_t>(width) : 2; // libedit shows control characters as ^X
    from += bytes;
  }
  return n;
}

size_t EditLineEditor::rows_above_cursor() const {
  const LineInfo *info = el_line(el_);
  return (cells(prompt_.data(), prompt_.data() + prompt_.size()) + cells(info->buffer, info->cursor)) / terminal_columns();
}

void EditLineEditor::before_output() {
  EditLineEditor &e = *on_screen_;
  if (!terminal.editing || e.writers_++ > 0)
    return;
  if (size_t rows = e.rows_above_cursor())
    std::fprintf(stdout, "\x1b[%zuA", rows);
  std::fputs("\r\x1b[J", stdout);
  std::fflush(stdout);
}

void EditLineEditor::after_output(bool ends_line) {
  EditLineEditor &e = *on_screen_;
  if (e.writers_ == 0 || --e.writers_ > 0)
    return;
  if (!ends_line)
    std::fputs("\n", stdout);
  if (terminal.editing)
    el_set(e.el_, EL_REFRESH); // the cursor stands in the first column of a free line
  std::fflush(stdout);
}

LineEditor::Result EditLineEditor::read(const std::string &prompt, std::string &line) {
  prompt_ = prompt;
  interrupted_ = false;
  int n = 0;
  if (std::exchange(terminal.resized, 0))
    el_resize(el_);
  el_set(el_, EL_PREP_TERM, 1); // before the prompt is shown: what is typed then is not echoed twice
  const char *text = el_gets(el_, &n);
  terminal.editing = 0;
  if (interrupted_ || !text || n <= 0)
    std::fputs(interrupted_ ? "^C\n" : "\n", stdout);
  std::fflush(stdout);
  if (interrupted_)
    return Result::Interrupted;
  if (!text || n <= 0)
    return Result::End;
  line.assign(text);
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r'))
    line.pop_back();
  return Result::Line;
}

// --- completion ------------------------------------------------------------------------------------------------------------------
bool ends_word(char c) { return std::strchr(" \t\n\"()[]{}|'`,;@", c) != nullptr; }

size_t common_prefix(const std::vector<std::string> &all) {
  size_t n = all[0].size();
  for (const std::string &s : all)
    n = std::min<size_t>(n, std::mismatch(all[0].begin(), all[0].begin() + static_cast<long>(std::min(n, s.size())), s.begin())
                                    .first - all[0].begin());
  return n;
}

unsigned char EditLineEditor::complete() {
  const LineInfo *info = el_line(el_);
  const char *start = info->cursor;
  while (start > info->buffer && !ends_word(start[-1]))
    --start;
  std::string line(info->buffer, info->cursor), word(start, info->cursor);
  if (word.empty())
    return el_insertstr(el_, "  ") == 0 ? CC_REFRESH : CC_ERROR;
  std::vector<std::string> all = client_.complete(line, word);
  if (all.empty())
    return CC_ERROR;
  size_t shared = common_prefix(all);
  if (shared > word.size() || all.size() == 1) {
    std::string more = all[0].substr(word.size(), shared - word.size()) + (all.size() == 1 ? " " : "");
    return el_insertstr(el_, more.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
  }
  list(all);
  return CC_REDISPLAY;
}

void EditLineEditor::list(const std::vector<std::string> &all) {
  constexpr size_t kMostShown = 120;
  size_t shown = std::min(all.size(), kMostShown), width = 0;
  for (size_t i = 0; i < shown; ++i)
    width = std::max(width, all[i].size() + 2);
  size_t per_line = std::max<size_t>(1, terminal_columns() / width);
  std::fputs("\n", stdout);
  for (size_t i = 0; i < shown; ++i) {
    bool last = (i + 1) % per_line == 0 || i + 1 == shown;
    std::fprintf(stdout, "%-*s%s", last ? 0 : static_cast<int>(width), all[i].c_str(), last ? "\n" : "");
  }
  if (shown < all.size())
    std::fprintf(stdout, "and %zu more\n", all.size() - shown);
  std::fflush(stdout);
}

// --- history ---------------------------------------------------------------------------------------------------------------------
void make_folders_of(const std::string &path) {
  for (size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1))
    mkdir(path.substr(0, at).c_str(), 0700);
}

void EditLineEditor::load_history() {
  HistEvent event;
  history(history_, &event, H_SETSIZE, kHistoryEntries);
  history(history_, &event, H_SETUNIQUE, 1);
  el_set(el_, EL_HIST, history, history_);
  if (history_path_.empty())
    return;
  int loaded = history(history_, &event, H_LOAD, history_path_.c_str());
  if (loaded > 2 * kHistoryEntries) // entries are only appended: cut what is too old
    history(history_, &event, H_SAVE, history_path_.c_str());
}

// Appended at once: nothing is lost when the process ends, and sessions that run side by side keep each other's entries.
void EditLineEditor::remember(const std::string &entry) {
  HistEvent event;
  history(history_, &event, H_ENTER, entry.c_str());
  if (history_path_.empty())
    return;
  make_folders_of(history_path_);
  FILE *out = std::fopen(history_path_.c_str(), "a");
  if (!out)
    return;
  std::fseek(out, 0, SEEK_END);
  history(history_, &event, H_NSAVE_FP, size_t{1}, out);
  std::fclose(out);
  chmod(history_path_.c_str(), 0600);
}

} // namespace

std::unique_ptr<LineEditor> make_line_editor(LineEditor::Client &client, const std::string &history) {
  const char *term = std::getenv("TERM");
  bool can_edit = isatty(STDOUT_FILENO) && term && *term && std::strcmp(term, "dumb") != 0;
  if (!can_edit)
    return std::make_unique<PlainEditor>(client);
  return std::make_unique<EditLineEditor>(client, history);
}

} // namespace evjit::cli
