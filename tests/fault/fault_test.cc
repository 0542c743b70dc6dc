// Every allocation, every SQLite call and every operation on files fails in turn, once and for
// good: the call says so or succeeds, the file holds what was there before or all that was to come,
// objects keep their changes, nothing leaks, and the same call without failures succeeds.
#include <cstring>
#include <filesystem>

#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <unistd.h>

#include "faults.h"
#include "scenario.h"

namespace trial {
namespace {

int64_t injected = 0;
char current[512] = "";

// Says at which fault the program died.
void on_crash(int signal) {
  const char text[] = "\ndied during: ";
  if (write(2, text, sizeof text - 1) < 0 || write(2, current, std::strlen(current)) < 0 ||
      write(2, "\n", 1) < 0)
    _exit(3);
  ::signal(signal, SIG_DFL);
  raise(signal);
}

int64_t open_files() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                       std::filesystem::directory_iterator());
}

struct Try {
  thing_status status = THING_OK;
  std::string message;
  bool struck = false;
};

class Faults : public testing::TestWithParam<size_t> {
 protected:
  static void SetUpTestSuite() {
    for (const int signal : {SIGSEGV, SIGABRT, SIGBUS}) ::signal(signal, on_crash);
    // Every fault takes a file of its own, and nobody pulls the plug: memory is disk enough.
    if (access("/dev/shm", W_OK) == 0) setenv("TMPDIR", "/dev/shm", 1);
    folder_ = new Folder;
    make_template(folder_->file("template.db"));
  }
  static void TearDownTestSuite() {
    delete folder_;
    std::cout << "faults injected: " << injected << std::endl;
  }

  const Scenario& scenario() const { return scenarios()[GetParam()]; }

  // A fresh file.
  Stage stage(const Fault& fault) const {
    Stage s;
    s.file = folder_->file("run.db");
    // Nobody else has a lock: waiting for one that is refused for good would only take time.
    s.url = "sqlite:" + s.file +
            "?synchronous=full&busy_timeout_ms=" + (fault.code == SQLITE_BUSY ? "1" : "1000");
    for (const char* end : {"", "-wal", "-shm", "-journal"}) std::filesystem::remove(s.file + end);
    if (scenario().filled) std::filesystem::copy_file(folder_->file("template.db"), s.file);
    if (!scenario().opens) s.open();
    if (scenario().prepare) scenario().prepare(s);
    return s;
  }

  Try attempt(Stage& s, const Fault& fault) const {
    Try result;
    thing_error* error = nullptr;
    {
      Strike strike(fault);
      result.status = scenario().run(s, &error);
      result.struck = strike.end();
    }
    if (result.status >= 0 && error != nullptr) throw Wrong("an error came with success");
    if (result.status < 0 && error == nullptr && result.status != THING_E_NOMEM)
      throw Wrong("no error came with a failure");
    if (error != nullptr && thing_error_code(error) != result.status)
      throw Wrong("the error has another code");
    if (error != nullptr && *thing_error_message(error) == '\0')
      throw Wrong("the error has no message");
    result.message =
        std::string(thing_status_name(result.status)) + ": " + thing_error_message(error);
    thing_error_free(error);
    return result;
  }

  // Before and after, when nothing fails.
  void learn() {
    Stage s = stage({});
    before_ = contents(s.file);
    const Try result = attempt(s, {});
    if (result.status != THING_OK) throw Wrong("without failures it gives " + result.message);
    if (scenario().check_done) scenario().check_done(s);
    check_reads(s);
    after_ = contents(s.file);
  }

  static void check_status(const Fault& fault, const Try& result) {
    const bool memory = fault.source == Source::kMemory || fault.code == SQLITE_NOMEM;
    const bool busy = fault.code == SQLITE_BUSY;
    const thing_status expected = memory ? THING_E_NOMEM : busy ? THING_E_BUSY : THING_E_CONNECTION;
    if (result.status == expected || (result.status == THING_E_COMMIT_UNKNOWN && !memory && !busy))
      return;
    throw Wrong("expected " + std::string(thing_status_name(expected)) + ", found " +
                result.message);
  }

  // The state on disk after a failure; true when the call has happened all the same.
  bool check_disk(Stage& s, const Try& result) const {
    const std::string found = contents(s.file);
    if (found == before_) return false;
    if (result.status == THING_E_COMMIT_UNKNOWN && found == after_) return true;
    throw Wrong(result.message + " left the file changed:\n--- before\n" + before_ + "--- found\n" +
                found);
  }

