#pragma once
#include "capi/caller.h"

namespace thing::capi {

// kInvalid when the model's key is not one integer.
base::Result<store::Key> id_key(const thing_model* m, int64_t id);
base::Result<store::Key> json_key(Caller& c, const thing_model* m, const char* key_json,
                                  int64_t len);

}  // namespace thing::capi
