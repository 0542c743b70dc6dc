// The writes of single rows.
#include <algorithm>
#include <limits>

#include "writer.h"

namespace trial {
namespace {

// Whether two rows of fields without defaults, in which Unset stands for the default, have one key
// or unique value.
Row with_defaults(const Table& table, Row row) {
  for (size_t i = 0; i < row.size(); i++) {
    if (is_unset(row[i])) row[i] = table.fields[i].initial;
  }
  return row;
}

bool is_key_taken(const Table& table, const Row& row, const std::vector<Row>& rows) {
  if (table.generated_key) return false;
  return std::any_of(rows.begin(), rows.end(),
                     [&](const Row& other) { return same_key(table, row, other); });
}

int32_t random_mode(Random& random) { return static_cast<int32_t>(random.below(3)); }

const char* name_of_mode(int32_t mode) {
  return mode == THING_DELETE_HARD ? "hard" : mode == THING_DELETE_SOFT ? "soft" : "default";
}

}  // namespace

void Writer::insert() {
  Row row = fresh_row();
  told_ = "insert " + show(*table_, row);
  bool complete = true;
  const int required = random_.chance(6) ? some_required() : -1;
  if (required >= 0) {  // it stays out
    row[Table::at(required)] = Unset{};
    complete = false;
    told_ += ", incomplete";
  }
  const Obj obj(thing_obj_new(door_.model(*table_)));
  fill(obj, row);
  const Row present = row_of(*table_, obj);
  const std::vector<bool> dirty = dirty_fields(obj);
  const Outcome outcome = call(thing_save, door_.db, door_.tx, obj.get());
  if (!complete) {
    expect(told_, outcome, {THING_E_NOT_NULL});
  } else if (is_key_taken(*table_, row, before_) || collides(row, before_)) {
    expect(told_, outcome, {THING_E_UNIQUE});
  } else {
    expect(told_, outcome, {THING_OK});
    std::vector<Row> expected = before_;
    expected.push_back(with_defaults(*table_, row));
    expect_state(told_, expected);
    expect_object(told_, obj);
    return keep(Obj(thing_obj_clone(obj)));
  }
  expect_unchanged(told_);
  expect_kept(told_, obj, present, dirty);
}

// A batch of one row, packed by an object, and inserted as bytes.
void Writer::insert_packed() {
  Row row = with_defaults(*table_, fresh_row());
  for (size_t i = 0; i < row.size(); i++) {
    if (!table_->is_settable(static_cast<int>(i))) row[i] = Unset{};
  }
  told_ = "insert packed " + show(*table_, row);
  const Obj obj(thing_obj_new(door_.model(*table_)));
  fill(obj, row);
  Buf packed;
  must("thing_obj_pack", thing_obj_pack, obj.get(), packed.out());
  int64_t id = 0;
  const int64_t cap = table_->generated_key ? 1 : 0;
  const Outcome outcome =
      call(thing_save_packed, door_.db, door_.tx, door_.model(*table_), thing_buf_data(packed),
           thing_buf_len(packed), cap > 0 ? &id : nullptr, cap);
  if (is_key_taken(*table_, row, before_) || collides(row, before_)) {
    expect(told_, outcome, {THING_E_UNIQUE});
    return expect_unchanged(told_);
  }
  expect(told_, outcome, {THING_OK});
  std::vector<Row> expected = before_;
  expected.push_back(with_defaults(*table_, row));
  if (cap > 0) expected.back()[Table::at(table_->key[0])] = id;
  expect_state(told_, expected);
}

void Writer::update() {
  const Row* row = some_row(true);
  if (row == nullptr) return insert();
  told_ = "update " + key_json(*table_, *row);
  Obj obj = load(*row, 0);
  const Row changed = change(obj, *row, true);
  const bool dirty = thing_obj_dirty(obj, -1);
  if (dirty != (changed != *row))
    throw Wrong(door_.name + ", " + told_ + ": dirty is " + std::to_string(dirty));
  const std::vector<bool> dirty_before = dirty_fields(obj);
  const Outcome outcome = call(thing_save, door_.db, door_.tx, obj.get());
  if (collides(changed, before_)) {
    expect(told_, outcome, {THING_E_UNIQUE});
    expect_unchanged(told_);
    return expect_kept(told_, obj, changed, dirty_before);
  }
  expect(told_, outcome, {THING_OK});
  std::vector<Row> expected = before_;
  Row* target = find(expected, changed);
  *target = changed;
  if (dirty) {
    mark_written(*target);
    if (table_->version >= 0)
      (*target)[Table::at(table_->version)] =
          std::get<int64_t>(changed[Table::at(table_->version)]) + 1;
  }
  expect_state(told_, expected);
  expect_object(told_, obj);
  keep(std::move(obj));
}

void Writer::save_stale() {
  std::vector<size_t> usable;
  for (size_t i = 0; i < kept_.size(); i++) {
    if (kept_[i].db == door_.db) usable.push_back(i);
  }
  if (usable.empty()) return update();
  const size_t at = random_.pick(usable);
  Kept kept = std::move(kept_[at]);
  kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(at));
  table_ = kept.table;
  before_ = now();
  told_ = "save stale " + key_json(*table_, kept.seen);
  const Row changed = change(kept.obj, kept.seen, false);
  const std::vector<bool> dirty = dirty_fields(kept.obj);
  const Outcome outcome = call(thing_save, door_.db, door_.tx, kept.obj.get());
  std::vector<Row> expected = before_;
  Row* target = find(expected, kept.seen);
  if (changed == kept.seen) {
    expect(told_, outcome, {THING_OK});
    return expect_unchanged(told_);
  }
  const bool other_version =
      table_->version >= 0 && target != nullptr &&
      (*target)[Table::at(table_->version)] != kept.seen[Table::at(table_->version)];
  if (target == nullptr) {
    expect(told_, outcome, {THING_NOT_FOUND});
  } else if (!is_alive(*target)) {
    expect(told_, outcome, {THING_NOT_FOUND, THING_E_CONFLICT, THING_OK});
  } else {
    expect(told_, outcome, {other_version ? THING_E_CONFLICT : THING_OK});
  }
  if (!outcome.ok()) {
    expect_unchanged(told_);
    return expect_kept(told_, kept.obj, changed, dirty);
  }
  for (size_t i = 0; i < changed.size(); i++) {
    if (changed[i] != kept.seen[i]) (*target)[i] = changed[i];
  }
  mark_written(*target);
  expect_state(told_, expected);
  if (table_->version >= 0 && before_ == now()) {
    throw Wrong(door_.name + ", " + told_ + ": OK, but nothing was written");
  }
}

