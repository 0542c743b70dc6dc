// Section 10 of thing.h: cursors.
#include "capi/caller.h"

using namespace thing;
using namespace thing::capi;

namespace {

// Inside the gate of a cursor.
class CursorInUse {
 public:
  explicit CursorInUse(OpenCursor& cursor) : cursor_(cursor), inside_(cursor.gate().enter()) {}
  ~CursorInUse() {
    if (inside_) cursor_.tx != nullptr ? cursor_.tx->leave() : cursor_.gate().leave();
  }
  CursorInUse(const CursorInUse&) = delete;
  base::Status check() const {
    if (!inside_)
      return fail(
          base::Error(Code::kBusy, "the cursor is in use by another thread").retryable(true));
    if (cursor_.cursor == nullptr || cursor_.failed)
      return fail(Code::kClosed, "the cursor is closed");
    return {};
  }

 private:
  OpenCursor& cursor_;
  const bool inside_;
};

}  // namespace

thing_status thing_cursor_next(thing_cursor* c, thing_ctx* ctx, thing_rows** out,
                               thing_error** err) {
  if (out != nullptr) *out = nullptr;
  if (c == nullptr) return guard(err, [] { return check_pointer(nullptr, "c"); });
  return run_to(c->db, ctx, out, err, [&](Caller& caller) -> Outcome {
    OpenCursor& state = *c->state;
    const CursorInUse in_use(state);
    THING_TRY(in_use.check());
    if (caller.call().control != nullptr) THING_TRY(caller.call().control->check());
    auto set = state.cursor->next(caller.call());
    state.failed = !set;  // the rows that come next are not known any more
    if (!set) return fail(std::move(set.error()));
    if (set->rows->rows() == 0) return THING_DONE;
    auto tree = with_related(caller, std::move(*set), c->includes, true);
    state.failed = !tree;  // its rows are lost
    if (!tree) return fail(std::move(tree.error()));
    const thing_status status = hand_out(caller, c->handle, std::move(*tree), out);
    if (*out != nullptr) (*out)->hooks = c->hooks && caller.runs_hooks(*c->handle->model);
    return status;
  });
}

void thing_cursor_free(thing_cursor* c) {
  if (c == nullptr) return;
  thing_db* const db = c->db;
  if (db->is_child()) {
    (void)new (std::nothrow)
        std::shared_ptr<OpenCursor>(std::move(c->state));  // the parent's connection
  } else {
    OpenCursor& state = *c->state;
    state.gate().wait();
    state.close();
    state.tx != nullptr ? state.tx->leave() : state.gate().leave();
    if (state.tx == nullptr) db->remove(&state);
  }
  delete c;
  db->release();
}
