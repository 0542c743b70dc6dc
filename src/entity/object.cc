#include "entity/object.h"

#include <algorithm>
#include <numeric>

#include "schema/field_value.h"
#include "text/json_edit.h"

namespace thing::entity {
namespace {

using value::BatchBuilder;
using value::BatchRef;
using value::RowView;
using value::Value;

// Documents that say the same are one value, however they are spelled.
bool is_same(const value::ValueView& a, const value::ValueView& b) {
  if (value::equal(a, b)) return true;
  return a.type == value::Type::kJson && b.type == value::Type::kJson &&
         text::is_same_json(a.bytes, b.bytes);
}

BatchRef copy_row(const RowView& row, const value::Layout& layout) {
  BatchBuilder builder;
  builder.start(layout, row.is_partial());
  // A row that is in a batch fits into one: it can not fail.
  (void)builder.append(row, layout);
  return builder.finish();
}

}  // namespace

// ---- FieldValues

const Value* FieldValues::find(uint32_t field) const {
  for (const auto& [f, v] : items_) {
    if (f == field) return &v;
  }
  return nullptr;
}

void FieldValues::set(uint32_t field, Value v) {
  if (items_.empty()) items_.reserve(8);
  if (items_.empty() || items_.back().first < field) {
    items_.emplace_back(field, std::move(v));
    return;
  }
  const auto is_before = [](const auto& item, uint32_t f) { return item.first < f; };
  const auto at = std::lower_bound(items_.begin(), items_.end(), field, is_before);
  if (at != items_.end() && at->first == field) {
    at->second = std::move(v);
  } else {
    items_.emplace(at, field, std::move(v));
  }
}

void FieldValues::erase(uint32_t field) {
  std::erase_if(items_, [field](const auto& item) { return item.first == field; });
}

// ---- Object

void Object::lay(FieldValues& changes, uint32_t field, Value&& v) const {
  if (!row_) return changes.set(field, std::move(v));
  const auto before = original(field);
  if (before.has_value() && is_same(*before, v.view())) {
    changes.erase(field);
  } else {
    changes.set(field, std::move(v));
  }
}

base::Status Object::check(uint32_t field, const value::ValueView& v) const {
  if (value::element_of(v.type) != value::Type::kEnum) return {};
  if (auto fits = schema::check_enum(model_->fields[field], v); !fits) {
    const std::string& name = model_->fields[field].name;
    return base::fail(
        base::Error(fits.error().code(), fmt::format("'{}': {}", name, fits.error().message()))
            .model(model_->name)
            .field(name));
  }
  return {};
}

base::Status Object::require(std::span<const uint32_t> fields) const {
  std::string missing;
  for (const uint32_t f : fields) {
    if (!get(f).has_value()) missing += (missing.empty() ? "" : ",") + model_->fields[f].name;
  }
  if (missing.empty()) return {};
  const std::string_view problem =
      is_new() ? "is unset, expected a value" : "was not selected, expected it to be loaded";
  return base::fail(
      base::Error(base::Code::kState, fmt::format("{}: '{}' {}", model_->name, missing, problem))
          .model(model_->name)
          .field(missing));
}

base::Status Object::require_whole() const {
  std::vector<uint32_t> all(model_->columns());
  std::iota(all.begin(), all.end(), 0U);
  return require(all);
}

base::Status Object::set(uint32_t field, Value v) {
  v = schema::cast(model_->fields[field], std::move(v));
  THING_TRY(check(field, v.view()));
  lay(changes_, field, std::move(v));
  return {};
}

base::Status Object::set_all(std::vector<std::pair<uint32_t, Value>> values) {
  for (const auto& [field, v] : values) THING_TRY(check(field, v.view()));
  FieldValues changes = changes_;
  for (auto& [field, v] : values)
    lay(changes, field, schema::cast(model_->fields[field], std::move(v)));
  changes_ = std::move(changes);
  return {};
}

void Object::accept(BatchRef row, Saved saved) noexcept {
  row_ = row ? row->row(0) : RowView();
  owner_ = std::move(row);
  changes_.clear();
  saved_ = std::move(saved);
  deleted_ = false;
  from_cache_ = false;
}

base::Status Object::sync() {
  if (changes_.empty()) return {};
  THING_ASSIGN(BatchRef row, pack());
  const bool deleted = deleted_;
  accept(std::move(row), std::move(saved_));
  deleted_ = deleted;
  return {};
}

base::Result<BatchRef> Object::pack() const {
  if (row_ && changes_.empty()) return share_row();
  std::vector<std::optional<value::ValueView>> values(model_->columns());
  for (uint32_t f = 0; f < model_->columns(); ++f) values[f] = get(f);
  return value::pack_row(model_->layout, values);
}

BatchRef Object::share_row() const {
  if (!row_) return {};
  if (owner_ && owner_->rows() == 1) return owner_;
  return copy_row(row_, model_->layout);
}

void Object::copy_from(const Object& other) {
  FieldValues changes = other.changes_;
  Saved saved = other.saved_;
  BatchRef owner = other.owner_;
  RowView row = other.row_;
  if (row && !owner) {
    owner = other.share_row();
    row = owner->row(0);
  }
  model_ = other.model_;
  row_ = row;
  owner_ = std::move(owner);
  changes_ = std::move(changes);
  saved_ = std::move(saved);
  deleted_ = other.deleted_;
  from_cache_ = other.from_cache_;
}

base::Status Object::copy_key_of(const Object& other) {
  THING_TRY(other.check_selected(other.model_->primary));
  for (const uint32_t f : other.model_->primary) {
    const auto v = other.is_new() ? other.get(f) : other.original(f);
    if (!v.has_value() || v->is_null())
      return base::fail(base::Error(base::Code::kInvalid,
                                    fmt::format("found no value for '{}', expected the primary key",
                                                model_->fields[f].name))
                            .model(model_->name)
                            .field(model_->fields[f].name));
    changes_.set(f, Value(*v));
  }
  return {};
}

void Object::take_from(Object&& other) noexcept {
  model_ = other.model_;
  row_ = std::exchange(other.row_, RowView());
  owner_ = std::move(other.owner_);
  changes_ = std::move(other.changes_);
  saved_ = std::move(other.saved_);
  deleted_ = other.deleted_;
  from_cache_ = other.from_cache_;
}

}  // namespace thing::entity
