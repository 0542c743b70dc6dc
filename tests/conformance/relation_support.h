#pragma once
#include <string>

#include "actions.h"

namespace conformance {

// People who write, with every kind of relation.
class RelationTest : public ActionTest {
 protected:
  void SetUp() override;
  static const char* models();
  const thing_model* model(const char* name) const { return db_.model(name); }
  // The JSON of a query.
  std::string json(const char* name, const char* query, thing_ctx* ctx = nullptr) const {
    return conformance::query(db_, model(name), query, ctx).json();
  }
};

}  // namespace conformance
