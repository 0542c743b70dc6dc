// Calls that may block run without the lock of the interpreter, and end when Ruby wants the thread (Timeout,
// Thread#kill, Ctrl-C): then their ctx is cancelled, which stops the statement in the database, too.
#ifndef THING_RUBY_BLOCKING_H
#define THING_RUBY_BLOCKING_H
#include "hooks.h"

namespace thing_ruby {

// One blocking call. `ctx` is the argument of the call: without one, it gets one that can be cancelled.
class Blocking {
 public:
  Blocking(thing_db* db, thing_ctx** ctx) : ctx_(*ctx) {
    if (ctx_ == nullptr && db != nullptr) *ctx = ctx_ = own_ = thing_ctx_new(db);
  }

  template <class T> void hold(VALUE value) {
    if (!NIL_P(value)) held_ = box_of<T>(value);
  }

  // Runs call until it ended for a reason of its own. `status` says what became of it, `err` why.
  template <class F> void run(thing_status& status, thing_error** err, F call) {
    const VALUE user = rb_thread_current();
    const VALUE before = held_ != nullptr ? held_->user : Qnil;
    int raised = 0;
    do {
      if (held_ != nullptr) held_->user = user;
      const bool ran = once(call, raised);
      if (held_ != nullptr) held_->user = before;
      if (ran && raised == 0) raised = take_pending();
      if (raised != 0) break;
      if (ran && status != THING_E_CANCELLED) break;
      raised = interrupts();
      if (!ran && raised == 0) continue;
      if (!asked_) break;
      // Something woke the thread that lets it go on, as a signal's handler does: the call did nothing, so it is made again.
      asked_ = false;
      if (err != nullptr && raised == 0) {
        thing_error_free(*err);
        *err = nullptr;
      }
      status = THING_OK;
      if (ctx_ != nullptr) thing_ctx_reset(ctx_);
    } while (raised == 0);
    if (own_ != nullptr) thing_ctx_free(own_);
    if (raised == 0) return;
    if (err != nullptr) thing_error_free(*err);
    rb_jump_tag(raised);
  }

 private:
  // Whether the call was made: not when something else is to be done first. A collector that is always at work always
  // has something, so after some times Ruby does it itself, and the call is made in any case.
  template <class F> bool once(F& call, int& raised) {
    struct Frame {
      F* call;
      bool ran;
      Blocking* self;
    } frame = {&call, false, this};
    if (tries_++ < 3) {
      leave(&frame, frame.call, RB_NOGVL_INTR_FAIL);
      return frame.ran;
    }
    rb_protect([](VALUE p) -> VALUE {
      Frame* f = reinterpret_cast<Frame*>(p);
      f->self->leave(f, f->call, 0);
      return Qnil;
    }, reinterpret_cast<VALUE>(&frame), &raised);
    return frame.ran;
  }

  template <class Frame, class F> void leave(Frame* frame, F*, int flags) {
    const auto body = [](void* p) -> void* {
      Frame* f = static_cast<Frame*>(p);
      f->ran = true;
      (*f->call)();
      return nullptr;
    };
    rb_nogvl(body, frame, cancel, this, flags);
  }

  static void cancel(void* p) {
    Blocking* self = static_cast<Blocking*>(p);
    self->asked_ = true;
    if (self->ctx_ != nullptr) thing_ctx_cancel(self->ctx_);
  }

  static int interrupts() {
    int raised = 0;
    rb_protect([](VALUE) -> VALUE { rb_thread_check_ints(); return Qnil; }, Qnil, &raised);
    return raised;
  }

  thing_ctx* ctx_;
  thing_ctx* own_ = nullptr;
  Box* held_ = nullptr;
  int tries_ = 0;
  volatile bool asked_ = false;
};

// What takes no ctx and may wait for the server: it is not to be cancelled half way.
// Whatever is to be done by Ruby is done later, as the outcome has to reach the caller.
template <class F> void unlocked(F call) {
  struct Frame {
    F* call;
    bool ran;
  } frame = {&call, false};
  const auto body = [](void* p) -> void* {
    Frame* f = static_cast<Frame*>(p);
    f->ran = true;
    (*f->call)();
    return nullptr;
  };
  rb_nogvl(body, &frame, nullptr, nullptr, RB_NOGVL_INTR_FAIL);
  if (!frame.ran) call(); // with the lock: a thread that is being killed still ends its transaction
  const int raised = take_pending();
  if (raised != 0) rb_jump_tag(raised);
}

} // namespace thing_ruby
#endif
