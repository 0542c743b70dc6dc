#pragma once
// Word of writes that nobody marked in the cache that processes share: because Redis could not be
// reached when they were committed, or because they were made past this library.
//
// It is a row of the table thing_outbox, committed with the write itself. Every process that
// reaches Redis looks there again and again: it locks what it finds, drops what the cache has of
// it, and deletes it, in this order. Rows are never looked for behind the last one seen, as a
// smaller id may be committed later. To drop twice does no harm.
//
//   tbl       the table as all programs name it: its schema's name and its own, with a dot between
//   row_key   {"column": value} of the primary key; NULL: any of its rows
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cache/shared/wire.h"
#include "session/keeper.h"
#include "store/store.h"

namespace thing::store {

// What was written: a row, or without a key the whole table.
struct Word {
  std::string table;
  std::optional<std::string> key;
  friend auto operator<=>(const Word&, const Word&) = default;
};

// The key of a written row for an outbox; nullopt when it has none that can be told.
std::optional<std::string> key_document(const schema::Model& model, const WriteSet::Row& row);

class Outbox {
 public:
  // Ids of rows that were written together.
  struct Range {
    int64_t first = 0, last = 0;
  };

  explicit Outbox(Store& store);
  ~Outbox();  // close()
  Outbox(const Outbox&) = delete;

  // Looks for the table and, to `make` it, makes it where it is not; then tries it. What fails is
  // kept as why().
  void open(bool make);
  // Whether word can be left there; why() tells why it can not.
  bool is_usable() const { return usable_.load(std::memory_order_acquire); }
  std::string why() const;
  CachePolicy policy() const;  // in force
  // The schema that it is in. Makes the table where it is not.
  base::Result<std::string> make();
  // Looks there again and again from now on.
  void start(cache::shared::Wires& wires);
  void close();
  bool is_of_this_process() const { return process_.is_current(); }

  // Leaves word over the connection, in its transaction if it is in one.
  base::Status note(session::Connection& connection, std::span<const Word> words, Range& range);
  // After the commit: waits until somebody has dropped what the cache has of it. False: nobody did
  // in time.
  bool await(session::Connection& connection, const Range& range) noexcept;
  // Before a new connection to Redis is used: it was not there while others wrote.
  base::Status catch_up(cache::shared::Wire& wire);
  // Drops what the cache has.
  base::Status apply(cache::shared::Wire& wire, session::Connection& connection,
                     std::vector<Word> words);

 private:
  base::Status reach();  // the connection and the table; with mutex_ held
  void disconnect();
  base::Status look_for_table();
  base::Status try_table();
  base::Result<std::vector<Word>> tables_told();
  base::Result<bool> take(cache::shared::Wire& wire);
  base::Status consume();
  void work() noexcept;
  void set_why(std::string why);

  Store& store_;
  const base::Process process_;
  std::atomic<bool> usable_{false};
  std::atomic<bool> closed_{false};
  std::atomic<int64_t> stuck_{0};  // a row that nobody took out for as long as a write waits
  cache::shared::Wires* wires_ = nullptr;

  std::timed_mutex
      mutex_;  // of the connection, which is the outbox' own: whoever needs it holds others
  driver::Control control_;
  std::unique_ptr<session::Connection> connection_;
  std::string schema_;  // "": no table was seen yet

  mutable std::mutex why_mutex_;
  std::string why_;
  session::Keeper keeper_;  // goes first
};

}  // namespace thing::store
