// SQL as the caller wrote it.
#include <algorithm>

#include "base/utf8.h"
#include "store/raw_text.h"
#include "store/reading.h"
#include "store/running.h"
#include "store/writing.h"
#include "text/json.h"

namespace thing::store {

using base::Code;
using base::fail;
using value::Type;
using value::Value;

namespace {

base::Result<std::vector<Value>> parse_params(std::string_view document) {
  std::vector<Value> params;
  if (document.empty()) return params;
  THING_ASSIGN(const text::Json json, text::Json::parse(document));
  if (!json.root().is(text::JsonKind::kArray))
    return fail(Code::kType, "parameters: found {}, expected an array",
                text::kind_name(json.root().kind));
  for (const text::JsonNode* n = json.root().first; n != nullptr; n = n->next) {
    switch (n->kind) {
      case text::JsonKind::kNull: params.emplace_back(); break;
      case text::JsonKind::kBool:
        params.push_back(Value::of_int(Type::kBool, n->boolean ? 1 : 0));
        break;
      case text::JsonKind::kString: params.push_back(Value::of_bytes(Type::kText, n->text)); break;
      case text::JsonKind::kNumber:
        if (const auto i = n->integer(); i.has_value()) {
          params.push_back(Value::of_int(Type::kInt, *i));
        } else if (const auto d = n->real();
                   d.has_value() && n->text.find_first_of(".eE") != n->text.npos) {
          params.push_back(Value::of_float(*d));
        } else {
          return fail(Code::kRange,
                      "parameters: found {}, expected a 64-bit integer or a finite float",
                      base::quoted(n->text));
        }
        break;
      default:
        return fail(Code::kType,
                    "parameters: found {}, expected null, a boolean, a number or a text",
                    text::kind_name(n->kind));
    }
  }
  return params;
}

base::Status bind_params(Running& running, const std::vector<Value>& params) {
  if (static_cast<int>(params.size()) != running.statement().parameter_count()) {
    return fail(Code::kInvalid, "parameters: found {}, expected {} as the statement has",
                params.size(), running.statement().parameter_count());
  }
  for (const Value& v : params) THING_TRY(running.bind(v.view()));
  return {};
}

// One type a column: that of its values; int and float together are float, anything else together
// is text.
Type merged(Type a, Type b) {
  if (a == Type::kNull || a == b) return b;
  if (b == Type::kNull) return a;
  const bool numbers =
      (a == Type::kInt || a == Type::kFloat) && (b == Type::kInt || b == Type::kFloat);
  if (numbers) return Type::kFloat;
  return a == Type::kBytes || b == Type::kBytes ? Type::kBytes : Type::kText;
}

std::shared_ptr<const schema::Model> model_of(const std::vector<std::string>& names,
                                              const std::vector<Type>& types) {
  auto model = std::make_shared<schema::Model>();
  std::string layout;
  for (size_t i = 0; i < names.size(); ++i) {
    schema::Field field;
    field.name = names[i];
    for (int n = 2; model->find(field.name) >= 0; ++n)
      field.name = names[i] + "_" + std::to_string(n);
    field.column = field.name;
    field.type = types[i] == Type::kNull ? Type::kText : types[i];
    field.nullable = true;
    model->layout.types.push_back(field.type);
    layout += field.name + '\0' + static_cast<char>(field.type);
    model->fields.push_back(std::move(field));
  }
  model->layout.hash = base::hash64(layout.data(), layout.size());
  return model;
}

// The value in the type of its column; a number in a text column as its text.
base::Status add_value(value::BatchBuilder& rows, uint32_t column, Type type,
                       const value::ValueView& v) {
  if (v.is_null() || v.type == type) return rows.set(column, v);
  if (type == Type::kFloat)
    return rows.set(column, value::ValueView::of_float(static_cast<double>(v.integer)));
  if (v.type == Type::kInt) return rows.set_bytes(column, std::to_string(v.integer));
  if (v.type == Type::kFloat) return rows.set_bytes(column, fmt::format("{}", v.real));
  return rows.set_bytes(column, v.bytes);
}

// Column names and all rows. The columns may be known only when the statement has run.
base::Status step_dynamic(driver::Statement& statement, std::vector<std::string>& names,
                          std::vector<Value>& cells) {
  for (;;) {
    THING_ASSIGN(const bool more, statement.step_dynamic(cells));
    if (names.empty()) {
      for (int i = 0; i < statement.column_count(); ++i)
        names.emplace_back(statement.column_name(i));
    }
    if (!more) return {};
  }
}

}  // namespace

base::Result<int64_t> Store::execute(const Call& call, std::string_view sql,
                                     std::string_view params_json, const char* tables) {
  if (is_closed()) return fail(Code::kClosed, "the database is closed");
  THING_TRY(check_raw(sql, *dialect_, call.tx != nullptr));
  THING_ASSIGN(const std::vector<Value> params, parse_params(params_json));
  // Without parameters a question mark is what the database takes it for.
  const std::string text = params.empty() ? std::string(sql) : dialect_->with_placeholders(sql);
  Writing writing(*this, call);
  THING_TRY(writing.open(false));
  if (call.tx != nullptr) call.tx->writes().doubt_rows();  // it may write what was written
  if (tables == nullptr) {
    writing.writes().add_everything();
  } else {
    THING_TRY(note_tables(writing, tables));
  }
  if (may_change_schema(sql, *dialect_)) {
    writing.writes().add_schema_change();
    forget_schema();
  }
  {
    // It ends before the connection is given back.
    THING_ASSIGN(const std::unique_ptr<driver::Statement> statement,
                 writing.connection().raw().prepare(text));
    Running running(*this, call, writing.connection(), nullptr);
    running.use(*statement, text);
    THING_TRY(bind_params(running, params));
    THING_TRY(writing.ready());
    THING_TRY(writing.ended(running.execute()));
  }
  const int64_t affected = writing.executed();
  THING_TRY(writing.done());
  return affected;
}

// What the caller says that the statement writes, and what such writes bring with them.
base::Status Store::note_tables(Writing& writing, std::string_view tables) {
  for (std::string_view rest = tables; !rest.empty();) {
    const std::string_view name = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    bool is_known = false;
    for (int i = 0; i < model_count(); ++i) {
      ModelState* const model = model_at(i);
      if (model->model.table != name) continue;
      is_known = true;
      writing.writes().add_bulk(model);
      THING_TRY(writing.concern(*model, Writing::Kind::kAny));
    }
    if (is_known || !is_server()) continue;
    if (shared_ != nullptr) writing.writes().add_table(std::string(name));
    const auto more = writing.connection().raw().writes_more(name);
    if (!more || more->any()) writing.writes().add_everything();
  }
  return {};
}

base::Result<RowSet> Store::select_raw(const Call& call, std::string_view sql,
                                       std::string_view params_json) {
  if (is_closed()) return fail(Code::kClosed, "the database is closed");
  if (call.control != nullptr) THING_TRY(call.control->check());
  THING_TRY(check_raw(sql, *dialect_, call.tx != nullptr));
  THING_ASSIGN(const std::vector<Value> params, parse_params(params_json));
  // Without parameters a question mark is what the database takes it for.
  const std::string text = params.empty() ? std::string(sql) : dialect_->with_placeholders(sql);
  std::vector<std::string> names;
  std::vector<Value> cells;
  {
    // Not read twice: functions that it calls may write.
    Reading reading(*this, call);
    THING_TRY(reading.open(false, true));
    if (call.tx != nullptr) call.tx->writes().doubt_rows();  // they may write what was written
    THING_ASSIGN(const std::unique_ptr<driver::Statement> statement,
                 reading.connection().raw().prepare(text));
    if (!statement->is_read_only())
      return fail(
          Code::kReadonly,
          "raw SQL: found a statement that writes, expected one that reads; use thing_exec");
    Running running(*this, call, reading.connection(), nullptr);
    running.use(*statement, text);
    THING_TRY(bind_params(running, params));
    THING_TRY(step_dynamic(*statement, names, cells));
  }
  std::vector<Type> types(names.size(), Type::kNull);
  for (size_t i = 0; i < cells.size(); ++i)
    types[i % names.size()] = merged(types[i % names.size()], cells[i].type());
  RowSet out;
  out.raw = model_of(names, types);
  value::BatchBuilder rows;
  rows.start(out.raw->layout, false);
  for (size_t i = 0; i < cells.size(); ++i) {
    const auto column = static_cast<uint32_t>(i % names.size());
    if (column == 0) rows.begin_row();
    THING_TRY(add_value(rows, column, out.raw->layout.types[column], cells[i].view()));
  }
  out.rows = rows.finish();
  return out;
}

}  // namespace thing::store
