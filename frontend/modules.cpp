// Finding and reading source files. Search directories: the working directory, --path / EVJIT_PATH, --home / EVJIT_HOME.
// Directories never match. Any thread; the options do not change after start-up.
#include "frontend/modules.hpp"

#include "base/options.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <sys/stat.h>

namespace evjit::frontend {

namespace fs = std::filesystem;

namespace {

bool is_file(const fs::path &p) {
  std::error_code ignored;
  auto s = fs::status(p, ignored);
  return fs::exists(s) && !fs::is_directory(s); // pipes and devices may be read too
}

fs::path directory_of(std::string_view file) {
  return file.empty() || file[0] == '<' ? fs::path() : fs::path(file).parent_path();
}

std::string normal(const fs::path &p) { return p.lexically_normal().string(); }

fs::path with_extension(const fs::path &p) { return p.string() + ".lisp"; }

std::vector<fs::path> search_directories() {
  std::vector<fs::path> out{fs::path()};
  const base::Options &o = base::options();
  for (std::string_view rest = o.path; !rest.empty();) {
    size_t n = rest.find(':');
    if (std::string_view dir = rest.substr(0, n); !dir.empty())
      out.emplace_back(dir);
    if (n == std::string_view::npos)
      break;
    rest.remove_prefix(n + 1);
  }
  if (!o.home.empty())
    out.emplace_back(o.home);
  return out;
}

} // namespace

std::optional<std::string> find_module(std::string_view spec, std::string_view from) {
  if (spec.empty())
    return std::nullopt;
  bool beside = spec.starts_with("./") || spec.starts_with("../");
  if (beside || spec[0] == '/') {
    fs::path exact = beside ? directory_of(from) / spec : fs::path(spec);
    for (const fs::path &p : {exact, with_extension(exact)})
      if (is_file(p))
        return normal(p);
    return std::nullopt;
  }
  if (is_file(spec))
    return normal(spec);
  for (const fs::path &dir : search_directories())
    for (const fs::path &p : {with_extension(dir / spec), dir / spec})
      if (is_file(p))
        return normal(p);
  return std::nullopt;
}

std::optional<std::string> find_beside(std::string_view path, std::string_view from) {
  fs::path p = directory_of(from) / path; // an absolute path stays itself
  return is_file(p) ? std::optional(normal(p)) : std::nullopt;
}

std::optional<std::string> read_file(const std::string &path) {
  std::FILE *in = std::fopen(path.c_str(), "rb");
  if (!in)
    return std::nullopt;
  struct stat info;
  if (fstat(fileno(in), &info) == 0 && S_ISDIR(info.st_mode)) {
    std::fclose(in);
    errno = EISDIR;
    return std::nullopt;
  }
  std::string text;
  char buffer[1 << 16];
  while (size_t n = std::fread(buffer, 1, sizeof buffer, in))
    text.append(buffer, n);
  int failed = std::ferror(in) ? errno : 0;
  std::fclose(in);
  errno = failed;
  return failed ? std::nullopt : std::optional(std::move(text));
}

bool same_file(const std::string &a, const std::string &b) {
  std::error_code ignored;
  return a == b || fs::equivalent(a, b, ignored);
}

} // namespace evjit::frontend
