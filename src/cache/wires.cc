#include "cache/wires.h"

#include <array>

#include <fmt/format.h>

#include "base/faults.h"
#include "cache/shared/scripts.h"
#include "cache/shared/weak_scripts.h"

namespace thing::cache::redis {

using base::Code;
using base::fail;

namespace {

const Script& script_of(shared::Script script) {
  static const Script scripts[] = {Script(shared::kLeaseScript),   Script(shared::kFillScript),
                                   Script(shared::kMarkScript),    Script(shared::kClearScript),
                                   Script(shared::kResolveScript), Script(shared::kAcquireScript),
                                   Script(shared::kPutRowsScript), Script(shared::kPutWindowScript),
                                   Script(shared::kCopiesScript),  Script(shared::kDropScript)};
  static_assert(std::size(scripts) == static_cast<size_t>(shared::Script::kCount));
#ifdef THING_FAULTS
  static const shared::WeakScripts<Script> weak(scripts);
  return weak.of(scripts[static_cast<size_t>(script)]);
#else
  return scripts[static_cast<size_t>(script)];
#endif
}

shared::Reply reply_of(const Reply& reply) {
  shared::Reply out;
  switch (reply.kind()) {
    case ReplyKind::kInteger:
      out.kind = shared::Reply::Kind::kInteger;
      out.integer = reply.integer();
      break;
    case ReplyKind::kText:
    case ReplyKind::kStatus:
      out.kind = shared::Reply::Kind::kBytes;
      out.bytes = reply.text();
      break;
    case ReplyKind::kArray:
      out.kind = shared::Reply::Kind::kArray;
      out.items.reserve(reply.size());
      for (const Reply item : reply) out.items.push_back(reply_of(item));
      break;
    case ReplyKind::kNil:
    case ReplyKind::kError: break;
  }
  return out;
}

std::vector<std::string_view> views(const shared::Words& words) {
  return {words.begin(), words.end()};
}

class LinkWire : public shared::Wire {
 public:
  LinkWire(Link& link, std::string_view space) : link_(link) {
    const std::string_view run = link.facts().run_id;
    space_.append(space).append(1, ':');
    if (!base::is_removed("keys.run_id")) space_.append(run.substr(0, 16));
    space_.append(1, ':');
  }
  std::string_view space() const override { return space_; }
  void ask(const shared::Words& command) override { link_.append(views(command)); }
  void run(shared::Script script, const shared::Words& keys,
           const shared::Words& arguments) override {
    link_.append(script_of(script), views(keys), views(arguments));
  }
  base::Result<shared::Reply> answer() override {
    THING_ASSIGN(const Reply reply, link_.read(Patience()));
    if (reply.is_error()) return fail(Code::kConnection, "Redis: {}", reply.text());
    return reply_of(reply);
  }

 private:
  Link& link_;
  std::string space_;
};

class LoanWire final : public LinkWire {
 public:
  LoanWire(LinkPool::Loan link, std::string_view space)
      : LinkWire(*link, space), loan_(std::move(link)) {}

 private:
  LinkPool::Loan loan_;
};

// A server whose answers can not be relied on is like one that does not answer.
base::Status check(const Facts& facts) {
  if (facts.is_replica())
    return fail(Code::kConnection, "Redis: found a replica, expected a server that takes writes");
  if (facts.is_cluster())
    return fail(Code::kUnsupported, "Redis: found a cluster, expected one server");
  return {};
}

}  // namespace

// A server that was started again may have forgotten marks that it had, so each run has keys of its
// own: by its id, which every link learns from the server itself.
Wires::Wires(Config config, std::string_view space, shared::Greet greet)
    : space_(full_space(config, space)),
      greet_(std::move(greet)),
      pool_(std::move(config),
            [this](Link& link, const Greeting&, const Patience&) -> base::Status {
              THING_TRY(check(link.facts()));
              if (greet_ != nullptr) {
                LinkWire wire(link, space_);
                THING_TRY(greet_(wire));
              }
              const std::lock_guard lock(mutex_);
              facts_ = link.facts();
              return {};
            }) {}

std::string Wires::full_space(const Config& config, std::string_view space) {
  return fmt::format("{}:{}", config.prefix, space);
}

base::Result<std::unique_ptr<shared::Wire>> Wires::take(bool must) {
  auto loan = pool_.take(Patience(), must ? LinkPool::Need::kMust : LinkPool::Need::kMay);
  if (!loan) return fail(std::move(loan.error()));
  return std::unique_ptr<shared::Wire>(std::make_unique<LoanWire>(std::move(*loan), space_));
}

std::string Wires::weakness() const {
  const Facts known = facts();
  if (!known.evicts_keys_without_ttl()) return "";
  return fmt::format(
      "maxmemory-policy is {}, which evicts keys without a time to live too: a read may see an old "
      "value while a write is under way, and one whose program died may leave it for its time to "
      "live",
      known.policy);
}

Facts Wires::facts() const {
  const std::lock_guard lock(mutex_);
  return facts_;
}

}  // namespace thing::cache::redis
