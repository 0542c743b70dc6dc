#include "crew.h"

#include <barrier>
#include <map>
#include <mutex>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace trial {
namespace {

std::map<std::string, Role>& roles() {
  static std::map<std::string, Role> all;
  return all;
}

int run_child(char** arguments) {
  try {
    SharedBoard board(arguments[2]);
    Random random(std::strtoull(arguments[3], nullptr, 10));
    roles().at(arguments[0])(arguments[1], *board, random);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "child: " << error.what() << std::endl;
    return 1;
  }
}

}  // namespace

void Crew::run() {
  std::mutex mutex;
  std::exception_ptr first;
  std::barrier start(static_cast<std::ptrdiff_t>(works_.size()));
  std::vector<std::thread> threads;
  for (const auto& work : works_) {
    threads.emplace_back([&] {
      start.arrive_and_wait();
      try {
        work();
      } catch (...) {
        const std::lock_guard<std::mutex> lock(mutex);
        if (!first) first = std::current_exception();
        stop();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  works_.clear();
  if (first) std::rethrow_exception(first);
}

SharedBoard::SharedBoard(const std::string& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || ftruncate(fd, sizeof(Board)) != 0) throw Wrong("no file for the board");
  void* memory = mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  if (memory == MAP_FAILED) throw Wrong("no memory for the board");
  board_ = static_cast<Board*>(memory);
}

SharedBoard::~SharedBoard() { munmap(board_, sizeof(Board)); }

Child::Child(const std::string& role, const std::string& database, const std::string& board,
             uint64_t seed) {
  std::string number = std::to_string(seed), name = role, path = database, shared = board;
  char program[] = "/proc/self/exe", flag[] = "--child";
  char* arguments[] = {program,       flag,          name.data(), path.data(),
                       shared.data(), number.data(), nullptr};
  if (posix_spawn(&pid_, program, nullptr, nullptr, arguments, environ) != 0)
    throw Wrong("no child process");
}

Child::~Child() {
  kill();
  wait();
}

void Child::kill() {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
}

bool Child::wait() {
  if (pid_ > 0) waitpid(pid_, &status_, 0);
  pid_ = -1;
  return WIFEXITED(status_) && WEXITSTATUS(status_) == 0;
}

bool Child::is_running() {
  if (pid_ > 0 && waitpid(pid_, &status_, WNOHANG) == pid_) pid_ = -1;
  return pid_ > 0;
}

void add_role(const std::string& name, Role role) { roles()[name] = std::move(role); }

}  // namespace trial

int main(int argc, char** argv) {
  if (argc == 6 && std::string(argv[1]) == "--child") return trial::run_child(argv + 2);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
