#pragma once
// What the programs have in common: their words, and how they go through their groups.
#include <cstdio>
#include <initializer_list>
#include <string>
#include <utility>

#include "harness.h"
#include "report.h"

namespace bench {

struct Arguments {
  const char* usage = "";
  bool quick = false, json = false;
  std::string only;
  Options options;
};

// Words with a value that one program alone knows.
using OwnWords = std::initializer_list<std::pair<const char*, std::string*>>;
Arguments parse_arguments(int argc, char** argv, const char* usage, OwnWords own);
[[noreturn]] void show_usage(const char* usage);

template <class Setup>
struct Group {
  const char* name;
  void (*measure)(Setup&, Report&);
};

template <class Setup, size_t kSize>
int measure_groups(const Arguments& a, const Group<Setup> (&groups)[kSize], Setup& setup,
                   const std::string& facts) {
  Report report;
  if (!a.json) {
    std::printf("%s\n\n", facts.c_str());
    report.show_lines_at_once();
  }
  bool any = false;
  for (const Group<Setup>& group : groups) {
    if (!a.only.empty() && a.only != group.name) continue;
    group.measure(setup, report);
    any = true;
  }
  if (!any) show_usage(a.usage);
  a.json ? report.print_json(stdout, facts) : report.print_table(stdout);
  return 0;
}

}  // namespace bench
