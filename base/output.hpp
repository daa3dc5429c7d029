// Whoever writes to standard output or standard error says so before and after, so that a prompt that waits there can step aside
// and come back below. One thread: the one that runs the prompt.
#pragma once

namespace evjit::base {

struct OutputHooks {
  void (*before)() = nullptr;
  void (*after)(bool ends_line) = nullptr; // whether what was written ended with a newline
};
void set_output_hooks(OutputHooks hooks); // {}: nobody cares

void begin_output();
void end_output(bool ends_line);

} // namespace evjit::base
