#pragma once
#include <memory>
#include <string>

#include "driver/driver.h"

namespace thing::driver::sqlite {

enum class OpenMode : uint8_t { kReadOnly, kReadWrite, kCreate };

struct Options {
  std::string path;  // ":memory:" for a private database
  OpenMode mode = OpenMode::kCreate;
  bool wal = true;                     // turn the file to WAL; false: keep the journal mode it has
  std::string synchronous = "normal";  // off, normal, full
  bool foreign_keys = true;
  int64_t busy_timeout_ms = 5000;
};

base::Result<std::unique_ptr<Connection>> connect(const Options& options);
// Marks from the WAL index in shared memory; by `PRAGMA data_version` on a connection of its own
// where there is none; a mark that never changes for ":memory:", where nobody else can write.
base::Result<std::unique_ptr<ChangeWatch>> watch(const Options& options);
std::string library_version();

}  // namespace thing::driver::sqlite
