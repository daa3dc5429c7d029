// file/*: synchronous operations on files and directories (specification, chapter 11 section 4). They block the thread for the time
// of their system calls, send only :error and need no scheduler.
#include "net/decode.hpp"
#include "net/options.hpp"
#include "net/port.hpp"
#include "net/prims.hpp"

#include "gc/value/text.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace evjit::net {

using gc::kFalse;
using gc::kNil;
using gc::kTrue;
using gc::keyword;
using gc::PrimDef;
namespace sig = gc::sig;

// --- helpers -----------------------------------------------------------------------------------------------------------------
static bool want_path(Mutator &m, const char *op, Value v, int arg, std::string *out, Value *raised) {
  if (!want_string(m, op, v, arg, raised))
    return false;
  *out = gc::string_view_of(v);
  return true;
}

static Value failed(Mutator &m, const char *op, const std::string &path, int code = errno) {
  return raise_os(m, {.op = op, .code = code, .path = path});
}

static bool read_fd(int fd, std::string *out) {
  struct stat info;
  if (fstat(fd, &info) == 0 && info.st_size > 0)
    out->reserve(static_cast<size_t>(info.st_size) + 1);
  char buffer[65536];
  for (;;) {
    ssize_t k = read(fd, buffer, sizeof buffer);
    if (k < 0 && errno == EINTR)
      continue;
    if (k <= 0)
      return k == 0;
    out->append(buffer, static_cast<size_t>(k));
  }
}

static bool write_fd(int fd, std::string_view data) {
  while (!data.empty()) {
    ssize_t k = write(fd, data.data(), data.size());
    if (k < 0 && errno != EINTR)
      return false;
    if (k > 0)
      data.remove_prefix(static_cast<size_t>(k));
  }
  return true;
}

// False: errno.
static bool read_file(const std::string &path, std::string *out) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return false;
  bool fine = read_fd(fd, out);
  int code = errno;
  close(fd);
  errno = code;
  return fine;
}

static bool write_file(const std::string &path, std::string_view data, int flags) {
  int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
  if (fd < 0)
    return false;
  bool fine = write_fd(fd, data);
  int code = errno;
  if (close(fd) != 0 && fine) {
    fine = false;
    code = errno;
  }
  errno = code;
  return fine;
}

static Value not_utf8(Mutator &m, const char *op, const std::string &path) {
  return gc::raise_error(m, "encoding-error", std::string(op) + ": not UTF-8: " + path,
                         {{"op", gc::make_string(m, op)}, {"path", make_text(m, path)}});
}

// --- contents ----------------------------------------------------------------------------------------------------------------
EVJIT_PRIM(evrt_file_read) {
  std::string path, text;
  Value raised;
  if (!want_path(m, "file/read", args[0], 0, &path, &raised))
    return raised;
  if (!read_file(path, &text))
    return failed(m, "file/read", path);
  return gc::text::is_valid_utf8(text) ? gc::make_string(m, text) : not_utf8(m, "file/read", path);
}

EVJIT_PRIM(evrt_file_read_bytes) {
  std::string path, text;
  Value raised;
  if (!want_path(m, "file/read-bytes", args[0], 0, &path, &raised))
    return raised;
  if (!read_file(path, &text))
    return failed(m, "file/read-bytes", path);
  return gc::make_bytes(m, text.data(), text.size());
}

