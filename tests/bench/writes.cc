// Inserts one by one and many at once, and updates. Each side has a file of its own; rows that were
// inserted go away between the rounds, outside the time.
#include <cstdio>

#include "setup.h"

namespace bench {
namespace {

// A side's file, and a connection that empties it.
class Target {
 public:
  Target(const Setup& s, const char* name) : path_(s.path(name)) {
    make_database(path_, 0);
    sweeper_ = std::make_unique<Floor>(path_, s.pragmas);
  }
  const std::string& path() const { return path_; }

  // The CPU time it took.
  double sweep() {
    const double started = nanoseconds(Clock::kProcess);
    sweeper_->execute("DELETE FROM users");
    sweeper_->execute("PRAGMA wal_checkpoint(TRUNCATE)");
    return nanoseconds(Clock::kProcess) - started;
  }

 private:
  std::string path_;
  std::unique_ptr<Floor> sweeper_;
};

class Transaction {
 public:
  explicit Transaction(const Library& library) {
    thing_tx* tx = nullptr;
    check("beginning", [&](thing_error** e) {
      return thing_tx_begin(library.db(), nullptr, THING_TX_DEFAULT, &tx, e);
    });
    tx_.reset(tx);
  }
  thing_ctx* ctx() const { return thing_tx_ctx(tx_.get()); }
  void commit() {
    check("committing", [&](thing_error** e) { return thing_tx_commit(tx_.get(), e); });
  }

 private:
  Own<thing_tx> tx_;
};

// Calls once(i) for each of n transactions, and sweeps after each.
template <class Once>
Work swept(Target& target, Once once) {
  return [&target, once](int64_t n) {
    double left_out = 0;
    for (int64_t i = 0; i < n; ++i) {
      once();
      left_out += target.sweep();
    }
    return left_out;
  };
}

std::vector<User> new_users(int64_t count) {
  std::vector<User> users;
  for (int64_t i = 1; i <= count; ++i) users.push_back(make_user(i));
  return users;
}

void save_one(const Library& library, thing_ctx* ctx, const User& u, int64_t& ids) {
  const Object o = library.make(u);
  check("saving", [&](thing_error** e) { return thing_save(library.db(), ctx, o.get(), e); });
  ids += thing_obj_id(o.get());
}

std::vector<thing_obj*> make_objects(const Library& library, const std::vector<User>& users) {
  std::vector<thing_obj*> objects;
  for (const User& u : users) objects.push_back(library.make(u).release());
  return objects;
}

void save_all(const Library& library, const std::vector<thing_obj*>& objects, int64_t& ids) {
  check("saving many", [&](thing_error** e) {
    return thing_save_many(library.db(), nullptr, objects.data(),
                           static_cast<int64_t>(objects.size()), e);
  });
  for (const thing_obj* o : objects) ids += thing_obj_id(o);
}

void free_all(const std::vector<thing_obj*>& objects) {
  for (thing_obj* o : objects) thing_obj_free(o);
}

struct InsertCases {
  Target floor_target, library_target;
  Floor floor;
  Library library;
  std::vector<User> users;

  explicit InsertCases(const Setup& s)
      : floor_target(s, "insert_floor.db"),
        library_target(s, "insert_library.db"),
        floor(floor_target.path(), s.pragmas),
        library(library_target.path(), ""),
        users(new_users(s.inserts)) {}

  Work floor_rows() {
    return swept(floor_target, [this] {
      int64_t ids = 0;
      floor.begin();
      for (const User& u : users) ids += floor.insert(u);
      floor.commit();
      keep(ids);
    });
  }

  Work one_by_one() {
    return swept(library_target, [this] {
      int64_t ids = 0;
      Transaction tx(library);
      for (const User& u : users) save_one(library, tx.ctx(), u, ids);
      tx.commit();
      keep(ids);
    });
  }

  Work many() {
    return swept(library_target, [this] {
      int64_t ids = 0;
      const auto objects = make_objects(library, users);
      save_all(library, objects, ids);
      free_all(objects);
      keep(ids);
    });
  }

