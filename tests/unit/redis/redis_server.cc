#include "redis_server.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace thing::test {

using namespace cache::redis;

int64_t now() { return base::system_clock().monotonic_micros(); }
void sleep_ms(int64_t ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }
Patience within_ms(int64_t ms) { return {now() + ms * 1000, nullptr}; }

std::unique_ptr<Link> connect(const Config& config) {
  auto link = Link::connect(config, within_ms(5'000));
  if (!link) {
    ADD_FAILURE() << link.error().message() << " " << link.error().detail()->context;
    throw std::runtime_error("no connection");
  }
  return std::move(*link);
}

std::string printed(const Reply& reply) {
  switch (reply.kind()) {
    case ReplyKind::kNil: return "(nil)";
    case ReplyKind::kInteger: return std::to_string(reply.integer());
    case ReplyKind::kError: return "error: " + std::string(reply.text());
    case ReplyKind::kText:
    case ReplyKind::kStatus: return std::string(reply.text());
    case ReplyKind::kArray: break;
  }
  std::string out;
  for (const Reply element : reply) out += (out.empty() ? "" : ", ") + printed(element);
  return "[" + out + "]";
}

std::string ask(Link& link, const std::string& words) {
  std::istringstream in(words);
  std::vector<std::string> texts;
  for (std::string word; in >> word;) texts.push_back(word);
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  link.append(views);
  const auto reply = link.read(within_ms(5'000));
  return reply ? printed(*reply) : "failure: " + std::string(reply.error().message());
}

void RedisTest::SetUp() {
  const char* url = std::getenv("THING_TEST_REDIS");
  if (url == nullptr || *url == '\0') GTEST_SKIP() << "THING_TEST_REDIS names no server";
  EXPECT_EQ(ask(*connect(), "FLUSHDB"), "OK");
}

Config RedisTest::config() {
  auto config = parse_url(std::getenv("THING_TEST_REDIS"));
  if (!config) throw std::runtime_error(std::string(config.error().message()));
  config->db = 15;
  config->timeout_ms = 2'000;
  config->connect_timeout_ms = 2'000;
  return *config;
}

OwnServer::OwnServer(const std::string& options, const std::string& password) {
  std::string name = (std::filesystem::temp_directory_path() / "redis-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for a server");
  folder_ = name;
  url_ = run("start", password.empty() ? "" : "THING_REDIS_PASSWORD=" + password + " ");
  url_.erase(url_.find_last_not_of('\n') + 1);
  if (options.empty()) return;
  const auto link = test::connect(config());
  std::istringstream in(options);
  for (std::string key, value; in >> key >> value;)
    EXPECT_EQ(ask(*link, "CONFIG SET " + key + " " + value), "OK");
}

OwnServer::~OwnServer() {
  run("stop");
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

Config OwnServer::config() const {
  auto config = parse_url(url_);
  if (!config) throw std::runtime_error(url_ + ": " + std::string(config.error().message()));
  config->timeout_ms = config->connect_timeout_ms = 2'000;
  return *config;
}

std::string OwnServer::run(const std::string& words, const std::string& before) const {
  const char* scripts = std::getenv("THING_SERVER_SCRIPTS");
  const std::string line = before + (scripts != nullptr ? scripts : "tests/servers") + "/redis " +
                           words + " " + folder_ + "/server";
  FILE* const pipe = popen(line.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error(line);
  std::string out;
  std::array<char, 512> piece{};
  while (fgets(piece.data(), piece.size(), pipe) != nullptr) out += piece.data();
  EXPECT_EQ(pclose(pipe), 0) << line << '\n' << out;
  return out;
}

bool FakeServer::Talk::fill() {
  std::array<char, 4096> room{};
  const ssize_t size = recv(socket_, room.data(), room.size(), 0);
  if (size <= 0) return false;
  heard_.append(room.data(), static_cast<size_t>(size));
  return true;
}

std::vector<std::string> FakeServer::Talk::hear() {
  const auto line = [this] {
    size_t end = 0;
    while ((end = heard_.find("\r\n")) == std::string::npos) {
      if (!fill()) return std::string();
    }
    std::string out = heard_.substr(0, end);
    heard_.erase(0, end + 2);
    return out;
  };
  std::vector<std::string> words;
  const std::string count = line();
  if (count.empty()) return words;
  for (int left = std::stoi(count.substr(1)); left > 0; --left) {
    const size_t size = std::stoul(line().substr(1));
    while (heard_.size() < size + 2) {
      if (!fill()) return {};
    }
    words.push_back(heard_.substr(0, size));
    heard_.erase(0, size + 2);
  }
  return words;
}

void FakeServer::Talk::say(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(size));
  }
}

void FakeServer::Talk::say_bytewise(std::string_view bytes) {
  for (const char& byte : bytes) {
    say({&byte, 1});
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

void FakeServer::Talk::greet(const std::string& run_id, const std::string& version) {
  const std::string sections[] = {
      "redis_version:" + version + "\r\nrun_id:" + run_id + "\r\nredis_mode:standalone\r\n",
      "maxmemory:0\r\nmaxmemory_policy:noeviction\r\n", "role:master\r\n"};
  for (const std::string& section : sections) {
    if (hear().empty()) return;
    say("$" + std::to_string(section.size()) + "\r\n" + section + "\r\n");
  }
}

FakeServer::FakeServer(Serve serve) : serve_(std::move(serve)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, any, size) != 0 || listen(listener_, 64) != 0 ||
      getsockname(listener_, any, &size) != 0)
    throw std::runtime_error("no port to listen on");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

FakeServer::~FakeServer() {
  ends_ = true;
  shutdown(listener_, SHUT_RDWR);
  {
    std::lock_guard lock(mutex_);
    if (socket_ >= 0) shutdown(socket_, SHUT_RDWR);
  }
  thread_.join();
  close(listener_);
}

Config FakeServer::config() const {
  Config config;
  config.port = port_;
  config.timeout_ms = config.connect_timeout_ms = 2'000;
  return config;
}

void FakeServer::run() {
  while (!ends_) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    const int one = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    {
      std::lock_guard lock(mutex_);
      socket_ = socket;
    }
    if (!ends_) {
      ++accepted_;
      Talk talk(socket);
      serve_(talk);
    }
    std::lock_guard lock(mutex_);
    socket_ = -1;
    close(socket);
  }
}

}  // namespace thing::test
