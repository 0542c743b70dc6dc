#pragma once
// What the fuzz programs have in common. A wrong answer ends the program, which is what libFuzzer
// looks for.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "handles.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace trial {

[[noreturn]] inline void give_up(const char* what, const std::string& detail = "") {
  std::fprintf(stderr, "wrong: %s %s\n", what, detail.c_str());
  std::abort();
}

inline void expect(bool yes, const char* what, const std::string& detail = "") {
  if (!yes) give_up(what, detail);
}

// Input may be refused, but never by a bug in the library; then the error says something.
inline bool accepts(const char* what, const Outcome& outcome) {
  expect(outcome.status != THING_E_INTERNAL, what, outcome.text());
  return outcome.status == THING_OK;
}

// Exceptions of the support code mean the same as a wrong answer.
template <class Function>
int checked(Function function) {
  try {
    function();
  } catch (const std::exception& error) {
    give_up("exception", error.what());
  }
  return 0;
}

}  // namespace trial
