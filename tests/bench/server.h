#pragma once
// libthing on a server beside the server's client library, in one process, on the same tables, in
// turn. What is measured is wall time: the server does its part of the work elsewhere.
#include <memory>
#include <string>
#include <vector>

#include "floor.h"
#include "library.h"

namespace bench {

// One connection, and statements on one table.
class ServerFloor : public Floor {
 public:
  // Inserts, or changes all of the user that has this email.
  virtual void upsert(const User& u) = 0;
  // In the first column.
  virtual std::vector<int64_t> numbers(const std::string& sql) = 0;
  virtual std::string version() = 0;

  // Of thing_ddl.
  virtual const char* dialect() = 0;
  // Takes all rows away, and begins with the id 1 again.
  virtual std::string truncate(const std::string& table) = 0;
  virtual std::string analyze(const std::string& table) = 0;
  // The threads or processes of the system that serve the connections to this database.
  virtual std::vector<int64_t> tasks() = 0;
};

struct Server {
  const char* program;
  const char* variable;  // of the environment, with the URL of a server for tests
  // Connects. Statements are prepared when they are first used: the table need not be there.
  std::unique_ptr<ServerFloor> (*connect)(const std::string& url, const std::string& table);
  // What is expected of lists of 20 and 1,000 rows, 100 ids at once, inserts one by one and many
  // at once. 0: nothing.
  double list20, list1000, batch, insert, many;
};

// The table of the library's model.
void create_table(ServerFloor& floor, const Library& library);
// What was given, or else the variable's value; without one the program ends, skipped.
std::string server_url(const std::string& given, const char* variable);

// usage: PROGRAM [--quick] [--json] [--only GROUP] [--rounds N] [--ms N] [--url URL] [--cpu N]
//   --only  one group: reads hits lists preloads actions batches inserts updates upserts
//   --url   of the server; without, what the variable says; without that the program is skipped
//   --cpu   the processor that the client and the server's side of its connections run on: the
//           server has to be on this machine. Two idle processors that wake each other take longer
//           than the work.
//   The other words are those of bench_sqlite. Tables bench_users... are made anew, and go.
int run_server(int argc, char** argv, const Server& server);

}  // namespace bench
