// Calls that may block run without the lock of the interpreter, and end when Ruby wants the thread (Timeout,
// Thread#kill, Ctrl-C): then their ctx is cancelled, which stops the statement in the database, too.
#ifndef THING_RUBY_BLOCKING_H
#define THING_RUBY_BLOCKING_H
#include <ctime>
#include <string>
#include <vector>

#include "hooks.h"

namespace thing_ruby {

inline int64_t now_micros() {
  struct timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return ts.tv_sec * 1000000ll + ts.tv_nsec / 1000;
}

inline ID id_tag;
inline ID id_mutes;

// Gives a ctx what it has by its Ruby object, and takes all else from it.
inline void apply(VALUE value) {
  const CtxBox* box = box_of<thing_ctx>(value);
  auto* ctx = static_cast<thing_ctx*>(box->handle);
  if (ctx == nullptr) return;
  thing_ctx_reset(ctx);
  const VALUE tag = rb_attr_get(value, id_tag);
  if (!NIL_P(tag)) thing_ctx_set_tag(ctx, RSTRING_PTR(tag), RSTRING_LEN(tag));
  const VALUE mutes = rb_attr_get(value, id_mutes);
  for (long i = 0; !NIL_P(mutes) && i < RARRAY_LEN(mutes); i++) {
    thing_ctx_mute(ctx, static_cast<thing_model*>(box_of<thing_model>(rb_ary_entry(mutes, i))->handle), nullptr);
  }
  thing_ctx_set_flags(ctx, box->flags);
  const int64_t rest = box->deadline < 0 ? -1 : (box->deadline - now_micros() + 999) / 1000;
  thing_ctx_set_timeout_ms(ctx, box->deadline >= 0 && rest < 0 ? 0 : rest);
}

struct Nothing {
  void operator()() const {}
};

// One blocking call. `ctx` is the argument of the call: without one, it gets one that can be cancelled.
class Blocking {
 public:
  Blocking(thing_db* db, thing_ctx** ctx, VALUE given) : ctx_(*ctx), given_(given) {
    if (ctx_ == nullptr && db != nullptr) *ctx = ctx_ = own_ = thing_ctx_new(db);
  }

  // The call has the handle alone.
  template <class T> void hold(VALUE value) {
    if (!NIL_P(value)) held_.push_back({box_of<T>(value), Qnil});
  }
  template <class T> void hold_all(VALUE values) {
    const VALUE list = rb_check_array_type(values);
    if (NIL_P(list)) return;
    held_.reserve(static_cast<size_t>(RARRAY_LEN(list)));
    for (long i = 0; i < RARRAY_LEN(list); i++) hold<T>(rb_ary_entry(list, i));
  }

  // Runs call until it ended for a reason of its own. `status` says what became of it, `err` why; `discard` frees what
  // it made when something else leaves this call.
  template <class F, class D = Nothing> void run(thing_status& status, thing_error** err, F call, D discard = {}) {
    int raised = 0;
    do {
      take();
      const bool ran = once(call, raised);
      give_back();
      if (ran && raised == 0) raised = take_pending();
      if (raised != 0 || (ran && status != THING_E_CANCELLED)) break;
      raised = interrupts();
      if (!ran && raised == 0) continue;
      if (!asked_ || raised != 0) break;
      // Something woke the thread that lets it go on, as a signal's handler does: the call did nothing, so it is made again.
      forget(err);
      status = THING_OK;
      revive();
    } while (true);
    revive();
    if (own_ != nullptr) thing_ctx_free(own_);
    if (raised == 0) return;
    discard();
    forget(err);
    held_ = {}; // a jump runs no destructors
    rb_jump_tag(raised);
  }

 private:
  struct Held {
    Box* box;
    VALUE before;
  };

  void take() {
    const VALUE user = rb_thread_current();
    for (Held& one : held_) {
      one.before = one.box->user;
      one.box->user = user;
    }
  }

  // Backwards, as a list may name one record twice.
  void give_back() {
    for (auto one = held_.rbegin(); one != held_.rend(); ++one) one->box->user = one->before;
  }

  static void forget(thing_error** err) {
    if (err == nullptr || *err == nullptr) return;
    thing_error_free(*err);
    *err = nullptr;
  }

