#pragma once
// Random writes through a door, each held to what it may change: the rows before and after are
// compared.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "door.h"

namespace trial {

// An object that somebody loaded a while ago.
struct Kept {
  thing_db* db = nullptr;
  const Table* table = nullptr;
  Obj obj;
  Row seen;
};

class Writer {
 public:
  // `rows` gives the present rows as the door should see them.
  using Fetch = std::function<std::vector<Row>(const Table&)>;
  Writer(Door door, Random& random, Fetch rows, std::vector<Kept>& kept)
      : door_(std::move(door)), random_(random), rows_(std::move(rows)), kept_(kept) {}

  // One write of any kind to the table; gives a line that describes it.
  std::string write(const Table& table);

 private:
  void insert();
  void insert_packed();
  void update();
  void save_stale();
  void save_many();
  void remove();
  void remove_by_key();
  void remove_many();
  void restore();
  void increment();
  void upsert();
  void update_where();
  void remove_where();
  void execute();
  void execute(const std::string& sql, const std::string& params);
  void prune();  // half of the rows, soft-deleted ones too

  void expect(const std::string& what, const Outcome& outcome,
              std::initializer_list<thing_status> allowed) const;
  // Cells that are Unset in `expected` may hold anything.
  void expect_state(const std::string& what, std::vector<Row> expected) const;
  void expect_unchanged(const std::string& what) const { expect_state(what, before_); }
  void expect_object(const std::string& what, const thing_obj* obj) const;
  // After a failure the object is what it was.
  void expect_kept(const std::string& what, const thing_obj* obj, const Row& present,
                   const std::vector<bool>& dirty) const;

  Obj load(const Row& key, int32_t scope) const;
  std::vector<bool> dirty_fields(const thing_obj* obj) const;
  Row fresh_row();
  int some_required();  // a field that must be given, or -1
  std::vector<int> unique_fields() const;
  Row some_key();
  const Row* some_row(bool alive);
  Row* find(std::vector<Row>& rows, const Row& key) const;
  void set(thing_obj* obj, int field, const Cell& cell) const;
  void fill(thing_obj* obj, const Row& row) const;
  // Sets some fields that are not keys, and gives the row as it should become.
  Row change(thing_obj* obj, const Row& row, bool unique_too);
  void mark_written(Row& row) const;  // updated time and version are no longer known
  void mark_deleted(Row& row) const;
  bool is_alive(const Row& row) const { return is_in_scope(*table_, 0, row); }
  bool collides(const Row& row, const std::vector<Row>& others) const;
  void keep(Obj obj);
  std::vector<Row> now() const { return rows_(*table_); }

  Door door_;
  Random& random_;
  Fetch rows_;
  std::vector<Kept>& kept_;
  const Table* table_ = nullptr;
  std::vector<Row> before_;
  std::string told_;
};

}  // namespace trial
