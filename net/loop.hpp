// The event loop of an OS thread, as the layers above see it. Essay: net/loop.cpp.
#pragma once

#include "gc/mutator.hpp"

#include <string>
#include <vector>

namespace evjit::net {

// Makes the loop of this thread, its scheduler and the standard ports (*stdin*, *stdout*, *stderr* become builtins). `file` is
// the program's source ("-" for standard input, "" for none) and `arguments` what follows it: (sys/argv), (sys/args).
void create(gc::Mutator &m, const std::string &file, const std::vector<std::string> &arguments);
// Flushes standard output, closes every handle, destroys the scheduler. Before heap_destroy.
void destroy(gc::Mutator &m);

} // namespace evjit::net
