#include "purses.h"

#include <map>

namespace trial {
namespace {

constexpr const char* kModels = R"([
  {"name": "Purse", "fields": {"id": "int", "amount": "int", "town": "text"}, "indexes": [{"fields": ["town"]}]},
  {"name": "Entry", "fields": {"id": {"type": "int", "default": {"fn": "autoincrement"}}, "number": "int", "side": "bool"},
   "indexes": [{"fields": ["number"]}]}])";
constexpr const char* kTowns[] = {"Aa", "Bb", "Cc"};

thing_ctx* no_ctx() { return nullptr; }

struct Move {
  Random* random;
  thing_db* db;
};

thing_status pay(const Move& move, thing_ctx* ctx, thing_error** err) {
  const thing_model* purse = thing_model_find(move.db, "Purse", -1);
  const int32_t amount = thing_model_field_index(purse, "amount", -1);
  const int64_t from = move.random->between(1, kPurses), to = move.random->between(1, kPurses),
                sum = move.random->between(1, 50);
  thing_status status = thing_incr(move.db, ctx, purse, from, amount, -sum, nullptr, err);
  if (status == THING_OK) status = thing_incr(move.db, ctx, purse, to, amount, sum, nullptr, err);
  return status;
}

// Two purses change their towns by saves of loaded objects.
thing_status travel(const Move& move, thing_ctx* ctx, thing_error** err) {
  const thing_model* purse = thing_model_find(move.db, "Purse", -1);
  const int32_t town = thing_model_field_index(purse, "town", -1);
  Obj a, b;
  thing_status status =
      thing_by_id(move.db, ctx, purse, move.random->between(1, kPurses), a.out(), err);
  if (status == THING_OK)
    status = thing_by_id(move.db, ctx, purse, move.random->between(1, kPurses), b.out(), err);
  if (status != THING_OK) return status;
  const char *here = nullptr, *there = nullptr;
  int64_t here_length = 0, there_length = 0;
  thing_obj_text(a, town, &here, &here_length);
  thing_obj_text(b, town, &there, &there_length);
  const std::string old_here(here, static_cast<size_t>(here_length)),
      old_there(there, static_cast<size_t>(there_length));
  if (thing_obj_id(a) == thing_obj_id(b)) return THING_OK;
  status = thing_obj_set_text(a, town, old_there.data(), length(old_there), err);
  if (status == THING_OK)
    status = thing_obj_set_text(b, town, old_here.data(), length(old_here), err);
  if (status == THING_OK) status = thing_save(move.db, ctx, a, err);
  if (status == THING_OK) status = thing_save(move.db, ctx, b, err);
  return status;
}

// THING_NULL, an outcome that is no failure, rolls back.
thing_status move_body(void* user, thing_tx*, thing_ctx* ctx, thing_error** err) {
  const Move& move = *static_cast<Move*>(user);
  const thing_status status =
      move.random->chance(70) ? pay(move, ctx, err) : travel(move, ctx, err);
  return status == THING_OK && move.random->chance(20) ? THING_NULL : status;
}

int64_t sum_of(const thing_model* purse, const thing_rows* rows) {
  const int32_t amount = field_of(purse, "amount");
  int64_t sum = 0;
  for (int64_t i = 0; i < thing_rows_count(rows); i++)
    sum += thing_obj_int64(Obj(thing_rows_obj(rows, i)), amount);
  return sum;
}

void expect_whole(const char* how, int64_t count, int64_t sum) {
  if (count == kPurses && sum == kTotal) return;
  throw Wrong(std::string(how) + " gave " + std::to_string(count) + " purses with " +
              std::to_string(sum) + " together");
}

Rows query(thing_db* db, thing_ctx* ctx, const char* model, const std::string& json) {
  Rows rows;
  must("thing_query", thing_query, db, ctx, model_of(db, model), json.data(), length(json),
       rows.out());
  return rows;
}

void check_stream(thing_db* db, int64_t batch) {
  const thing_model* purse = model_of(db, "Purse");
  const Criteria q(thing_criteria_new(purse));
  Cursor cursor;
  must("thing_query_open", thing_query_open, db, no_ctx(), q.get(), batch, cursor.out());
  int64_t count = 0, sum = 0;
  while (true) {
    Rows rows;
    const Outcome outcome = call(thing_cursor_next, cursor.get(), no_ctx(), rows.out());
    if (outcome.status == THING_DONE) break;
    if (!outcome.ok()) throw Wrong("thing_cursor_next gave " + outcome.text());
    count += thing_rows_count(rows);
    sum += sum_of(purse, rows);
  }
  expect_whole("a stream", count, sum);
}

}  // namespace

