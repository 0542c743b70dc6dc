#include "capi/handles.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/hash.h"
#include "capi/guard.h"
#include "relation/lazy.h"

namespace thing::capi {

// ---- transactions

bool OpenTx::is_open(uint64_t level) const {
  if (transaction == nullptr || !transaction->is_open()) return false;
  const auto is_it = [level](const Mark& m) { return m.level == level; };
  return level == 0 || std::any_of(marks.begin(), marks.end(), is_it);
}

// A name that the user can not happen to give.
std::string OpenTx::name_of(uint64_t level) const {
  return fmt::format("thing_{:016x}_{}", base::mix64(reinterpret_cast<uintptr_t>(this)), level);
}

// Their statements have to end before the connection serves others.
void OpenTx::close_cursors() noexcept {
  while (!cursors.empty()) cursors.back()->close();
}

base::Status OpenTx::commit(const store::Call& call) {
  close_cursors();
  // The deadline and the cancellation of a ctx end a transaction, as a failed commit does.
  base::Status done = call.control == nullptr ? base::Status() : call.control->check();
  if (done) {
    done = transaction->commit(call);
  } else {
    (void)transaction->rollback(store::Call());
  }
  if (!transaction->is_open()) db->remove(this);
  return done;
}

base::Status OpenTx::rollback(const store::Call& call) {
  close_cursors();
  auto done = transaction->rollback(call);
  db->remove(this);
  return done;
}

base::Status OpenTx::rollback_level(uint64_t level) {
  const auto is_it = [level](const Mark& m) { return m.level == level; };
  const auto mark = std::find_if(marks.begin(), marks.end(), is_it);
  if (mark == marks.end()) return fail(Code::kState, "the transaction around has gone back");
  const std::string name = mark->name;
  THING_TRY(transaction->rollback_to(name));
  marks.erase(mark, marks.end());
  transaction->run_undone(store::Call());
  // Unless a hook went back further.
  return transaction->has_savepoint(name) ? transaction->release(name) : base::Status();
}

void OpenTx::end_freed(const thing_tx* handle) noexcept {
  (void)guard(nullptr, [&]() -> base::Status {
    if (!handle->is_open()) return {};
    return handle->level == 0 ? rollback(store::Call()) : rollback_level(handle->level);
  });
}

void OpenTx::free(thing_tx* handle) noexcept {
  gate.wait();
  if (handle->level != 0) end_freed(handle);  // what comes after it in the call is no part of it
  handle->next_freed = std::exchange(freed_, handle);
  leave();
}

void OpenTx::leave() noexcept {
  thing_tx* freed = gate.is_nested() ? nullptr : std::exchange(freed_, nullptr);
  for (const thing_tx* tx = freed; tx != nullptr; tx = tx->next_freed) end_freed(tx);
  gate.leave();
  while (freed != nullptr) {
    thing_tx* const tx = std::exchange(freed, freed->next_freed);
    thing_db* const database = tx->ctx.db;
    delete tx;
    database->release();
  }
}

// ---- cursors

void OpenCursor::close() noexcept {
  if (cursor == nullptr) return;
  cursor->close();
  cursor.reset();
  if (tx != nullptr) std::erase(tx->cursors, this);
}

// ---- relations of objects

ObjectRelations::Items& ObjectRelations::items() {
  if (items_ == nullptr) items_ = std::make_unique<Items>();
  return *items_;
}

std::span<const ObjectRelations::Loaded> ObjectRelations::rows() const {
  if (items_ == nullptr) return {};
  return items_->rows;
}

const relation::Related* ObjectRelations::find(const schema::Relation& relation,
                                               std::string_view key) const {
  for (const Loaded& loaded : rows()) {
    if (loaded.related.link->relation == &relation)
      return loaded.key == key ? &loaded.related : nullptr;
  }
  return nullptr;
}

void ObjectRelations::set(relation::Related related, std::string key) {
  std::vector<Loaded>& loaded = items().rows;
  loaded.reserve(loaded.size() + 1);
  const schema::Relation& relation = *related.link->relation;
  std::erase_if(loaded, [&](const Loaded& l) { return l.related.link->relation == &relation; });
  loaded.push_back({std::move(related), std::move(key)});
}

void ObjectRelations::set(const relation::Numbers& numbers, const std::string& key) {
  std::vector<Counted> known = items().numbers;
  for (const relation::NumberOfRow& n : relation::numbers_of({&numbers, 1}, 0)) {
    std::erase_if(known, [&n](const Counted& c) { return c.number == *n.number; });
    known.push_back({n.link, *n.number, *n.value, key});
  }
  items_->numbers = std::move(known);
}

relation::NumberList ObjectRelations::numbers(const entity::Object& object) const {
  relation::NumberList out;
  if (items_ == nullptr) return out;
  for (const Counted& c : items_->numbers) {
    if (c.key == relation::key_of(object, *c.link)) out.push_back({&c.number, c.link, &c.value});
  }
  return out;
}

void ObjectRelations::forget(const schema::Relation& relation) {
  if (items_ == nullptr) return;
  std::erase_if(items_->rows,
                [&](const Loaded& l) { return l.related.link->relation == &relation; });
  std::erase_if(items_->numbers, [&](const Counted& c) { return c.link->relation == &relation; });
}

void ObjectRelations::copy_from(const ObjectRelations& other) {
  items_ = other.items_ == nullptr ? nullptr : std::make_unique<Items>(*other.items_);
}

}  // namespace thing::capi

// ---- objects

thing_obj* thing_obj::make(const thing_model* m, uint64_t row_bytes) {
  void* const memory = ::operator new(sizeof(thing_obj) + (row_bytes + 7) / 8 * 8);
  return new (memory) thing_obj(m);
}

void thing_obj::destroy(thing_obj* o) noexcept {
  if (o == nullptr) return;
  o->~thing_obj();
  ::operator delete(o);
}

void thing_obj::release(thing_obj* o) noexcept {
  if (o->holders.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  thing_db* const db = o->handle->db;
  destroy(o);
  db->release();
}

void thing::capi::settle_if_possible(const thing_obj* o) noexcept {
  try {
    settle(o);
  } catch (const std::bad_alloc&) {
  }
}

std::string_view thing_obj::packed() const {
  if (is_new() || is_dirty() || owner()) return {};
  const auto* bytes = reinterpret_cast<const char*>(this + 1);
  const auto& header = *reinterpret_cast<const thing::value::BatchHeader*>(bytes);
  return {bytes, (header.heap_offset + header.heap_length + 7) / 8 * 8};
}
