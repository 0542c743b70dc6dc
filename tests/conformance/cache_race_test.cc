// Reads and writes at the same time: whatever the interleaving, a read that starts after a write
// returned sees it.
#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>

#include "support.h"

namespace conformance {
namespace {

// A starting line for threads.
class Gate {
 public:
  explicit Gate(int waiting_for) : waiting_for_(waiting_for) {}
  void pass() {
    --waiting_for_;
    while (waiting_for_ > 0) std::this_thread::yield();
  }

 private:
  std::atomic<int> waiting_for_;
};

// Does something once on the reader's thread, when the database has answered and the call has not:
// the log tells then.
struct Interruption {
  std::function<void()> act;
  std::atomic<bool> is_done{false};

  static void run(void* user, int32_t, const char* line, int64_t) {
    auto* self = static_cast<Interruption*>(user);
    if (std::string_view(line).find("SELECT") == std::string_view::npos ||
        self->is_done.exchange(true))
      return;
    self->act();
  }
};

class Races : public StandardTest {
 protected:
  void SetUp() override {
    StandardTest::SetUp();
    if (!has_other()) return;
    second_ = open_again();
    second_.define(models());
  }

  // Reads while `write` happens inside of the read, from another thread. `write` may not read
  // through the cache: it would wait for this very read.
  void interrupted(const std::function<void()>& read, const std::function<void()>& write) {
    ASSERT_OK(call(thing_cache_clear, db_, nullptr, nullptr));
    Interruption interruption{[&] { std::thread(write).join(); }};
    thing_log_set(db_, THING_LOG_DEBUG, Interruption::run, &interruption, nullptr);
    read();
    thing_log_set(db_, THING_LOG_OFF, nullptr, nullptr, nullptr);
    EXPECT_TRUE(interruption.is_done) << "the read ran no statement";
  }
  Obj loaded(const Db& db, int64_t id) const {
    Ctx past_cache(db, THING_CTX_NO_CACHE_READ | THING_CTX_NO_CACHE_WRITE);
    return find(db, user_of(db), id, past_cache);
  }
  // Another handle, where the cache follows what others write; else the same once more.
  const Db& other() const { return has_other() ? second_ : db_; }
  virtual bool has_other() const { return is_sqlite() || GetParam().is_in_redis(); }
  // The writers of the tests: this handle from another thread, and another handle.
  std::vector<const Db*> writers() const {
    return has_other() ? std::vector<const Db*>{&db_, &second_} : std::vector<const Db*>{&db_};
  }
  const thing_model* user_of(const Db& db) const { return db.model("User"); }

 private:
  Db second_;
};
FOR_SETUPS(Races, kConcurrentCaches);

TEST_P(Races, NeverKeepAnObjectReadBeforeAWrite) {  // N1, B1
  for (const Db* writer : writers()) {
    const std::string name = writer == &db_ ? "same" : "other";
    Obj obj = loaded(*writer, 1);
    ASSERT_OK(obj.set("name", name));
    interrupted([&] { find(db_, user_, 1); },
                [&] { EXPECT_OK(call(thing_save, *writer, nullptr, obj)); });
    EXPECT_EQ(read_text(db_, user_, 1, "name"), name);
    EXPECT_EQ(read_text(other(), user_of(other()), 1, "name"), name);
  }
}

TEST_P(Races, NeverKeepAbsenceReadBeforeAWrite) {  // B22
  int64_t id = 100;
  for (const Db* writer : writers()) {
    ++id;
    const std::string row = R"({"id": )" + std::to_string(id) + R"(, "name": "n", "email": "n)" +
                            std::to_string(id) + "\"}";
    interrupted([&] { exists(db_, user_, id); }, [&] { insert(*writer, user_of(*writer), row); });
    EXPECT_TRUE(exists(db_, user_, id));
  }
}

TEST_P(Races, NeverKeepAListReadBeforeAWrite) {  // N2, B9
  const char* active = R"({"where": {"active": true}})";
  size_t expected = 4;
  for (const Db* writer : writers()) {
    const std::string row = R"({"name": "w", "email": "w)" + std::to_string(expected) + "\"}";
    interrupted([&] { ids(db_, user_, active); }, [&] { insert(*writer, user_of(*writer), row); });
    EXPECT_EQ(ids(db_, user_, active).size(), ++expected);
    EXPECT_EQ(count(db_, user_, active), static_cast<int64_t>(expected));
  }
}