void Writer::remove() {
  const Row* row = some_row(true);
  if (row == nullptr) return insert();
  const int32_t mode = random_mode(random_);
  told_ = std::string("delete ") + name_of_mode(mode) + " " + key_json(*table_, *row);
  const Obj obj = load(*row, 0);
  const Outcome outcome = call(thing_delete, door_.db, door_.tx, obj.get(), mode);
  const bool soft = table_->deleted >= 0 && mode != THING_DELETE_HARD;
  if (table_->deleted < 0 && mode == THING_DELETE_SOFT) {
    if (!outcome.failed()) expect(told_, outcome, {THING_E_UNSUPPORTED});
    return expect_unchanged(told_);
  }
  expect(told_, outcome, {THING_OK});
  std::vector<Row> expected = before_;
  Row* target = find(expected, *row);
  if (soft) {
    mark_deleted(*target);
  } else {
    expected.erase(expected.begin() + (target - expected.data()));
  }
  expect_state(told_, expected);
  std::vector<Row> after = now();
  if (soft && is_alive(*find(after, *row))) throw Wrong(told_ + ": the row is still alive");
}

void Writer::remove_by_key() {
  const Row key = some_key();
  const int32_t mode = table_->deleted >= 0 ? random_mode(random_) : THING_DELETE_DEFAULT;
  told_ = std::string("delete by key ") + name_of_mode(mode) + " " + key_json(*table_, key);
  const std::string text = random_.chance(50) ? key_json(*table_, key) : key_object(*table_, key);
  const bool by_id = table_->has_id() && random_.chance(50);
  const int64_t id = by_id ? std::get<int64_t>(key[Table::at(table_->key[0])]) : 0;
  const Outcome outcome =
      by_id ? call(thing_delete_by_id, door_.db, door_.tx, door_.model(*table_), id, mode)
            : call(thing_delete_by_key, door_.db, door_.tx, door_.model(*table_), text.data(),
                   length(text), mode);
  std::vector<Row> expected = before_;
  Row* target = find(expected, key);
  const bool soft = table_->deleted >= 0 && mode != THING_DELETE_HARD;
  if (target == nullptr || (soft && !is_alive(*target))) {
    expect(told_, outcome, {THING_NOT_FOUND});
  } else if (!is_alive(*target)) {
    expect(told_, outcome, {THING_OK, THING_NOT_FOUND});
  } else {
    expect(told_, outcome, {THING_OK});
  }
  if (!outcome.ok()) return expect_unchanged(told_);
  if (soft) {
    mark_deleted(*target);
  } else {
    expected.erase(expected.begin() + (target - expected.data()));
  }
  expect_state(told_, expected);
}

