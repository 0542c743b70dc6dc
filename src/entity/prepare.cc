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

bool is_task(int task, uint32_t field) { return task >= 0 && static_cast<uint32_t>(task) == field; }

Value now_value(Type type, int64_t micros) {
  int64_t days = micros / base::kMicrosPerDay;
  if (micros % base::kMicrosPerDay < 0) --days;
  if (type == Type::kDate) return Value::of_int(type, days);
  if (type == Type::kTime) return Value::of_int(type, micros - days * base::kMicrosPerDay);
  return Value::of_int(type, micros);
}

Value uuid_value(Type type) {
  const base::Uuid uuid = base::random_uuid();
  if (type == Type::kUuid)
    return Value::of_bytes(type,
                           std::string(reinterpret_cast<const char*>(uuid.data()), uuid.size()));
  std::string text(36, '\0');
  base::print_uuid(uuid.data(), text.data());
  return Value::of_bytes(type, std::move(text));
}

// Fields that are required and have no value; the names of all are in the error.
class Missing {
 public:
  explicit Missing(const schema::Model& model) : model_(model) {}
  void add(uint32_t field) { names_ += (names_.empty() ? "" : ",") + model_.fields[field].name; }
  base::Status result() const {
    if (names_.empty()) return {};
    const std::string message =
        fmt::format("{}: found no value for '{}', expected one", model_.name, names_);
    return base::fail(
        base::Error(Code::kNotNull, message).model(model_.name).field(names_).sqlstate("23502"));
  }

 private:
  const schema::Model& model_;
  std::string names_;
};

// What an INSERT does with a field that is unset.
enum class Unset : uint8_t { kWrite, kLeave, kMissing };

// The value that an unset field is inserted with.
Unset unset_value(const schema::Model& model, uint32_t f, int64_t now, bool timestamps,
                  Value& out) {
  const schema::Field& field = model.fields[f];
  if (timestamps && (is_task(model.created, f) || is_task(model.updated, f))) {
    out = now_value(field.type, now);
    return Unset::kWrite;
  }
  switch (field.initial.kind) {
    case DefaultKind::kLiteral: out = field.initial.literal; return Unset::kWrite;
    case DefaultKind::kNow: out = now_value(field.type, now); return Unset::kWrite;
    case DefaultKind::kUuid: out = uuid_value(field.type); return Unset::kWrite;
    case DefaultKind::kAutoincrement:
    case DefaultKind::kSql: return Unset::kLeave;
    case DefaultKind::kAbsent: break;
  }
  if (is_task(model.id, f)) return Unset::kLeave;
  const bool is_alive_flag = is_task(model.deleted, f) && field.type == Type::kBool;
  if (is_task(model.version, f) || (is_alive_flag && !field.nullable)) {
    out = Value::of_int(field.type, 0);
    return Unset::kWrite;
  }
  out = Value();
  return field.nullable ? Unset::kWrite : Unset::kMissing;
}

void add(Prepared& prepared, uint32_t field, Value v) {
  prepared.fields.push_back(field);
  prepared.values.push_back(std::move(v));
}

}  // namespace

base::Status validate(const Object& object) {
  const schema::Model& model = object.model();
  Missing missing(model);
  Value ignored;
  for (uint32_t f = 0; f < model.columns(); ++f) {
    if (!object.is_new() && !object.is_dirty(f)) continue;
    const auto v = object.get(f);
    const bool is_missing = v.has_value()
                                ? v->is_null() && !model.fields[f].nullable
                                : unset_value(model, f, 0, true, ignored) == Unset::kMissing;
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
  Missing missing(model);
  for (uint32_t f = 0; f < model.columns(); ++f) {
    const auto v = object.get(f);
    Value made;
    Unset what = Unset::kWrite;
    if (!v.has_value()) {
      what = unset_value(model, f, now, timestamps, made);
    } else if (v->is_null() && !model.fields[f].nullable) {
      what = Unset::kMissing;
    } else {
      made = Value(*v);
    }
    if (what == Unset::kMissing) missing.add(f);
    if (what == Unset::kWrite) add(prepared, f, std::move(made));
  }
  THING_TRY(missing.result());
  return prepared;
}

base::Result<Prepared> prepare_update(const Object& object, const base::Clock& clock,
                                      bool timestamps) {
  const schema::Model& model = object.model();
  const bool touches = timestamps && model.updated >= 0 && object.is_dirty() &&
                       !object.is_dirty(static_cast<uint32_t>(model.updated));
  Prepared prepared;
  Missing missing(model);
  for (uint32_t f = 0; f < model.columns(); ++f) {
    if (touches && is_task(model.updated, f)) {
      add(prepared, f, now_value(model.fields[f].type, clock.now_micros()));
    } else if (const Value* v = object.changes().find(f); v != nullptr) {
      if (v->is_null() && !model.fields[f].nullable) missing.add(f);
      add(prepared, f, *v);
    }
  }
  THING_TRY(missing.result());
  return prepared;
}

base::Result<value::BatchRef> merged_row(const Object& object, const Prepared& prepared) {
  const schema::Model& model = object.model();
  std::vector<std::optional<value::ValueView>> values(model.columns());
  for (uint32_t f = 0; f < model.columns(); ++f) values[f] = object.original(f);
  for (size_t i = 0; i < prepared.fields.size(); ++i)
    values[prepared.fields[i]] = prepared.values[i].view();
  const bool partial =
      std::any_of(values.begin(), values.end(), [](const auto& v) { return !v.has_value(); });
  value::BatchBuilder row;
  row.start(model.layout, partial);
  row.begin_row();
  for (uint32_t f = 0; f < model.columns(); ++f) {
    if (values[f].has_value()) THING_TRY(row.set(f, *values[f]));
  }
  return row.finish();
}

std::vector<SavedChange> saved_changes(const Object& object, const Prepared& prepared) {
  std::vector<SavedChange> saved(prepared.fields.size());
  for (size_t i = 0; i < saved.size(); ++i) {
    saved[i].field = prepared.fields[i];
    saved[i].new_value = prepared.values[i];
    if (const auto old = object.original(prepared.fields[i]); old.has_value()) {
      saved[i].had_old = true;
      saved[i].old_value = Value(*old);
    }
  }
  return saved;
}

}  // namespace thing::entity
