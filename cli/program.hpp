// The runner: compiles the program named by base::options() and runs, dumps or emits it.
#pragma once

#include <string>
#include <vector>

namespace evjit::cli {

// Each answers the process's exit status.
int run_program();
// Compiles each of the files ("-": standard input) with all warnings and runs none. 1: errors; 2: a file cannot be read.
int check_programs(const std::vector<std::string> &files);

} // namespace evjit::cli
