#include "driver/sqlite/list_function.h"

#include <new>
#include <string_view>

#include "value/list.h"

namespace thing::driver::sqlite {
namespace {

using value::ListTest;
using value::Type;

std::string_view text_of(sqlite3_value* v) {
  const unsigned char* text = sqlite3_value_text(v);
  if (text == nullptr) return {};
  return {reinterpret_cast<const char*>(text), static_cast<size_t>(sqlite3_value_bytes(v))};
}

ListTest test_of(std::string_view name) {
  if (name == "equal") return ListTest::kEqual;
  return name == "every" ? ListTest::kEvery : ListTest::kSome;
}

void run(sqlite3_context* context, int /*count*/, sqlite3_value** arguments) noexcept {
  try {
    const Type list = value::list_of(value::parse_type(text_of(arguments[1])));
    const auto answer = value::test_list(test_of(text_of(arguments[0])), list,
                                         text_of(arguments[2]), text_of(arguments[3]));
    if (answer) return sqlite3_result_int(context, *answer ? 1 : 0);
    sqlite3_result_null(context);
  } catch (const std::bad_alloc&) {
    sqlite3_result_error_nomem(context);
  }
}

}  // namespace

int add_list_function(sqlite3* db) {
  constexpr int kArguments = 4;
  // No schema depends on it: a program that does not know the function can use the file.
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
  return sqlite3_create_function_v2(db, "thing_list", kArguments, kFlags, nullptr, run, nullptr,
                                    nullptr, nullptr);
}

}  // namespace thing::driver::sqlite
