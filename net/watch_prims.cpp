// watch, watch-add, watch-remove, watch-next, watch-close: changes of files, by inotify. The descriptor is a port of its own, which
// nobody but the watcher uses; the events are read by the fiber that waits (net/op.hpp).
#include "net/options.hpp"
#include "net/port.hpp"
#include "net/prims.hpp"

#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <map>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

namespace evjit::net {

using gc::kNil;
using gc::keyword;
using gc::PrimDef;
namespace sig = gc::sig;

namespace {

struct Watched {
  std::string path;
  std::string root; // the path given to watch-add
  bool recursive;
};

struct Watcher {
  PortHandle handle;
  std::map<int, Watched> watched; // by inotify's watch descriptor
};

void finalize_watcher(void *data) {
  auto *w = static_cast<Watcher *>(data);
  port_unref(w->handle.port);
  delete w;
}

const gc::OpaqueClass kWatcherClass = {"watcher", nullptr, finalize_watcher, nullptr};

constexpr uint32_t kEvents = IN_CREATE | IN_MODIFY | IN_ATTRIB | IN_DELETE | IN_DELETE_SELF | IN_MOVED_FROM | IN_MOVED_TO | IN_MOVE_SELF;

Watcher *want_watcher(Mutator &m, const char *op, Value v, Value *raised) {
  if (!gc::is(v, gc::Type::Opaque) || v.as<gc::Opaque>()->cls != &kWatcherClass) {
    *raised = gc::type_error(m, op, "watcher", v, 0);
    return nullptr;
  }
  auto *w = static_cast<Watcher *>(v.as<gc::Opaque>()->data);
  if (!w->handle.closed)
    return w;
  *raised = raise_io(m, op, "closed", "the watcher is closed");
  return nullptr;
}

bool is_directory(const std::string &path) {
  struct stat info;
  return lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

// 0, or errno of the first path. Directories that vanish meanwhile are left out.
int add_path(Watcher *w, const std::string &path, const std::string &root, bool recursive) {
  int wd = inotify_add_watch(w->handle.port->fd, path.c_str(), kEvents);
  if (wd < 0)
    return errno;
  w->watched[wd] = {path, root, recursive};
  DIR *dir = recursive && is_directory(path) ? opendir(path.c_str()) : nullptr;
  if (!dir)
    return 0;
  while (dirent *e = readdir(dir)) {
    std::string child = path + "/" + e->d_name;
    if (std::strcmp(e->d_name, ".") != 0 && std::strcmp(e->d_name, "..") != 0 && is_directory(child))
      add_path(w, child, root, true);
  }
  closedir(dir);
  return 0;
}

const char *event_kind(uint32_t mask) {
  if (mask & IN_CREATE)
    return "create";
  if (mask & (IN_DELETE | IN_DELETE_SELF))
    return "remove";
  return mask & (IN_MOVED_FROM | IN_MOVED_TO | IN_MOVE_SELF) ? "rename" : "modify";
}

struct Change {
  const char *kind;
  std::string path;
  bool operator==(const Change &o) const { return kind == o.kind && path == o.path; }
};

void take_event(Watcher *w, const inotify_event *e, std::vector<Change> *changes) {
  auto it = w->watched.find(e->wd);
  if (it == w->watched.end())
    return;
  Watched from = it->second;
  if (e->mask & IN_IGNORED) {
    w->watched.erase(it);
    return;
  }
  Change c = {event_kind(e->mask), e->len ? from.path + "/" + e->name : from.path};
  if ((e->mask & IN_ISDIR) && (e->mask & (IN_CREATE | IN_MOVED_TO)) && from.recursive)
    add_path(w, c.path, from.root, true);
  if (changes->empty() || !(changes->back() == c))
    changes->push_back(std::move(c));
}

std::vector<Change> take_events(Watcher *w, const char *data, size_t size) {
  std::vector<Change> changes;
  for (size_t at = 0; at < size;) {
    auto *e = reinterpret_cast<const inotify_event *>(data + at);
    take_event(w, e, &changes);
    at += sizeof *e + e->len;
  }
  return changes;
}

Value make_changes(Mutator &m, const std::vector<Change> &changes) {
  Value all = gc::make_marray(m, nullptr, 0);
  for (const Change &c : changes) {
    Value kv[4] = {keyword("kind"), keyword(c.kind), keyword("path"), make_text(m, c.path)};
    gc::marray_push(m, all, gc::make_struct(m, kv, 2));
  }
  return gc::freeze(m, all);
}

} // namespace

EVJIT_PRIM(evrt_watch) {
  int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd < 0)
    return raise_os(m, {.op = "watch", .code = errno});
  auto *w = new Watcher;
  w->handle.port = port_new(PortKind::File, fd, Engine::Poll, true, false);
  return gc::make_opaque(m, &kWatcherClass, w);
}

EVJIT_PRIM(evrt_watch_add) {
  Value raised;
  Watcher *w = want_watcher(m, "watch-add", args[0], &raised);
  if (!w || !want_string(m, "watch-add", args[1], 1, &raised))
    return raised;
  bool recursive = true;
  if (argc > 2 && !args[2].is_nil()) {
    if (!gc::is_struct(args[2]))
      return gc::type_error(m, "watch-add", "a struct of options", args[2], 2);
    recursive = gc::struct_get(args[2], "recursive", gc::kTrue).truthy();
  }
  std::string path(gc::string_view_of(args[1]));
  int code = add_path(w, path, path, recursive);
  return code ? raise_os(m, {.op = "watch-add", .code = code, .path = path}) : kNil;
}

EVJIT_PRIM(evrt_watch_remove) {
  Value raised;
  Watcher *w = want_watcher(m, "watch-remove", args[0], &raised);
  if (!w || !want_string(m, "watch-remove", args[1], 1, &raised))
    return raised;
  std::string path(gc::string_view_of(args[1]));
  bool found = false;
  std::erase_if(w->watched, [&](const auto &entry) {
    if (entry.second.root != path)
      return false;
    inotify_rm_watch(w->handle.port->fd, entry.first);
    return found = true;
  });
  return found ? kNil : raise_os(m, {.op = "watch-remove", .code = ENOENT, .path = path});
}

EVJIT_PRIM(evrt_watch_next) {
  Value out = kNil;
  Watcher *w = want_watcher(m, "watch-next", args[0], &out);
  if (!w)
    return out;
  PortCall call = {"watch-next", args[0], &w->handle, w->handle.port, -1};
  Op *op = begin_in(m, call, call.port->in, "watch", &out);
  if (!op)
    return out;
  for (;;) {
    std::string_view data;
    if (!fill(m, call, op, 0, &data, &out))
      return out;
    std::vector<Change> changes = take_events(w, data.data(), data.size());
    if (changes.empty())
      continue;
    op_end(op);
    return make_changes(m, changes);
  }
}

EVJIT_PRIM(evrt_watch_close) {
  if (!gc::is(args[0], gc::Type::Opaque) || args[0].as<gc::Opaque>()->cls != &kWatcherClass)
    return gc::type_error(m, "watch-close", "watcher", args[0], 0);
  handle_close(&static_cast<Watcher *>(args[0].as<gc::Opaque>()->data)->handle);
  return kNil;
}

static const PrimDef rows[] = {
    {.name = "watch", EVJIT_PRIM_FN(evrt_watch), .arity = {0, 0}, .doc = "A watcher of files; see watch-add, watch-next.",
     .example = "(let [w (watch)] (watch-close w) (type-of w)) # => :watcher"},
    {.name = "watch-add", EVJIT_PRIM_FN(evrt_watch_add), .arity = {2, 3}, .params = "w path &opt options",
     .doc = "Watch a file or directory, by default with everything below: {:recursive false} for it alone.",
     .example = "(file/mkdir-all \"seen\") (let [w (watch)] (watch-add w \"seen\") (file/write \"seen/a\" \"\") "
                "(get (get (watch-next w) 0) :kind)) # => :create"},
    {.name = "watch-remove", EVJIT_PRIM_FN(evrt_watch_remove), .arity = {2, 2}, .params = "w path", .doc = "Stop watching a path.",
     .example = "(file/mkdir-all \"seen\") (let [w (watch)] (watch-add w \"seen\") (watch-remove w \"seen\") "
                "(watch-close w)) # => nil"},
    {.name = "watch-next", EVJIT_PRIM_FN(evrt_watch_next), .arity = {1, 1}, .signals = sig::kError | sig::kYield | sig::kIo, .params = "w",
     .doc = "Wait for changes: an array of {:kind :path}, kind :create, :modify, :remove or :rename.",
     .example = "(file/mkdir-all \"seen\") (let [w (watch)] (watch-add w \"seen\") (file/write \"seen/b\" \"\") "
                "(path/filename (get (get (watch-next w) 0) :path))) # => \"b\""},
    {.name = "watch-close", EVJIT_PRIM_FN(evrt_watch_close), .arity = {1, 1}, .params = "w",
     .doc = "Close the watcher; fibers in watch-next get an error with :reason :closed.",
     .example = "(let [w (watch) f (ev/spawn (fn [] (watch-next w)))] (ev/sleep 0) (watch-close w) (get "
                "(get (ev/join-protected f) 1) :reason)) # => :closed"},
};
const std::span<const PrimDef> kWatchPrims = rows;

} // namespace evjit::net
