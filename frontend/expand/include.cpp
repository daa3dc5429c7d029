// include and include-file: the forms of a file in place of the form, before expansion (06 section 3).
#include "frontend/expand/expander.hpp"

#include "base/options.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <sstream>

namespace evjit::frontend {

namespace fs = std::filesystem;

namespace {

bool is_file(const fs::path &p) {
  std::error_code ignored;
  return fs::is_regular_file(p, ignored);
}

std::string directory_of(const std::string &file) {
  if (!file.empty() && file[0] == '<')
    return "";
  return fs::path(file).parent_path().string();
}

// dir/spec.lisp, dir/spec; or the exact path first.
std::optional<std::string> either(const fs::path &exact) {
  if (is_file(exact))
    return exact.string();
  fs::path with_extension = exact.string() + ".lisp";
  return is_file(with_extension) ? std::optional(with_extension.string()) : std::nullopt;
}

// As import resolves a spec (06 section 2), the bundled library excepted.
std::optional<std::string> find_unit(const std::string &spec, const std::string &from) {
  if (spec.rfind("./", 0) == 0 || spec.rfind("../", 0) == 0) {
    std::string dir = directory_of(from);
    return either(dir.empty() ? fs::path(spec) : fs::path(dir) / spec);
  }
  if (!spec.empty() && spec[0] == '/')
    return either(spec);
  if (is_file(spec))
    return spec;
  std::vector<std::string> dirs{""};
  std::stringstream path(base::options().path);
  for (std::string dir; std::getline(path, dir, ':');)
    if (!dir.empty())
      dirs.push_back(dir);
  if (!base::options().home.empty())
    dirs.push_back(base::options().home);
  for (const std::string &dir : dirs)
    for (const std::string &name : {spec + ".lisp", spec})
      if (fs::path p = dir.empty() ? fs::path(name) : fs::path(dir) / name; is_file(p))
        return p.string();
  return std::nullopt;
}

std::optional<std::string> read_file(const std::string &path) {
  std::FILE *in = std::fopen(path.c_str(), "rb");
  if (!in)
    return std::nullopt;
  std::string text;
  char buffer[1 << 16];
  while (size_t n = std::fread(buffer, 1, sizeof buffer, in))
    text.append(buffer, n);
  bool failed = std::ferror(in);
  std::fclose(in);
  return failed ? std::nullopt : std::optional(std::move(text));
}

bool same_file(const std::string &a, const std::string &b) {
  std::error_code ignored;
  return a == b || fs::equivalent(a, b, ignored);
}

} // namespace

Node *Expander::form_include(Form &f) {
  bool top = u_->at_top_level && frame_->kind == FrameKind::Top && !u_->phase_one;
  u_->at_top_level = false;
  if (f.operands() != 1 || !gc::is(f[1], Type::String))
    return malformed(f, f.operands() == 1 ? "a literal string is needed, got " + describe(f[1]) : "");
  if (!top)
    return fail(f.at, code::BadInclude, f.name + ": only allowed at the top level of a unit");
  std::string spec(gc::string_view_of(f[1]));
  std::string from = f.at.line == 0 ? file_ : sources().at(f.at.file).name;
  std::optional<std::string> path;
  if (f.name == "include") {
    path = find_unit(spec, from);
  } else {
    std::string dir = directory_of(from);
    fs::path exact = spec[0] == '/' || dir.empty() ? fs::path(spec) : fs::path(dir) / spec;
    path = is_file(exact) ? std::optional(exact.string()) : std::nullopt;
  }
  if (!path)
    return fail(f.at, code::BadInclude, f.name + ": \"" + spec + "\" not found");
  return splice_file(f, fs::path(*path).lexically_normal().string());
}

Node *Expander::splice_file(Form &f, const std::string &path) {
  bool cycle = same_file(path, file_);
  for (uint32_t file : including_)
    cycle = cycle || same_file(path, sources().at(file).name);
  if (cycle)
    return fail(f.at, code::BadInclude, f.name + ": circular dependency on \"" + path + "\"");
  auto text = read_file(path);
  if (!text)
    return fail(f.at, code::BadInclude, f.name + ": \"" + path + "\" cannot be read: " + std::strerror(errno));
  bool markdown = path.size() > 3 && path.compare(path.size() - 3, 3, ".md") == 0;
  uint32_t file = sources().add({path, std::move(*text), markdown ? SourceKind::Markdown : SourceKind::Lisp});
  gc::RootVector forms(m_);
  bool had_errors = sink_.has_errors();
  read_source(m_, file, sink_, forms);
  if (!had_errors && sink_.has_errors())
    return nil(f.at);
  including_.push_back(file);
  std::vector<Node *> out;
  for (Value form : forms)
    out.push_back(top_form(keep(form)));
  including_.pop_back();
  return seq(std::move(out), f.at);
}

} // namespace evjit::frontend
