// The writes of several rows at once.
#include <algorithm>

#include "writer.h"

namespace trial {
namespace {

struct Change {
  std::string json;
  std::vector<std::pair<int, Cell>> values;
  std::vector<std::pair<int, int64_t>> increments;
};

void add(Change& change, const std::string& member) {
  change.json += (change.json.empty() ? "{" : ",") + member;
}

Change random_change(const Table& table, Random& random) {
  Change change;
  for (int i = 0; i < table.columns(); i++) {
    const Field& field = table.fields[Table::at(i)];
    if (!table.is_settable(i) || table.is_key(i) || field.unique || !random.chance(20)) continue;
    if (field.kind == Kind::kInt && random.chance(50)) {
      const int64_t n = random.between(-3, 3);
      change.increments.emplace_back(i, random.chance(50) ? n : -n);
      const bool decrement = change.increments.back().second != n;
      add(change, json_text(field.name) + ":{\"" + (decrement ? "decrement" : "increment") +
                      "\":" + std::to_string(n) + "}");
      continue;
    }
    const Cell cell = field.nullable && random.chance(20) ? Cell{Null{}} : random.pick(field.pool);
    change.values.emplace_back(i, cell);
    const std::string value = json(field.kind, cell);
    add(change,
        json_text(field.name) + ":" +
            (field.kind == Kind::kJson || random.chance(30) ? "{\"set\":" + value + "}" : value));
  }
  if (!change.json.empty()) change.json += "}";
  return change;
}

// False when a sum leaves 64 bits.
bool apply(const Change& change, Row& row) {
  for (const auto& [field, cell] : change.values) row[Table::at(field)] = cell;
  for (const auto& [field, n] : change.increments) {
    Cell& cell = row[Table::at(field)];
    int64_t sum = 0;
    if (__builtin_add_overflow(is_null(cell) ? 0 : std::get<int64_t>(cell), n, &sum)) return false;
    cell = sum;
  }
  return true;
}

}  // namespace

void Writer::update_where() {
  const Change change = random_change(*table_, random_);
  if (change.json.empty()) return update();
  Query query;
  query.where = random_where(*table_, random_, 2);
  const std::string document = print(*table_, query);
  told_ = "update_where " + document + " set " + change.json;
  std::vector<Row> expected = before_;
  int64_t matches = 0;
  bool fits = true;
  for (Row& row : expected) {
    if (!is_alive(row) || evaluate(*table_, *query.where, row) != Truth::kYes) continue;
    matches++;
    fits = apply(change, row) && fits;
    mark_written(row);
    if (table_->version >= 0) {
      const Row& old = before_[static_cast<size_t>(&row - expected.data())];
      row[Table::at(table_->version)] = std::get<int64_t>(old[Table::at(table_->version)]) + 1;
    }
  }
  Criteria q;
  expect(
      told_,
      call(thing_criteria_parse, door_.model(*table_), document.data(), length(document), q.out()),
      {THING_OK});
  int64_t affected = -1;
  const Outcome outcome = call(thing_update_where, door_.db, door_.tx, q.get(), change.json.data(),
                               length(change.json), THING_BULK_ALL, &affected);
  expect(told_, outcome, {fits ? THING_OK : THING_E_RANGE});
  if (!outcome.ok()) return expect_unchanged(told_);
  expect_state(told_, expected);
  if (affected != matches)
    throw Wrong(door_.name + ", " + told_ + ": affected " + std::to_string(affected) + " of " +
                std::to_string(matches));
}

void Writer::remove_where() {
  Query query;
  query.where = random_where(*table_, random_, 1);
  const int32_t mode =
      table_->deleted >= 0 ? static_cast<int32_t>(random_.below(3)) : THING_DELETE_DEFAULT;
  const std::string document = print(*table_, query);
  told_ = "delete_where " + document + " mode " + std::to_string(mode);
  const bool soft = table_->deleted >= 0 && mode != THING_DELETE_HARD;
  std::vector<Row> expected;
  int64_t matches = 0;
  for (Row row : before_) {
    const bool match = is_alive(row) && evaluate(*table_, *query.where, row) == Truth::kYes;
    matches += match ? 1 : 0;
    if (match && !soft) continue;
    if (match) mark_deleted(row);
    expected.push_back(row);
  }
  if (matches > 12) return update();  // too much to lose
  Criteria q;
  expect(
      told_,
      call(thing_criteria_parse, door_.model(*table_), document.data(), length(document), q.out()),
      {THING_OK});
  int64_t affected = -1;
  expect(told_,
         call(thing_delete_where, door_.db, door_.tx, q.get(), mode, THING_BULK_ALL, &affected),
         {THING_OK});
  expect_state(told_, expected);
  if (affected != matches)
    throw Wrong(door_.name + ", " + told_ + ": affected " + std::to_string(affected) + " of " +
                std::to_string(matches));
  Query dead = query;
  dead.where.reset();
  const std::vector<Row> after = now();
  const auto alive = [&](const std::vector<Row>& rows) {
    return std::count_if(rows.begin(), rows.end(), [&](const Row& r) { return is_alive(r); });
  };
  if (alive(before_) - alive(after) != matches)
    throw Wrong(door_.name + ", " + told_ + ": rows are still alive");
}

void Writer::prune() {
  const Field& field = table_->fields[Table::at(table_->key.back())];
  std::vector<Cell> keys;
  for (const Row& row : before_) keys.push_back(row[Table::at(table_->key.back())]);
  const auto less = [&](const Cell& a, const Cell& b) { return compare(field.kind, a, b) < 0; };
  std::sort(keys.begin(), keys.end(), less);
  const Cell middle = keys[keys.size() / 2];
  const std::string document =
      "{\"where\":{" + json_text(field.name) + ":{\"lte\":" + json(field.kind, middle) + "}}}";
  told_ = "delete_where, with deleted, " + document;
  std::vector<Row> expected;
  for (const Row& row : before_) {
    if (less(middle, row[Table::at(table_->key.back())])) expected.push_back(row);
  }
  Criteria q;
  expect(
      told_,
      call(thing_criteria_parse, door_.model(*table_), document.data(), length(document), q.out()),
      {THING_OK});
  const Flags flags(door_, THING_CTX_WITH_DELETED);
  expect(told_,
         call(thing_delete_where, door_.db, flags.ctx(), q.get(),
              static_cast<int32_t>(THING_DELETE_HARD), 0, static_cast<int64_t*>(nullptr)),
         {THING_OK});
  expect_state(told_, expected);
}

// Inserts and updates mixed; sometimes one of them can not be saved, and then none is.
void Writer::save_many() {
  std::vector<Obj> objects;
  std::vector<Row> expected = before_;
  std::vector<Row> present;
  std::vector<const Row*> used;
  bool possible = true;
  told_ = "save_many";
  for (int64_t n = random_.between(2, 6); n > 0; n--) {
    const Row* row = random_.chance(40) ? some_row(true) : nullptr;
    if (row != nullptr && std::find(used.begin(), used.end(), row) == used.end()) {
      used.push_back(row);
      told_ += " [update " + key_json(*table_, *row);
      objects.push_back(load(*row, 0));
      Row* target = find(expected, *row);
      const Row changed = change(objects.back(), *row, false);
      *target = changed;
      if (changed != *row) mark_written(*target);
      told_ += "]";
    } else {
      Row fresh = fresh_row();
      for (size_t i = 0; i < fresh.size(); i++) {
        const Field& field = table_->fields[i];
        if (field.unique && field.nullable && !random_.chance(20)) fresh[i] = Null{};
      }
      told_ += " [insert " + show(*table_, fresh) + "]";
      objects.emplace_back(thing_obj_new(door_.model(*table_)));
      fill(objects.back(), fresh);
      if (!table_->generated_key && find(expected, fresh) != nullptr) possible = false;
      possible = possible && !collides(fresh, expected);
      for (size_t i = 0; i < fresh.size(); i++) {
        if (is_unset(fresh[i])) fresh[i] = table_->fields[i].initial;
      }
      expected.push_back(fresh);
    }
    present.push_back(row_of(*table_, objects.back()));
  }
  std::vector<thing_obj*> raw(objects.begin(), objects.end());
  const Outcome outcome =
      call(thing_save_many, door_.db, door_.tx, raw.data(), static_cast<int64_t>(raw.size()));
  expect(told_, outcome, {possible ? THING_OK : THING_E_UNIQUE});
  if (possible) {
    expect_state(told_, expected);
    for (const Obj& obj : objects) expect_object(told_, obj);
    return;
  }
  expect_unchanged(told_);
  for (size_t i = 0; i < objects.size(); i++) {
    if (row_of(*table_, objects[i]) != present[i]) {
      throw Wrong(door_.name + ", an object after a failed " + told_ + "\n  is  " +
                  show(*table_, row_of(*table_, objects[i])) + "\n  was " +
                  show(*table_, present[i]));
    }
  }
}

void Writer::remove_many() {
  std::vector<Obj> objects;
  std::vector<Row> expected = before_;
  const int32_t mode =
      table_->deleted >= 0 ? static_cast<int32_t>(random_.below(3)) : THING_DELETE_DEFAULT;
  const bool soft = table_->deleted >= 0 && mode != THING_DELETE_HARD;
  told_ = "delete_many mode " + std::to_string(mode);
  std::vector<const Row*> used;
  for (int64_t n = random_.between(1, 3); n > 0; n--) {
    const Row* row = some_row(true);
    if (row == nullptr || std::find(used.begin(), used.end(), row) != used.end()) continue;
    used.push_back(row);
    told_ += " " + key_json(*table_, *row);
    objects.push_back(load(*row, 0));
    Row* target = find(expected, *row);
    if (soft) {
      mark_deleted(*target);
    } else {
      expected.erase(expected.begin() + (target - expected.data()));
    }
  }
  if (objects.empty()) return insert();
  std::vector<thing_obj*> raw(objects.begin(), objects.end());
  expect(told_,
         call(thing_delete_many, door_.db, door_.tx, raw.data(), static_cast<int64_t>(raw.size()),
              mode),
         {THING_OK});
  expect_state(told_, expected);
}

// Raw SQL, with and without the names of the tables; with "code" left alone.
void Writer::execute() {
  const bool account = table_->generated_key;
  if (!table_->statements.empty()) return execute(random_.pick(table_->statements), "[]");
  const std::string id = account ? "id" : "place";
  const std::string longer = door_.database == Database::kMysql
                                 ? "name = concat(name, 'a') WHERE char_length(name) < 4"
                                 : "name = name || 'a' WHERE length(name) < 4";
  const std::vector<std::string> account_sql = {
      "UPDATE accounts SET points = points % 1000 + 1, version = version + 1 WHERE id % 3 = ?",
      "UPDATE accounts SET age = NULL, version = version + 1 WHERE id % 3 = ?",
      "UPDATE accounts SET version = version + 1, active = NOT active, " + longer +
          " AND id % 5 = ?",
      "DELETE FROM accounts WHERE id % 9 = ?",
      "UPDATE accounts SET deleted_at = NULL, version = version + 1 WHERE id % 2 = ?"};
  const std::vector<std::string> seat_sql = {
      "UPDATE seats SET visits = NULL, label = 'ab' WHERE place = ?",
      "DELETE FROM seats WHERE place = ? AND hall = 'B'",
      "UPDATE seats SET taken = TRUE, price = '10' WHERE place = ?"};
  const std::string sql = random_.pick(account ? account_sql : seat_sql);
  execute(sql, "[" + std::to_string(random_.below(3)) + "]");
}

void Writer::execute(const std::string& sql, const std::string& params) {
  const char* tables = random_.chance(60) ? table_->name.c_str() : nullptr;
  told_ = "exec " + sql + " " + params + (tables != nullptr ? ", tables named" : "");
  int64_t affected = -1;
  const Outcome outcome = call(thing_exec, door_.db, door_.tx, sql.data(), length(sql),
                               params.data(), length(params), tables, &affected);
  expect(told_, outcome, {THING_OK, table_->statements.empty() ? THING_OK : THING_E_UNIQUE});
  if (outcome.ok() && affected < 0) throw Wrong(told_ + ": affected is missing");
}

}  // namespace trial
