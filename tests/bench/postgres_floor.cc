#include "postgres_floor.h"

#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <libpq-fe.h>

namespace bench {
namespace {

constexpr int64_t kEpoch = 946'684'800'000'000;  // 2000-01-01, where the server's time begins

struct Clear {
  void operator()(PGresult* r) const { PQclear(r); }
};
using Result = std::unique_ptr<PGresult, Clear>;

int64_t load(const char* at) {
  uint64_t v = 0;
  std::memcpy(&v, at, sizeof v);
  return static_cast<int64_t>(__builtin_bswap64(v));
}

// The arguments of one call, in binary form.
class Values {
 public:
  void add(int64_t v) {
    const uint64_t swapped = __builtin_bswap64(static_cast<uint64_t>(v));
    std::memcpy(fixed_[count_], &swapped, sizeof swapped);
    add(fixed_[count_], 8);
  }
  void add(double v) { add(std::bit_cast<int64_t>(v)); }
  void add(bool v) {
    fixed_[count_][0] = v ? 1 : 0;
    add(fixed_[count_], 1);
  }
  void add(const std::string& v) { add(v.data(), static_cast<int>(v.size())); }

  int count() const { return count_; }
  const char* const* values() const { return values_; }
  const int* lengths() const { return lengths_; }
  const int* formats() const { return kBinary; }

 private:
  static constexpr int kMost = 6;
  static constexpr int kBinary[kMost] = {1, 1, 1, 1, 1, 1};
  void add(const char* bytes, int length) {
    values_[count_] = bytes;
    lengths_[count_++] = length;
  }
  char fixed_[kMost][8] = {};
  const char* values_[kMost] = {};
  int lengths_[kMost] = {};
  int count_ = 0;
};

void add_user(Values& values, const User& u) {
  values.add(u.name);
  values.add(u.email);
  values.add(int64_t{u.age});
  values.add(u.score);
  values.add(u.active);
  values.add(u.created_at - kEpoch);
}

void copy_text(const PGresult* r, int row, int column, std::string& out) {
  out.assign(PQgetvalue(r, row, column), static_cast<size_t>(PQgetlength(r, row, column)));
}

void read_user(const PGresult* r, int row, User& u) {
  u.id = load(PQgetvalue(r, row, 0));
  copy_text(r, row, 1, u.name);
  copy_text(r, row, 2, u.email);
  u.age = static_cast<int>(load(PQgetvalue(r, row, 3)));
  u.score = std::bit_cast<double>(load(PQgetvalue(r, row, 4)));
  u.active = PQgetvalue(r, row, 5)[0] != 0;
  u.created_at = load(PQgetvalue(r, row, 6)) + kEpoch;
}

void put_word(std::string& out, uint32_t v) {
  v = __builtin_bswap32(v);
  out.append(reinterpret_cast<const char*>(&v), sizeof v);
}

// The ids as an int8[] in binary form.
std::string array_of(const std::vector<Author>& authors) {
  constexpr uint32_t kInt8 = 20;  // its oid
  std::string out;
  for (const uint32_t v : {1U, 0U, kInt8, static_cast<uint32_t>(authors.size()), 1U})
    put_word(out, v);
  for (const Author& a : authors) {
    put_word(out, 8);
    const uint64_t id = __builtin_bswap64(static_cast<uint64_t>(a.user.id));
    out.append(reinterpret_cast<const char*>(&id), sizeof id);
  }
  return out;
}

enum Call {
  kById,
  kList,
  kAuthorsOf,
  kPostsOf,
  kInsert,
  kSetAge,
  kUpsert,
  kBegin,
  kCommit,
  kCalls
};

std::string text_of(Call call, const std::string& table) {
  const std::string select = std::string("SELECT ") + kUserColumns + " FROM " + table + " ";
  const std::string insert = "INSERT INTO " + table +
                             "(name, email, age, score, active, created_at) "
                             "VALUES($1, $2, $3, $4, $5, $6) ";
  switch (call) {
    case kById: return select + "WHERE id = $1";
    case kList: return select + "WHERE age > $1 AND active ORDER BY id DESC LIMIT $2";
    case kAuthorsOf: return select + "WHERE id > $1 ORDER BY id LIMIT 100";
    case kPostsOf:
      return std::string("SELECT ") + kPostColumns + " FROM " + kPostTable +
             " WHERE user_id = ANY ($1::int8[]) ORDER BY user_id, id";
    case kInsert: return insert + "RETURNING id";
    case kSetAge: return "UPDATE " + table + " SET age = $1 WHERE id = $2";
    case kUpsert:
      return insert +
             "ON CONFLICT (email) DO UPDATE SET name = excluded.name, age = excluded.age, "
             "score = excluded.score, active = excluded.active, created_at = excluded.created_at";
    case kBegin: return "BEGIN";
    case kCommit: return "COMMIT";
    case kCalls: break;
  }
  return "";
}

class PostgresFloor final : public ServerFloor {
 public:
  PostgresFloor(const std::string& url, std::string table)
      : db_(PQconnectdb(url.c_str())), table_(std::move(table)) {
    if (PQstatus(db_) != CONNECTION_OK) fail("connecting");
    execute("SET client_min_messages = warning");
  }
  ~PostgresFloor() override { PQfinish(db_); }

