#include "counters.h"

namespace trial {
namespace {

constexpr const char* kModel =
    R"({"name": "Counter", "fields": {"id": "int", "value": "int", "kind": "int", "note": "text?"},
  "indexes": [{"fields": ["kind"]}], "version": true})";

using Floors = std::array<int64_t, kKeys>;

Floors floors_of(const Board& board) {
  Floors floors{};
  for (size_t i = 0; i < kKeys; i++) floors[i] = board.returned[i].load();
  return floors;
}

struct Counter {
  thing_db* db;
  const thing_model* model = model_of(db, "Counter");
  int32_t value = field_of(model, "value"), kind = field_of(model, "kind");
};

void note(Board& board, int64_t id, int64_t value) {
  raise_to(board.returned[static_cast<size_t>(id - 1)], value);
}

void raise_by_increment(const Counter& c, Board& board, int64_t id) {
  int64_t value = 0;
  must("thing_incr", thing_incr, c.db, static_cast<thing_ctx*>(nullptr), c.model, id, c.value,
       int64_t{1}, &value);
  note(board, id, value);
}

// Loads, changes and saves, and again when somebody was faster.
void raise_by_save(const Counter& c, Board& board, int64_t id) {
  while (true) {
    Obj obj;
    must("thing_by_id", thing_by_id, c.db, static_cast<thing_ctx*>(nullptr), c.model, id,
         obj.out());
    const int64_t value = thing_obj_int64(obj, c.value) + 1;
    must("thing_obj_set_int64", thing_obj_set_int64, obj.get(), c.value, value);
    const Outcome outcome = call(thing_save, c.db, static_cast<thing_ctx*>(nullptr), obj.get());
    if (outcome.ok()) return note(board, id, value);
    if (outcome.status != THING_E_CONFLICT) throw Wrong("saving a counter gave " + outcome.text());
  }
}

void raise_by_bulk(const Counter& c, int64_t kind) {
  const std::string where = "{\"where\":{\"kind\":" + std::to_string(kind) + "}}";
  Criteria q;
  must("thing_criteria_parse", thing_criteria_parse, c.model, where.data(), length(where), q.out());
  int64_t affected = 0;
  must("thing_update_where", thing_update_where, c.db, static_cast<thing_ctx*>(nullptr), q.get(),
       R"({"value":{"increment":1}})", int64_t{-1}, 0, &affected);
  if (affected != kKeys / kGroups)
    throw Wrong("a bulk update reached " + std::to_string(affected) + " counters");
}

void raise_by_exec(const Counter& c, int64_t id) {
  const std::string params = "[" + std::to_string(id) + "]";
  must("thing_exec", thing_exec, c.db, static_cast<thing_ctx*>(nullptr),
       "UPDATE counters SET value = value + 1, version = version + 1 WHERE id = ?", int64_t{-1},
       params.data(), length(params), "counters", static_cast<int64_t*>(nullptr));
}

void raise_in_transaction(const Counter& c, Board& board, int64_t id, Random& random) {
  Tx tx;
  must("thing_tx_begin", thing_tx_begin, c.db, static_cast<thing_ctx*>(nullptr),
       static_cast<int32_t>(THING_TX_DEFAULT), tx.out());
  int64_t value = 0;
  must("thing_incr", thing_incr, c.db, thing_tx_ctx(tx), c.model, id, c.value, int64_t{1}, &value);
  if (random.chance(30)) return;  // rolled back
  must("thing_tx_commit", thing_tx_commit, tx.get());
  note(board, id, value);
}

void expect_at_least(const char* how, int64_t id, int64_t value, const Floors& floors) {
  const int64_t floor = floors[static_cast<size_t>(id - 1)];
  if (value >= floor) return;
  throw Wrong(std::string(how) + " of counter " + std::to_string(id) + " gave " +
              std::to_string(value) + " after a write had returned " + std::to_string(floor));
}

void check_one(const Counter& c, const Board& board, Random& random) {
  const int64_t id = random.between(1, kKeys);
  const Floors floors = floors_of(board);
  Obj obj;
  must("thing_by_id", thing_by_id, c.db, static_cast<thing_ctx*>(nullptr), c.model, id, obj.out());
  expect_at_least("by_id", id, thing_obj_int64(obj, c.value), floors);
}

void check_rows(const char* how, const Counter& c, const thing_rows* rows, int64_t count,
                const Floors& floors) {
  if (thing_rows_count(rows) != count)
    throw Wrong(std::string(how) + " gave " + std::to_string(thing_rows_count(rows)) + " counters");
  for (int64_t i = 0; i < count; i++) {
    const Obj obj(thing_rows_obj(rows, i));
    expect_at_least(how, thing_obj_id(obj), thing_obj_int64(obj, c.value), floors);
  }
}

