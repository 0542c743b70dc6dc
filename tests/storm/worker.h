#pragma once
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
};

struct Servers {
  std::string database, redis;  // URLs
};

// A handle of the storm's table. Tries again while the sky is rough; throws else.
class Worker {
 public:
  Worker(Board& board, Sky sky, const Servers& servers, int number, uint64_t seed);
  ~Worker();
  Worker(const Worker&) = delete;

  void run();          // until board.stop, or it is killed
  void make_tables();  // and the rows
  // At rest every row, list and count is the database's, and comes from the cache again.
  void check_rest();

 private:
  int64_t below(int64_t n) { return std::uniform_int_distribution<int64_t>(0, n - 1)(random_); }
  void open(const Servers& servers);
  bool failed(thing_status status, thing_error*& error, const char* what);
  void see(int64_t row, int64_t version, int64_t returned, int64_t seen,
           std::atomic<int64_t>& old) const;
  void read(int64_t row);
  int64_t read_version(int64_t row, bool& hit);
  bool write(int64_t row);
  void write_two(int64_t a, int64_t b);
  void move(int64_t row);
  void inherit();
  void list(int64_t group);
  void count(int64_t row, int64_t group);
  int64_t naive_read(int64_t row, bool& hit);

  Board& board_;
  const Sky sky_;
  const int number_;
  std::mt19937_64 random_;
  thing_db* db_ = nullptr;
  const thing_model* items_ = nullptr;
  int32_t version_ = -1, group_ = -1;
  std::unique_ptr<Resp> redis_;  // of the naive way
};

}  // namespace storm
