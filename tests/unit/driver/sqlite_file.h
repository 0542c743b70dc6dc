#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "../driver_steps.h"
#include "driver/sqlite/database.h"

namespace thing::test {

// A directory of its own for database files, removed at the end.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

// A SQLite file and what is needed to look at it. Failures of these steps fail the test.
class SqliteFile {
 public:
  explicit SqliteFile(bool wal = true);
  driver::sqlite::Options& options() { return options_; }
  std::unique_ptr<driver::Connection> connect();
  std::unique_ptr<driver::ChangeWatch> watch();
  int64_t size_of(std::string_view suffix) const;  // "-wal"; -1 when there is no such file

 private:
  ScratchDirectory directory_;
  driver::sqlite::Options options_;
};

// The database of the tests that need no file.
std::unique_ptr<driver::Connection> memory();

// Runs SQL on the file in another process, by the sqlite3 program.
bool run_elsewhere(const std::string& path, const std::string& sql);

}  // namespace thing::test