TEST_P(Races, NeverKeepACountReadBeforeAWrite) {  // N3
  const char* active = R"({"where": {"active": true}})";
  int64_t expected = 4;
  for (const Db* writer : writers()) {
    const std::string row = R"({"name": "w", "email": "w)" + std::to_string(expected) + "\"}";
    interrupted([&] { count(db_, user_, active); },
                [&] { insert(*writer, user_of(*writer), row); });
    EXPECT_EQ(count(db_, user_, active), ++expected);
  }
}

TEST_P(Races, NeverKeepRowsOfAListReadBeforeAWrite) {  // N2
  for (const Db* writer : writers()) {
    const std::string name = writer == &db_ ? "same" : "other";
    Obj obj = loaded(*writer, 5);
    ASSERT_OK(obj.set("name", name));
    interrupted([&] { query(db_, user_, R"({"orderBy": {"age": "asc"}})"); },
                [&] { EXPECT_OK(call(thing_save, *writer, nullptr, obj)); });
    EXPECT_EQ(read_text(db_, user_, 5, "name"), name);
    EXPECT_EQ(query(db_, user_, R"({"where": {"id": 5}})").texts("name"), (Texts{name}));
    EXPECT_EQ(query(db_, user_, R"({"orderBy": {"age": "asc"}})").texts("name")[1], name);
  }
}

TEST_P(Races, NeverKeepManyObjectsReadBeforeAWrite) {  // N1
  const int64_t wanted[] = {1, 2, 3};
  for (const Db* writer : writers()) {
    const std::string name = writer == &db_ ? "same" : "other";
    Obj first = loaded(*writer, 1), third = loaded(*writer, 3);
    ASSERT_OK(first.set("name", name));
    ASSERT_OK(third.set("name", name));
    thing_obj* const objs[] = {first, third};
    Rows rows;
    interrupted([&] { EXPECT_OK(call(thing_by_ids, db_, nullptr, user_, wanted, 3, rows.out())); },
                [&] { EXPECT_OK(call(thing_save_many, *writer, nullptr, objs, 2)); });
    for (const int64_t id : {1, 3}) EXPECT_EQ(read_text(db_, user_, id, "name"), name);
  }
}

TEST_P(Races, NeverKeepAnObjectReadBeforeABulkWrite) {  // N1, H6
  for (const Db* writer : writers()) {
    const std::string set =
        std::string(R"({"name": ")") + (writer == &db_ ? "same" : "other") + "\"}";
    Criteria first = parse(user_of(*writer), R"({"where": {"id": 1}})");
    interrupted(
        [&] { find(db_, user_, 1); },
        [&] {
          EXPECT_OK(call(thing_update_where, *writer, nullptr, first, set.c_str(), -1, 0, nullptr));
        });
    EXPECT_EQ(read_text(db_, user_, 1, "name"), writer == &db_ ? "same" : "other");
  }
}

TEST_P(Races, NeverKeepWhatWasReadWhileAWriteWasOpen) {  // N1, N2, N3
  const char* old_age = R"({"where": {"age": 25}})";
  for (const Db* writer : writers()) {
    ASSERT_OK(call(thing_cache_clear, db_, nullptr, nullptr));
    const int64_t age = find(db_, user_, 1).integer("age");
    Tx tx(*writer);
    update(*writer, user_of(*writer), 1, R"({"age": )" + std::to_string(age + 1) + "}", tx.ctx());
    insert(*writer, user_of(*writer),
           R"({"name": "n", "age": 25, "email": "n)" + std::to_string(age) + "\"}", tx.ctx());
    EXPECT_EQ(find(db_, user_, 1).integer("age"), age);
    EXPECT_EQ(find(other(), user_of(other()), 1).integer("age"), age);
    const int64_t before = count(db_, user_, old_age);
    ids(db_, user_, old_age);
    const int64_t in_tx = count(*writer, user_of(*writer), old_age, tx.ctx());
    ASSERT_OK(tx.commit());
    EXPECT_EQ(find(db_, user_, 1).integer("age"), age + 1);
    EXPECT_EQ(find(other(), user_of(other()), 1).integer("age"), age + 1);
    EXPECT_EQ(count(db_, user_, old_age), in_tx) << "was " << before;
    EXPECT_EQ(counted(db_, user_, old_age), in_tx);
    EXPECT_EQ(static_cast<int64_t>(matching(db_, user_, old_age).size()), in_tx);
  }
}

