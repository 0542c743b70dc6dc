#pragma once
// Stories told step by step.
#include <gtest/gtest.h>

#include "surroundings.h"

namespace trial {

// Takes as many steps as the budget lets; the first that goes wrong fails the test, which tells how
// to run it again and what was written last.
template <class Story>
void tell(Story& story, uint64_t seed, int64_t steps) {
  Budget budget(steps, "THING_PROPERTY_SECONDS");
  for (int64_t step = 1; budget.take(); step++) {
    try {
      story.step();
    } catch (const std::exception& error) {
      FAIL() << "THING_SEED=" << seed << ", step " << step << ":\n  " << error.what()
             << "\n\nthe last writes:" << story.recent();
    }
  }
}

}  // namespace trial
