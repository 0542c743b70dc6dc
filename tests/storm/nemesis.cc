#include "nemesis.h"

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <mysql.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "resp.h"
#include "thing.h"

namespace storm {
namespace {

using std::chrono::milliseconds;

void sleep_ms(int64_t ms) { std::this_thread::sleep_for(milliseconds(ms)); }

class Chance {
 public:
  explicit Chance(uint64_t seed) : engine_(seed) {}
  int64_t between(int64_t least, int64_t most) {
    return std::uniform_int_distribution<int64_t>(least, most)(engine_);
  }

 private:
  std::mt19937_64 engine_;
};

void run_out_of_memory(Resp& redis, Chance& chance) {
  redis.ask({"CONFIG", "SET", "maxmemory-policy",
             chance.between(0, 1) == 0 ? "noeviction" : "volatile-lru"});
  redis.ask({"CONFIG", "SET", "maxmemory", "1"});
  sleep_ms(chance.between(10, 120));
  redis.ask({"CONFIG", "SET", "maxmemory", "0"});
}

// One handle on the database, past every cache.
class Sql {
 public:
  explicit Sql(const std::string& database) {
    const std::string url =
        database + (database.find('?') == database.npos ? "?" : "&") + "cache=off&connections=1";
    thing_error* error = nullptr;
    check(thing_open(url.data(), static_cast<int64_t>(url.size()), &db_, &error), error);
  }
  ~Sql() { thing_close(db_); }
  Sql(const Sql&) = delete;

  void run(const std::string& sql, thing_ctx* ctx = nullptr) {
    thing_error* error = nullptr;
    check(thing_exec(db_, ctx, sql.data(), static_cast<int64_t>(sql.size()), nullptr, 0, "",
                     nullptr, &error),
          error);
  }
  // Rows that writes wait for, for as long.
  void lock_rows(int64_t ms) {
    thing_error* error = nullptr;
    thing_tx* tx = nullptr;
    check(thing_tx_begin(db_, nullptr, THING_TX_DEFAULT, &tx, &error), error);
    try {
      run("UPDATE storm_items SET version = version WHERE id % 3 = 0", thing_tx_ctx(tx));
      sleep_ms(ms);
    } catch (const std::runtime_error&) {  // a deadlock: then others were held up
    }
    (void)thing_tx_rollback(tx, &error);
    thing_error_free(error);
    thing_tx_free(tx);
  }

 private:
  static void check(thing_status status, thing_error*& error) {
    if (status >= 0) return;
    const std::string message = thing_error_message(error);
    thing_error_free(error);
    throw std::runtime_error(message);
  }
  thing_db* db_ = nullptr;
};

// A session of MariaDB that stops all commits, which the library's raw SQL refuses to do.
class GlobalLock {
 public:
  // mysql://user:password@host:port/database?...
  explicit GlobalLock(const std::string& url) {
    mysql_init(&session_);
    const size_t user = url.find("://") + 3, colon = url.find(':', user);
    const size_t host = url.find('@', colon) + 1, port = url.find(':', host) + 1;
    if (mysql_real_connect(
            &session_, url.substr(host, port - 1 - host).c_str(),
            url.substr(user, colon - user).c_str(), url.substr(colon + 1, host - colon - 2).c_str(),
            nullptr, static_cast<unsigned>(std::stoi(url.substr(port))), nullptr, 0) == nullptr)
      throw std::runtime_error(mysql_error(&session_));
  }
  ~GlobalLock() { mysql_close(&session_); }
  GlobalLock(const GlobalLock&) = delete;
  void run(const char* sql) {
    if (mysql_query(&session_, sql) != 0) throw std::runtime_error(mysql_error(&session_));
  }