  // The call alone: objects are made and freed outside the time.
  Work many_call_alone() {
    return [this](int64_t n) {
      double left_out = 0;
      for (int64_t i = 0; i < n; ++i) {
        const double started = nanoseconds(Clock::kProcess);
        const auto objects = make_objects(library, users);
        left_out += nanoseconds(Clock::kProcess) - started;
        int64_t ids = 0;
        save_all(library, objects, ids);
        const double saved = nanoseconds(Clock::kProcess);
        free_all(objects);
        left_out += nanoseconds(Clock::kProcess) - saved + library_target.sweep();
      }
      return left_out;
    };
  }

  Work packed() {
    const auto batch = std::make_shared<std::vector<uint8_t>>(pack(library.user(), users));
    return swept(library_target, [this, batch] {
      std::vector<int64_t> ids(users.size());
      check("saving a packed batch", [&](thing_error** e) {
        return thing_save_packed(library.db(), nullptr, library.user(), batch->data(),
                                 static_cast<int64_t>(batch->size()), ids.data(),
                                 static_cast<int64_t>(ids.size()), e);
      });
      keep(ids);
    });
  }
};

void expect_same_tables(Floor& a, Floor& b) {
  const char* sql =
      "SELECT sum(id * 31 + age + length(name) + active) * 1000003 + sum(cast(score * 10000 AS "
      "int)) + "
      "sum(cast(strftime('%s', created_at) AS int)) FROM users";
  expect_same("rows after writing", static_cast<uint64_t>(a.number(sql)),
              static_cast<uint64_t>(b.number(sql)));
}

void check_inserts(InsertCases& c, const Setup& s) {
  Floor reader(c.library_target.path(), s.pragmas);
  int64_t ids = 0;
  for (const User& u : c.users) c.floor.insert(u);
  const auto objects = make_objects(c.library, c.users);
  save_all(c.library, objects, ids);
  free_all(objects);
  expect_same_tables(c.floor, reader);
  c.floor_target.sweep();
  c.library_target.sweep();
}

}  // namespace

void measure_inserts(Setup& s, Report& report) {
  InsertCases c(s);
  check_inserts(c, s);
  const auto rows = static_cast<double>(s.inserts);
  const auto samples = compare({{"floor", c.floor_rows(), rows},
                                {"one by one", c.one_by_one(), rows},
                                {"many", c.many(), rows},
                                {"many, the call", c.many_call_alone(), rows},
                                {"packed", c.packed(), rows}},
                               Clock::kProcess, s.options);
  report.times("insert in a transaction, one object at a time", samples[0], samples[1], 1.20);
  report.times("save_many, objects made, ids read, of row by row", samples[0], samples[2], 0.66);
  report.times("save_many, the call alone", samples[0], samples[3]);
  report.times("save_packed, ids read, of row by row", samples[0], samples[4]);
}

void measure_updates(Setup& s, Report& report) {
  const std::string floor_path = s.path("update_floor.db"),
                    library_path = s.path("update_library.db");
  make_database(floor_path, s.users);
  make_database(library_path, s.users);
  Floor floor(floor_path, s.pragmas);
  const Library library(library_path, "");
  std::vector<int64_t> ids;
  std::vector<Object> objects;
  Random random;
  for (int64_t i = 0; i < s.hot; ++i) {
    ids.push_back(i * (s.users / s.hot) + 1);
    objects.push_back(library.by_id(ids.back()));
  }
  // An object is met again after `hot` updates with another age: there is always something to save.
  int64_t floor_next = 0, library_next = 0;
  const auto place = [&](int64_t k) { return static_cast<size_t>(k * 7919 % s.hot); };
  const auto age = [&](int64_t k) { return static_cast<int>(18 + k / s.hot % 60); };
  const auto samples =
      compare({{"floor",
                [&](int64_t n) {
                  for (int64_t i = 0; i < n; ++i, ++floor_next)
                    floor.set_age(ids[place(floor_next)], age(floor_next));
                  return 0.0;
                }},
               {"save",
                [&](int64_t n) {
                  for (int64_t i = 0; i < n; ++i, ++library_next) {
                    thing_obj* o = objects[place(library_next)].get();
                    check("updating", [&](thing_error** e) {
                      const thing_status set = thing_obj_set_int64(o, kAge, age(library_next), e);
                      return set < 0 ? set : thing_save(library.db(), nullptr, o, e);
                    });
                  }
                  return 0.0;
                }}},
              Clock::kProcess, s.options);
  report.times("update of one field, autocommit", samples[0], samples[1], 1.10);
}

}  // namespace bench
