#include "network.h"

#include <chrono>
#include <deque>
#include <list>
#include <random>
#include <stdexcept>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace storm {
namespace {

using Clock = std::chrono::steady_clock;

// Where "host:port" is in scheme://user:password@host:port/name
struct Authority {
  size_t at, size;
};

Authority authority_of(const std::string& url) {
  const size_t start = url.find("://") + 3;
  const size_t end = std::min(url.find_first_of("/?", start), url.size());
  const size_t user = url.rfind('@', end);
  const size_t at = user == std::string::npos || user < start ? start : user + 1;
  return {at, end - at};
}

// The value of ?host=... or ?port=..., which PostgreSQL's URLs name a folder of sockets by.
std::string parameter(const std::string& url, const std::string& name) {
  size_t at = url.find("?" + name + "=");
  if (at == std::string::npos) at = url.find("&" + name + "=");
  if (at == std::string::npos) return "";
  at += name.size() + 2;
  return url.substr(at, url.find('&', at) - at);
}

sockaddr_in inet(const std::string& host, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1)
    throw std::runtime_error("no address of digits: " + host);
  return address;
}

void send_at_once(int socket) {
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// One direction of a connection: what came, and when it may go on.
struct Flow {
  struct Piece {
    Clock::time_point due;
    std::string bytes;
  };
  int from = -1, to = -1;
  std::deque<Piece> pieces;
  bool has_ended = false;
  bool is_lost = false;  // what comes goes nowhere
  bool is_held = false;  // it goes on later

  static constexpr size_t kMostPieces = 64;
  bool can_take() const { return !has_ended && pieces.size() < kMostPieces; }

  void take(Clock::duration delay) {
    char bytes[1 << 14];
    const ssize_t n = recv(from, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n > 0 && is_lost) return;
    if (n > 0) {
      // Nothing overtakes what is before it.
      auto due = Clock::now() + delay;
      if (!pieces.empty()) due = std::max(due, pieces.back().due);
      pieces.push_back({due, std::string(bytes, static_cast<size_t>(n))});
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
      has_ended = true;
    }
  }
  // False: the other side is gone.
  bool give(Clock::time_point now) {
    if (is_held) return true;
    while (!pieces.empty() && pieces.front().due <= now) {
      std::string& bytes = pieces.front().bytes;
      const ssize_t n = send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n < 0 && (errno == EAGAIN || errno == EINTR)) return true;
      if (n <= 0) return false;
      bytes.erase(0, static_cast<size_t>(n));
      if (bytes.empty()) pieces.pop_front();
    }
    return !(has_ended && pieces.empty());
  }
};

struct Pair {
  Flow up, down;

  // From here on nothing that one side says is heard by the other, not even that it is gone.
  void mute(int how) {
    Flow& flow = how == Board::kServer ? down : up;
    (how == Board::kHeld ? flow.is_held : flow.is_lost) = true;
    if (flow.is_lost) flow.pieces.clear();
  }
  bool is_muted() const { return up.is_lost || down.is_lost; }
  // What was held is said at once, to the end. False: it is over for both sides.
  bool go_on() {
    if (up.is_held) {
      up.is_held = false;
      if (!up.is_lost) (void)up.give(Clock::time_point::max());
    }
    return !is_muted();
  }
  // False: it is over for both sides. A side of a muted pair that is gone is missed by nobody.
  bool pass(Clock::time_point now) {
    bool lives = true;
    for (Flow* flow : {&up, &down}) {
      if (flow->is_lost || flow->give(now)) continue;
      lives = is_muted() || up.is_held;
      if (lives) mute(flow == &up ? Board::kClients : Board::kServer);
    }
    return lives;
  }
};

