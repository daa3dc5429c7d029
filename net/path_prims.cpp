// path/*: paths as text, and a few questions to the file system. Synchronous.
#include "net/options.hpp"
#include "net/port.hpp"
#include "net/prims.hpp"

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <sys/stat.h>
#include <unistd.h>

namespace evjit::net {

using gc::kNil;
using gc::PrimDef;

// --- text --------------------------------------------------------------------------------------------------------------------
using Parts = std::vector<std::string_view>;

static bool is_absolute(std::string_view p) { return p.starts_with('/'); }

static Parts split(std::string_view p) {
  Parts parts;
  while (!p.empty()) {
    size_t end = std::min(p.find('/'), p.size());
    if (end > 0)
      parts.push_back(p.substr(0, end));
    p.remove_prefix(std::min(p.size(), end + 1));
  }
  return parts;
}

// `.` and `..` resolved textually; an absolute path's root has no parent.
static Parts resolve_dots(std::string_view p) {
  Parts out;
  for (std::string_view part : split(p)) {
    if (part == ".")
      continue;
    if (part != "..")
      out.push_back(part);
    else if (!out.empty() && out.back() != "..")
      out.pop_back();
    else if (!is_absolute(p))
      out.push_back(part);
  }
  return out;
}

static std::string join_parts(const Parts &parts, bool absolute) {
  std::string s = absolute ? "/" : "";
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i)
      s += '/';
    s += parts[i];
  }
  return s;
}

static std::string normalize(std::string_view p) {
  std::string s = join_parts(resolve_dots(p), is_absolute(p));
  return s.empty() && !p.empty() ? "." : s;
}

static std::string_view strip_slashes(std::string_view p) {
  while (p.size() > 1 && p.ends_with('/'))
    p.remove_suffix(1);
  return p;
}

static std::string_view filename(std::string_view p) { // "": none
  p = strip_slashes(p);
  std::string_view name = p.substr(p.find_last_of('/') + 1);
  return name == ".." || name == "." ? std::string_view{} : name;
}

// Where the extension's dot is; npos: there is none.
static size_t extension_dot(std::string_view name) {
  size_t dot = name.find_last_of('.');
  return dot == 0 ? std::string_view::npos : dot;
}

static Value text_or_nil(Mutator &m, std::string_view s) { return s.empty() ? kNil : make_text(m, s); }

// Checks the first n arguments.
static bool paths(Mutator &m, const char *op, const Value *args, size_t n, Value *raised) {
  for (size_t i = 0; i < n; ++i)
    if (!want_string(m, op, args[i], static_cast<int>(i), raised))
      return false;
  return true;
}

static std::string text(Value v) { return std::string(gc::string_view_of(v)); }

EVJIT_PRIM(evrt_path_join) {
  Value raised;
  if (!paths(m, "path/join", args, argc, &raised))
    return raised;
  std::string s;
  for (size_t i = 0; i < argc; ++i) {
    std::string part = text(args[i]);
    if (is_absolute(part))
      s = part;
    else if (!part.empty())
      s += (s.empty() || s.ends_with('/') ? "" : "/") + part;
  }
  return make_text(m, s);
}

EVJIT_PRIM(evrt_path_parent) {
  Value raised;
  if (!paths(m, "path/parent", args, 1, &raised))
    return raised;
  std::string p = text(args[0]);
  std::string_view s = strip_slashes(p);
  size_t slash = s.find_last_of('/');
  if (slash == std::string_view::npos || s == "/")
    return kNil;
  return make_text(m, strip_slashes(s.substr(0, std::max<size_t>(slash, 1))));
}

EVJIT_PRIM(evrt_path_filename) {
  Value raised;
  return paths(m, "path/filename", args, 1, &raised) ? text_or_nil(m, filename(text(args[0]))) : raised;
}

EVJIT_PRIM(evrt_path_stem) {
  Value raised;
  if (!paths(m, "path/stem", args, 1, &raised))
    return raised;
  std::string p = text(args[0]);
  std::string_view name = filename(p);
  return text_or_nil(m, name.substr(0, extension_dot(name)));
}

