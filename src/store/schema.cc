#include <algorithm>

#include "base/utf8.h"
#include "migrate/sync.h"
#include "store/outbox.h"
#include "store/reading.h"
#include "store/running.h"
#include "store/shared.h"
#include "store/writing.h"
#include "text/json.h"

namespace thing::store {

using base::Code;
using base::fail;

namespace {

std::vector<const schema::Model*> models_of(const Store& store) {
  std::vector<const schema::Model*> models;
  for (int i = 0; i < store.model_count(); ++i) models.push_back(&store.model_at(i)->model);
  return models;
}

base::Result<std::vector<std::string>> parse_tables(std::string_view document) {
  std::vector<std::string> tables;
  if (document.empty()) return tables;
  THING_ASSIGN(const text::Json json, text::Json::parse(document));
  if (!json.root().is(text::JsonKind::kObject))
    return fail(Code::kType, "options: found {}, expected an object",
                text::kind_name(json.root().kind));
  for (const text::JsonNode* n = json.root().first; n != nullptr; n = n->next) {
    if (n->key != "tables")
      return fail(Code::kInvalid, "options: found key {}, expected 'tables'", base::quoted(n->key));
    if (!n->is(text::JsonKind::kArray))
      return fail(Code::kType, "options.tables: found {}, expected an array of names",
                  text::kind_name(n->kind));
    for (const text::JsonNode* t = n->first; t != nullptr; t = t->next) {
      if (!t->is(text::JsonKind::kString))
        return fail(Code::kType, "options.tables: found {}, expected a name",
                    text::kind_name(t->kind));
      tables.emplace_back(t->text);
    }
  }
  return tables;
}

}  // namespace

base::Status Store::learn_exactness(session::Connection& connection, ModelState& model) {
  if (model.shared != nullptr) THING_TRY(model.shared->learn_table(connection, model.model));
  if (model.exactness_known.load(std::memory_order_acquire)) return {};
  std::lock_guard lock(model.exactness_mutex);
  if (model.exactness_known.load(std::memory_order_relaxed)) return {};
  std::vector<bool> exact(model.model.columns(), true);
  for (uint32_t f = 0; f < model.model.columns(); ++f) {
    const schema::Field& field = model.model.fields[f];
    if (!value::is_utf8_type(field.type)) continue;
    auto bytes = connection.raw().compares_bytes(model.model.table, field.column);
    if (!bytes && bytes.error().code() == Code::kSchema)
      return fail(std::move(bytes.error()).model(model.model.name).field(field.name));
    if (!bytes) return fail(std::move(bytes.error()));
    exact[f] = *bytes;
  }
  const std::vector<uint32_t>& key = model.model.primary;
  model.exact_key.store(std::all_of(key.begin(), key.end(), [&](uint32_t f) { return exact[f]; }),
                        std::memory_order_release);
  model.exactness.exact_text = std::move(exact);
  model.exactness_known.store(true, std::memory_order_release);
  return {};
}

base::Result<driver::MoreWrites> Store::writes_more(session::Connection& connection,
                                                    ModelState& model) {
  const uint64_t generation = schema_generation_.load();
  const uint64_t known = model.writes_more.load(std::memory_order_acquire);
  if (known >> 3 == generation)
    return driver::MoreWrites{(known & 1) != 0, (known & 2) != 0, (known & 4) != 0};
  auto more = connection.raw().writes_more(model.model.table);
  // No such table: the statement itself says so.
  if (!more && more.error().code() == Code::kSchema) return driver::MoreWrites();
  if (!more) return fail(std::move(more.error()));
  model.writes_more.store(generation << 3 | (more->always ? 1 : 0) | (more->by_updates ? 2 : 0) |
                              (more->by_deletes ? 4 : 0),
                          std::memory_order_release);
  return *more;
}

base::Result<std::string> Store::introspect(const Call& call, std::string_view options_json) {
  if (is_closed()) return fail(Code::kClosed, "the database is closed");
  THING_ASSIGN(const std::vector<std::string> tables, parse_tables(options_json));
  Reading reading(*this, call);
  THING_TRY(reading.open(true));
  return migrate::introspect(reading.connection(), tables);
}

base::Result<std::vector<std::string>> Store::plan_schema(const Call& call) {
  if (is_closed()) return fail(Code::kClosed, "the database is closed");
  Reading reading(*this, call);
  THING_TRY(reading.open(true));
  return migrate::plan(reading.connection(), models_of(*this));
}

// Gives the lock back where it outlives the transaction, whatever has happened; a connection that
// keeps it is not used again.
class SchemaLock {
 public:
  SchemaLock(session::Connection& connection, bool outlives)
      : connection_(connection), outlives_(outlives) {}
  ~SchemaLock() {
    if (!outlives_) return;
    connection_.raw().set_control(nullptr);  // also after the deadline
    try {
      if (migrate::unlock_schema(connection_)) return;
    } catch (const std::bad_alloc&) {
    }
    connection_.give_up();
  }
  SchemaLock(const SchemaLock&) = delete;

