// A file system for SQLite: the real one, with failures, and without waiting for the disk.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <sqlite3.h>

#include "faults.h"

namespace {

sqlite3_vfs* real_vfs = nullptr;

struct File {
  sqlite3_file base;
  sqlite3_file* real;
};

sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real; }

// What can happen to a call, by the kind of fault that is armed: every call can meet a broken disk,
// only writes a full one, only locks somebody else.
enum class Does { kReads, kWrites, kLocks };

int strike(Does does, const char* call, int broken) {
  const int code = trial::strike_code();
  const bool applies = code == SQLITE_IOERR || (code == SQLITE_FULL && does == Does::kWrites) ||
                       (code == SQLITE_BUSY && does == Does::kLocks);
  if (!applies || !trial::strikes(trial::Source::kFiles, call)) return SQLITE_OK;
  return code == SQLITE_IOERR ? broken : code;
}

int close_file(sqlite3_file* file) { return real(file)->pMethods->xClose(real(file)); }

int read_file(sqlite3_file* file, void* out, int n, sqlite3_int64 offset) {
  if (const int code = strike(Does::kReads, "xRead", SQLITE_IOERR_READ)) return code;
  return real(file)->pMethods->xRead(real(file), out, n, offset);
}

int write_file(sqlite3_file* file, const void* bytes, int n, sqlite3_int64 offset) {
  if (const int code = strike(Does::kWrites, "xWrite", SQLITE_IOERR_WRITE)) return code;
  return real(file)->pMethods->xWrite(real(file), bytes, n, offset);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  if (const int code = strike(Does::kReads, "xTruncate", SQLITE_IOERR_TRUNCATE)) return code;
  return real(file)->pMethods->xTruncate(real(file), size);
}

int sync_file(sqlite3_file*, int) { return strike(Does::kReads, "xSync", SQLITE_IOERR_FSYNC); }

int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
  if (const int code = strike(Does::kReads, "xFileSize", SQLITE_IOERR_FSTAT)) return code;
  return real(file)->pMethods->xFileSize(real(file), size);
}

int lock_file(sqlite3_file* file, int lock) {
  if (const int code = strike(Does::kLocks, "xLock", SQLITE_IOERR_LOCK)) return code;
  return real(file)->pMethods->xLock(real(file), lock);
}

int unlock_file(sqlite3_file* file, int lock) {
  return real(file)->pMethods->xUnlock(real(file), lock);
}

int check_reserved_lock(sqlite3_file* file, int* out) {
  if (const int code = strike(Does::kReads, "xCheckReservedLock", SQLITE_IOERR_CHECKRESERVEDLOCK))
    return code;
  return real(file)->pMethods->xCheckReservedLock(real(file), out);
}

int control_file(sqlite3_file* file, int op, void* argument) {
  return real(file)->pMethods->xFileControl(real(file), op, argument);
}

int sector_size(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }

int characteristics(sqlite3_file* file) {
  return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

int map_shared(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
  if (const int code = strike(Does::kReads, "xShmMap", SQLITE_IOERR_SHMMAP)) return code;
  return real(file)->pMethods->xShmMap(real(file), region, size, extend, out);
}

int lock_shared(sqlite3_file* file, int offset, int n, int flags) {
  if ((flags & SQLITE_SHM_LOCK) != 0) {
    if (const int code = strike(Does::kLocks, "xShmLock", SQLITE_IOERR_SHMLOCK)) return code;
  }
  return real(file)->pMethods->xShmLock(real(file), offset, n, flags);
}

void shared_barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }

int unmap_shared(sqlite3_file* file, int remove) {
  return real(file)->pMethods->xShmUnmap(real(file), remove);
}

int fetch_page(sqlite3_file* file, sqlite3_int64 offset, int n, void** out) {
  return real(file)->pMethods->xFetch(real(file), offset, n, out);
}

int unfetch_page(sqlite3_file* file, sqlite3_int64 offset, void* page) {
  return real(file)->pMethods->xUnfetch(real(file), offset, page);
}

constexpr sqlite3_io_methods kMethods = {3,
                                         close_file,
                                         read_file,
                                         write_file,
                                         truncate_file,
                                         sync_file,
                                         size_of_file,
                                         lock_file,
                                         unlock_file,
                                         check_reserved_lock,
                                         control_file,
                                         sector_size,
                                         characteristics,
                                         map_shared,
                                         lock_shared,
                                         shared_barrier,
                                         unmap_shared,
                                         fetch_page,
                                         unfetch_page};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* out, int flags, int* out_flags) {
  auto* file = reinterpret_cast<File*>(out);
  file->base.pMethods = nullptr;
  file->real = reinterpret_cast<sqlite3_file*>(file + 1);
  file->real->pMethods = nullptr;
  if (strike(Does::kReads, "xOpen", SQLITE_CANTOPEN) != SQLITE_OK) return SQLITE_CANTOPEN;
  const int code = real_vfs->xOpen(real_vfs, name, file->real, flags, out_flags);
  if (file->real->pMethods != nullptr) file->base.pMethods = &kMethods;
  return code;
}

int delete_file(sqlite3_vfs*, const char* name, int sync) {
  if (const int code = strike(Does::kReads, "xDelete", SQLITE_IOERR_DELETE)) return code;
  return real_vfs->xDelete(real_vfs, name, sync);
}

int access_file(sqlite3_vfs*, const char* name, int flags, int* out) {
  if (const int code = strike(Does::kReads, "xAccess", SQLITE_IOERR_ACCESS)) return code;
  return real_vfs->xAccess(real_vfs, name, flags, out);
}

}  // namespace

namespace trial {

// A copy of the real one, so that everything else stays the same.
void take_over_files() {
  static sqlite3_vfs failing;
  real_vfs = sqlite3_vfs_find(nullptr);
  if (real_vfs == nullptr || std::strcmp(real_vfs->zName, "unix") != 0) {
    std::fprintf(stderr, "SQLite's file system is not 'unix'\n");
    std::abort();
  }
  failing = *real_vfs;
  failing.zName = "failing";
  failing.pNext = nullptr;
  failing.szOsFile = static_cast<int>(sizeof(File)) + real_vfs->szOsFile;
  failing.xOpen = open_file;
  failing.xDelete = delete_file;
  failing.xAccess = access_file;
  if (sqlite3_vfs_register(&failing, 1) != SQLITE_OK) std::abort();
}

}  // namespace trial
