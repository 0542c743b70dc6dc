#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "random.h"
#include "value/row.h"
#include "value/value.h"

namespace thing::test {

// Random rows of a random layout.
class Rows {
 public:
  explicit Rows(Random& random) : partial(random.chance(50)) {
    layout.hash = random.word();
    const int64_t columns = random.chance(10) ? random.between(60, 140) : random.between(1, 14);
    for (int64_t i = 0; i < columns; ++i)
      layout.types.push_back(static_cast<value::Type>(random.between(1, 12)));
    rows_.resize(static_cast<size_t>(random.between(0, 8)));
    for (auto& row : rows_) {
      for (const value::Type type : layout.types) {
        row.push_back(partial && random.chance(20) ? std::nullopt
                                                   : std::optional(random_value(random, type)));
      }
    }
  }

  value::BatchRef packed() const {
    value::BatchBuilder builder;
    builder.start(layout, partial);
    for (const auto& row : rows_) {
      builder.begin_row();
      for (uint32_t i = 0; i < row.size(); ++i) {
        if (row[i].has_value() && !builder.set(i, row[i]->view())) return {};
      }
    }
    return builder.finish();
  }

  bool are_in(const value::BatchRef& batch) const {
    if (batch->rows() != rows_.size()) return false;
    for (uint32_t r = 0; r < rows_.size(); ++r) {
      const value::RowView row = batch->row(r);
      for (uint32_t i = 0; i < layout.columns(); ++i) {
        const auto& expected = rows_[r][i];
        if (row.is_absent(i) == expected.has_value()) return false;
        if (expected.has_value() && !value::equal(row.value(i, layout.types[i]), expected->view()))
          return false;
      }
    }
    return true;
  }

  value::Layout layout;
  bool partial;

 private:
  static value::Value random_value(Random& random, value::Type type) {
    using value::Type;
    using value::Value;
    if (random.chance(20)) return {};
    switch (type) {
      case Type::kBool: return Value::of_int(type, random.between(0, 1));
      case Type::kDatetime:
        return Value::of_int(type, random.between(base::kMinDatetime, base::kMaxDatetime));
      case Type::kDate: return Value::of_int(type, random.between(base::kMinDate, base::kMaxDate));
      case Type::kTime: return Value::of_int(type, random.between(0, base::kMicrosPerDay - 1));
      case Type::kFloat:
        return Value::of_float(static_cast<double>(random.between(-1'000'000, 1'000'000)) / 128);
      case Type::kDecimal:
        return Value::of_bytes(
            type, std::to_string(random.between(-99, 99)) + "." + random.pick(3, "0123456789"));
      case Type::kUuid: return Value::of_bytes(type, random.pick(16, std::string("\0ab\xff", 4)));
      case Type::kBytes:
        return Value::of_bytes(type,
                               random.pick(random.between(0, 30), std::string("\0ab\xff", 4)));
      case Type::kInt: return Value::of_int(type, static_cast<int64_t>(random.word()));
      default:
        return Value::of_bytes(type, random.pick(random.between(0, 30), "abc\n\"") +
                                         (random.chance(30) ? "\u20ac" : ""));
    }
  }

  std::vector<std::vector<std::optional<value::Value>>> rows_;
};

}  // namespace thing::test
