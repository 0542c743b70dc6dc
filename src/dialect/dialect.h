#pragma once
// Trees to SQL text, for one database. Pure text: nothing here talks to a database. Values are
// never written into SQL (but for the literals of index conditions and column defaults, which come
// from the registered schema).
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dialect/catalogue.h"
#include "query/aggregate.h"
#include "query/criteria.h"
#include "schema/model.h"

namespace thing::dialect {

// What the i-th placeholder takes.
struct Argument {
  enum class From : uint8_t { kParam, kKeyset, kTake, kSkip } from = From::kParam;
  uint32_t index = 0;  // into Query::params or Keyset::values
  uint32_t count = 0;  // kParam: so many from there on, as one array; 0: one value by itself
};

// SQL for one shape of query; `arguments` in the order of the placeholders. It depends only on
// Query::shape, so it may be kept by it.
struct Compiled {
  std::string sql;
  std::vector<Argument> arguments;
};

// The same for aggregates: arguments of the rows come before those of the groups.
struct CompiledAggregate {
  std::string sql;
  std::vector<Argument> rows, groups;
};

enum class SetKind : uint8_t { kValue, kIncrement };
struct Set {
  uint32_t field = 0;
  SetKind kind = SetKind::kValue;
};

// What a transaction keeps from others; kDefault is the database's own choice.
enum class Isolation : uint8_t { kDefault, kReadCommitted, kRepeatableRead, kSerializable };

std::string_view isolation_name(Isolation isolation);  // "READ COMMITTED", for one but kDefault

// How transactions begin, each text one statement.
struct Begins {
  std::string_view write;     // takes the write lock at once, where there is one for all
  std::string_view deferred;  // takes locks as it goes
  std::string_view snapshot;  // reads one state and writes nothing
};

// What not every database can do.
struct Features {
  // The one file of a database is locked as a whole: transactions write one after the other, and
  // are serializable. Without it writers of other rows go on, and rows are locked one by one.
  bool one_writer = false;
  // INSERT can give rows back. Without it ids come from the connection: those of one statement
  // follow each other.
  bool returning = false;
  // select_by_key of more than one key of one column takes one array of them, whatever their
  // number.
  bool key_array = false;
  // Indexes can have a condition.
  bool partial_indexes = false;
  // A unique index takes decimals of one value for one, whatever their digits: 1.0 and 1.00.
  bool unique_decimals = false;
  // UPDATE by key can give the row as it became.
  bool returns_updated = false;
  // The id of a new row comes back with RETURNING; else the connection knows it.
  bool returns_ids = false;
  // An upsert names the unique key that it is about.
  bool upsert_by_key = false;
  // A column that is added to a table with rows can have a default that is computed.
  bool computed_column = false;
  // A rollback takes back what created and changed tables. Without it such a statement ends the
  // transaction that it runs in.
  bool transactional_ddl = false;
  // A table that is there can get a foreign key. Without it keys are made with their table, or with
  // a new column that may be NULL.
  bool adds_foreign_keys = true;
  // Decimals are compared as numbers in an index and in a foreign key alike, so that these can
  // refer to those.
  bool decimal_references = false;
};

class Dialect {
 public:
  virtual ~Dialect() = default;
  virtual std::string_view name() const = 0;
  virtual Features features() const = 0;
  virtual std::string quote(std::string_view identifier) const = 0;

  // SQL that a user wrote with "?" for its parameters, as the database takes it.
  virtual std::string with_placeholders(std::string_view sql) const { return std::string(sql); }

  virtual Begins begins() const = 0;
  // The statements that begin a transaction of this isolation, which is not kDefault.
  virtual std::vector<std::string> begin(Isolation isolation, bool read_only) const = 0;
  // Behind a SELECT, at its very end: keeps its rows until the transaction ends. "" where
  // one_writer, and for no lock.
  virtual std::string_view row_lock(query::Lock lock) const = 0;
  // kUnsupported, naming database and feature, for a lock that a server of this version has not. To
  // be asked before the SQL.
  virtual base::Status check_lock(query::Lock /*lock*/, std::string_view /*server_version*/) const {
    return {};
  }

  // With the query's lock. Columns in field order, or those of the select; the result columns are
  // query.select or all fields.
  virtual Compiled select(const query::Query& query) const = 0;
  virtual Compiled count(
      const query::Query& query) const = 0;  // take, skip, keyset and order left aside
  virtual Compiled exists(const query::Query& query) const = 0;  // SELECT 1 ... LIMIT 1
  // A row for each group, or one of all rows when nothing makes groups: the fields that make them,
  // then the aggregates.
  virtual CompiledAggregate aggregate(const query::AggregateQuery& query) const = 0;
  // Of a query with a way: the keys that rows belong to others by, each with the primary keys of
  // one page of these rows, in their order, and what leads to each.
  virtual Compiled key_page(const query::Query& query) const = 0;
  // Bulk writes: placeholders of the sets come first, one each, then those of the condition.
  virtual Compiled update_where(const query::Query& query, std::span<const Set> sets) const = 0;
  virtual Compiled delete_where(const query::Query& query) const = 0;

