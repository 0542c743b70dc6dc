// Many objects in one transaction: all or none.
#include <algorithm>
#include <deque>
#include <unordered_set>

#include "entity/document.h"
#include "entity/prepare.h"
#include "store/backups.h"
#include "store/cascade.h"
#include "store/hooked.h"
#include "store/insert.h"
#include "store/keys.h"
#include "store/list.h"
#include "store/prepared.h"
#include "store/write.h"
#include "store/writing.h"

namespace thing::store {

using base::fail;

namespace {

constexpr size_t kMostRows = 100;         // of one INSERT
constexpr size_t kMostVariables = 7'000;  // PostgreSQL's client library ends at 7,498

// A new object on its way into the database; the object itself changes only when all is committed.
struct Insert {
  entity::Object* object = nullptr;
  entity::Prepared prepared;
  value::BatchRef row;  // as it became
  entity::Saved saved;
};

// Inserts of one model, many rows a statement.
class InsertRun {
 public:
  InsertRun(Store& store, const Call& call, ModelState& model)
      : store_(store), call_(call), model_(model) {}
  base::Status add(entity::Object& object);
  base::Status run();
  std::vector<Insert>& inserts() { return inserts_; }

 private:
  base::Status run_statements(std::span<Insert> rows, size_t each);
  base::Status take_rows(Writing& writing, InsertStatement& statement, Running& running,
                         std::span<Insert> rows, bool touches);
  base::Status reread(Writing& writing, std::span<Insert> rows);
  bool has_fields(size_t at, size_t n, const std::vector<uint32_t>& fields) const;

