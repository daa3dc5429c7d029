// main of the programs that replay a corpus: every argument is an input, or a folder of inputs. Included by each fuzz target once.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#ifdef EVJIT_FUZZ_REPLAY
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace {

void replay(const std::filesystem::path &p) {
  std::ifstream in(p, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t *>(text.data()), text.size());
}

} // namespace

int main(int argc, char **argv) {
  size_t files = 0;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) {
      replay(argv[i]);
      ++files;
      continue;
    }
    for (const auto &e : std::filesystem::directory_iterator(argv[i]))
      if (e.is_regular_file()) {
        replay(e.path());
        ++files;
      }
  }
  std::printf("%zu inputs replayed\n", files);
  return files == 0;
}
#endif
