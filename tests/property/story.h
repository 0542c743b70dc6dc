#pragma once
// A random story of one database file: two handles with a cache, one without, and a plain SQLite
// connection.
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "door.h"
#include "writer.h"

namespace trial {

// The file with its handles. The two cached handles are to each other what two processes are.
class World {
 public:
  World();
  Raw& raw() { return raw_; }
  const std::vector<Door>& doors() const { return doors_; }
  std::vector<Row> rows(const Table& table) { return fetch(raw_, table); }

 private:
  Folder folder_;
  Raw raw_;
  std::vector<Db> handles_;
  std::vector<Door> doors_;
};

// Reads that are asked again and again, and new ones.
class Questions {
 public:
  using Read = std::function<void(const Door&, const std::vector<Row>&)>;
  explicit Questions(Random& random);
  // A read of the table, to be asked at any door.
  Read choose(const Table& table, const std::vector<Row>& rows);
  const std::vector<Query>& standing(const Table& table) const {
    return table.deleted >= 0 ? accounts_ : seats_;
  }

 private:
  Read choose_query(const Table& table, const std::vector<Row>& rows);
  Row some_key(const Table& table, const std::vector<Row>& rows);

  Random& random_;
  std::vector<Query> accounts_, seats_;
};

class Story {
 public:
  Story(World& world, uint64_t seed) : world_(world), random_(seed), questions_(random_) {}
  // Some write, then some reads. Throws Wrong.
  void step();
  // The last writes, for the report of a failure.
  std::string recent() const;

 private:
  void write();
  void write_in_transaction();
  void write_foreign();
  void read_everywhere(int64_t times);
  void read_at(const Door& door, const std::vector<Row>& accounts, const std::vector<Row>& seats);
  void tell(std::string line);

  World& world_;
  Random random_;
  Questions questions_;
  std::vector<Kept> kept_;
  std::deque<std::string> told_;
};

}  // namespace trial
