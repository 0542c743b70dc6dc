#include "driver/sqlite/sum_functions.h"

#include <algorithm>
#include <new>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "base/decimal.h"
#include "base/decimal_sum.h"

namespace thing::driver::sqlite {
namespace {

constexpr size_t kLeastScale = 20;  // of an average

struct Sum {
  base::DecimalSum sum;
  int64_t count = 0;
};

// SQLite keeps it between the rows of a group; empty where there was none.
Sum** place_of(sqlite3_context* context, bool makes) {
  return static_cast<Sum**>(
      sqlite3_aggregate_context(context, makes ? static_cast<int>(sizeof(Sum*)) : 0));
}

std::string_view text_of(sqlite3_value* v) {
  const unsigned char* text = sqlite3_value_text(v);
  if (text == nullptr) throw std::bad_alloc();
  return {reinterpret_cast<const char*>(text), static_cast<size_t>(sqlite3_value_bytes(v))};
}

bool add(Sum& sum, sqlite3_value* v) {
  ++sum.count;
  switch (sqlite3_value_type(v)) {
    case SQLITE_INTEGER: sum.sum.add(int64_t{sqlite3_value_int64(v)}); return true;
    case SQLITE_TEXT:
    case SQLITE_FLOAT: break;
    default: return false;
  }
  if (sqlite3_value_type(v) == SQLITE_TEXT && sum.sum.add(text_of(v))) return true;
  const auto canonical = base::canonical_decimal(sqlite3_value_type(v) == SQLITE_FLOAT
                                                     ? fmt::format("{}", sqlite3_value_double(v))
                                                     : std::string(text_of(v)));
  return canonical && sum.sum.add(*canonical);
}

void step(sqlite3_context* context, int /*count*/, sqlite3_value** arguments) noexcept {
  if (sqlite3_value_type(arguments[0]) == SQLITE_NULL) return;
  try {
    Sum** const place = place_of(context, true);
    if (place == nullptr) return sqlite3_result_error_nomem(context);
    if (*place == nullptr) *place = new Sum;
    if (add(**place, arguments[0])) return;
    sqlite3_result_error(context, "found a value that is no decimal in a sum", -1);
    sqlite3_result_error_code(context, SQLITE_MISMATCH);
  } catch (const std::bad_alloc&) {
    sqlite3_result_error_nomem(context);
  }
}

template <bool kAverage>
void finish(sqlite3_context* context) noexcept {
  Sum** const place = place_of(context, false);
  if (place == nullptr || *place == nullptr) return sqlite3_result_null(context);
  try {
    std::string text = (*place)->sum.text();
    if (kAverage) {
      const size_t point = std::min(text.find('.'), text.size());
      const size_t scale = std::max(text.size() - point, kLeastScale);
      text = base::divide_decimal(text, (*place)->count, scale);
    }
    sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  } catch (const std::bad_alloc&) {
    sqlite3_result_error_nomem(context);
  }
  delete *place;
  *place = nullptr;
}

}  // namespace

int add_sum_functions(sqlite3* db) {
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
  const int rc = sqlite3_create_function_v2(db, "thing_sum", 1, kFlags, nullptr, nullptr, step,
                                            finish<false>, nullptr);
  if (rc != SQLITE_OK) return rc;
  return sqlite3_create_function_v2(db, "thing_avg", 1, kFlags, nullptr, nullptr, step,
                                    finish<true>, nullptr);
}

}  // namespace thing::driver::sqlite
