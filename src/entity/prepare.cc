#include "entity/prepare.h"

#include <algorithm>
#include <optional>

#include "base/time.h"
#include "base/uuid.h"
#include "schema/field_value.h"

namespace thing::entity {
namespace {

using base::Code;
using schema::DefaultKind;
using value::Type;
using value::Value;
using value::ValueView;

bool is_task(int task, uint32_t field) { return task >= 0 && static_cast<uint32_t>(task) == field; }

ValueView now_value(Type type, int64_t micros) {
  int64_t days = micros / base::kMicrosPerDay;
  if (micros % base::kMicrosPerDay < 0) --days;
  if (type == Type::kDate) return ValueView::of_int(type, days);
  if (type == Type::kTime) return ValueView::of_int(type, micros - days * base::kMicrosPerDay);
  return ValueView::of_int(type, micros);
}

Value uuid_value(Type type) {
  const base::Uuid uuid = base::random_uuid();
  if (type == Type::kUuid)
    return Value::of_bytes(type, {reinterpret_cast<const char*>(uuid.data()), uuid.size()});
  std::string text(36, '\0');
  base::print_uuid(uuid.data(), text.data());
  return Value::of_bytes(type, text);
}

// Fields that are required and have no value; the names of all are in the error.
class Missing {
 public:
  explicit Missing(const schema::Model& model) : model_(model) {}
  void add(uint32_t field) {
    names_ += (names_.empty() ? "" : ",") + model_.fields[field].name;
    columns_ += (columns_.empty() ? "" : ",") + model_.fields[field].column;
  }
  base::Status result() const {
    if (names_.empty()) return {};
    const std::string message =
        fmt::format("{}: found no value for '{}', expected one", model_.name, names_);
    return base::fail(base::Error(Code::kNotNull, message)
                          .model(model_.name)
                          .table(model_.table)
                          .column(columns_)
                          .field(names_)
                          .sqlstate("23502"));
  }

 private:
  const schema::Model& model_;
  std::string names_, columns_;
};

// What an INSERT does with a field that is unset.
enum class Unset : uint8_t { kWrite, kLeave, kMissing };

// The values of a row by field; those made for it live here.
class Row {
 public:
  explicit Row(const Object& object) : model_(object.model()), values_(model_.columns()) {
    for (uint32_t f = 0; f < model_.columns(); ++f) values_[f] = object.original(f);
    for (const auto& [f, v] : object.changes()) values_[f] = v.view();
  }
  std::optional<ValueView>& operator[](uint32_t field) { return values_[field]; }
  // The value that an unset field is inserted with.
  Unset fill(uint32_t field, int64_t now, bool timestamps);
  base::Result<value::BatchRef> pack() const { return value::pack_row(model_.layout, values_); }

 private:
  Unset write(uint32_t field, ValueView v) {
    values_[field] = v;
    return Unset::kWrite;
  }
  ValueView make_uuid(Type type) {
    made_.push_back(uuid_value(type));
    return made_.back().view();
  }

  const schema::Model& model_;
  std::vector<std::optional<ValueView>> values_;
  std::vector<Value> made_;  // bytes stay where they are when it grows
};

Unset Row::fill(uint32_t f, int64_t now, bool timestamps) {
  const schema::Field& field = model_.fields[f];
  if (timestamps && (is_task(model_.created, f) || is_task(model_.updated, f)))
    return write(f, now_value(field.type, now));
  switch (field.initial.kind) {
    case DefaultKind::kLiteral: return write(f, field.initial.literal.view());
    case DefaultKind::kNow: return write(f, now_value(field.type, now));
    case DefaultKind::kUuid: return write(f, make_uuid(field.type));
    case DefaultKind::kAutoincrement:
    case DefaultKind::kSql: return Unset::kLeave;
    case DefaultKind::kAbsent: break;
  }
  if (is_task(model_.id, f)) return Unset::kLeave;
  const bool is_alive_flag = is_task(model_.deleted, f) && field.type == Type::kBool;
  if (is_task(model_.version, f) || (is_alive_flag && !field.nullable))
    return write(f, ValueView::of_int(field.type, 0));
  return field.nullable ? write(f, ValueView()) : Unset::kMissing;
}

}  // namespace

base::Status validate(const Object& object) {
  const schema::Model& model = object.model();
  Missing missing(model);
  Row row(object);
  for (uint32_t f = 0; f < model.columns(); ++f) {
    if (!object.is_new() && !object.is_dirty(f)) continue;
    const bool is_missing = row[f].has_value() ? row[f]->is_null() && !model.fields[f].nullable
                                               : row.fill(f, 0, true) == Unset::kMissing;
    if (is_missing) missing.add(f);
  }
  THING_TRY(missing.result());
  for (const auto& [f, v] : object.changes()) {
    if (auto fits = schema::check_enum(model.fields[f], v.view()); !fits) {
      return base::fail(std::move(fits.error()).model(model.name).field(model.fields[f].name));
    }
  }
  return {};
}

base::Result<Prepared> prepare_insert(const Object& object, const base::Clock& clock,
                                      bool timestamps) {
  const schema::Model& model = object.model();
  const int64_t now = clock.now_micros();
  Prepared prepared;
  prepared.fields.reserve(model.columns());
  Missing missing(model);
  Row row(object);
  for (uint32_t f = 0; f < model.columns(); ++f) {
    Unset what = Unset::kWrite;
    if (!row[f].has_value()) {
      what = row.fill(f, now, timestamps);
    } else if (row[f]->is_null() && !model.fields[f].nullable) {
      what = Unset::kMissing;
    }
    if (what == Unset::kMissing) missing.add(f);
    if (what == Unset::kWrite) prepared.fields.push_back(f);
    if (what == Unset::kLeave && is_task(model.id, f)) {
      prepared.made = model.id;
      row[f] = ValueView::of_int(Type::kInt, 0);
    }
  }
  THING_TRY(missing.result());
  THING_ASSIGN(prepared.row, row.pack());
  return prepared;
}

base::Result<Prepared> prepare_update(const Object& object, const base::Clock& clock,
                                      bool timestamps) {
  const schema::Model& model = object.model();
  Prepared prepared;
  if (!object.is_dirty()) return prepared;
  const bool touches =
      timestamps && model.updated >= 0 && !object.is_dirty(static_cast<uint32_t>(model.updated));
  Missing missing(model);
  Row row(object);
  for (uint32_t f = 0; f < model.columns(); ++f) {
    const bool is_dirty = object.is_dirty(f);
    if (touches && is_task(model.updated, f)) {
      row[f] = now_value(model.fields[f].type, clock.now_micros());
    } else if (is_dirty && row[f]->is_null() && !model.fields[f].nullable) {
      missing.add(f);
    } else if (is_task(model.version, f) && !is_dirty && row[f].has_value() && !row[f]->is_null()) {
      row[f]->integer = static_cast<int64_t>(static_cast<uint64_t>(row[f]->integer) + 1);
      prepared.made = model.version;
    }
    if (is_dirty || (touches && is_task(model.updated, f))) prepared.fields.push_back(f);
  }
  THING_TRY(missing.result());
  THING_ASSIGN(prepared.row, row.pack());
  return prepared;
}

Saved saved_by(const Object& object, const Prepared& prepared) {
  Saved saved{prepared.fields, object.share_row(), prepared.row};
  if (prepared.made >= 0) {
    const auto made = static_cast<uint32_t>(prepared.made);
    saved.fields.insert(std::lower_bound(saved.fields.begin(), saved.fields.end(), made), made);
  }
  return saved;
}

}  // namespace thing::entity
