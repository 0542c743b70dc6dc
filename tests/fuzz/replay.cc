// Runs a fuzz program on the files of its corpus, one TAP point each.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

#include "fuzz.h"

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; i++) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i]))
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::cout << "1.." << files.size() << std::endl;
  for (size_t i = 0; i < files.size(); i++) {
    std::ifstream in(files[i], std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(in),
                                  std::istreambuf_iterator<char>()};
    std::cout << "# " << files[i].filename().string()
              << std::endl;  // known when it is the one that crashes
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
    std::cout << "ok " << i + 1 << " - " << files[i].filename().string() << std::endl;
  }
  return files.empty() ? 1 : 0;
}
