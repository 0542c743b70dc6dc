// What the writes have in common: choosing rows and values, and comparing the state afterwards.
#include "writer.h"

#include <algorithm>

namespace trial {
namespace {

constexpr size_t kManyRows = 50;

}  // namespace

std::string Writer::write(const Table& table) {
  table_ = &table;
  before_ = now();
  told_.clear();
  struct Choice {
    int weight;
    void (Writer::*run)();
  };
  static const Choice kChoices[] = {
      {14, &Writer::insert},       {3, &Writer::insert_packed}, {14, &Writer::update},
      {8, &Writer::save_stale},    {5, &Writer::save_many},     {7, &Writer::remove},
      {4, &Writer::remove_by_key}, {3, &Writer::remove_many},   {4, &Writer::restore},
      {7, &Writer::increment},     {6, &Writer::upsert},        {6, &Writer::update_where},
      {3, &Writer::remove_where},  {5, &Writer::execute},
  };
  if (before_.size() > kManyRows) {
    prune();
    return door_.name + ": " + table_->model + ": " + told_;
  }
  int64_t total = 0;
  for (const Choice& choice : kChoices) total += choice.weight;
  int64_t at = random_.below(total);
  for (const Choice& choice : kChoices) {
    if ((at -= choice.weight) >= 0) continue;
    (this->*choice.run)();
    break;
  }
  return door_.name + ": " + table_->model + ": " + told_;
}

void Writer::expect(const std::string& what, const Outcome& outcome,
                    std::initializer_list<thing_status> allowed) const {
  if (std::find(allowed.begin(), allowed.end(), outcome.status) != allowed.end()) return;
  std::string names;
  for (const thing_status status : allowed) names += std::string(" ") + thing_status_name(status);
  throw Wrong(door_.name + ", " + what + "\n  expected" + names + "\n  found    " + outcome.text());
}

void Writer::expect_state(const std::string& what, std::vector<Row> expected) const {
  const std::vector<Row> found = now();
  const auto fits = [](const Row& wanted, const Row& is) {
    for (size_t i = 0; i < wanted.size(); i++) {
      if (!is_unset(wanted[i]) && wanted[i] != is[i]) return false;
    }
    return true;
  };
  std::vector<Row> left = found;
  for (const Row& wanted : expected) {
    const auto it =
        std::find_if(left.begin(), left.end(), [&](const Row& is) { return fits(wanted, is); });
    if (it == left.end()) {
      throw Wrong(door_.name + ", the table after " + what + "\n  lacks " + show(*table_, wanted) +
                  "\n  holds " + show(*table_, found));
    }
    left.erase(it);
  }
  if (!left.empty())
    throw Wrong(door_.name + ", the table after " + what + " also holds " + show(*table_, left));
}

void Writer::expect_object(const std::string& what, const thing_obj* obj) const {
  const Row found = row_of(*table_, obj);
  std::vector<Row> rows = now();
  const Row* expected = find(rows, found);
  if (expected == nullptr || found != *expected) {
    throw Wrong(door_.name + ", the object after " + what + "\n  is    " + show(*table_, found) +
                "\n  table " + (expected != nullptr ? show(*table_, *expected) : "lacks it"));
  }
  if (thing_obj_dirty(obj, -1))
    throw Wrong(door_.name + ", the object after " + what + " is dirty");
  if ((thing_obj_state(obj) & THING_OBJ_NEW) != 0)
    throw Wrong(door_.name + ", the object after " + what + " is new");
}

void Writer::expect_kept(const std::string& what, const thing_obj* obj, const Row& present,
                         const std::vector<bool>& dirty) const {
  const Row found = row_of(*table_, obj);
  if (found != present || dirty_fields(obj) != dirty) {
    throw Wrong(door_.name + ", the object after a failed " + what + "\n  is  " +
                show(*table_, found) + "\n  was " + show(*table_, present));
  }
}

Obj Writer::load(const Row& key, int32_t scope) const {
  const Flags flags(door_, scope);
  const std::string text = key_json(*table_, key);
  Obj obj;
  expect("loading " + text,
         call(thing_by_key, door_.db, flags.ctx(), door_.model(*table_), text.data(), length(text),
              obj.out()),
         {THING_OK});
  return obj;
}

std::vector<bool> Writer::dirty_fields(const thing_obj* obj) const {
  std::vector<bool> dirty;
  for (int i = 0; i < table_->columns(); i++) dirty.push_back(thing_obj_dirty(obj, i));
  return dirty;
}

Row Writer::fresh_row() {
  Row row;
  for (int i = 0; i < table_->columns(); i++) {
    const Field& field = table_->fields[Table::at(i)];
    if (!table_->is_settable(i)) {
      row.emplace_back(Unset{});
    } else if (!is_unset(field.initial) && random_.chance(25)) {
      row.emplace_back(Unset{});
    } else if (field.nullable && random_.chance(20)) {
      row.emplace_back(Null{});
    } else {
      row.push_back(random_.pick(field.pool));
    }
  }
  return row;
}

int Writer::some_required() {
  std::vector<int> fields;
  for (int i = 0; i < table_->columns(); i++) {
    const Field& field = table_->fields[Table::at(i)];
    const bool given = table_->is_settable(i) && !field.nullable && is_unset(field.initial);
    // SQLite gives an int key that is alone whether or not the model says so.
    const bool comes = door_.database == Database::kSqlite && table_->is_key(i) && table_->has_id();
    if (given && !comes) fields.push_back(i);
  }
  return fields.empty() ? -1 : random_.pick(fields);
}

std::vector<int> Writer::unique_fields() const {
  std::vector<int> fields;
  for (int i = 0; i < table_->columns(); i++) {
    if (table_->fields[Table::at(i)].unique) fields.push_back(i);
  }
  return fields;
}

const Row* Writer::some_row(bool alive) {
  std::vector<const Row*> rows;
  for (const Row& row : before_) {
    if (!alive || is_alive(row)) rows.push_back(&row);
  }
  return rows.empty() ? nullptr : random_.pick(rows);
}

// Of a row that is there, or maybe not.
Row Writer::some_key() {
  if (!before_.empty() && random_.chance(85)) return random_.pick(before_);
  Row row;
  for (const Field& field : table_->fields) row.push_back(random_.pick(field.pool));
  return row;
}

Row* Writer::find(std::vector<Row>& rows, const Row& key) const {
  const auto it = std::find_if(rows.begin(), rows.end(),
                               [&](const Row& row) { return same_key(*table_, row, key); });
  return it != rows.end() ? &*it : nullptr;
}

void Writer::set(thing_obj* obj, int field, const Cell& cell) const {
  const Kind kind = table_->fields[Table::at(field)].kind;
  if (is_unset(cell)) return;
  if (is_null(cell)) return must("thing_obj_set_null", thing_obj_set_null, obj, field);
  if (kind == Kind::kFloat)
    return must("thing_obj_set_double", thing_obj_set_double, obj, field, std::get<double>(cell));
  if (std::holds_alternative<int64_t>(cell)) {
    return must("thing_obj_set_int64", thing_obj_set_int64, obj, field, std::get<int64_t>(cell));
  }
  const std::string& text = std::get<std::string>(cell);
  must("thing_obj_set_text", thing_obj_set_text, obj, field, text.data(), length(text));
}

void Writer::fill(thing_obj* obj, const Row& row) const {
  for (int i = 0; i < table_->columns(); i++) set(obj, i, row[Table::at(i)]);
}

Row Writer::change(thing_obj* obj, const Row& row, bool unique_too) {
  Row changed = row;
  for (int64_t n = random_.between(1, 3); n > 0; n--) {
    const int i = static_cast<int>(random_.below(table_->columns()));
    const Field& field = table_->fields[Table::at(i)];
    if (!table_->is_settable(i) || table_->is_key(i) || (field.unique && !unique_too)) continue;
    changed[Table::at(i)] =
        field.nullable && random_.chance(20) ? Cell{Null{}} : random_.pick(field.pool);
    set(obj, i, changed[Table::at(i)]);
    told_ += " " + field.name + "=" + json(field.kind, changed[Table::at(i)]);
  }
  return changed;
}

void Writer::mark_written(Row& row) const {
  for (size_t i = 0; i < row.size(); i++) {
    if (table_->fields[i].managed && static_cast<int>(i) != table_->created &&
        static_cast<int>(i) != table_->deleted)
      row[i] = Unset{};
  }
}

void Writer::mark_deleted(Row& row) const {
  mark_written(row);
  row[Table::at(table_->deleted)] = Unset{};
}

bool Writer::collides(const Row& row, const std::vector<Row>& others) const {
  const bool has_key = !is_unset(row[Table::at(table_->key[0])]);
  return std::any_of(others.begin(), others.end(), [&](const Row& other) {
    for (size_t i = 0; i < row.size(); i++) {
      if (table_->fields[i].unique && !is_null(row[i]) && !is_unset(row[i]) && row[i] == other[i] &&
          !(has_key && same_key(*table_, row, other))) {
        return true;
      }
    }
    return false;
  });
}

void Writer::keep(Obj obj) {
  if (door_.tx != nullptr) return;  // it may be rolled back
  Row seen = row_of(*table_, obj);
  kept_.push_back({door_.db, table_, std::move(obj), std::move(seen)});
  if (kept_.size() > 30) kept_.erase(kept_.begin());
}

}  // namespace trial
