#include "store/hooked.h"

#include "text/json.h"

namespace thing::store {

void run_after(Store& store, const Call& call, int32_t event, entity::Object& object) noexcept {
  if (!store.hooks().listens(event)) return;
  try {
    auto done = store.hooks().run(event, call.context, object);
    if (done || !store.log().wants(Level::kWarn)) return;
    std::string line;
    text::JsonWriter w(line);
    w.begin_object();
    w.key("level");
    w.string("warn");
    w.key("event");
    w.string("hook");
    w.key("hook");
    w.integer(event);
    w.key("model");
    w.string(object.model().name);
    w.key("message");
    w.string(done.error().message());
    w.end_object();
    store.log().write(Level::kWarn, line);
  } catch (const std::bad_alloc&) {
    // The write has happened; a hook that could not run for want of memory can not change that.
  }
}

void ended(Store& store, const Call& call, ModelState& model, entity::Object& object) noexcept {
  if (!store.hooks().listens(entity::kAfterCommit | entity::kAfterRollback)) return;
  if (call.tx == nullptr) {
    run_after(store, call, entity::kAfterCommit, object);
    return;
  }
  entity::Object* const copy = store.clone_object(object);
  if (copy == nullptr) return;
  try {
    call.tx->writes().add_hooked({entity::kAfterCommit | entity::kAfterRollback, copy, &model});
  } catch (const std::bad_alloc&) {
    store.free_object(copy);
  }
}

}  // namespace thing::store