  // A ctx that was cancelled for this call alone serves others again.
  void revive() {
    if (!asked_) return;
    asked_ = false;
    if (ctx_ == nullptr) return;
    if (NIL_P(given_)) thing_ctx_reset(ctx_);
    else apply(given_);
  }

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
  VALUE given_; // nil, or the Ruby object of ctx; a Blocking lies on the stack, where the collector sees it
  std::vector<Held> held_;
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

// ---- what is in memory --------------------------------------------------------------------------------------------
// The ctx that answers from memory alone, which takes no other thread's time; NULL where the call has a ctx of its own.
inline thing_ctx* quick_ctx(DbBox* box, VALUE ctx) {
  if (!NIL_P(ctx) || box->quick == nullptr) return nullptr;
  thing_ctx_set_flags(box->quick, THING_CTX_CACHE_ONLY);
  return box->quick;
}

inline void leave_if_raised() {
  const int raised = take_pending();
  if (raised != 0) rb_jump_tag(raised);
}

// Whether the memory answered. What left a hook of the load leaves here.
template <class F, class D = Nothing>
bool quickly(VALUE db, VALUE given, thing_ctx** ctx, thing_status& status, thing_error** err, F call, D discard = {}) {
  thing_ctx* quick = NIL_P(db) ? nullptr : quick_ctx(box_of<thing_db>(db), given);
  if (quick == nullptr) return false;
  *ctx = quick;
  call();
  *ctx = nullptr;
  const int raised = take_pending();
  if (raised != 0) discard();
  if (*err != nullptr) thing_error_free(*err);
  *err = nullptr;
  if (raised != 0) rb_jump_tag(raised);
  return status >= 0 && status != THING_MORE;
}

// ---- open and close: nothing cancels them, so another thread does them, and who waits for it may be called away -----------
struct Errand {
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
  bool done = false;
  bool woken = false;
  bool abandoned = false;
  std::string config;
  thing_db* db = nullptr;
  thing_error* error = nullptr;
  thing_status status = THING_OK;
  bool closes = false;

  // In the thread of the errand. What nobody waits for any more is ended here.
  static void* run(void* p) {
    Errand* self = static_cast<Errand*>(p);
    if (self->closes) thing_close(self->db);
    else self->status = thing_open(self->config.data(), static_cast<int64_t>(self->config.size()), &self->db, &self->error);
    pthread_mutex_lock(&self->lock);
    self->done = true;
    const bool abandoned = self->abandoned;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->lock);
    if (abandoned) self->end();
    return nullptr;
  }

  void end() {
    if (!closes && db != nullptr) thing_close(db);
    thing_error_free(error);
    delete this;
  }

  static void* wait(void* p) {
    Errand* self = static_cast<Errand*>(p);
    pthread_mutex_lock(&self->lock);
    while (!self->done && !self->woken) pthread_cond_wait(&self->changed, &self->lock);
    self->woken = false;
    pthread_mutex_unlock(&self->lock);
    return nullptr;
  }

  static void wake(void* p) {
    Errand* self = static_cast<Errand*>(p);
    pthread_mutex_lock(&self->lock);
    self->woken = true;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->lock);
  }

  // Until it is done; leaves with what Ruby has for the thread.
  void await() {
    int raised = 0;
    while (raised == 0) {
      pthread_mutex_lock(&lock);
      const bool over = done;
      pthread_mutex_unlock(&lock);
      if (over) return;
      rb_protect([](VALUE p2) -> VALUE {
        rb_nogvl(wait, reinterpret_cast<void*>(p2), wake, reinterpret_cast<void*>(p2), 0);
        return Qnil;
      }, reinterpret_cast<VALUE>(this), &raised);
    }
    pthread_mutex_lock(&lock);
    const bool over = done;
    abandoned = true;
    pthread_mutex_unlock(&lock);
    if (over) end();
    rb_jump_tag(raised);
  }

  bool start() {
    pthread_t thread;
    if (pthread_create(&thread, nullptr, run, this) != 0) return false;
    pthread_detach(thread);
    return true;
  }
};

inline VALUE open_db(VALUE, VALUE config) {
  const VALUE bytes = frozen_text(config);
  auto* errand = new Errand();
  errand->config.assign(RSTRING_PTR(bytes), static_cast<size_t>(RSTRING_LEN(bytes)));
  if (errand->start()) errand->await();
  else Errand::run(errand);
  thing_db* db = errand->db;
  thing_error* error = errand->error;
  delete errand;
  if (error != nullptr) raise(error);
  return wrap(db);
}

// A database that nobody closed: another thread does, as the collector does not wait for a server. What a fork left is
// the parent's.
inline void release(DbBox* box) {
  struct Last {
    thing_db* db;
    thing_ctx* quick;
    static void* close(void* p) {
      Last* last = static_cast<Last*>(p);
      thing_close(last->db);
      thing_ctx_free(last->quick);
      delete last;
      return nullptr;
    }
  };
  if (box->handle == nullptr || box->closed || ending || box->born != generation) return thing_ctx_free(box->quick);
  pthread_t thread;
  auto* last = new Last{static_cast<thing_db*>(box->handle), box->quick};
  if (pthread_create(&thread, nullptr, Last::close, last) == 0) pthread_detach(thread);
  else Last::close(last);
}

// The handle stays one of a closed database, which answers as such. Hooks hear of what is rolled back, in this thread.
inline VALUE close_db(VALUE, VALUE db) {
  box_of<thing_db>(db)->closed = true;
  if (RHASH_SIZE(box_of<thing_db>(db)->procs) > 0) {
    thing_db* handle = handle_of<thing_db>(db);
    unlocked([handle] { thing_close(handle); });
    return Qnil;
  }
  auto* errand = new Errand();
  errand->closes = true;
  errand->db = handle_of<thing_db>(db);
  if (errand->start()) errand->await();
  else Errand::run(errand);
  delete errand;
  return Qnil;
}

} // namespace thing_ruby
#endif
