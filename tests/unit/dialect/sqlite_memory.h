#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "dialect/dialect.h"
#include "driver/driver.h"
#include "query/criteria.h"
#include "schema/document.h"

// A real SQLite in memory, and the steps between a criteria document and its rows. Failures end the
// test's claim at once.
namespace thing::test {

using Models = std::vector<std::unique_ptr<schema::Model>>;
using Values = std::vector<value::Value>;

Models parse(std::string_view document);
query::Query resolved(const schema::Model& model, std::string_view criteria,
                      query::Scope scope = query::Scope::kAll);
// The values for the placeholders, in their order.
Values arguments(const dialect::Compiled& compiled, const query::Query& query);

value::Value number(int64_t v);
value::Value text(std::string v);

class SqliteMemory {
 public:
  SqliteMemory();
  driver::Connection& raw() { return *raw_; }

  // Runs one statement and gives its rows as text: "1|'abc'|NULL".
  std::vector<std::string> rows(std::string_view sql, const Values& values = {});
  // The same for a compiled query.
  std::vector<std::string> rows(const dialect::Compiled& compiled, const query::Query& query);
  // The error of a statement that must fail.
  std::string error(std::string_view sql, const Values& values = {});
  void create(const schema::Model& model);
  void insert(const schema::Model& model, const std::vector<uint32_t>& fields,
              const Values& values);
  std::string plan(std::string_view sql);  // what EXPLAIN QUERY PLAN says, joined by "; "

 private:
  base::Result<std::vector<std::string>> try_rows(std::string_view sql, const Values& values);
  std::unique_ptr<driver::Connection> raw_;
};

}  // namespace thing::test
