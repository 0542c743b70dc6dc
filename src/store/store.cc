#include "store/store.h"

#include <algorithm>

#include "base/utf8.h"
#include "query/criteria.h"
#include "schema/document.h"
#include "store/backend.h"
#include "store/commit.h"
#include "store/copies.h"
#include "store/keys.h"
#include "store/list.h"
#include "store/outbox.h"
#include "store/reading.h"
#include "store/running.h"
#include "store/shared.h"
#include "text/json.h"

namespace thing::store {

using base::Code;
using base::fail;

namespace {

driver::Projection whole_of(const schema::Model& model) {
  driver::Projection p{.layout = &model.layout, .fields = {}, .partial = false};
  for (uint32_t i = 0; i < model.columns(); ++i) p.fields.push_back(i);
  return p;
}

cache::Mark to_mark(const driver::ChangeMark& m) {
  return {{m.word[0], m.word[1], m.word[2], m.word[3]}};
}
driver::ChangeMark to_change(const cache::Mark& m) {
  return {{m.word[0], m.word[1], m.word[2], m.word[3]}};
}

cache::MarkSource mark_source(driver::ChangeWatch& watch) {
  cache::MarkSource source;
  source.words = watch.words;
  source.read = [&watch]() -> base::Result<cache::Mark> {
    THING_ASSIGN(const driver::ChangeMark mark, watch.read());
    return to_mark(mark);
  };
  source.is_next = [&watch](const cache::Mark& a, const cache::Mark& b) {
    return watch.is_next(to_change(a), to_change(b));
  };
  return source;
}

// For how long rows, lists and counts in memory count, on a server.
cache::Stamps::Age age_of(const Config& config) {
  constexpr int64_t kAlways = int64_t{1} << 47;
  if (config.shared && (config.copies == Copies::kValidate || config.copies == Copies::kTrack))
    return {kAlways, config.copies == Copies::kTrack};
  return {config.copies_for_ms() * 1000, false};
}

// Of the budget, a quarter is for lists and counts.
uint64_t object_bytes(int64_t all) { return static_cast<uint64_t>(all) / 4 * 3; }
uint64_t list_bytes(int64_t all) { return static_cast<uint64_t>(all) / 4; }

}  // namespace

ModelState::ModelState(Store& s, std::unique_ptr<schema::Model> m, uint32_t n)
    : store(s),
      owned(std::move(m)),
      model(*owned),
      number(n),
      whole(whole_of(model)),
      select_one(s.dialect().select_by_key(model, 1)),
      select_for_update(
          s.dialect().select_by_key(model, 1, query::Lock{query::Lock::Kind::kUpdate})),
      writes(model),
      lists(s.lists(), s.stats()),
      shared(s.shared() != nullptr ? std::make_unique<SharedModel>(model) : nullptr) {
  model.state = this;
}

ModelState::~ModelState() = default;

Store::Store(Config config)
    : config_(std::move(config)),
      clock_(&base::system_clock()),
      dialect_(&dialect::sqlite()),
      lists_(list_bytes(config_.cache_bytes)),
      cache_on_(config_.cache) {
  lazy_loads_.set(config_.lazy_loads);
}

base::Result<std::unique_ptr<Store>> Store::open(Config config) {
  std::unique_ptr<Store> store(new Store(std::move(config)));
  THING_ASSIGN(store->session_, session::Session::open(session_options(store->config_)));
  store->dialect_ = &store->session_->dialect();
  driver::ChangeWatch* const watch = store->session_->watch();
  const cache::Stamps::Age age = age_of(store->config_);
  store->stamps_ = watch != nullptr
                       ? std::make_unique<cache::Stamps>(mark_source(*watch), store->stats_)
                   : age.micros != 0 ? std::make_unique<cache::Stamps>(age, store->stats_)
                                     : std::make_unique<cache::Stamps>(store->stats_);
  store->objects_ =
      std::make_unique<cache::ObjectTable>(object_bytes(store->config_.cache_bytes), store->stats_);
  if (store->config_.shared) THING_TRY(store->open_shared());
  return store;
}

// Two databases may share a Redis, and one database may have several names in URLs.
base::Status Store::open_shared() {
  std::string space = config_.cache_space;
  if (space.empty()) {
    const Call call;
    Reading reading(*this, call);
    THING_TRY(reading.open());
    THING_ASSIGN(const auto statement,
                 reading.connection().raw().prepare(dialect_->ask_identity()));
    std::vector<value::Value> row;
    auto found = statement->step_dynamic(row);
    if (!found || !*found || row.size() != 1 || row[0].is_null()) {
      return fail(
          Code::kInvalid,
          "configuration: the database does not tell what tells it from others{}{}; expected "
          "a 'cache_space' that all programs that use it give",
          found ? "" : ": ", found ? "" : std::string(found.error().message()));
    }
    const base::Hash128 hash = base::hash128(row[0].view().bytes);
    space = fmt::format("{:016x}", hash.low ^ hash.high);
  }
  outbox_ = std::make_unique<Outbox>(*this);
  outbox_->open(config_.cache_policy == CachePolicy::kAvailable);
  THING_ASSIGN(auto wires, open_redis(config_, space, [this](cache::shared::Wire& wire) {
                 return outbox_->catch_up(wire);
               }));
  const cache::shared::SharedCache::Options options{
      .ttl_ms = config_.cache_ttl_ms,
      .absent_ttl_ms = config_.cache_absent_ttl_ms,
      .copies_ms = config_.copies == Copies::kLease ? config_.copies_for_ms() : 0,
      .is_told = config_.copies == Copies::kTrack};
  shared_ = std::make_unique<Shared>(*this, std::move(wires), options);
  outbox_->start(shared_->wires());
  return config_.copies == Copies::kTrack ? open_hearing(space) : base::Status();
}

// Before anything is heard no copy counts.
base::Status Store::open_hearing(std::string_view space) {
  cache::shared::Hearing::Told told;
  told.changed = [this](std::string_view key) { forget_copies(*this, key); };
  told.lost = [this](std::string_view heard) {
    shared_->cache().set_heard(heard);
    stamps_->drop_all();
  };
  told.heard = [this](int64_t until) { stamps_->stay_until(until); };
  THING_ASSIGN(hearing_, hear_redis(config_, space, std::move(told)));
  return {};
}

namespace {

// That of a parent: its thread is not there to be waited for, so it can not be destroyed. It stays
// reachable.
void abandon(std::unique_ptr<Outbox> outbox) {
  struct Abandoned {
    std::unique_ptr<Outbox> outbox;
    Abandoned* next;
  };
  static std::atomic<Abandoned*> all{nullptr};
  auto* const here = new (std::nothrow) Abandoned{nullptr, all.load()};
  if (here == nullptr) {
    (void)outbox.release();
    return;
  }
  here->outbox = std::move(outbox);
  while (!all.compare_exchange_weak(here->next, here)) {
  }
}

}  // namespace

Store::~Store() {
  close();
  if (outbox_ != nullptr && !outbox_->is_of_this_process()) abandon(std::move(outbox_));
}

void Store::close() {
  closed_.store(true, std::memory_order_release);
  if (outbox_ != nullptr) outbox_->close();
  hearing_.reset();
  if (session_ != nullptr) session_->close();
}

base::Status Store::set_option(std::string_view key, std::string_view value) {
  if (key != "cache" && key != "cache_bytes" && key != "busy_timeout_ms" && key != "lease" &&
      key != "lazy_loads") {
    return fail(Code::kInvalid,
                "option: found {}, expected one of 'cache', 'cache_bytes', 'busy_timeout_ms', "
                "'lease', 'lazy_loads'",
                base::quoted(key));
  }
  std::unique_lock lock(models_mutex_);
  if (key == "cache" && value != "off" && (value == "redis") != (shared_ != nullptr))
    return fail(Code::kInvalid,
                "option: found cache {}, expected 'off' or that of thing_open, '{}'",
                base::quoted(value), shared_ != nullptr ? "redis" : "memory");
  if (key == "lease" && is_server())
    return fail(Code::kUnsupported, "option: {} has no lease", dialect_->name());
  THING_TRY(set_config(config_, key, value));
  if (key == "cache") {
    // Entries from before were not told of writes while the cache was off.
    if (config_.cache && !use_cache()) stamps_->drop_all();
    cache_on_.store(config_.cache, std::memory_order_relaxed);
  } else if (key == "cache_bytes") {
    objects_->set_max_bytes(object_bytes(config_.cache_bytes));
    lists_.set_max_bytes(list_bytes(config_.cache_bytes));
  } else if (key == "busy_timeout_ms") {
    session_->set_busy_timeout(config_.busy_timeout_ms);
  } else if (key == "lease") {
    session_->set_lease(config_.lease);
  } else {
    lazy_loads_.set(config_.lazy_loads);
  }
  return {};
}

base::Status Store::ping(const Call& call) {
  if (is_closed()) return fail(Code::kClosed, "the database is closed");
  if (call.control != nullptr) THING_TRY(call.control->check());
  static const session::Plan plan("SELECT 1");
  return read_twice(*this, call, [&]() -> base::Status {
    Reading reading(*this, call);
    THING_TRY(reading.open());
    Running running(*this, call, reading.connection(), nullptr);
    THING_TRY(running.prepare(plan));
    return running.execute();
  });
}

std::string Store::info_json() {
  std::shared_lock lock(models_mutex_);
  std::string out;
  text::JsonWriter w(out);
  w.begin_object();
  w.key("url");
  w.string(config_.url);
  w.key("backend");
  w.string(dialect_->name());
  w.key("serverVersion");
  w.string(session_->server_version());
  w.key("mode");
  w.string(config_.mode);
  if (!is_server()) {
    w.key("journal");
    w.string(config_.journal);
    w.key("synchronous");
    w.string(config_.synchronous);
    w.key("foreign_keys");
    w.boolean(config_.foreign_keys);
    w.key("lease");
    w.boolean(config_.lease);
  }
  w.key("cache");
  w.string(!config_.cache ? "off" : shared_ != nullptr ? "redis" : "memory");
  if (shared_ != nullptr) {
    w.key("redis");
    w.string(config_.redis_shown);
    w.key("copies");
    w.string(config_.copies_name);
    w.key("copiesMs");
    w.integer(config_.copies_for_ms());
    w.key("cacheWeakness");
    std::string weakness = shared_->weakness();
    if (outbox_->policy() != config_.cache_policy) {
      weakness += weakness.empty() ? "" : "; ";
      weakness += "writes are not made while Redis can not be reached: " + outbox_->why();
    }
    w.string(weakness);
    w.key("cache_policy");
    w.string(policy_name(outbox_->policy()));
  }
  w.key("cache_bytes");
  w.integer(config_.cache_bytes);
  w.key("busy_timeout_ms");
  w.integer(config_.busy_timeout_ms);
  w.key("connections");
  const session::Stats stats = session_->stats();
  w.begin_object();
  w.key("max");
  w.integer(config_.connections);
  w.key("open");
  w.integer(stats.open);
  w.key("inUse");
  w.integer(stats.in_use);
  if (is_server()) {
    w.key("min");
    w.integer(config_.connections_min);
    w.key("idle");
    w.integer(stats.open - std::min(stats.open, stats.in_use));
    w.key("opened");
    w.integer(stats.opened);
    w.key("closed");
    w.integer(stats.closed);
  } else {
    w.key("leases");
    w.integer(stats.leases);
    w.key("leasedReads");
    w.integer(stats.leased_reads);
  }
  w.key("waiters");
  w.integer(stats.waiters);
  w.key("waits");
  w.integer(stats.waits);
  w.key("waitedUs");
  w.integer(stats.waited);
  w.end_object();
  w.key("models");
  w.begin_array();
  for (const auto& m : models_) w.string(m->model.name);
  w.end_array();
  w.key("lazyLoads");
  lazy_loads_.print(w);
  w.end_object();
  return out;
}

// ---- models

ModelState* Store::find_model(std::string_view name) const {
  std::shared_lock lock(models_mutex_);
  const auto it = std::find_if(models_.begin(), models_.end(),
                               [name](const auto& m) { return m->model.name == name; });
  return it == models_.end() ? nullptr : it->get();
}

ModelState* Store::model_at(int i) const {
  std::shared_lock lock(models_mutex_);
  return i >= 0 && i < static_cast<int>(models_.size()) ? models_[static_cast<size_t>(i)].get()
                                                        : nullptr;
}

// ---- cache

int64_t Store::stat(int which) const {
  if (which == static_cast<int>(cache::Stat::kBytes))
    return static_cast<int64_t>(objects_->bytes() + lists_.bytes());
  if (which == static_cast<int>(cache::Stat::kEntries))
    return static_cast<int64_t>(objects_->entries() + lists_.entries());
  if (which < 1 || which >= static_cast<int>(cache::Stat::kEnd)) return 0;
  return stats_.get(static_cast<cache::Stat>(which));
}

std::string Store::stats_json(bool reset) {
  constexpr std::pair<cache::Stat, std::string_view> kNames[] = {
      {cache::Stat::kObjectHit, "objectHit"},       {cache::Stat::kObjectMiss, "objectMiss"},
      {cache::Stat::kObjectFill, "objectFill"},     {cache::Stat::kAbsentHit, "absentHit"},
      {cache::Stat::kAbsentFill, "absentFill"},     {cache::Stat::kListHit, "listHit"},
      {cache::Stat::kListMiss, "listMiss"},         {cache::Stat::kListFill, "listFill"},
      {cache::Stat::kCountHit, "countHit"},         {cache::Stat::kCountMiss, "countMiss"},
      {cache::Stat::kCountFill, "countFill"},       {cache::Stat::kEviction, "eviction"},
      {cache::Stat::kInvalidation, "invalidation"}, {cache::Stat::kForeignChange, "foreignChange"},
      {cache::Stat::kFlightJoin, "flightJoin"},     {cache::Stat::kBytes, "bytes"},
      {cache::Stat::kEntries, "entries"},           {cache::Stat::kSql, "sql"},
      {cache::Stat::kDegraded, "degraded"},
  };
  std::string out;
  text::JsonWriter w(out);
  w.begin_object();
  for (const auto& [which, name] : kNames) {
    w.key(name);
    w.integer(stat(static_cast<int>(which)));
  }
  if (shared_ != nullptr) {
    print_reasons(w, shared_->cache().reasons());
    if (reset) shared_->cache().reasons().reset();
  }
  w.end_object();
  if (reset) stats_.reset();
  return out;
}

base::Status Store::evict(ModelState& model, const Key& key) {
  const std::string bytes = key.is_integer ? std::string() : key_bytes(key);
  if (shared_ == nullptr) {
    objects_->evict(object_key(model, key, bytes));
    return {};
  }
  auto until = shared_->drop(model, &key);
  objects_->invalidate(object_key(model, key, bytes), stamps_->advance());
  model.lists.drop(stamps_->advance());
  if (!until) return fail(std::move(until.error()));
  wait_until(*until);
  return {};
}

// Memory comes last: it may be filled from Redis until that is told.
base::Status Store::clear_cache(ModelState* model) {
  base::Status done;
  int64_t until = 0;
  for (int i = 0; shared_ != nullptr && i < model_count(); ++i) {
    if (model != nullptr && model_at(i) != model) continue;
    auto dropped = shared_->drop(*model_at(i), nullptr);
    if (dropped) until = std::max(until, *dropped);
    if (!dropped) done = fail(std::move(dropped.error()));
  }
  const cache::Stamp stamp = stamps_->advance();
  if (model == nullptr) {
    objects_->clear();
    stamps_->drop_all();
    for (int i = 0; i < model_count(); ++i) model_at(i)->lists.drop(stamp);
  } else {
    drop_model(*model, stamp);
    drop_twins(*model, stamp);
  }
  wait_until(until);
  return done;
}

}  // namespace thing::store
