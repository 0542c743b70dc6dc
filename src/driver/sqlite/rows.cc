// The hot path of every read: one pass over the columns, straight into the batch. What is stored in the form that libthing
// writes is read here; all else is left to types.cc.
#include "driver/sqlite/rows.h"

#include "base/utf8.h"
#include "driver/sqlite/types.h"

namespace thing::driver::sqlite {
namespace {

using value::Type;

base::Status read_plain_text(sqlite3_stmt* s, int column, uint32_t field, value::BatchBuilder& out) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(s, column));
  if (text == nullptr) return base::fail(base::Error());
  const std::string_view bytes(text, static_cast<size_t>(sqlite3_column_bytes(s, column)));
  if (!base::is_utf8(bytes)) return read_column(s, column, Type::kText, field, out);
  return out.set_bytes(field, bytes);
}

}  // namespace

base::Status read_row(sqlite3_stmt* s, const Projection& projection, value::BatchBuilder& out) {
  out.begin_row();
  const Type* types = projection.layout->types.data();
  int column = -1;
  for (const uint32_t field : projection.fields) {
    const int storage = sqlite3_column_type(s, ++column);
    const Type type = types[field];
    if (storage == SQLITE_NULL) {
      out.set_null(field);
    } else if (type == Type::kInt && storage == SQLITE_INTEGER) {
      out.set_int64(field, sqlite3_column_int64(s, column));
    } else if (type == Type::kText && storage == SQLITE_TEXT) {
      THING_TRY(read_plain_text(s, column, field, out));
    } else {
      THING_TRY(read_column(s, column, type, field, out));
    }
  }
  return {};
}

}  // namespace thing::driver::sqlite
