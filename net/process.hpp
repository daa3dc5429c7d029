// What the program was started with: (sys/args), (sys/argv). Internal to net/.
#pragma once

#include <string>
#include <vector>

namespace evjit::net {

void set_arguments(const std::string &file, const std::vector<std::string> &arguments);

} // namespace evjit::net
