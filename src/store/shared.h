#pragma once
// The store's part of the shared cache: what cells a commit writes, what a query depends on, and
// which commits are over.
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cache/shared/shared_cache.h"
#include "store/outbox.h"
#include "store/plans.h"
#include "store/store.h"
#include "store/watch.h"
#include "store/window.h"
#include "text/json.h"

namespace thing::store {

// What a writer has to know of one template.
struct SharedShape {
  cache::shared::Template text;
  std::vector<uint32_t> equal;  // fields
  std::vector<uint64_t> on;     // bit i of word i/64: a change of field i matters
  WindowOrder order;            // of lists that are cut; a row behind all of them does not matter
  bool is_strange = false;      // of columns that the model does not have: any write matters
};

// The templates of a table, as they were learned last. Immutable.
struct SharedKnown {
  cache::shared::Registry registry;
  std::vector<SharedShape> shapes;
};

struct SharedQuery;

// What a model keeps for the shared cache.
class SharedModel {
 public:
  explicit SharedModel(const schema::Model& model);
  const std::string fingerprint;  // of what its rows are, by columns
  // The name of the cell of a row: programs that have another primary key for the table have other
  // names.
  std::string row_cell(const Key& key) const;
  std::string row_cell(std::string_view key) const;
  // The key in such a name; nullopt for other cells.
  std::optional<std::string_view> key_of(std::string_view cell) const;
  // Fields that the database changes by itself when it changes others.
  const std::vector<uint32_t>& changing() const { return changing_; }  // with the table

  // The table as all programs name it; nullptr before it is known which one is meant.
  const cache::shared::Table* table() const { return table_.load(std::memory_order_acquire); }
  base::Status learn_table(session::Connection& connection, const schema::Model& model);

  std::shared_ptr<const SharedKnown> known() const;
  void learn(const schema::Model& model, cache::shared::Registry registry);

  // Of queries whose model is_shareable(): to make one takes longer than the lookup that it is for.
  std::shared_ptr<const SharedQuery> query(const ModelState& model, const query::Query& query,
                                           cache::Kind kind);

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const SharedKnown> known_;
  TextCache<SharedQuery, 1024> lists_, counts_;  // by identity
  const std::string key_types_;
  const std::string row_prefix_;
  std::vector<uint32_t> changing_;
  std::unique_ptr<cache::shared::Table> owned_table_;
  std::atomic<const cache::shared::Table*> table_{nullptr};
};

// Of what is compared by equality, what the database keeps just as it is given: it may round a
// time, and fill bytes up. As text it is the same for all.
bool is_kept_as_given(value::Type type);

// What a query depends on, and the name of its result.
struct SharedQuery {
  SharedQuery(const schema::Model& model, const query::Query& query,
              const query::Exactness& exactness, cache::Kind kind);
  SharedQuery(const SharedQuery&) = delete;  // depends points into it
  std::shared_ptr<const QueryWatch> watch;
  cache::shared::Template shape;
  cache::shared::Depends depends;
  std::string hash;
  std::string identity;
};

// "redis": why things were not found or kept, as a member of the object that is being written.
void print_reasons(text::JsonWriter& w, cache::shared::Reasons& reasons);
// The table's name with that of its schema, which search paths of programs may find in different
// ways; nullopt when there is no such table.
base::Result<std::optional<std::string>> full_name(session::Connection& connection,
                                                   const std::string& table);

// Until when copies of what was dropped now may still be used anywhere, as Commit::wait_until().
int64_t end_of_copies();

class Shared {
 public:
  Shared(Store& store, std::unique_ptr<cache::shared::Wires> wires,
         cache::shared::SharedCache::Options options);
  cache::shared::SharedCache& cache() { return cache_; }
  cache::shared::Wires& wires() { return *wires_; }

  // Whether rows and lists of the model may come from the cache and go there, as far as the call is
  // concerned. Asks the database once what there is to know.
  bool is_open_to(const Call& call, ModelState& model);
  // What is read from here on is asked over links that were greeted since.
  void renew_links() noexcept { wires_->renew(); }
  std::string weakness() const { return wires_->weakness(); }
  // Drops a row with the lists of its table, or for nullptr all of the table, for all who share the
  // cache: of what was written past it. Where Redis can not be reached, word of it is left.
  // `connection`: what the caller holds, if any, and is in no transaction. Gives until when copies
  // may still be used, as Commit::wait_until().
  base::Result<int64_t> drop(ModelState& model, const Key* key,
                             session::Connection* connection = nullptr);
  struct Dropped {
    int64_t until = 0;
    bool is_told = true;
  };
  Dropped drop_all(session::Connection* connection) noexcept;  // of all models
  // What was written, as word of it.
  base::Result<std::vector<Word>> words_of(session::Connection& connection,
                                           const WriteSet& writes) const;
  // Whether a write of these fields (none: a row comes or goes) needs the row's images.
  static bool needs_images(ModelState& model, std::span<const uint32_t> fields);
  // Marks what the commit writes. `marked` is what has to be cleared then, also after a failure.
  base::Status mark(session::Connection& connection, const cache::shared::Token& token,
                    const WriteSet& writes, std::vector<cache::shared::Cells>& marked);
  // The rows of what was committed, as the database has them, go to the cells that were marked for
  // them: clear() puts them there.
  static void put_rows(const WriteSet& writes, std::span<cache::shared::Cells> marked);
  // Commits that were met in marks: those that were met before, and long ago, are asked about. When
  // the database says that one is over, its mark goes.
  void settle(const Call& call, ModelState& model,
              std::span<const cache::shared::Met> met) noexcept;

 private:
  struct Plan {
    ModelState* model = nullptr;
    bool whole = false;
    std::vector<const WriteSet::Row*> rows;
  };
  base::Result<std::vector<Plan>> plan(session::Connection& connection,
                                       const WriteSet& writes) const;
  static cache::shared::Cells cells_of(const Plan& plan, const SharedKnown& known);
  base::Status mark_tables(session::Connection& connection, const cache::shared::Token& token,
                           std::span<const std::string> names,
                           std::vector<cache::shared::Cells>& marked);
  bool is_due(const cache::shared::Token& token);
  base::Result<bool> is_over(const Call& call, uint64_t session);

  Store& store_;
  std::unique_ptr<cache::shared::Wires> wires_;
  cache::shared::SharedCache cache_;
  std::mutex tables_mutex_;
  std::map<std::string, std::unique_ptr<const cache::shared::Table>> tables_;
  std::mutex met_mutex_;
  std::map<cache::shared::Token, int64_t> met_;  // and when, first
};

}  // namespace thing::store
