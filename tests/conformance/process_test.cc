// Several processes on one database, also with one cache in Redis: what one wrote and returned
// from, the other reads. The test program itself is the other process: started with --child it
// obeys commands, one a line, and answers each with one line.
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <memory>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

namespace conformance {
namespace {

constexpr const char* kNote = R"({"name": "Note", "fields": {
  "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}}, "text": "text", "n": "int?"}})";

// ---- the commands, the same for the child and for the test itself

// set ID N | get ID | add TEXT | del ID | count TEXT | list TEXT | tx ID N | incr ID
std::string obey(const Db& db, const std::string& line) {
  const thing_model* note = db.model("Note");
  std::istringstream words(line);
  std::string verb, argument, number;
  words >> verb >> argument >> number;
  const auto id = [&] { return std::stoll(argument); };
  const std::string where = R"({"where": {"text": ")" + argument + "\"}}";
  const std::string set = R"({"n": )" + number + "}";
  if (verb == "get")
    return std::to_string(exists(db, note, id()) ? find(db, note, id()).integer("n") : -1);
  if (verb == "count") return std::to_string(count(db, note, where));
  if (verb == "list") {
    std::string text;
    for (const int64_t each : ids(db, note, where)) text += std::to_string(each) + ",";
    return text;
  }
  if (verb == "add")
    return std::to_string(insert(db, note, R"({"text": ")" + argument + R"(", "n": 0})"));
  if (verb == "set") {
    update(db, note, id(), set);
  } else if (verb == "del") {
    remove(db, note, id());
  } else if (verb == "incr") {
    int64_t now = 0;
    EXPECT_OK(
        call(thing_incr, db, nullptr, note, id(), thing_model_field_index(note, "n", -1), 1, &now));
    return std::to_string(now);
  } else if (verb == "tx") {
    Tx tx(db);
    update(db, note, id(), set, tx.ctx());
    insert(db, note, R"({"text": "tx", "n": 0})", tx.ctx());
    EXPECT_OK(tx.commit());
  } else {
    return "unknown command";
  }
  return testing::Test::HasFailure() ? "failed" : "ok";
}

int run_child(const std::string& url) {
  Db db(url);
  if (call(thing_model_register, db, kNote, -1).status != THING_OK) return 2;
  std::string line;
  while (std::getline(std::cin, line)) std::cout << obey(db, line) << std::endl;
  return 0;
}

// ---- the other side

class Child {
 public:
  explicit Child(const std::string& url) {
    int to[2], from[2];
    if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) {
      ADD_FAILURE() << "no pipes: " << std::strerror(errno);
      return;
    }
    pid_ = fork();
    if (pid_ == 0) {
      dup2(to[0], STDIN_FILENO);
      dup2(from[1], STDOUT_FILENO);
      execl("/proc/self/exe", "child", "--child", url.c_str(), static_cast<char*>(nullptr));
      _exit(127);
    }
    close(to[0]);
    close(from[1]);
    to_ = fdopen(to[1], "w");
    from_ = fdopen(from[0], "r");
  }
  ~Child() {
    if (to_ != nullptr) fclose(to_);
    if (from_ != nullptr) fclose(from_);
    int status = 0;
    if (pid_ > 0) waitpid(pid_, &status, 0);
    EXPECT_EQ(status, is_killed_ ? SIGKILL : 0) << "how the child ended";
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void send(const std::string& line) {
    if (to_ != nullptr && std::fprintf(to_, "%s\n", line.c_str()) > 0) std::fflush(to_);
  }
  std::string receive() {
    char line[65536];
    if (from_ == nullptr || std::fgets(line, sizeof line, from_) == nullptr)
      return "<THE CHILD IS GONE>";
    line[std::strcspn(line, "\n")] = '\0';
    return line;
  }
  std::string ask(const std::string& line) {
    send(line);
    return receive();
  }
  void kill() {
    is_killed_ = true;
    ::kill(pid_, SIGKILL);
  }

 private:
  pid_t pid_ = -1;
  FILE* to_ = nullptr;
  FILE* from_ = nullptr;
  bool is_killed_ = false;
};

class Processes : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(kNote);
    note_ = db_.model("Note");
    insert(db_, note_, R"({"text": "first", "n": 0})");
    child_ = std::make_unique<Child>(url());
  }
  std::string here(const std::string& line) { return obey(db_, line); }
  std::string there(const std::string& line) { return child_->ask(line); }
  // A value when no statement of the dead is under way any more: a server ends what it was sent.
  std::string settled(const char* sql) const {
    for (std::string value = sql_value(db_, sql);;) {
      if (is_sqlite()) return value;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      std::string again = sql_value(db_, sql);
      if (again == value) return value;
      value = std::move(again);
    }
  }

  const thing_model* note_ = nullptr;
  std::unique_ptr<Child> child_;
};
FOR_SETUPS(Processes, kShared);

