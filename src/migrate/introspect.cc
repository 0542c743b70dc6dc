// Writes model documents from the catalogue. What documents can not say is left out rather than
// guessed: values of enums, indexes on expressions, partial indexes whose condition criteria can
// not say, and foreign keys to what is no table or has no such columns. Nothing is lost by that in
// the database, as plan() never drops. Every document is read back before it is given out.
#include <algorithm>
#include <set>

#include "migrate/catalogue.h"
#include "migrate/conditions.h"
#include "migrate/defaults.h"
#include "migrate/names.h"
#include "migrate/sync.h"
#include "query/criteria.h"
#include "schema/document.h"
#include "text/json.h"
#include "text/names.h"

namespace thing::migrate {
namespace {

using base::Code;
using base::fail;
using text::JsonWriter;

// The document of one table, without the indexes in `left_out`.
class Document {
 public:
  Document(const dialect::Catalogue& catalogue, const Table& table,
           const std::vector<ForeignKey>& keys, const std::string& name,
           const std::set<std::string>& left_out)
      : catalogue_(catalogue), table_(table), keys_(keys), name_(name), left_out_(left_out) {
    NameSet names;
    for (const Column& column : table.columns) {
      fields_.push_back({compared(column.name, table.spelling), names.add(field_name(column.name)),
                         column.field_type});
    }
  }

  std::string write() {
    writer_.begin_object();
    writer_.key("name");
    writer_.string(name_);
    writer_.key("table");
    writer_.string(table_.name);
    write_fields();
    if (table_.key().size() > 1) {
      writer_.key("primary");
      write_names(table_.key());
    }
    write_indexes();
    write_foreign_keys();
    writer_.end_object();
    return std::move(out_);
  }

 private:
  void write_fields() {
    writer_.key("fields");
    writer_.begin_object();
    for (size_t i = 0; i < table_.columns.size(); i++) {
      writer_.key(fields_[i].field);
      write_field(table_.columns[i], fields_[i]);
    }
    writer_.end_object();
  }

  void write_field(const Column& column, const NamedColumn& named) {
    writer_.begin_object();
    writer_.key("type");
    writer_.string(value::type_name(value::element_of(named.type)));
    if (value::is_list(named.type)) write_true("list");
    if (text::snake_case(named.field) != column.name) {
      writer_.key("column");
      writer_.string(column.name);
    }
    if (column.key > 0) {
      write_key(column);
    } else if (!column.not_null) {
      write_true("null");
    }
    if (is_unique(column)) write_true("unique");
    write_default(column, named.type);
    writer_.end_object();
  }

  void write_key(const Column& column) {
    if (column.key > 0 && table_.key().size() == 1) write_true("primary");
    if (!table_.gives_ids()) return;
    writer_.key("default");
    writer_.raw(R"({"fn":"autoincrement"})");
  }

  void write_default(const Column& column, value::Type type) {
    if (!column.initial || (column.key > 0 && table_.gives_ids())) return;
    writer_.key("default");
    writer_.raw(
        default_json(catalogue_, type, !column.not_null && column.key == 0, *column.initial));
  }

  void write_true(std::string_view key) {
    writer_.key(key);
    writer_.boolean(true);
  }

  // By a constraint of the column or the table; indexes with names are written as such.
  bool is_unique(const Column& column) const {
    return std::any_of(table_.indexes.begin(), table_.indexes.end(), [&](const TableIndex& index) {
      return is_constraint(index) && index.columns.size() == 1 &&
             same_name(index.columns[0], column.name, table_.spelling);
    });
  }

  static bool is_constraint(const TableIndex& index) { return index.unique && index.of_constraint; }

  void write_indexes() {
    writer_.key("indexes");
    writer_.begin_array();
    for (const TableIndex& index : table_.indexes) {
      const bool written_with_field = is_constraint(index) && index.columns.size() == 1;
      if (index.of_key || written_with_field || left_out_.count(index.name) > 0 ||
          has_expression(index))
        continue;
      const auto where = criteria_of(catalogue_, index.condition_tokens(table_.spelling), fields_);
      if (!index.partial || where) write_index(index, where.value_or(""));
    }
    writer_.end_array();
  }

  bool has_expression(const TableIndex& index) const {
    return std::any_of(index.columns.begin(), index.columns.end(),
                       [&](const std::string& column) { return table_.find(column) == nullptr; });
  }

  void write_index(const TableIndex& index, const std::string& where) {
    writer_.begin_object();
    writer_.key("fields");
    write_names(index.columns);
    if (!index.of_constraint) {
      writer_.key("name");
      writer_.string(index.name);
    }
    if (index.unique) write_true("unique");
    if (index.partial) {
      writer_.key("where");
      writer_.raw(where);
    }
    writer_.end_object();
  }

  // Names are at most as long as a document takes; another one is made up for what it does not.
  static bool is_sayable(std::string_view name) {
    const auto is_control = [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    };
    return !name.empty() && name.size() <= 63 && std::none_of(name.begin(), name.end(), is_control);
  }

  bool can_say(const ForeignKey& key) const {
    const auto is_ours = [this](const std::string& column) {
      return table_.find(column) != nullptr;
    };
    return is_sayable(key.table) && key.referred.size() == key.columns.size() &&
           std::all_of(key.referred.begin(), key.referred.end(), is_sayable) &&
           std::all_of(key.columns.begin(), key.columns.end(), is_ours);
  }

  void write_foreign_keys() {
    if (std::none_of(keys_.begin(), keys_.end(), [this](const auto& k) { return can_say(k); }))
      return;
    writer_.key("foreign_keys");
    writer_.begin_array();
    for (const ForeignKey& key : keys_) {
      if (can_say(key)) write_foreign_key(key);
    }
    writer_.end_array();
  }

