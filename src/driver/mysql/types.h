#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "driver/mysql/client.h"
#include "value/row.h"
#include "value/value.h"

namespace thing::driver::mysql {

// The values bound to a statement, in the form of the client library. Text and bytes stay the
// caller's.
class Parameters {
 public:
  explicit Parameters(size_t count);

  base::Status bind(int index, const value::ValueView& v);
  void clear();
  size_t size() const { return binds_.size(); }
  MYSQL_BIND* binds() { return binds_.data(); }
  // Bytes of the command that carries them, without those that are sent ahead.
  size_t command_size() const;
  bool is_long(size_t index) const;  // sent ahead in pieces
  std::string_view bytes(size_t index) const;

 private:
  struct Place {
    int64_t integer = 0;
    double real = 0;
    MYSQL_TIME time{};
    unsigned long length = 0;
  };
  void bind_integer(size_t i, enum_field_types type, int64_t v);
  void bind_bytes(size_t i, enum_field_types type, std::string_view bytes);
  void bind_time(size_t i, enum_field_types type, const MYSQL_TIME& time);

  std::vector<MYSQL_BIND> binds_;
  std::vector<Place> places_;
};

// One column of a result, with room for its value in the row that was fetched last.
class Column {
 public:
  enum class Kind : uint8_t {
    kInteger,
    kUnsigned,
    kSingle,
    kDouble,
    kDecimal,
    kTime,
    kBits,
    kBytes
  };

  // `is_prepared`: the field is one that the statement had when it was prepared. The library leaves
  // parts of others unset.
  Column(const MYSQL_FIELD& field, bool is_prepared);
  bool is_like(const MYSQL_FIELD& field) const;  // made for it
  const std::string& name() const { return name_; }
  Kind kind() const { return kind_; }
  enum_field_types type() const { return type_; }
  bool is_binary() const { return is_binary_; }  // bytes without a character set
  value::Type natural_type() const { return natural_; }

  // To be called again when the room grew.
  MYSQL_BIND bind();
  bool is_cut() const { return length_ > room_.size(); }
  void grow() { room_.resize(length_); }
  void shrink();  // what one large value needed is not kept

  bool is_null() const { return is_null_ != 0; }
  int64_t integer() const { return integer_; }
  double real() const { return kind_ == Kind::kSingle ? double{single_} : real_; }
  const MYSQL_TIME& time() const { return time_; }
  std::string_view bytes() const { return {room_.data(), length_}; }

 private:
  std::string name_;
  enum_field_types type_;
  unsigned flags_;
  unsigned charset_;
  bool is_binary_ = false;
  Kind kind_ = Kind::kBytes;
  value::Type natural_ = value::Type::kText;
  int64_t integer_ = 0;
  double real_ = 0;
  float single_ = 0;
  MYSQL_TIME time_{};
  std::vector<char> room_;
  unsigned long length_ = 0;
  Flag is_null_ = 0;
  Flag is_cut_ = 0;
};

// The value of a column that is not NULL as a value of `type`: kSchema when the column can not hold
// such, kRange when this value is outside the type.
base::Status read_column(const Column& column, value::Type type, uint32_t field,
                         value::BatchBuilder& out);
// The value as the database has it.
base::Result<value::Value> read_dynamic(const Column& column);

}  // namespace thing::driver::mysql