  // SELECT all fields WHERE key matches one of `keys` keys: placeholders key by key, in key order,
  // or one array (features().key_array; a single key never is one). Soft-deleted rows too.
  virtual std::string select_by_key(const schema::Model& model, int keys,
                                    query::Lock lock = {}) const = 0;
  // INSERT of `rows` rows with these fields (none: DEFAULT VALUES, rows must be 1). Ends with
  // RETURNING of the fields `returning`, if any, in the order of the rows.
  virtual std::string insert(const schema::Model& model, std::span<const uint32_t> fields, int rows,
                             std::span<const uint32_t> returning) const = 0;
  // UPDATE of the sets (placeholder each), then WHERE: key values[, the old version]. Ends with
  // RETURNING of the fields `returning`, if any.
  virtual std::string update(const schema::Model& model, std::span<const Set> sets,
                             bool with_version, std::span<const uint32_t> returning) const = 0;
  virtual std::string remove(const schema::Model& model,
                             bool with_version) const = 0;  // DELETE WHERE key[, version]
  // INSERT ... ON CONFLICT (key fields) DO UPDATE of `updates` from the new row; the version field,
  // if any, is raised. `updates` empty: the row that is there stays. Ends with RETURNING all
  // fields, in field order, where the database has that. MySQL and MariaDB update the row that is
  // there whichever unique index it is found by, not by the key fields alone.
  virtual std::string upsert(const schema::Model& model, std::span<const uint32_t> fields,
                             std::span<const uint32_t> key_fields,
                             std::span<const uint32_t> updates) const = 0;

  // kUnsupported, naming database and feature, for what it can not have. To be asked before the
  // SQL.
  virtual base::Status check_table(const schema::Model& model) const = 0;  // indexes left aside
  virtual base::Status check_index(const schema::Model& model,
                                   const schema::Index& index) const = 0;
  virtual base::Status check_foreign_key(const schema::Model& model,
                                         const schema::ForeignKey& key) const = 0;
  virtual std::string create_table(const schema::Model& model,
                                   std::span<const schema::Reference> keys = {}) const = 0;
  virtual std::string create_index(const schema::Model& model,
                                   const schema::Index& index) const = 0;  // needs a valid where
  // `key`: one of this column alone, where keys can not be added later.
  virtual std::string add_column(const schema::Model& model, uint32_t field,
                                 const schema::Reference* key = nullptr) const = 0;
  virtual std::string add_foreign_key(const schema::Model& model,
                                      const schema::Reference& key) const = 0;
  virtual std::string add_column_without_default(const schema::Model& model,
                                                 uint32_t field) const = 0;
  // What follows DEFAULT: 'text', 7, CURRENT_TIMESTAMP, (expression); "" when the database gives
  // none.
  virtual std::string initial_value(const schema::Model& model, uint32_t field) const = 0;
  // What follows WHERE in create_index: columns are bare, values literals. "" when the criteria can
  // not be read or hold for every row.
  virtual std::string index_condition(const schema::Model& model,
                                      const schema::Index& index) const = 0;
  // "INTEGER". Of text and bytes in a key or an index MySQL needs to know the greatest length.
  virtual std::string column_type(const schema::Model& model, uint32_t field) const = 0;

  virtual const Catalogue& catalogue() const = 0;
  // A query that waits until nobody else changes tables by this library, and then keeps others
  // waiting: up to the end of the transaction, or up to unlock_schema() where there is one. Gives 0
  // when the busy timeout passed. "" where a transaction that writes is lock enough.
  virtual std::string_view lock_schema() const { return ""; }
  virtual std::string_view unlock_schema() const { return ""; }

  // A session is known to others by a lock that it takes when it begins and that the server frees
  // when it has ended, with all that it had under way: a statement that takes it, and a query that
  // gives 1 when nobody has it. `name` is below 2^63. "" where one_writer.
  virtual std::string name_session(uint64_t /*name*/) const { return ""; }
  virtual std::string ask_session(uint64_t /*name*/) const { return ""; }
  // A query for the schema that a table is in, by its name as table_argument() gives it; no row
  // when there is no such table, or its rows may be written by another name. "" where there are no
  // schemas within a database.
  virtual std::string_view ask_schema() const { return ""; }
  // A query for the columns that an UPDATE of others may change: computed ones, and times that the
  // database sets. By the table's name, as table_argument() gives it.
  virtual std::string_view ask_changing_columns() const { return ""; }
  // The name of a table, with its schema or without, as the two queries above take it.
  virtual std::string table_argument(std::string_view table) const { return std::string(table); }
  // A query for one text that tells this database from all others that there are. May be refused.
  virtual std::string_view ask_identity() const { return ""; }

  // The table by which writes are told to a cache that others share, when they were not marked in
  // it: thing_outbox(id, tbl, row_key, at). A statement that makes it, and a query for the schema
  // that it is in as this session sees it (no row: there is none). "" where one_writer.
  virtual std::string_view create_outbox() const { return ""; }
  virtual std::string_view ask_outbox() const { return ""; }
  // Statements that make triggers, so that who writes to the table without this library tells it
  // there: sessions with a name (name_session()) do so otherwise. `name`: of the table in the
  // outbox; `schema`: that the outbox is in. The triggers' names begin with kWatchPrefix.
  virtual std::vector<std::string> watch_table(const schema::Model& /*model*/,
                                               std::string_view /*name*/,
                                               std::string_view /*schema*/) const {
    return {};
  }
  virtual std::vector<std::string> unwatch_table(const schema::Model& /*model*/,
                                                 std::string_view /*name*/,
                                                 std::string_view /*schema*/) const {
    return {};
  }
};

inline constexpr std::string_view kOutbox = "thing_outbox";
inline constexpr std::string_view kWatchPrefix = "thing_watch_";

const Dialect& sqlite();
const Dialect& postgres();
const Dialect& mysql();
const Dialect& mariadb();
const Dialect* find_dialect(std::string_view name);  // nullptr when unknown

}  // namespace thing::dialect
