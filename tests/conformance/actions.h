#pragma once
// thing_call in short.
#include <functional>
#include <string>
#include <string_view>

#include "support.h"

namespace conformance {

// The answer of an action that has to be done; else "" and the test fails.
inline std::string act(const Db& db, const char* model, const char* action, std::string_view json,
                       thing_ctx* ctx = nullptr) {
  Buf out;
  EXPECT_OK(call(thing_call, db.get(), ctx, model, action, json.data(),
                 static_cast<int64_t>(json.size()), out.out()))
      << action << " " << json;
  return out.get() == nullptr ? "" : canonical(out.text());
}

// How an action ends that gives nothing.
inline Outcome refused(const Db& db, const char* model, const char* action, std::string_view json,
                       thing_ctx* ctx = nullptr) {
  Buf out;
  const Outcome outcome = call(thing_call, db.get(), ctx, model, action, json.data(),
                               static_cast<int64_t>(json.size()), out.out());
  EXPECT_EQ(out.get(), nullptr) << action << " " << json;
  return outcome;
}

// The number of records that findMany gives.
inline size_t found(const Db& db, const char* model, std::string_view json) {
  const Json rows = Json::parse(act(db, model, "findMany", json));
  EXPECT_EQ(rows.kind(), Json::Kind::kArray);
  return rows.size();
}

// A test of actions and queries on its own database.
class ActionTest : public DatabaseTest {
 protected:
  std::string act(const char* model, const char* action, std::string_view json,
                  thing_ctx* ctx = nullptr) const {
    return conformance::act(db_, model, action, json, ctx);
  }
  Outcome refused(const char* model, const char* action, std::string_view json,
                  thing_ctx* ctx = nullptr) const {
    return conformance::refused(db_, model, action, json, ctx);
  }
  // How a query ends that can not be.
  Outcome query_refused(const char* model, const char* json) const {
    Rows rows;
    return call(thing_query, db_, nullptr, db_.model(model), json, -1, rows.out());
  }
  // Runs it and says how many statements that took.
  int64_t statements(const std::function<void()>& run) const {
    const int64_t before = db_.sql();
    run();
    return db_.sql() - before;
  }
};

}  // namespace conformance