Db open_purses(const std::string& file, const std::string& options) {
  Db db = open("sqlite:" + file + "?synchronous=off&busy_timeout_ms=60000" + options);
  must("thing_model_register", thing_model_register, db.get(), kModels, int64_t{-1});
  return db;
}

void make_purses(const std::string& file) {
  const Db db = open_purses(file);
  must("thing_schema_sync", thing_schema_sync, db.get(), no_ctx());
  for (int64_t id = 1; id <= kPurses; id++) {
    const Obj obj(thing_obj_new(model_of(db, "Purse")));
    const std::string json =
        "{\"id\":" + std::to_string(id) + ",\"amount\":1000,\"town\":\"" + kTowns[id % 3] + "\"}";
    must("thing_obj_assign_json", thing_obj_assign_json, obj.get(), json.data(), length(json));
    must("thing_save", thing_save, db.get(), no_ctx(), obj.get());
  }
}

void move_money(thing_db* db, Random& random) {
  Move move{&random, db};
  const Outcome outcome = call(thing_tx_run, db, no_ctx(), static_cast<int32_t>(THING_TX_DEFAULT),
                               100, move_body, static_cast<void*>(&move));
  if (!outcome.ok() && outcome.status != THING_NULL)
    throw Wrong("thing_tx_run gave " + outcome.text());
}

void add_entries(thing_db* db, int64_t number) {
  std::vector<Obj> objects;
  for (const char* side : {"true", "false"}) {
    objects.emplace_back(thing_obj_new(model_of(db, "Entry")));
    const std::string json = "{\"number\":" + std::to_string(number) + ",\"side\":" + side + "}";
    must("thing_obj_assign_json", thing_obj_assign_json, objects.back().get(), json.data(),
         length(json));
  }
  thing_obj* raw[] = {objects[0], objects[1]};
  must("thing_save_many", thing_save_many, db, no_ctx(), static_cast<thing_obj* const*>(raw),
       int64_t{2});
}

void check_sum(thing_db* db, Random& random) {
  static const std::vector<std::string> kQueries = {
      "{}", R"({"orderBy": {"amount": "desc"}})",
      R"({"where": {"town": {"in": ["Aa", "Bb", "Cc"]}}})",
      R"({"where": {"OR": [{"amount": {"gte": 1000}}, {"amount": {"lt": 1000}}]}})",
      R"({"select": ["amount"], "orderBy": {"town": "asc"}})"};
  if (random.chance(15)) return check_stream(db, random.between(1, 5));
  const std::string& json = random.pick(kQueries);
  const Rows rows = query(db, nullptr, "Purse", json);
  expect_whole(json.c_str(), thing_rows_count(rows), sum_of(model_of(db, "Purse"), rows));
}

// Purses swap towns, so each keeps its number of purses.
void check_towns(thing_db* db) {
  for (const char* town : kTowns) {
    const std::string json = std::string(R"({"where": {"town": ")") + town + "\"}}";
    Criteria q;
    must("thing_criteria_parse", thing_criteria_parse, model_of(db, "Purse"), json.data(),
         length(json), q.out());
    int64_t count = 0;
    must("thing_query_count", thing_query_count, db, no_ctx(), q.get(), &count);
    if (count != kPurses / 3)
      throw Wrong(std::string(town) + " has " + std::to_string(count) + " purses");
  }
}

void check_snapshot(thing_db* db) {
  Tx tx;
  must("thing_tx_begin", thing_tx_begin, db, no_ctx(), static_cast<int32_t>(THING_TX_READ_ONLY),
       tx.out());
  const thing_model* purse = model_of(db, "Purse");
  int64_t sum = 0;
  for (int64_t id = 1; id <= kPurses; id++) {
    Obj obj;
    must("thing_by_id", thing_by_id, db, thing_tx_ctx(tx), purse, id, obj.out());
    sum += thing_obj_int64(obj, field_of(purse, "amount"));
  }
  expect_whole("a read-only transaction", kPurses, sum);
  const Rows rows = query(db, thing_tx_ctx(tx), "Purse", "{}");
  expect_whole("the same transaction again", thing_rows_count(rows), sum_of(purse, rows));
}

void check_ledger(thing_db* db) {
  const thing_model* entry = model_of(db, "Entry");
  const Rows rows = query(db, nullptr, "Entry", "{}");
  std::map<int64_t, int> sides;
  for (int64_t i = 0; i < thing_rows_count(rows); i++)
    sides[thing_obj_int64(Obj(thing_rows_obj(rows, i)), field_of(entry, "number"))]++;
  for (const auto& [number, count] : sides) {
    if (count != 2)
      throw Wrong("entry " + std::to_string(number) + " has " + std::to_string(count) + " sides");
  }
}

}  // namespace trial
