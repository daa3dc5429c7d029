// The registry of signals (08 section 1): keyword <-> bit position, one per process. Any thread.
#pragma once

#include "gc/mutator.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace evjit::gc {

inline constexpr int kFirstProgramSignal = 32;

// The bit position of a signal by name without ':'; nullopt: unknown.
std::optional<int> signal_bit(std::string_view name);
bool is_builtin_signal(std::string_view name);
// Registers a program signal; its bit if it is known already. nullopt: a built-in, or no bit is left.
std::optional<int> register_signal(std::string_view name);
// The name of a bit, empty if it has none.
std::string_view signal_name(int bit);
uint64_t registered_signals(); // bits of all program signals

Value signals_to_set(Mutator &m, uint64_t bits); // immutable set of the keywords of named bits
Value signals_struct(Mutator &m);                // keyword -> bit position
enum class SignalSpec { Ok, Unknown, NotKeyword, WrongType };
// Reads a mask: integer, keyword, set, array, list. On failure *bad is the offending value.
SignalSpec signals_from_value(Value spec, uint64_t *bits, Value *bad);

// The bits that a call of the primitive must not meet in Mutator::denied (08 section 8): its declared signals; none for emit, the
// operators and the %-intrinsics, which are not checked. A primitive that may send anything counts as :error. kBoundaryBit is
// among them for I/O: Mutator::denied has it while a squelch boundary forbids I/O.
inline constexpr uint64_t kBoundaryBit = 1024; // an internal bit: no capability
uint64_t checked_signals(const FnProto &primitive);

} // namespace evjit::gc