// Nothing was cached when the row was written, so the write did not look at its images.
TEST_P(Races, NeverKeepACountReadWhileAWriteWasOpen) {  // N3
  const char* young = R"({"where": {"age": 25}})";
  const std::function<void(thing_ctx*)> writes[] = {
      [&](thing_ctx* ctx) { update(db_, user_, 1, R"({"age": 26})", ctx); },
      [&](thing_ctx* ctx) {
        const int32_t age = thing_model_field_index(user_, "age", -1);
        EXPECT_OK(call(thing_incr, db_, ctx, user_, 1, age, 1, nullptr));
      },
      [&](thing_ctx* ctx) { remove(db_, user_, 1, THING_DELETE_HARD, ctx); }};
  for (const auto& write : writes) {
    if (exists(db_, user_, 1)) update(db_, user_, 1, R"({"age": 25})");
    ASSERT_OK(call(thing_cache_clear, db_, nullptr, nullptr));
    Tx tx(db_);
    write(tx.ctx());
    const int64_t before = count(db_, user_, young);
    const size_t listed = ids(db_, user_, young).size();
    ASSERT_OK(tx.commit());
    EXPECT_EQ(count(db_, user_, young), before - 1);
    EXPECT_EQ(ids(db_, user_, young).size(), listed - 1);
  }
}

TEST_P(Races, NeverTakeACommitOfOthersForAWriteThatChangedNothing) {
  ASSERT_EQ(read_text(db_, user_, 1, "name"), "Alice");
  Tx theirs(other());
  update(other(), user_of(other()), 1, R"({"name": "theirs"})", theirs.ctx());
  std::atomic<bool> started{false};
  std::thread mine([&] {
    started = true;
    EXPECT_EQ(execute(db_, "UPDATE posts SET title = 'x' WHERE id = -1", ""), 0);
  });
  while (!started) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));  // it waits for the lock
  ASSERT_OK(theirs.commit());
  mine.join();
  EXPECT_EQ(read_text(db_, user_, 1, "name"), "theirs");
}

TEST_P(Races, NeverKeepAbsenceReadBeforeAnInsert) {  // B22, S5
  for (int64_t id = 100; id < 100 + repetitions(50); ++id) {
    const std::string row = R"({"id": )" + std::to_string(id) + R"(, "name": "n", "email": "e)" +
                            std::to_string(id) + "\"}";
    std::atomic<bool> written{false};
    std::thread reader([&] {
      while (!written) exists(db_, user_, id);
    });
    insert(id % 2 == 0 ? db_ : other(), user_of(id % 2 == 0 ? db_ : other()), row);
    written = true;
    EXPECT_TRUE(exists(db_, user_, id)) << id;
    reader.join();
    EXPECT_TRUE(exists(db_, user_, id)) << id;
  }
}

TEST_P(Races, LeaveTheCacheAsTheDatabaseAfterOverlappingSaves) {  // N4, B2
  Random random;
  for (int round = 0; round < repetitions(is_sqlite() ? 60 : 20); ++round) {
    Gate gate(2);
    const auto save = [&](const Db& db, const std::string& name, int64_t pause) {
      Obj obj = find(db, user_of(db), 1);
      EXPECT_OK(obj.set("name", name));
      gate.pass();
      for (int64_t i = 0; i < pause; ++i) std::this_thread::yield();
      EXPECT_OK(call(thing_save, db, nullptr, obj));
    };
    const int64_t pause_a = random.below(20), pause_b = random.below(20);
    const Db& second = random.chance(50) ? db_ : other();
    std::thread a([&] { save(db_, "a" + std::to_string(round), pause_a); });
    std::thread b([&] { save(second, "b" + std::to_string(round), pause_b); });
    a.join();
    b.join();
    const std::string stored = sql_value(db_, "SELECT name FROM users WHERE id = 1");
    EXPECT_EQ(read_text(db_, user_, 1, "name"), stored);
    EXPECT_EQ(read_text(other(), user_of(other()), 1, "name"), stored);
    EXPECT_EQ(count(db_, user_, R"({"where": {"name": ")" + stored + "\"}}"), 1);
  }
}

