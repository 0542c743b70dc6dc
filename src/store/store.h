#pragma once
// The engine of one database: models, the read path and the write path, with the cache between.
// capi is its only caller.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/faults.h"
#include "base/result.h"
#include "cache/flights.h"
#include "cache/memory/list_table.h"
#include "cache/memory/object_table.h"
#include "cache/shared/wire.h"
#include "cache/stamps.h"
#include "cache/stats.h"
#include "dialect/dialect.h"
#include "driver/driver.h"
#include "entity/hooks.h"
#include "entity/object.h"
#include "query/aggregate.h"
#include "query/criteria.h"
#include "query/key_page.h"
#include "query/match.h"
#include "session/session.h"
#include "store/call.h"
#include "store/config.h"
#include "store/lazy_loads.h"
#include "store/log.h"
#include "store/model_state.h"
#include "store/plans.h"
#include "store/rows.h"
#include "store/write_set.h"

namespace thing::store {

class Store;
class Transaction;
class Cursor;
class Writing;
class Outbox;
class Shared;
struct PreparedQuery;

enum class Mode : uint8_t { kDefault, kSoft, kHard };  // of delete
enum class Written : uint8_t { kYes, kNotFound };

class Store {
 public:
  static base::Result<std::unique_ptr<Store>> open(Config config);
  ~Store();
  void close();
  bool is_closed() const { return closed_.load(std::memory_order_acquire); }
  const Config& config() const { return config_; }
  base::Status set_option(std::string_view key, std::string_view value);
  base::Status ping(const Call& call);
  std::string info_json();

  // Models.
  base::Status register_models(std::string_view document);
  ModelState* find_model(std::string_view name) const;
  int model_count() const { return model_count_.load(std::memory_order_acquire); }
  ModelState* model_at(int i) const;

  // Reads of single rows.
  base::Result<Key> parse_key(const ModelState& model, std::string_view json) const;
  base::Result<std::vector<Key>> parse_keys(const ModelState& model,
                                            std::string_view json_array) const;
  base::Result<std::vector<Key>> unpack_keys(const ModelState& model,
                                             std::span<const uint8_t> packed) const;
  base::Result<Found> find_id(const Call& call, ModelState& model, int64_t id, RowSink& sink);
  base::Result<Found> find_key(const Call& call, ModelState& model, const Key& key, RowSink& sink);
  base::Result<RowSet> find_ids(const Call& call, ModelState& model, std::span<const int64_t> ids);
  base::Result<RowSet> find_keys(const Call& call, ModelState& model, const std::vector<Key>& keys);

  // Queries.
  base::Result<std::shared_ptr<const PreparedQuery>> prepare_query(const Call& call,
                                                                   ModelState& model,
                                                                   std::string_view json);
  base::Result<RowSet> query(const Call& call, const PreparedQuery& prepared);
  // `per`: fields by which rows are grouped; the page is one of each group then.
  base::Result<RowSet> query(const Call& call, ModelState& model, const query::Criteria& criteria,
                             const std::vector<uint32_t>& per = {});
  base::Result<RowSet> query_first(const Call& call, ModelState& model,
                                   const query::Criteria& criteria);  // 0 or 1 rows
  // kUncached counts as -1 for kCacheOnly.
  // A query that was resolved for the call's scope, from a criteria without a cursor.
  base::Result<RowSet> query(const Call& call, ModelState& model, const query::Query& resolved);
  base::Result<int64_t> count(const Call& call, ModelState& model, const query::Criteria& criteria);
  // A row for each group, with the columns of its model. Never from the cache, nor into it.
  base::Result<value::BatchRef> aggregate(const Call& call, ModelState& model,
                                          const query::Aggregation& aggregation);
  // Likewise the keys of a page of rows for each of some keys.
  base::Result<value::BatchRef> key_page(const Call& call, ModelState& model,
                                         const query::KeyPage& page);
  // Likewise, nullopt for kCacheOnly.
  base::Result<std::optional<bool>> exists(const Call& call, ModelState& model,
                                           const query::Criteria& criteria);
  base::Result<std::optional<std::string>> pluck_json(const Call& call, ModelState& model,
                                                      const query::Criteria& criteria,
                                                      uint32_t field);
  base::Result<std::unique_ptr<Cursor>> open_cursor(const Call& call, ModelState& model,
                                                    const query::Criteria& criteria, int64_t batch);
  base::Result<std::string> explain_json(const Call& call, ModelState& model,
                                         const query::Criteria& criteria);

