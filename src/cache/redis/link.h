#pragma once
// One connection to Redis: commands are appended, replies are read in their order.
//
//   link.append({"SET", key, value});       nothing is sent yet
//   link.append(mark, keys, arguments);     a script, by its name
//   link.read(patience)                     sends both, the reply of SET
//   link.read(patience)                     the reply of the script
//
// A link that met a timeout, a cancelled call, a protocol error or the end of the stream is closed
// for ever: nobody knows which command the next bytes would answer.
//
// A script goes by its text the first time on each link, and by its name from then on. A server
// that forgot it (SCRIPT FLUSH) says NOSCRIPT; it is then sent by its text again, behind what was
// appended after it: commands whose order against a script matters do not share a pipeline with it.
#include <deque>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cache/redis/config.h"
#include "cache/redis/facts.h"
#include "cache/redis/patience.h"
#include "cache/redis/reader.h"
#include "cache/redis/script.h"
#include "cache/redis/socket.h"

namespace thing::cache::redis {

// How a link came to its end.
enum class Ending : uint8_t {
  kNone,      // it has not
  kFailed,    // by the server or the network
  kTimedOut,  // no reply within Config::timeout_ms
  kDropped,   // by its user: an earlier deadline of the call, cancelled
};

class Link {
 public:
  using Words = std::span<const std::string_view>;

  // With AUTH, SELECT and INFO done. Within Config::connect_timeout_ms at most.
  static base::Result<std::unique_ptr<Link>> connect(const Config& config,
                                                     const Patience& patience);
  Link(const Link&) = delete;

  void append(Words words);
  void append(std::initializer_list<std::string_view> words) {
    append(Words(words.begin(), words.size()));
  }
  void append(const Script& script, Words keys, Words arguments);
  // The next reply, an error reply too; valid until the link is used again.
  base::Result<Reply> read(const Patience& patience);
  // One command and its reply, when no other is under way; an error reply is an Error.
  base::Result<Reply> call(std::initializer_list<std::string_view> words, const Patience& patience);
  base::Result<Reply> call(const Script& script, Words keys, Words arguments,
                           const Patience& patience);

  // What the server says next, asked for or not, of a link that subscribed to something; nullopt
  // when it says nothing until the deadline, and the link stays open.
  base::Result<std::optional<Reply>> listen(const Patience& patience);

  size_t pending() const { return sent_.size(); }  // replies to come
  bool is_open() const { return socket_.is_open(); }
  // Open, nothing under way, and nothing came that was not asked for.
  bool is_quiet();
  Ending ending() const { return ending_; }
  // An error reply said that the server can not serve (LOADING, READONLY and their like).
  bool met_down() const { return met_down_; }
  void drop() { end(Ending::kDropped); }
  // Has a waiting read() look at whether it was cancelled; from any thread, while the link lives.
  void wake() { socket_.wake(); }

  // For who keeps links: when it was made, by a count of theirs.
  uint64_t age = 0;
  const Facts& facts() const { return facts_; }
  struct Counts {
    uint64_t commands = 0, bytes_sent = 0, bytes_received = 0;
  };
  const Counts& counts() const { return counts_; }

 private:
  // A command whose reply is to come.
  struct Sent {
    const Script* script = nullptr;  // that went by its name
    size_t words = 0;
    size_t rest = 0;  // where the words behind the name begin in out_, and end
    size_t end = 0;
  };
  // Until when a read may take, and whose limit that is.
  struct Limit {
    Patience patience;
    bool is_own = false;  // Config::timeout_ms, not the call's deadline
  };

  explicit Link(const Config& config);
  base::Status greet(const Config& config, const Patience& patience);
  Limit limit_of(const Patience& patience, int64_t time) const;
  base::Status receive(ReplyData& out, const Limit& limit);
  base::Status exchange(const Limit& limit);
  base::Status send_some();
  base::Status take_bytes();
  base::Status repair(const Limit& limit);
  base::Result<Reply> one_reply(const Patience& patience);
  base::Status check_open() const;
  base::Status check_free() const;  // for a command whose reply is read at once
  bool is_forgotten(const Sent& sent, const ReplyData& reply) const;
  void put_head(char kind, size_t count);
  void put_words(size_t count);
  void put(std::string_view word);
  void end(Ending ending);

  const int64_t timeout_;  // microseconds
  Socket socket_;
  ReplyReader reader_;
  Facts facts_;
  std::string out_;  // kept until all replies are there: a script may have to go again
  size_t out_sent_ = 0;
  bool can_send_ = true;
  int64_t quiet_at_ = 0;  // when it was last seen that nothing came
  std::deque<Sent> sent_;
  std::deque<ReplyData> early_;  // replies of the first of sent_ that were read before their turn
  ReplyData current_;
  std::vector<const Script*> known_;  // scripts that went by their text over this link
  Ending ending_ = Ending::kNone;
  bool met_down_ = false;
  Counts counts_;
};

}  // namespace thing::cache::redis
