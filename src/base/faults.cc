#include "base/faults.h"

#ifdef THING_FAULTS
#include <cstdlib>
#include <mutex>
#include <string>

namespace {

#define THING_FAULTS_API __attribute__((visibility("default")))

struct Faults {
  std::mutex mutex;
  void (*hook)(const char*, void*) = nullptr;
  void* user = nullptr;
  std::string removed;
};

Faults& faults() {
  static auto* const all = [] {
    auto* const f = new Faults;  // for as long as the process runs
    if (const char* const name = std::getenv("THING_FAULTS_REMOVE"); name != nullptr)
      f->removed = name;
    return f;
  }();
  return *all;
}

}  // namespace

namespace thing::base {

void reach(const char* point) {
  void (*hook)(const char*, void*) = nullptr;
  void* user = nullptr;
  {
    const std::lock_guard lock(faults().mutex);
    hook = faults().hook;
    user = faults().user;
  }
  if (hook != nullptr) hook(point, user);
}

bool is_removed(const char* safeguard) {
  const std::lock_guard lock(faults().mutex);
  return faults().removed == safeguard;
}

}  // namespace thing::base

THING_FAULTS_API void thing_faults_hook(void (*hook)(const char*, void*), void* user) {
  const std::lock_guard lock(faults().mutex);
  faults().hook = hook;
  faults().user = user;
}

THING_FAULTS_API void thing_faults_remove(const char* safeguard) {
  const std::lock_guard lock(faults().mutex);
  faults().removed = safeguard != nullptr ? safeguard : "";
}
#endif
