#pragma once
// As much of a Redis client as a nemesis needs: blocking, of one connection. Failures are
// exceptions.
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

namespace storm {

class Resp {
 public:
  // redis://[:password@]host:port/db
  explicit Resp(std::string url) {
    url = url.substr(url.find("://") + 3);
    url = url.substr(0, url.find('?'));
    const size_t at = url.find('@');
    const std::string user = at == std::string::npos ? "" : url.substr(0, at);
    if (at != std::string::npos) url = url.substr(at + 1);
    const size_t colon = url.find(':'), slash = url.find('/');
    connect(url.substr(0, colon), url.substr(colon + 1, slash - colon - 1));
    if (!user.empty()) ask({"AUTH", user.substr(user.find(':') + 1)});
    if (slash != std::string::npos && slash + 1 < url.size())
      ask({"SELECT", url.substr(slash + 1)});
  }
  ~Resp() { close(socket_); }
  Resp(const Resp&) = delete;

  // A status, text or number as text; "" for nil. An array gives its first element.
  std::string ask(std::initializer_list<std::string> words) {
    std::string out = "*" + std::to_string(words.size()) + "\r\n";
    for (const std::string& w : words) out += "$" + std::to_string(w.size()) + "\r\n" + w + "\r\n";
    for (size_t sent = 0; sent < out.size();) {
      const ssize_t n = send(socket_, out.data() + sent, out.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) throw std::runtime_error("Redis: can not send");
      sent += static_cast<size_t>(n);
    }
    return read();
  }

 private:
  void connect(const std::string& host, const std::string& port) {
    addrinfo hints{}, *found = nullptr;
    hints.ai_socktype = SOCK_STREAM;
    if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0)
      throw std::runtime_error("Redis: no such host " + host);
    socket_ = socket(found->ai_family, SOCK_STREAM, 0);
    const int done = ::connect(socket_, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    if (done != 0) throw std::runtime_error("Redis: can not connect to " + host + ":" + port);
  }
  std::string line() {
    for (;;) {
      const size_t end = in_.find("\r\n");
      if (end != std::string::npos) {
        std::string out = in_.substr(0, end);
        in_.erase(0, end + 2);
        return out;
      }
      more();
    }
  }
  void more() {
    char bytes[4096];
    const ssize_t n = recv(socket_, bytes, sizeof bytes, 0);
    if (n <= 0) throw std::runtime_error("Redis: the connection is lost");
    in_.append(bytes, static_cast<size_t>(n));
  }
  std::string read() {
    const std::string head = line();
    const std::string rest = head.substr(1);
    if (head[0] == '-') throw std::runtime_error("Redis: " + rest);
    if (head[0] == '+' || head[0] == ':') return rest;
    const long size = std::stol(rest);
    if (size < 0) return "";
    if (head[0] == '*') {
      std::string first;
      for (long i = 0; i < size; ++i) {
        std::string item = read();
        if (i == 0) first = std::move(item);
      }
      return first;
    }
    while (in_.size() < static_cast<size_t>(size) + 2) more();
    std::string out = in_.substr(0, static_cast<size_t>(size));
    in_.erase(0, static_cast<size_t>(size) + 2);
    return out;
  }

  int socket_ = -1;
  std::string in_;
};

}  // namespace storm
