#pragma once
// A random story of one database: handles with a cache and without, and somebody who writes past
// them.
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "door.h"
#include "servers/place.h"
#include "writer.h"

namespace trial {

// A database with its handles.
class Surroundings {
 public:
  explicit Surroundings(Tables tables) : tables_(std::move(tables)) {}
  virtual ~Surroundings() = default;
  const Tables& tables() const { return tables_; }
  // Where answers are asked for.
  const std::vector<Door>& doors() const { return doors_; }
  // Where the library may write.
  virtual std::vector<Door> writers() const { return doors_; }
  virtual std::vector<Row> rows(const Table& table) = 0;
  // A commit that no door knows of beforehand; gives what it ran.
  virtual std::string write_foreign(Random& random) = 0;
  // After the story.
  virtual void must_be_sound() {}

 protected:
  thing_db* add_door(const std::string& name, const std::string& url, Database database);

 private:
  const Tables tables_;
  std::vector<Db> handles_;
  std::vector<Door> doors_;
};

// A file with two handles with a cache and one without, and a plain SQLite connection. The cached
// handles are to each other what two processes are.
class World : public Surroundings {
 public:
  World();
  Raw& raw() { return raw_; }
  std::vector<Row> rows(const Table& table) override { return fetch(raw_, table); }
  std::string write_foreign(Random& random) override;
  void must_be_sound() override { raw_.must_be_sound(); }

 private:
  Folder folder_;
  Raw raw_;
};

enum class Cache {
  kOff,
  kMemory,
  kRedis,  // of servers
};

// Handles on any database, the last one uncached. With the memory cache the first one has it and on
// servers writes alone, which is what it is right for there; on SQLite there is one without a lease
// too. In Redis two share it, with copies in the process and as `copies` says, and both write: to
// each other they are what two processes are. Else all write.
class PairWorld : public Surroundings {
 public:
  PairWorld(Database database, Cache cache, Tables tables = classic_tables(),
            const std::string& copies = "cache_copies=off");
  std::vector<Door> writers() const override;
  std::vector<Row> rows(const Table& table) override { return list_all(doors().back(), table); }
  std::string write_foreign(Random& random) override;

  // Why there can be none; empty otherwise.
  static std::string absence_of(Database database, Cache cache);

 private:
  Folder folder_;                          // of SQLite
  std::unique_ptr<servers::Place> place_;  // on a server
  const Database database_;
  const Cache cache_;
};

// Reads that are asked again and again, and new ones.
class Questions {
 public:
  using Read = std::function<void(const Door&, const std::vector<Row>&)>;
  explicit Questions(Random& random, const Tables& tables = classic_tables());
  // A read of the table, to be asked at any door.
  Read choose(const Table& table, const std::vector<Row>& rows);
  const std::vector<Query>& standing(const Table& table) const { return standing_.at(&table); }

 private:
  Read choose_query(const Table& table, const std::vector<Row>& rows);
  Row some_key(const Table& table, const std::vector<Row>& rows);

  Random& random_;
  std::map<const Table*, std::vector<Query>> standing_;
  std::map<const Table*, std::vector<Row>> keys_;  // asked for before
};

class Story {
 public:
  Story(const Story&) = delete;
  Story& operator=(const Story&) = delete;
  Story(Surroundings& world, uint64_t seed) : Story(world, seed, world.tables()) {}
  // Of some of the world's tables.
  Story(Surroundings& world, uint64_t seed, Tables tables)
      : world_(world), random_(seed), tables_(std::move(tables)), questions_(random_, tables_) {}
  // Some write, then some reads. Throws Wrong.
  void step();
  // The last writes, for the report of a failure.
  std::string recent() const;
  const std::string& last() const { return told_.back(); }

 private:
  void write();
  void write_in_transaction();
  void write_foreign();
  void read_everywhere(int64_t times);
  // The rows of all tables.
  using State = std::map<const Table*, std::vector<Row>>;
  State state() const;
  State state_at(const Door& door) const;
  void tell(std::string line);
  Door some_writer() { return random_.pick(world_.writers()); }
  const Table& some_table() { return *random_.pick(tables_); }

  Surroundings& world_;
  Random random_;
  const Tables tables_;
  Questions questions_;
  std::vector<Kept> kept_;
  std::deque<std::string> told_;
};

}  // namespace trial