TEST_P(Processes, ReadWhatTheOtherWroteInBothDirections) {
  const int rounds = repetitions(is_sqlite() ? 2000 : 300);
  for (int i = 1; i <= rounds; i += 2) {
    const std::string n = std::to_string(i), next = std::to_string(i + 1);
    ASSERT_EQ(here("set 1 " + n), "ok");
    ASSERT_EQ(there("get 1"), n);
    ASSERT_EQ(there("set 1 " + next), "ok");
    ASSERT_EQ(here("get 1"), next);
  }
}

TEST_P(Processes, SeeListsAndCountsOfTheOther) {  // N5, B8
  EXPECT_EQ(here("count x"), "0");
  EXPECT_EQ(there("count x"), "0");
  EXPECT_EQ(here("list x"), "");
  for (int i = 1; i <= repetitions(200); ++i) {
    const bool mine = i % 2 == 0;
    ASSERT_NE(mine ? here("add x") : there("add x"), "failed");
    ASSERT_EQ(mine ? there("count x") : here("count x"), std::to_string(i));
    ASSERT_EQ(mine ? there("list x") : here("list x"), mine ? here("list x") : there("list x"));
  }
}

TEST_P(Processes, SeeAbsenceEnd) {
  for (int i = 0; i < repetitions(100); ++i) {
    const std::string id = std::to_string(i + 2);
    ASSERT_EQ(here("get " + id), "-1");
    ASSERT_EQ(there("get " + id), "-1");
    ASSERT_EQ(i % 2 == 0 ? there("add y") : here("add y"), id);
    ASSERT_EQ(here("get " + id), "0");
    ASSERT_EQ(there("get " + id), "0");
  }
}

TEST_P(Processes, SeeDeletes) {
  for (int i = 0; i < repetitions(50); ++i) {
    const std::string id = here("add z");
    ASSERT_EQ(there("get " + id), "0");
    ASSERT_EQ(there("count z"), "1");
    ASSERT_EQ(here("del " + id), "ok");
    ASSERT_EQ(there("get " + id), "-1");
    ASSERT_EQ(there("count z"), "0");
    ASSERT_EQ(there("add z"), std::to_string(i * 2 + 3));
    const std::string mine = std::to_string(i * 2 + 3);
    ASSERT_EQ(here("count z"), "1");
    ASSERT_EQ(there("del " + mine), "ok");
    ASSERT_EQ(here("get " + mine), "-1");
    ASSERT_EQ(here("count z"), "0");
  }
}

TEST_P(Processes, SeeTransactionsWhole) {
  for (int i = 1; i <= repetitions(100); ++i) {
    ASSERT_EQ(there("tx 1 " + std::to_string(i)), "ok");
    ASSERT_EQ(here("get 1"), std::to_string(i));
    ASSERT_EQ(here("count tx"), std::to_string(i));
  }
}

TEST_P(Processes, LoseNoIncrement) {
  const int rounds = repetitions(300);
  for (int i = 0; i < rounds; ++i) child_->send("incr 1");
  std::thread mine([&] {
    for (int i = 0; i < rounds; ++i) here("incr 1");
  });
  for (int i = 0; i < rounds; ++i) EXPECT_NE(child_->receive(), "failed");
  mine.join();
  EXPECT_EQ(here("get 1"), std::to_string(2 * rounds));
  EXPECT_EQ(there("get 1"), std::to_string(2 * rounds));
}

TEST_P(Processes, NeverGoBackWhileTheOtherWrites) {
  const int rounds = repetitions(500);
  // Of copies in the process one that is a little older may be read behind what is new.
  Db uncopied;
  if (GetParam().is_in_redis()) {
    uncopied = open_again("cache_copies=off");
    ASSERT_OK(call(thing_model_register, uncopied, kNote, -1));
  }
  const auto here = [&](const std::string& line) {
    return obey(GetParam().is_in_redis() ? uncopied : db_, line);
  };
  for (int i = 0; i < rounds; ++i) child_->send("incr 1");
  std::atomic<bool> over{false};
  std::atomic<int> backward{0};
  std::thread reader([&] {
    for (int64_t last = 0; !over;) {
      const int64_t now = std::stoll(here("get 1"));
      if (now < last) ++backward;
      last = now;
    }
  });
  for (int i = 1; i <= rounds; ++i) {
    const int64_t returned = std::stoll(child_->receive());
    EXPECT_GE(std::stoll(here("get 1")), returned);
  }
  over = true;
  reader.join();
  EXPECT_EQ(backward, 0);
}

