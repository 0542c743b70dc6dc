#include "cache/redis/link.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <poll.h>

#include "base/clock.h"
#include "cache/redis/errors.h"

namespace thing::cache::redis {

using base::Code;
using base::fail;

namespace {

constexpr int64_t kSeenJustNow = 50;    // microseconds for which nobody looks again
constexpr size_t kRoom = 16 << 10;      // received at once
constexpr size_t kKeptOut = 256 << 10;  // capacity that out_ keeps between exchanges

int64_t now() { return base::system_clock().monotonic_micros(); }

ReplyLimits limits_of(const Config& config) {
  ReplyLimits limits;
  limits.bytes = config.reply_bytes;
  limits.bulk = config.bulk_bytes;
  limits.elements = config.array_elements;
  return limits;
}

}  // namespace

Link::Link(const Config& config) : timeout_(config.timeout_ms * 1000), reader_(limits_of(config)) {}

base::Result<std::unique_ptr<Link>> Link::connect(const Config& config, const Patience& patience) {
  std::unique_ptr<Link> link(new Link(config));
  Patience own = patience;
  own.deadline = std::min(patience.deadline, now() + config.connect_timeout_ms * 1000);
  base::Status status = link->socket_.connect(config, own);
  if (status) status = link->greet(config, own);
  if (!status)
    return fail(std::move(status.error()).context("while connecting to " + config.shown()));
  return link;
}

// One round trip. The first error is told: INFO of a connection that needs a password says less.
base::Status Link::greet(const Config& config, const Patience& patience) {
  size_t introductions = 0;
  if (!config.password.empty()) {
    ++introductions;
    if (config.user.empty()) {
      append({"AUTH", config.password});
    } else {
      append({"AUTH", config.user, config.password});
    }
  }
  if (config.db != 0) {
    ++introductions;
    append({"SELECT", std::to_string(config.db)});
  }
  for (const char* section : {"server", "memory", "replication"}) append({"INFO", section});
  for (size_t i = 0; pending() > 0; ++i) {
    const Limit limit{patience, false};
    THING_TRY(receive(current_, limit));
    sent_.pop_front();
    const Reply reply(current_);
    if (reply.is_error()) return fail(error_of(reply.text()));
    if (i >= introductions) read_info(reply.text(), facts_);
  }
  out_.clear();
  out_sent_ = 0;
  return check_facts(facts_);
}

// fmt would take longer for this than all else that is done for a word.
void Link::put_head(char kind, size_t count) {
  char text[24];
  char* const end = std::to_chars(text, text + sizeof text, count).ptr;
  out_.append(1, kind).append(text, end).append("\r\n");
}

void Link::put(std::string_view word) {
  put_head('$', word.size());
  out_.append(word).append("\r\n");
}

void Link::put_words(size_t count) { put_head('*', count); }

void Link::append(Words words) {
  put_words(words.size());
  for (const std::string_view word : words) put(word);
  sent_.push_back({});
}

void Link::append(const Script& script, Words keys, Words arguments) {
  Sent sent;
  sent.words = 3 + keys.size() + arguments.size();
  const bool is_known = std::find(known_.begin(), known_.end(), &script) != known_.end();
  put_words(sent.words);
  put(is_known ? "EVALSHA" : "EVAL");
  put(is_known ? script.sha() : script.text());
  sent.rest = out_.size();
  put(std::to_string(keys.size()));
  for (const std::string_view key : keys) put(key);
  for (const std::string_view argument : arguments) put(argument);
  sent.end = out_.size();
  if (is_known) {
    sent.script = &script;
  } else {
    known_.push_back(&script);
  }
  sent_.push_back(sent);
}

bool Link::is_quiet() {
  if (!is_open() || !sent_.empty() || !socket_.is_quiet()) return false;
  quiet_at_ = now();
  return true;
}

Link::Limit Link::limit_of(const Patience& patience, int64_t time) const {
  const int64_t own = time + timeout_;
  Limit limit{patience, own < patience.deadline};
  if (limit.is_own) limit.patience.deadline = own;
  return limit;
}

void Link::end(Ending ending) {
  if (ending_ == Ending::kNone) ending_ = ending;
  socket_.close();
}

base::Status Link::send_some() {
  const std::string_view rest = std::string_view(out_).substr(out_sent_);
  if (rest.empty() || !can_send_) return {};
  auto sent = socket_.send(rest);
  // What the server said before it hung up is worth more than that it did.
  can_send_ = sent.has_value();
  if (!can_send_) return {};
  out_sent_ += *sent;
  counts_.bytes_sent += *sent;
  return {};
}

// Sends and receives what can be, waiting for one of them.
base::Status Link::exchange(const Limit& limit) {
  THING_TRY(send_some());
  const bool has_more = can_send_ && out_sent_ < out_.size();
  const short events = static_cast<short>(has_more ? POLLIN | POLLOUT : POLLIN);
  switch (socket_.wait(events, limit.patience)) {
    case Socket::Woke::kLate:
      end(limit.is_own ? Ending::kTimedOut : Ending::kDropped);
      return late();
    case Socket::Woke::kCancelled: end(Ending::kDropped); return cancelled();
    case Socket::Woke::kReady: break;
  }
  return take_bytes();
}

base::Status Link::take_bytes() {
  std::array<char, kRoom> room;
  auto got = socket_.receive(room.data(), room.size());
  base::Status status;
  if (got) {
    counts_.bytes_received += *got;
    status = reader_.feed({room.data(), *got});
  } else {
    status = fail(std::move(got.error()));
  }
  if (!status) end(Ending::kFailed);
  return status;
}

// The next reply on the wire.
base::Status Link::receive(ReplyData& out, const Limit& limit) {
  for (;;) {
    auto there = reader_.next(out);
    if (!there) {
      end(Ending::kFailed);
      return fail(std::move(there.error()));
    }
    if (*there) break;
    THING_TRY(exchange(limit));
  }
  ++counts_.commands;
  const Reply reply(out);
  if (reply.is_error() && classify(reply.text()).is_down) met_down_ = true;
  return {};
}

bool Link::is_forgotten(const Sent& sent, const ReplyData& data) const {
  const Reply reply(data);
  return sent.script != nullptr && reply.is_error() && classify(reply.text()).is_no_script;
}

// Reads all replies that are to come, and runs each script that was forgotten by its text.
base::Status Link::repair(const Limit& limit) {
  while (early_.size() < sent_.size()) {
    ReplyData data;
    THING_TRY(receive(data, limit));
    early_.push_back(std::move(data));
  }
  std::vector<size_t> again;
  for (size_t i = 0; i < sent_.size(); ++i) {
    if (!is_forgotten(sent_[i], early_[i])) continue;
    const std::string rest = out_.substr(sent_[i].rest, sent_[i].end - sent_[i].rest);
    put_words(sent_[i].words);
    put("EVAL");
    put(sent_[i].script->text());
    out_ += rest;
    again.push_back(i);
  }
  for (const size_t i : again) THING_TRY(receive(early_[i], limit));
  return {};
}

base::Status Link::check_open() const {
  return is_open() ? base::Status() : fail(Code::kConnection, "the link to Redis is closed");
}

base::Status Link::check_free() const {
  THING_TRY(check_open());
  if (sent_.empty()) return {};
  return fail(Code::kState, "replies of other commands are to come");
}

base::Result<Reply> Link::read(const Patience& patience) {
  THING_TRY(check_open());
  if (sent_.empty()) return fail(Code::kState, "no command waits for its reply");
  const int64_t time = now();
  if (out_sent_ == 0 && early_.empty() && time - quiet_at_ > kSeenJustNow && !socket_.is_quiet()) {
    // A reply that nobody asked for would be taken for the next one. The end of the stream is told
    // by receive().
    char byte = 0;
    auto got = socket_.receive(&byte, 1);
    end(Ending::kFailed);
    if (!got) return fail(std::move(got.error()));
    return fail(Code::kConnection, "Redis sent what nobody asked for");
  }
  const Limit limit = limit_of(patience, time);
  if (early_.empty()) {
    THING_TRY(receive(current_, limit));
    if (is_forgotten(sent_.front(), current_)) {
      early_.push_back(std::move(current_));
      THING_TRY(repair(limit));
    }
  }
  if (!early_.empty()) {
    current_ = std::move(early_.front());
    early_.pop_front();
  }
  sent_.pop_front();
  if (!sent_.empty()) return Reply(current_);
  out_.clear();
  out_sent_ = 0;
  if (out_.capacity() > kKeptOut) out_.shrink_to_fit();
  if (!reader_.is_between_replies()) {
    end(Ending::kFailed);
    return fail(Code::kConnection, "Redis sent more replies than there were commands");
  }
  return Reply(current_);
}

base::Result<std::optional<Reply>> Link::listen(const Patience& patience) {
  THING_TRY(check_open());
  for (;;) {
    auto there = reader_.next(current_);
    if (!there) {
      end(Ending::kFailed);
      return fail(std::move(there.error()));
    }
    if (*there) break;
    THING_TRY(send_some());
    const bool has_more = can_send_ && out_sent_ < out_.size();
    if (!has_more) {
      out_.clear();
      out_sent_ = 0;
      sent_.clear();
    }
    switch (socket_.wait(static_cast<short>(has_more ? POLLIN | POLLOUT : POLLIN), patience)) {
      case Socket::Woke::kLate: return std::optional<Reply>();
      case Socket::Woke::kCancelled: end(Ending::kDropped); return fail(cancelled().error());
      case Socket::Woke::kReady: break;
    }
    THING_TRY(take_bytes());
  }
  return std::optional<Reply>(Reply(current_));
}

base::Result<Reply> Link::one_reply(const Patience& patience) {
  THING_ASSIGN(const Reply reply, read(patience));
  if (reply.is_error()) return fail(error_of(reply.text()));
  return reply;
}

base::Result<Reply> Link::call(std::initializer_list<std::string_view> words,
                               const Patience& patience) {
  THING_TRY(check_free());
  append(words);
  return one_reply(patience);
}

base::Result<Reply> Link::call(const Script& script, Words keys, Words arguments,
                               const Patience& patience) {
  THING_TRY(check_free());
  append(script, keys, arguments);
  return one_reply(patience);
}

}  // namespace thing::cache::redis
