#pragma once
#include <string_view>

#include "base/error.h"

namespace thing::cache::redis {

// What an error reply ("OOM command not allowed ...") says by its first word.
struct Refusal {
  base::Code code = base::Code::kInternal;
  bool is_down = false;       // the server can not serve now; another, or it later, may
  bool is_no_script = false;  // it does not have the script that was named
};

Refusal classify(std::string_view reply);
base::Error error_of(std::string_view reply);

}  // namespace thing::cache::redis
