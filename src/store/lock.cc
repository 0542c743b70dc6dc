// Locks of rows that reads take. They are the database's, which holds them until the transaction
// ends; so there must be one, and it must be of those that may keep others from writing.
#include "store/store.h"
#include "store/transaction.h"

namespace thing::store {

using base::Code;
using base::fail;

// Its own, or else the call's. kState: there is no transaction that could hold it; kReadonly: it
// must not; kUnsupported: the database has no such lock.
base::Result<query::Lock> Store::row_lock(const Call& call, query::Lock own) const {
  const query::Lock lock = own.is_none() ? call.lock : own;
  if (lock.is_none()) return lock;
  THING_TRY(dialect_->check_lock(lock, session_->server_version()));
  if (call.tx == nullptr) {
    return fail(Code::kState,
                "lock: found no transaction, expected one: the lock would be gone when the call "
                "returns");
  }
  if (call.tx->is_read_only())
    return fail(Code::kReadonly,
                "lock: found a read-only transaction, expected one that may keep others from rows");
  if (dialect_->features().one_writer && call.tx->is_deferred()) {
    return fail(Code::kState,
                "lock: found a deferred transaction, expected one that has the write lock from its "
                "begin on");
  }
  return lock;
}

}  // namespace thing::store
