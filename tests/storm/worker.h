#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <random>
#include <string>

#include "board.h"
#include "resp.h"
#include "thing.h"

namespace storm {

// How rows are cached: by the library, or as one would at first: read, then SET; write, then DEL.
enum class Way { kLibrary, kNaive };

// What a worker is to expect.
struct Sky {
  Way way = Way::kLibrary;
  bool loses_marks = false;  // a read may give what was older than what another read gave
  bool is_rough = false;     // links and servers go away
  bool has_copies = false;   // workers keep copies, each its own way: as when marks are lost
  // Who can not reach Redis writes all the same and leaves word in the outbox. What such a write
  // changed may be new in one process and old in another until it returned, or, when it says that
  // others were not told, until there is no word of it any more.
  bool leaves_word = false;
  bool has_deadlines = false;  // nobody tells when a link is dead
  bool cuts_lists = false;     // that are cut are most of what workers ask for

  bool turns_back() const { return loses_marks || has_copies || leaves_word; }
};

struct Servers {
  std::string database, redis;  // URLs
};

// A list that is cut: `take` rows behind `skip`, of a group or (below 0) of all, by falling score
// or, which is the same order, by falling day.
struct Window {
  int64_t group = -1, take = 1, skip = 0;
  bool by_day = false;
  std::string criteria() const;
};

inline constexpr int64_t kScores = 24;
std::string day_of(int64_t score);

// A handle of the storm's table. Tries again while the sky is rough; throws else.
class Worker {
 public:
  Worker(Board& board, Sky sky, const Servers& servers, int number, uint64_t seed);
  ~Worker();
  Worker(const Worker&) = delete;

  void run();          // until board.stop, or it is killed
  void make_tables();  // and the rows
  // At rest every row, list and count is the database's, and comes from the cache again. There is
  // no word left.
  void check_rest();

 private:
  int64_t below(int64_t n) { return std::uniform_int_distribution<int64_t>(0, n - 1)(random_); }
  void open(const Servers& servers);
  thing_ctx* call();  // the context of the next one
  bool failed(thing_status status, thing_error*& error, const char* what);
  void see(int64_t row, int64_t version, int64_t returned, int64_t seen,
           std::atomic<int64_t>& old) const;
  void read(int64_t row);
  int64_t returned(int64_t row) const;
  int64_t read_version(int64_t row, bool& hit, int32_t flags = 0);
  void look_twice(int64_t row);
  void written(int64_t row, int64_t version, bool is_told);
  bool is_told();
  bool write(int64_t row);
  void write_two(int64_t a, int64_t b);
  void move(int64_t row);
  void inherit();
  bool may_inherit(int64_t row);
  bool is_forgotten(int64_t row);
  void await_no_word() const;
  void list(int64_t group);
  void window();
  Window some_window();
  void check_window(const Window& window, thing_ctx* past);
  void count(int64_t row, int64_t group);
  int64_t naive_read(int64_t row, bool& hit);

  Board& board_;
  const Sky sky_;
  const int number_;
  std::mt19937_64 random_;
  const std::string database_;
  thing_db* db_ = nullptr;
  thing_ctx* ctx_ = nullptr;
  const thing_model* items_ = nullptr;
  int32_t version_ = -1, group_ = -1, score_ = -1, day_ = -1;
  int64_t own_[kRows + 1] = {};  // versions that this one wrote
  int64_t due_[kRows + 1] = {};  // the look into the outbox that a row waits for
  std::chrono::steady_clock::time_point found_[kRows + 1] = {};  // it was seen to be moved
  std::unique_ptr<Resp> redis_;                                  // of the naive way
};

}  // namespace storm