class Doorkeeper {
 public:
  Doorkeeper(Board& board, Board::Door& door, const std::string& url)
      : board_(board), door_(door), random_(std::random_device{}()) {
    if (const std::string folder = parameter(url, "host"); !folder.empty()) {
      path_ = folder + "/.s.PGSQL." + parameter(url, "port");
    } else {
      const Authority a = authority_of(url);
      const size_t colon = url.find(':', a.at);
      server_ = inet(url.substr(a.at, colon - a.at), std::stoi(url.substr(colon + 1)));
    }
    sockaddr_in own = inet("127.0.0.1", 0);
    auto* const any = reinterpret_cast<sockaddr*>(&own);
    socklen_t size = sizeof own;
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener_, any, size) != 0 || listen(listener_, 64) != 0 ||
        getsockname(listener_, any, &size) != 0)
      throw std::runtime_error("no socket for a door");
    door_.port = ntohs(own.sin_port);
  }

  void run() {
    int cuts = door_.cuts;
    while (!board_.stop) {
      if (const int now = door_.cuts; now != cuts) {
        cuts = now;
        end_pairs([](Pair&) { return true; });
      }
      if (door_.is_shut) end_pairs([](Pair&) { return true; });
      // What was muted was forgotten by the network on its way: it does not go on.
      if (const int how = door_.mute; how == Board::kNobody) {
        end_pairs([](Pair& pair) { return !pair.go_on(); });
      } else {
        for (Pair& pair : pairs_) pair.mute(how);
      }
      turn();
    }
  }

 private:
  static void close_both(const Pair& pair) { close(pair.up.from), close(pair.up.to); }
  template <class Which>
  void end_pairs(Which which) {
    for (auto pair = pairs_.begin(); pair != pairs_.end();) {
      const bool ends = which(*pair);
      if (ends) close_both(*pair);
      pair = ends ? pairs_.erase(pair) : std::next(pair);
    }
  }

  Clock::duration delay() {
    const int most = door_.delay_ms;
    return std::chrono::microseconds(most <= 0 ? 0
                                               : random_() % (1000 * static_cast<unsigned>(most)));
  }

  void turn() {
    std::vector<pollfd> all{{listener_, POLLIN, 0}};
    for (const Pair& pair : pairs_) {
      all.push_back({pair.up.can_take() ? pair.up.from : -1, POLLIN, 0});
      all.push_back({pair.down.can_take() ? pair.down.from : -1, POLLIN, 0});
    }
    if (poll(all.data(), all.size(), wait_ms()) < 0) return;
    const auto now = Clock::now();
    size_t i = 1;
    for (auto pair = pairs_.begin(); pair != pairs_.end(); i += 2) {
      if (all[i].revents != 0) pair->up.take(delay());
      if (all[i + 1].revents != 0) pair->down.take(delay());
      const bool lives = pair->pass(now);
      if (!lives) close_both(*pair);
      pair = lives ? std::next(pair) : pairs_.erase(pair);
    }
    if (all[0].revents != 0) accept_one();
  }

  int wait_ms() const {
    auto next = Clock::now() + std::chrono::milliseconds(20);
    for (const Pair& pair : pairs_) {
      for (const Flow* flow : {&pair.up, &pair.down}) {
        if (!flow->pieces.empty()) next = std::min(next, flow->pieces.front().due);
      }
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now()).count();
    return left > 0 ? static_cast<int>(left) : 0;
  }

  void accept_one() {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const int server = door_.is_shut ? -1 : connect_server();
    if (server < 0) {
      close(client);
      return;
    }
    send_at_once(client);
    send_at_once(server);
    pairs_.push_back({{client, server, {}}, {server, client, {}}});
  }

  int connect_server() const {
    sockaddr_un local{};
    local.sun_family = AF_UNIX;
    path_.copy(local.sun_path, sizeof local.sun_path - 1);
    const bool is_local = !path_.empty();
    const int server = socket(is_local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int done =
        is_local ? connect(server, reinterpret_cast<const sockaddr*>(&local), sizeof local)
                 : connect(server, reinterpret_cast<const sockaddr*>(&server_), sizeof server_);
    if (done == 0) return server;
    close(server);
    return -1;
  }

  Board& board_;
  Board::Door& door_;
  std::mt19937_64 random_;
  sockaddr_in server_{};
  std::string path_;  // of a local socket, in its place
  int listener_ = -1;
  std::list<Pair> pairs_;
};

}  // namespace

std::string through(const std::string& url, int port) {
  const Authority a = authority_of(url);
  std::string rest = url.substr(a.at + a.size);
  if (!parameter(url, "host").empty()) rest = rest.substr(0, rest.find('?'));
  return url.substr(0, a.at) + "127.0.0.1:" + std::to_string(port) + rest;
}

void keep_door(Board& board, Board::Door& door, const std::string& url) {
  Doorkeeper(board, door, url).run();
}

}  // namespace storm
