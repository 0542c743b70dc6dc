#include "driver/sqlite/handle.h"

#include <list>
#include <mutex>

namespace thing::driver::sqlite {
namespace {

// The databases that one process opened.
struct OpenHandles {
  explicit OpenHandles(OpenHandles* before) : inherited(before) {}
  const base::Process process = base::Process::current();
  OpenHandles* const inherited;  // those of the parent, in a child
  std::once_flag forgotten;
  std::mutex mutex;
  std::list<sqlite3*> all;
};

// A child gets a list of its own: the mutex of the parent's may be held by a thread that is not
// there.
OpenHandles& open_handles() {
  static OpenHandles* const first =
      new OpenHandles(nullptr);  // never goes: databases may be closed at the very end
  static std::atomic<OpenHandles*> current{first};
  OpenHandles* list = current.load();
  while (!list->process.is_current()) {
    auto* fresh = new OpenHandles(list);
    if (current.compare_exchange_strong(list, fresh)) return *fresh;
    delete fresh;
  }
  return *list;
}

// Gives back what SQLite keeps for the file in this process, below the database itself, whose
// memory may be in the middle of anything. No lock of the parent is touched: they belong to its
// process.
void forget_file(sqlite3* db) {
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK) return;
  if (file == nullptr || file->pMethods == nullptr) return;
  if (file->pMethods->iVersion >= 2 && file->pMethods->xShmUnmap != nullptr)
    file->pMethods->xShmUnmap(file, 0);
  file->pMethods->xClose(file);
}

}  // namespace

// It is whole before the list grows: when memory runs out there, the destructor closes the
// database.
Handle::Handle(sqlite3* db) : Handle() {
  db_ = db;
  if (db == nullptr) return;
  OpenHandles& list = open_handles();
  std::lock_guard lock(list.mutex);
  list.all.push_back(db);
}

Handle::~Handle() {
  if (db_ == nullptr || is_inherited()) return;
  {
    OpenHandles& list = open_handles();
    std::lock_guard lock(list.mutex);
    list.all.remove(db_);
  }
  sqlite3_close_v2(db_);  // a statement that somebody still holds keeps it until it goes
}

void forget_inherited_files() {
  OpenHandles& list = open_handles();
  std::call_once(list.forgotten, [&list] {
    if (list.inherited == nullptr) return;
    for (sqlite3* db : list.inherited->all) forget_file(db);
  });
}

}  // namespace thing::driver::sqlite
