// Section 12 of thing.h: hooks.
#include "capi/callback.h"
#include "capi/caller.h"
#include "entity/hooks.h"

using namespace thing;
using namespace thing::capi;

namespace {

// A hook of the user. Every object that the store gives to hooks is a thing_obj.
struct UserHook {
  thing_hook_fn fn;
  std::shared_ptr<UserPointer> user;

  base::Status operator()(int32_t event, void* context, entity::Object& object) const {
    auto& o = static_cast<thing_obj&>(object);
    thing_error* error = nullptr;
    const thing_status status =
        fn(user->get(), event, o.handle->db, static_cast<thing_ctx*>(context), &o, &error);
    if (status < 0) return fail(callback_error(status, error, "a hook refused"));
    thing_error_free(error);
    return {};
  }
};

}  // namespace

thing_status thing_hook_add(thing_db* db, const thing_model* m, int32_t events, thing_hook_fn fn,
                            void* user, thing_free_fn user_free, int64_t* id, thing_error** err) {
  return run_to(db, nullptr, id, err, [&](Caller& c) -> base::Status {
    if (m != nullptr) THING_TRY(check_model(db, m));
    if (fn == nullptr) THING_TRY(check_pointer(nullptr, "fn"));
    if ((events & ~THING_HOOK_MAY_FAIL) == 0)
      return fail(Code::kInvalid, "'events': found none, expected bits of THING_ON_*");
    const bool may_fail = (events & THING_HOOK_MAY_FAIL) != 0;
    THING_TRY(check_flags(events, entity::kAllEvents | THING_HOOK_MAY_FAIL, "events"));
    const auto pointer = std::make_shared<UserPointer>(user, user_free);
    try {
      *id = c.store().hooks().add(m == nullptr ? nullptr : m->model, events & entity::kAllEvents,
                                  UserHook{fn, pointer}, may_fail);
    } catch (...) {
      pointer->give_back();
      throw;
    }
    return {};
  });
}

thing_status thing_hook_remove(thing_db* db, int64_t id) {
  return run(db, nullptr, nullptr, [id](Caller& c) -> Outcome {
    return c.store().hooks().remove(id) ? THING_OK : THING_NOT_FOUND;
  });
}
