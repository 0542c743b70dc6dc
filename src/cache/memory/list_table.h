#pragma once
// Results of queries: lists and counts, kept per model.
//
// An entry counts while no commit touched it. The write path gives each commit's row images to the
// model's entries: those whose condition says "not a member before, not a member after" stay; see
// Watch. Which entries to ask is narrowed by groups: entries of one shape of condition share a
// group, and inside it those with the same values for the columns compared by equality share a
// bucket, so "user 5's items" is asked only about rows of user 5.
//
// A list keeps keys and, beside them, the rows. Rows count only until the next write to the model;
// then they are put together again from the keys and the object table.
#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "cache/stamps.h"
#include "cache/stats.h"
#include "value/row.h"

namespace thing::cache {

// What a change does to an entry.
enum class Effect : uint8_t { kNone, kDrop };

// A changed row: before and after, either may be empty (insert, delete).
struct Images {
  value::RowView before, after;
};

// What an entry depends on. Immutable.
class Watch {
 public:
  virtual ~Watch() = default;
  virtual Effect effect(const Images& images) const = 0;
  // Entries with equal group have conditions of one shape.
  virtual base::Hash128 group() const = 0;
  // Of the values that this entry's condition compares by equality; and of the same columns in a
  // row: nullopt when the row can not match (a NULL there).
  virtual uint64_t bucket() const = 0;
  virtual std::optional<uint64_t> bucket_of(const value::RowView& row) const = 0;
  // Bit i of word i/64: a change of field i may matter.
  virtual const std::vector<uint64_t>& fields() const = 0;
};

// The keys of a list, immutable.
struct Keys {
  std::vector<int64_t> integers;
  value::BatchRef packed;  // models with another key: one column per key field
  uint64_t count = 0;
};

struct List {
  std::shared_ptr<const Keys>
      keys;  // nullptr when the list is of parts of rows: then it lives only as long as its rows
  value::BatchRef rows;  // empty when they do not count any more
  // Stamps of the shared cache that it holds under, to be looked at before it is used; or nullptr.
  std::shared_ptr<const std::vector<std::string>> stamps;
};

enum class Kind : uint8_t { kList, kCount };

class ListTable;

// The entries of one model.
class ModelLists {
 public:
  ModelLists(ListTable& table, Stats& stats) : table_(table), stats_(stats) {}

  // An entry of this identity that counts. Texts are compared, not only hashes.
  std::optional<List> find_list(const base::Hash128& hash, std::string_view identity, Stamp floor);
  std::optional<int64_t> find_count(const base::Hash128& hash, std::string_view identity,
                                    Stamp floor);
  // Keep a result that was read when `stamp` held; refused when the model was written since.
  void put_list(const base::Hash128& hash, std::string_view identity,
                std::shared_ptr<const Watch> watch, List list, Stamp stamp);
  void put_count(const base::Hash128& hash, std::string_view identity,
                 std::shared_ptr<const Watch> watch, int64_t count, Stamp stamp);
  // Rows put together again from the keys while `stamp` held.
  void put_rows(const base::Hash128& hash, std::string_view identity, value::BatchRef rows,
                Stamp stamp);

  // Which fields any entry depends on; empty when there is no entry.
  std::vector<uint64_t> fields();
  bool empty() const { return size_.load(std::memory_order_relaxed) == 0; }

  // A commit with this stamp changed rows of the model: those images, ...
  void apply(std::span<const Images> images, Stamp stamp);
  // ... or rows unknown: all entries go.
  void drop(Stamp stamp);
  // A commit under way will write rows of the model: until unmark() nothing is kept, and no list is
  // put together from rows.
  void mark();
  void unmark();

 private:
  struct Entry {
    base::Hash128 hash;
    Kind kind = Kind::kList;
    std::string identity;
    std::shared_ptr<const Watch> watch;
    List list;
    int64_t count = 0;
    Stamp stamp = 0;
    Stamp rows_stamp = 0;
    uint64_t bytes = 0;
    bool used = false;
    bool dropped = false;  // during apply()
    std::list<Entry*>::iterator place{};
  };
  struct HashOf {
    size_t operator()(const base::Hash128& h) const { return h.low; }
  };
  using Bucket = std::vector<Entry*>;
  struct Group {
    std::shared_ptr<const Watch> any;  // to ask for bucket_of
    std::unordered_map<uint64_t, Bucket> buckets;
  };

  Entry* find(const base::Hash128& hash, Kind kind, std::string_view identity, Stamp floor);
  void put(Entry entry);
  void remove(Entry* entry);
  void make_room(uint64_t bytes);
  void touch(Group& group, const value::RowView& row, const Images& images,
             std::vector<Entry*>& dropped);

  ListTable& table_;
  Stats& stats_;
  std::mutex mutex_;
  std::unordered_multimap<base::Hash128, std::unique_ptr<Entry>, HashOf> entries_;
  std::unordered_map<base::Hash128, Group, HashOf> groups_;
  std::list<Entry*> clock_;  // in order of arrival, for eviction
  std::vector<uint64_t> fields_;
  Stamp last_write_ = 0;
  uint64_t marks_ = 0;
  std::atomic<uint64_t> size_{0};
};

// The budget that the models' entries share.
class ListTable {
 public:
  explicit ListTable(uint64_t max_bytes) : max_bytes_(max_bytes) {}
  void set_max_bytes(uint64_t bytes) { max_bytes_.store(bytes, std::memory_order_relaxed); }
  uint64_t max_bytes() const { return max_bytes_.load(std::memory_order_relaxed); }
  uint64_t max_entry_bytes() const { return max_bytes() / 8; }
  uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  uint64_t entries() const { return entries_.load(std::memory_order_relaxed); }

 private:
  friend class ModelLists;
  std::atomic<uint64_t> max_bytes_;
  std::atomic<uint64_t> bytes_{0};
  std::atomic<uint64_t> entries_{0};
};

}  // namespace thing::cache