  void write_foreign_key(const ForeignKey& key) {
    writer_.begin_object();
    if (is_sayable(key.name)) {
      writer_.key("name");
      writer_.string(key.name);
    }
    writer_.key("fields");
    write_names(key.columns);
    writer_.key("references");
    writer_.begin_object();
    writer_.key("table");
    writer_.string(key.table);
    writer_.key("columns");
    writer_.begin_array();
    for (const std::string& column : key.referred) writer_.string(column);
    writer_.end_array();
    writer_.end_object();
    writer_.key("on_delete");
    writer_.string(action_word(key.on_delete));
    writer_.key("on_update");
    writer_.string(action_word(key.on_update));
    writer_.end_object();
  }

  // "SET NULL" -> "set_null"
  static std::string action_word(std::string_view sql) {
    std::string word = folded(sql);
    std::replace(word.begin(), word.end(), ' ', '_');
    return word;
  }

  // The fields of columns.
  void write_names(const std::vector<std::string>& columns) {
    writer_.begin_array();
    for (const std::string& column : columns) {
      writer_.string(
          fields_[static_cast<size_t>(table_.find(column) - table_.columns.data())].field);
    }
    writer_.end_array();
  }

  const dialect::Catalogue& catalogue_;
  const Table& table_;
  const std::vector<ForeignKey>& keys_;
  const std::string& name_;
  const std::set<std::string>& left_out_;
  std::vector<NamedColumn> fields_;
  std::string out_;
  JsonWriter writer_{out_};
};

// Virtual tables and the tables in which they keep their contents.
std::set<std::string> virtual_names(const std::vector<Entry>& entries) {
  constexpr std::string_view kEndings[] = {"",         "_content", "_segments", "_segdir",
                                           "_docsize", "_stat",    "_data",     "_idx",
                                           "_config",  "_node",    "_parent",   "_rowid"};
  std::set<std::string> names;
  for (const Entry& entry : entries) {
    if (entry.type != "virtual table") continue;
    for (const std::string_view ending : kEndings) {
      names.insert(folded(entry.name) + std::string(ending));
    }
  }
  return names;
}

class Introspection {
 public:
  explicit Introspection(CatalogueReader& reader) : reader_(reader) {}

  base::Result<std::string> all() {
    THING_ASSIGN(const std::vector<Entry> entries, reader_.list_tables());
    const std::set<std::string> not_ours = virtual_names(entries);
    for (const Entry& entry : entries) {
      if (entry.type != "table" || not_ours.count(folded(entry.name)) > 0) continue;
      if (base::Status added = add(entry); !added && added.error().code() != Code::kUnsupported) {
        return fail(std::move(added.error()));
      }
    }
    return "[" + documents_ + "]";
  }

  base::Result<std::string> named(const std::vector<std::string>& tables) {
    for (const std::string& table : tables) {
      THING_ASSIGN(const auto entry, reader_.find_entry(table));
      if (!entry) return fail(Code::kSchema, "table '{}': found none, expected a table", table);
      if (entry->type != "table") return unsupported(table, entry->type, "a table");
      THING_TRY(add(*entry));
    }
    return "[" + documents_ + "]";
  }

 private:
  base::Status add(const Entry& entry) {
    THING_ASSIGN(const Table table, reader_.load_table(entry));
    if (table.key().empty()) return unsupported(entry.name, "no primary key", "one");
    const std::string name = names_.add(model_name(entry.name));
    THING_ASSIGN(const std::vector<ForeignKey> keys, reader_.foreign_keys(table.name));
    std::string document = Document(reader_.catalogue(), table, keys, name, {}).write();
    const auto models = schema::parse_models(document);
    if (!models)
      return unsupported(entry.name, models.error().message(), "a table that a model can describe");
    const std::set<std::string> left_out = unsayable(*models->front());
    if (!left_out.empty())
      document = Document(reader_.catalogue(), table, keys, name, left_out).write();
    documents_ += (documents_.empty() ? "" : ",") + document;
    return {};
  }

  // Partial indexes whose condition is not one for the types that the columns were taken for.
  static std::set<std::string> unsayable(const schema::Model& model) {
    std::set<std::string> names;
    for (const schema::Index& index : model.indexes) {
      if (!index.where.empty() && !query::parse_criteria(model, "{\"where\":" + index.where + "}"))
        names.insert(index.name);
    }
    return names;
  }

  static tl::unexpected<base::Error> unsupported(std::string_view table, std::string_view found,
                                                 std::string_view expected) {
    return fail(Code::kUnsupported, "table '{}': found {}, expected {}", table, found, expected);
  }

  CatalogueReader& reader_;
  NameSet names_;
  std::string documents_;
};

}  // namespace

base::Result<std::string> introspect(session::Connection& connection,
                                     const std::vector<std::string>& tables) {
  THING_ASSIGN(CatalogueReader reader, CatalogueReader::open(connection));
  Introspection introspection(reader);
  return tables.empty() ? introspection.all() : introspection.named(tables);
}

base::Result<std::vector<ForeignKey>> foreign_keys(session::Connection& connection,
                                                   std::string_view table) {
  THING_ASSIGN(CatalogueReader reader, CatalogueReader::open(connection));
  THING_ASSIGN(const auto entry, reader.find_entry(table));
  if (!entry) return fail(Code::kSchema, "table '{}': found none, expected a table", table);
  return reader.foreign_keys(entry->name);
}

}  // namespace thing::migrate
