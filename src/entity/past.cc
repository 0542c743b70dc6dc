// What objects were before writes that may be taken back, and what is saved with them.
//
//   past   [before A, before B, before C]   now        the writes A, B, C are open
//   B is taken back: the row of "before B", with what was set then, before C and since
#include <algorithm>

#include "entity/object.h"
#include "schema/relation.h"

namespace thing::entity {
namespace {

using Fate = Trail::Fate;

bool refers(const schema::Link& link) {
  return link.relation->kind == schema::RelationKind::kBelongsTo;
}

// Who set what the object refers with chose something else for it.
void drop_changed(std::vector<Attached>& attached, const FieldValues& changes) {
  std::erase_if(attached, [&changes](const Attached& a) {
    if (!refers(*a.link)) return false;
    const std::vector<uint32_t>& fields = a.link->first_step().from_fields;
    return std::any_of(fields.begin(), fields.end(),
                       [&changes](uint32_t f) { return changes.find(f) != nullptr; });
  });
}

void add(std::vector<Attached>& attached, std::span<const Attached> more) {
  for (const Attached& m : more) {
    const bool is_there = std::any_of(attached.begin(), attached.end(), [&m](const Attached& a) {
      return a.link == m.link && a.object == m.object;
    });
    if (!is_there) attached.push_back(m);
  }
}

}  // namespace

void Object::attach_to(const schema::Link& link, std::shared_ptr<Object> object) {
  if (attached_ == nullptr) attached_ = std::make_unique<std::vector<Attached>>();
  attached_->push_back({&link, std::move(object)});
}

void Object::detach(const schema::Relation& relation) noexcept {
  if (attached_ == nullptr) return;
  std::erase_if(*attached_, [&](const Attached& a) { return a.link->relation == &relation; });
}

void Object::detach(const schema::Link& link, const Object& object) noexcept {
  if (attached_ == nullptr) return;
  const auto at = std::find_if(attached_->begin(), attached_->end(), [&](const Attached& a) {
    return a.link == &link && a.object.get() == &object;
  });
  if (at != attached_->end()) attached_->erase(at);
}

void Object::copy_attached_of(const Object& other) {
  attached_ = other.attached_ == nullptr
                  ? nullptr
                  : std::make_unique<std::vector<Attached>>(*other.attached_);
}

void Object::overlay(const value::RowView& row, FieldValues& changes,
                     const FieldValues& more) const {
  for (const auto& [field, v] : more) lay(row, changes, field, value::Value(v));
}

void Object::make_room(const Trail& trail) {
  settle();
  if (past_ == nullptr) past_ = std::make_unique<Past>();
  merge_past(trail);
  past_->reserve(past_->size() + 1);
}

// Writes that can only be taken back together need what was before the first of them. So there is
// no more than one for each savepoint, however often the object is saved.
void Object::merge_past(const Trail& trail) {
  for (size_t i = past_->size(); i-- > 1;) {
    Earlier &first = (*past_)[i - 1], &second = (*past_)[i];
    if (first.trail.get() != &trail || second.trail.get() != &trail ||
        trail.part_of(first.write) != trail.part_of(second.write))
      continue;
    std::vector<Attached> attached = first.attached;
    drop_changed(attached, second.state.changes);
    add(attached, second.attached);
    FieldValues changes = first.state.changes;
    overlay(first.state.row, changes, second.state.changes);
    first.state.changes = std::move(changes);
    first.attached = std::move(attached);
    past_->erase(past_->begin() + static_cast<std::ptrdiff_t>(i));
  }
}

void Object::remember(const std::shared_ptr<const Trail>& trail, uint64_t write) noexcept {
  past_->push_back({std::move(is_), {}, trail, write});
}

void Object::remember(Object&& before, const std::shared_ptr<const Trail>& trail,
                      uint64_t write) noexcept {
  past_ = std::move(before.past_);
  Earlier earlier{std::move(before.is_), {}, trail, write};
  if (before.attached_ != nullptr) earlier.attached = std::move(*before.attached_);
  past_->push_back(std::move(earlier));
}

void Object::settle() {
  if (past_ == nullptr) return;
  const auto undone = std::find_if(past_->begin(), past_->end(), [](const Earlier& e) {
    return e.trail->fate(e.write) == Fate::kUndone;
  });
  if (undone != past_->end()) go_back(static_cast<size_t>(undone - past_->begin()));
  std::erase_if(*past_, [](const Earlier& e) { return e.trail->fate(e.write) == Fate::kKept; });
  if (past_->empty()) past_.reset();
}

void Object::go_back(size_t to) {
  Earlier& target = (*past_)[to];
  FieldValues changes = target.state.changes;
  std::vector<Attached> attached = target.attached;
  const auto go_on = [&](const FieldValues& set, std::span<const Attached> put) {
    overlay(target.state.row, changes, set);
    drop_changed(attached, set);
    add(attached, put);
  };
  for (size_t i = to + 1; i < past_->size(); ++i)
    go_on((*past_)[i].state.changes, (*past_)[i].attached);
  go_on(is_.changes, this->attached());
  std::unique_ptr<std::vector<Attached>> all;
  if (!attached.empty()) all = std::make_unique<std::vector<Attached>>(std::move(attached));
  is_ = std::move(target.state);
  is_.changes = std::move(changes);
  attached_ = std::move(all);
  past_->erase(past_->begin() + static_cast<std::ptrdiff_t>(to), past_->end());
}

}  // namespace thing::entity
