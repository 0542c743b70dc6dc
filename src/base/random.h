#pragma once
#include <cstddef>
#include <cstdint>

namespace thing::base {

// From the system's random source: not to be guessed, and never the same in a forked child.
void fill_random(uint8_t* out, size_t size);
uint64_t random64();

}  // namespace thing::base