  void execute(const std::string& sql) override {
    expect(Result(PQexec(db_, sql.c_str())), sql.c_str());
  }
  void by_id(int64_t id, User& out) override {
    Values values;
    values.add(id);
    const Result r = run(kById, values);
    if (PQntuples(r.get()) != 1) fail("a user is missing");
    read_user(r.get(), 0, out);
  }
  void list(int over_age, int limit, std::vector<User>& out) override {
    Values values;
    values.add(int64_t{over_age});
    values.add(int64_t{limit});
    const Result r = run(kList, values);
    for (int row = 0; row < PQntuples(r.get()); ++row) read_user(r.get(), row, out.emplace_back());
  }
  void preload(int64_t behind, std::vector<Author>& out) override {
    Values after;
    after.add(behind);
    const Result users = run(kAuthorsOf, after);
    out.resize(static_cast<size_t>(PQntuples(users.get())));
    for (size_t i = 0; i < out.size(); ++i)
      read_user(users.get(), static_cast<int>(i), out[i].user);
    const std::string ids = array_of(out);
    Values keys;
    keys.add(ids);
    const Result posts = run(kPostsOf, keys);
    Authors authors(out);
    for (int row = 0; row < PQntuples(posts.get()); ++row)
      read_user(posts.get(), row, authors.add(load(PQgetvalue(posts.get(), row, 3))));
  }
  int64_t insert(const User& u) override {
    Values values;
    add_user(values, u);
    return load(PQgetvalue(run(kInsert, values).get(), 0, 0));
  }
  void upsert(const User& u) override {
    Values values;
    add_user(values, u);
    run(kUpsert, values);
  }
  void set_age(int64_t id, int age) override {
    Values values;
    values.add(int64_t{age});
    values.add(id);
    run(kSetAge, values);
  }
  void begin() override { run(kBegin, Values()); }
  void commit() override { run(kCommit, Values()); }

  std::vector<int64_t> numbers(const std::string& sql) override {
    const Result r(PQexec(db_, sql.c_str()));
    expect(r, sql.c_str());
    std::vector<int64_t> found;
    for (int row = 0; row < PQntuples(r.get()); ++row)
      found.push_back(std::atoll(PQgetvalue(r.get(), row, 0)));
    return found;
  }
  std::string version() override {
    return std::string("PostgreSQL ") + PQparameterStatus(db_, "server_version");
  }
  const char* dialect() override { return "postgres"; }
  std::string truncate(const std::string& table) override {
    return "TRUNCATE " + table + " RESTART IDENTITY";
  }
  std::string analyze(const std::string& table) override { return "VACUUM ANALYZE " + table; }
  std::vector<int64_t> tasks() override {
    return numbers("SELECT pid FROM pg_stat_activity WHERE datname = current_database()");
  }

 private:
  Result run(Call call, const Values& values) {
    const char name[] = {static_cast<char>('a' + call), '\0'};
    const std::string& sql = prepared(call, name);
    Result r(PQexecPrepared(db_, name, values.count(), values.values(), values.lengths(),
                            values.formats(), 1));
    expect(r, sql.c_str());
    return r;
  }
  const std::string& prepared(Call call, const char* name) {
    std::string& sql = texts_[call];
    if (sql.empty()) {
      sql = text_of(call, table_);
      expect(Result(PQprepare(db_, name, sql.c_str(), 0, nullptr)), sql.c_str());
    }
    return sql;
  }
  void expect(const Result& r, const char* what) {
    const ExecStatusType status = PQresultStatus(r.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) fail(what);
  }
  [[noreturn]] void fail(const char* what) {
    std::fprintf(stderr, "floor: %s: %s", what, PQerrorMessage(db_));
    std::exit(1);
  }

  PGconn* db_;
  std::string table_;
  std::string texts_[kCalls];  // of the statements that are prepared
};

}  // namespace

std::unique_ptr<ServerFloor> connect_postgres(const std::string& url, const std::string& table) {
  return std::make_unique<PostgresFloor>(url, table);
}

}  // namespace bench
