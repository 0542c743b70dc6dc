#include "word.h"

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <thread>

namespace storm {
namespace {

constexpr const char* kModel =
    R"({"name": "Word", "table": "thing_outbox", "fields": {
         "id": {"type": "int", "primary": true},
         "row_key": {"type": "text", "null": true}}})";

// Copies of what was dropped are used for 10 ms, and a hundredth, at most.
constexpr auto kCopies = std::chrono::milliseconds(12);

// {"id": 7}; 0 for anything else.
int64_t row_of(const char* key) {
  const std::string text = key;
  const size_t digit = text.find_first_of("0123456789");
  return digit == text.npos ? 0 : std::strtoll(text.c_str() + digit, nullptr, 10);
}

}  // namespace

Outbox::Outbox(const std::string& database) {
  const std::string url =
      database + (database.find('?') == database.npos ? "?" : "&") + "cache=off&connections=1";
  thing_error* error = nullptr;
  thing_status done = thing_open(url.data(), static_cast<int64_t>(url.size()), &db_, &error);
  if (done >= 0) done = thing_model_register(db_, kModel, -1, &error);
  if (done < 0) {
    const std::string message = thing_error_message(error);
    thing_error_free(error);
    thing_close(db_);
    throw std::runtime_error(message);
  }
  model_ = thing_model_find(db_, "Word", -1);
}

Outbox::~Outbox() { thing_close(db_); }

std::optional<std::set<int64_t>> Outbox::words() const {
  thing_error* error = nullptr;
  thing_rows* rows = nullptr;
  if (thing_query(db_, nullptr, model_, "{}", -1, &rows, &error) < 0) {
    thing_error_free(error);
    return std::nullopt;
  }
  std::set<int64_t> out;
  const int32_t key = thing_model_field_index(model_, "row_key", -1);
  for (int64_t i = 0; i < thing_rows_count(rows); ++i) {
    thing_obj* const obj = thing_rows_obj(rows, i);
    const char* text = nullptr;
    int64_t size = 0;
    const bool has_key = thing_obj_text(obj, key, &text, &size) == THING_OK && size > 0;
    out.insert(has_key ? row_of(text) : 0);
    thing_obj_free(obj);
  }
  thing_rows_free(rows);
  return out;
}

void watch_outbox(Board& board, const std::string& database) {
  const Outbox outbox(database);
  while (!board.stop) {
    const int64_t look = ++board.looks;
    int64_t versions[kRows + 1];
    for (int64_t row = 1; row <= kRows; ++row) versions[row] = board.degraded[row];
    const auto words = outbox.words();
    std::this_thread::sleep_for(kCopies);
    if (!words.has_value() || words->contains(0)) continue;
    for (int64_t row = 1; row <= kRows; ++row) {
      if (words->contains(row)) continue;
      raise_to(board.returned[row], versions[row]);
      board.told[row] = look;
    }
  }
}

}  // namespace storm
