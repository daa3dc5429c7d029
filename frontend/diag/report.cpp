// What report() writes, and where. The style is decided once, at the first report of the process. Any thread.
#include "frontend/diag/report.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

namespace evjit::frontend {

static std::atomic<ReportFormat> format{ReportFormat::Text};

void set_report_format(ReportFormat f) { format.store(f, std::memory_order_relaxed); } // nothing else hangs on it

static bool wants_colour() {
  const char *no_colour = std::getenv("NO_COLOR"), *term = std::getenv("TERM");
  if ((no_colour && *no_colour) || !term || std::strcmp(term, "dumb") == 0)
    return false;
  return isatty(STDERR_FILENO) != 0;
}

void report(const std::vector<Diagnostic> &all) {
  static const RenderStyle style{.colour = wants_colour(), .says_code = true};
  bool json = format.load(std::memory_order_relaxed) == ReportFormat::Json;
  for (const Diagnostic &d : all) {
    std::string text = json ? to_json(d) + "\n" : render(d, style);
    std::fwrite(text.data(), 1, text.size(), stderr);
  }
}

} // namespace evjit::frontend
