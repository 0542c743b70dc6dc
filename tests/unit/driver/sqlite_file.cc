#include "sqlite_file.h"

#include <filesystem>

#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace thing::test {
ScratchDirectory::ScratchDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "thing-unit-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no directory like " << name;
  path_ = name;
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

SqliteFile::SqliteFile(bool wal) {
  options_.path = directory_.file("test.db");
  options_.wal = wal;
}

std::unique_ptr<driver::Connection> SqliteFile::connect() {
  auto connection = driver::sqlite::connect(options_);
  if (!connection) {
    ADD_FAILURE() << connection.error().message();
    return memory();
  }
  return std::move(*connection);
}

std::unique_ptr<driver::ChangeWatch> SqliteFile::watch() {
  auto watch = driver::sqlite::watch(options_);
  if (!watch) ADD_FAILURE() << watch.error().message();
  return watch ? std::move(*watch) : nullptr;
}

int64_t SqliteFile::size_of(std::string_view suffix) const {
  std::error_code missing;
  const auto size = std::filesystem::file_size(options_.path + std::string(suffix), missing);
  return missing ? -1 : static_cast<int64_t>(size);
}

std::unique_ptr<driver::Connection> memory() {
  driver::sqlite::Options options;
  options.path = ":memory:";
  auto connection = driver::sqlite::connect(options);
  if (!connection) ADD_FAILURE() << connection.error().message();
  return connection ? std::move(*connection) : nullptr;
}

bool run_elsewhere(const std::string& path, const std::string& sql) {
  std::string words[] = {"sqlite3", "-cmd", ".timeout 5000", path, sql};
  char* arguments[] = {words[0].data(), words[1].data(), words[2].data(),
                       words[3].data(), words[4].data(), nullptr};
  pid_t child = 0;
  if (posix_spawnp(&child, "sqlite3", nullptr, nullptr, arguments, environ) != 0) return false;
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace thing::test
