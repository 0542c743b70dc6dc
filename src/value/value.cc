#include "value/value.h"

#include "base/decimal.h"

namespace thing::value {

Value::Value(const ValueView& view) : type_(view.type) {
  if (is_heap_slot(type_)) {
    bytes_ = view.bytes;
  } else if (is_float_slot(type_)) {
    real_ = view.real;
  } else {
    integer_ = view.integer;
  }
}

Value Value::of_bytes(Type t, std::string bytes) {
  Value v;
  v.type_ = t;
  v.bytes_ = std::move(bytes);
  return v;
}

ValueView Value::view() const {
  if (is_heap_slot(type_)) return ValueView::of_bytes(type_, bytes_);
  if (is_float_slot(type_)) return ValueView::of_float(real_);
  return ValueView::of_int(type_, integer_);
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
