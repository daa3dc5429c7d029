// evjit, the command line: arguments into base::Options, then cli/program.cpp does the work.
// Exit status 2 for wrong usage or a source that cannot be read (06 section 6).
#include "base/options.hpp"
#include "cli/program.hpp"
#include "cli/repl.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <unistd.h>

using namespace evjit;

static constexpr const char *kVersion = "evjit " EVJIT_VERSION;

static void declare_options(CLI::App &app, base::Options &o) {
#define OPTION(member, type, flag, env, fallback, value, help)                                                         \
  {                                                                                                                    \
    auto *option = app.add_option(flag, o.member, help)->type_name(value);                                             \
    if (*env)                                                                                                          \
      option->envname(env);                                                                                            \
  }
#include "base/options.def"
#undef OPTION
  app.add_flag("--prelude", o.is_prelude, "with --emit-object: the sources are the prelude");
  app.add_flag("--check", o.check, "compile the program without running it");
  app.set_version_flag("--version", kVersion);
  app.footer("evjit FILE [args], evjit -e EXPR [args], evjit - [args]. Documentation: README.md");
}

// Everything behind the source file belongs to the program.
static void take_arguments(const std::vector<std::string> &rest, base::Options &o) {
  size_t i = 0;
  if (o.expression.empty() && !rest.empty())
    o.file = rest[i++];
  o.arguments.assign(rest.begin() + static_cast<long>(i), rest.end());
}

int main(int argc, char **argv) {
  CLI::App app{"A concurrency-first Lisp that compiles to native code.", "evjit"};
  auto &o = base::options();
  declare_options(app, o);
  app.prefix_command();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &e) {
    bool asked = e.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    app.exit(e);
    return asked ? 0 : 2;
  }
  take_arguments(app.remaining(), o);
  if (o.optimise != 1 && o.optimise != 2) {
    std::fprintf(stderr, "evjit: --opt takes 1 or 2\n");
    return 2;
  }
  if (o.file.empty() && o.expression.empty()) {
    if (isatty(STDIN_FILENO))
      return cli::run_repl();
    o.file = "-";
  }
  return cli::run_program();
}