  // Writes. On failure (and kNotFound) object and database are as before.
  base::Result<Written> save(const Call& call, ModelState& model, entity::Object& object);
  struct Item {
    ModelState* model;
    entity::Object* object;
  };
  base::Result<Written> save_many(const Call& call, std::span<const Item> items);
  // Several writes, in the call's transaction or one of their own, which `body` is given: all or
  // none. kNotFound takes all back too.
  base::Result<Written> together(const Call& call,
                                 const std::function<base::Result<Written>(const Call&)>& body);
  // ids: the int keys in order, written when the model has them.
  base::Status insert_rows(const Call& call, ModelState& model, const value::Batch& rows,
                           std::span<int64_t> ids);
  // How upserts find the row that is there, and what it takes from the object.
  struct Upserting {
    std::vector<uint32_t> key;                     // a unique one; empty: the primary key
    std::optional<std::vector<uint32_t>> updates;  // of what is set; nullopt: all
  };
  base::Status upsert(const Call& call, ModelState& model, entity::Object& object,
                      const Upserting& how);
  // All or none.
  base::Status upsert_many(const Call& call, ModelState& model,
                           std::span<entity::Object* const> objects, const Upserting& how);
  base::Result<Written> reload(const Call& call, ModelState& model, entity::Object& object);
  base::Result<Written> remove(const Call& call, ModelState& model, entity::Object& object,
                               Mode mode);
  base::Result<Written> remove_many(const Call& call, std::span<const Item> items, Mode mode);
  base::Result<Written> remove_key(const Call& call, ModelState& model, const Key& key, Mode mode);
  base::Result<Written> restore(const Call& call, ModelState& model, entity::Object& object);
  base::Result<Written> increment(const Call& call, ModelState& model, const Key& key,
                                  uint32_t field, int64_t delta, int64_t* out);
  base::Result<int64_t> update_where(const Call& call, ModelState& model,
                                     const query::Criteria& criteria, std::string_view set_json,
                                     bool all);
  base::Result<int64_t> remove_where(const Call& call, ModelState& model,
                                     const query::Criteria& criteria, Mode mode, bool all);

  // Raw SQL. `tables`: names joined by ","; nullptr: anything may have changed.
  base::Result<int64_t> execute(const Call& call, std::string_view sql,
                                std::string_view params_json, const char* tables);
  base::Result<RowSet> select_raw(const Call& call, std::string_view sql,
                                  std::string_view params_json);

  // Schema.
  base::Result<std::string> introspect(const Call& call, std::string_view options_json);
  base::Result<std::vector<std::string>> plan_schema(const Call& call);
  base::Status sync_schema(const Call& call);
  base::Result<std::string> ddl(const ModelState& model, std::string_view dialect) const;

  // Cache.
  int64_t stat(int which) const;  // THING_STAT_*
  std::string stats_json(bool reset);
  // What the cache has of it, and why that does not count, as JSON.
  base::Result<std::string> inspect_key(const Call& call, ModelState& model, const Key& key);
  base::Result<std::string> inspect_query(const Call& call, ModelState& model,
                                          const query::Criteria& criteria, bool counts);
  base::Status evict(ModelState& model, const Key& key);
  base::Status clear_cache(ModelState* model);           // nullptr: all
  base::Status watch_table(ModelState& model, bool on);  // by triggers
  base::Status warm(const Call& call, ModelState& model, std::span<const int64_t> ids);

