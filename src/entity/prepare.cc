#include "entity/prepare.h"

#include <algorithm>
#include <optional>

#include "base/time.h"
#include "base/uuid.h"
#include "entity/validate.h"
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

// Whether the library sets the field by itself.
bool is_managed(const schema::Model& model, uint32_t field) {
  return is_task(model.created, field) || is_task(model.updated, field) ||
         is_task(model.deleted, field) || is_task(model.version, field);
}

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

// `was`: what the field was set to, `what`: what became of one that was not.
void check(Violations& violations, const schema::Model& model, uint32_t f,
           const std::optional<ValueView>& was, Unset what) {
  const schema::Field& field = model.fields[f];
  if (what == Unset::kMissing || (was.has_value() && was->is_null() && !field.nullable)) {
    violations.add_missing(f, field.rules.required);
  } else if (was.has_value()) {
    violations.check(f, *was);
  } else if (what == Unset::kWrite && field.rules.required && field.nullable &&
             field.initial.kind == DefaultKind::kAbsent && !is_managed(model, f)) {
    violations.add_missing(f, true);  // it would be NULL
  }
}

}  // namespace

base::Status validate(const Object& object) {
  const schema::Model& model = object.model();
  Violations violations(model);
  Row row(object);
  for (uint32_t f = 0; f < model.columns(); ++f) {
    if (!object.is_new() && !object.is_dirty(f)) continue;
    const std::optional<ValueView> was = row[f];
    check(violations, model, f, was, was.has_value() ? Unset::kWrite : row.fill(f, 0, true));
  }
  THING_TRY(violations.result());
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
  Violations violations(model);
  Row row(object);
  for (uint32_t f = 0; f < model.columns(); ++f) {
    Unset what = Unset::kWrite;
    const std::optional<ValueView> was = row[f];
    if (!was.has_value()) what = row.fill(f, now, timestamps);
    check(violations, model, f, was, what);
    if (what == Unset::kWrite) prepared.fields.push_back(f);
    if (what == Unset::kLeave && is_task(model.id, f)) {
      prepared.made = model.id;
      row[f] = ValueView::of_int(Type::kInt, 0);
    }
  }
  THING_TRY(violations.result());
  THING_ASSIGN(prepared.row, row.pack());
  return prepared;
}

base::Status check_version(const Object& object) {
  if (object.model().version < 0) return {};
  const auto version = static_cast<uint32_t>(object.model().version);
  return object.check_selected({&version, 1});
}

base::Result<Prepared> prepare_update(const Object& object, const base::Clock& clock,
                                      bool timestamps) {
  const schema::Model& model = object.model();
  Prepared prepared;
  if (!object.is_dirty()) return prepared;
  THING_TRY(check_version(object));
  const bool touches =
      timestamps && model.updated >= 0 && !object.is_dirty(static_cast<uint32_t>(model.updated));
  Violations violations(model);
  Row row(object);
  for (uint32_t f = 0; f < model.columns(); ++f) {
    const bool is_dirty = object.is_dirty(f);
    if (is_dirty) check(violations, model, f, row[f], Unset::kWrite);
    if (touches && is_task(model.updated, f)) {
      row[f] = now_value(model.fields[f].type, clock.now_micros());
    } else if (is_task(model.version, f) && !is_dirty && row[f].has_value() && !row[f]->is_null()) {
      row[f]->integer = static_cast<int64_t>(static_cast<uint64_t>(row[f]->integer) + 1);
      prepared.made = model.version;
    }
    if (is_dirty || (touches && is_task(model.updated, f))) prepared.fields.push_back(f);
  }
  THING_TRY(violations.result());
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
