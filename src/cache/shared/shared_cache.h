#pragma once
// The cache that processes share: rows, lists and counts in Redis, and the marks that keep them
// right. docs/design/cache.md has the protocol and why it holds. What Redis can not tell is a miss:
// no read fails because of it.
#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cache/shared/cell.h"
#include "cache/shared/reasons.h"
#include "cache/shared/wire.h"

namespace thing::cache::shared {

// A table, as the cache names it: equal for all programs that mean the same one.
struct Table {
  Table(std::string_view full_name, std::string key_types);
  std::string name;                       // as databases have it, with its schema where it has one
  std::string tag;                        // "{users}:"
  std::string key;                        // the types of its primary key
  int64_t ttl_ms = 0, absent_ttl_ms = 0;  // 0: those of the cache
};

// A commit that was met in a mark, and where.
struct Met {
  std::string cell;
  Token token;
};

// How long copies may be used at most before writers return, in milliseconds.
inline constexpr int64_t kLongestLease = 10;

enum class Seen : uint8_t {
  kNothing,
  kRow,
  kAbsent,
  kLeased,
  kSame,  // the value with the nonce that the caller knows
};

// A look at some rows of a table.
struct Look {
  struct Row {
    Seen seen = Seen::kNothing;
    std::string row;
    std::string nonce;  // of the value
  };
  std::vector<Row> rows;
  bool may_copy = false;  // who changes it tells of it, as Options says
  // Of the leased ones.
  std::string nonce, table, inserts;
  std::vector<Met> met;
  bool is_awaited = false;  // somebody else is about to fill one
  bool is_still = false;    // what find() was asked under holds
};

// The shape of a query: writers are told by it which queries a row may matter to.
struct Template {
  std::string id;    // 16 bytes
  std::string text;  // what a writer needs to know
};
struct Registry {
  std::string nonce;  // "" before there is one
  std::vector<Template> templates;
};

// What a query depends on.
struct Depends {
  const Template* shape = nullptr;
  std::vector<std::string> buckets;  // names of cells
  bool is_window = false;            // a list that is cut at a place of its order; one bucket
};

// What was found, or is to be kept, and the stamps that it holds under.
struct Under {
  const Depends* depends = nullptr;
  std::vector<std::string> stamps;
  std::string last;       // for rows that come with a list; "": they are not to be put
  std::string soft;       // of a list that is cut: what acquire() found; "": nothing may pass it by
  bool may_copy = false;  // as of Look
};

// Cells of one table that a commit writes.
struct Cells {
  const Table* table = nullptr;
  std::vector<std::string> names;
  // Of each name the first place in the order of its lists that is written; "": any. Empty when all
  // are.
  std::vector<std::string> places;
  // The registry that they were worked out with; nullptr: no query can be missing.
  const Registry* registry = nullptr;

  // For clear(): of each name what it holds from then on, if nobody else wrote it; "": nothing.
  // Empty when there are none.
  std::vector<std::string> values;
  std::string stamp;  // the table's, as mark() found it; "": values do not count

  enum class Outcome : uint8_t { kMarked, kNews, kOtherKey };
  Outcome outcome = Outcome::kMarked;
  Registry news;                      // kNews: the registry as it is
  int64_t copies_ms = kLongestLease;  // kMarked: that copies may be used from then on
};

// What is there of a row or a query, for people.
struct Inspected {
  std::string key;    // in Redis
  std::string holds;  // "row", "absent", "lease", "mark", "entry", "nothing", "unknown",
                      // "unreachable"
  bool counts = false;
  std::string why;  // it does not
  // What a query depends on: "same", "changed", "marked", "gone"; "there" when there is no entry.
  struct Part {
    std::string key, state;
  };
  std::vector<Part> depends;
};

class SharedCache {
 public:
  struct Options {
    int64_t ttl_ms = 600'000;  // of values and entries, up to a tenth less
    int64_t absent_ttl_ms = 60'000;
    // That copies of what is found are used without asking; writers wait for so long. 0: they do
    // not.
    int64_t copies_ms = 0;
    bool is_told = false;  // copies are used until it is heard that they changed
    int64_t lease_ms = 3'000;
    int64_t bucket_ttl_ms = 3'600'000;
  };
  SharedCache(Wires& wires, Options options) : wires_(wires), options_(options) {}

