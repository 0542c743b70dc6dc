#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "driver/sqlite/database.h"
#include "migrate/sync.h"
#include "schema/document.h"
#include "session/session.h"

namespace thing::test {

using Models = std::vector<std::unique_ptr<schema::Model>>;

// A database with the calls of the migrate floor, for models given as a document. In memory, where
// no connection is given.
class MigrateDatabase {
 public:
  MigrateDatabase() : connection_(connect()) {}
  explicit MigrateDatabase(std::unique_ptr<driver::Connection> connection)
      : connection_(std::move(connection)) {}

  session::Connection& connection() { return connection_; }

  void run(std::string_view sql) {
    const base::Status status = connection_.raw().execute(sql);
    EXPECT_TRUE(status) << sql << ": " << (status ? "" : status.error().message());
  }

  std::vector<std::string> plan(std::string_view document) {
    auto planned = try_plan(document);
    if (planned) return *planned;
    ADD_FAILURE() << planned.error().message();
    return {"error"};
  }

  base::Error plan_error(std::string_view document) {
    auto planned = try_plan(document);
    if (!planned) return std::move(planned.error());
    ADD_FAILURE() << "planned, expected an error";
    return base::Error(base::Code::kInternal, "planned");
  }

  void sync(std::string_view document) {
    for (const std::string& sql : plan(document)) run(sql);
  }

  std::string introspect(const std::vector<std::string>& tables = {}) {
    auto document = migrate::introspect(connection_, tables);
    if (document) return *document;
    ADD_FAILURE() << document.error().message();
    return "[]";
  }

 private:
  static std::unique_ptr<driver::Connection> connect() {
    driver::sqlite::Options options;
    options.path = ":memory:";
    auto connection = driver::sqlite::connect(options);
    if (!connection) throw std::runtime_error("no database");
    return std::move(*connection);
  }

  base::Result<std::vector<std::string>> try_plan(std::string_view document) {
    auto models = schema::parse_models(document);
    if (!models) throw std::runtime_error(std::string(models.error().message()));
    std::vector<const schema::Model*> pointers;
    for (const auto& model : *models) pointers.push_back(model.get());
    return migrate::plan(connection_, pointers);
  }

  session::Connection connection_;
};

}  // namespace thing::test
