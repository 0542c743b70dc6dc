// The SQL of every kind of statement, kept in tests/golden/*.txt: each request and under it what
// each dialect answers.
//
//   select User {"where": ...}              also count, exists, delete
//   after User {"orderBy": ...} [values]    the page behind a place; `from` includes it
//   update User name,+age {"where": ...}    a field with + is incremented
//   groups User role count,sum:age {...}    aggregates of a criteria's rows by fields (- for none)
//   per Work writerId {...}                 a page of each group; of the models in relations.json
//   numbers Writer labels count {...}       aggregates of a relation's rows by the keys 1 and 2 of
//   their owners page Writer labels {...}                the keys of a page of such rows of each
//   owner set User name,+age version              update by key, `version` checks the version; also
//   remove User version
//   insert User name,age 2 id               rows, fields that come back; also key User 3
//   upsert User name,email email name       fields, key fields, updates
//   create User                             table and indexes; also add User age
//   #                                       what follows is about
//
// SQLite runs or prepares every statement of its own here; servers_test.py asks the servers. With
// THING_UPDATE_GOLDEN set the files are written anew.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "query/key_page.h"
#include "query/scopes.h"
#include "sqlite_memory.h"
#include "text/json.h"

namespace thing::test {
namespace {

using dialect::Dialect;

std::string path_of(const std::string& file) {
  return std::string(std::getenv("THING_GOLDEN")) + "/" + file;
}

std::string read_file(const std::string& file) {
  std::ifstream in(path_of(file));
  std::stringstream out;
  out << in.rdbuf();
  EXPECT_TRUE(in) << path_of(file);
  return out.str();
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::stringstream in(text);
  for (std::string part; std::getline(in, part, separator);) parts.push_back(part);
  return parts;
}

uint32_t field(const schema::Model& model, const std::string& name) {
  const int found = model.find(name);
  if (found < 0) throw std::runtime_error("no field " + name);
  return static_cast<uint32_t>(found);
}

std::vector<uint32_t> fields(const schema::Model& model, const std::string& names) {
  std::vector<uint32_t> found;
  if (names == "-") return found;
  for (const std::string& name : split(names, ',')) found.push_back(field(model, name));
  return found;
}

std::vector<dialect::Set> sets(const schema::Model& model, const std::string& names) {
  std::vector<dialect::Set> found;
  for (const std::string& name : split(names, ',')) {
    const bool increment = name[0] == '+';
    found.push_back({field(model, name.substr(increment ? 1 : 0)),
                     increment ? dialect::SetKind::kIncrement : dialect::SetKind::kValue});
  }
  return found;
}

// {"orderBy": ...} [values]
query::Query paged(const schema::Model& model, const std::string& rest, bool inclusive) {
  const size_t at = rest.rfind(" [");
  query::Query query = resolved(model, rest.substr(0, at), query::Scope::kAlive);
  const auto values = text::Json::parse(rest.substr(at + 1));
  query.keyset.emplace();
  query.keyset->inclusive = inclusive;
  for (const text::JsonNode* node = values->root().first; node != nullptr; node = node->next) {
    const std::string& name = model.fields[query.order[query.keyset->values.size()].field].name;
    const std::string where =
        R"({"where":{")" + name + "\":" + std::string(values->source(*node)) + "}}";
    const bool null = node->is(text::JsonKind::kNull);
    query.keyset->values.push_back(null ? value::Value()
                                        : query::parse_criteria(model, where)->params().at(0));
  }
  return query;
}

template <class T>
T taken(base::Result<T> result) {
  if (!result) throw std::runtime_error(std::string(result.error().message()));
  return std::move(*result);
}

using Lines = std::vector<std::string>;

class Golden : public testing::TestWithParam<std::string> {
 protected:
  Golden() : models_(parse(read_file("models.json"))) {
    for (auto& model : parse(read_file("relations.json"))) models_.push_back(std::move(model));
    for (const auto& model : models_) db_.create(*model);
    for (const auto& m : models_) {
      m->conditions = taken(query::Scopes::parse(*m));
      for (const auto& relation : m->relations)
        relation->slot->set(taken(schema::resolve_relation(
            *m, *relation, [this](auto name) { return &model(std::string(name)); })));
    }
  }

  const schema::Model& model(const std::string& name) const {
    for (const auto& model : models_) {
      if (model->name == name) return *model;
    }
    throw std::runtime_error("no model " + name);
  }

  std::string query_sql(const Dialect& dialect, const std::string& kind, const schema::Model& model,
                        const std::string& rest) {
    const bool is_page = kind == "after" || kind == "from";
    const query::Query query =
        is_page ? paged(model, rest, kind == "from") : resolved(model, rest, query::Scope::kAlive);
    const dialect::Compiled compiled = kind == "count"    ? dialect.count(query)
                                       : kind == "exists" ? dialect.exists(query)
                                       : kind == "delete" ? dialect.delete_where(query)
                                                          : dialect.select(query);
    if (&dialect == &dialect::sqlite()) db_.rows(compiled, query);
    return compiled.sql;
  }

