// Section 3 of thing.h: buffers.
#include "capi/buffer.h"

#include <cstring>
#include <new>

using namespace thing;
using namespace thing::capi;

thing_buf* capi::make_buffer(std::string_view bytes) {
  BufferOutput buffer(bytes.size());
  buffer.output().put(bytes);
  return buffer.release();
}

thing_buf* BufferOutput::release() {
  const auto size = static_cast<int64_t>(output_.text().size());
  return new (output_.release()) thing_buf{size};
}

const uint8_t* thing_buf_data(const thing_buf* b) {
  return b == nullptr ? nullptr : reinterpret_cast<const uint8_t*>(b + 1);
}

int64_t thing_buf_len(const thing_buf* b) { return b == nullptr ? 0 : b->size; }

void thing_buf_free(thing_buf* b) { std::free(b); }
