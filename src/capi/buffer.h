#pragma once
#include <string_view>

#include "capi/handles.h"
#include "entity/output.h"

namespace thing::capi {

thing_buf* make_buffer(std::string_view bytes);

// What is printed into it becomes a thing_buf without a copy.
class BufferOutput {
 public:
  explicit BufferOutput(size_t expected) : output_(sizeof(thing_buf), expected) {}
  entity::Output& output() { return output_; }
  thing_buf* release();

 private:
  entity::Output output_;
};

}  // namespace thing::capi
