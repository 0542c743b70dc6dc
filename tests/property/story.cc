#include "story.h"

#include <algorithm>

namespace trial {
namespace {

constexpr size_t kStanding = 24;
constexpr size_t kTold = 25;

std::vector<Query> some_queries(const Table& table, Random& random) {
  std::vector<Query> queries;
  for (size_t i = 0; i < kStanding; i++) queries.push_back(random_query(table, random));
  return queries;
}

// A page's place is made of the fields of the order, so they have to be there.
void select_order(const Table& table, Query& query) {
  if (query.select.empty()) return;
  for (const Sort& sort : complete_order(table, query)) {
    if (std::count(query.select.begin(), query.select.end(), sort.field) == 0)
      query.select.push_back(sort.field);
  }
}

std::string url(const std::string& file, const char* options) {
  return "sqlite:" + file + "?synchronous=off&" + options;
}

std::string redis_url() {
  const char* const url = std::getenv("THING_TEST_REDIS");
  return url != nullptr ? url : "";
}

servers::Server server_of(Database database) {
  return database == Database::kPostgres ? servers::Server::kPostgres : servers::Server::kMysql;
}

}  // namespace

thing_db* Surroundings::add_door(const std::string& name, const std::string& url,
                                 Database database) {
  handles_.push_back(open(url));
  thing_db* db = handles_.back().get();
  for (const Table* table : tables_) {
    must("thing_model_register", thing_model_register, db, table->document.data(),
         length(table->document));
  }
  must("thing_schema_sync", thing_schema_sync, db, static_cast<thing_ctx*>(nullptr));
  doors_.push_back({name, db, nullptr, database});
  return db;
}

World::World() : Surroundings(classic_tables()), raw_(folder_.file("story.db")) {
  const std::string file = folder_.file("story.db");
  add_door("A (cached)", url(file, "cache=memory"), Database::kSqlite);
  add_door("B (cached, no lease)", url(file, "cache=memory&lease=false"), Database::kSqlite);
  add_door("C (uncached)", url(file, "cache=off"), Database::kSqlite);
}

std::string World::write_foreign(Random& random) {
  static const std::vector<std::string> kSql = {
      "UPDATE accounts SET points = points % 1000 - 1, version = version + 1 WHERE id % 4 = 1",
      "UPDATE accounts SET role = 'guest', age = 30, version = version + 1 WHERE id % 7 = 3",
      "DELETE FROM accounts WHERE id % 11 = 4",
      "INSERT INTO seats (hall, place, price) VALUES ('F', abs(random() % 20), '2.50') ON CONFLICT "
      "DO NOTHING",
      "UPDATE seats SET label = NULL WHERE place = 2",
      "DELETE FROM seats WHERE place = 5"};
  const std::string& sql = random.pick(kSql);
  raw_.run(sql);
  return sql;
}

std::string PairWorld::absence_of(Database database, Cache cache) {
  if (cache == Cache::kRedis && redis_url().empty()) return "THING_TEST_REDIS names no server";
  return database == Database::kSqlite ? "" : servers::absence_of(server_of(database));
}

PairWorld::PairWorld(Database database, Cache cache, Tables tables, const std::string& copies)
    : Surroundings(std::move(tables)), database_(database), cache_(cache) {
  if (database != Database::kSqlite) place_ = std::make_unique<servers::Place>(server_of(database));
  const std::string name = database == Database::kSqlite     ? "SQLite"
                           : database == Database::kPostgres ? "PostgreSQL"
                                                             : "MySQL";
  const auto add = [&](const std::string& handle, const std::string& options) {
    add_door(
        name + handle,
        place_ != nullptr ? place_->url(options) : url(folder_.file("pair.db"), options.c_str()),
        database);
  };
  switch (cache) {
    case Cache::kOff: add(" A (uncached)", "cache=off"); break;
    case Cache::kMemory:
      add(" A (cached)", "cache=memory");
      if (database == Database::kSqlite) add(" B (cached, no lease)", "cache=memory&lease=false");
      break;
    case Cache::kRedis:
      add(" A (in Redis)", "cache=redis&redis=" + redis_url());
      add(" B (in Redis, " + copies + ")", "cache=redis&" + copies + "&redis=" + redis_url());
      break;
  }
  add(doors().size() > 1 ? " C (uncached)" : " B (uncached)", "cache=off");
}

std::vector<Door> PairWorld::writers() const {
  switch (cache_) {
    case Cache::kMemory:
      return database_ == Database::kSqlite ? doors() : std::vector<Door>{doors().front()};
    case Cache::kRedis: return {doors()[0], doors()[1]};
    default: return doors();
  }
}

// Raw SQL that tells of no table.
std::string PairWorld::write_foreign(Random& random) {
  static const std::vector<std::string> kSql = {
      "UPDATE accounts SET points = points % 1000 - 1, version = version + 1 WHERE id % 4 = 1",
      "UPDATE accounts SET role = 'guest', age = 30, version = version + 1 WHERE id % 7 = 3",
      "DELETE FROM accounts WHERE id % 11 = 4",
      "INSERT INTO seats (hall, place, price) SELECT 'F', coalesce(max(place), 0) + 1, '2.50' FROM "
      "seats",
      "UPDATE seats SET label = NULL WHERE place = 2",
      "DELETE FROM seats WHERE place = 5"};
  const std::vector<std::string>& own = random.pick(tables())->statements;
  const std::string& sql = random.pick(own.empty() ? kSql : own);
  const Outcome outcome =
      call(thing_exec, doors().front().db, static_cast<thing_ctx*>(nullptr), sql.data(),
           length(sql), static_cast<const char*>(nullptr), int64_t{0},
           static_cast<const char*>(nullptr), static_cast<int64_t*>(nullptr));
  const bool taken = !own.empty() && outcome.status == THING_E_UNIQUE;
  if (!outcome.ok() && !taken) throw Wrong(sql + " gave " + outcome.text());
  return sql;
}

Questions::Questions(Random& random, const Tables& tables) : random_(random) {
  for (const Table* table : tables) standing_[table] = some_queries(*table, random);
}

Row Questions::some_key(const Table& table, const std::vector<Row>& rows) {
  std::vector<Row>& asked = keys_[&table];
  if (!asked.empty() && random_.chance(50)) return random_.pick(asked);
  Row key;
  if (!rows.empty() && random_.chance(80)) {
    key = random_.pick(rows);
  } else {
    for (const Field& field : table.fields) key.push_back(random_.pick(field.pool));
  }
  if (asked.size() < kStanding) {
    asked.push_back(key);
  } else if (random_.chance(30)) {
    asked[static_cast<size_t>(random_.below(kStanding))] = key;
  }
  return key;
}

Questions::Read Questions::choose(const Table& table, const std::vector<Row>& rows) {
  const int64_t kind = random_.below(100);
  if (kind < 15) {
    const int32_t scope = table.deleted < 0 || random_.chance(70) ? 0
                          : random_.chance(50)                    ? THING_CTX_WITH_DELETED
                                                                  : THING_CTX_ONLY_DELETED;
    return [&table, scope, key = some_key(table, rows)](const Door& door,
                                                        const std::vector<Row>& all) {
      check_key(door, table, all, key, scope);
    };
  }
  if (kind < 25) {
    std::vector<Row> keys;
    for (int64_t n = random_.between(0, 6); n > 0; n--) keys.push_back(some_key(table, rows));
    return [&table, keys](const Door& door, const std::vector<Row>& all) {
      check_keys(door, table, all, keys);
    };
  }
  return choose_query(table, rows);
}

Questions::Read Questions::choose_query(const Table& table, const std::vector<Row>& rows) {
  std::vector<Query>& standing = standing_.at(&table);
  Query query = random_.chance(65) ? random_.pick(standing) : random_query(table, random_);
  if (random_.chance(5)) standing[static_cast<size_t>(random_.below(kStanding))] = query;
  const int64_t kind = random_.below(100);
  if (kind < 55)
    return [&table, query](const Door& d, const std::vector<Row>& all) {
      check_query(d, table, all, query);
    };
  if (kind < 75)
    return [&table, query](const Door& d, const std::vector<Row>& all) {
      check_count(d, table, all, query);
    };
  if (kind < 82)
    return [&table, query](const Door& d, const std::vector<Row>& all) {
      check_first(d, table, all, query);
    };
  if (kind < 88) {
    return
        [&table, query, batch = random_.between(1, 9)](const Door& d, const std::vector<Row>& all) {
          check_stream(d, table, all, query, batch);
        };
  }
  query.distinct = false;
  query.skip.reset();
  select_order(table, query);
  if (kind < 96) {
    return
        [&table, query, take = random_.between(1, 7)](const Door& d, const std::vector<Row>& all) {
          check_pages(d, table, all, query, take);
        };
  }
  const std::vector<Row> found = matching(table, rows, query);
  if (found.empty())
    return [&table, query](const Door& d, const std::vector<Row>& all) {
      check_query(d, table, all, query);
    };
  return [&table, query, start = random_.pick(found)](const Door& d, const std::vector<Row>& all) {
    check_cursor(d, table, all, query, start);
  };
}

void Story::step() {
  const int64_t kind = random_.below(100);
  if (kind < 60) write();
  if (kind >= 60 && kind < 70) write_in_transaction();
  if (kind >= 70 && kind < 80) write_foreign();
  read_everywhere(random_.between(1, 3));
}

std::string Story::recent() const {
  std::string out;
  for (const std::string& line : told_) out += "\n  " + line;
  return out;
}

void Story::tell(std::string line) {
  told_.push_back(std::move(line));
  if (told_.size() > kTold) told_.pop_front();
}

Story::State Story::state() const {
  State all;
  for (const Table* table : tables_) all[table] = world_.rows(*table);
  return all;
}

Story::State Story::state_at(const Door& door) const {
  State all;
  for (const Table* table : tables_) all[table] = list_all(door, *table);
  return all;
}

void Story::write() {
  Writer writer(
      some_writer(), random_, [this](const Table& table) { return world_.rows(table); }, kept_);
  tell(writer.write(some_table()));
}

// A commit by somebody who does not know libthing.
void Story::write_foreign() { tell("foreign: " + world_.write_foreign(random_)); }

void Story::write_in_transaction() {
  Door door = some_writer();
  Tx tx;
  must("thing_tx_begin", thing_tx_begin, door.db, static_cast<thing_ctx*>(nullptr),
       static_cast<int32_t>(THING_TX_DEFAULT), tx.out());
  door.tx = thing_tx_ctx(tx);
  door.name += " in a transaction";
  const auto rows = [&door](const Table& table) { return list_all(door, table); };
  State marked_state;
  bool marked = false;
  for (int64_t n = random_.between(1, 6); n > 0; n--) {
    if (random_.chance(20)) {
      must("thing_tx_savepoint", thing_tx_savepoint, tx.get(), "mark");
      marked_state = state_at(door);
      marked = true;
      tell(door.name + ": savepoint");
    }
    Writer writer(door, random_, rows, kept_);
    tell(writer.write(some_table()));
    const Table& asked = some_table();
    const std::vector<Row> present = rows(asked);
    questions_.choose(asked, present)(door, present);
    if (random_.chance(30)) read_everywhere(1);
    if (marked && random_.chance(40)) {
      must("thing_tx_rollback_to", thing_tx_rollback_to, tx.get(), "mark");
      tell(door.name + ": rolled back to the savepoint");
      if (state_at(door) != marked_state) throw Wrong(door.name + ": rollback_to left changes");
    }
  }
  const bool commit = random_.chance(60);
  const State expected = commit ? state_at(door) : state();
  if (commit) {
    must("thing_tx_commit", thing_tx_commit, tx.get());
  } else {
    if (random_.chance(50)) must("thing_tx_rollback", thing_tx_rollback, tx.get());
  }
  tx.reset();
  tell(door.name + (commit ? ": committed" : ": rolled back"));
  if (state() != expected) {
    throw Wrong(door.name + ": what was " + (commit ? "committed" : "rolled back") +
                " is not what is there");
  }
}

// At every door, and twice, so that the second answer may come from the cache.
void Story::read_everywhere(int64_t times) {
  for (; times > 0; times--) {
    const Table& table = some_table();
    const std::vector<Row> rows = world_.rows(table);
    const Questions::Read read = questions_.choose(table, rows);
    for (int round = 0; round < 2; round++) {
      for (const Door& door : world_.doors()) read(door, rows);
    }
  }
}

}  // namespace trial
