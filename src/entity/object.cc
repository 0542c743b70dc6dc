#include "entity/object.h"

#include <algorithm>
#include <numeric>

#include "entity/document.h"
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

void Object::lay(const RowView& row, FieldValues& changes, uint32_t field, Value&& v) const {
  if (!row) return changes.set(field, std::move(v));
  const bool is_original =
      !row.is_absent(field) && is_same(row.value(field, model_->fields[field].type), v.view());
  if (is_original) {
    changes.erase(field);
  } else {
    changes.set(field, std::move(v));
  }
}

base::Status Object::check(uint32_t field, const value::ValueView& v) const {
  if (value::element_of(v.type) != value::Type::kEnum) return {};
  if (auto fits = schema::check_enum(model_->fields[field], v); !fits) {
    return base::fail(about(std::move(fits.error()), *model_, model_->fields[field]));
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
  lay(is_.row, is_.changes, field, std::move(v));
  return {};
}

base::Status Object::set_all(std::vector<std::pair<uint32_t, Value>> values) {
  for (const auto& [field, v] : values) THING_TRY(check(field, v.view()));
  FieldValues changes = is_.changes;
  for (auto& [field, v] : values)
    lay(is_.row, changes, field, schema::cast(model_->fields[field], std::move(v)));
  is_.changes = std::move(changes);
  return {};
}

void Object::accept(BatchRef row, Saved saved) noexcept {
  is_.row = row ? row->row(0) : RowView();
  is_.owner = std::move(row);
  is_.changes.clear();
  is_.saved = std::move(saved);
  is_.deleted = false;
  is_.from_cache = false;
}

base::Status Object::sync() {
  if (is_.changes.empty()) return {};
  THING_ASSIGN(BatchRef row, pack());
  // Nobody saved them: when the row goes back, they are changes.
  if (past_ != nullptr) overlay(past_->back().state.row, past_->back().state.changes, is_.changes);
  const bool deleted = is_.deleted;
  accept(std::move(row), std::move(is_.saved));
  is_.deleted = deleted;
  return {};
}

base::Result<BatchRef> Object::pack() const {
  if (is_.row && is_.changes.empty()) return share_row();
  std::vector<std::optional<value::ValueView>> values(model_->columns());
  for (uint32_t f = 0; f < model_->columns(); ++f) values[f] = get(f);
  return value::pack_row(model_->layout, values);
}

BatchRef Object::share_row() const {
  if (!is_.row) return {};
  if (is_.owner && is_.owner->rows() == 1) return is_.owner;
  return copy_row(is_.row, model_->layout);
}

// A row that lies behind an object goes with that.
Object::State Object::copy_of(const State& state) const {
  State copy = state;
  if (copy.row && !copy.owner) {
    copy.owner = copy_row(copy.row, model_->layout);
    copy.row = copy.owner->row(0);
  }
  return copy;
}

void Object::copy_from(const Object& other) {
  State is = other.copy_of(other.is_);
  std::unique_ptr<Past> past;
  if (other.past_ != nullptr) {
    past = std::make_unique<Past>();
    past->reserve(other.past_->size());
    for (const Earlier& e : *other.past_)
      past->push_back({other.copy_of(e.state), e.attached, e.trail, e.write});
  }
  model_ = other.model_;
  is_ = std::move(is);
  past_ = std::move(past);
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
    is_.changes.set(f, Value(*v));
  }
  return {};
}

void Object::take_from(Object&& other) noexcept {
  model_ = other.model_;
  is_ = std::move(other.is_);
  other.is_.row = RowView();
  past_ = std::move(other.past_);
}

}  // namespace thing::entity
