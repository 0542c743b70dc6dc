#pragma once
// The work that is measured, the same on every database: what the floor does and what libthing does
// for it, and the checks that both read the same.
#include <functional>
#include <string>
#include <vector>

#include "floor.h"
#include "harness.h"
#include "library.h"

namespace bench {

// Rows by ids from 1 to `range`, at random.
Work floor_reads(Floor& floor, int64_t range);
Work object_reads(const Library& library, int64_t range);
Work packed_reads(const Library& library, int64_t range);
void read_objects(const Library& library, Random& random, int64_t range, int64_t n);
void read_packed(const Library& library, Random& random, int64_t range, int64_t n);
void fill_cache(const Library& library, int64_t users);

// Lists of active users over an age, the newest first.
Work floor_lists(Floor& floor, int rows);
Work json_lists(const Library& library, int rows);
Work built_lists(const Library& library, int rows);
std::string list_json(int over_age, int64_t take);

// 100 users with their posts, at random places.
Work floor_preloads(Floor& floor, int64_t users);
Work library_preloads(const Library& library, int64_t users);
void expect_same_preload(Floor& floor, const Library& library);

// A list of 20 as JSON text: of the typed call, and of an action.
Work typed_texts(const Library& library);
Work action_texts(const Library& library);

// 100 rows by their ids: one after the other, and at once.
Work floor_batches(Floor& floor, int64_t users);
Work library_batches(const Library& library, int64_t users);

// Each side inserts into a table of its own; rows that were inserted go away between the rounds,
// outside the time.
struct Inserts {
  Floor& floor;
  const Library& library;
  std::function<void()> sweep_floor, sweep_library;
  std::vector<User> users;
  Clock clock;

  Work floor_rows();
  Work one_by_one();
  Work many();
  Work many_call_alone();  // objects are made and freed outside the time
  Work packed();
  // All of them: floor, one by one, many, the call of many, packed.
  std::vector<Samples> compare_all(const Options& options);
  // Inserts once on both sides, calls check(), and sweeps.
  void try_both(const std::function<void()>& check);

 private:
  template <class Once>
  Work swept(const std::function<void()>& sweep, Once once) const;
  double timed(const std::function<void()>& work) const;
};
std::vector<User> new_users(int64_t count);

// One field of one of `hot` users, which are spread over all of them; with no transaction around.
class Updates {
 public:
  Updates(Floor& floor, const Library& library, int64_t users, int64_t hot);
  Work floor_updates();
  Work library_updates();

 private:
  size_t place(int64_t k) const;
  int age(int64_t k) const;

  Floor& floor_;
  const Library& library_;
  std::vector<int64_t> ids_;
  std::vector<Object> objects_;
  int64_t floor_next_ = 0, library_next_ = 0;
};

// Ends the program: the two sides do not agree, so there is nothing to compare.
void expect_same(const char* what, uint64_t floor, uint64_t library);
void expect_same_rows(Floor& floor, const Library& library, int64_t users);
void expect_same_list(Floor& floor, const Library& library, int rows);
void expect_same_batch(Floor& floor, const Library& library, int64_t users);

}  // namespace bench
