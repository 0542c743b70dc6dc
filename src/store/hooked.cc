#include "store/hooked.h"

#include "text/json.h"

namespace thing::store {

namespace {

void log_failure(Store& store, int32_t event, const entity::Object& object,
                 const base::Error& error) {
  if (!store.log().wants(Level::kWarn)) return;
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
  w.string(error.message());
  w.end_object();
  store.log().write(Level::kWarn, line);
}

base::Status run_one_after(Store& store, const Call& call, int32_t event, entity::Object& object) {
  const auto failed = [&](const base::Error& error) { log_failure(store, event, object, error); };
  // By reference it takes no memory: the write may have been committed.
  return store.hooks().run_after(event, call.context, object, std::ref(failed));
}

}  // namespace

base::Status run_before(Store& store, const Call& call, entity::Object& object,
                        std::initializer_list<int32_t> events) {
  if (!call.runs_hooks(object.model())) return {};
  for (const int32_t event : events)
    THING_TRY(store.hooks().run_before(event, call.context, object));
  return {};
}

base::Status run_after(Store& store, const Call& call, entity::Object& object,
                       std::initializer_list<int32_t> events) {
  if (!call.runs_hooks(object.model())) return {};
  for (const int32_t event : events) THING_TRY(run_one_after(store, call, event, object));
  return {};
}

void run_late(Store& store, const Call& call, int32_t event, entity::Object& object) noexcept {
  if (!store.hooks().listens(event)) return;
  try {
    (void)run_one_after(store, call, event, object);
  } catch (const std::bad_alloc&) {
    // The write has happened; a hook that could not run for want of memory can not change that.
  }
}

void ended(Store& store, const Call& call, ModelState& model, entity::Object& object) noexcept {
  if (!call.runs_hooks(object.model()) ||
      !store.hooks().listens(entity::kAfterCommit | entity::kAfterRollback))
    return;
  if (call.tx == nullptr) {
    run_late(store, call, entity::kAfterCommit, object);
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

base::Status wrote(Store& store, const Call& call, ModelState& model, entity::Object& object,
                   std::initializer_list<int32_t> events) {
  base::Status after = run_after(store, call, object, events);
  if (after || call.tx != nullptr) ended(store, call, model, object);
  return after;
}

}  // namespace thing::store