 private:
  MYSQL session_;
};

// Before the next time all is to be as before, but not for ever: workers that were told of it wait
// before they try again.
void await_hits(const Board& board) {
  constexpr int64_t kHits = 100;
  const int64_t end = board.hits + kHits;
  for (int i = 0; i < 300 && !board.stop && board.hits < end; ++i) sleep_ms(10);
}

void stall_redis(Board& board, const RedisServer& redis, int64_t ms) {
  const int pid = redis.pid();
  ::kill(pid, SIGSTOP);
  sleep_ms(ms);
  ::kill(pid, SIGCONT);
  ++board.faults;
}

bool is_postgres(const std::string& url) { return url.starts_with("postgres"); }

void await_standby(Sql& sql, bool on) {
  sql.run(on ? "ALTER SYSTEM SET synchronous_standby_names = 'nobody'"
             : "ALTER SYSTEM RESET synchronous_standby_names");
  sql.run("DO $$ BEGIN PERFORM pg_reload_conf(); END $$");
}

// Whoever has to bury it may take a while.
bool is_gone(pid_t pid) {
  if (waitpid(pid, nullptr, WNOHANG) == pid || ::kill(pid, 0) != 0) return true;
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(stat, line);
  const size_t name = line.rfind(") ");
  return name != line.npos && line[name + 2] == 'Z';
}

// Where it is, also where servers are that are not in everybody's path.
std::string program(const std::string& name) {
  const char* const path = std::getenv("PATH");
  std::istringstream folders(std::string(path != nullptr ? path : "") +
                             ":/usr/bin:/usr/sbin:/usr/local/sbin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string file = folder + "/" + name;
    if (!folder.empty() && access(file.c_str(), X_OK) == 0) return file;
  }
  throw std::runtime_error("there is no program " + name);
}

}  // namespace

RedisServer::RedisServer() {
  const char* const temporary = std::getenv("TMPDIR");
  std::string name = std::string(temporary != nullptr ? temporary : "/tmp") + "/storm-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder " + name);
  chmod(name.c_str(), 0711);
  directory_ = name;
  url_ = run("start");
}

RedisServer::~RedisServer() {
  try {
    kill();
  } catch (const std::runtime_error&) {  // it never was there
  }
  forget();
  for (const char* const file : {"/options", "/pid", "/url", "/url-socket", "/log"})
    unlink((directory_ + file).c_str());
  rmdir(directory_.c_str());
}

void RedisServer::forget() const { unlink((directory_ + "/dump.rdb").c_str()); }

// As the script does it that started it, in a moment: it may be wanted many times a minute.
void RedisServer::kill() const {
  const int old = pid();
  ::kill(old, SIGKILL);
  while (!is_gone(old)) sleep_ms(1);
  unlink((directory_ + "/socket").c_str());
}

