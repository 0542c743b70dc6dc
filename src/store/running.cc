#include "store/running.h"

#include <algorithm>

#include "schema/print_value.h"
#include "text/json.h"

namespace thing::store {
namespace {

// Not every database names the columns of a unique index that refused a row.
std::string fields_of(const schema::Model& model, std::string_view index) {
  std::string names;
  for (const schema::Index& i : model.indexes) {
    if (i.name != index) continue;
    for (const uint32_t f : i.fields) names += (names.empty() ? "" : ",") + model.fields[f].name;
  }
  return names;
}

// MariaDB keeps decimals as text, and a check of the library's own keeps them to the digits that it
// can compare. Nothing else can fail in it.
bool is_of_digits(const schema::Model& model, const base::Error& error) {
  if (error.code() != base::Code::kCheck) return false;
  const std::string_view constraint = error.detail()->constraint;
  return std::any_of(model.fields.begin(), model.fields.end(), [&](const schema::Field& f) {
    return f.type == value::Type::kDecimal &&
           (constraint == f.column || constraint == model.table + "." + f.column);
  });
}

}  // namespace

Running::~Running() {
  if (statement_ != nullptr) statement_->reset();
  if (started_ >= 0) log();
}

base::Error&& Running::name_model(base::Error&& error) const {
  if (model_ == nullptr || error.detail() == nullptr || !error.detail()->model.empty())
    return std::move(error);
  if (is_of_digits(*model_, error)) {
    error = base::Error(base::Code::kRange,
                        "found a decimal with more digits than the database compares, expected at "
                        "most 35 before and 30 behind the point")
                .sqlstate("22003")
                .native(error.detail()->native)
                .field(error.detail()->field);
  }
  if (error.detail()->field.empty()) {
    if (std::string fields = fields_of(*model_, error.detail()->constraint); !fields.empty())
      (void)std::move(error).field(fields);
  }
  return std::move(error).model(model_->name);
}

base::Status Running::prepare(const session::Plan& plan) {
  auto statement = connection_.statement(plan);
  if (!statement) return base::fail(name_model(std::move(statement.error())));
  use(**statement, plan.sql);
  return {};
}

void Running::use(driver::Statement& statement, std::string_view sql) {
  statement_ = &statement;
  sql_ = sql;
  store_.count_sql();
  if (store_.log().wants(Level::kDebug)) start();
}

void Running::start() { started_ = store_.clock().monotonic_micros(); }

base::Status Running::bind(const value::ValueView& v) {
  if (started_ >= 0 && store_.log().wants_arguments()) {
    if (!arguments_.empty()) arguments_ += ',';
    text::JsonWriter writer(arguments_);
    schema::print_value(writer, v.type, v);
  }
  auto bound = statement_->bind(next_++, v);
  if (!bound) return base::fail(name_model(std::move(bound.error())));
  return {};
}

base::Status Running::bind_array(value::Type type, std::span<const value::ValueView> values) {
  if (started_ >= 0 && store_.log().wants_arguments()) {
    if (!arguments_.empty()) arguments_ += ',';
    text::JsonWriter writer(arguments_);
    writer.begin_array();
    for (const value::ValueView& v : values) schema::print_value(writer, v.type, v);
    writer.end_array();
  }
  auto bound = statement_->bind_array(next_++, type, values);
  if (!bound) return base::fail(name_model(std::move(bound.error())));
  return {};
}

base::Status Running::bind_key(const Key& key) {
  if (key.is_integer) return bind(value::ValueView::of_int(value::Type::kInt, key.integer));
  for (const value::Value& v : key.values) THING_TRY(bind(v.view()));
  return {};
}

base::Result<bool> Running::step(value::BatchBuilder& out, const driver::Projection& projection) {
  auto more = statement_->step(out, projection);
  if (!more) return base::fail(name_model(std::move(more.error())));
  if (*more) ++rows_;
  return more;
}

base::Status Running::step_all(value::BatchBuilder& out, const driver::Projection& projection) {
  for (;;) {
    auto more = step(out, projection);
    if (!more) return base::fail(std::move(more.error()));
    if (!*more) return {};
  }
}

base::Status Running::execute() {
  auto done = statement_->execute();
  if (!done) return base::fail(name_model(std::move(done.error())));
  return {};
}

void Running::log() {
  const int64_t micros = store_.clock().monotonic_micros() - started_;
  try {
    std::string line;
    text::JsonWriter w(line);
    w.begin_object();
    w.key("level");
    w.string("debug");
    w.key("event");
    w.string("sql");
    w.key("sql");
    w.string(sql_);
    w.key("us");
    w.integer(micros);
    w.key("rows");
    w.integer(rows_);
    if (!call_.tag.empty()) {
      w.key("tag");
      w.string(call_.tag);
    }
    if (store_.log().wants_arguments()) {
      w.key("args");
      w.raw("[" + arguments_ + "]");
    }
    w.end_object();
    store_.log().write(Level::kDebug, line);
  } catch (const std::bad_alloc&) {
    // A line less; the call itself goes on.
  }
}

}  // namespace thing::store
