#include "random_table.h"

#include <algorithm>
#include <utility>

namespace trial {
namespace {

struct Type {
  Kind kind;
  const char* name;
};
constexpr Type kTypes[] = {
    {Kind::kBool, "bool"},        {Kind::kInt, "int"},         {Kind::kInt, "int"},
    {Kind::kFloat, "float"},      {Kind::kDecimal, "decimal"}, {Kind::kText, "text"},
    {Kind::kText, "text"},        {Kind::kEnum, "enum"},       {Kind::kDatetime, "datetime"},
    {Kind::kDate, "date"},        {Kind::kTime, "time"},       {Kind::kBytes, "bytes"},
    {Kind::kUuid, "uuid"},        {Kind::kJson, "json"},       {Kind::kInts, "int"},
    {Kind::kDecimals, "decimal"}, {Kind::kTexts, "text"},      {Kind::kPlains, "date"},
    {Kind::kPlains, "uuid"},      {Kind::kPlains, "bool"}};
constexpr Type kKeyTypes[] = {
    {Kind::kInt, "int"},   {Kind::kText, "text"},   {Kind::kUuid, "uuid"},
    {Kind::kDate, "date"}, {Kind::kEnum, "enum"},   {Kind::kBool, "bool"},
    {Kind::kTime, "time"}, {Kind::kBytes, "bytes"}, {Kind::kDatetime, "datetime"}};
constexpr Type kUniqueTypes[] = {{Kind::kInt, "int"},
                                 {Kind::kText, "text"},
                                 {Kind::kUuid, "uuid"},
                                 {Kind::kDate, "date"},
                                 {Kind::kBytes, "bytes"}};

std::vector<Cell> some_integers() {
  std::vector<Cell> cells;
  for (int64_t n = -2; n <= 25; n++) cells.emplace_back(n);
  return cells;
}

// They differ in their first byte or in their last.
std::vector<Cell> some_uuids() {
  std::vector<Cell> cells;
  for (const char* first : {"00", "7f", "80", "ff"}) {
    for (const char* last : {"00", "01", "0a", "f0", "ff"})
      cells.emplace_back(std::string(first) + "112233-4455-6677-8899-aabbccddee" + last);
  }
  return cells;
}

class Maker {
 public:
  Maker(Random& random, Database database, int number)
      : random_(random), database_(database), number_(std::to_string(number)) {}

  Table make() {
    table_.model = "Model" + number_;
    table_.name =
        random_.pick(std::vector<std::string>{"rows_", "Mixed_", "with space ", "order"}) + number_;
    std::shuffle(std::begin(names_), std::end(names_), random_.engine());
    add_key();
    for (int64_t n = random_.between(1, 9); n > 0; n--) add_plain();
    mix();
    add_tasks();
    table_.document = document();
    add_statements();
    return std::move(table_);
  }

 private:
  // ---- fields

