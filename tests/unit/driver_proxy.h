#pragma once
// A network between a driver and its server that can be made to fail.
#include <atomic>
#include <cstdint>
#include <list>
#include <string>
#include <thread>

namespace thing::test {

// Listens on 127.0.0.1 and passes everything on to the server, until it is told otherwise.
class Proxy {
 public:
  enum class Net : uint8_t {
    kOpen,       // everything passes
    kDead,       // nothing passes, as when the packets get lost; nobody is told
    kNoAnswers,  // what the server says does not pass
    kCut,        // all connections are closed; new ones are, too
    kHeld,       // what clients of the connections there are say waits; new ones are open
  };

  // A host of digits, or the path of a Unix socket.
  Proxy(const std::string& host, int port);
  ~Proxy();
  Proxy(const Proxy&) = delete;

  int port() const { return port_; }
  void set(Net net);
  void delay(int ms) { delay_ms_ = ms; }  // of every piece
  // How often the clients spoke after the server had: the round trips.
  int turns() const { return turns_; }

 private:
  struct Pair {
    int client = -1;
    int server = -1;
    bool server_spoke = true;
    bool is_held = false;
  };

  void run();
  void accept_one();
  int connect_server() const;
  bool pass(Pair& pair, bool from_client);
  void close_all();
  void hold(Net before, Net net);

  std::string host_;
  int server_port_;
  int listener_ = -1;
  int port_ = 0;
  int wake_ = -1;
  std::atomic<Net> net_{Net::kOpen};
  std::atomic<bool> ends_{false};
  std::atomic<int> delay_ms_{0};
  std::atomic<int> turns_{0};
  std::atomic<int> sets_{0};
  std::atomic<int> sets_seen_{0};
  std::list<Pair> pairs_;
  std::thread thread_;
};

}  // namespace thing::test
