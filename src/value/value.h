#pragma once
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "value/type.h"

namespace thing::value {

// One value that belongs to somebody else. type kNull is NULL.
struct ValueView {
  Type type = Type::kNull;
  union {
    int64_t integer = 0;
    double real;
  };
  std::string_view bytes;

  bool is_null() const { return type == Type::kNull; }
  static ValueView of_int(Type t, int64_t v) {
    ValueView x;
    x.type = t;
    x.integer = v;
    return x;
  }
  static ValueView of_float(double v) {
    ValueView x;
    x.type = Type::kFloat;
    x.real = v;
    return x;
  }
  static ValueView of_bytes(Type t, std::string_view v) {
    ValueView x;
    x.type = t;
    x.bytes = v;
    return x;
  }
};

// One value with its bytes, a NUL behind them. Three words, and moved as such; NULL when moved
// away.
class Value {
 public:
  Value() = default;
  explicit Value(const ValueView& view);
  Value(const Value& o) : Value(o.view()) {}
  Value(Value&& o) noexcept
      : type_(std::exchange(o.type_, Type::kNull)), size_(o.size_), word_(o.word_) {}
  Value& operator=(const Value& o) { return *this = Value(o); }
  Value& operator=(Value&& o) noexcept {
    std::swap(type_, o.type_);
    std::swap(size_, o.size_);
    std::swap(word_, o.word_);
    return *this;
  }
  ~Value() {
    if (is_heap_slot(type_)) delete[] word_.bytes;
  }
  static Value of_int(Type t, int64_t v) { return Value(ValueView::of_int(t, v)); }
  static Value of_float(double v) { return Value(ValueView::of_float(v)); }
  static Value of_bytes(Type t, std::string_view bytes) {
    return Value(ValueView::of_bytes(t, bytes));
  }

  Type type() const { return type_; }
  bool is_null() const { return type_ == Type::kNull; }
  ValueView view() const {
    ValueView v;
    v.type = type_;
    if (is_heap_slot(type_)) {
      v.bytes = {word_.bytes, size_};
    } else {
      v.integer = word_.integer;  // or the bits of `real`
    }
    return v;
  }

 private:
  union Word {
    int64_t integer = 0;
    double real;
    char* bytes;
  };
  Type type_ = Type::kNull;
  size_t size_ = 0;
  Word word_;
};

// Same type and same value; NULL equals NULL here. Decimals by text, floats by value.
bool equal(const ValueView& a, const ValueView& b);

// Order within one type as the databases sort it: numbers by value (decimals exactly), text and
// bytes by bytes, false before true. Neither may be NULL and both must have the same type.
std::strong_ordering compare(const ValueView& a, const ValueView& b);

// What a caller gives for a field of `type`. Errors: kType for another kind, kRange for a value
// outside the type (NaN, a year past 9999), kSyntax for text that does not parse, kInvalid for bad
// UTF-8. Nothing is ever rounded or cut.
base::Result<Value> from_int64(Type type, int64_t v);
base::Result<Value> from_double(Type type, double v);
// Text for any type; bytes as they are for kBytes; 16 raw bytes or 36 characters for kUuid; a JSON
// array for lists; whether kJson is JSON the caller checks.
base::Result<Value> from_text(Type type, std::string_view text);

}  // namespace thing::value
