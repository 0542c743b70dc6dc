#include "value/value.h"

#include <cstring>

#include "base/decimal.h"

namespace thing::value {

Value::Value(const ValueView& view) : type_(Type::kNull) {
  if (is_heap_slot(view.type)) {
    word_.bytes = new char[view.bytes.size() + 1];
    size_ = view.bytes.size();
    if (size_ != 0) std::memcpy(word_.bytes, view.bytes.data(), size_);
    word_.bytes[size_] = '\0';
  } else if (is_float_slot(view.type)) {
    word_.real = view.real;
  } else {
    word_.integer = view.integer;
  }
  type_ = view.type;  // last, as the destructor goes by it
}

bool equal(const ValueView& a, const ValueView& b) {
  if (a.type != b.type) return false;
  if (a.type == Type::kNull) return true;
  if (is_heap_slot(a.type)) return a.bytes == b.bytes;
  if (is_float_slot(a.type)) return a.real == b.real;
  return a.integer == b.integer;
}

std::strong_ordering compare(const ValueView& a, const ValueView& b) {
  if (a.type == Type::kDecimal) return base::compare_decimal(a.bytes, b.bytes);
  if (is_heap_slot(a.type))
    return a.bytes.compare(b.bytes) <=> 0;  // char_traits compares as unsigned
  if (is_float_slot(a.type)) {
    if (a.real == b.real) return std::strong_ordering::equal;
    return a.real < b.real ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  return a.integer <=> b.integer;
}

}  // namespace thing::value