TEST_P(Processes, SurviveTheOthersDeath) {  // N16, B5
  for (int i = 0; i < repetitions(20); ++i) {
    ASSERT_EQ(here("set 1 0"), "ok");
    for (int k = 0; k < 50; ++k) child_->send("incr 1");
    std::string seen;
    for (int k = 0; k < i; ++k) seen = child_->receive();
    child_->kill();
    child_.reset();
    const std::string now = settled("SELECT n FROM notes WHERE id = 1");
    EXPECT_EQ(here("get 1"), now);
    EXPECT_GE(std::stoll(now), seen.empty() ? 0 : std::stoll(seen));
    EXPECT_EQ(here("incr 1"), std::to_string(std::stoll(now) + 1)) << "no lock may be left behind";
    child_ = std::make_unique<Child>(url());
    EXPECT_EQ(there("get 1"), std::to_string(std::stoll(now) + 1));
  }
}

TEST_P(Processes, RefuseHandlesOfAParentAfterAFork) {
  const pid_t pid = fork();
  if (pid == 0) {
    thing_obj* obj = nullptr;
    thing_error* error = nullptr;
    int wrong = 0;
    if (thing_ping(db_, nullptr, nullptr) != THING_E_CLOSED) wrong |= 1;
    if (thing_by_id(db_, nullptr, note_, 1, &obj, &error) != THING_E_CLOSED) wrong |= 2;
    if (obj != nullptr || error == nullptr) wrong |= 4;
    _exit(wrong);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(here("set 1 5"), "ok");
  EXPECT_EQ(there("get 1"), "5");
}

// ---- a writer that does not know the library

class Raw {
 public:
  explicit Raw(const std::string& path) {
    EXPECT_EQ(sqlite3_open(path.c_str(), &db_), SQLITE_OK);
    sqlite3_busy_timeout(db_, 10'000);
    run("PRAGMA synchronous = OFF");
  }
  ~Raw() { sqlite3_close(db_); }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;

  void run(const std::string& sql) const {
    char* message = nullptr;
    EXPECT_EQ(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, &message), SQLITE_OK)
        << sql << ": " << (message ? message : "");
    sqlite3_free(message);
  }
  std::string value(const std::string& sql) const {
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr), SQLITE_OK)
        << sqlite3_errmsg(db_);
    std::string text = "<NO ROW>";
    if (sqlite3_step(statement) == SQLITE_ROW)
      text = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    return text;
  }

 private:
  sqlite3* db_ = nullptr;
};

struct Journal {
  const char* name;
  const char* options;
  const char* mode;
};

class ForeignWriter : public testing::TestWithParam<Journal> {
 protected:
  ForeignWriter() {
    raw_.run("PRAGMA journal_mode = " + std::string(GetParam().mode));
    raw_.run("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL, n INTEGER)");
    raw_.run("INSERT INTO notes VALUES (1, 'first', 0)");
    db_ = Db("sqlite:" + path() + "?synchronous=off&" + GetParam().options);
    db_.define(kNote);
  }
  std::string path() const { return folder_.file("foreign.db"); }
  std::string here(const std::string& line) { return obey(db_, line); }

  Folder folder_;
  Raw raw_{path()};
  Db db_;
};
INSTANTIATE_TEST_SUITE_P(
    Sqlite, ForeignWriter,
    testing::Values(Journal{"Wal", "cache=memory", "WAL"},
                    Journal{"WalWithoutLease", "cache=memory&lease=false", "WAL"},
                    Journal{"Delete", "cache=memory&journal=keep", "DELETE"},
                    Journal{"DeleteWithoutLease", "cache=memory&journal=keep&lease=false",
                            "DELETE"},
                    Journal{"Truncate", "cache=memory&journal=keep", "TRUNCATE"},
                    Journal{"DeleteUncached", "cache=off&journal=keep", "DELETE"}),
    [](const auto& tested) { return tested.param.name; });

