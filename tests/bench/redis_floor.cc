#include "redis_floor.h"

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

// The sum of a statistic of these commands.
int64_t RedisFloor::sum(std::initializer_list<std::string_view> names, std::string_view statistic) {
  const std::string_view info = ask({"INFO", "commandstats"}).text();
  int64_t sum = 0;
  for (const std::string_view name : names) {
    const size_t line = info.find("cmdstat_" + std::string(name) + ":");
    if (line == info.npos) continue;
    const size_t at = info.find(statistic, line);
    if (at != info.npos) sum += number(info.substr(at + statistic.size(), 20));
  }
  return sum;
}

int64_t RedisFloor::calls(std::initializer_list<std::string_view> names) {
  return sum(names, "calls=");
}

int64_t RedisFloor::script_micros() { return sum({"eval", "evalsha"}, "usec="); }

}  // namespace bench
