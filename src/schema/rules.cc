#include "schema/rules.h"

#include <algorithm>

#include "schema/model.h"
#include "schema/print_value.h"
#include "value/list.h"

namespace thing::schema {
namespace {

using value::Type;
using value::Value;
using value::ValueView;

std::string shown(Type type, const Value& v) {
  std::string out;
  text::JsonWriter w(out);
  print_value(w, type, v.view());
  return out;
}

int64_t length_of(const ValueView& v) {
  if (value::is_list(v.type)) {
    const auto elements = value::list_elements(v.type, v.bytes);
    return elements ? static_cast<int64_t>(elements->size()) : 0;
  }
  if (v.type == Type::kBytes) return static_cast<int64_t>(v.bytes.size());
  return std::count_if(v.bytes.begin(), v.bytes.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

bool has_length(Type type) {
  return value::is_list(type) || type == Type::kText || type == Type::kBytes;
}

std::string_view unit_of(Type type) {
  return value::is_list(type) ? "elements" : type == Type::kBytes ? "bytes" : "characters";
}

bool is_among(const std::vector<Value>& values, const ValueView& v) {
  return std::any_of(values.begin(), values.end(),
                     [&v](const Value& one) { return value::compare(v, one.view()) == 0; });
}

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

std::optional<Broken> find_broken(const Field& field, const ValueView& v) {
  const Rules& r = field.rules;
  if (v.is_null() || (has_length(v.type) && length_of(v) == 0)) {
    if (r.required) return Broken{"required", "expected a value"};
    if (v.is_null()) return std::nullopt;
  }
  if (!r.min.is_null() && value::compare(v, r.min.view()) < 0)
    return Broken{"min", "expected at least " + shown(field.type, r.min)};
  if (!r.max.is_null() && value::compare(v, r.max.view()) > 0)
    return Broken{"max", "expected at most " + shown(field.type, r.max)};
  if (r.min_length >= 0 && length_of(v) < r.min_length)
    return Broken{"minLength",
                  fmt::format("expected at least {} {}", r.min_length, unit_of(field.type))};
  if (r.max_length >= 0 && length_of(v) > r.max_length)
    return Broken{"maxLength",
                  fmt::format("expected at most {} {}", r.max_length, unit_of(field.type))};
  if (r.compiled != nullptr && !r.compiled->is_in(v.bytes))
    return Broken{"pattern", "expected a text of the rule's pattern"};
  if (!r.in.empty() && !is_among(r.in, v)) return Broken{"in", "expected one of the rule's values"};
  return std::nullopt;
}

Value cast(const Field& field, Value v) {
  const Cast& cast = field.cast;
  if (cast.is_none() || v.is_null()) return v;
  std::string text(v.view().bytes);
  if (cast.trim) {
    const auto end = std::find_if_not(text.rbegin(), text.rend(), is_blank).base();
    text.erase(end, text.end());
    text.erase(text.begin(), std::find_if_not(text.begin(), text.end(), is_blank));
  }
  for (char& c : text) {
    if (cast.letters == Cast::Case::kLower && c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
    if (cast.letters == Cast::Case::kUpper && c >= 'a' && c <= 'z')
      c = static_cast<char>(c - 'a' + 'A');
  }
  return Value::of_bytes(v.type(), text);
}

}  // namespace thing::schema