  Store& store_;
  const Call& call_;
  ModelState& model_;
  std::vector<Insert> inserts_;
};

base::Status InsertRun::add(entity::Object& object) {
  Insert insert;
  insert.object = &object;
  THING_ASSIGN(insert.prepared,
               entity::prepare_insert(object, store_.clock(), !call_.has(kNoTimestamps)));
  THING_TRY(check_key(model_.model, insert.prepared.fields));
  insert.row = insert.prepared.row;
  insert.saved = entity::saved_by(object, insert.prepared);
  inserts_.push_back(std::move(insert));
  return {};
}

base::Status InsertRun::run() {
  for (size_t at = 0; at < inserts_.size();) {
    const std::vector<uint32_t>& fields = inserts_[at].prepared.fields;
    const size_t most =
        std::clamp<size_t>(kMostVariables / std::max<size_t>(fields.size(), 1), 1, kMostRows);
    size_t n = 1;
    while (!fields.empty() && n < most && at + n < inserts_.size() &&
           inserts_[at + n].prepared.fields == fields)
      ++n;
    if (n < most && n >= 10) n = 10;  // few different statements: full ones, tens, and single rows
    if (n < 10) n = 1;
    size_t all = n;
    while (at + all + n <= inserts_.size() && has_fields(at + all, n, fields)) all += n;
    THING_TRY(run_statements({inserts_.data() + at, all}, n));
    at += all;
  }
  return {};
}

bool InsertRun::has_fields(size_t at, size_t n, const std::vector<uint32_t>& fields) const {
  const auto first = inserts_.begin() + static_cast<std::ptrdiff_t>(at);
  return std::all_of(first, first + static_cast<std::ptrdiff_t>(n),
                     [&](const Insert& insert) { return insert.prepared.fields == fields; });
}

// Runs of one statement, of so many rows each.
base::Status InsertRun::run_statements(std::span<Insert> rows, size_t each) {
  const schema::Model& m = model_.model;
  const std::vector<uint32_t>& columns = rows[0].prepared.fields;
  const bool touches = Writing::touches_lists(model_, {});
  InsertStatement statement(store_, model_, rows[0].prepared, each);
  Writing writing(store_, call_);
  writing.is_of_batch();
  THING_TRY(writing.open(false));
  THING_TRY(writing.concern(model_, Writing::Kind::kInsert));
  std::deque<Running> runs;
  std::vector<driver::Step> steps;
  for (size_t at = 0; at < rows.size(); at += each) {
    Running& running = runs.emplace_back(store_, call_, writing.connection(), &m);
    THING_TRY(running.prepare(statement.plan()));
    const std::span<Insert> part = rows.subspan(at, each);
    const auto bind = [&m, &columns, &running, part]() -> base::Status {
      for (const Insert& insert : part) {
        for (const uint32_t f : columns) THING_TRY(running.bind(insert.prepared.value(m, f)));
      }
      return {};
    };
    const auto read = [this, &writing, &statement, &running, part, touches] {
      return take_rows(writing, statement, running, part, touches);
    };
    steps.push_back({&running.statement(), bind, read});
  }
  THING_TRY(writing.ended(runs.front().run_steps(steps)));
  if (statement.needs_reading() || writing.has_side_effects()) THING_TRY(reread(writing, rows));
  return writing.done();
}

base::Status InsertRun::take_rows(Writing& writing, InsertStatement& statement, Running& running,
                                  std::span<Insert> rows, bool touches) {
  THING_TRY(statement.run(running, writing.connection()));
  writing.executed();
  for (size_t i = 0; i < rows.size(); ++i) {
    Insert& insert = rows[i];
    THING_ASSIGN(insert.row, statement.row(i, std::move(insert.row)));
    writing.note(model_, row_key(model_.model, insert.row->row(0)), {}, insert.row, touches);
  }
  return {};
}

base::Status InsertRun::reread(Writing& writing, std::span<Insert> rows) {
  Call past = call_;
  past.flags |= kWithDeleted | kUnscoped | kNoCacheRead | kNoCacheWrite;
  past.flags &= ~static_cast<int32_t>(kOnlyDeleted | kCacheOnly);
  past.lock = {};
  std::vector<Key> keys;
  for (const Insert& insert : rows) keys.push_back(row_key(model_.model, insert.row->row(0)));
  THING_ASSIGN(const RowSet set, store_.find_keys(past, model_, keys));
  if (set.rows->rows() < rows.size()) return fail(not_stored(model_.model));
  for (size_t i = 0; i < rows.size(); ++i) {
    entity::Object stored(model_.model);
    stored.attach(set.rows->row(static_cast<uint32_t>(i)), set.rows, false);
    rows[i].row = stored.share_row();  // alone
    writing.writes().set_after(i, rows[i].row);
  }
  return {};
}

// Part of a transaction that is taken back unless it is kept.
class Part {
 public:
  Part(const Call& call, bool whole) : call_(call), whole_(whole) {}
  ~Part() {
    if (open_) call_.tx->undo_part(call_);
  }
  Part(const Part&) = delete;
  base::Status begin() {
    THING_TRY(call_.tx->begin_part(whole_));
    open_ = true;
    return {};
  }
  base::Status keep() {
    THING_TRY(call_.tx->keep_part());
    open_ = false;
    return {};
  }

