// evjit, the command line: arguments into base::Options, then cli/program.cpp does the work. The first word may be a verb, check or
// explain; a program of that name is run as ./check.
// Exit status 2 for wrong usage or a source that cannot be read (06 section 6).
#include "base/options.hpp"
#include "base/reserve.hpp"
#include "cli/program.hpp"
#include "cli/repl.hpp"
#include "frontend/diag/report.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>
#include <unistd.h>

using namespace evjit;

static constexpr const char *kVersion = "evjit " EVJIT_VERSION;

static void add_json(CLI::App &app, base::Options &o) {
  app.add_flag("--json", o.json, "diagnostics as JSON, one object a line");
}

static CLI::Option *declare(CLI::App &app, const char *flag, bool &member, const char *help, const char *) {
  return app.add_flag(flag, member, help);
}

template <typename T> static CLI::Option *declare(CLI::App &app, const char *flag, T &member, const char *help, const char *value) {
  return app.add_option(flag, member, help)->type_name(value);
}

static void declare_options(CLI::App &app, base::Options &o) {
#define OPTION(member, type, flag, env, fallback, value, help)                                                         \
  {                                                                                                                    \
    auto *option = declare(app, flag, o.member, help, value);                                                          \
    if (*env)                                                                                                          \
      option->envname(env);                                                                                            \
  }
#include "base/options.def"
#undef OPTION
  app.add_flag("--prelude", o.is_prelude, "with --emit-object: the sources are the prelude");
  app.add_flag("--check", o.check, "compile the program without running it");
  app.add_flag("--warn", o.warn, "all warnings, as evjit check has them");
  add_json(app, o);
  app.set_version_flag("--version", kVersion);
  app.footer("evjit FILE [args], evjit -e EXPR [args], evjit - [args]\n"
             "evjit check FILE...    compile only, with all warnings\n"
             "evjit explain CODE     what a diagnostic means\n"
             "Documentation: README.md");
}

// Everything behind the source file belongs to the program.
static void take_arguments(const std::vector<std::string> &rest, base::Options &o) {
  size_t i = 0;
  if (o.expression.empty() && !rest.empty())
    o.file = rest[i++];
  o.arguments.assign(rest.begin() + static_cast<long>(i), rest.end());
}

// An exit status if there is nothing more to do.
static std::optional<int> parse(CLI::App &app, int argc, char **argv) {
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError &e) {
    bool asked = e.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    app.exit(e);
    return asked ? 0 : 2;
  }
}

static void choose_format(const base::Options &o) {
  frontend::set_report_format(o.json ? frontend::ReportFormat::Json : frontend::ReportFormat::Text);
}

static int check(int argc, char **argv) {
  CLI::App app{"Compiles programs without running them and prints errors and warnings.", "evjit check"};
  auto &o = base::options();
  std::vector<std::string> files;
  app.add_option("FILE", files, "programs; - is standard input")->required();
  app.add_option("--path", o.path, "directories that import and include search")->type_name("DIRS")->envname("EVJIT_PATH");
  app.add_option("--home", o.home, "the installation's library directory")->type_name("DIR")->envname("EVJIT_HOME");
  add_json(app, o);
  if (auto status = parse(app, argc, argv))
    return *status;
  choose_format(o);
  return cli::check_programs(files);
}

static int explain(int argc, char **argv) {
  CLI::App app{"Tells what a diagnostic means; without a code, which there are.", "evjit explain"};
  std::string code;
  app.add_option("CODE", code, "E0101 or undefined-variable");
  if (auto status = parse(app, argc, argv))
    return *status;
  std::string text = code.empty() ? frontend::list_of_codes() : frontend::explain(code);
  if (text.empty()) {
    std::fprintf(stderr, "evjit: there is no diagnostic '%s'; evjit explain lists them\n", code.c_str());
    return 2;
  }
  std::fputs(text.c_str(), stdout);
  return 0;
}

int main(int argc, char **argv) {
  base::install_memory_reserve();
  std::string verb = argc > 1 ? argv[1] : "";
  if (verb == "check")
    return check(argc - 1, argv + 1);
  if (verb == "explain")
    return explain(argc - 1, argv + 1);
  CLI::App app{"A concurrency-first Lisp that compiles to native code.", "evjit"};
  auto &o = base::options();
  declare_options(app, o);
  app.prefix_command();
  if (auto status = parse(app, argc, argv))
    return *status;
  choose_format(o);
  take_arguments(app.remaining(), o);
  if (o.file.size() > 1 && o.file[0] == '-') {
    std::fprintf(stderr, "evjit: unknown option %s; evjit --help lists them\n", o.file.c_str());
    return 2;
  }
  if (o.optimise != 1 && o.optimise != 2) {
    std::fprintf(stderr, "evjit: --opt takes 1 or 2\n");
    return 2;
  }
  if (o.schedule_chaos && o.schedule_seed < 0)
    o.schedule_seed = std::random_device{}();
  if (o.file.empty() && o.expression.empty()) {
    if (isatty(STDIN_FILENO))
      return cli::run_repl();
    o.file = "-";
  }
  return cli::run_program();
}
