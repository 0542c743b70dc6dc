#pragma once
// What callers give, checked before anything happens. The errors name the parameter as thing.h
// does.
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "capi/guard.h"
#include "capi/handles.h"
#include "value/row.h"

namespace thing::capi {

inline constexpr int64_t kMostBytes = int64_t{1} << 30;        // of one text
inline constexpr int64_t kMostPackedBytes = int64_t{1} << 36;  // of one batch
inline constexpr int64_t kMostItems = 1'000'000;               // of one array

// kInvalid for NULL.
base::Status refuse_null(std::string_view name);
inline base::Status check_pointer(const void* pointer, std::string_view name) {
  if (pointer != nullptr) return {};
  return refuse_null(name);
}
// Outputs are cleared as soon as they are known to be there.
template <class T>
base::Status clear(T** out, std::string_view name = "out") {
  if (out != nullptr) *out = nullptr;
  return check_pointer(out, name);
}
// `len` bytes at p; -1: up to the NUL. NULL only with length 0.
base::Result<std::string_view> bytes_of(const char* p, int64_t len, std::string_view name);
// The same, and valid UTF-8.
base::Result<std::string_view> text_of(const char* p, int64_t len, std::string_view name);
// The same; NULL is the empty text, whatever the length.
base::Result<std::string_view> optional_text_of(const char* p, int64_t len, std::string_view name);
// `n` items at p, at most `most`.
base::Status check_items(const void* p, int64_t n, int64_t most, std::string_view name);
base::Error no_field(const thing_model* m, int32_t field);
inline base::Result<uint32_t> field_of(const thing_model* m, int32_t field) {
  if (field >= 0 && field < static_cast<int32_t>(m->model->columns()))
    return static_cast<uint32_t>(field);
  return fail(no_field(m, field));
}
base::Result<std::vector<uint32_t>> fields_of(const thing_model* m, const int32_t* fields,
                                              int32_t n, std::string_view name);
base::Status check_flags(int32_t flags, int32_t allowed, std::string_view name);
// An enumerator of 'name', from `low` to `high`.
base::Status check_choice(int32_t found, int32_t low, int32_t high, std::string_view name);
// A packed batch from outside: copied, then checked.
base::Result<value::BatchRef> batch_of(const value::Layout& layout, const uint8_t* packed,
                                       int64_t len);

base::Status check_model(const thing_db* db, const thing_model* m);
base::Status check_criteria(const thing_db* db, const thing_criteria* q);
base::Status check_object(const thing_db* db, const thing_obj* o);
base::Result<store::Mode> mode_of(int32_t mode);

// Text that the user gives for a field of `type`.
base::Result<value::Value> value_from_text(value::Type type, std::string_view text);

}  // namespace thing::capi
