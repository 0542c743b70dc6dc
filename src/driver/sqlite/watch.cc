// Two ways to see that somebody committed.
//
// A database in WAL mode has its index in shared memory, which begins with (wal.c, struct
// WalIndexHdr, twice)
//
//   u32 version  u32 unused  | u32 change counter  u8 initialised  u8 big-endian  u16 page size
//   u32 last frame  u32 pages | u32 x 2 checksum of the last frame |
//   u32 x 2 salts of the log | u32 x 2 checksum
//
// Each commit writes the second copy, a barrier, then the first. So who sees a new first copy can
// not read an old state any more, and who comes after a commit sees it in the first copy. The four
// words behind the version are the mark. SQLite's own file handle maps the memory: opening the -shm
// file by hand and closing it would drop the locks of the process.
//
// Elsewhere `PRAGMA data_version` on a connection that never writes: it differs after each commit
// of any other one.
#include <mutex>

#include "driver/sqlite/config.h"
#include "driver/sqlite/errors.h"

namespace thing::driver::sqlite {
namespace {

// Nobody else can write to a private database in memory.
class ConstantWatch final : public ChangeWatch {
 public:
  ConstantWatch() { words = constant_; }
  base::Result<ChangeMark> read() override { return ChangeMark(); }
  bool is_next(const ChangeMark&, const ChangeMark&) const override { return true; }

 private:
  const uint64_t constant_[4] = {0, 0, 0, 0};
};

struct Header {
  uint32_t change;
  uint32_t last_frame;
  uint32_t first_salt;

  explicit Header(const ChangeMark& m)
      : change(static_cast<uint32_t>(m.word[0])),
        last_frame(static_cast<uint32_t>(m.word[1])),
        first_salt(__builtin_bswap32(static_cast<uint32_t>(m.word[3]))) {}
};

class WalWatch final : public ChangeWatch {
 public:
  WalWatch(std::unique_ptr<Waits> waits, Handle db, const volatile void* index)
      : waits_(std::move(waits)), db_(std::move(db)) {
    words = static_cast<const volatile uint64_t*>(index) + 1;
  }

  base::Result<ChangeMark> read() override {
    ChangeMark mark;
    for (int i = 0; i < 4; ++i) mark.word[i] = load(i);
    return mark;
  }

  // A commit counts one up and makes the log longer, unless it begins the log anew: then the first
  // salt counts one up, or the log was empty before. A recovery of the index counts from 0 again.
  bool is_next(const ChangeMark& before, const ChangeMark& after) const override {
    const Header a(before);
    const Header b(after);
    const bool appended = b.first_salt == a.first_salt && b.last_frame > a.last_frame;
    const bool restarted = b.first_salt == a.first_salt + 1 || a.last_frame == 0;
    return b.change == a.change + 1 && (appended || restarted);
  }

  // What follows the two copies of the header begins with the number of frames that are written
  // back (WalCkptInfo).
  int64_t log_size() const override {
    const auto last = static_cast<uint32_t>(load(1));
    const auto written_back = static_cast<uint32_t>(load(11));
    return written_back >= last ? 0 : last;
  }

 private:
  std::unique_ptr<Waits> waits_;
  Handle db_;  // keeps the memory mapped
};

class VersionWatch final : public ChangeWatch {
 public:
  VersionWatch(std::unique_ptr<Waits> waits, Handle db, StatementHandle version)
      : waits_(std::move(waits)), db_(std::move(db)), version_(std::move(version)) {}

  base::Result<ChangeMark> read() override {
    std::lock_guard lock(mutex_);
    const int rc = sqlite3_step(version_.get());
    ChangeMark mark;
    if (rc == SQLITE_ROW)
      mark.word[0] = static_cast<uint64_t>(sqlite3_column_int64(version_.get(), 0));
    base::Status done;
    if (rc != SQLITE_ROW) done = base::fail(make_error(db_.get(), rc));
    sqlite3_reset(version_.get());
    if (!done) return base::fail(std::move(done.error()));
    return mark;
  }

  bool is_next(const ChangeMark&, const ChangeMark&) const override { return false; }

 private:
  std::mutex mutex_;
  std::unique_ptr<Waits> waits_;
  Handle db_;
  StatementHandle version_;
};

// The index of the log, null when there is none to share.
const volatile void* map_index(sqlite3* db) {
  constexpr int kRegionSize = 32 * 1024;  // WALINDEX_PGSZ
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
      file == nullptr)
    return nullptr;
  const sqlite3_io_methods* methods = file->pMethods;
  if (methods == nullptr || methods->iVersion < 2 || methods->xShmMap == nullptr) return nullptr;
  volatile void* index = nullptr;
  return methods->xShmMap(file, 0, kRegionSize, 0, &index) == SQLITE_OK ? index : nullptr;
}

base::Result<std::unique_ptr<ChangeWatch>> watch_version(std::unique_ptr<Waits> waits, Handle db) {
  sqlite3_stmt* raw = nullptr;
  const int rc = sqlite3_prepare_v3(db.get(), "PRAGMA data_version", -1, SQLITE_PREPARE_PERSISTENT,
                                    &raw, nullptr);
  StatementHandle version(raw);
  if (rc != SQLITE_OK) return base::fail(make_error(db.get(), rc));
  return std::make_unique<VersionWatch>(std::move(waits), std::move(db), std::move(version));
}

}  // namespace

base::Result<std::unique_ptr<ChangeWatch>> watch(const Options& options) {
  if (is_memory(options)) return std::make_unique<ConstantWatch>();
  auto waits = std::make_unique<Waits>(options.busy_timeout_ms);
  THING_ASSIGN(Handle db, open_handle(options, *waits));
  // Reading builds the index, and tells whether the file has one.
  THING_ASSIGN(const std::string tables,
               query_text(db.get(), "SELECT count(*) FROM sqlite_schema", *waits));
  THING_ASSIGN(const std::string mode, query_text(db.get(), "PRAGMA journal_mode", *waits));
  const volatile void* index = mode == "wal" ? map_index(db.get()) : nullptr;
  if (index == nullptr) return watch_version(std::move(waits), std::move(db));
  return std::make_unique<WalWatch>(std::move(waits), std::move(db), index);
}

}  // namespace thing::driver::sqlite
