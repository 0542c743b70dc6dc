// libthing on MySQL or MariaDB beside their client library.
#include "mysql_floor.h"

int main(int argc, char** argv) {
  const bench::Server server{.program = "bench_mysql",
                             .variable = "THING_TEST_MYSQL",
                             .connect = bench::connect_mysql,
                             .list20 = 0,
                             .list1000 = 0,
                             .batch = 0.17,
                             .insert = 1.20,
                             .many = 0.25};
  return bench::run_server(argc, argv, server);
}
