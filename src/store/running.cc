#include "store/running.h"

#include <algorithm>

#include "schema/print_value.h"
#include "text/json.h"

namespace thing::store {
namespace {

std::string columns_of(const schema::Model& model, const std::vector<uint32_t>& fields) {
  std::string names;
  for (const uint32_t f : fields) names += (names.empty() ? "" : ",") + model.fields[f].column;
  return names;
}

// Not every database names the columns of a unique index that refused a row. MySQL's primary keys
// have one name in all tables.
std::string columns_of(const schema::Model& model, std::string_view index) {
  if (index == "PRIMARY") return columns_of(model, model.primary);
  for (const schema::Index& i : model.indexes) {
    if (i.name == index) return columns_of(model, i.fields);
  }
  return {};
}

// SQLite names the columns, and not the index.
std::string_view index_of(const schema::Model& model, std::string_view columns) {
  for (const schema::Index& i : model.indexes) {
    if (i.unique && columns_of(model, i.fields) == columns) return i.name;
  }
  return {};
}

// The fields of columns that are joined by ","; as they are when one of them is no field.
std::string fields_of(const schema::Model& model, std::string_view columns) {
  std::string names;
  for (std::string_view rest = columns; !rest.empty();) {
    const std::string_view column = rest.substr(0, rest.find(','));
    const auto field = std::find_if(model.fields.begin(), model.fields.end(),
                                    [&](const schema::Field& f) { return f.column == column; });
    if (field == model.fields.end()) return std::string(columns);
    names += (names.empty() ? "" : ",") + field->name;
    rest.remove_prefix(std::min(column.size() + 1, rest.size()));
  }
  return names;
}

// Whether an error that names no table is about that of its statement.
bool is_about_table(const base::Error& error, std::string_view sql) {
  switch (error.code()) {
    case base::Code::kUnique:
    case base::Code::kNotNull:
    case base::Code::kCheck:
    case base::Code::kType:
    case base::Code::kRange:
    case base::Code::kSchema: return true;
    // SQLite does not say which key it was. Of a row that goes it is one that refers to it.
    case base::Code::kForeignKey: return !sql.starts_with("DELETE");
    default: return false;
  }
}

// MariaDB keeps decimals as text, and a check of the library's own keeps them to the digits that it
// can compare. Nothing else can fail in it.
const schema::Field* field_of_digits(const schema::Model& model, const base::Error& error) {
  if (error.code() != base::Code::kCheck) return nullptr;
  const std::string_view constraint = error.detail()->constraint;
  for (const schema::Field& f : model.fields) {
    const bool is_own = constraint == f.column || constraint == model.table + "." + f.column;
    if (f.type == value::Type::kDecimal && is_own) return &f;
  }
  return nullptr;
}

}  // namespace

Running::~Running() {
  if (statement_ != nullptr) statement_->reset();
  if (started_ >= 0) log();
}

base::Error&& Running::name_model(base::Error&& error) const {
  if (model_ == nullptr || error.detail() == nullptr || !error.detail()->model.empty())
    return std::move(error);
  if (const schema::Field* field = field_of_digits(*model_, error); field != nullptr) {
    error = base::Error(base::Code::kRange,
                        "found a decimal with more digits than the database compares, expected at "
                        "most 35 before and 30 behind the point")
                .sqlstate("22003")
                .native(error.detail()->native)
                .column(field->column);
  }
  const base::Error::Detail& d = *error.detail();
  if (d.table.empty() && is_about_table(error, sql_)) (void)std::move(error).table(model_->table);
  if (d.code == base::Code::kUnique && d.table == model_->table) {
    if (d.column.empty()) (void)std::move(error).column(columns_of(*model_, d.constraint));
    if (d.constraint.empty()) (void)std::move(error).constraint(index_of(*model_, d.column));
  }
  if (d.table == model_->table || d.column.empty())
    (void)std::move(error).field(fields_of(*model_, d.field));
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

base::Status Running::run_steps(std::span<const driver::Step> steps) {
  auto done = connection_.raw().run_steps(steps);
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
