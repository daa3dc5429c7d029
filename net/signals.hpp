// Signals of the operating system: the interrupts of the main fiber, and ev/wait-signal. Essay: net/signals.cpp.
#pragma once

#include "net/uv_loop.hpp"

#include <string_view>

namespace evjit::net {

void install_signals(Mutator &m);
void remove_signals();
void deliver_signals(UvLoop &loop); // to the fibers that wait for them; called by poll
int signal_number(std::string_view name); // "sigterm"; 0: none of the table of 11 section 5
const char *signal_name(int number);      // null: not in the table

} // namespace evjit::net
