// Threads write and read at random; whenever all of them pause, everything cached is compared with
// the table.
#include <gtest/gtest.h>

#include "crew.h"
#include "story.h"

namespace trial {
namespace {

// Writes that check nothing but their status: others write meanwhile.
class Storm {
 public:
  Storm(const Door& door, const Questions& questions, uint64_t seed)
      : door_(door), questions_(questions), random_(seed) {}

  void step() {
    const Table& table = random_.chance(60) ? account_table() : seat_table();
    switch (random_.below(12)) {
      case 0: return insert(table);
      case 1: return update(table, nullptr);
      case 2: return remove(table);
      case 3: return random_.chance(30) ? update_where(table) : update(table, nullptr);
      case 4: return transaction(table);
      default: return read(table);
    }
  }

 private:
  void expect(const char* what, const Outcome& outcome,
              std::initializer_list<thing_status> allowed) {
    for (const thing_status status : allowed) {
      if (outcome.status == status) return;
    }
    throw Wrong(std::string(what) + " gave " + outcome.text());
  }

  std::string some_key(const Table& table) {
    if (table.generated_key) return std::to_string(random_.between(1, 60));
    Row row(table.fields.size(), Unset{});
    for (const int field : table.key)
      row[Table::at(field)] = random_.pick(table.fields[Table::at(field)].pool);
    return key_json(table, row);
  }

  // Some fields as a JSON object.
  std::string some_fields(const Table& table, bool all) {
    std::string out;
    for (int i = 0; i < table.columns(); i++) {
      const Field& field = table.fields[Table::at(i)];
      if (!table.is_settable(i) || (!all && (table.is_key(i) || !random_.chance(20)))) continue;
      const Cell cell =
          field.nullable && random_.chance(20) ? Cell{Null{}} : random_.pick(field.pool);
      out += (out.empty() ? "{" : ",") + json_text(field.name) + ":" + json(field.kind, cell);
    }
    return out.empty() ? "{}" : out + "}";
  }

  void insert(const Table& table) {
    const Obj obj(thing_obj_new(door_.model(table)));
    const std::string fields = some_fields(table, true);
    must("thing_obj_assign_json", thing_obj_assign_json, obj.get(), fields.data(), length(fields));
    expect("an insert", call(thing_save, door_.db, door_.tx, obj.get()),
           {THING_OK, THING_E_UNIQUE});
  }

  void update(const Table& table, thing_ctx* ctx) {
    const std::string key = some_key(table), fields = some_fields(table, false);
    Obj obj;
    const Outcome found =
        call(thing_by_key, door_.db, ctx, door_.model(table), key.data(), length(key), obj.out());
    if (found.status == THING_NOT_FOUND) return;
    expect("thing_by_key", found, {THING_OK});
    must("thing_obj_assign_json", thing_obj_assign_json, obj.get(), fields.data(), length(fields));
    expect("an update", call(thing_save, door_.db, ctx, obj.get()),
           {THING_OK, THING_NOT_FOUND, THING_E_UNIQUE, THING_E_CONFLICT});
  }

  void remove(const Table& table) {
    const std::string key = some_key(table);
    const int32_t mode = random_.chance(50) ? THING_DELETE_HARD : THING_DELETE_DEFAULT;
    expect("a delete",
           call(thing_delete_by_key, door_.db, door_.tx, door_.model(table), key.data(),
                length(key), mode),
           {THING_OK, THING_NOT_FOUND});
  }

  void update_where(const Table& table) {
    const std::string where = "{\"where\":" + print(table, random_where(table, random_, 1)) + "}";
    const std::string set =
        table.generated_key ? R"({"points":{"increment":1}})" : R"({"taken":true})";
    Criteria q;
    must("thing_criteria_parse", thing_criteria_parse, door_.model(table), where.data(),
         length(where), q.out());
    expect("thing_update_where",
           call(thing_update_where, door_.db, door_.tx, q.get(), set.data(), length(set),
                THING_BULK_ALL, static_cast<int64_t*>(nullptr)),
           {THING_OK});
  }

  void transaction(const Table& table) {
    Tx tx;
    must("thing_tx_begin", thing_tx_begin, door_.db, static_cast<thing_ctx*>(nullptr),
         static_cast<int32_t>(THING_TX_DEFAULT), tx.out());
    for (int64_t n = random_.between(1, 4); n > 0; n--) update(table, thing_tx_ctx(tx));
    if (random_.chance(70)) must("thing_tx_commit", thing_tx_commit, tx.get());
  }

  void read(const Table& table) {
    const Query& query = random_.pick(questions_.standing(table));
    const std::string document = print(table, query);
    const Flags flags(door_, query.scope);
    Rows rows;
    expect("thing_query",
           call(thing_query, door_.db, flags.ctx(), door_.model(table), document.data(),
                length(document), rows.out()),
           {THING_OK});
    Criteria q;
    int64_t count = 0;
    must("thing_criteria_parse", thing_criteria_parse, door_.model(table), document.data(),
         length(document), q.out());
    expect("thing_query_count", call(thing_query_count, door_.db, flags.ctx(), q.get(), &count),
           {THING_OK});
    Obj obj;
    const std::string key = some_key(table);
    expect("thing_by_key",
           call(thing_by_key, door_.db, door_.tx, door_.model(table), key.data(), length(key),
                obj.out()),
           {THING_OK, THING_NOT_FOUND});
  }

  const Door& door_;
  const Questions& questions_;
  Random random_;
};

void compare_all(World& world, const Questions& questions, const Table& table) {
  const std::vector<Row> rows = world.rows(table);
  for (const Door& door : world.doors()) {
    for (const Query& query : questions.standing(table)) {
      check_query(door, table, rows, query);
      check_count(door, table, rows, query);
    }
    for (const Row& row : rows) check_key(door, table, rows, row, 0);
    check_keys(door, table, rows, rows);
  }
}

TEST(RandomStorm, LeavesTheCacheEqualToTheTableAtEveryPause) {
  const uint64_t seed = choose_seed();
  Random random(seed);
  World world;
  const Questions questions(random);
  Budget budget = stress_budget(12);
  for (uint64_t round = 0; budget.take() || round < 2; round++) {
    SCOPED_TRACE("THING_SEED=" + std::to_string(seed) + ", round " + std::to_string(round));
    Crew crew;
    for (size_t i = 0; i < 5; i++) {
      const Door& door = world.doors()[i % 5 < 3 ? 0 : i % 5 - 2];
      crew.add([&, storm = Storm(door, questions, seed * 100 + round * 10 + i)]() mutable {
        for (int step = 0; step < (kSanitized ? 40 : 150) && !crew.is_stopped(); step++)
          storm.step();
      });
    }
    crew.run();
    compare_all(world, questions, account_table());
    compare_all(world, questions, seat_table());
  }
  world.raw().must_be_sound();
}

}  // namespace
}  // namespace trial
