// Section 4 of thing.h: opening and configuration.
#include "capi/arguments.h"
#include "capi/buffer.h"
#include "capi/caller.h"
#include "store/config.h"

using namespace thing;
using namespace thing::capi;

namespace {

// For hooks after the end of a transaction: a copy, which holds nothing, for the transaction does.
entity::Object* clone_for_hooks(const entity::Object& o) {
  return value_or<entity::Object*>(nullptr, [&o] {
    OwnedObject copy(thing_obj::make(static_cast<const thing_obj&>(o).handle));
    copy->copy_from(o);
    copy->forget_past();  // after a rollback hooks are told what was written
    copy->borrowed = true;
    return copy.release();
  });
}

entity::Object* new_for_hooks(const store::ModelState& state) {
  thing_obj* const o = thing_obj::make(static_cast<const thing_model*>(state.handle));
  o->borrowed = true;
  return o;
}

void free_for_hooks(entity::Object* o) { thing_obj::destroy(static_cast<thing_obj*>(o)); }

std::unique_ptr<thing_db> make_db(std::unique_ptr<store::Store> store) {
  auto db = std::make_unique<thing_db>();
  store->clone_object = clone_for_hooks;
  store->free_object = free_for_hooks;
  store->new_object = new_for_hooks;
  store->on_model = [db = db.get()](store::ModelState& state) {
    state.handle = &db->models.emplace_back(db, state);
  };
  db->store = std::move(store);
  db->actions = std::make_unique<action::Actions>(*db->store, action_surroundings());
  return db;
}

// Waits for the call that is inside; only for one of this very thread, further up, there is no
// waiting.
template <class State, class End>
void end(State& state, Gate& gate, End end_it) {
  gate.wait();
  if (!gate.is_nested()) end_it(state);
  gate.leave();
}

void end_cursors_and_transactions(thing_db& db) {
  while (const std::shared_ptr<OpenCursor> cursor = db.take_cursor()) {
    end(*cursor, cursor->gate(), [](OpenCursor& c) { c.close(); });
  }
  while (const std::shared_ptr<OpenTx> tx = db.take_tx()) {
    end(*tx, tx->gate, [](OpenTx& t) {
      if (t.transaction->is_open()) (void)t.rollback(store::Call());
    });
  }
}

}  // namespace

thing_status thing_open(const char* config, int64_t len, thing_db** out, thing_error** err) {
  return guard(err, [&]() -> base::Status {
    THING_TRY(clear(out));
    watch_forks();
    sweep();
    THING_ASSIGN(const std::string_view text, text_of(config, len, "config"));
    THING_ASSIGN(store::Config parsed, store::parse_config(text));
    THING_ASSIGN(auto store, store::Store::open(std::move(parsed)));
    *out = make_db(std::move(store)).release();
    (*out)->hold();
    return {};
  });
}

void thing_close(thing_db* db) {
  if (db == nullptr || db->is_child() || !db->start_closing()) return;
  (void)guard(nullptr, [db]() -> base::Status {
    end_cursors_and_transactions(*db);
    db->store->close();
    db->store->hooks().clear();
    db->store->log().set(THING_LOG_OFF, {});
    return {};
  });
  db->bury();
}

thing_status thing_ping(thing_db* db, thing_ctx* ctx, thing_error** err) {
  return run(db, ctx, err, [](Caller& c) { return c.store().ping(c.call()); });
}

thing_status thing_set_option(thing_db* db, const char* key, const char* value, int64_t len,
                              thing_error** err) {
  return run(db, nullptr, err, [&](Caller& c) -> base::Status {
    THING_ASSIGN(const std::string_view name, text_of(key, -1, "key"));
    THING_ASSIGN(const std::string_view text, text_of(value, len, "value"));
    return c.store().set_option(name, text);
  });
}

thing_status thing_info_json(thing_db* db, thing_ctx* ctx, thing_buf** out, thing_error** err) {
  return run_to(db, ctx, out, err, [out](Caller& c) -> base::Status {
    *out = make_buffer(c.store().info_json());
    return {};
  });
}