EVJIT_PRIM(evrt_path_extension) {
  Value raised;
  if (!paths(m, "path/extension", args, 1, &raised))
    return raised;
  std::string p = text(args[0]);
  std::string_view name = filename(p);
  size_t dot = extension_dot(name);
  return dot == std::string_view::npos ? kNil : make_text(m, name.substr(dot + 1));
}

EVJIT_PRIM(evrt_path_with_extension) {
  Value raised;
  if (!paths(m, "path/with-extension", args, 2, &raised))
    return raised;
  std::string p = text(args[0]), extension = text(args[1]);
  std::string_view s = strip_slashes(p), name = filename(p);
  if (name.empty())
    return make_text(m, p);
  size_t dot = extension_dot(name);
  std::string out(s.substr(0, s.size() - name.size()));
  out += name.substr(0, dot);
  if (!extension.empty())
    out += (extension.starts_with('.') ? "" : ".") + extension;
  return make_text(m, out);
}

EVJIT_PRIM(evrt_path_normalize) {
  Value raised;
  return paths(m, "path/normalize", args, 1, &raised) ? make_text(m, normalize(text(args[0]))) : raised;
}

static std::string current_directory() {
  char buffer[PATH_MAX];
  return getcwd(buffer, sizeof buffer) ? buffer : "";
}

static std::string absolute(const std::string &p) { return is_absolute(p) ? p : p.empty() ? current_directory() : current_directory() + "/" + p; }

EVJIT_PRIM(evrt_path_absolute) {
  Value raised;
  return paths(m, "path/absolute", args, 1, &raised) ? make_text(m, normalize(absolute(text(args[0])))) : raised;
}

EVJIT_PRIM(evrt_path_canonicalize) {
  Value raised;
  if (!paths(m, "path/canonicalize", args, 1, &raised))
    return raised;
  std::string p = text(args[0]);
  char *real = realpath(p.c_str(), nullptr);
  if (!real)
    return raise_os(m, {.op = "path/canonicalize", .code = errno, .path = p});
  Value v = make_text(m, real);
  std::free(real);
  return v;
}

EVJIT_PRIM(evrt_path_relative) {
  Value raised;
  if (!paths(m, "path/relative", args, 2, &raised))
    return raised;
  std::string to = text(args[0]), from = text(args[1]);
  if (is_absolute(to) != is_absolute(from))
    return is_absolute(to) ? make_text(m, to) : kNil;
  Parts target = resolve_dots(to), base = resolve_dots(from), out;
  size_t same = 0;
  while (same < target.size() && same < base.size() && target[same] == base[same])
    ++same;
  for (size_t i = same; i < base.size(); ++i) {
    if (base[i] == "..")
      return kNil; // where that is depends on the directory
    out.emplace_back("..");
  }
  out.insert(out.end(), target.begin() + static_cast<long>(same), target.end());
  return make_text(m, out.empty() ? "." : join_parts(out, false));
}

EVJIT_PRIM(evrt_path_components) {
  Value raised;
  if (!paths(m, "path/components", args, 1, &raised))
    return raised;
  std::string p = text(args[0]);
  Parts parts = split(p);
  if (is_absolute(p))
    parts.insert(parts.begin(), "/");
  Value list = gc::kEmpty;
  for (size_t i = parts.size(); i-- > 0;)
    list = gc::cons(m, make_text(m, parts[i]), list);
  return list;
}

EVJIT_PRIM(evrt_path_absolute_p) {
  Value raised;
  return paths(m, "path/absolute?", args, 1, &raised) ? Value::boolean(is_absolute(text(args[0]))) : raised;
}

EVJIT_PRIM(evrt_path_relative_p) {
  Value raised;
  return paths(m, "path/relative?", args, 1, &raised) ? Value::boolean(!is_absolute(text(args[0]))) : raised;
}

// --- questions to the file system ---------------------------------------------------------------------------------------------
EVJIT_PRIM(evrt_path_cwd) { return make_text(m, current_directory()); }

static Value check(Mutator &m, const char *op, const Value *args, mode_t wanted) {
  Value raised;
  struct stat info;
  if (!paths(m, op, args, 1, &raised))
    return raised;
  return Value::boolean(stat(text(args[0]).c_str(), &info) == 0 && (wanted == 0 || (info.st_mode & S_IFMT) == wanted));
}

