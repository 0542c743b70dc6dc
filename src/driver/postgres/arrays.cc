// An array in binary form (array_send of the server), numbers as in wire.h:
//
//   int32 dimensions | int32 whether there are NULLs | uint32 type of the elements
//   for each dimension: int32 length | int32 number of its first element
//   for each element: int32 size, -1 for NULL | bytes
//
// An empty array has no dimension. A list is one dimension without NULLs; from which number on an
// array counts is nothing that a list has.
#include "driver/postgres/arrays.h"

#include <fmt/format.h>

#include "driver/postgres/cells.h"
#include "driver/postgres/parameters.h"
#include "driver/postgres/wire.h"
#include "value/json.h"
#include "value/list.h"

namespace thing::driver::postgres {
namespace {

using base::Code;
using value::Type;
using value::ValueView;

// The elements of an array, one after the other.
class Elements {
 public:
  explicit Elements(const Cell& cell) : cell_(cell), rest_(cell.wire, cell.size) {}

  base::Status start() {
    constexpr size_t kHead = 12, kDimension = 8;
    if (rest_.size() < kHead) return broken();
    const auto dimensions = load<int32_t>(rest_.data());
    if (load<uint32_t>(rest_.data() + 8) != cell_.column.element->pg_type->oid) return broken();
    rest_.remove_prefix(kHead);
    if (dimensions == 0) return {};
    if (dimensions != 1)
      return misfit(cell_, Code::kSchema, fmt::format("an array of {} dimensions", dimensions));
    if (rest_.size() < kDimension) return broken();
    left_ = load<int32_t>(rest_.data());
    rest_.remove_prefix(kDimension);
    return {};
  }
  bool is_end() const { return left_ <= 0; }
  base::Result<std::string_view> next() {
    if (rest_.size() < 4) return broken();
    const auto size = load<int32_t>(rest_.data());
    rest_.remove_prefix(4);
    if (size < 0) return misfit(cell_, Code::kSchema, "an array with NULL");
    if (rest_.size() < static_cast<size_t>(size)) return broken();
    const std::string_view bytes = rest_.substr(0, static_cast<size_t>(size));
    rest_.remove_prefix(bytes.size());
    --left_;
    return bytes;
  }

 private:
  tl::unexpected<base::Error> broken() const {
    return misfit(cell_, Code::kInternal,
                  fmt::format("{} bytes of type {}", cell_.size, cell_.column.pg_type->name));
  }

  const Cell& cell_;
  std::string_view rest_;
  int32_t left_ = 0;
};

}  // namespace

base::Result<std::string> encode_array(const PgType& element, Type type,
                                       std::span<const ValueView> values) {
  std::string out;
  append(out, int32_t{values.empty() ? 0 : 1});
  append(out, int32_t{1});
  append(out, static_cast<uint32_t>(element.oid));
  if (!values.empty()) {
    append(out, static_cast<int32_t>(values.size()));
    append(out, int32_t{1});
  }
  Place place;
  for (const ValueView& v : values) {
    if (!v.is_null() && v.type != type)
      return base::fail(Code::kType, "found a value of type {} in an array of type {}",
                        value::type_name(v.type), value::type_name(type));
    if (v.is_null()) {
      append(out, int32_t{-1});
      continue;
    }
    THING_ASSIGN(const std::string_view wire, encode(element, v, place));
    append(out, static_cast<int32_t>(wire.size()));
    out.append(wire);
  }
  return out;
}

base::Result<std::string> encode_list(const PgType& element, const ValueView& list) {
  THING_ASSIGN(const std::vector<value::Value> elements,
               value::list_elements(list.type, list.bytes));
  std::vector<ValueView> views;
  views.reserve(elements.size());
  for (const value::Value& v : elements) views.push_back(v.view());
  return encode_array(element, value::element_of(list.type), views);
}

base::Status read_list(const Cell& cell) {
  const Column& element = *cell.column.element;
  Elements elements(cell);
  THING_TRY(elements.start());
  const value::Layout layout{.hash = 0, .types = {element.type}};
  value::BatchBuilder values;
  std::string text;
  text::JsonWriter writer(text);
  writer.begin_array();
  while (!elements.is_end()) {
    THING_ASSIGN(const std::string_view bytes, elements.next());
    values.start(layout, false);
    values.begin_row();
    THING_TRY(element.reader({bytes.data(), bytes.size(), element, values}));
    value::print_value(writer, element.type, values.last_row().value(0, element.type));
  }
  writer.end_array();
  return cell.out.set_bytes(cell.column.field, text);
}

}  // namespace thing::driver::postgres