EVJIT_PRIM(evrt_file_lines) {
  std::string path, text;
  Value raised;
  if (!want_path(m, "file/lines", args[0], 0, &path, &raised))
    return raised;
  if (!read_file(path, &text))
    return failed(m, "file/lines", path);
  if (!gc::text::is_valid_utf8(text))
    return not_utf8(m, "file/lines", path);
  std::vector<std::string_view> lines;
  std::string_view rest = text;
  while (!rest.empty()) {
    size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    if (end != std::string_view::npos && line.ends_with('\r'))
      line.remove_suffix(1);
    lines.push_back(line);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  Value list = gc::kEmpty;
  for (size_t i = lines.size(); i-- > 0;)
    list = gc::cons(m, gc::make_string(m, lines[i]), list);
  return list;
}

static Value put_file(Mutator &m, const char *op, const Value *args, int flags) {
  std::string path;
  std::string_view data;
  Value raised;
  if (!want_path(m, op, args[0], 0, &path, &raised) || !want_data(m, op, args[1], 1, &data, &raised))
    return raised;
  return write_file(path, data, flags) ? kTrue : failed(m, op, path);
}

EVJIT_PRIM(evrt_file_write) { return put_file(m, "file/write", args, O_TRUNC); }
EVJIT_PRIM(evrt_file_append) { return put_file(m, "file/append", args, O_APPEND); }

// --- names -------------------------------------------------------------------------------------------------------------------
EVJIT_PRIM(evrt_file_delete) {
  std::string path;
  Value raised;
  if (!want_path(m, "file/delete", args[0], 0, &path, &raised))
    return raised;
  return unlink(path.c_str()) == 0 ? kTrue : failed(m, "file/delete", path);
}

EVJIT_PRIM(evrt_file_delete_dir) {
  std::string path;
  Value raised;
  if (!want_path(m, "file/delete-dir", args[0], 0, &path, &raised))
    return raised;
  return rmdir(path.c_str()) == 0 ? kTrue : failed(m, "file/delete-dir", path);
}

EVJIT_PRIM(evrt_file_mkdir) {
  std::string path;
  Value raised;
  if (!want_path(m, "file/mkdir", args[0], 0, &path, &raised))
    return raised;
  return mkdir(path.c_str(), 0777) == 0 ? kTrue : failed(m, "file/mkdir", path);
}

static bool is_directory(const std::string &path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

EVJIT_PRIM(evrt_file_mkdir_all) {
  std::string path;
  Value raised;
  if (!want_path(m, "file/mkdir-all", args[0], 0, &path, &raised))
    return raised;
  for (size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    std::string part = path.substr(0, end);
    if (mkdir(part.c_str(), 0777) != 0 && !(errno == EEXIST && is_directory(part)))
      return failed(m, "file/mkdir-all", part);
    if (end == std::string::npos)
      return kTrue;
  }
}

EVJIT_PRIM(evrt_file_rename) {
  std::string from, to;
  Value raised;
  if (!want_path(m, "file/rename", args[0], 0, &from, &raised) || !want_path(m, "file/rename", args[1], 1, &to, &raised))
    return raised;
  return rename(from.c_str(), to.c_str()) == 0 ? kTrue : failed(m, "file/rename", from);
}

static bool copy_fd(int from, int to) {
  char buffer[65536];
  for (;;) {
    ssize_t k = read(from, buffer, sizeof buffer);
    if (k < 0 && errno == EINTR)
      continue;
    if (k <= 0)
      return k == 0;
    if (!write_fd(to, {buffer, static_cast<size_t>(k)}))
      return false;
  }
}

EVJIT_PRIM(evrt_file_copy) {
  std::string from, to;
  Value raised;
  if (!want_path(m, "file/copy", args[0], 0, &from, &raised) || !want_path(m, "file/copy", args[1], 1, &to, &raised))
    return raised;
  int in = open(from.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info;
  if (in < 0 || fstat(in, &info) != 0)
    return failed(m, "file/copy", from);
  int out = S_ISDIR(info.st_mode) ? (errno = EISDIR, -1) : open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, info.st_mode & 07777);
  if (out < 0) {
    int code = errno;
    close(in);
    return failed(m, "file/copy", S_ISDIR(info.st_mode) ? from : to, code);
  }
  bool fine = copy_fd(in, out);
  int code = errno;
  close(in);
  if (close(out) != 0 && fine) {
    fine = false;
    code = errno;
  }
  return fine ? kTrue : failed(m, "file/copy", from, code);
}

// --- looking -----------------------------------------------------------------------------------------------------------------
EVJIT_PRIM(evrt_file_size) {
  std::string path;
  Value raised;
  struct stat info;
  if (!want_path(m, "file/size", args[0], 0, &path, &raised))
    return raised;
  return stat(path.c_str(), &info) == 0 ? gc::make_int(m, info.st_size) : failed(m, "file/size", path);
}

EVJIT_PRIM(evrt_file_ls) {
  std::string path;
  Value raised;
  if (!want_path(m, "file/ls", args[0], 0, &path, &raised))
    return raised;
  DIR *dir = opendir(path.c_str());
  if (!dir)
    return failed(m, "file/ls", path);
  std::vector<std::string> names;
  while (dirent *e = readdir(dir))
    if (std::strcmp(e->d_name, ".") != 0 && std::strcmp(e->d_name, "..") != 0)
      names.emplace_back(e->d_name);
  closedir(dir);
  std::sort(names.begin(), names.end());
  Value list = gc::kEmpty;
  for (size_t i = names.size(); i-- > 0;)
    list = gc::cons(m, make_text(m, names[i]), list);
  return list;
}

static Value time_value(Mutator &m, int64_t seconds, uint32_t nanoseconds) {
  return gc::make_float(m, static_cast<double>(seconds) + nanoseconds / 1e9);
}

static const char *file_type(mode_t mode) {
  return S_ISREG(mode) ? "file" : S_ISDIR(mode) ? "dir" : S_ISLNK(mode) ? "symlink" : "other";
}

static Value stat_struct(Mutator &m, const struct statx &s) {
  Value kv[36];
  size_t n = 0;
  auto add = [&](const char *name, Value v) {
    kv[n++] = keyword(name);
    kv[n++] = v;
  };
  auto number = [&](uint64_t x) { return gc::make_int(m, static_cast<int64_t>(x)); };
  add("size", number(s.stx_size));
  add("file-type", gc::make_string(m, file_type(s.stx_mode)));
  add("is-file", Value::boolean(S_ISREG(s.stx_mode)));
  add("is-dir", Value::boolean(S_ISDIR(s.stx_mode)));
  add("is-symlink", Value::boolean(S_ISLNK(s.stx_mode)));
  add("readonly", Value::boolean((s.stx_mode & 0222) == 0));
  add("accessed", time_value(m, s.stx_atime.tv_sec, s.stx_atime.tv_nsec));
  add("modified", time_value(m, s.stx_mtime.tv_sec, s.stx_mtime.tv_nsec));
  add("created", s.stx_mask & STATX_BTIME ? time_value(m, s.stx_btime.tv_sec, s.stx_btime.tv_nsec) : kNil);
  add("permissions", number(s.stx_mode & 07777));
  add("uid", number(s.stx_uid));
  add("gid", number(s.stx_gid));
  add("nlinks", number(s.stx_nlink));
  add("inode", number(s.stx_ino));
  add("dev", number(makedev(s.stx_dev_major, s.stx_dev_minor)));
  add("rdev", number(makedev(s.stx_rdev_major, s.stx_rdev_minor)));
  add("blocks", number(s.stx_blocks));
  add("blksize", number(s.stx_blksize));
  return gc::make_struct(m, kv, n / 2);
}

static Value stat_path(Mutator &m, const char *op, Value v, int flags) {
  std::string path;
  Value raised;
  struct statx info;
  if (!want_path(m, op, v, 0, &path, &raised))
    return raised;
  if (statx(AT_FDCWD, path.c_str(), flags, STATX_BASIC_STATS | STATX_BTIME, &info) != 0)
    return failed(m, op, path);
  return stat_struct(m, info);
}

EVJIT_PRIM(evrt_file_stat) { return stat_path(m, "file/stat", args[0], 0); }
EVJIT_PRIM(evrt_file_lstat) { return stat_path(m, "file/lstat", args[0], AT_SYMLINK_NOFOLLOW); }

#define EVJIT_FILE_ROW(name_, symbol_, n_, params_, alias_, doc_, example_)                                                          \
  {.name = name_, EVJIT_PRIM_FN(symbol_), .arity = {n_, n_}, .params = params_, .doc = doc_, .example = example_, .aliases = alias_}

static const PrimDef rows[] = {
    EVJIT_FILE_ROW("file/read", evrt_file_read, 1, "path", "slurp", "The contents as a string; :encoding-error if it is not UTF-8.",
                   "(file/write \"note.txt\" \"hi\") (file/read \"note.txt\") # => \"hi\""),
    EVJIT_FILE_ROW("file/read-bytes", evrt_file_read_bytes, 1, "path", "", "The contents as bytes.",
                   "(file/write \"note.txt\" \"hi\") (file/read-bytes \"note.txt\") # => b[104 105]"),
    EVJIT_FILE_ROW("file/lines", evrt_file_lines, 1, "path", "read-lines", "List of the lines, without their ends.",
                   "(file/write \"note.txt\" \"one\\ntwo\\n\") (file/lines \"note.txt\") # => (\"one\" \"two\")"),
    EVJIT_FILE_ROW("file/write", evrt_file_write, 2, "path data", "spit", "Replace the contents by a string or bytes.",
                   "(file/write \"note.txt\" \"hi\") (file/read \"note.txt\") # => \"hi\""),
    EVJIT_FILE_ROW("file/append", evrt_file_append, 2, "path data", "append-file", "Add a string or bytes at the end.",
                   "(file/write \"note.txt\" \"one\") (file/append \"note.txt\" \" two\") (file/read \"note.txt\") # => \"one two\""),
    EVJIT_FILE_ROW("file/delete", evrt_file_delete, 1, "path", "delete-file", "Delete a file.",
                   "(file/write \"d.txt\" \"\") (file/delete \"d.txt\") (path/exists? \"d.txt\") # => false"),
    EVJIT_FILE_ROW("file/delete-dir", evrt_file_delete_dir, 1, "path", "delete-directory", "Delete an empty directory.",
                   "(file/mkdir-all \"gone\") (file/delete-dir \"gone\") (path/exists? \"gone\") # => false"),
    EVJIT_FILE_ROW("file/mkdir", evrt_file_mkdir, 1, "path", "create-directory", "Create a directory; its parent must exist.",
                   "(file/mkdir \"made\") (path/dir? \"made\") # => true"),
    EVJIT_FILE_ROW("file/mkdir-all", evrt_file_mkdir_all, 1, "path", "create-directory-all", "Create a directory and its parents.",
                   "(file/mkdir-all \"/tmp\") # => true"),
    EVJIT_FILE_ROW("file/rename", evrt_file_rename, 2, "from to", "rename-file", "Rename or move a file.",
                   "(file/write \"a.txt\" \"hi\") (file/rename \"a.txt\" \"c.txt\") (file/read \"c.txt\") # => \"hi\""),
    EVJIT_FILE_ROW("file/copy", evrt_file_copy, 2, "from to", "copy-file", "Copy a file's contents and permissions.",
                   "(file/write \"a.txt\" \"hi\") (file/copy \"a.txt\" \"b.txt\") (file/read \"b.txt\") # => \"hi\""),
    EVJIT_FILE_ROW("file/size", evrt_file_size, 1, "path", "file-size", "The size in bytes.",
                   "(file/write \"note.txt\" \"né\") (file/size \"note.txt\") # => 3"),
    EVJIT_FILE_ROW("file/ls", evrt_file_ls, 1, "path", "list-directory", "List of the names in a directory, sorted.",
                   "(file/mkdir-all \"dir\") (file/write \"dir/b\" \"\") (file/write \"dir/a\" \"\") (file/ls \"dir\") # => (\"a\" \"b\")"),
    EVJIT_FILE_ROW("file/stat", evrt_file_stat, 1, "path", "", "What the file system knows of a file, as a struct.",
                   "(get (file/stat \"/tmp\") :is-dir) # => true"),
    EVJIT_FILE_ROW("file/lstat", evrt_file_lstat, 1, "path", "", "As file/stat; does not follow a symbolic link.",
                   "(get (file/lstat \"/tmp\") :is-dir) # => true"),
};
#undef EVJIT_FILE_ROW
const std::span<const PrimDef> kFilePrims = rows;

} // namespace evjit::net