EVJIT_PRIM(evrt_path_exists_p) { return check(m, "path/exists?", args, 0); }
EVJIT_PRIM(evrt_path_file_p) { return check(m, "path/file?", args, S_IFREG); }
EVJIT_PRIM(evrt_path_dir_p) { return check(m, "path/dir?", args, S_IFDIR); }

#define EVJIT_PATH_ROW(name_, symbol_, n_, params_, alias_, doc_, example_)                                                          \
  {.name = name_, EVJIT_PRIM_FN(symbol_), .arity = {n_, n_}, .params = params_, .doc = doc_, .example = example_, .aliases = alias_}

static const PrimDef rows[] = {
    {.name = "path/join", EVJIT_PRIM_FN(evrt_path_join), .arity = {1, gc::kAny}, .params = "p & ps",
     .doc = "The paths joined; an absolute one starts anew.", .example = "(path/join \"a\" \"b.tar.gz\") # => \"a/b.tar.gz\""},
    EVJIT_PATH_ROW("path/parent", evrt_path_parent, 1, "p", "", "The path without its last part, or nil.",
                   "(path/parent \"a/b\") # => \"a\""),
    EVJIT_PATH_ROW("path/filename", evrt_path_filename, 1, "p", "", "The last part, or nil.", "(path/filename \"a/b.c\") # => \"b.c\""),
    EVJIT_PATH_ROW("path/stem", evrt_path_stem, 1, "p", "", "The last part without its extension, or nil.",
                   "(path/stem \"a/b.tar.gz\") # => \"b.tar\""),
    EVJIT_PATH_ROW("path/extension", evrt_path_extension, 1, "p", "", "The extension without its dot, or nil.",
                   "(path/extension \"a/b.c\") # => \"c\""),
    EVJIT_PATH_ROW("path/with-extension", evrt_path_with_extension, 2, "p ext", "", "The path with another extension; \"\" removes it.",
                   "(path/with-extension \"a/b.c\" \"o\") # => \"a/b.o\""),
    EVJIT_PATH_ROW("path/normalize", evrt_path_normalize, 1, "p", "", "The path with . and .. resolved as text.",
                   "(path/normalize \"a/./b/../c\") # => \"a/c\""),
    EVJIT_PATH_ROW("path/absolute", evrt_path_absolute, 1, "p", "", "The absolute path.", "(path/absolute \"/a/b\") # => \"/a/b\""),
    EVJIT_PATH_ROW("path/canonicalize", evrt_path_canonicalize, 1, "p", "", "The absolute path without symbolic links; must exist.",
                   "(path/canonicalize \"/tmp/..\") # => \"/\""),
    EVJIT_PATH_ROW("path/relative", evrt_path_relative, 2, "target base", "", "The way from base to target, or nil.",
                   "(path/relative \"/x/y/z\" \"/x\") # => \"y/z\""),
    EVJIT_PATH_ROW("path/components", evrt_path_components, 1, "p", "", "List of the parts.",
                   "(path/components \"/a/b\") # => (\"/\" \"a\" \"b\")"),
    EVJIT_PATH_ROW("path/absolute?", evrt_path_absolute_p, 1, "p", "", "Whether the path is absolute.",
                   "(path/absolute? \"/a\") # => true"),
    EVJIT_PATH_ROW("path/relative?", evrt_path_relative_p, 1, "p", "", "Whether the path is relative.",
                   "(path/relative? \"/a\") # => false"),
    EVJIT_PATH_ROW("path/cwd", evrt_path_cwd, 0, "", "", "The current directory.", "(path/absolute? (path/cwd)) # => true"),
    EVJIT_PATH_ROW("path/exists?", evrt_path_exists_p, 1, "p", "file-exists? file/exists?", "Whether something is there.",
                   "(path/exists? \"/tmp\") # => true"),
    EVJIT_PATH_ROW("path/file?", evrt_path_file_p, 1, "p", "file?", "Whether it is a regular file.", "(path/file? \"/tmp\") # => false"),
    EVJIT_PATH_ROW("path/dir?", evrt_path_dir_p, 1, "p", "directory?", "Whether it is a directory.", "(path/dir? \"/tmp\") # => true"),
};
#undef EVJIT_PATH_ROW
const std::span<const PrimDef> kPathPrims = rows;

} // namespace evjit::net
