// What others are told of writes without marks.
#include <algorithm>

#include <fmt/format.h>

#include "base/clock.h"
#include "store/keys.h"
#include "store/reading.h"
#include "store/shared.h"

namespace thing::store {

using base::Code;
using base::fail;

namespace {

constexpr size_t kMostWords = 100;  // of a table in one commit; beyond, the table itself

}  // namespace

int64_t end_of_copies() { return base::boot_micros() + cache::shared::kLongestLease * 1010 + 1; }

base::Result<std::vector<Word>> Shared::words_of(session::Connection& connection,
                                                 const WriteSet& writes) const {
  std::vector<Word> words;
  THING_ASSIGN(const std::vector<Plan> plans, plan(connection, writes));
  for (const Plan& p : plans) {
    const std::string& table = p.model->shared->table()->name;
    const size_t first = words.size();
    bool whole = p.whole || p.rows.size() > kMostWords;
    for (const WriteSet::Row* row : p.rows) {
      if (whole) break;
      auto key = key_document(p.model->model, *row);
      whole = !key.has_value();
      if (!whole) words.push_back({table, std::move(key)});
    }
    if (!whole) continue;
    words.resize(first);
    words.push_back({table, std::nullopt});
  }
  for (const std::string& name : writes.tables()) {
    THING_ASSIGN(std::optional<std::string> full, full_name(connection, name));
    if (full.has_value()) words.push_back({std::move(*full), std::nullopt});
  }
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

base::Result<int64_t> Shared::drop(ModelState& model, const Key* key,
                                   session::Connection* connection) {
  const Call call;
  Reading reading(store_, call);
  const auto connect = [&]() -> base::Status {
    if (connection != nullptr) return {};
    THING_TRY(reading.open(false, true));
    connection = &reading.connection();
    return {};
  };
  if (model.shared->table() == nullptr) {
    THING_TRY(connect());
    THING_TRY(model.shared->learn_table(*connection, model.model));
    if (model.shared->table() == nullptr) return 0;  // no such table: nothing of it is cached
  }
  const cache::shared::Table& table = *model.shared->table();
  std::vector<std::string> cells;
  if (key != nullptr) cells.push_back(model.shared->row_cell(*key));
  auto dropped = cache_.drop(table, cells, key == nullptr);
  if (dropped) return end_of_copies();
  if (!store_.outbox()->is_usable())
    return fail(base::Error(Code::kCacheDown,
                            fmt::format("the shared cache could not be told what to drop: {}",
                                        dropped.error().message()))
                    .retryable(true));
  THING_TRY(connect());
  Word word{table.name, std::nullopt};
  if (key != nullptr) {
    WriteSet::Row row;
    row.id = key->integer;
    if (!key->is_integer) row.key = key_bytes(*key);
    word.key = key_document(model.model, row);
  }
  Outbox::Range range;
  THING_TRY(store_.outbox()->note(*connection, {&word, 1}, range));
  if (store_.outbox()->await(*connection, range)) return end_of_copies();
  store_.stats().add(cache::Stat::kDegraded);
  return 0;
}

Shared::Dropped Shared::drop_all(session::Connection* connection) noexcept {
  Dropped out;
  for (int i = 0; i < store_.model_count(); ++i) {
    try {
      auto until = drop(*store_.model_at(i), nullptr, connection);
      if (until) out.until = std::max(out.until, *until);
      out.is_told = out.is_told && until.has_value();
    } catch (const std::bad_alloc&) {
      out.is_told = false;
    }
  }
  return out;
}

}  // namespace thing::store
