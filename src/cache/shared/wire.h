#pragma once
// What the protocol asks of Redis. Tests put their own wire between.
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace thing::cache::shared {

// A reply; its bytes are valid until the wire's next answer().
struct Reply {
  enum class Kind : uint8_t { kNil, kInteger, kBytes, kArray };
  Kind kind = Kind::kNil;
  int64_t integer = 0;
  std::string_view bytes;
  std::vector<Reply> items;

  bool is_array(size_t least) const { return kind == Kind::kArray && items.size() >= least; }
  bool is_bytes() const { return kind == Kind::kBytes; }
};

enum class Script : uint8_t {
  kLease,
  kFill,
  kMark,
  kClear,
  kResolve,
  kAcquire,
  kPutRows,
  kPutWindow,
  kCopies,
  kDrop,
  kCount
};

using Words = std::vector<std::string>;

// A connection to Redis for one conversation. [1] After any failure it is closed, and every further
// call fails.
class Wire {
 public:
  virtual ~Wire() = default;
  // What all keys begin with: another after each restart of Redis, which may have forgotten marks.
  virtual std::string_view space() const = 0;
  // Requests are sent together by the first answer(), and answered in order.
  virtual void ask(const Words& command) = 0;
  virtual void run(Script script, const Words& keys, const Words& arguments) = 0;
  virtual base::Result<Reply> answer() = 0;
};

// What is done over each new connection before anybody uses it; one that fails is not used.
using Greet = std::function<base::Status(Wire&)>;

// Hears of changes for as long as it lives; calls from a thread of its own.
class Hearing {
 public:
  struct Told {
    // The key changed or ended: without what all keys begin with.
    std::function<void(std::string_view key)> changed;
    // Any key may have changed. `space`: what the keys that are heard of from now on begin with, as
    // Wire::space(); "" when none are.
    std::function<void(std::string_view space)> lost;
    // What is known counts until then, by base::boot_micros().
    std::function<void(int64_t until)> heard;
  };
  virtual ~Hearing() = default;
};

// Where wires come from. [S]
class Wires {
 public:
  virtual ~Wires() = default;
  // `must`: also when all are in use by reads, for what takes marks off.
  virtual base::Result<std::unique_ptr<Wire>> take(bool must) = 0;
  // No wire that is there now is given again: another is made, and greeted.
  virtual void renew() noexcept {}
  // Why marks may be lost there; "" when they may not.
  virtual std::string weakness() const { return ""; }
};

}  // namespace thing::cache::shared
