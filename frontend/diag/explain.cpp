// `evjit explain CODE`: the code's section of docs/diagnostics.md, which is part of the program (pages.cpp, written by
// CMakeLists.txt). That file is made from diag.def and the snapshots of test/diag by test/tools/run_diag.
#include "frontend/diag/report.hpp"

#include <cctype>

extern "C" const char evjit_diagnostics_page[], evjit_diagnostics_page_end[];

namespace evjit::frontend {
namespace {

std::string_view page() {
  return {evjit_diagnostics_page, static_cast<size_t>(evjit_diagnostics_page_end - evjit_diagnostics_page)};
}

// From behind the heading `## E0101 slug` to the next heading of that level.
std::string_view section(const DiagInfo &d) {
  std::string heading = std::string("\n## ") + d.code + " ";
  std::string_view text = page();
  size_t at = text.find(heading);
  if (at == text.npos)
    return {};
  text.remove_prefix(at + 1);
  text = text.substr(std::min(text.find('\n'), text.size()));
  return text.substr(0, text.find("\n## "));
}

// Markdown for the eye: fenced lines are indented, headings lose their signs.
std::string plain(std::string_view markdown) {
  std::string out;
  bool fenced = false;
  while (!markdown.empty()) {
    size_t n = std::min(markdown.find('\n'), markdown.size());
    std::string_view line = markdown.substr(0, n);
    markdown.remove_prefix(std::min(n + 1, markdown.size()));
    if (line.substr(0, 3) == "```") {
      fenced = !fenced;
      continue;
    }
    if (fenced && !line.empty())
      out += "    ";
    else if (line.substr(0, 4) == "### ")
      line.remove_prefix(4);
    out += line;
    out += '\n';
  }
  while (out.size() > 1 && out.back() == '\n' && out[out.size() - 2] == '\n')
    out.pop_back();
  return out;
}

} // namespace

std::string explain(std::string_view code_or_slug) {
  std::string wanted(code_or_slug);
  if (wanted.size() == 5 && (wanted[0] == 'e' || wanted[0] == 'w'))
    wanted[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(wanted[0])));
  const DiagInfo *d = find_diag(wanted);
  if (!d)
    return {};
  std::string out = std::string(d->code) + " " + d->slug + "\n";
  std::string_view text = section(*d);
  return text.empty() ? out + "\n" + d->about + "\n" : out + plain(text);
}

std::string list_of_codes() {
  std::string out;
  for (const DiagInfo &d : all_diagnostics())
    out += std::string(d.code) + "  " + d.slug + "\n";
  return out;
}

} // namespace evjit::frontend