  Field& add(const Type& type) {
    Field field;
    field.name = names_[table_.fields.size()];
    field.kind = type.kind;
    for (const char c : field.name) {
      if (c >= 'A' && c <= 'Z') field.column += '_';
      field.column += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    extra_.emplace_back("\"type\":" + json_text(type.name));
    if (is_list(type.kind)) extra_.back() += ",\"list\":true";
    field.pool = pool(type);
    if (random_.chance(12)) {
      field.column = "Column of " + field.name;
      extra_.back() += ",\"column\":" + json_text(field.column);
    }
    table_.fields.push_back(field);
    return table_.fields.back();
  }

  std::vector<Cell> pool(const Type& type) {
    if (type.kind == Kind::kUuid) return some_uuids();
    if (type.kind == Kind::kPlains) return plain_lists(type.name);
    if (type.kind != Kind::kEnum) return pool_of(type.kind);
    std::vector<std::string> values = {"admin", "guest", "Zeta", "a b", "\xc3\xa4"};
    std::shuffle(values.begin(), values.end(), random_.engine());
    values.resize(static_cast<size_t>(random_.between(2, 5)));
    std::string list;
    for (const std::string& value : values) list += (list.empty() ? "[" : ",") + json_text(value);
    extra_.back() += ",\"values\":" + list + "]";
    return {values.begin(), values.end()};
  }

  static std::vector<Cell> plain_lists(const std::string& type) {
    std::vector<std::string> items = {"true", "false"};
    if (type == "date") items = {"\"2024-02-29\"", "\"0001-01-01\""};
    if (type == "uuid")
      items = {json_text(std::get<std::string>(some_uuids()[0])),
               json_text(std::get<std::string>(some_uuids()[9]))};
    return {std::string("[]"),
            "[" + items[0] + "]",
            "[" + items[1] + "]",
            "[" + items[0] + "," + items[1] + "]",
            "[" + items[1] + "," + items[0] + "]",
            "[" + items[0] + "," + items[0] + "]"};
  }

  void add_key() {
    const int64_t kind = random_.below(100);
    if (kind < 40) {
      add({Kind::kInt, "int"}).pool = some_integers();
      table_.generated_key = true;
      extra_.back() += R"(,"default":{"fn":"autoincrement"})";
    } else if (kind < 55) {
      add({Kind::kInt, "int"}).pool = some_integers();
    } else if (kind < 65) {
      add({Kind::kText, "text"});
    } else if (kind < 75) {
      add({Kind::kUuid, "uuid"});
    } else {
      int64_t wide = 0;  // of these a server's index can not hold many
      for (int64_t n = random_.between(1, 3); n > 0 || last_is_bool();) {
        const Type& type = random_.pick(kKeyTypes);
        wide += type.kind == Kind::kText || type.kind == Kind::kEnum ? 1 : 0;
        if ((type.kind == Kind::kText || type.kind == Kind::kEnum) && wide > 2) continue;
        Field& field = add(type);
        if (type.kind == Kind::kInt) field.pool = some_integers();
        n--;
      }
    }
    for (int i = 0; i < table_.columns(); i++) table_.key.push_back(i);
  }

  bool last_is_bool() const {
    return !table_.fields.empty() && table_.fields.back().kind == Kind::kBool;
  }

  void add_plain() {
    const bool unique = random_.chance(15);
    const Type& type = unique ? random_.pick(kUniqueTypes) : random_.pick(kTypes);
    Field& field = add(type);
    field.unique = unique;
    if (unique) extra_.back() += ",\"unique\":true";
    field.nullable = random_.chance(unique ? 70 : 55);
    if (field.nullable) {
      extra_.back() += ",\"null\":true";
      field.initial = Null{};
    }
    if (!unique && random_.chance(25)) {
      field.initial = random_.pick(field.pool);
      extra_.back() += ",\"default\":" + json(field.kind, field.initial);
    }
  }

  // Puts the key anywhere.
  void mix() {
    std::vector<int> order;
    for (int i = 0; i < table_.columns(); i++) order.push_back(i);
    std::shuffle(order.begin(), order.end(), random_.engine());
    std::vector<Field> fields;
    std::vector<std::string> extra;
    for (int& key : table_.key)
      key = static_cast<int>(std::find(order.begin(), order.end(), key) - order.begin());
    for (const int from : order) {
      fields.push_back(table_.fields[Table::at(from)]);
      extra.push_back(extra_[Table::at(from)]);
    }
    table_.fields = fields;
    extra_ = extra;
  }

  // ---- what the library keeps

  int manage(const std::string& name, const std::string& column, Kind kind, bool nullable,
             const Cell& initial) {
    table_.fields.push_back({name, column, kind, nullable, false, true, initial, pool_of(kind)});
    return table_.columns() - 1;
  }

  void add_tasks() {
    const bool has_flag = random_.chance(15);
    declared_ = table_.fields.size() + (has_flag ? 1 : 0);
    if (has_flag) {
      table_.deleted = manage("gone", "gone", Kind::kBool, false, int64_t{0});
      extra_.emplace_back(R"("type":"bool")");
      tasks_ += R"(,"softDelete":"gone")";
    }
    const int64_t times = random_.below(100);
    if (times < 35) {
      tasks_ += times < 20   ? R"(,"timestamps":true)"
                : times < 28 ? R"(,"timestamps":{"created":"createdAt"})"
                             : R"(,"timestamps":{"updated":"updatedAt"})";
      if (times < 28)
        table_.created = manage("createdAt", "created_at", Kind::kDatetime, false, Unset{});
      if (times < 20 || times >= 28)
        manage("updatedAt", "updated_at", Kind::kDatetime, false, Unset{});
    }
    if (!has_flag && random_.chance(30)) {
      table_.deleted = manage("deletedAt", "deleted_at", Kind::kDatetime, true, Null{});
      tasks_ += R"(,"softDelete":true)";
    }
    if (random_.chance(35)) {
      table_.version = manage("version", "version", Kind::kInt, false, int64_t{0});
      table_.fields.back().pool = {int64_t{0}, int64_t{1}, int64_t{2}, int64_t{3}};
      tasks_ += R"(,"version":true)";
    }
  }

  // ---- the document

  std::string document() {
    std::string out =
        "{\"name\":" + json_text(table_.model) + ",\"table\":" + json_text(table_.name);
    out += ",\"primary\":" + names(table_.key) + ",\"fields\":{";
    for (size_t i = 0; i < declared_; i++)
      out += (i > 0 ? "," : "") + json_text(table_.fields[i].name) + ":{" + extra_[i] + "}";
    out += "}" + tasks_ + indexes();
    if (random_.chance(35)) {
      table_.order = random_order(table_, random_);
      if (!table_.order.empty()) out += ",\"order\":" + print_order(table_, table_.order);
    }
    const int64_t cache = random_.below(100);
    if (cache < 6) out += ",\"cache\":false";
    if (cache >= 6 && cache < 18) out += R"(,"cache":{"memory":false})";
    return out + "}";
  }

  std::string names(const std::vector<int>& fields) const {
    std::string out;
    for (const int field : fields)
      out += (out.empty() ? "[" : ",") + json_text(table_.fields[Table::at(field)].name);
    return out + "]";
  }

  std::string indexes() {
    std::vector<int> fields;
    for (int i = 0; i < static_cast<int>(declared_); i++) {
      const Kind kind = table_.fields[Table::at(i)].kind;
      if (has_order(kind) && kind != Kind::kDecimal && random_.chance(20)) fields.push_back(i);
    }
    if (fields.empty()) return "";
    if (fields.size() > 2) fields.resize(2);
    return ",\"indexes\":[{\"fields\":" + names(fields) + "}]";
  }

  // ---- raw SQL

  std::string quoted(const std::string& name) const {
    return database_ == Database::kMysql ? "`" + name + "`" : "\"" + name + "\"";
  }
  std::string column(int field) const { return quoted(table_.fields[Table::at(field)].column); }

  bool is_free(int i) const {
    return table_.is_settable(i) && !table_.is_key(i) && !table_.fields[Table::at(i)].unique;
  }

  std::vector<std::string> conditions() const {
    std::vector<std::string> all;
    for (int i = 0; i < table_.columns(); i++) {
      const Field& field = table_.fields[Table::at(i)];
      const std::string name = column(i);
      if (field.kind == Kind::kInt) all.insert(all.end(), {name + " % 3 = 1", name + " % 5 = 2"});
      if (field.kind == Kind::kBool) all.push_back(name + " = TRUE");
      if (field.kind == Kind::kText) all.push_back(name + " > 'b'");
      if (field.nullable) all.insert(all.end(), {name + " IS NULL", name + " IS NOT NULL"});
    }
    if (all.empty()) all.emplace_back("1 = 1");
    return all;
  }

  std::vector<std::string> changes() const {
    std::vector<std::string> all;
    for (int i = 0; i < table_.columns(); i++) {
      const Field& field = table_.fields[Table::at(i)];
      const std::string set = column(i) + " = ";
      if (i == table_.deleted) all.push_back(set + (field.nullable ? "NULL" : "NOT " + column(i)));
      if (!table_.generated_key && table_.has_id() && table_.is_key(i))
        all.push_back(set + "-1000 - " + column(i));
      if (!is_free(i)) continue;
      if (field.nullable) all.push_back(set + "NULL");
      if (field.kind == Kind::kInt) all.push_back(set + column(i) + " % 1000 + 1");
      if (field.kind == Kind::kBool) all.push_back(set + "NOT " + column(i));
      for (int from = 0; from < table_.columns(); from++) {
        const Field& other = table_.fields[Table::at(from)];
        const bool fits = other.kind == field.kind && field.kind != Kind::kEnum &&
                          field.kind != Kind::kPlains && (field.nullable || !other.nullable);
        if (from != i && fits) all.push_back(set + column(from));
      }
    }
    return all;
  }

  void add_statements() {
    const std::vector<std::string> where = conditions(), set = changes();
    const std::string name = quoted(table_.name);
    const std::string version = table_.version >= 0 ? ", " + column(table_.version) + " = " +
                                                          column(table_.version) + " + 1"
                                                    : "";
    for (int n = 0; n < 8 && !set.empty(); n++) {
      table_.statements.push_back("UPDATE " + name + " SET " + random_.pick(set) + version +
                                  " WHERE " + random_.pick(where));
    }
    table_.statements.push_back("DELETE FROM " + name + " WHERE " + random_.pick(where) + " AND " +
                                random_.pick(where));
  }

  Random& random_;
  const Database database_;
  const std::string number_;
  Table table_;
  std::vector<std::string> extra_;  // of each declared field: the members of its document
  size_t declared_ = 0;
  std::string tasks_;
  std::string names_[16] = {
      "alpha", "betaOne", "order", "group", "key",   "value", "name", "size",
      "from",  "count",   "rank",  "text",  "index", "limit", "x",    "theLongNameOfAField"};
};

}  // namespace

std::deque<Table> random_tables(Random& random, Database database) {
  std::deque<Table> tables;
  for (int64_t n = random.between(1, 3); n > 0; n--)
    tables.push_back(Maker(random, database, static_cast<int>(n)).make());
  return tables;
}

}  // namespace trial
