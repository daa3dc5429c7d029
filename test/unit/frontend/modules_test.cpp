// Resolution of import and include specs (06 section 2) in a directory of its own.
#include "base/options.hpp"
#include "frontend/modules.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

using namespace evjit::frontend;
namespace fs = std::filesystem;

namespace {

struct Tree { // the working directory is its `work`
  fs::path root, before = fs::current_path();
  Tree() {
    char name[] = "/tmp/evjit-modules-XXXXXX";
    root = mkdtemp(name);
    for (const char *dir : {"work/sub", "path/dir.lisp", "home"})
      fs::create_directories(root / dir);
    for (const char *f : {"work/a.lisp", "work/sub/b.lisp", "work/plain", "work/sub/plain", "path/p.lisp", "path/both.lisp",
                          "home/both.lisp", "home/h", "work/lit.md"})
      std::fclose(std::fopen((root / f).c_str(), "w"));
    fs::current_path(root / "work");
    evjit::base::options().path = (root / "path").string() + ":" + (root / "nowhere").string();
    evjit::base::options().home = (root / "home").string();
  }
  ~Tree() {
    fs::current_path(before);
    fs::remove_all(root);
    evjit::base::options().path = evjit::base::options().home = "";
  }
  std::string at(const char *f) const { return (root / f).string(); }
};

} // namespace

TEST_CASE("modules: beside the importing file") {
  Tree t;
  CHECK(find_module("./b", "sub/b.lisp") == "sub/b.lisp");
  CHECK(find_module("./b.lisp", "sub/x.lisp") == "sub/b.lisp");
  CHECK(find_module("../a", "sub/b.lisp") == "a.lisp");
  CHECK(find_module("./a", "<stdin>") == "a.lisp");
  CHECK(find_module("./a", "a.lisp") == "a.lisp");
  CHECK(find_module("./p", "a.lisp") == std::nullopt); // no search
  CHECK(find_beside("plain", "sub/b.lisp") == "sub/plain");
  CHECK(find_beside("b", "sub/b.lisp") == std::nullopt); // the exact name only
}

TEST_CASE("modules: absolute") {
  Tree t;
  CHECK(find_module(t.at("work/a"), "x") == t.at("work/a.lisp"));
  CHECK(find_module(t.at("work/plain"), "x") == t.at("work/plain"));
  CHECK(find_module(t.at("work/sub"), "x") == std::nullopt); // a directory never matches
}

TEST_CASE("modules: search") {
  Tree t;
  CHECK(find_module("plain", "sub/b.lisp") == "plain");
  CHECK(find_module("a", "sub/b.lisp") == "a.lisp");
  CHECK(find_module("sub/b", "") == "sub/b.lisp");
  CHECK(find_module("lit.md", "") == "lit.md");
  CHECK(find_module("p", "") == t.at("path/p.lisp"));
  CHECK(find_module("both", "") == t.at("path/both.lisp"));
  CHECK(find_module("h", "") == t.at("home/h"));
  CHECK(find_module("dir", "") == std::nullopt);
  CHECK(find_module("", "") == std::nullopt);
  CHECK(find_module("none", "") == std::nullopt);
}

TEST_CASE("modules: reading") {
  Tree t;
  CHECK(read_file("a.lisp") == "");
  CHECK_FALSE(read_file("sub"));
  CHECK(errno == EISDIR);
  CHECK_FALSE(read_file("none"));
  CHECK(errno == ENOENT);
  CHECK(same_file("a.lisp", t.at("work/a.lisp")));
  CHECK_FALSE(same_file("a.lisp", "plain"));
}
