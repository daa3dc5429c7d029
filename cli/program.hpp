// The runner: compiles the program named by base::options() and runs, dumps or emits it.
#pragma once

namespace evjit::cli {

int run_program(); // the process's exit status

} // namespace evjit::cli
