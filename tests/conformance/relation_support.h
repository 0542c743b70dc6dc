#pragma once
#include <functional>
#include <string>

#include "support.h"

namespace conformance {

// People who write, with every kind of relation.
class RelationTest : public DatabaseTest {
 protected:
  void SetUp() override;
  static const char* models();
  const thing_model* model(const char* name) const { return db_.model(name); }
  // The JSON of a query.
  std::string json(const char* name, const char* query, thing_ctx* ctx = nullptr) const {
    return conformance::query(db_, model(name), query, ctx).json();
  }
  // Runs it and says how many statements that took.
  int64_t statements(const std::function<void()>& run) const {
    const int64_t before = db_.sql();
    run();
    return db_.sql() - before;
  }
};

}  // namespace conformance
