#include "driver/sqlite/list_function.h"

#include <new>
#include <string_view>
#include <vector>

#include "value/document.h"
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

value::ValueView view_of(sqlite3_value* v) {
  if (sqlite3_value_type(v) == SQLITE_INTEGER)
    return value::ValueView::of_int(Type::kInt, sqlite3_value_int64(v));
  return value::ValueView::of_bytes(Type::kText, text_of(v));
}

// thing_json(test, whether it is insensitive, shape, document, values...)
void run_document(sqlite3_context* context, int count, sqlite3_value** arguments) noexcept {
  constexpr int kBefore = 4;
  constexpr size_t kLongestShape =
      4096;  // above those of conditions; what nests in it is recursive
  if (count < kBefore) return sqlite3_result_error(context, "thing_json: too few arguments", -1);
  try {
    const auto op = value::find_document_op(text_of(arguments[0]));
    if (!op || text_of(arguments[2]).size() > kLongestShape)
      return sqlite3_result_error(context, "thing_json: no such test", -1);
    if (sqlite3_value_type(arguments[3]) == SQLITE_NULL) {
      if (*op == value::DocumentOp::kExists) return sqlite3_result_int(context, 0);
      return sqlite3_result_null(context);
    }
    std::vector<value::ValueView> values;
    for (int i = kBefore; i < count; ++i) values.push_back(view_of(arguments[i]));
    bool is_sure = true;
    const value::Answer answer =
        value::test_document(*op, sqlite3_value_int(arguments[1]) != 0, text_of(arguments[2]),
                             values, text_of(arguments[3]), is_sure);
    if (answer == value::Answer::kUnknown) return sqlite3_result_null(context);
    sqlite3_result_int(context, answer == value::Answer::kYes ? 1 : 0);
  } catch (const std::bad_alloc&) {
    sqlite3_result_error_nomem(context);
  }
}

}  // namespace

int add_list_function(sqlite3* db) {
  constexpr int kArguments = 4;
  // No schema depends on it: a program that does not know the function can use the file.
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
  const int added = sqlite3_create_function_v2(db, "thing_list", kArguments, kFlags, nullptr, run,
                                               nullptr, nullptr, nullptr);
  if (added != SQLITE_OK) return added;
  constexpr int kAny = -1;
  return sqlite3_create_function_v2(db, "thing_json", kAny, kFlags, nullptr, run_document, nullptr,
                                    nullptr, nullptr);
}

}  // namespace thing::driver::sqlite
