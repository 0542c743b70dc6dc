// The hot path of every read: one pass over the columns, straight into the batch. What comes in the
// type that libthing's own tables have is read here; all else is left to types.cc.
#include "driver/mysql/rows.h"

#include <algorithm>
#include <cmath>

#include "base/utf8.h"
#include "driver/mysql/errors.h"
#include "driver/mysql/handle.h"
#include "driver/mysql/sql_time.h"

namespace thing::driver::mysql {
namespace {

using base::Code;
using value::Type;
using Kind = Column::Kind;

base::Status statement_error(MYSQL_STMT* statement) {
  return base::fail(make_error(
      {mysql_stmt_errno(statement), mysql_stmt_sqlstate(statement), mysql_stmt_error(statement)}));
}

// Each false: the value is not of the usual form, or there was no room. read_column() finds out
// which.
bool put_text(const Column& c, Type type, uint32_t field, value::BatchBuilder& out) {
  if (type == Type::kText ? c.is_binary() || !base::is_utf8(c.bytes()) : type != Type::kBytes)
    return false;
  return out.set_bytes(field, c.bytes()).has_value();
}

bool put_integer(const Column& c, Type type, uint32_t field, value::BatchBuilder& out) {
  const int64_t v = c.integer();
  if (type != Type::kInt && (type != Type::kBool || (v & ~int64_t{1}) != 0)) return false;
  out.set_int64(field, v);
  return true;
}

bool put_time(const Column& c, Type type, uint32_t field, value::BatchBuilder& out) {
  if (type != Type::kDatetime || c.natural_type() != Type::kDatetime) return false;
  const auto micros = datetime_of(c.time());
  if (!micros) return false;
  out.set_int64(field, *micros);
  return true;
}

bool put_real(const Column& c, Type type, uint32_t field, value::BatchBuilder& out) {
  const double v = c.real();
  if (type != Type::kFloat || !std::isfinite(v)) return false;
  out.set_float64(field, v);
  return true;
}

bool put_usual(const Column& c, Type type, uint32_t field, value::BatchBuilder& out) {
  if (c.is_null()) {
    out.set_null(field);
    return true;
  }
  switch (c.kind()) {
    case Kind::kInteger: return put_integer(c, type, field, out);
    case Kind::kBytes: return put_text(c, type, field, out);
    case Kind::kTime: return put_time(c, type, field, out);
    case Kind::kSingle:
    case Kind::kDouble: return put_real(c, type, field, out);
    default: return false;
  }
}

}  // namespace

void Rows::prepare(MYSQL_STMT* statement) {
  is_prepared_ = mysql_stmt_field_count(statement) != 0;
  columns_.clear();
  describe(statement);
}

void Rows::describe(MYSQL_STMT* statement) {
  const ResultHandle result(mysql_stmt_result_metadata(statement));
  const unsigned count = result == nullptr ? 0 : mysql_num_fields(result.get());
  const MYSQL_FIELD* fields = result == nullptr ? nullptr : mysql_fetch_fields(result.get());
  const auto is_like = [](const Column& c, const MYSQL_FIELD& f) { return c.is_like(f); };
  if (std::equal(columns_.begin(), columns_.end(), fields, fields + count, is_like)) return;
  columns_.clear();
  columns_.reserve(count);
  for (unsigned i = 0; i < count; ++i) columns_.emplace_back(fields[i], is_prepared_);
  binds_.resize(count);
}

base::Status Rows::bind(MYSQL_STMT* statement) {
  grew_ = false;
  std::transform(columns_.begin(), columns_.end(), binds_.begin(),
                 [](Column& c) { return c.bind(); });
  if (mysql_stmt_bind_result(statement, binds_.data()) != 0) return statement_error(statement);
  return {};
}

// Values that had no room. The library is told of the new room before the next row: telling it sets
// the lengths of this one to 0 in some versions (Connector/C 3.3.19).
base::Status Rows::fetch_rest(MYSQL_STMT* statement) {
  for (unsigned i = 0; i < columns_.size(); ++i) {
    Column& c = columns_[i];
    if (c.is_null()) continue;
    if (!c.is_cut()) continue;
    c.grow();
    MYSQL_BIND bind = c.bind();
    if (mysql_stmt_fetch_column(statement, &bind, i, 0) != 0) return statement_error(statement);
    grew_ = true;
  }
  if (grew_) return {};
  return base::fail(Code::kRange, "the server gave a value that does not fit its own type");
}

base::Result<bool> Rows::fetch(MYSQL_STMT* statement) {
  if (grew_) THING_TRY(bind(statement));
  switch (mysql_stmt_fetch(statement)) {
    case 0: return true;
    case MYSQL_NO_DATA: return false;
    case MYSQL_DATA_TRUNCATED: THING_TRY(fetch_rest(statement)); return true;
    default: THING_TRY(statement_error(statement)); return false;
  }
}

void Rows::shrink() {
  for (Column& c : columns_) c.shrink();
}

base::Status Rows::read(const Projection& projection, value::BatchBuilder& out) const {
  out.begin_row();
  const Type* types = projection.layout->types.data();
  const Column* column = columns_.data();
  for (const uint32_t field : projection.fields) {
    if (!put_usual(*column, types[field], field, out)) [[unlikely]]
      THING_TRY(read_column(*column, types[field], field, out));
    ++column;
  }
  return {};
}

base::Status Rows::read_dynamic(std::vector<value::Value>& out) const {
  for (const Column& c : columns_) {
    THING_ASSIGN(value::Value v, mysql::read_dynamic(c));
    out.push_back(std::move(v));
  }
  return {};
}

}  // namespace thing::driver::mysql
