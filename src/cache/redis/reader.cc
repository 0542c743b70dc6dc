#include "cache/redis/reader.h"

#include <algorithm>
#include <cstring>
#include <new>

#include <hiredis/read.h>

namespace thing::cache::redis {

using base::Code;
using base::fail;

namespace {

constexpr char kOutOfMemory[] = "out of memory";
constexpr uint64_t kNodeBytes = 8;

ReplyKind kind_of(int type) {
  switch (type) {
    case REDIS_REPLY_STATUS: return ReplyKind::kStatus;
    case REDIS_REPLY_ERROR: return ReplyKind::kError;
    default: return ReplyKind::kText;
  }
}

}  // namespace

// What hiredis calls for each part of a reply. They are called from C, so nothing may be thrown.
struct ReplyReader::Calls {
  static ReplyReader& owner(const redisReadTask* task) {
    return *static_cast<ReplyReader*>(task->privdata);
  }

  static void* text(const redisReadTask* task, char* text, size_t size) {
    ReplyReader& self = owner(task);
    // hiredis counts the line's end of a text and does not look at it.
    if (text[size] != '\r' || text[size + 1] != '\n') {
      self.refusal_ = "a text does not end where its length says";
      return nullptr;
    }
    return self.add({kind_of(task->type), 0, 0, size, 0}, {text, size});
  }
  static void* array(const redisReadTask* task, int elements) {
    ReplyReader& self = owner(task);
    if (elements < 0 || static_cast<uint32_t>(elements) > self.limits_.elements) {
      self.refusal_ = "an array has too many elements";
      return nullptr;
    }
    return self.add({ReplyKind::kArray, elements, 0, 0, 0}, {});
  }
  static void* integer(const redisReadTask* task, long long n) {
    return owner(task).add({ReplyKind::kInteger, n, 0, 0, 0}, {});
  }
  static void* nil(const redisReadTask* task) {
    return owner(task).add({ReplyKind::kNil, 0, 0, 0, 0}, {});
  }
  static void drop(void*) {}
};

void ReplyReader::Free::operator()(redisReader* reader) const { redisReaderFree(reader); }

ReplyReader::ReplyReader(const ReplyLimits& limits) : limits_(limits) {
  static redisReplyObjectFunctions calls = {Calls::text, Calls::array, Calls::integer, Calls::nil,
                                            Calls::drop};
  reader_.reset(redisReaderCreateWithFunctions(&calls));
  if (reader_ == nullptr) throw std::bad_alloc();
  reader_->privdata = this;
}

ReplyReader::~ReplyReader() = default;

void* ReplyReader::add(const ReplyData::Node& node, std::string_view text) noexcept {
  bytes_ += kNodeBytes + text.size();
  if (text.size() > limits_.bulk || bytes_ > limits_.bytes) {
    refusal_ = text.size() > limits_.bulk ? "a text is too long" : "a reply is too long";
    return nullptr;
  }
  try {
    data_.nodes.push_back(node);
    data_.nodes.back().offset = data_.bytes.size();
    data_.bytes.append(text);
  } catch (const std::bad_alloc&) {
    refusal_ = kOutOfMemory;
    return nullptr;
  }
  return this;  // hiredis only asks whether there is something
}

base::Status ReplyReader::broken(std::string_view what) const {
  return fail(Code::kConnection, "Redis sent what is no reply: {}", what);
}

base::Status ReplyReader::feed(std::string_view bytes) {
  if (is_broken_) return broken("nothing can follow an error");
  if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) == REDIS_OK) return {};
  is_broken_ = true;
  return fail(base::Error());
}

// What is announced and not there yet must not be waited for when it would be refused.
base::Status ReplyReader::check_pending() const {
  const redisReader& r = *reader_;
  if (r.ridx < 0 || r.rstack[r.ridx].type < 0) return {};
  const std::string_view rest(r.buf + r.pos, r.len - r.pos);
  const size_t end = rest.find("\r\n");
  if (r.rstack[r.ridx].type != REDIS_REPLY_STRING || end == rest.npos) {
    if (std::min(end, rest.size()) <= limits_.line) return {};
    return broken("a line is too long");
  }
  uint64_t size = 0;
  for (const char c : rest.substr(0, end)) {
    if (c < '0' || c > '9') return {};  // hiredis says what is wrong with it
    size = std::min<uint64_t>(size * 10 + static_cast<uint64_t>(c - '0'), UINT64_MAX / 16);
  }
  if (size > limits_.bulk) return broken("a text is too long");
  if (bytes_ + size > limits_.bytes) return broken("a reply is too long");
  return {};
}

base::Result<bool> ReplyReader::next(ReplyData& out) {
  if (is_broken_) return fail(std::move(broken("nothing can follow an error").error()));
  void* reply = nullptr;
  is_broken_ = redisReaderGetReply(reader_.get(), &reply) != REDIS_OK;
  if (is_broken_ &&
      (refusal_ == kOutOfMemory || (refusal_ == nullptr && reader_->err == REDIS_ERR_OOM)))
    return fail(base::Error());
  if (is_broken_)
    return fail(std::move(broken(refusal_ != nullptr ? refusal_ : reader_->errstr).error()));
  if (reply == nullptr) {
    base::Status pending = check_pending();
    is_broken_ = !pending;
    if (is_broken_) return fail(std::move(pending.error()));
    return false;
  }
  data_.close();
  std::swap(out, data_);
  data_.clear();
  bytes_ = 0;
  return true;
}

bool ReplyReader::is_between_replies() const {
  return !is_broken_ && data_.nodes.empty() && reader_->ridx <= 0 && reader_->pos == reader_->len &&
         (reader_->ridx < 0 || reader_->rstack[0].type < 0);
}

}  // namespace thing::cache::redis
