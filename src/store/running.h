#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "store/store.h"

namespace thing::store {

// One run of a prepared statement: binds in order, counts it, logs it, and leaves the statement
// reset.
class Running {
 public:
  // `model` is named in errors; may be nullptr.
  Running(Store& store, const Call& call, session::Connection& connection,
          const schema::Model* model)
      : store_(store), call_(call), connection_(connection), model_(model) {}
  Running(const Running&) = delete;
  ~Running();

  base::Status prepare(const session::Plan& plan);
  // For a statement that its caller owns.
  void use(driver::Statement& statement, std::string_view sql);
  base::Status bind(const value::ValueView& v);
  base::Status bind_key(const Key& key);
  // All values, of one type, as one array.
  base::Status bind_array(value::Type type, std::span<const value::ValueView> values);
  base::Result<bool> step(value::BatchBuilder& out, const driver::Projection& projection);
  base::Status step_all(value::BatchBuilder& out, const driver::Projection& projection);
  base::Status execute();
  driver::Statement& statement() { return *statement_; }
  // Of the connection, for this run and others of the model.
  base::Status run_steps(std::span<const driver::Step> steps);

 private:
  base::Error&& name_model(base::Error&& error) const;
  void start();
  void log();

  Store& store_;
  const Call& call_;
  session::Connection& connection_;
  const schema::Model* model_;
  driver::Statement* statement_ = nullptr;
  std::string_view sql_;
  int next_ = 0;
  int64_t rows_ = 0;
  int64_t started_ = -1;  // micros; -1: not logged
  std::string arguments_;
};

}  // namespace thing::store