TEST_P(Races, NeverLetAStaleCopyEatAWrite) {  // N7, T22, B6
  EXPECT_EQ(read_text(db_, user_, 1, "name"), "Alice");
  update(other(), user_of(other()), 1, R"({"name": "B"})");
  update(db_, user_, 1, R"({"name": "Alice"})");
  EXPECT_EQ(sql_value(db_, "SELECT name FROM users WHERE id = 1"), "Alice");
  EXPECT_EQ(read_text(other(), user_of(other()), 1, "name"), "Alice");
}

TEST_P(Races, ReadOneColdKeyOnce) {  // N17, T11
  constexpr int kThreads = 64;
  for (int round = 0; round < 5; ++round) {
    ASSERT_OK(call(thing_cache_clear, db_, nullptr, nullptr));
    const int64_t sql = db_.sql();
    Gate gate(kThreads);
    std::atomic<int> right{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        gate.pass();
        if (read_text(db_, user_, 2, "name") == "Bob") ++right;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(right, kThreads);
    EXPECT_EQ(db_.sql(), sql + 1);
  }
}

TEST_P(Races, ReadOneColdListOnce) {  // N17
  constexpr int kThreads = 32;
  // In Redis who waits for a row that another is about to put asks the database after a while,
  // which is soon over where other programs run too.
  int64_t least = INT64_MAX;
  for (int round = 0; round < (GetParam().is_in_redis() ? 10 : 1) && least > 2; ++round) {
    ASSERT_OK(call(thing_cache_clear, db_, nullptr, nullptr));
    const int64_t sql = db_.sql();
    Gate gate(kThreads);
    std::atomic<int> right{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        gate.pass();
        if (ids(db_, user_, R"({"where": {"active": true}})").size() == 4) ++right;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(right, kThreads);
    least = std::min(least, db_.sql() - sql);
  }
  EXPECT_LE(least, 2) << "a list and its rows";
}

// ---- storms: writers raise a number; a read must see at least what was returned before it began

struct Storm {
  std::atomic<int64_t> committed{0};
  std::atomic<bool> over{false};
  std::atomic<int64_t> reads{0};
  std::atomic<int> stale{0};
  std::atomic<int> backward{0};

  void read_until_over(const std::function<int64_t()>& read) {
    int64_t last = 0;
    while (!over) {
      const int64_t floor = committed;
      const int64_t seen = read();
      if (seen < floor) ++stale;
      if (seen < last) ++backward;
      last = seen;
      ++reads;
    }
  }
};

class Storms : public Races {
 protected:
  // Of what is in Redis copies of two processes may differ while a write is under way; tests/storm
  // has readers of many.
  bool has_other() const override { return is_sqlite(); }
  // Runs each reader in two threads while the writer raises its number `writes` times.
  void run(int writes, const std::function<int64_t(int64_t)>& write,
           const std::vector<std::function<int64_t()>>& readers) {
    Storm storm;
    std::vector<std::thread> threads;
    for (const auto& reader : readers) threads.emplace_back([&] { storm.read_until_over(reader); });
    for (int64_t i = 1; i <= writes; ++i) {
      storm.committed = write(i);
      // Let readers fill between writes, now and then.
      if (i % 4 == 0) std::this_thread::yield();
    }
    storm.over = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(storm.stale, 0) << "of " << storm.reads;
    EXPECT_EQ(storm.backward, 0) << "of " << storm.reads;
    for (const auto& reader : readers) EXPECT_EQ(reader(), storm.committed);
  }
  int writes() const { return repetitions(300); }
};
FOR_SETUPS(Storms, kConcurrentCaches);

TEST_P(Storms, OfSavesShowNoOldObject) {  // N1, N20
  Random random;
  const auto write = [&](int64_t i) {
    const Db& db = random.chance(50) ? db_ : other();
    update(db, user_of(db), 1, R"({"age": )" + std::to_string(i) + "}");
    return i;
  };
  update(db_, user_, 1, R"({"age": 0})");
  const auto by_id = [&](const Db& db) { return find(db, user_of(db), 1).integer("age"); };
  run(writes(), write,
      {[&] { return by_id(db_); }, [&] { return by_id(db_); }, [&] { return by_id(other()); },
       [&] { return query(db_, user_, R"({"where": {"id": 1}})").obj(0).integer("age"); }});
}

TEST_P(Storms, OfIncrementsShowNoOldObject) {  // N1, K-23
  update(db_, user_, 1, R"({"age": 0})");
  const int32_t age = thing_model_field_index(user_, "age", -1);
  const auto write = [&](int64_t) {
    int64_t now = 0;
    EXPECT_OK(call(thing_incr, db_, nullptr, user_, 1, age, 1, &now));
    return now;
  };
  run(writes(), write,
      {[&] { return find(db_, user_, 1).integer("age"); },
       [&] { return find(other(), user_of(other()), 1).integer("age"); }});
}

TEST_P(Storms, OfInsertsShowNoOldListOrCount) {  // N2, N3
  Random random;
  const char* storm = R"({"where": {"name": "storm"}})";
  const auto write = [&](int64_t i) {
    const Db& db = random.chance(50) ? db_ : other();
    insert(db, user_of(db), R"({"name": "storm", "email": "s)" + std::to_string(i) + "\"}");
    return i;
  };
  run(writes() / 2, write,
      {[&] { return static_cast<int64_t>(ids(db_, user_, storm).size()); },
       [&] { return count(db_, user_, storm); },
       [&] { return count(other(), user_of(other()), storm); },
       [&] { return static_cast<int64_t>(ids(other(), user_of(other()), storm).size()); }});
}

TEST_P(Storms, OfTransactionsShowBothRowsOrNone) {  // H7 for one list
  update(db_, user_, 1, R"({"age": 0})");
  update(db_, user_, 2, R"({"age": 0})");
  std::atomic<int> torn{0};
  const auto write = [&](int64_t i) {
    const Db& db = i % 2 == 0 ? db_ : other();
    Tx tx(db);
    update(db, user_of(db), 1, R"({"age": )" + std::to_string(i) + "}", tx.ctx());
    update(db, user_of(db), 2, R"({"age": )" + std::to_string(i) + "}", tx.ctx());
    EXPECT_OK(tx.commit());
    return i;
  };
  const auto both = [&](const Db& db) {
    Rows rows = query(db, user_of(db), R"({"where": {"id": {"in": [1, 2]}}})");
    const int64_t a = rows.obj(0).integer("age"), b = rows.obj(1).integer("age");
    if (a != b) ++torn;
    return a;
  };
  run(writes() / 2, write, {[&] { return both(db_); }, [&] { return both(other()); }});
  EXPECT_EQ(torn, 0);
}

TEST_P(Storms, OfRollbacksShowNothingOfThem) {  // N6
  update(db_, user_, 1, R"({"age": 1})");
  std::atomic<bool> over{false};
  std::atomic<int> dirty{0};
  std::vector<std::thread> readers;
  for (const Db* db : writers()) {
    readers.emplace_back([&, db] {
      while (!over) {
        if (find(*db, user_of(*db), 1).integer("age") != 1) ++dirty;
        if (count(*db, user_of(*db), R"({"where": {"age": 99}})") != 0) ++dirty;
      }
    });
  }
  for (int i = 0; i < repetitions(150); ++i) {
    const Db& db = i % 2 == 0 ? db_ : other();
    Tx tx(db);
    update(db, user_of(db), 1, R"({"age": 99})", tx.ctx());
    find(db, user_of(db), 1, tx.ctx());
    count(db, user_of(db), R"({"where": {"age": 99}})", tx.ctx());
    EXPECT_OK(tx.rollback());
  }
  over = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(dirty, 0);
}

TEST_P(Storms, OfClearsAndOptionsChangeNoAnswer) {  // N19
  Random random;
  update(db_, user_, 1, R"({"age": 0})");
  std::atomic<bool> over{false};
  std::thread disturber([&] {
    for (int i = 0; !over; ++i) {
      switch (i % 5) {
        case 0: call(thing_cache_clear, db_, nullptr, nullptr); break;
        case 1: call(thing_cache_evict, db_, nullptr, user_, 1); break;
        case 2: call(thing_set_option, db_, "cache", i % 2 == 0 ? "off" : "memory", -1); break;
        case 3: call(thing_set_option, db_, "lease", i % 2 == 0 ? "false" : "true", -1); break;
        default: call(thing_set_option, db_, "cache_bytes", i % 2 == 0 ? "4096" : "16MiB", -1);
      }
      std::this_thread::yield();
    }
  });
  const auto write = [&](int64_t i) {
    update(db_, user_, 1, R"({"age": )" + std::to_string(i) + "}");
    return i;
  };
  run(writes() / 2, write,
      {[&] { return find(db_, user_, 1).integer("age"); },
       [&] { return query(db_, user_, R"({"where": {"name": "Alice"}})").obj(0).integer("age"); }});
  over = true;
  disturber.join();
}

}  // namespace
}  // namespace conformance