 private:
  session::Connection& connection_;
  const bool outlives_;
};

// What the models lack, under the lock that keeps other processes of this library from the same.
static base::Result<bool> make_tables(Store& store, const Call& call, Writing& writing) {
  session::Connection& connection = writing.connection();
  THING_TRY(migrate::lock_schema(connection));
  THING_ASSIGN(const std::vector<std::string> statements,
               migrate::plan(connection, models_of(store)));
  if (statements.empty()) return false;
  writing.writes().add_everything();
  writing.writes().add_schema_change();
  THING_TRY(writing.ready());
  for (const std::string& sql : statements) {
    THING_ASSIGN(const std::unique_ptr<driver::Statement> statement, connection.raw().prepare(sql));
    Running running(store, call, connection, nullptr);
    running.use(*statement, sql);
    THING_TRY(running.execute());
  }
  return true;
}

base::Status Store::sync_schema(const Call& call) {
  const bool is_one = dialect_->features().transactional_ddl;
  if (!is_one && call.tx != nullptr)
    return fail(Code::kUnsupported,
                "{}: a statement that creates or changes tables ends the transaction it runs in; "
                "expected a call outside of one",
                dialect_->name());
  Writing writing(*this, call);
  THING_TRY(writing.open(is_one));
  auto made = [&] {
    const SchemaLock lock(writing.connection(), !is_one);
    return make_tables(*this, call, writing);
  }();
  if (!made) return fail(std::move(made.error()));
  return writing.done();
}

base::Status Store::watch_table(ModelState& model, bool on) {
  if (is_closed()) return fail(Code::kClosed, "the database is closed");
  if (!is_server()) return {};  // the file tells of every writer
  if (shared_ == nullptr)
    return fail(Code::kUnsupported,
                "watch: found a cache that is not shared, expected cache 'redis': nobody would "
                "read what the triggers tell");
  THING_ASSIGN(const std::string schema, outbox_->make());
  auto loan = session_->write(nullptr);
  if (!loan) return fail(std::move(loan.error()));
  session::Connection& connection = **loan;
  THING_ASSIGN(const std::optional<std::string> name, full_name(connection, model.model.table));
  if (!name.has_value())
    return fail(base::Error(Code::kSchema,
                            fmt::format("there is no table '{}', or it is one of several that rows "
                                        "are in",
                                        model.model.table))
                    .table(model.model.table));
  const std::vector<std::string> statements =
      on ? dialect_->watch_table(model.model, *name, schema)
         : dialect_->unwatch_table(model.model, *name, schema);
  THING_TRY(session::begin(connection, session::Begin::kImmediate));
  for (const std::string& sql : statements) {
    if (auto done = connection.raw().execute(sql); !done) {
      session::rollback(connection);
      return done;
    }
  }
  if (auto done = session::commit(connection); !done) {
    session::rollback(connection);
    return done;
  }
  // Of what was written before they were there, or between two statements, nobody has told.
  THING_ASSIGN(const int64_t until, shared_->drop(model, nullptr, &connection));
  wait_until(until);
  return {};
}

base::Result<std::string> Store::ddl(const ModelState& model, std::string_view name) const {
  const dialect::Dialect* const d = dialect::find_dialect(name);
  if (d == nullptr)
    return fail(Code::kUnsupported,
                "dialect: found {}, expected 'sqlite', 'postgres', 'mysql' or 'mariadb'",
                base::quoted(name));
  THING_TRY(d->check_table(model.model));
  const std::vector<const schema::Model*> models = models_of(*this);
  std::vector<schema::Reference> keys;
  for (const schema::ForeignKey& key : model.model.foreign_keys) {
    THING_TRY(d->check_foreign_key(model.model, key));
    THING_ASSIGN(schema::Reference reference, schema::find_reference(model.model, key, models));
    keys.push_back(std::move(reference));
  }
  const bool later = d->features().adds_foreign_keys;
  std::string out =
      (later ? d->create_table(model.model) : d->create_table(model.model, keys)) + ";\n";
  for (const schema::Index& index : model.model.indexes) {
    THING_TRY(d->check_index(model.model, index));
    out += d->create_index(model.model, index) + ";\n";
  }
  for (const schema::Reference& key : keys) {
    if (later) out += d->add_foreign_key(model.model, key) + ";\n";
  }
  return out;
}

}  // namespace thing::store