  // writerId {...}
  std::string per_sql(const Dialect& dialect, const schema::Model& model, const std::string& rest) {
    const size_t space = rest.find(' ');
    const query::Query query =
        query::with_groups(resolved(model, rest.substr(space + 1), query::Scope::kAlive),
                           fields(model, rest.substr(0, space)));
    const dialect::Compiled compiled = dialect.select(query);
    if (&dialect == &dialect::sqlite()) db_.rows(compiled, query);
    return compiled.sql;
  }

  // The rows between, from the owners 1 and 2 on.
  static std::vector<query::WayPart> way_of(const schema::Link& link) {
    std::vector<query::WayPart> way;
    for (size_t i = 0; i + 1 < link.steps.size(); ++i) {
      query::Criteria rows(*link.steps[i].to);
      std::vector<value::Value> keys{value::Value::of_int(value::Type::kInt, 1),
                                     value::Value::of_int(value::Type::kInt, 2)};
      if (i == 0) {
        EXPECT_TRUE(rows.in(link.steps[0].to_fields[0], std::move(keys), false));
      }
      way.push_back({&link.steps[i + 1], std::move(rows)});
    }
    return way;
  }

  static query::Criteria criteria_of(const schema::Model& model, const std::string& document) {
    return taken(query::parse_criteria(model, document));
  }

  // labels count,sum:rank {...}
  static std::string numbers_sql(const Dialect& dialect, const schema::Model& model,
                                 const std::vector<std::string>& words) {
    const schema::Link& link = *taken(schema::find_link(model, words[0]));
    query::Aggregation aggregation(*link.target);
    aggregation.rows = criteria_of(*link.target, words[2]);
    aggregation.group_by(way_of(link), link.steps[0].to_fields);
    EXPECT_TRUE(aggregation.column({query::Function::kCount, schema::kNone}));
    if (words[1] != "count") {
      EXPECT_TRUE(aggregation.column(
          {query::Function::kSum, static_cast<int>(field(*link.target, words[1]))}));
    }
    query::AggregateQuery query;
    query.rows =
        taken(query::with_way(taken(query::resolve(aggregation.rows, query::Scope::kAlive)),
                              aggregation.way(), aggregation.way_key(), query::Scope::kAlive));
    query.columns = aggregation.columns();
    query.groups = resolved(aggregation.groups_model(), "{}", query::Scope::kAll);
    return dialect.aggregate(query).sql;
  }

  // labels {...}
  std::string page_sql(const Dialect& dialect, const schema::Model& model,
                       const std::vector<std::string>& words) {
    const schema::Link& link = *taken(schema::find_link(model, words[0]));
    const query::KeyPage page(criteria_of(*link.target, words[1]), way_of(link),
                              link.steps[0].to_fields);
    const query::Query query =
        taken(query::with_way(taken(query::resolve(page.rows, query::Scope::kAlive)), page.way,
                              page.key, query::Scope::kAlive));
    const dialect::Compiled compiled = dialect.key_page(query);
    const bool prepared = &dialect != &dialect::sqlite() || db_.raw().prepare(compiled.sql);
    EXPECT_TRUE(prepared) << compiled.sql;
    return compiled.sql;
  }

  static std::string update_sql(const Dialect& dialect, const schema::Model& model,
                                const std::string& rest) {
    const size_t space = rest.find(' ');
    const query::Query query = resolved(model, rest.substr(space + 1), query::Scope::kAlive);
    return dialect.update_where(query, sets(model, rest.substr(0, space))).sql;
  }

  // role count,sum:age {"where": ...} {"having": ...}
  std::string groups_sql(const Dialect& dialect, const schema::Model& model,
                         const std::string& rest) {
    const size_t by_end = rest.find(' '), aggregates_end = rest.find(' ', by_end + 1);
    const size_t having = rest.find(" having ");
    query::Aggregation aggregation(model);
    for (const uint32_t f : fields(model, rest.substr(0, by_end)))
      EXPECT_TRUE(aggregation.group_by(f));
    for (const std::string& one :
         split(rest.substr(by_end + 1, aggregates_end - by_end - 1), ',')) {
      const size_t colon = one.find(':');
      constexpr std::string_view kNames[] = {"count", "sum", "avg", "min", "max"};
      const auto* const name =
          std::find(std::begin(kNames), std::end(kNames), one.substr(0, colon));
      query::Aggregate aggregate{static_cast<query::Function>(name - std::begin(kNames)),
                                 schema::kNone};
      if (colon != std::string::npos)
        aggregate.field = static_cast<int>(field(model, one.substr(colon + 1)));
      EXPECT_TRUE(aggregation.column(aggregate)) << one;
    }
    query::AggregateQuery query;
    query.rows = resolved(model, rest.substr(aggregates_end + 1, having - aggregates_end - 1),
                          query::Scope::kAlive);
    query.by = aggregation.by();
    query.columns = aggregation.columns();
    const schema::Model& groups = aggregation.groups_model();
    query.groups = having == std::string::npos
                       ? resolved(groups, "{}", query::Scope::kAll)
                       : resolved(groups, rest.substr(having + 8), query::Scope::kAll);
    return dialect.aggregate(query).sql;
  }

