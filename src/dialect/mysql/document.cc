// A path text finds names only where the document writes them as the path does: MariaDB (10.11)
// decodes no escapes on the way. So names are looked up among JSON_KEYS, whose order is that of the
// values that $.* gives. MariaDB's JSON_KEYS leaves names out behind one with an escaped quote,
// which is written otherwise for it, like the backslashes before one. Of what is no array, MySQL
// takes [0] for the thing itself.
#include "dialect/document.h"

#include <fmt/format.h>

#include "dialect/mysql/mysql.h"

namespace thing::dialect {
namespace {

// As bytes: what a backslash in a literal means is up to the session.
constexpr std::string_view kBackslash = "_utf8mb4 X'5C5C'";
constexpr std::string_view kBackslashByNumber = "_utf8mb4 X'5C7530303563'";  // \u005c
constexpr std::string_view kQuote = "_utf8mb4 X'5C22'";
constexpr std::string_view kQuoteByNumber = "_utf8mb4 X'5C7530303232'";  // \u0022
constexpr std::string_view kZero = "_utf8mb4 X'5C7530303030'";           // \u0000

class MysqlDocument final : public DocumentSql {
 public:
  using DocumentSql::DocumentSql;

 private:
  std::string root() const override { return column(); }
  // Without \u0000, which PostgreSQL can not read. What is no JSON is an error to JSON_TABLE, and
  // to every function in a write.
  std::string is_readable() const override {
    return fmt::format("JSON_VALID({}) AND LOCATE({}, {}) = 0", column(), kZero, column());
  }
  std::string is(const std::string& value, Kind kind) const override {
    constexpr std::string_view kNames[] = {
        "= 'NULL'",   "= 'BOOLEAN'", "IN ('INTEGER', 'DOUBLE', 'DECIMAL', 'UNSIGNED INTEGER')",
        "= 'STRING'", "= 'ARRAY'",   "= 'OBJECT'"};
    return fmt::format("JSON_TYPE({}) {}", value, kNames[static_cast<size_t>(kind)]);
  }
  // JSON_KEYS has a name once that an object has twice, so that the others are not where it says:
  // such an object has no members here. It may still have one twice that is written in two ways.
  std::string member(const std::string& value, uint32_t name, const Body& body) override {
    const std::string table = alias();
    const std::string found = body(fmt::format(
        "JSON_EXTRACT(JSON_EXTRACT({}, '$.*'), CONCAT('$[', {}.i - 1, ']'))", value, table));
    const std::string keys = fmt::format("JSON_KEYS(REPLACE(REPLACE({}, {}, {}), {}, {}))", value,
                                         kBackslash, kBackslashByNumber, kQuote, kQuoteByNumber);
    const std::string rows = fmt::format(
        "JSON_TABLE({}, '$[*]' COLUMNS (i FOR ORDINALITY, k LONGTEXT CHARACTER SET utf8mb4 PATH "
        "'$')) AS {}",
        keys, table);
    return fmt::format("(SELECT {} FROM {} WHERE {} = {} AND JSON_LENGTH({}) = {} LIMIT 1)", found,
                       rows, compared(table + ".k"), compared(text_value(name)), keys,
                       length(value));
  }
  std::string element(const std::string& value, uint32_t index, const Body& body) override {
    return fmt::format("(SELECT {} FROM DUAL WHERE {})",
                       body(fmt::format("JSON_EXTRACT({}, '$[{}]')", value, index)),
                       is(value, Kind::kArray));
  }
  std::string has_element(const std::string& array, const Body& body) override {
    const std::string table = alias();
    return fmt::format(
        "EXISTS (SELECT 1 FROM JSON_TABLE({}, '$[*]' COLUMNS (v JSON PATH '$')) AS {} WHERE {})",
        array, table, body(table + ".v"));
  }
  std::string length(const std::string& array) const override {
    return fmt::format("JSON_LENGTH({})", array);
  }
  std::string members(const std::string& object) const override { return length(object); }
  std::string text(const std::string& value) const override {
    return fmt::format("JSON_UNQUOTE({})", value);
  }
  std::string compared(const std::string& text) const override {
    return fmt::format("CAST(CONVERT({} USING utf8mb4) AS BINARY)", text);
  }
  std::string find(std::string_view text, std::string_view part) const override {
    return fmt::format("LOCATE({}, {}) > 0", part, text);
  }
  std::string starts_with(const std::string& text, const Part& part) const override {
    const std::string first = part();
    return fmt::format("LEFT({}, LENGTH({})) = {}", text, first, part());
  }
  std::string ends_with(const std::string& text, const Part& part) const override {
    const std::string first = part();
    return fmt::format("RIGHT({}, LENGTH({})) = {}", text, first, part());
  }
  std::string folded(const std::string& text) const override {
    return lower_ascii(fmt::format("CONVERT({} USING utf8mb4)", text));
  }
  std::string matches(const std::string& text, std::string_view pattern) const override {
    return fmt::format("{} REGEXP '{}'", text, pattern);
  }
  std::string exact(const std::string& text) const override {
    return fmt::format("CAST({} AS DECIMAL(65,30))", text);
  }
  std::string real(const std::string& text) const override {
    return fmt::format("CAST({} AS DOUBLE)", text);
  }
};

}  // namespace

std::string Mysql::document_condition(Condition& condition, const Term& term) const {
  return MysqlDocument(condition, term).write();
}

}  // namespace thing::dialect
