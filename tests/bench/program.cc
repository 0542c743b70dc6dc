#include "program.h"

#include <cstdlib>
#include <string_view>

namespace bench {

void show_usage(const char* usage) {
  std::fprintf(stderr, "usage: %s\n", usage);
  std::exit(2);
}

Arguments parse_arguments(int argc, char** argv, const char* usage, OwnWords own) {
  Arguments a;
  a.usage = usage;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const auto value = [&] { return ++i < argc ? argv[i] : (show_usage(usage), nullptr); };
    std::string* text = nullptr;
    for (const auto& [name, place] : own) text = word == name ? place : text;
    if (text != nullptr)
      *text = value();
    else if (word == "--quick")
      a.quick = true;
    else if (word == "--json")
      a.json = true;
    else if (word == "--only")
      a.only = value();
    else if (word == "--rounds")
      a.options.rounds = std::atoi(value());
    else if (word == "--ms")
      a.options.round_ms = std::atof(value());
    else
      show_usage(usage);
  }
  if (a.quick) a.options = {1, 0.01, 0};
  if (a.options.rounds < 1 || a.options.round_ms <= 0) show_usage(usage);
  return a;
}

}  // namespace bench