  static std::string bucket_cell(const Template& shape, uint64_t values);
  static constexpr const char* kTableCell = "t";     // any row of the table may have changed
  static constexpr const char* kRegistryCell = "n";  // the registry of templates is another
  static constexpr const char* kInsertsCell = "i";   // rows whose keys are not known yet came

  // Rows by the names of their cells. A row whose layout is not `fingerprint` is nothing. With
  // `under`, in the same moment, whether that still holds. `known`: nonces of values that need not
  // be sent again, "" for none; or nothing.
  Look find(const Table& table, std::span<const std::string> cells, std::string_view fingerprint,
            const Under* under = nullptr, std::span<const std::string> known = {});
  // The same for those that find() did not see, and what nobody has is leased: to be filled after a
  // read of the database that begins after this returned.
  void lease(const Table& table, std::span<const std::string> cells, std::string_view fingerprint,
             Look& look);
  // Values of leased rows: what was read; empty: the row is absent; nullopt: it is not to be kept,
  // and the lease is given back. True when all were put.
  bool fill(const Table& table, const Look& look, std::span<const std::string> cells,
            std::string_view fingerprint, std::span<const std::optional<std::string_view>> rows);

  // The result of a query, when all that it depends on is as it was; and the stamps of that.
  std::optional<std::string> find_entry(const Table& table, std::string_view hash,
                                        std::string_view identity, Under& under);
  // Gives the stamps to read the database under; false when nothing may be kept now. `rows`: those
  // that come with the list are to be put.
  bool acquire(const Table& table, Under& under, std::vector<Met>& met, bool rows = false);
  // `end`: of a list that is cut the place of its last row, when there may be rows behind it.
  // False: it was not put.
  bool put_entry(const Table& table, std::string_view hash, std::string_view identity,
                 const Under& under, std::string_view result, std::string_view end = "");
  bool is_still(const Table& table, const Under& under);
  // Rows that were read under what acquire() gave, where nothing is known of them yet. How many
  // were put.
  int64_t put_rows(const Table& table, const Under& under, std::span<const std::string> cells,
                   std::string_view fingerprint, std::span<const std::string_view> rows);

  // Before COMMIT is sent. On failure `sent` tells whether there may be marks all the same, now or
  // later: then they are to be cleared, and to be left to others by the end of the session.
  base::Status mark(const Token& token, std::span<Cells> cells, bool& sent);
  // After the outcome is known. Gives how many marks had been lost: then others may have filled and
  // copied what was before until now.
  base::Result<int64_t> clear(const Token& token, std::span<const Cells> cells);
  // Rows and all lists of the table, or all of it, as of a write that nobody marked and that is
  // committed.
  base::Status drop(const Table& table, std::span<const std::string> cells, bool whole);
  static base::Status drop(Wire& wire, const Table& table, std::span<const std::string> cells,
                           bool whole);
  // Of a commit that the database says is over.
  void resolve(const Table& table, const Met& met);

  Inspected inspect(const Table& table, const std::string& cell, std::string_view fingerprint);
  Inspected inspect_entry(const Table& table, std::string_view hash, std::string_view identity,
                          const Depends& depends);
  Reasons& reasons() { return reasons_; }

  // The space whose changes are heard of; "" for none.
  void set_heard(std::string_view space);

  Token next_token(uint64_t session) {
    return {session, sequence_.fetch_add(1, std::memory_order_relaxed) + 1};
  }

 private:
  std::string ttl(int64_t ms) const;
  struct Asked {
    std::span<const std::string> cells, known;
    std::string_view fingerprint;
    const Under* under;
  };
  base::Status look(Wire& wire, const Table& table, const Asked& asked, Look& out);
  base::Status look_for_absent(Wire& wire, const Table& table,
                               const std::vector<std::pair<size_t, std::string>>& absent,
                               Look& out);
  bool may_copy(Wire& wire, const Table& table, std::optional<int64_t> told);
  base::Status take_leases(Wire& wire, const Table& table, std::span<const std::string> cells,
                           std::string_view fingerprint, Look& out);
  base::Result<Reply> stamps_of(Wire& wire, const Table& table, const Depends& depends,
                                std::string_view entry);

  Wires& wires_;
  const Options options_;
  std::atomic<uint64_t> sequence_{0};
  Reasons reasons_;
  std::atomic<uint64_t> heard_{0};  // hash of that space
};

}  // namespace thing::cache::shared
