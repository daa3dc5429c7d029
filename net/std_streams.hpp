// The standard streams. Internal to net/.
#pragma once

#include "net/uv_loop.hpp"

namespace evjit::net {

void create_std_streams(UvLoop &loop); // makes *stdin*, *stdout*, *stderr* builtins
void destroy_std_streams(UvLoop &loop);
void flush_std_streams(); // at exit: what stdout holds back

} // namespace evjit::net
