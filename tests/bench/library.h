#pragma once
// libthing as the benchmark calls it: thing.h with owners around its handles, and a reader of
// packed rows.
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <thing.h>

#include "users.h"

namespace bench {

struct Free {
  void operator()(thing_obj* p) const { thing_obj_free(p); }
  void operator()(thing_rows* p) const { thing_rows_free(p); }
  void operator()(thing_buf* p) const { thing_buf_free(p); }
  void operator()(thing_criteria* p) const { thing_criteria_free(p); }
  void operator()(thing_tx* p) const { thing_tx_free(p); }
  void operator()(thing_db* p) const { thing_close(p); }
};
template <class T>
using Own = std::unique_ptr<T, Free>;
using Object = Own<thing_obj>;
using Rows = Own<thing_rows>;
using Buffer = Own<thing_buf>;
using Query = Own<thing_criteria>;

enum Field : int32_t { kId, kName, kEmail, kAge, kScore, kActive, kCreatedAt };

[[noreturn]] void fail(thing_status status, const char* what, const char* message);

// Runs call(err) and ends the program when it fails.
template <class Call>
inline thing_status check(const char* what, Call&& call) {
  thing_error* error = nullptr;
  const thing_status status = call(&error);
  if (status < 0) [[unlikely]]
    fail(status, what, thing_error_message(error));
  return status;
}

// A packed row, read in place.
class PackedRow {
 public:
  PackedRow(const uint8_t* batch, int64_t row) {
    const uint32_t words = (u32(batch + 12) + 63) / 64 * (1 + (batch[6] & 1));
    slots_ = batch + u32(batch + 20) + row * u32(batch + 16) + 8 * words;
    heap_ = batch + u32(batch + 24);
  }
  int64_t integer(int column) const { return load<int64_t>(slots_ + 8 * column); }
  double real(int column) const { return load<double>(slots_ + 8 * column); }
  std::string_view text(int column) const {
    const uint8_t* at = slots_ + 8 * column;
    return {reinterpret_cast<const char*>(heap_ + u32(at)), u32(at + 4)};
  }

 private:
  template <class T>
  static T load(const uint8_t* at) {
    T v;
    std::memcpy(&v, at, sizeof v);
    return v;
  }
  static uint32_t u32(const uint8_t* at) { return load<uint32_t>(at); }
  const uint8_t* slots_;
  const uint8_t* heap_;
};

// Every column of a row, the same number as Digest gives for the user.
void digest(const thing_obj* o, Digest& d);
void digest(const PackedRow& row, Digest& d);
int64_t digest(const thing_rows* rows, Digest& d);  // of all rows; gives their number

// The users as a packed batch without ids, for thing_save_packed.
std::vector<uint8_t> pack(const thing_model* model, const std::vector<User>& users);

// One open database with a model of users.
class Library {
 public:
  explicit Library(const std::string& url, const std::string& model = kUserModel);

  thing_db* db() const { return db_.get(); }
  const thing_model* user() const { return user_; }
  void sync();
  std::string ddl(const char* dialect) const;  // of the model

  Object by_id(int64_t id) const;
  Rows by_ids(const int64_t* ids, int64_t n) const;
  Rows query(const std::string& json) const;
  Rows query(const thing_criteria* q) const;
  Query parse(const std::string& json) const;
  Object make(const User& u) const;  // a new object
  int64_t sql_number(const char* sql) const;
  int64_t stat(int32_t which) const { return thing_cache_stat(db(), which); }

 private:
  Own<thing_db> db_;
  const thing_model* user_ = nullptr;
};

class Transaction {
 public:
  explicit Transaction(const Library& library);
  thing_ctx* ctx() const { return thing_tx_ctx(tx_.get()); }
  void commit();

 private:
  Own<thing_tx> tx_;
};

}  // namespace bench