 private:
  const Call& call_;
  const bool whole_;
  bool open_ = false;
};

}  // namespace

// Runs `body` in the call's transaction (under a savepoint) or in one of its own;
// Written::kNotFound takes all back too.
template <class Body>
base::Result<Written> all_or_none(Store& store, const Call& call, Body body) {
  const bool hooked = !call.has(kNoHooks) && store.hooks().listens(entity::kAllEvents);
  if (call.tx != nullptr) {
    Part part(call, !hooked);
    THING_TRY(part.begin());
    auto written = body(call);
    if (written && *written == Written::kYes) THING_TRY(part.keep());
    return written;
  }
  THING_ASSIGN(const std::unique_ptr<Transaction> tx,
               Transaction::begin(store, call, {.whole = !hooked}));
  Call inner = call;
  inner.tx = tx.get();
  auto written = body(inner);
  if (!written || *written != Written::kYes) return written;
  THING_TRY(tx->commit(call));
  return written;
}

base::Result<Written> Store::together(
    const Call& call, const std::function<base::Result<Written>(const Call&)>& body) {
  return all_or_none(*this, call, body);
}

base::Result<Written> Store::save_many(const Call& call, std::span<const Item> items) {
  Backups backups(call);
  std::vector<std::unique_ptr<InsertRun>> runs;
  std::unordered_set<const entity::Object*> seen;
  const bool hooked =
      !call.has(kNoHooks) && hooks_.listens(entity::kAllEvents & ~entity::kAfterLoad);
  auto written = all_or_none(*this, call, [&](const Call& inner) -> base::Result<Written> {
    for (size_t at = 0; at < items.size();) {
      const Item& item = items[at];
      if (!seen.insert(item.object).second) {
        ++at;
        continue;
      }
      if (item.object->is_new() && !hooked) {
        auto run = std::make_unique<InsertRun>(*this, inner, *item.model);
        const auto add = [&call, &run](entity::Object& object) {
          make_room(call, object);
          return run->add(object);
        };
        THING_TRY(add(*item.object));
        for (++at; at < items.size() && items[at].model == item.model && items[at].object->is_new();
             ++at) {
          if (seen.insert(items[at].object).second) THING_TRY(add(*items[at].object));
        }
        THING_TRY(run->run());
        runs.push_back(std::move(run));
        continue;
      }
      backups.add(*item.object);
      THING_ASSIGN(const Written one, save_object(*this, inner, *item.model, *item.object));
      if (one == Written::kNotFound) return one;
      ++at;
    }
    return Written::kYes;
  });
  if (!written || *written == Written::kNotFound) return written;
  backups.keep();
  for (const auto& run : runs) {
    for (Insert& insert : run->inserts())
      accept(call, *insert.object, std::move(insert.row), std::move(insert.saved));
  }
  return written;
}

base::Status Store::insert_rows(const Call& call, ModelState& model, const value::Batch& rows,
                                std::span<int64_t> ids) {
  std::vector<std::unique_ptr<entity::Object>> objects;
  objects.reserve(rows.rows());
  for (uint32_t r = 0; r < rows.rows(); ++r) {
    objects.push_back(std::make_unique<entity::Object>(model.model));
    THING_TRY(entity::assign_row(*objects.back(), rows.row(r)));
  }
  std::vector<int64_t> made;
  auto written = all_or_none(*this, call, [&](const Call& inner) -> base::Result<Written> {
    InsertRun run(*this, inner, model);
    for (const auto& object : objects) THING_TRY(run.add(*object));
    THING_TRY(run.run());
    if (model.model.id < 0) return Written::kYes;
    for (const Insert& insert : run.inserts())
      made.push_back(insert.row->row(0).int64(static_cast<uint32_t>(model.model.id)));
    return Written::kYes;
  });
  if (!written) return fail(std::move(written.error()));
  std::copy_n(made.begin(), std::min(made.size(), ids.size()), ids.begin());
  return {};
}

base::Result<Written> Store::remove_many(const Call& call, std::span<const Item> items, Mode mode) {
  Backups backups(call);
  auto written = all_or_none(*this, call, [&](const Call& inner) -> base::Result<Written> {
    Call timed = inner;
    if (timed.deleted_at == 0) timed.deleted_at = clock().now_micros();
    // What goes with them comes last: an item may be one that another would take along.
    std::vector<const entity::Object*> roots;
    for (const Item& item : items) {
      backups.add(*item.object);
      THING_ASSIGN(const Written one, remove_one(*this, timed, *item.model, *item.object, mode));
      if (one == Written::kNotFound) return one;
      if (goes_on(item.model->model, mode)) roots.push_back(item.object);
    }
    THING_TRY(delete_children(*this, timed, roots));
    return Written::kYes;
  });
  if (written && *written == Written::kYes) backups.keep();
  return written;
}

}  // namespace thing::store