  static std::string write_sql(const Dialect& dialect, const std::string& kind,
                               const schema::Model& model, const std::vector<std::string>& words) {
    const auto word = [&](size_t i) { return i < words.size() ? words[i] : std::string(); };
    if (kind == "set") return dialect.update(model, sets(model, word(0)), word(1) == "version", {});
    if (kind == "remove") return dialect.remove(model, word(0) == "version");
    if (kind == "key") return dialect.select_by_key(model, std::stoi(word(0)));
    if (kind == "add") return dialect.add_column(model, field(model, word(0)));
    if (kind == "insert") {
      const bool returning = dialect.features().returning;
      return dialect.insert(model, fields(model, word(0)), std::stoi(word(1)),
                            returning ? fields(model, word(2)) : std::vector<uint32_t>());
    }
    if (kind == "upsert")
      return dialect.upsert(model, fields(model, word(0)), fields(model, word(1)),
                            fields(model, word(2)));
    throw std::runtime_error("unknown request " + kind);
  }

  // What a database can not have is answered by the error.
  static void add_answer(const base::Status& status, const std::string& sql, Lines& answers) {
    answers.push_back(status ? sql + ";" : "-- " + std::string(status.error().message()));
  }

  static Lines create_sql(const Dialect& dialect, const schema::Model& model) {
    Lines answers;
    add_answer(dialect.check_table(model), dialect.create_table(model), answers);
    for (const schema::Index& index : model.indexes)
      add_answer(dialect.check_index(model, index), dialect.create_index(model, index), answers);
    return answers;
  }

  Lines answer(const Dialect& dialect, const std::string& request) {
    std::stringstream in(request);
    std::string kind, name, rest;
    in >> kind >> name;
    std::getline(in >> std::ws, rest);
    const schema::Model& m = model(name);
    if (kind == "create") return create_sql(dialect, m);
    if (kind == "groups") {
      const std::string sql = groups_sql(dialect, m, rest);
      const bool prepared = &dialect != &dialect::sqlite() || db_.raw().prepare(sql);
      EXPECT_TRUE(prepared) << sql;
      return {sql + ";"};
    }
    if (kind == "per") return {per_sql(dialect, m, rest) + ";"};
    if (kind == "page") return {page_sql(dialect, m, split(rest, ' ')) + ";"};
    if (kind == "numbers") return {numbers_sql(dialect, m, split(rest, ' ')) + ";"};
    if (!rest.empty() && rest[0] == '{') {
      Lines answers;
      query::Lock lock;
      if (kind == "select") lock = resolved(m, rest, query::Scope::kAlive).lock;
      add_answer(dialect.check_lock(lock, "10.6.0"), query_sql(dialect, kind, m, rest), answers);
      return answers;
    }
    const std::string sql = kind == "update" ? update_sql(dialect, m, rest)
                                             : write_sql(dialect, kind, m, split(rest, ' '));
    const bool prepared = &dialect != &dialect::sqlite() || kind == "add" || db_.raw().prepare(sql);
    EXPECT_TRUE(prepared) << sql;
    return {sql + ";"};
  }

  std::string answers(const std::string& request) {
    std::string written;
    for (const std::string name : {"sqlite", "postgres", "mysql", "mariadb"}) {
      for (const std::string& line : answer(*dialect::find_dialect(name), request))
        written += "  " + name + std::string(10 - name.size(), ' ') + line + "\n";
    }
    return written;
  }

  Models models_;
  SqliteMemory db_;
};

TEST_P(Golden, IsWhatTheDialectsWrite) {
  const std::string file = GetParam() + ".txt";
  const std::string golden = read_file(file);
  std::string written;
  for (const std::string& line : split(golden, '\n')) {
    if (line.starts_with("#"))
      written += line + "\n\n";
    else if (!line.empty() && line[0] != ' ')
      written += line + "\n" + answers(line) + "\n";
  }
  if (std::getenv("THING_UPDATE_GOLDEN") != nullptr)
    std::ofstream(path_of(file)) << written;
  else
    EXPECT_EQ(written, golden);
}

INSTANTIATE_TEST_SUITE_P(Files, Golden,
                         testing::Values("queries", "pages", "groups", "writes", "tables",
                                         "relations"),
                         [](const auto& file) { return file.param; });

}  // namespace
}  // namespace thing::test
