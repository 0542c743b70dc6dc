// Replies of Redis. The first byte says in pieces of how many bytes they come, and which limits
// hold; the rest is what the server sends. Read in pieces it must give the same replies, and the
// same refusal, as at once; and each reply, written again, must be read as itself.
#include <optional>
#include <string>
#include <vector>

#include "cache/redis/errors.h"
#include "cache/redis/facts.h"
#include "cache/redis/reader.h"
#include "fuzz.h"

namespace trial {
namespace {

using thing::cache::redis::Reply;
using thing::cache::redis::ReplyData;
using thing::cache::redis::ReplyKind;
using thing::cache::redis::ReplyLimits;
using thing::cache::redis::ReplyReader;

struct Heard {
  std::vector<std::string> replies;  // written again
  bool is_refused = false;
  bool is_between = false;
};

void write(const Reply& reply, std::string& out) {
  const std::string text(reply.text());
  switch (reply.kind()) {
    case ReplyKind::kNil: out += "$-1\r\n"; return;
    case ReplyKind::kStatus: out += "+" + text + "\r\n"; return;
    case ReplyKind::kError: out += "-" + text + "\r\n"; return;
    case ReplyKind::kInteger: out += ":" + std::to_string(reply.integer()) + "\r\n"; return;
    case ReplyKind::kText:
      out += "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
      return;
    case ReplyKind::kArray: break;
  }
  out += "*" + std::to_string(reply.size()) + "\r\n";
  size_t i = 0;
  for (const Reply element : reply) {
    std::string once, again;
    write(element, once);
    if (i < 8) {
      write(reply.at(i), again);
      expect(once == again, "an element is another by its number");
    }
    ++i;
    out += once;
  }
  expect(i == reply.size(), "an array has another size");
}

void check(const ReplyData& data, const ReplyLimits& limits) {
  expect(data.bytes.size() + data.nodes.size() * 8 <= limits.bytes, "a reply is over its limit");
  for (const ReplyData::Node& node : data.nodes) {
    expect(node.size <= limits.bulk, "a text is over its limit");
    expect(node.end > 0 && node.end <= data.nodes.size(), "a node ends outside");
  }
}

Heard hear(const std::string& bytes, size_t piece, const ReplyLimits& limits) {
  Heard heard;
  ReplyReader reader(limits);
  for (size_t at = 0; at < bytes.size() && !heard.is_refused; at += piece) {
    expect(reader.feed(std::string_view(bytes).substr(at, piece)).has_value(), "out of memory");
    for (;;) {
      ReplyData data;
      const auto there = reader.next(data);
      heard.is_refused = !there.has_value();
      if (!there || !*there) break;
      check(data, limits);
      const Reply reply(data);
      heard.replies.emplace_back();
      write(reply, heard.replies.back());
      if (reply.is_error()) (void)thing::cache::redis::error_of(reply.text());
      thing::cache::redis::Facts facts;
      thing::cache::redis::read_info(reply.text(), facts);
    }
  }
  heard.is_between = reader.is_between_replies();
  return heard;
}

void run(const uint8_t* data, size_t size) {
  if (size == 0) return;
  const std::string bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  ReplyLimits limits;
  if ((data[0] & 0x80) != 0) limits = {200, 50, 8, 40};
  const Heard whole = hear(bytes, std::max<size_t>(bytes.size(), 1), limits);
  const Heard parts = hear(bytes, data[0] % 16 + 1U, limits);
  expect(whole.replies == parts.replies, "other replies come in pieces");
  expect(whole.is_refused == parts.is_refused && whole.is_between == parts.is_between,
         "another end comes in pieces");
  for (const std::string& reply : whole.replies) {
    const Heard again = hear(reply, reply.size(), limits);
    expect(again.replies.size() == 1 && again.replies[0] == reply && again.is_between,
           "a reply is another when it is read again", reply);
  }
}

}  // namespace
}  // namespace trial

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return trial::checked([&] { trial::run(data, size); });
}
