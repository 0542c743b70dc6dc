#pragma once
// A part of a server that is a test's own and goes with it: a schema in the test database of
// PostgreSQL, a database of MySQL and MariaDB. The servers are those that THING_TEST_POSTGRES and
// THING_TEST_MYSQL name by their URLs. Free of test frameworks; failures are exceptions.
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <stdexcept>
#include <string>

#include <unistd.h>

#include "thing.h"

namespace servers {

enum class Server { kPostgres, kMysql };

inline const char* variable_of(Server server) {
  return server == Server::kPostgres ? "THING_TEST_POSTGRES" : "THING_TEST_MYSQL";
}

// Why there is nothing to test against; empty when there is.
inline std::string absence_of(Server server) {
  const char* url = std::getenv(variable_of(server));
  return url != nullptr && *url != '\0' ? ""
                                        : std::string(variable_of(server)) + " names no server";
}

inline std::string with_options(const std::string& url, const std::string& options) {
  return url + (url.find('?') == std::string::npos ? "?" : "&") + options;
}

// mysql://user:password@host:port/NAME?...
inline std::string with_database(const std::string& url, const std::string& name) {
  const size_t slash = url.find('/', url.find("://") + 3);
  const size_t query = url.find('?');
  const std::string rest = query == std::string::npos ? "" : url.substr(query);
  return url.substr(0, slash < query ? slash : query) + "/" + name + rest;
}

// The one handle of this program that makes and drops the places on a server.
class Administrator {
 public:
  explicit Administrator(Server server) {
    const std::string url =
        with_options(std::getenv(variable_of(server)), "cache=off&connections=1");
    thing_error* error = nullptr;
    check(thing_open(url.data(), static_cast<int64_t>(url.size()), &db_, &error), error);
  }
  ~Administrator() { thing_close(db_); }
  Administrator(const Administrator&) = delete;
  Administrator& operator=(const Administrator&) = delete;

  void run(const std::string& sql) {
    thing_error* error = nullptr;
    check(thing_exec(db_, nullptr, sql.data(), static_cast<int64_t>(sql.size()), nullptr, 0, "",
                     nullptr, &error),
          error);
  }

  static Administrator& of(Server server) {
    if (server == Server::kPostgres) {
      static Administrator postgres(server);
      return postgres;
    }
    static Administrator mysql(server);
    return mysql;
  }

 private:
  static void check(thing_status status, thing_error* error) {
    if (status == THING_OK) return;
    const std::string message =
        std::string(thing_status_name(status)) + " " + thing_error_message(error);
    thing_error_free(error);
    throw std::runtime_error(message);
  }
  thing_db* db_ = nullptr;
};

class Place {
 public:
  explicit Place(Server server) : server_(server), name_(fresh_name()) {
    Administrator::of(server).run((is_schema() ? "CREATE SCHEMA " : "CREATE DATABASE ") + name_);
  }
  ~Place() noexcept(false) {
    Administrator::of(server_).run(is_schema() ? "DROP SCHEMA " + name_ + " CASCADE"
                                               : "DROP DATABASE " + name_);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  std::string url(const std::string& options) const {
    const std::string server = std::getenv(variable_of(server_));
    return is_schema() ? with_options(server, "options=-c%20search_path%3D" + name_ + "&" + options)
                       : with_options(with_database(server, name_), options);
  }

 private:
  bool is_schema() const { return server_ == Server::kPostgres; }

  // Programs run at the same time, and one that crashed leaves its places behind.
  static std::string fresh_name() {
    static const std::string program =
        std::to_string(getpid()) + "_" + std::to_string(std::random_device{}());
    static std::atomic<int> count{0};
    return "thing_test_" + program + "_" + std::to_string(++count);
  }

  Server server_;
  std::string name_;
};

}  // namespace servers
