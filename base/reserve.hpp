// Memory kept back for the moment when the system gives no more. Essay: reserve.cpp. Any thread.
#pragma once

#include <cstddef>

namespace evjit::base {

void install_memory_reserve(); // once, before there are other threads

namespace detail {
extern volatile bool g_memory_is_short;
}
inline bool memory_is_short() { return detail::g_memory_is_short; } // some of the reserve is used
bool renew_memory_reserve();     // after memory was freed: is all of it there?
void use_memory_reserve() noexcept; // an allocation failed: it may be tried again. Ends the process if nothing is left
void *checked_malloc(size_t bytes); // for std::free; never null
// How much address space the process may still take; ~0: no limit.
size_t address_space_left();

} // namespace evjit::base
