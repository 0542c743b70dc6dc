// How each type goes to the server: numbers and times in their binary form, a decimal as text that
// is a decimal for the server, a UUID as its 16 bytes, everything else as text.
#include <fmt/format.h>

#include "driver/mysql/sql_time.h"
#include "driver/mysql/types.h"

namespace thing::driver::mysql {
namespace {

using base::Code;
using base::Status;
using value::Type;
using value::ValueView;

// Above this a value is sent ahead in pieces, so that the command around it does not make it too
// large for the server.
constexpr size_t kLongest = 512 * 1024;

tl::unexpected<base::Error> outside(Type type) {
  return base::fail(Code::kRange, "a {} to be bound is outside its type", value::type_name(type));
}

// No column has more than 65 digits, 30 of them behind the point.
bool is_held(std::string_view decimal) {
  if (decimal.starts_with('-')) decimal.remove_prefix(1);
  const size_t point = std::min(decimal.find('.'), decimal.size());
  const size_t fraction = decimal.size() - std::min(decimal.size(), point + 1);
  return point + fraction <= 65 && fraction <= 30;
}

bool is_inside(int64_t v, int64_t least, int64_t most) { return v >= least && v <= most; }

}  // namespace

Parameters::Parameters(size_t count) : binds_(count), places_(count) { clear(); }

void Parameters::clear() {
  for (MYSQL_BIND& b : binds_) {
    b = MYSQL_BIND();
    b.buffer_type = MYSQL_TYPE_NULL;
  }
}

void Parameters::bind_integer(size_t i, enum_field_types type, int64_t v) {
  places_[i].integer = v;  // little-endian: its first byte is a TINYINT
  binds_[i].buffer_type = type;
  binds_[i].buffer = &places_[i].integer;
}

void Parameters::bind_bytes(size_t i, enum_field_types type, std::string_view bytes) {
  places_[i].length = bytes.size();
  binds_[i].buffer_type = type;
  // The library does not write to it; an empty value has to have an address.
  binds_[i].buffer = const_cast<char*>(bytes.data() != nullptr ? bytes.data() : "");
  binds_[i].buffer_length = bytes.size();
  binds_[i].length = &places_[i].length;
}

void Parameters::bind_time(size_t i, enum_field_types type, const MYSQL_TIME& time) {
  places_[i].time = time;
  binds_[i].buffer_type = type;
  binds_[i].buffer = &places_[i].time;
}

Status Parameters::bind(int index, const ValueView& v) {
  const auto i = static_cast<size_t>(index);
  if (index < 0 || i >= binds_.size())
    return base::fail(Code::kInvalid, "parameter {} does not exist, the statement has {}", index,
                      binds_.size());
  binds_[i] = MYSQL_BIND();
  binds_[i].buffer_type = MYSQL_TYPE_NULL;
  if (value::is_list(v.type)) {
    bind_bytes(i, MYSQL_TYPE_STRING, v.bytes);
    return {};
  }
  switch (v.type) {
    case Type::kNull: return {};
    case Type::kBool: bind_integer(i, MYSQL_TYPE_TINY, v.integer != 0 ? 1 : 0); return {};
    case Type::kInt: bind_integer(i, MYSQL_TYPE_LONGLONG, v.integer); return {};
    case Type::kFloat:
      places_[i].real = v.real;
      binds_[i].buffer_type = MYSQL_TYPE_DOUBLE;
      binds_[i].buffer = &places_[i].real;
      return {};
    case Type::kDecimal:
      if (!is_held(v.bytes)) return outside(v.type);
      bind_bytes(i, MYSQL_TYPE_NEWDECIMAL, v.bytes);
      return {};
    case Type::kText:
    case Type::kJson:
    case Type::kEnum: bind_bytes(i, MYSQL_TYPE_STRING, v.bytes); return {};
    case Type::kBytes: bind_bytes(i, MYSQL_TYPE_BLOB, v.bytes); return {};
    case Type::kUuid:
      if (v.bytes.size() != 16) return outside(v.type);
      bind_bytes(i, MYSQL_TYPE_BLOB, v.bytes);
      return {};
    case Type::kDatetime:
      if (!is_inside(v.integer, base::kMinDatetime, base::kMaxDatetime)) return outside(v.type);
      bind_time(i, MYSQL_TYPE_DATETIME, make_datetime(v.integer));
      return {};
    case Type::kDate:
      if (!is_inside(v.integer, base::kMinDate, base::kMaxDate)) return outside(v.type);
      bind_time(i, MYSQL_TYPE_DATE, make_date(v.integer));
      return {};
    case Type::kTime:
      if (!is_inside(v.integer, 0, base::kMicrosPerDay - 1)) return outside(v.type);
      bind_time(i, MYSQL_TYPE_TIME, make_time(v.integer));
      return {};
  }
  return outside(v.type);
}

std::string_view Parameters::bytes(size_t i) const {
  if (binds_[i].length == nullptr) return {};
  return {static_cast<const char*>(binds_[i].buffer), places_[i].length};
}

bool Parameters::is_long(size_t i) const { return bytes(i).size() > kLongest; }

size_t Parameters::command_size() const {
  constexpr size_t kHead = 16, kNumber = 24;
  size_t size = kHead;
  for (size_t i = 0; i < binds_.size(); ++i) size += kNumber + (is_long(i) ? 0 : bytes(i).size());
  return size;
}

}  // namespace thing::driver::mysql
