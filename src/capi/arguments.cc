#include "capi/arguments.h"

#include <cstring>

#include "base/utf8.h"
#include "text/json.h"

namespace thing::capi {

base::Status refuse_null(std::string_view name) {
  return fail(Code::kInvalid, "'{}': found NULL, expected a pointer", name);
}

base::Result<std::string_view> bytes_of(const char* p, int64_t len, std::string_view name) {
  if (len < -1 || len > kMostBytes) {
    return fail(Code::kRange, "length of '{}': found {}, expected -1 to {}", name, len, kMostBytes);
  }
  if (p == nullptr && len == 0) return std::string_view("", 0);
  THING_TRY(check_pointer(p, name));
  const std::string_view bytes(p, len < 0 ? std::strlen(p) : static_cast<size_t>(len));
  if (static_cast<int64_t>(bytes.size()) <= kMostBytes) return bytes;
  return fail(Code::kRange, "'{}': found {} bytes, expected at most {}", name, bytes.size(),
              kMostBytes);
}

base::Result<std::string_view> text_of(const char* p, int64_t len, std::string_view name) {
  auto text = bytes_of(p, len, name);
  if (text && !base::is_utf8(*text)) {
    return fail(Code::kInvalid, "'{}': found {}, expected valid UTF-8", name, base::quoted(*text));
  }
  return text;
}

base::Result<std::string_view> optional_text_of(const char* p, int64_t len, std::string_view name) {
  return text_of(p, p == nullptr ? 0 : len, name);
}

base::Status check_items(const void* p, int64_t n, int64_t most, std::string_view name) {
  if (n < 0 || n > most)
    return fail(Code::kRange, "number of '{}': found {}, expected 0 to {}", name, n, most);
  return n == 0 ? base::Status() : check_pointer(p, name);
}

base::Error no_field(const thing_model* m, int32_t field) {
  const auto columns = static_cast<int32_t>(m->model->columns());
  const std::string message =
      fmt::format("'field': found {}, expected 0 to {}", field, columns - 1);
  return base::Error(Code::kInvalid, message).model(m->model->name);
}

base::Result<std::vector<uint32_t>> fields_of(const thing_model* m, const int32_t* fields,
                                              int32_t n, std::string_view name) {
  THING_TRY(check_items(fields, n, m->model->columns(), name));
  std::vector<uint32_t> list;
  for (int32_t i = 0; i < n; ++i) {
    THING_ASSIGN(const uint32_t field, field_of(m, fields[i]));
    list.push_back(field);
  }
  return list;
}

base::Status check_flags(int32_t flags, int32_t allowed, std::string_view name) {
  if ((flags & ~allowed) == 0) return {};
  return fail(Code::kInvalid, "'{}': found {:#x}, expected bits of {:#x}", name,
              static_cast<uint32_t>(flags), static_cast<uint32_t>(allowed));
}

base::Status check_choice(int32_t found, int32_t low, int32_t high, std::string_view name) {
  if (found >= low && found <= high) return {};
  return fail(Code::kInvalid, "'{}': found {}, expected {} to {}", name, found, low, high);
}

base::Result<value::BatchRef> batch_of(const value::Layout& layout, const uint8_t* packed,
                                       int64_t len) {
  if (len < 0 || len > kMostPackedBytes) {
    return fail(Code::kRange, "length of 'packed': found {}, expected 0 to {}", len,
                kMostPackedBytes);
  }
  if (len > 0) THING_TRY(check_pointer(packed, "packed"));
  value::BatchRef batch = value::BatchRef::copy(packed, static_cast<uint64_t>(len));
  THING_TRY(value::check_packed({batch->bytes(), batch->size()}, layout));
  return batch;
}

base::Status check_model(const thing_db* db, const thing_model* m) {
  THING_TRY(check_pointer(m, "m"));
  if (m->db == db) return {};
  return fail(Code::kInvalid, "'m': found a model of another database, expected one of this");
}

base::Status check_criteria(const thing_db* db, const thing_criteria* q) {
  THING_TRY(check_pointer(q, "q"));
  if (q->handle->db == db) return {};
  return fail(Code::kInvalid, "'q': found a criteria of another database, expected one of this");
}

base::Status check_object(const thing_db* db, const thing_obj* o) {
  THING_TRY(check_pointer(o, "o"));
  if (o->handle->db == db) return {};
  return fail(Code::kInvalid, "'o': found an object of another database, expected one of this");
}

base::Result<store::Mode> mode_of(int32_t mode) {
  THING_TRY(check_choice(mode, THING_DELETE_DEFAULT, THING_DELETE_HARD, "mode"));
  if (mode == THING_DELETE_DEFAULT) return store::Mode::kDefault;
  return mode == THING_DELETE_SOFT ? store::Mode::kSoft : store::Mode::kHard;
}

base::Result<value::Value> value_from_text(value::Type type, std::string_view text) {
  auto v = value::from_text(type, text);
  if (v && type == value::Type::kJson && !text::is_json(text)) {
    return fail(Code::kSyntax, "found {}, expected JSON", base::quoted(text));
  }
  return v;
}

}  // namespace thing::capi