void check_ids(const Counter& c, const Board& board) {
  int64_t ids[kKeys];
  for (int64_t i = 0; i < kKeys; i++) ids[i] = i + 1;
  const Floors floors = floors_of(board);
  Rows rows;
  must("thing_by_ids", thing_by_ids, c.db, static_cast<thing_ctx*>(nullptr), c.model,
       static_cast<const int64_t*>(ids), int64_t{kKeys}, rows.out());
  check_rows("by_ids", c, rows, kKeys, floors);
}

void check_list(const Counter& c, const Board& board, int64_t kind) {
  const std::string where = "{\"where\":{\"kind\":" + std::to_string(kind) + "}}";
  const Floors floors = floors_of(board);
  Rows rows;
  must("thing_query", thing_query, c.db, static_cast<thing_ctx*>(nullptr), c.model, where.data(),
       length(where), rows.out());
  check_rows("a list", c, rows, kKeys / kGroups, floors);
}

// Counters below a value that all of them have reached.
void check_count(const Counter& c, const Board& board) {
  const Floors floors = floors_of(board);
  int64_t lowest = floors[0];
  for (const int64_t floor : floors) lowest = std::min(lowest, floor);
  Criteria q(thing_criteria_new(c.model));
  thing_error* error = nullptr;
  if (thing_criteria_int64(q, c.value, THING_OP_LT, lowest, &error) < 0)
    throw Wrong(take_outcome(THING_E_INTERNAL, error).text());
  int64_t count = -1;
  must("thing_query_count", thing_query_count, c.db, static_cast<thing_ctx*>(nullptr), q.get(),
       &count);
  if (count != 0)
    throw Wrong(std::to_string(count) + " counters are below " + std::to_string(lowest) +
                ", which all have reached");
}

}  // namespace

Db open_counters(const std::string& file, const std::string& options) {
  Db db = open("sqlite:" + file + "?synchronous=off&busy_timeout_ms=60000" + options);
  must("thing_model_register", thing_model_register, db.get(), kModel, int64_t{-1});
  return db;
}

void make_counters(const std::string& file) {
  const Db db = open_counters(file);
  must("thing_schema_sync", thing_schema_sync, db.get(), static_cast<thing_ctx*>(nullptr));
  for (int64_t i = 0; i < kKeys; i++) {
    const Obj obj(thing_obj_new(model_of(db, "Counter")));
    const std::string json = "{\"id\":" + std::to_string(i + 1) +
                             ",\"value\":0,\"kind\":" + std::to_string(i % kGroups) + "}";
    must("thing_obj_assign_json", thing_obj_assign_json, obj.get(), json.data(), length(json));
    must("thing_save", thing_save, db.get(), static_cast<thing_ctx*>(nullptr), obj.get());
  }
}

void raise_counter(thing_db* db, Board& board, Random& random) {
  const Counter c{db};
  const int64_t id = random.between(1, kKeys);
  switch (random.below(8)) {
    case 0: return raise_by_save(c, board, id);
    case 1: return raise_by_bulk(c, random.below(kGroups));
    case 2: return raise_by_exec(c, id);
    case 3: return raise_in_transaction(c, board, id, random);
    default: return raise_by_increment(c, board, id);
  }
}

void check_counters(thing_db* db, const Board& board, Random& random) {
  const Counter c{db};
  switch (random.below(8)) {
    case 0: return check_ids(c, board);
    case 1: return check_list(c, board, random.below(kGroups));
    case 2: return check_count(c, board);
    default: return check_one(c, board, random);
  }
}

void check_all_counters(thing_db* db, const Board& board) {
  const Counter c{db};
  const Ctx past(thing_ctx_new(db));
  thing_ctx_set_flags(past, THING_CTX_NO_CACHE_READ | THING_CTX_NO_CACHE_WRITE);
  for (int64_t id = 1; id <= kKeys; id++) {
    const Floors floors = floors_of(board);
    Obj cached, stored;
    must("thing_by_id", thing_by_id, db, static_cast<thing_ctx*>(nullptr), c.model, id,
         cached.out());
    must("thing_by_id", thing_by_id, db, past.get(), c.model, id, stored.out());
    expect_at_least("by_id", id, thing_obj_int64(cached, c.value), floors);
    expect_at_least("by_id past the cache", id, thing_obj_int64(stored, c.value), floors);
  }
}

}  // namespace trial