void RedisServer::restart() const {
  std::vector<std::string> words{program("redis-server")};
  std::ifstream options(directory_ + "/options");
  for (std::string word; std::getline(options, word);) words.push_back(word);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const int log =
      open((directory_ + "/log").c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  const pid_t child = fork();
  if (child == 0) {
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  close(log);
  std::ofstream(directory_ + "/pid") << child << "\n";
  constexpr int kTries = 5000;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    try {
      Resp(url_).ask({"PING"});
      return;
    } catch (const std::runtime_error&) {
      sleep_ms(2);
    }
  }
  throw std::runtime_error("Redis did not start again");
}

int RedisServer::pid() const {
  int pid = 0;
  std::ifstream(directory_ + "/pid") >> pid;
  if (pid <= 1) throw std::runtime_error("Redis: no process");
  return pid;
}

std::string RedisServer::run(const std::string& verb) const {
  const char* const scripts = std::getenv("THING_SERVER_SCRIPTS");
  if (scripts == nullptr) throw std::runtime_error("THING_SERVER_SCRIPTS names no folder");
  const std::string command = std::string(scripts) + "/redis " + verb + " " + directory_;
  FILE* const out = popen(command.c_str(), "r");
  if (out == nullptr) throw std::runtime_error("can not run " + command);
  char line[256] = "";
  const bool has_line = fgets(line, sizeof line, out) != nullptr;
  if (pclose(out) != 0) throw std::runtime_error("failed: " + command);
  std::string text = has_line ? line : "";
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

void trouble_redis(Board& board, const RedisServer& redis, uint64_t seed) {
  Chance chance(seed);
  const int pid = redis.pid();
  Resp link(redis.url());
  while (!board.stop) {
    sleep_ms(chance.between(20, 150));
    switch (chance.between(0, 3)) {
      case 0:
        ::kill(pid, SIGSTOP);
        sleep_ms(chance.between(0, 3) == 0 ? chance.between(100, 500) : chance.between(10, 60));
        ::kill(pid, SIGCONT);
        break;
      case 1: link.ask({"CLIENT", "KILL", "TYPE", "normal"}); break;
      case 2: link.ask({"SCRIPT", "FLUSH"}); break;
      default: run_out_of_memory(link, chance);
    }
    ++board.faults;
  }
}

void empty_redis(Board& board, const RedisServer& redis, uint64_t seed) {
  Chance chance(seed);
  while (!board.stop) {
    sleep_ms(chance.between(20, 150));
    {
      Resp link(redis.url());
      const int64_t what = chance.between(0, 29);
      if (what < 3) link.ask({"SCRIPT", "FLUSH"});
      link.ask({what < 26 ? "FLUSHALL" : "SAVE"});
      ++board.faults;
      if (what < 29) continue;
    }
    sleep_ms(chance.between(0, 100));
    redis.kill();
    redis.restart();
    ++board.restarts;
    sleep_ms(300);
  }
}

void age_redis(Board& board, const RedisServer& redis, int64_t down_ms, bool stalls,
               uint64_t seed) {
  Chance chance(seed);
  await_hits(board);
  while (!board.stop) {
    Resp(redis.url()).ask({"SAVE"});
    sleep_ms(chance.between(50, 400));
    if (stalls && chance.between(0, 2) == 0) stall_redis(board, redis, chance.between(30, 400));
    redis.kill();
    ++board.faults;
    if (stalls && chance.between(0, 2) == 0) redis.forget();
    sleep_ms(chance.between(0, down_ms));
    redis.restart();
    ++board.restarts;
    if (Resp(redis.url()).ask({"DBSIZE"}) != "0") ++board.revived;
    if (stalls && chance.between(0, 1) == 0) {  // when it was just used again
      sleep_ms(chance.between(100, 400));
      stall_redis(board, redis, chance.between(300, 700));
    }
    await_hits(board);
  }
}

void trouble_network(Board& board, uint64_t seed) {
  Chance chance(seed);
  while (!board.stop) {
    sleep_ms(chance.between(50, 250));
    Board::Door& door = chance.between(0, 1) == 0 ? board.to_database : board.to_redis;
    switch (chance.between(0, 3)) {
      case 0: door.delay_ms = 0; break;
      case 1: door.delay_ms = static_cast<int>(chance.between(1, 30)); break;
      default: ++door.cuts;
    }
    ++board.faults;
  }
}

void mute_network(Board& board, uint64_t seed) {
  Chance chance(seed);
  while (!board.stop) {
    sleep_ms(chance.between(100, 600));
    const bool is_redis = chance.between(0, 2) == 0;
    Board::Door& door = is_redis ? board.to_redis : board.to_database;
    door.mute = static_cast<int>(chance.between(Board::kClients, Board::kHeld));
    const bool is_late = door.mute == Board::kHeld && !is_redis;
    sleep_ms(is_late                     ? chance.between(450, 800)
             : chance.between(0, 3) == 0 ? chance.between(500, 1500)
             : is_redis                  ? chance.between(60, 300)
                                         : chance.between(100, 600));
    door.mute = Board::kNobody;
    ++board.faults;
  }
}

void cut_off_redis(Board& board, uint64_t seed) {
  Chance chance(seed);
  Board::Door& door = board.to_redis;
  while (!board.stop) {
    sleep_ms(chance.between(50, 400));
    switch (chance.between(0, 4)) {
      case 0: ++door.cuts; break;
      case 1:
        door.delay_ms = static_cast<int>(chance.between(0, 1) == 0 ? 0 : chance.between(1, 30));
        break;
      case 2:
        door.mute = static_cast<int>(chance.between(Board::kClients, Board::kHeld));
        sleep_ms(chance.between(60, 600));
        door.mute = Board::kNobody;
        break;
      default:
        door.is_shut = true;
        sleep_ms(chance.between(20, 600));
        door.is_shut = false;
    }
    ++board.faults;
  }
}

void hold_commits(Board& board, const std::string& database, uint64_t seed) {
  Chance chance(seed);
  Sql sql(database);
  while (!board.stop) {
    const int64_t ms = chance.between(50, 400);
    if (chance.between(0, 1) == 0) {
      sql.lock_rows(ms);
    } else if (is_postgres(database)) {
      await_standby(sql, true);
      sleep_ms(ms);
      await_standby(sql, false);
    } else {
      GlobalLock lock(database);
      lock.run("FLUSH TABLES WITH READ LOCK");
      sleep_ms(ms);
      lock.run("UNLOCK TABLES");
    }
    ++board.faults;
    sleep_ms(chance.between(100, 600));
  }
}

void release_commits(const std::string& database) {
  if (!is_postgres(database)) return;
  Sql sql(database);
  await_standby(sql, false);
}

}  // namespace storm
