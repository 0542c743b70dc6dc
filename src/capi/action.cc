// Section 9 of thing.h: actions and aggregates.
#include "action/actions.h"
#include "capi/arguments.h"
#include "capi/buffer.h"
#include "capi/caller.h"

using namespace thing;
using namespace thing::capi;

namespace {

// What was printed is the caller's unless nothing was found.
thing_status hand_out(action::Ended ended, BufferOutput& printed, thing_buf** out) {
  if (ended == action::Ended::kNotFound) return THING_NOT_FOUND;
  if (ended == action::Ended::kUncached) return THING_MORE;
  *out = printed.release();
  return THING_OK;
}

}  // namespace

action::Surroundings capi::action_surroundings() { return {.printer = printer_of}; }

thing_status thing_call(thing_db* db, thing_ctx* ctx, const char* model, const char* action,
                        const char* args_json, int64_t len, thing_buf** out, thing_error** err) {
  return run_to(db, ctx, out, err, [&](Caller& c) -> Outcome {
    THING_ASSIGN(const std::string_view name, text_of(model, -1, "model"));
    THING_ASSIGN(const std::string_view what, text_of(action, -1, "action"));
    std::string_view text = "{}";
    if (args_json != nullptr) {
      THING_ASSIGN(text, bytes_of(args_json, len, "args_json"));  // the parser checks UTF-8
    }
    const auto call = [&](Caller& inner) -> Outcome {
      BufferOutput printed(256);
      THING_ASSIGN(const action::Ended ended,
                   db->actions->run(inner.call(), name, what, text, printed.output()));
      return hand_out(ended, printed, out);
    };
    // Where hooks have a part in it, what they write is one with it.
    if (!action::is_write(what) || !c.runs_write_hooks()) return call(c);
    Outcome outcome = run_whole(db, ctx, call);
    if (outcome && *outcome == THING_OK) return outcome;
    thing_buf_free(std::exchange(*out, nullptr));
    return outcome;
  });
}

thing_status thing_aggregate(thing_db* db, thing_ctx* ctx, const thing_criteria* q,
                             const char* aggregates_json, int64_t len, thing_buf** out,
                             thing_error** err) {
  return run_to(db, ctx, out, err, [&](Caller& c) -> Outcome {
    THING_TRY(check_criteria(c, q));
    THING_ASSIGN(const std::string_view text, bytes_of(aggregates_json, len, "aggregates_json"));
    BufferOutput printed(256);
    THING_ASSIGN(
        const action::Ended ended,
        db->actions->aggregate(c.call(), *q->handle->state, q->criteria, text, printed.output()));
    return hand_out(ended, printed, out);
  });
}
