#include "entity/hooks.h"

#include <algorithm>

namespace thing::entity {
namespace {

// How many hooks this thread is inside of. One that removes hooks does not wait for others: they
// might wait for it.
thread_local int running_here = 0;

// A run of a hook that remove() can wait for.
class Run {
 public:
  explicit Run(const Hook& hook) : hook_(hook) {
    hook_.running.fetch_add(1);
    ++running_here;
  }
  ~Run() {
    --running_here;
    hook_.running.fetch_sub(1);
    if (hook_.removed.load()) hook_.running.notify_all();
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  // Either remove() sees this run, or this run sees the removal.
  bool is_wanted() const { return !hook_.removed.load(); }

 private:
  const Hook& hook_;
};

// No run begins any more; those of other threads are waited for.
void end(const Hook& hook) {
  hook.removed.store(true);
  if (running_here > 0) return;
  for (int n = hook.running.load(); n != 0; n = hook.running.load()) hook.running.wait(n);
}

bool is_meant(const Hook& hook, int32_t events, const schema::Model& model) {
  return (hook.events & events) != 0 && (hook.model == nullptr || hook.model == &model);
}

int32_t all_events(const std::vector<std::shared_ptr<const Hook>>& hooks) {
  int32_t events = 0;
  for (const auto& h : hooks) events |= h->events;
  return events;
}

}  // namespace

int64_t HookTable::add(const schema::Model* model, int32_t events, decltype(Hook::run) run,
                       bool may_fail) {
  auto hook = std::make_shared<Hook>();
  hook->model = model;
  hook->events = events;
  hook->may_fail = may_fail;
  hook->run = std::move(run);
  // Declared before the lock, so freed after it: hooks free what their users gave them.
  std::shared_ptr<const List> former;
  std::lock_guard lock(mutex_);
  auto next = list_ == nullptr ? std::make_shared<List>() : std::make_shared<List>(*list_);
  hook->id = last_id_ + 1;
  next->push_back(std::move(hook));
  former = std::exchange(list_, std::move(next));
  mask_.fetch_or(events, std::memory_order_relaxed);
  return ++last_id_;
}

bool HookTable::remove(int64_t id) {
  std::shared_ptr<const Hook> hook;
  std::shared_ptr<const List> former;
  {
    std::lock_guard lock(mutex_);
    if (list_ == nullptr) return false;
    auto next = std::make_shared<List>(*list_);
    const auto at =
        std::find_if(next->begin(), next->end(), [id](const auto& h) { return h->id == id; });
    if (at == next->end()) return false;
    hook = *at;
    next->erase(at);
    mask_.store(all_events(*next), std::memory_order_relaxed);
    former = std::exchange(list_, std::move(next));
  }
  end(*hook);
  return true;
}

void HookTable::clear() noexcept {
  std::shared_ptr<const List> former;
  {
    std::lock_guard lock(mutex_);
    former = std::exchange(list_, nullptr);
    mask_.store(0, std::memory_order_relaxed);
  }
  if (former == nullptr) return;
  for (const auto& hook : *former) end(*hook);
}

std::shared_ptr<const HookTable::List> HookTable::list() const {
  std::lock_guard lock(mutex_);
  return list_ != nullptr ? list_ : std::make_shared<const List>();
}

bool HookTable::listens(int32_t events, const schema::Model& model) const {
  if (!listens(events)) return false;
  const std::shared_ptr<const List> hooks = list();
  return std::any_of(hooks->begin(), hooks->end(),
                     [&](const auto& hook) { return is_meant(*hook, events, model); });
}

base::Status HookTable::run_before(int32_t event, void* call, Object& object) const {
  if (!listens(event)) return {};
  const std::shared_ptr<const List> hooks = list();
  for (const auto& hook : *hooks) {
    if (!is_meant(*hook, event, object.model())) continue;
    const Run run(*hook);
    if (run.is_wanted()) THING_TRY(hook->run(event, call, object));
  }
  return {};
}

base::Status HookTable::run_after(int32_t event, void* call, Object& object,
                                  const std::function<void(const base::Error&)>& failed) const {
  if (!listens(event)) return {};
  const std::shared_ptr<const List> hooks = list();
  for (const auto& hook : *hooks) {
    if (!is_meant(*hook, event, object.model())) continue;
    const Run run(*hook);
    if (!run.is_wanted()) continue;
    base::Status done = hook->run(event, call, object);
    if (!done && hook->may_fail && (event & kWriteEvents) != 0) return done;
    if (!done && failed) failed(done.error());
  }
  return {};
}

}  // namespace thing::entity
