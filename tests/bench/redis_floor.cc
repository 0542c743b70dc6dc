#include "redis_floor.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace bench {

using thing::cache::redis::Link;
using thing::cache::redis::Patience;
using thing::cache::redis::Reply;

namespace {

[[noreturn]] void fail(std::string_view message) {
  std::fprintf(stderr, "floor: Redis: %.*s\n", static_cast<int>(message.size()), message.data());
  std::exit(1);
}

int64_t number(std::string_view text) { return std::atoll(std::string(text).c_str()); }

}  // namespace

RedisFloor::RedisFloor(const std::string& url) {
  const auto config = thing::cache::redis::parse_url(url);
  if (!config) fail(config.error().message());
  auto link = Link::connect(*config, Patience());
  if (!link) fail(link.error().message());
  link_ = std::move(*link);
}

Reply RedisFloor::ask(Link::Words words) {
  link_->append(words);
  const auto reply = link_->read(Patience());
  if (!reply) fail(reply.error().message());
  if (reply->is_error()) fail(reply->text());
  return *reply;
}

int64_t RedisFloor::calls(std::initializer_list<std::string_view> names) {
  const std::string_view info = ask({"INFO", "commandstats"}).text();
  int64_t sum = 0;
  for (const std::string_view name : names) {
    const std::string head = "cmdstat_" + std::string(name) + ":calls=";
    if (const size_t at = info.find(head); at != info.npos)
      sum += number(info.substr(at + head.size(), 20));
  }
  return sum;
}

void RedisFloor::watch_scripts() {
  ask({"CONFIG", "SET", "slowlog-max-len", "100000"});
  ask({"CONFIG", "SET", "slowlog-log-slower-than", "0"});
  ask({"SLOWLOG", "RESET"});
}

std::vector<RedisFloor::Ran> RedisFloor::scripts() {
  std::vector<Ran> out;
  for (const Reply entry : ask({"SLOWLOG", "GET", "-1"})) {
    const Reply words = entry.at(3);
    const std::string_view name = words.size() > 2 ? words.at(0).text() : "";
    if (name == "EVALSHA" || name == "EVAL")
      out.push_back({entry.at(2).integer(), number(words.at(2).text())});
  }
  std::reverse(out.begin(), out.end());
  return out;
}

void RedisFloor::unwatch_scripts() {
  ask({"CONFIG", "SET", "slowlog-log-slower-than", "10000"});
  ask({"CONFIG", "SET", "slowlog-max-len", "128"});
}

}  // namespace bench
