#include "value/row.h"

#include <new>

namespace thing::value {

ValueView RowView::value(uint32_t i, Type type) const {
  if (!has(i)) return {};
  if (is_int_slot(type)) return ValueView::of_int(type, int64(i));
  if (is_float_slot(type)) return ValueView::of_float(float64(i));
  return ValueView::of_bytes(type, bytes(i));
}

BatchRef BatchRef::make(uint64_t size) {
  void* memory = ::operator new(sizeof(Batch) + size);
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
