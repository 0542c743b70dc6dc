#include "migrate/foreign_keys.h"

#include <algorithm>

#include "migrate/names.h"

namespace thing::migrate {

using base::Code;
using schema::Action;
using schema::Model;
using schema::Reference;

namespace {

std::string list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "(" : ", ") + name;
  return text + ")";
}

std::string words(const ForeignKey& key) {
  return fmt::format("{} to '{}' {}, on delete {}, on update {}", list(key.columns), key.table,
                     list(key.referred), key.on_delete, key.on_update);
}

std::string_view words(Action action) {
  constexpr std::string_view kWords[] = {"NO ACTION", "RESTRICT", "CASCADE", "SET NULL",
                                         "SET DEFAULT"};
  return kWords[static_cast<size_t>(action)];
}

std::vector<std::string> columns_of(const Model& model, const std::vector<uint32_t>& fields) {
  std::vector<std::string> columns;
  for (const uint32_t f : fields) columns.push_back(model.fields[f].column);
  return columns;
}

ForeignKey as_found(const Model& model, const Reference& wanted) {
  return {.name = wanted.key->name,
          .columns = columns_of(model, wanted.key->fields),
          .table = wanted.table,
          .referred = wanted.columns,
          .on_update = std::string(words(wanted.key->on_update)),
          .on_delete = std::string(words(wanted.key->on_delete))};
}

value::Type comparable(value::Type type) {
  return type == value::Type::kEnum ? value::Type::kText : type;
}

}  // namespace

tl::unexpected<base::Error> ForeignKeys::refuse(const Reference& wanted,
                                                const std::string& problem) const {
  return base::fail(base::Error(Code::kSchema, fmt::format("table '{}', foreign key '{}': {}",
                                                           model_.table, wanted.key->name, problem))
                        .model(model_.name)
                        .constraint(wanted.key->name));
}

bool ForeignKeys::are_same(std::vector<std::string> a, std::vector<std::string> b) const {
  const dialect::Spelling spelling = reader_.catalogue().spelling();
  for (auto* names : {&a, &b}) {
    for (std::string& name : *names) name = compared(name, spelling);
    std::sort(names->begin(), names->end());
  }
  return a == b;
}

bool ForeignKeys::is_same_action(Action wanted, std::string_view found) const {
  const auto plain = [this](std::string_view action) {
    return reader_.catalogue().restricts_always() && action == "RESTRICT" ? "NO ACTION" : action;
  };
  return plain(words(wanted)) == plain(found);
}

// The same pairs of columns, in whatever order.
bool ForeignKeys::is_about_same(const Reference& wanted, const ForeignKey& found) const {
  const auto pairs = [](const std::vector<std::string>& a, const std::vector<std::string>& b) {
    std::vector<std::string> all;
    for (size_t i = 0; i < a.size() && i < b.size(); i++) all.push_back(a[i] + '\0' + b[i]);
    return all;
  };
  return same_name(wanted.table, found.table, reader_.catalogue().spelling()) &&
         are_same(pairs(columns_of(model_, wanted.key->fields), wanted.columns),
                  pairs(found.columns, found.referred));
}

bool ForeignKeys::is_same(const Reference& wanted, const ForeignKey& found) const {
  return is_about_same(wanted, found) && is_same_action(wanted.key->on_delete, found.on_delete) &&
         is_same_action(wanted.key->on_update, found.on_update);
}

base::Result<std::vector<Reference>> ForeignKeys::missing(const Table* table) {
  std::vector<Reference> lacking;
  if (model_.foreign_keys.empty()) return lacking;
  std::vector<ForeignKey> found;
  if (table != nullptr) {
    THING_ASSIGN(found, reader_.foreign_keys(table->name));
  }
  for (const schema::ForeignKey& key : model_.foreign_keys) {
    THING_ASSIGN(Reference wanted, find_reference(model_, key, models_));
    if (wanted.columns.empty()) THING_TRY(complete(wanted));
    const auto same = [&](const ForeignKey& f) { return is_same(wanted, f); };
    if (std::any_of(found.begin(), found.end(), same)) continue;
    const auto other = std::find_if(found.begin(), found.end(), [&](const ForeignKey& f) {
      return f.name == key.name || is_about_same(wanted, f);
    });
    if (other != found.end())
      return refuse(wanted, fmt::format("found {}, expected {}", words(*other),
                                        words(as_found(model_, wanted))));
    THING_TRY(reader_.dialect().check_foreign_key(model_, key));
    THING_TRY(check(wanted, table));
    lacking.push_back(std::move(wanted));
  }
  return lacking;
}

// A table without a model: its primary key is what the database says.
base::Status ForeignKeys::complete(Reference& wanted) {
  THING_ASSIGN(const auto entry, reader_.find_entry(wanted.table));
  if (!entry || entry->type != "table")
    return refuse(wanted, fmt::format("found {} '{}', expected a table", entry ? entry->type : "no",
                                      wanted.table));
  THING_ASSIGN(const Table other, reader_.load_table(*entry));
  wanted.columns = other.key();
  return {};
}

