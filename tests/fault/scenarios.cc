// The calls that have to stand failures.
#include "scenario.h"

namespace trial {

namespace {

enum Field : int32_t { kId, kName, kAmount, kPrice, kNote, kVersion };

thing_ctx* no_ctx() { return nullptr; }

void expect(bool yes, const char* what) {
  if (!yes) throw Wrong(what);
}

thing_obj* first(Stage& stage) { return stage.objects.at(0).get(); }

void add_new(Stage& stage, const std::string& name, int64_t amount) {
  stage.objects.emplace_back(thing_obj_new(stage.item));
  thing_obj* obj = stage.objects.back();
  must("set", thing_obj_set_text, obj, int32_t{kName}, name.data(), length(name));
  must("set", thing_obj_set_int64, obj, int32_t{kAmount}, amount);
}

void add_loaded(Stage& stage, int64_t id) {
  stage.objects.emplace_back();
  must("thing_by_id", thing_by_id, stage.db.get(), no_ctx(), stage.item, id,
       stage.objects.back().out());
}

void parse(Stage& stage, const char* json) {
  must("thing_criteria_parse", thing_criteria_parse, stage.item, json, int64_t{-1},
       stage.criteria.out());
}

// As they were made by add_new.
void expect_new(Stage& stage) {
  for (thing_obj* obj : stage.objects) {
    expect((thing_obj_state(obj) & THING_OBJ_NEW) != 0, "the object is not new any more");
    expect(thing_obj_dirty(obj, kName) && thing_obj_dirty(obj, kAmount),
           "the object is not dirty any more");
    expect(thing_obj_field_state(obj, kId) == THING_STATE_MISSING, "the object has an id");
    expect(thing_obj_field_state(obj, kVersion) == THING_STATE_MISSING, "the object has a version");
  }
}

void expect_saved(Stage& stage) {
  for (thing_obj* obj : stage.objects) {
    expect((thing_obj_state(obj) & THING_OBJ_NEW) == 0 && !thing_obj_dirty(obj, -1),
           "the object was not saved");
    expect(thing_obj_id(obj) > 60, "the object has no id");
  }
}

thing_status migrate(Stage& stage, thing_error** err) {
  thing_status status = thing_open(stage.url.c_str(), -1, stage.db.out(), err);
  if (status == THING_OK) status = thing_model_register(stage.db, item_model(), -1, err);
  if (status == THING_OK) status = thing_schema_sync(stage.db, nullptr, err);
  return status;
}

void check_migrated(Stage& stage) {
  stage.item = model_of(stage.db, "Item");
  Buf plan;
  must("thing_schema_plan", thing_schema_plan, stage.db.get(), no_ctx(), plan.out());
  expect(thing_buf_len(plan) == 0, "the schema is not complete");
}

// A table without "note", "version" and the index of "amount".
void age_table(Stage& stage) {
  Raw raw(stage.file, "unix");
  raw.run(
      "DROP INDEX items_amount_idx; ALTER TABLE items DROP COLUMN note; ALTER TABLE items DROP "
      "COLUMN version");
}

// As make_template left it, after thing_save_many and its like.
thing_status save_all(Stage& stage, thing_error** err) {
  thing_obj* raw[64];
  int64_t n = 0;
  for (const Obj& obj : stage.objects) raw[n++] = obj;
  return thing_save_many(stage.db, nullptr, raw, n, err);
}

// Everything that is saved inside is loaded inside: a rollback does not take objects back.
thing_status write_three(Stage& stage, thing_ctx* ctx, thing_error** err) {
  Obj obj;
  thing_status status = thing_incr(stage.db, ctx, stage.item, 1, kAmount, 5, &stage.number, err);
  if (status == THING_OK) status = thing_by_id(stage.db, ctx, stage.item, 5, obj.out(), err);
  if (status == THING_OK) status = thing_obj_set_int64(obj, kAmount, 77, err);
  if (status == THING_OK) status = thing_save(stage.db, ctx, obj, err);
  if (status == THING_OK)
    status = thing_delete_by_id(stage.db, ctx, stage.item, 3, THING_DELETE_DEFAULT, err);
  return status;
}

thing_status transact(Stage& stage, thing_error** err) {
  thing_tx* tx = nullptr;
  thing_status status = thing_tx_begin(stage.db, nullptr, THING_TX_DEFAULT, &tx, err);
  if (status == THING_OK) status = write_three(stage, thing_tx_ctx(tx), err);
  if (status == THING_OK) status = thing_tx_commit(tx, err);
  thing_tx_free(tx);
  return status;
}

thing_status stream(Stage& stage, thing_error** err) {
  thing_cursor* cursor = nullptr;
  stage.number = 0;
  thing_status status = thing_query_open(stage.db, nullptr, stage.criteria, 25, &cursor, err);
  while (status == THING_OK) {
    Rows rows;
    status = thing_cursor_next(cursor, nullptr, rows.out(), err);
    if (status == THING_OK) stage.number += thing_rows_count(rows);
  }
  thing_cursor_free(cursor);
  return status == THING_DONE ? THING_OK : status;
}

void prepare_update(Stage& stage) {
  add_loaded(stage, 5);
  must("set", thing_obj_set_int64, first(stage), int32_t{kAmount}, int64_t{77});
  must("set", thing_obj_set_text, first(stage), int32_t{kNote}, "changed", int64_t{-1});
}

void expect_changed(Stage& stage) {
  expect(thing_obj_dirty(first(stage), kAmount) && thing_obj_dirty(first(stage), kNote),
         "the object is not dirty any more");
  expect(thing_obj_int64(first(stage), kAmount) == 77, "the object lost a value");
  expect(thing_obj_int64(first(stage), kVersion) == 0, "the object has another version");
}

Scenario read(const char* name, bool cached, std::function<void(Stage&)> prepare,
              std::function<thing_status(Stage&, thing_error**)> run,
              std::function<void(Stage&)> check) {
  Scenario s;
  s.name = name;
  s.cached = cached;
  s.prepare = std::move(prepare);
  s.run = std::move(run);
  s.check_done = std::move(check);
  return s;
}

std::vector<Scenario> reads() {
  const auto by_id = [](Stage& s, thing_error** e) {
    return thing_by_id(s.db, nullptr, s.item, 7, s.found.out(), e);
  };
  const auto check_found = [](Stage& s) {
    expect(thing_obj_id(s.found) == 7 && thing_obj_int64(s.found, kAmount) == 0, "another object");
  };
  const auto list = [](Stage& s, thing_error** e) {
    return thing_query(s.db, nullptr, s.item, R"({"where": {"amount": {"gte": 3}}})", -1,
                       s.rows.out(), e);
  };
  const auto check_list = [](Stage& s) { expect(thing_rows_count(s.rows) == 34, "another list"); };
  const auto count = [](Stage& s, thing_error** e) {
    return thing_query_count(s.db, nullptr, s.criteria, &s.number, e);
  };
  const auto check_count = [](Stage& s) { expect(s.number == 34, "another count"); };
  const auto parse_count = [](Stage& s) { parse(s, R"({"where": {"amount": {"gte": 3}}})"); };
  return {
      read(
          "ReadingARow", false, [](Stage&) {}, by_id, check_found),
      read(
          "ReadingACachedRow", true, [](Stage& s) { add_loaded(s, 7); }, by_id, check_found),
      read(
          "ReadingRowsByIds", false, [](Stage& s) { add_loaded(s, 2); },
          [](Stage& s, thing_error** e) {
            const int64_t ids[] = {1, 2, 99, 3, 1};
            return thing_by_ids(s.db, nullptr, s.item, ids, 5, s.rows.out(), e);
          },
          [](Stage& s) {
            expect(thing_rows_count(s.rows) == 4 && thing_rows_ids(s.rows)[3] == 1, "other rows");
          }),
      read(
          "ReadingAList", false, [](Stage&) {}, list, check_list),
      read(
          "ReadingACachedList", true,
          [list](Stage& s) {
            expect(list(s, nullptr) == THING_OK, "no list");
            s.rows.reset();
          },
          list, check_list),
      read("ReadingACount", false, parse_count, count, check_count),
      read("ReadingAStream", false, parse_count, stream, check_count),
      read(
          "ReadingRawSql", false, [](Stage&) {},
          [](Stage& s, thing_error** e) {
            return thing_sql(s.db, nullptr, "SELECT * FROM items WHERE amount >= ?", -1, "[3]", -1,
                             s.rows.out(), e);
          },
          check_list),
      read(
          "ReadingAgain", false, prepare_update,
          [](Stage& s, thing_error** e) { return thing_reload(s.db, nullptr, first(s), e); },
          [](Stage& s) { expect(!thing_obj_dirty(first(s), -1), "the changes are still there"); }),
  };
}

Scenario write(const char* name, std::function<void(Stage&)> prepare,
               std::function<thing_status(Stage&, thing_error**)> run,
               std::function<void(Stage&)> check_done = nullptr,
               std::function<void(Stage&)> check_failed = nullptr) {
  Scenario s;
  s.name = name;
  s.prepare = std::move(prepare);
  s.run = std::move(run);
  s.check_done = std::move(check_done);
  s.check_failed = std::move(check_failed);
  return s;
}

std::vector<Scenario> writes() {
  return {
      write(
          "Inserting", [](Stage& s) { add_new(s, "new", 9); },
          [](Stage& s, thing_error** e) { return thing_save(s.db, nullptr, first(s), e); },
          expect_saved, expect_new),
      write(
          "Updating", prepare_update,
          [](Stage& s, thing_error** e) { return thing_save(s.db, nullptr, first(s), e); },
          [](Stage& s) {
            expect(!thing_obj_dirty(first(s), -1) && thing_obj_int64(first(s), kVersion) == 1,
                   "the object was not saved");
          },
          expect_changed),
      write(
          "InsertingFifty",
          [](Stage& s) {
            for (int i = 0; i < 50; i++) add_new(s, "new " + std::to_string(i), i);
          },
          save_all, expect_saved, expect_new),
      write(
          "UpdatingInBulk", [](Stage& s) { parse(s, R"({"where": {"amount": {"lt": 4}}})"); },
          [](Stage& s, thing_error** e) {
            return thing_update_where(s.db, nullptr, s.criteria,
                                      R"({"amount": {"increment": 10}, "note": "many"})", -1, 0,
                                      &s.number, e);
          },
          [](Stage& s) { expect(s.number == 35, "another number of rows"); }),
      write(
          "DeletingInBulk", [](Stage& s) { parse(s, R"({"where": {"amount": 2}})"); },
          [](Stage& s, thing_error** e) {
            return thing_delete_where(s.db, nullptr, s.criteria, THING_DELETE_DEFAULT, 0, &s.number,
                                      e);
          }),
      write(
          "WritingInATransaction", [](Stage&) {}, transact,
          [](Stage& s) { expect(s.number == 6, "another sum"); }),
      write(
          "UpsertingANewRow", [](Stage& s) { add_new(s, "new", 9); },
          [](Stage& s, thing_error** e) {
            const int32_t key = kName;
            return thing_upsert(s.db, nullptr, first(s), &key, 1, e);
          },
          nullptr, expect_new),
      write(
          "UpsertingAnOldRow", [](Stage& s) { add_new(s, "item 4", 9); },
          [](Stage& s, thing_error** e) {
            const int32_t key = kName;
            return thing_upsert(s.db, nullptr, first(s), &key, 1, e);
          },
          nullptr, expect_new),
      write(
          "Deleting", [](Stage& s) { add_loaded(s, 6); },
          [](Stage& s, thing_error** e) {
            return thing_delete(s.db, nullptr, first(s), THING_DELETE_DEFAULT, e);
          },
          [](Stage& s) {
            expect((thing_obj_state(first(s)) & THING_OBJ_DELETED) != 0,
                   "the object is not deleted");
          },
          [](Stage& s) {
            expect((thing_obj_state(first(s)) & THING_OBJ_DELETED) == 0, "the object is deleted");
          }),
      write(
          "Incrementing", [](Stage&) {},
          [](Stage& s, thing_error** e) {
            return thing_incr(s.db, nullptr, s.item, 8, kAmount, 4, &s.number, e);
          },
          [](Stage& s) { expect(s.number == 5, "another sum"); }),
      write(
          "RunningRawSql", [](Stage&) {},
          [](Stage& s, thing_error** e) {
            return thing_exec(s.db, nullptr, "UPDATE items SET amount = amount + ?", -1, "[1]", -1,
                              "items", &s.number, e);
          },
          [](Stage& s) { expect(s.number == 60, "another number of rows"); }),
  };
}

std::vector<Scenario> migrations() {
  Scenario fresh, aged;
  fresh.name = "CreatingTables";
  fresh.filled = false;
  aged.name = "AddingColumns";
  aged.prepare = age_table;
  for (Scenario* s : {&fresh, &aged}) {
    s->opens = true;
    s->run = migrate;
    s->check_done = check_migrated;
    s->check_failed = [](Stage& stage) { stage.db.reset(); };
  }
  return {fresh, aged};
}

}  // namespace

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all = [] {
    std::vector<Scenario> joined = migrations();
    for (const auto& part : {reads(), writes()})
      joined.insert(joined.end(), part.begin(), part.end());
    return joined;
  }();
  return all;
}

}  // namespace trial
