#include "value/row.h"

#include <new>

namespace thing::value {

BatchRef BatchRef::make(uint64_t size) {
  void* const memory = ::operator new(sizeof(Batch) + size);
  BatchRef ref;
  ref.batch_ = new (memory) Batch(size);
  return ref;
}

BatchRef BatchRef::copy(const uint8_t* bytes, uint64_t size) {
  BatchRef ref = make(size);
  if (size != 0) std::memcpy(ref.mutable_batch()->mutable_bytes(), bytes, size);
  return ref;
}

void BatchRef::destroy(Batch* batch) {
  batch->~Batch();
  ::operator delete(batch);
}

}  // namespace thing::value
