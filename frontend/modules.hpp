// Files as import and include name them (06 section 2, 3).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evjit::frontend {

// The file that `spec` names: the first hit of the resolution order, normalised; nullopt if there is none. `from` is the
// importing file; names in <> and the empty name stand for the working directory. std/NAME is the caller's business.
std::optional<std::string> find_module(std::string_view spec, std::string_view from);

// Relative to the directory of `from` and nothing else (include-file).
std::optional<std::string> find_beside(std::string_view path, std::string_view from);

// All bytes of a file; nullopt with errno set when that fails.
std::optional<std::string> read_file(const std::string &path);

bool same_file(const std::string &a, const std::string &b); // by name or by inode

} // namespace evjit::frontend
