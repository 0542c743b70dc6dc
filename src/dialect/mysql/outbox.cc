#include <fmt/format.h>

#include "base/hash.h"
#include "dialect/mysql/mysql.h"

namespace thing::dialect {

namespace {

constexpr std::string_view kEvents[] = {"INSERT", "UPDATE", "DELETE"};

std::string trigger_name(std::string_view event, std::string_view table) {
  const base::Hash128 hash = base::hash128(table);
  return fmt::format("{}{}_{:016x}", kWatchPrefix, event, hash.low ^ hash.high);
}

}  // namespace

std::string_view Mysql::create_outbox() const {
  return "CREATE TABLE IF NOT EXISTS thing_outbox ("
         "id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, "
         "tbl VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, "
         "row_key TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, "
         "at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), KEY (tbl)) ENGINE=InnoDB";
}

std::string_view Mysql::ask_outbox() const {
  return "SELECT table_schema FROM information_schema.tables WHERE table_schema = DATABASE() AND "
         "table_name = 'thing_outbox'";
}

// A key is told when it is made of numbers and text, which the server prints as this library reads
// them. The outbox is the one in the table's own database, whichever the writer uses.
std::vector<std::string> Mysql::watch_table(const schema::Model& model, std::string_view name,
                                            std::string_view schema) const {
  const auto text = [this](std::string_view t) {
    return literal(value::ValueView::of_bytes(value::Type::kText, t));
  };
  bool is_plain = true;
  for (const uint32_t f : model.primary) {
    const value::Type type = model.fields[f].type;
    is_plain = is_plain && (type == value::Type::kInt || type == value::Type::kText);
  }
  const auto key_of = [&](std::string_view record) {
    std::string out;
    if (!is_plain) return std::string("NULL");
    for (const uint32_t f : model.primary) {
      const std::string& column = model.fields[f].column;
      out += fmt::format("{}{}, {}.{}", out.empty() ? "JSON_OBJECT(" : ", ", text(column), record,
                         quote(column));
    }
    return out + ")";
  };
  std::vector<std::string> out = unwatch_table(model, name, schema);
  for (const std::string_view event : kEvents) {
    const std::string was = event == "INSERT" ? "" : key_of("OLD");
    const std::string now_is = event == "DELETE" ? "" : key_of("NEW");
    std::string rows = was.empty() ? "" : fmt::format("({}, {})", text(name), was);
    // Of an update that leaves the key alone the row is told twice, which does no harm.
    if (!now_is.empty() && now_is != was)
      rows += fmt::format("{}({}, {})", rows.empty() ? "" : ", ", text(name), now_is);
    out.push_back(fmt::format(
        "CREATE TRIGGER {} AFTER {} ON {} FOR EACH ROW IF COALESCE(@thing_managed, 0) <> 1 THEN "
        "INSERT INTO {}.{} (tbl, row_key) VALUES {}; END IF",
        quote(trigger_name(event, name)), event, quote(model.table), quote(schema), quote(kOutbox),
        rows));
  }
  return out;
}

std::vector<std::string> Mysql::unwatch_table(const schema::Model& /*model*/, std::string_view name,
                                              std::string_view /*schema*/) const {
  std::vector<std::string> out;
  for (const std::string_view event : kEvents)
    out.push_back("DROP TRIGGER IF EXISTS " + quote(trigger_name(event, name)));
  return out;
}

}  // namespace thing::dialect