  // True when the call has happened all the same, and is not to be done again.
  bool check_failure(Stage& s, const Fault& fault, const Try& result) const {
    check_status(fault, result);
    const bool happened = check_disk(s, result);
    if (result.status != THING_E_COMMIT_UNKNOWN && scenario().check_failed)
      scenario().check_failed(s);
    if (happened && !scenario().opens) return true;
    const Try again = attempt(s, {});
    if (again.status != THING_OK)
      throw Wrong("after " + result.message + " the same call again gives " + again.message);
    return false;
  }

  // False when there is no n-th call.
  bool run(const Fault& fault) {
    std::snprintf(current, sizeof current, "%s, %s", scenario().name, describe(fault).c_str());
    forget_live_blocks();
    const int64_t files = open_files();
    Try result;
    {
      Stage s = stage(fault);
      result = attempt(s, fault);
      if (!result.struck && result.status != THING_OK)
        throw Wrong("nothing failed, but it gives " + result.message);
      const bool happened = result.status != THING_OK && check_failure(s, fault, result);
      if (!happened) {
        if (scenario().check_done) scenario().check_done(s);
        if (contents(s.file) != after_)
          throw Wrong("after success the file holds\n" + contents(s.file) + "--- expected\n" +
                      after_);
      }
      check_reads(s);
      Raw(s.file, "unix").must_be_sound();
    }
    injected += result.struck ? 1 : 0;
    if (live_blocks() != 0)
      throw Wrong(std::to_string(live_blocks()) + " blocks leaked:" + describe_live_blocks());
    if (open_files() != files)
      throw Wrong("files stay open: " + std::to_string(open_files() - files));
    return result.struck;
  }

  void run_all(Source source, int code, bool persistent) {
    for (int64_t n = 1; n < 100'000; n++) {
      const Fault fault{source, code, persistent, n};
      try {
        if (!run(fault)) return;
      } catch (const std::exception& error) {
        ADD_FAILURE() << scenario().name << ", " << describe(fault) << ", in " << last_failed()
                      << "\n  " << error.what();
        if (++failures_ >= 3) return;
      }
    }
    ADD_FAILURE() << "it never ends";
  }

  static inline Folder* folder_ = nullptr;
  std::string before_, after_;
  int failures_ = 0;
};

TEST_P(Faults, OfMemoryChangeNothing) {
  learn();
  for (const bool persistent : {false, true}) run_all(Source::kMemory, SQLITE_NOMEM, persistent);
}

TEST_P(Faults, OfSqliteChangeNothing) {
  learn();
  for (const int code : {SQLITE_NOMEM, SQLITE_IOERR, SQLITE_FULL, SQLITE_BUSY, SQLITE_CORRUPT}) {
    run_all(Source::kSqlite, code, false);
  }
  for (const int code : {SQLITE_NOMEM, SQLITE_IOERR}) run_all(Source::kSqlite, code, true);
}

TEST_P(Faults, OfFilesChangeNothing) {
  learn();
  for (const int code : {SQLITE_IOERR, SQLITE_FULL, SQLITE_BUSY})
    run_all(Source::kFiles, code, false);
  for (const int code : {SQLITE_IOERR, SQLITE_FULL}) run_all(Source::kFiles, code, true);
}

class CachedReads : public Faults {};

TEST_P(CachedReads, TouchNeitherSqliteNorFiles) {
  for (const Source source : {Source::kSqlite, Source::kFiles}) {
    const Fault fault{source, SQLITE_IOERR, true, 1};
    Stage s = stage(fault);
    const Try result = attempt(s, fault);
    EXPECT_FALSE(result.struck) << last_failed();
    EXPECT_EQ(result.status, THING_OK) << result.message;
  }
}

std::vector<size_t> numbers(bool cached) {
  std::vector<size_t> some;
  for (size_t i = 0; i < scenarios().size(); i++) {
    if (!cached || scenarios()[i].cached) some.push_back(i);
  }
  return some;
}

std::string name(const testing::TestParamInfo<size_t>& param) {
  return scenarios()[param.param].name;
}

INSTANTIATE_TEST_SUITE_P(During, Faults, testing::ValuesIn(numbers(false)), name);
INSTANTIATE_TEST_SUITE_P(While, CachedReads, testing::ValuesIn(numbers(true)), name);

}  // namespace
}  // namespace trial

int main(int argc, char** argv) {
  trial::take_over();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