void Writer::restore() {
  if (table_->deleted < 0) return update();
  const Row* row = some_row(false);
  if (row == nullptr) return insert();
  told_ = "restore " + key_json(*table_, *row);
  const bool alive = is_alive(*row);
  const Obj obj = load(*row, THING_CTX_WITH_DELETED);
  const Outcome outcome = call(thing_restore, door_.db, door_.tx, obj.get());
  std::vector<Row> expected = before_;
  Row* target = find(expected, *row);
  if (!alive) {
    expect(told_, outcome, {THING_OK});
    mark_written(*target);
    (*target)[Table::at(table_->deleted)] = table_->alive();
  } else if (!outcome.ok()) {
    return expect_unchanged(told_);
  }
  mark_written(*target);
  expect_state(told_, expected);
  expect_object(told_, obj);
}

void Writer::increment() {
  const Row key = some_key();
  std::vector<int> counters;
  for (int i = 0; i < table_->columns(); i++) {
    const Field& f = table_->fields[Table::at(i)];
    if (f.kind == Kind::kInt && table_->is_settable(i) && !table_->is_key(i) && !f.unique)
      counters.push_back(i);
  }
  if (counters.empty()) return update();
  const int field = random_.pick(counters);
  const Field& f = table_->fields[Table::at(field)];
  const int64_t delta =
      random_.chance(5) ? std::numeric_limits<int64_t>::max() : random_.between(-5, 5);
  told_ = "increment " + f.name + " of " + key_json(*table_, key) + " by " + std::to_string(delta);
  std::vector<Row> expected = before_;
  Row* target = find(expected, key);
  const Cell old = target == nullptr || is_null((*target)[Table::at(field)])
                       ? Cell{int64_t{0}}
                       : (*target)[Table::at(field)];
  int64_t sum = 0, found = 0;
  const bool overflow = __builtin_add_overflow(std::get<int64_t>(old), delta, &sum);
  const std::string text = key_json(*table_, key);
  const bool by_id = table_->has_id() && random_.chance(50);
  const Outcome outcome =
      by_id ? call(thing_incr, door_.db, door_.tx, door_.model(*table_),
                   std::get<int64_t>(key[Table::at(table_->key[0])]), field, delta, &found)
            : call(thing_incr_by_key, door_.db, door_.tx, door_.model(*table_), text.data(),
                   length(text), field, delta, &found);
  if (target == nullptr) {
    expect(told_, outcome, {THING_NOT_FOUND});
  } else if (!is_alive(*target)) {
    expect(told_, outcome, {THING_NOT_FOUND, overflow ? THING_E_RANGE : THING_OK});
  } else {
    expect(told_, outcome, {overflow ? THING_E_RANGE : THING_OK});
  }
  if (!outcome.ok()) return expect_unchanged(told_);
  if (found != sum)
    throw Wrong(door_.name + ", " + told_ + ": expected " + std::to_string(sum) + ", found " +
                std::to_string(found));
  (*target)[Table::at(field)] = sum;
  mark_written(*target);
  expect_state(told_, expected);
}

// By the key where it is given, else by a unique field.
void Writer::upsert() {
  Row row = with_defaults(*table_, fresh_row());
  std::vector<int32_t> keys(table_->key.begin(), table_->key.end());
  if (table_->generated_key) {
    const std::vector<int> fields = unique_fields();
    if (fields.empty()) return insert();
    keys = {random_.pick(fields)};
    row[Table::at(keys[0])] = random_.pick(table_->fields[Table::at(keys[0])].pool);
  }
  for (size_t i = 0; i < row.size(); i++) {
    if (!table_->is_settable(static_cast<int>(i))) row[i] = Unset{};
  }
  told_ = "upsert " + show(*table_, row);
  const Obj obj(thing_obj_new(door_.model(*table_)));
  fill(obj, row);
  const bool by_default = !table_->generated_key && random_.chance(50);
  const Outcome outcome = call(thing_upsert, door_.db, door_.tx, obj.get(), keys.data(),
                               by_default ? 0 : static_cast<int32_t>(keys.size()));
  std::vector<Row> expected = before_;
  const auto it = std::find_if(expected.begin(), expected.end(), [&](const Row& other) {
    return std::all_of(keys.begin(), keys.end(),
                       [&](int32_t key) { return other[Table::at(key)] == row[Table::at(key)]; });
  });
  Row changed = it != expected.end() ? *it : with_defaults(*table_, row);
  for (size_t i = 0; i < row.size(); i++) {
    if (!is_unset(row[i])) changed[i] = row[i];
  }
  if (collides(changed, before_)) {
    expect(told_, outcome, {THING_E_UNIQUE});
    return expect_unchanged(told_);
  }
  expect(told_, outcome, {THING_OK});
  if (it == expected.end()) {
    expected.push_back(changed);
  } else {
    mark_written(changed);
    if (table_->deleted >= 0 && !is_alive(*it)) changed[Table::at(table_->deleted)] = Unset{};
    *it = changed;
  }
  expect_state(told_, expected);
}

}  // namespace trial
