// libthing on PostgreSQL beside libpq.
#include "postgres_floor.h"

int main(int argc, char** argv) {
  const bench::Server server{.program = "bench_postgres",
                             .variable = "THING_TEST_POSTGRES",
                             .connect = bench::connect_postgres,
                             .list20 = 1.02,
                             .list1000 = 0.90,
                             .batch = 0.17,
                             .insert = 1.10,
                             .many = 0.30};
  return bench::run_server(argc, argv, server);
}