  LazyLoads& lazy_loads() { return lazy_loads_; }
  entity::HookTable& hooks() { return hooks_; }
  Log& log() { return log_; }
  session::Session& session() { return *session_; }
  const base::Clock& clock() const { return *clock_; }
  const dialect::Dialect& dialect() const { return *dialect_; }
  cache::Stamps& stamps() { return *stamps_; }
  cache::ObjectTable& objects() { return *objects_; }
  cache::Stats& stats() { return stats_; }
  cache::ListTable& lists() { return lists_; }
  PlanCache& plans() { return plans_; }
  // Asks once which text columns compare by bytes; before the cache keeps lists of the model.
  base::Status learn_exactness(session::Connection& connection, ModelState& model);
  // Asks once whether writes to the model's table write more than they say; of a server.
  base::Result<driver::MoreWrites> writes_more(session::Connection& connection, ModelState& model);
  base::Result<query::Lock> row_lock(const Call& call, query::Lock own = {}) const;  // of a read
  void forget_schema() noexcept { schema_generation_.fetch_add(1); }
  // Several write at the same time there, and nothing tells of others' writes.
  bool is_server() const { return config_.is_server(); }
  Shared* shared() { return shared_.get(); }  // nullptr: the cache is this process' own
  Outbox* outbox() { return outbox_.get(); }  // with shared()
  bool use_cache() const { return cache_on_.load(std::memory_order_relaxed); }
  bool may_read_cache(const Call& call, const ModelState& model) const {
    const bool outside = call.tx == nullptr || base::is_removed("tx.reads_past");
    return outside && use_cache() && model.model.cache.is_on && !call.has(kNoCacheRead);
  }
  bool may_fill_cache(const Call& call, const ModelState& model) const {
    const bool outside = call.tx == nullptr || base::is_removed("tx.fills_nothing");
    return outside && use_cache() && model.model.cache.is_on && !call.has(kNoCacheWrite);
  }
  // Whether rows, lists and counts of the model are kept in this process.
  bool has_memory(const Call& call, const ModelState& model) const {
    if (shared_ == nullptr) return true;
    return config_.copies != Copies::kOff && model.model.cache.in_memory && !call.has(kNoCopies);
  }
  bool validates_copies() const {
    return shared_ != nullptr && config_.copies == Copies::kValidate;
  }
  // Joins or leads the one read of a missing entry.
  cache::Flights::Ticket enter_flight(const Call& call, uint64_t key) {
    return flights_.enter(key, [&call] {
      return call.control == nullptr || call.control->state() == base::Code::kOk;
    });
  }
  // Nothing of the model that was kept before the stamp counts.
  static void drop_model(ModelState& model, cache::Stamp stamp);
  void count_sql() { stats_.add(cache::Stat::kSql); }

  // Made by capi for hooks that outlive the object they speak of: a copy of it, and its release.
  std::function<entity::Object*(const entity::Object&)> clone_object;
  std::function<void(entity::Object*)> free_object;
  // The same for objects that the library makes: hooks may see them.
  std::function<entity::Object*(const ModelState&)> new_object;
  struct FreeObject {
    const Store* store = nullptr;
    void operator()(entity::Object* o) const { store->free_object(o); }
  };
  using OwnedObject = std::unique_ptr<entity::Object, FreeObject>;
  OwnedObject make_object(const schema::Model& model) const {
    return {new_object(*static_cast<const ModelState*>(model.state)), FreeObject{this}};
  }
  // Called for each model that is registered, before anybody can find it.
  std::function<void(ModelState&)> on_model;

 private:
  friend class Transaction;
  friend class Cursor;
  friend class Reading;
  friend class Writing;
  friend class Commit;
  friend class ListReader;
  friend struct ModelState;
  explicit Store(Config config);
  base::Status open_shared();
  base::Status open_hearing(std::string_view space);
  base::Status note_tables(Writing& writing, std::string_view tables);
  void apply(const WriteSet& writes, cache::Stamp stamp);
  void drop_twins(const ModelState& model, cache::Stamp stamp);

  Config config_;
  Log log_;
  const base::Clock* clock_;
  const dialect::Dialect* dialect_;
  cache::Stats stats_;
  std::unique_ptr<session::Session> session_;
  std::unique_ptr<Shared> shared_;
  std::unique_ptr<Outbox> outbox_;
  std::unique_ptr<cache::shared::Hearing> hearing_;  // of copies that are told of
  std::unique_ptr<cache::Stamps> stamps_;
  std::unique_ptr<cache::ObjectTable> objects_;
  cache::ListTable lists_;
  cache::Flights flights_;
  PlanCache plans_;
  QueryTexts texts_;
  entity::HookTable hooks_;
  LazyLoads lazy_loads_;
  std::atomic<bool> cache_on_{true};
  std::atomic<uint64_t> schema_generation_{1};  // raised when tables, triggers may have changed
  std::atomic<bool> closed_{false};

  mutable std::shared_mutex models_mutex_;
  std::vector<std::unique_ptr<ModelState>> models_;
  std::atomic<int> model_count_{0};
};

}  // namespace thing::store