std::vector<std::string> ForeignKeys::key_of_model(const Reference& wanted) const {
  const Model& m = *wanted.model;
  if (const auto key = columns_of(m, m.primary); are_same(wanted.columns, key)) return key;
  for (const schema::Index& index : m.indexes) {
    const bool exact = reader_.dialect().features().decimal_references ||
                       std::none_of(index.fields.begin(), index.fields.end(), [&](uint32_t f) {
                         return m.fields[f].type == value::Type::kDecimal;
                       });
    if (!index.unique || !index.where.empty() || !exact) continue;
    if (const auto key = columns_of(m, index.fields); are_same(wanted.columns, key)) return key;
  }
  return {};
}

std::vector<std::string> ForeignKeys::key_of_table(const Reference& wanted,
                                                   const Table& other) const {
  if (const auto key = other.key(); are_same(wanted.columns, key)) return key;
  const auto same = [&](const TableIndex& index) {
    return index.unique && !index.partial && are_same(wanted.columns, index.columns);
  };
  const auto found = std::find_if(other.indexes.begin(), other.indexes.end(), same);
  return found == other.indexes.end() ? std::vector<std::string>() : found->columns;
}

// InnoDB wants the columns in the order of the index that they refer to.
void ForeignKeys::reorder(Reference& wanted, const std::vector<std::string>& columns) {
  const dialect::Spelling spelling = reader_.catalogue().spelling();
  schema::ForeignKey key = *wanted.key;
  std::vector<std::string> ordered;
  for (size_t i = 0; i < columns.size(); i++) {
    for (size_t j = 0; j < wanted.columns.size(); j++) {
      if (!same_name(wanted.columns[j], columns[i], spelling)) continue;
      key.fields[i] = wanted.key->fields[j];
      ordered.push_back(wanted.columns[j]);
    }
  }
  wanted.columns = std::move(ordered);
  reordered_.push_back(std::move(key));
  wanted.key = &reordered_.back();
}

base::Status ForeignKeys::check(Reference& wanted, const Table* table) {
  THING_ASSIGN(const auto entry, reader_.find_entry(wanted.table));
  if (entry && entry->type != "table")
    return refuse(wanted,
                  fmt::format("found {} '{}', expected a table", entry->type, wanted.table));
  if (!entry && wanted.model == nullptr)
    return refuse(wanted,
                  fmt::format("found no table '{}', expected one, or a model of it", wanted.table));
  std::optional<Table> other;
  if (entry) {
    THING_ASSIGN(other, reader_.load_table(*entry));
  }
  std::vector<std::string> key;
  if (wanted.model != nullptr) key = key_of_model(wanted);
  if (key.empty() && other) key = key_of_table(wanted, *other);
  if (key.empty()) {
    return refuse(wanted,
                  fmt::format("found {} of '{}', expected its primary key or what a unique index "
                              "without a condition is on",
                              list(wanted.columns), wanted.table));
  }
  if (key.size() != wanted.key->fields.size())
    return refuse(wanted, fmt::format("found {} columns, expected the {} of the key",
                                      wanted.key->fields.size(), key.size()));
  reorder(wanted, key);
  for (size_t i = 0; i < wanted.columns.size(); i++)
    THING_TRY(check_pair(wanted, i, table, other ? &*other : nullptr));
  return {};
}

base::Status ForeignKeys::check_pair(const Reference& wanted, size_t i, const Table* table,
                                     const Table* other) {
  // The column of a table or, as long as there is none, that which the model will have.
  const auto declared = [this](const Table* t, const Model* m, const std::string& name) {
    if (const Column* found = t != nullptr ? t->find(name) : nullptr; found != nullptr)
      return found->type;
    for (uint32_t f = 0; m != nullptr && f < m->columns(); f++) {
      if (m->fields[f].column == name) return reader_.dialect().column_type(*m, f);
    }
    return std::string();
  };
  const schema::Field& field = model_.fields[wanted.key->fields[i]];
  const std::string& column = wanted.columns[i];
  const std::string from = declared(table, &model_, field.column);
  const std::string to = declared(other, wanted.model, column);
  if (other != nullptr && other->find(column) == nullptr && to.empty())
    return refuse(wanted,
                  fmt::format("found no column '{}' of '{}', expected one", column, wanted.table));
  bool fits = reader_.catalogue().can_refer(from, to);
  if (wanted.model != nullptr) {
    const auto same = std::find_if(wanted.model->fields.begin(), wanted.model->fields.end(),
                                   [&](const schema::Field& f) { return f.column == column; });
    fits = fits &&
           (same == wanted.model->fields.end() || comparable(same->type) == comparable(field.type));
  }
  if (fits) return {};
  return refuse(wanted, fmt::format("found '{}' for column '{}', expected '{}' as column '{}' of "
                                    "'{}' is",
                                    from, field.column, to, column, wanted.table));
}

}  // namespace thing::migrate
