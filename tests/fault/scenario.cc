// The database of the scenarios.
#include "scenario.h"

#include <algorithm>
#include <filesystem>

namespace trial {
namespace {

constexpr const char* kModel = R"({"name": "Item", "fields": {
  "id": {"type": "int", "default": {"fn": "autoincrement"}}, "name": {"type": "text", "unique": true}, "amount": "int",
  "price": "decimal?", "note": "text?"}, "indexes": [{"fields": ["amount"]}], "version": true})";

// As SQLite's text of the same columns.
std::string line_of(const thing_obj* obj) {
  std::string line;
  for (int32_t i = 0; i < 6; i++) {
    if (i > 0) line += '|';
    const char* text = nullptr;
    int64_t size = 0;
    if ((thing_obj_field_state(obj, i) & THING_STATE_NULL) != 0) {
      line += "NULL";
    } else if (thing_obj_text(obj, i, &text, &size) == THING_OK) {
      line.append(text, static_cast<size_t>(size));
    } else {
      line += std::to_string(thing_obj_int64(obj, i));
    }
  }
  return line + "\n";
}

std::string lines_of(const thing_rows* rows) {
  std::string lines;
  for (int64_t i = 0; i < thing_rows_count(rows); i++)
    lines += line_of(Obj(thing_rows_obj(rows, i)));
  return lines;
}

void expect_same(const std::string& what, const std::string& expected, const std::string& found) {
  if (expected != found) throw Wrong(what + "\n--- expected\n" + expected + "--- found\n" + found);
}

}  // namespace

void Stage::open() {
  db = trial::open(url);
  must("thing_model_register", thing_model_register, db.get(), kModel, int64_t{-1});
  item = model_of(db, "Item");
}

const char* item_model() { return kModel; }

void make_template(const std::string& file) {
  {
    Stage stage;
    stage.url = "sqlite:" + file;
    stage.open();
    must("thing_schema_sync", thing_schema_sync, stage.db.get(), static_cast<thing_ctx*>(nullptr));
  }
  Raw raw(file);
  raw.run("PRAGMA wal_autocheckpoint = 0; BEGIN");
  for (int i = 1; i <= 60; i++) {
    raw.run("INSERT INTO items (name, amount, price, note, version) VALUES ('item " +
            std::to_string(i) + "', " + std::to_string(i % 7) + ", '" + std::to_string(i) +
            ".50', NULL, 0)");
  }
  raw.run("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
}

std::string contents(const std::string& file) {
  if (!std::filesystem::exists(file)) return "";
  Raw raw(file, "unix");
  std::string all = raw.dump(
      "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name");
  if (raw.number("SELECT count(*) FROM sqlite_schema WHERE name = 'items'") == 1)
    all += raw.dump("SELECT * FROM items ORDER BY id");
  return all;
}

void check_reads(Stage& stage) {
  const std::string stored =
      Raw(stage.file, "unix")
          .dump("SELECT id, name, amount, price, note, version FROM items ORDER BY id");
  const Ctx past(thing_ctx_new(stage.db));
  thing_ctx_set_flags(past, THING_CTX_NO_CACHE_READ | THING_CTX_NO_CACHE_WRITE);
  for (thing_ctx* ctx :
       {static_cast<thing_ctx*>(nullptr), static_cast<thing_ctx*>(nullptr), past.get()}) {
    const std::string how = ctx != nullptr ? " past the cache" : "";
    Rows rows;
    must("thing_query", thing_query, stage.db.get(), ctx, stage.item, "{}", int64_t{2}, rows.out());
    expect_same("a list" + how, stored, lines_of(rows));
    const Criteria all(thing_criteria_new(stage.item));
    int64_t count = 0;
    must("thing_query_count", thing_query_count, stage.db.get(), ctx, all.get(), &count);
    expect_same("a count" + how, std::to_string(std::count(stored.begin(), stored.end(), '\n')),
                std::to_string(count));
    for (int64_t id = 1; id <= 12; id++) {
      Obj obj;
      const Outcome outcome = call(thing_by_id, stage.db.get(), ctx, stage.item, id, obj.out());
      const std::string begin = std::to_string(id) + "|";
      const size_t at = stored.starts_with(begin) ? 0 : stored.find("\n" + begin);
      const std::string expected =
          at == std::string::npos
              ? ""
              : stored.substr(at == 0 ? 0 : at + 1,
                              stored.find('\n', at + 1) + 1 - (at == 0 ? 0 : at + 1));
      expect_same("item " + begin + how, expected,
                  outcome.status == THING_NOT_FOUND ? ""
                  : outcome.ok()                    ? line_of(obj)
                                                    : outcome.text());
    }
  }
}

}  // namespace trial
