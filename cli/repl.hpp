// The REPL: what evjit does on a terminal when it is given no program.
#pragma once

namespace evjit::cli {

int run_repl(); // the process's exit status

} // namespace evjit::cli
