#pragma once
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace thing::test {

// Random numbers for tests. A test shows the seed with SCOPED_TRACE(random.name()); THING_SEED=n
// runs it again.
class Random {
 public:
  Random() : seed_(given_seed()), engine_(seed_) {}

  std::string name() const { return "THING_SEED=" + std::to_string(seed_); }
  // From `low` to `high`, both included.
  int64_t between(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(engine_);
  }
  bool chance(int percent) { return between(1, 100) <= percent; }
  uint64_t word() { return engine_(); }
  std::string pick(int64_t count, const std::string& from) {
    std::string out;
    for (; count > 0; --count)
      out += from[static_cast<size_t>(between(0, static_cast<int64_t>(from.size()) - 1))];
    return out;
  }

 private:
  static uint64_t given_seed() {
    const char* const given = std::getenv("THING_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  }

  uint64_t seed_;
  std::mt19937_64 engine_;
};

}  // namespace thing::test
