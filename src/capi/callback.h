#pragma once
// What users give to be called: their pointer, and what their functions return.
#include "base/error.h"
#include "thing.h"

namespace thing::capi {

// A pointer of the user, freed with the last one who may still call with it.
class UserPointer {
 public:
  UserPointer(void* user, thing_free_fn free) : user_(user), free_(free) {}
  ~UserPointer() {
    if (free_ != nullptr) free_(user_);
  }
  UserPointer(const UserPointer&) = delete;
  void* get() const { return user_; }
  void give_back() { free_ = nullptr; }  // the user frees it

 private:
  void* const user_;
  thing_free_fn free_;
};

// The failure that a callback returned; takes the error that it filled in, which may be NULL.
base::Error callback_error(thing_status status, thing_error* filled, const char* otherwise);

}  // namespace thing::capi
