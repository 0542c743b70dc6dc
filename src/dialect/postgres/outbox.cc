#include <fmt/format.h>

#include "base/hash.h"
#include "dialect/postgres/postgres.h"

namespace thing::dialect {

namespace {

// Of a table, by the name that all programs have for it.
std::string object_name(std::string_view kind, std::string_view table) {
  const base::Hash128 hash = base::hash128(table);
  return fmt::format("{}{}_{:016x}", kWatchPrefix, kind, hash.low ^ hash.high);
}

// What the server prints as this library reads it.
bool has_plain_text(value::Type type) {
  return type == value::Type::kInt || type == value::Type::kText || type == value::Type::kUuid;
}

}  // namespace

std::string_view Postgres::create_outbox() const {
  return "CREATE TABLE IF NOT EXISTS thing_outbox ("
         "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tbl text NOT NULL, row_key text, "
         "at timestamptz NOT NULL DEFAULT now(), UNIQUE (tbl, id))";
}

std::string_view Postgres::ask_outbox() const {
  return "SELECT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
         "WHERE c.oid = to_regclass('thing_outbox')";
}

// The function writes with the rights of who made it, so that writers of the table need none on the
// outbox; its names are all qualified, as their search path is theirs.
std::vector<std::string> Postgres::watch_table(const schema::Model& model, std::string_view name,
                                               std::string_view schema) const {
  const auto text = [this](std::string_view t) {
    return literal(value::ValueView::of_bytes(value::Type::kText, t));
  };
  bool is_plain = true;
  for (const uint32_t f : model.primary)
    is_plain = is_plain && has_plain_text(model.fields[f].type);
  const auto key_of = [&](std::string_view record) {
    if (!is_plain) return std::string("NULL");
    std::string out;
    for (const uint32_t f : model.primary) {
      const std::string& column = model.fields[f].column;
      out += fmt::format("{}{}::pg_catalog.text, {}.{}",
                         out.empty() ? "pg_catalog.json_build_object(" : ", ", text(column), record,
                         quote(column));
    }
    return out + ")::pg_catalog.text";
  };
  const std::string outbox = quote(schema) + "." + quote(kOutbox);
  const auto note = [&](const std::string& row_key) {
    return fmt::format("INSERT INTO {} (tbl, row_key) VALUES ({}, {});", outbox, text(name),
                       row_key);
  };
  const std::string body = !is_plain ? "BEGIN " + note("NULL") + " RETURN NULL; END"
                                     : "DECLARE was pg_catalog.text; now_is pg_catalog.text; BEGIN "
                                       "IF TG_OP = 'TRUNCATE' THEN " +
                                           note("NULL") +
                                           " RETURN NULL; END IF; "
                                           "IF TG_OP <> 'INSERT' THEN was := " +
                                           key_of("OLD") + "; " + note("was") +
                                           " END IF; "
                                           "IF TG_OP <> 'DELETE' THEN now_is := " +
                                           key_of("NEW") +
                                           "; "
                                           "IF was IS DISTINCT FROM now_is THEN " +
                                           note("now_is") +
                                           " END IF; END IF; "
                                           "RETURN NULL; END";
  const std::string function = quote(schema) + "." + quote(object_name("note", name));
  const std::string table = quote(model.table);
  const std::string others =
      "WHEN (pg_catalog.current_setting('thing.managed', true) IS DISTINCT FROM '1') "
      "EXECUTE FUNCTION " +
      function + "()";
  std::vector<std::string> out{
      "CREATE OR REPLACE FUNCTION " + function +
      "() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS " +
      text(body)};
  const std::string row = quote(object_name("row", name));
  const std::string all = quote(object_name("all", name));
  out.push_back("DROP TRIGGER IF EXISTS " + row + " ON " + table);
  out.push_back("DROP TRIGGER IF EXISTS " + all + " ON " + table);
  out.push_back("CREATE TRIGGER " + row + " AFTER INSERT OR UPDATE OR DELETE ON " + table +
                " FOR EACH ROW " + others);
  out.push_back("CREATE TRIGGER " + all + " AFTER TRUNCATE ON " + table + " FOR EACH STATEMENT " +
                others);
  return out;
}

std::vector<std::string> Postgres::unwatch_table(const schema::Model& model, std::string_view name,
                                                 std::string_view schema) const {
  const std::string table = quote(model.table);
  return {
      "DROP TRIGGER IF EXISTS " + quote(object_name("row", name)) + " ON " + table,
      "DROP TRIGGER IF EXISTS " + quote(object_name("all", name)) + " ON " + table,
      "DROP FUNCTION IF EXISTS " + quote(schema) + "." + quote(object_name("note", name)) + "()"};
}

}  // namespace thing::dialect
