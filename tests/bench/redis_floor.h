#pragma once
// Redis by hand, over the library's own client.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cache/redis/link.h"

namespace bench {

class RedisFloor {
 public:
  explicit RedisFloor(const std::string& url);

  // One command and its reply, which is valid until the next. Ends the program on an error.
  thing::cache::redis::Reply ask(thing::cache::redis::Link::Words words);
  thing::cache::redis::Reply ask(std::initializer_list<std::string_view> words) {
    return ask({words.begin(), words.size()});
  }

  // How often the server ran the commands of these names since it was started; those in scripts
  // count for their own names.
  int64_t calls(std::initializer_list<std::string_view> names);

  // Microseconds that the server itself took for all scripts since it was started. (Its slow log
  // would tell of each one, but has an entry for each command in a script, too, which takes longer
  // than the command.)
  int64_t script_micros();

 private:
  int64_t sum(std::initializer_list<std::string_view> names, std::string_view statistic);
  std::unique_ptr<thing::cache::redis::Link> link_;
};

}  // namespace bench
