// json's own operators tell names from indexes by their type: -> text and -> int. They fail for
// documents with \u0000 and with half of a pair of surrogates, which the type lets in: nothing is
// known of those.
#include "dialect/document.h"

#include <fmt/format.h>

#include "dialect/postgres/postgres.h"

namespace thing::dialect {
namespace {

// A high surrogate without a low one behind it, or a low one without a high one before it.
constexpr std::string_view kHalfPair = R"(E'\\\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\\\u[dD][c-fC-F])|)"
                                       R"((?<!\\\\u[dD][89abAB][0-9a-fA-F]{2})\\\\u[dD][c-fC-F]')";

class PostgresDocument final : public DocumentSql {
 public:
  using DocumentSql::DocumentSql;

 private:
  // Columns of other programs may be jsonb.
  std::string root() const override { return column() + "::json"; }
  std::string is_readable() const override {
    return fmt::format(
        "(strpos({0}::text, E'\\\\u') = 0 OR strpos({0}::text, E'\\\\u0000') = 0 AND "
        "replace({0}::text, E'\\\\\\\\', '.') !~ {1})",
        column(), kHalfPair);
  }
  std::string is(const std::string& value, Kind kind) const override {
    constexpr std::string_view kNames[] = {"null",   "boolean", "number",
                                           "string", "array",   "object"};
    return fmt::format("json_typeof({}) = '{}'", value, kNames[static_cast<size_t>(kind)]);
  }
  std::string member(const std::string& value, uint32_t name, const Body& body) override {
    return body(fmt::format("({} -> {})", value, text_value(name)));
  }
  std::string element(const std::string& value, uint32_t index, const Body& body) override {
    return body(fmt::format("({} -> {})", value, index));
  }
  std::string has_element(const std::string& array, const Body& body) override {
    const std::string name = alias();
    return fmt::format(
        "EXISTS (SELECT 1 FROM json_array_elements(CASE WHEN {} THEN {} END) AS {}(v) WHERE {})",
        is(array, Kind::kArray), array, name, body(name + ".v"));
  }
  std::string length(const std::string& array) const override {
    return fmt::format("CASE WHEN {} THEN json_array_length({}) END", is(array, Kind::kArray),
                       array);
  }
  std::string members(const std::string& object) const override {
    return fmt::format("(SELECT count(*) FROM json_object_keys(CASE WHEN {} THEN {} END))",
                       is(object, Kind::kObject), object);
  }
  std::string text(const std::string& value) const override {
    return fmt::format("({} #>> '{{}}')", value);
  }
  std::string compared(const std::string& text) const override { return text + " COLLATE \"C\""; }
  std::string find(std::string_view text, std::string_view part) const override {
    return fmt::format("strpos({}, {}) > 0", text, part);
  }
  std::string starts_with(const std::string& text, const Part& part) const override {
    return fmt::format("starts_with({}, {})", text, part());
  }
  std::string ends_with(const std::string& text, const Part& part) const override {
    const std::string first = part();
    return fmt::format("right({}, char_length({})) = {}", text, first, part());
  }
  std::string folded(const std::string& text) const override {
    return fmt::format("lower({} COLLATE \"C\")", text);
  }
  std::string matches(const std::string& text, std::string_view pattern) const override {
    return fmt::format("{} ~ '{}'", text, pattern);
  }
  std::string exact(const std::string& text) const override { return text + "::numeric"; }
  std::string real(const std::string& text) const override { return text + "::float8"; }
  std::string text_value(uint32_t i) override { return DocumentSql::text_value(i) + "::text"; }
  std::string integer_value(uint32_t i) override {
    return DocumentSql::integer_value(i) + "::int8";
  }
};

}  // namespace

std::string Postgres::document_condition(Condition& condition, const Term& term) const {
  return PostgresDocument(condition, term).write();
}

}  // namespace thing::dialect