TEST_P(ForeignWriter, IsSeenInObjectsListsAndCounts) {
  for (int i = 1; i <= repetitions(300); ++i) {
    const std::string n = std::to_string(i), id = std::to_string(i + 1);
    ASSERT_EQ(here("get " + id), "-1");
    here("list x");
    raw_.run("BEGIN; UPDATE notes SET n = " + n + " WHERE id = 1; INSERT INTO notes VALUES (" + id +
             ", 'x', " + n + "); COMMIT");
    ASSERT_EQ(here("get 1"), n);
    ASSERT_EQ(here("get " + id), n);
    ASSERT_EQ(here("count x"), n);
  }
}

TEST_P(ForeignWriter, SeesWhatTheLibraryWrote) {
  for (int i = 1; i <= repetitions(100); ++i) {
    ASSERT_EQ(here("set 1 " + std::to_string(i)), "ok");
    ASSERT_EQ(raw_.value("SELECT n FROM notes WHERE id = 1"), std::to_string(i));
  }
  EXPECT_EQ(raw_.value("PRAGMA integrity_check"), "ok");
}

TEST_P(ForeignWriter, IsNotSeenBeforeItsCommit) {
  EXPECT_EQ(here("get 1"), "0");
  raw_.run("BEGIN IMMEDIATE; UPDATE notes SET n = 9 WHERE id = 1");
  EXPECT_EQ(here("get 1"), "0");
  EXPECT_EQ(here("count first"), "1");
  raw_.run("ROLLBACK");
  EXPECT_EQ(here("get 1"), "0");
  raw_.run("BEGIN IMMEDIATE; UPDATE notes SET n = 9 WHERE id = 1");
  EXPECT_EQ(here("get 1"), "0");
  raw_.run("COMMIT");
  EXPECT_EQ(here("get 1"), "9");
}

TEST_P(ForeignWriter, KeepsItsJournalMode) {
  here("set 1 5");
  const std::string mode = raw_.value("PRAGMA journal_mode");
  EXPECT_STRCASEEQ(mode.c_str(),
                   std::strcmp(GetParam().mode, "TRUNCATE") == 0 ? "truncate" : GetParam().mode);
}

TEST_P(ForeignWriter, IsSeenAfterACheckpointAndAVacuum) {
  EXPECT_EQ(here("get 1"), "0");
  raw_.run("UPDATE notes SET n = 1 WHERE id = 1; PRAGMA wal_checkpoint(PASSIVE)");
  EXPECT_EQ(here("get 1"), "1");
  raw_.run("UPDATE notes SET n = 2 WHERE id = 1");
  raw_.run("VACUUM");
  EXPECT_EQ(here("get 1"), "2");
  raw_.run("DELETE FROM notes");
  EXPECT_EQ(here("get 1"), "-1");
  EXPECT_EQ(here("count first"), "0");
}

TEST_P(ForeignWriter, MayChangeTheSchema) {
  EXPECT_EQ(here("get 1"), "0");
  raw_.run("ALTER TABLE notes ADD COLUMN more TEXT DEFAULT 'm'");
  raw_.run("UPDATE notes SET n = 4");
  EXPECT_EQ(here("get 1"), "4");
  EXPECT_EQ(here("add x"), "2");
  EXPECT_EQ(raw_.value("SELECT more FROM notes WHERE id = 2"), "m");
}

TEST_P(ForeignWriter, LosesNoLockToHandlesThatComeAndGo) {
  raw_.run("BEGIN IMMEDIATE; UPDATE notes SET n = 1 WHERE id = 1");
  for (int i = 0; i < 3; ++i) {
    Db other("sqlite:" + path() + "?busy_timeout_ms=1&" + GetParam().options);
    EXPECT_OK(call(thing_model_register, other, kNote, -1));
    EXPECT_EQ(find(other, other.model("Note"), 1).integer("n"), 0);
    int64_t now = 0;
    EXPECT_STATUS(THING_E_BUSY,
                  call(thing_incr, other, nullptr, other.model("Note"), 1, 2, 1, &now))
        << "closing a file must not drop the locks of others in this process";
  }
  raw_.run("COMMIT");
  EXPECT_EQ(here("get 1"), "1");
  EXPECT_EQ(raw_.value("PRAGMA integrity_check"), "ok");
}

}  // namespace

int child_main(const char* url) { return run_child(url); }

}  // namespace conformance

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "--child") == 0) return conformance::child_main(argv[2]);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
