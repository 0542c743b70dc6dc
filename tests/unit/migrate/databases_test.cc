// What plan() and introspect() promise, on every database.
#include "databases.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "dialect/dialect.h"

namespace thing::test {
namespace {

using base::Code;
using schema::DefaultKind;
using value::Type;
using Sql = std::vector<std::string>;

// Every type with and without null, every kind of default, keys of all sorts.
constexpr std::string_view kModels = R"json([
  {"name":"Sort","fields":{"id":{"type":"int","primary":true,"default":{"fn":"autoincrement"}},
    "b":"bool","i":"int","f":"float","d":"decimal","t":"text","raw":"bytes","at":"datetime","day":"date","hour":"time",
    "u":"uuid","doc":"json","e":{"type":"enum","values":["x","y"]},
    "nb":"bool?","ni":"int?","nf":"float?","nd":"decimal?","nt":"text?","nraw":"bytes?","nat":"datetime?","nday":"date?",
    "nhour":"time?","nu":"uuid?","ndoc":"json?"}},
  {"name":"Given","fields":{"id":{"type":"int","primary":true,"default":{"fn":"autoincrement"}},
    "yes":{"type":"bool","default":true},"no":{"type":"bool","default":false},"i":{"type":"int","default":-7},
    "least":{"type":"int","default":-9223372036854775808},"f":{"type":"float","default":1.5},"big":{"type":"float","default":1e300},
    "small":{"type":"float","default":-1e-9},"d":{"type":"decimal","default":"-12.50"},"whole":{"type":"decimal","default":"5"},
    "t":{"type":"text","default":"plain text"},"odd":{"type":"text","default":"it's \"a\" \\ b?\n😀é"},"far":{"type":"text","default":"日本"},"none":{"type":"text","default":""},
    "raw":{"type":"bytes","default":"AP8nXD8="},"empty":{"type":"bytes","default":""},
    "at":{"type":"datetime","default":"2024-05-06T07:08:09.25Z"},"day":{"type":"date","default":"0001-01-01"},
    "hour":{"type":"time","default":"23:59:59.999999"},"u":{"type":"uuid","default":"12345678-1234-4234-9234-1234567890ab"},
    "doc":{"type":"json","default":[1,"x"]},"made":{"type":"datetime","default":{"fn":"now"}},"today":{"type":"date","default":{"fn":"now"}},
    "late":{"type":"time","default":{"fn":"now"}},"random":{"type":"uuid","default":{"fn":"uuid"}},
    "word":{"type":"text","default":{"fn":"uuid"}},"sum":{"type":"int","default":{"sql":"abs(-7)"
}
}
}
},
  {"name":"Indexed","fields":{"key":{"type":"uuid","primary":true,"default":{"fn":"uuid"}},
    "email":{"type":"text","unique":true},"a":"int","b":"text?","raw":{"type":"bytes","default":"AP8="},"at":"datetime?"},
    "indexes":[{"fields":["a","b"]},{"name":"other","fields":["b","a"],"unique":true},{"fields":["raw"]},{"fields":["at","email"]}]},
  {"name":"Pair","fields":{"left":"int","right":"text","n":"int?"},"primary":["right","left"]},
  {"name":"Moment","fields":{"at":{"type":"datetime","primary":true},"Odd":{"type":"int?","column":"odd column"}}}])json";

Models parsed(std::string_view document) {
  auto models = schema::parse_models(document);
  if (!models) throw std::runtime_error(std::string(models.error().message()));
  return std::move(*models);
}

// "int 7", "datetime now", "text? sql lower('x')": the type, and what a column gives by itself.
std::string described(const schema::Field& field) {
  const schema::Default& initial = field.initial;
  std::string text(value::type_name(field.type));
  text += field.nullable ? "?" : "";
  if (initial.kind == DefaultKind::kSql) return text + " sql";
  if (initial.kind == DefaultKind::kAutoincrement) return text + " ids";
  if (initial.kind == DefaultKind::kNow) return text + " now";
  if (initial.kind == DefaultKind::kUuid) return text + " uuid";
  if (initial.kind != DefaultKind::kLiteral) return text;
  const value::ValueView v = initial.literal.view();
  return text + " = " + dialect::sqlite().quote(v.bytes) + " " + std::to_string(v.integer);
}

class Everywhere : public EveryDatabase {
 protected:
  const dialect::Dialect& dialect() {
    return *dialect::find_dialect(db_->connection().raw().dialect());
  }
  base::Error refused(std::string_view fields) {
    return db_->plan_error(R"({"name":"Item","fields":)" + std::string(fields) + "}");
  }
  // The models of a document that the database can have.
  std::string possible(const std::string& document) {
    const Models models = parsed(document);
    std::string out;
    for (const auto& model : models) {
      bool fits = dialect().check_table(*model).has_value();
      for (const auto& index : model->indexes)
        fits = fits && dialect().check_index(*model, index).has_value();
      if (fits) out += (out.empty() ? "" : ",") + source(document, model->name);
    }
    return "[" + out + "]";
  }

 private:
  // The object of the model, whose key "name" comes first.
  static std::string source(const std::string& document, const std::string& name) {
    const size_t begin = document.rfind('{', document.find("\"name\": \"" + name + "\""));
    int depth = 0;
    size_t end = begin;
    do {
      depth += document[end] == '{' ? 1 : document[end] == '}' ? -1 : 0;
      end++;
    } while (depth > 0);
    return document.substr(begin, end - begin);
  }
};
FOR_EVERY_DATABASE(Everywhere);

TEST_P(Everywhere, CreatesWhatIsMissingAndThenNothing) {
  EXPECT_GT(db_->plan(kModels).size(), 5u);
  db_->sync(kModels);
  EXPECT_EQ(db_->plan(kModels), Sql());
}

TEST_P(Everywhere, IntrospectsWhatItCreated) {
  db_->sync(kModels);
  const std::string found = db_->introspect();
  EXPECT_EQ(db_->plan(found), Sql()) << found;
  db_ = make();
  db_->sync(found);
  EXPECT_EQ(db_->introspect(), found);
}

TEST_P(Everywhere, FindsTypesAndDefaultsAgain) {
  db_->sync(kModels);
  const Models models = parsed(kModels);
  for (const auto& model : models) {
    const Models found = parsed(db_->introspect({model->table}));
    ASSERT_EQ(found.size(), 1u);
    ASSERT_EQ(found[0]->fields.size(), model->fields.size());
    EXPECT_EQ(found[0]->primary, model->primary);
    for (size_t i = 0; i < model->fields.size(); i++) {
      if (model->fields[i].type == Type::kEnum) continue;
      EXPECT_EQ(described(found[0]->fields[i]), described(model->fields[i]))
          << model->name << "." << model->fields[i].name;
    }
  }
}

TEST_P(Everywhere, FindsIndexesAgain) {
  db_->sync(kModels);
  const Models found = parsed(db_->introspect({"indexeds"}));
  Sql indexes;
  for (const schema::Index& index : found[0]->indexes) {
    std::string text = index.name + (index.unique ? " unique" : "");
    for (const uint32_t field : index.fields) text += " " + found[0]->fields[field].name;
    indexes.push_back(text);
  }
  std::sort(indexes.begin(), indexes.end());
  EXPECT_EQ(indexes,
            (Sql{"indexeds_a_b_idx a b", "indexeds_at_email_idx at email",
                 "indexeds_email_key unique email", "indexeds_raw_idx raw", "other unique b a"}));
}

TEST_P(Everywhere, RoundTripsTheGoldenModels) {
  std::ifstream file(std::string(std::getenv("THING_GOLDEN")) + "/models.json");
  std::stringstream document;
  document << file.rdbuf();
  const std::string models = possible(document.str());
  ASSERT_GE(parsed(models).size(), 3u);
  db_->sync(models);
  EXPECT_EQ(db_->plan(models), Sql());
  const std::string found = db_->introspect();
  EXPECT_EQ(db_->plan(found), Sql());
  db_ = make();
  db_->sync(found);
  EXPECT_EQ(db_->introspect(), found);
}

constexpr std::string_view kGrown = R"({"name":"Item","fields":{"id":"int",
  "a":{"type":"int","default":7},"b":{"type":"datetime","null":true,"default":{"fn":"now"}},
  "c":{"type":"text","default":"x\ny"},"d":"decimal?","e":{"type":"uuid","null":true,"default":{"fn":"uuid"}},
  "f":{"type":"int","null":true,"default":null},"g":{"type":"json","default":[1]},"h":{"type":"bytes","default":"AP8="}},
  "indexes":[{"fields":["a","c"]}]})";

TEST_P(Everywhere, AddsColumnsAndIndexesToATableWithRows) {
  db_->sync(R"({"name":"Item","fields":{"id":"int"}})");
  db_->run("INSERT INTO items VALUES (1)");
  EXPECT_EQ(db_->plan(kGrown).size(), 9u);
  db_->sync(kGrown);
  EXPECT_EQ(db_->plan(kGrown), Sql());
}

TEST_P(Everywhere, ComputesARequiredColumnOfATableWithRowsOnServersAlone) {
  constexpr std::string_view kFields =
      R"({"id":"int","n":{"type":"datetime","default":{"fn":"now"}}})";
  db_->sync(R"({"name":"Item","fields":{"id":"int"}})");
  db_->run("INSERT INTO items VALUES (1)");
  if (is("sqlite")) {
    EXPECT_EQ(refused(kFields).code(), Code::kSchema);
    return;
  }
  const std::string document = R"({"name":"Item","fields":)" + std::string(kFields) + "}";
  db_->sync(document);
  EXPECT_EQ(db_->plan(document), Sql());
}

TEST_P(Everywhere, RefusesARequiredColumnWithoutDefaultWhileThereAreRows) {
  db_->sync(R"({"name":"Item","fields":{"id":"int"}})");
  EXPECT_EQ(db_->plan(R"({"name":"Item","fields":{"id":"int","n":"int"}})").size(), 1u);
  db_->run("INSERT INTO items VALUES (1)");
  const base::Error error = refused(R"({"id":"int","n":"int"})");
  EXPECT_EQ(error.code(), Code::kSchema);
  EXPECT_EQ(error.message(),
            "table 'items', column 'n': found a table with rows, expected a default for the new "
            "required column, or no rows");
}

TEST_P(Everywhere, RefusesAColumnOfAnotherType) {
  db_->sync(R"({"name":"Item","fields":{"id":"int","n":"text?"}})");
  const base::Error error = refused(R"({"id":"int","n":"int?"})");
  EXPECT_EQ(error.code(), Code::kSchema);
  EXPECT_EQ(error.message(),
            pick("table 'items', column 'n': found type 'TEXT', expected 'INTEGER'",
                 "table 'items', column 'n': found type 'text', expected 'bigint'",
                 "table 'items', column 'n': found type 'longtext', expected 'BIGINT'"));
  EXPECT_EQ(error.detail()->model, "Item");
}

TEST_P(Everywhere, RefusesAColumnThatMayNotBeNull) {
  db_->sync(R"({"name":"Item","fields":{"id":"int","n":"int"}})");
  EXPECT_EQ(refused(R"({"id":"int","n":"int?"})").message(),
            "table 'items', column 'n': found NOT NULL, expected a column that may be NULL");
}

TEST_P(Everywhere, RefusesAColumnWithoutTheDefaultThatItLeavesToTheDatabase) {
  db_->sync(R"({"name":"Item","fields":{"id":"int","n":"int"}})");
  EXPECT_EQ(refused(R"({"id":"int","n":{"type":"int","default":{"sql":"1 + 1"}}})").message(),
            "table 'items', column 'n': found no default, expected DEFAULT (1 + 1)");
}

TEST_P(Everywhere, RefusesAnotherKey) {
  db_->sync(R"({"name":"Item","fields":{"id":"int","n":"int"},"primary":["n","id"]})");
  EXPECT_EQ(refused(R"({"id":{"type":"int","primary":true},"n":"int"})").message(),
            pick("table 'items': primary key: found (\"n\", \"id\"), expected (\"id\")",
                 "table 'items': primary key: found (\"n\", \"id\"), expected (\"id\")",
                 "table 'items': primary key: found (`n`, `id`), expected (`id`)"));
}

TEST_P(Everywhere, RefusesAKeyThatGivesNoIds) {
  db_->run("CREATE TABLE items (id bigint NOT NULL PRIMARY KEY)");
  EXPECT_EQ(
      refused(R"({"id":{"type":"int","default":{"fn":"autoincrement"}}})").message(),
      pick(
          "table 'items', column 'id': found 'bigint' as the primary key, expected INTEGER PRIMARY "
          "KEY, which gives ids",
          "table 'items', column 'id': found 'bigint' as the primary key, expected GENERATED BY "
          "DEFAULT AS IDENTITY, which gives ids",
          "table 'items', column 'id': found 'bigint(20)' as the primary key, expected "
          "AUTO_INCREMENT, which gives ids"));
}

TEST_P(Everywhere, RefusesAView) {
  db_->run("CREATE VIEW items AS SELECT 1 AS id");
  EXPECT_EQ(refused(R"({"id":"int"})").message(),
            "table 'items': found view of that name, expected table");
}

TEST_P(Everywhere, RefusesAnIndexOfThatNameOnOtherColumns) {
  db_->sync(
      R"({"name":"Item","fields":{"id":"int","n":"int","m":"int"},"indexes":[{"name":"i","fields":["m"]}]})");
  const base::Error error = db_->plan_error(
      R"({"name":"Item","fields":{"id":"int","n":"int","m":"int"},"indexes":[{"name":"i","fields":["n"]}]})");
  EXPECT_EQ(error.code(), Code::kSchema);
  EXPECT_NE(error.message().find("index 'i': found "), std::string::npos) << error.message();
}

TEST_P(Everywhere, KnowsWhetherIndexesOfTwoTablesMayShareAName) {
  constexpr std::string_view kTwo =
      R"([{"name":"A","fields":{"id":"int","n":"int"},"indexes":[{"name":"i","fields":["n"]}]},)"
      R"({"name":"B","fields":{"id":"int","n":"int"},"indexes":[{"name":"i","fields":["n"]}]}])";
  db_->sync(
      R"([{"name":"A","fields":{"id":"int","n":"int"},"indexes":[{"name":"i","fields":["n"]}]}])");
  if (is("mysql")) {
    db_->sync(kTwo);
    EXPECT_EQ(db_->plan(kTwo), Sql());
    return;
  }
  EXPECT_EQ(db_->plan_error(kTwo).message(),
            "table 'bs': index 'i': found index of that name elsewhere, expected none");
}

TEST_P(Everywhere, AcceptsAnEquivalentIndexOfAnotherName) {
  db_->run(
      "CREATE TABLE items (id bigint NOT NULL PRIMARY KEY, n bigint NOT NULL, m bigint NOT NULL, "
      "UNIQUE (n, m)); CREATE INDEX old ON items (m)");
  EXPECT_EQ(db_->plan(R"({"name":"Item","fields":{"id":"int","n":"int","m":"int"},)"
                      R"("indexes":[{"fields":["n","m"],"unique":true},{"fields":["m"]}]})"),
            Sql());
}

TEST_P(Everywhere, CountsNoIndexOfAnotherKind) {
  db_->run("CREATE TABLE items (id bigint NOT NULL PRIMARY KEY, n varchar(100))");
  db_->run(pick("CREATE INDEX old ON items (lower(n))", "CREATE INDEX old ON items USING hash (n)",
                "CREATE INDEX old ON items (n(10))"));
  EXPECT_EQ(
      db_->plan(R"({"name":"Item","fields":{"id":"int","n":"text?"},"indexes":[{"fields":["n"]}]})")
          .size(),
      1u);
  EXPECT_TRUE(parsed(db_->introspect())[0]->indexes.empty());
}

TEST_P(Everywhere, ComparesNamesOfColumnsAsTheDatabaseDoes) {
  db_->sync(R"({"name":"Item","fields":{"id":"int","n":{"type":"int?","column":"Email"}}})");
  const Sql planned =
      db_->plan(R"({"name":"Item","fields":{"id":"int","n":{"type":"int?","column":"email"}}})");
  EXPECT_EQ(planned,
            is("postgres") ? Sql{R"(ALTER TABLE "items" ADD COLUMN "email" bigint)"} : Sql());
}

TEST_P(Everywhere, RefusesAnIndexOnAColumnThatIsTooLong) {
  db_->sync(R"({"name":"Item","fields":{"id":"int","n":"text?"}})");
  constexpr std::string_view kModel =
      R"({"name":"Item","fields":{"id":"int","n":"text?"},"indexes":[{"name":"i","fields":["n"]}]})";
  if (!is("mysql")) {
    db_->sync(kModel);
    EXPECT_EQ(db_->plan(kModel), Sql());
    return;
  }
  const base::Error error = db_->plan_error(kModel);
  EXPECT_EQ(error.code(), Code::kSchema);
  EXPECT_EQ(error.message().find(
                "table 'items', column 'n': found type 'longtext' for index 'i', expected "
                "'VARCHAR(255) "),
            0u)
      << error.message();
}

TEST_P(Everywhere, RefusesBeforeAnythingElseWhatTheDatabaseCanNotHave) {
  constexpr std::string_view kModel =
      R"({"name":"Item","fields":{"id":"int","n":"int"},"indexes":[{"fields":["n"],"where":{"n":1}}]})";
  if (!is("mysql")) {
    EXPECT_EQ(db_->plan(kModel).size(), 2u);
    return;
  }
  EXPECT_EQ(db_->plan_error(kModel).code(), Code::kUnsupported);
  db_->sync(R"({"name":"Item","fields":{"id":"int","n":"int"}})");
  EXPECT_EQ(db_->plan_error(kModel).code(), Code::kUnsupported);
}

// ---- conditions of partial indexes

class Conditions : public EveryDatabase {
 protected:
  void SetUp() override {
    if (is("mysql")) GTEST_SKIP() << "MySQL has no partial indexes";
    EveryDatabase::SetUp();
  }
  static std::string model(std::string_view where) {
    return R"({"name":"Item","fields":{"id":"int","i":"int?","f":"float?","d":"decimal?","t":"text?","b":"bool?",
      "raw":"bytes?","at":"datetime?","day":"date?","hour":"time?","u":"uuid?","doc":"json?","T":{"type":"text?","column":"T x"}},
      "indexes":[{"name":"part","fields":["i"],"where":)" +
           std::string(where) + "}]}";
  }
};
FOR_EVERY_DATABASE(Conditions);

// Criteria can say all of these, so a document that introspection writes has them again.
constexpr const char* kPlain[] = {
    R"({"i":1})",
    R"({"i":{"gt":-5,"lte":5}})",
    R"({"i":{"between":[-1,9223372036854775807]}})",
    R"({"i":{"in":[1,2,-3]}})",
    R"({"t":{"notIn":["a","it's","\\"]}})",
    R"({"T":{"equals":"x"}})",
    R"({"t":{"not":""}})",
    R"({"f":{"gte":-1.5}})",
    R"({"f":{"lt":1e300}})",
    R"({"d":{"in":["1.50","-2"]}})",
    R"({"d":{"gt":"0.5"}})",
    R"({"b":true})",
    R"({"b":false})",
    R"({"at":{"gt":"2024-05-06T07:08:09.25Z"}})",
    R"({"day":"2024-05-06"})",
    R"({"hour":{"lt":"12:00"}})",
    R"({"u":"12345678-1234-4234-9234-1234567890ab"})",
    R"({"i":null})",
    R"({"i":{"not":null},"t":{"not":null}})",
    R"({"OR":[{"i":1,"b":true},{"t":"x"},{"NOT":{"d":{"lt":"1"}}}]})",
    R"({"AND":[{"OR":[{"i":1},{"i":2}]},{"OR":[{"t":"a"},{"t":null}]}]})",
};

// Of these the words are compared, or the database is asked.
constexpr const char* kOther[] = {
    R"({"t":{"contains":"a%b"}})",
    R"({"t":{"startsWith":"it's"}})",
    R"({"t":{"endsWith":"x"}})",
    R"({"NOT":{"t":{"contains":"a"}}})",
    R"({"t":{"equals":"Abc","mode":"insensitive"}})",
    R"({"t":{"in":["Abc","d"],"mode":"insensitive"}})",
    R"({"t":{"contains":"Abc","mode":"insensitive"}})",
    R"({"raw":"AP8="})",
    R"({"doc":{"equals":[1,"x"]}})",
    R"({"i":{"in":[]}})",
};

TEST_P(Conditions, AreFoundAgain) {
  for (const auto& list :
       {std::span<const char* const>(kPlain), std::span<const char* const>(kOther)}) {
    for (const char* where : list) {
      SCOPED_TRACE(where);
      db_->sync(model(where));
      EXPECT_EQ(db_->plan(model(where)), Sql());
      db_->run("DROP TABLE items");
    }
  }
}

TEST_P(Conditions, AreIntrospected) {
  for (const char* where : kPlain) {
    SCOPED_TRACE(where);
    db_->sync(model(where));
    const std::string found = db_->introspect();
    EXPECT_EQ(parsed(found)[0]->indexes.size(), 1u);
    EXPECT_EQ(db_->plan(found), Sql()) << found;
    db_->run("DROP TABLE items");
  }
}

TEST_P(Conditions, AreToldApart) {
  std::vector<std::string> all(std::begin(kPlain), std::end(kPlain));
  all.insert(all.end(), std::begin(kOther), std::end(kOther));
  for (size_t i = 0; i < all.size(); i++) {
    SCOPED_TRACE(all[i]);
    db_->sync(model(all[i]));
    const std::string& other = all[(i + 1) % all.size()];
    EXPECT_EQ(db_->plan_error(model(other)).code(), Code::kSchema) << other;
    db_->run("DROP TABLE items");
  }
}

TEST_P(Conditions, OfOtherProgramsAreTakenForWhatTheySay) {
  db_->run(
      "CREATE TABLE items (id bigint NOT NULL PRIMARY KEY, age bigint, email varchar(50), ok "
      "boolean, "
      "n integer)");
  db_->run(
      "CREATE INDEX one ON items (age) WHERE (age>=18) and not email = 'x' and ok;"
      "CREATE INDEX two ON items (email) WHERE email IN ('a', 'b') AND n NOT IN (1, -2)");
  EXPECT_EQ(
      db_->plan(
          R"({"name":"Item","fields":{"id":"int","age":"int?","email":"text?","ok":"bool?","n":"int?"},"indexes":[
            {"fields":["age"],"where":{"age":{"gte":18},"email":{"not":"x"},"ok":true}},
            {"fields":["email"],"where":{"email":{"in":["a","b"]},"n":{"notIn":[1,-2]}}}]})"),
      Sql());
  const std::string found = db_->introspect();
  EXPECT_EQ(parsed(found)[0]->indexes.size(), 2u) << found;
  EXPECT_EQ(db_->plan(found), Sql()) << found;
}

TEST_P(Conditions, OnAColumnThatIsMissingAreOthers) {
  db_->sync(
      R"({"name":"Item","fields":{"id":"int","i":"int?"},"indexes":[{"name":"part","fields":["i"],"where":{"i":1}}]})");
  EXPECT_EQ(db_->plan_error(
                   R"({"name":"Item","fields":{"id":"int","i":"int?","t":"text?"},)"
                   R"("indexes":[{"name":"part","fields":["i"],"where":{"t":{"contains":"x"}}}]})")
                .code(),
            Code::kSchema);
  EXPECT_EQ(db_->introspect().find("error"), std::string::npos);
}

TEST_P(Conditions, ThatDocumentsCanNotSayAreLeftOut) {
  db_->run("CREATE TABLE items (id bigint NOT NULL PRIMARY KEY, a text, n numeric(9,2))");
  db_->run(
      "CREATE INDEX i ON items (a) WHERE length(a) > 5; CREATE INDEX j ON items (a) WHERE a = "
      "lower(a);"
      "CREATE INDEX k ON items (a) WHERE CAST(n AS integer) = 5");
  EXPECT_TRUE(parsed(db_->introspect())[0]->indexes.empty());
}

// ---- tables of other programs

class Foreign : public EveryDatabase {};
FOR_EVERY_DATABASE(Foreign);

TEST_P(Foreign, TablesBecomeModels) {
  db_->run(pick(
      "CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR(20) DEFAULT 'Joe' UNIQUE, at "
      "DATETIME DEFAULT CURRENT_TIMESTAMP, n INT NOT NULL DEFAULT -5, ok BOOLEAN DEFAULT TRUE)",
      "CREATE TABLE people (id serial PRIMARY KEY, name varchar(20) DEFAULT 'Joe' UNIQUE, at "
      "timestamptz DEFAULT CURRENT_TIMESTAMP, n int NOT NULL DEFAULT -5, ok boolean DEFAULT TRUE)",
      "CREATE TABLE people (id int AUTO_INCREMENT PRIMARY KEY, name varchar(20) DEFAULT 'Joe' "
      "UNIQUE, at datetime(6) DEFAULT CURRENT_TIMESTAMP(6), n int NOT NULL DEFAULT -5, ok boolean "
      "DEFAULT TRUE)"));
  const std::string found = db_->introspect();
  const Models models = parsed(found);
  ASSERT_EQ(models.size(), 1u);
  EXPECT_EQ(models[0]->name, "Person");
  Sql fields;
  for (const schema::Field& f : models[0]->fields) fields.push_back(f.name + " " + described(f));
  EXPECT_EQ(fields.front(), "id int ids");
  EXPECT_EQ(fields[1].substr(0, 18), "name text? = \"Joe\"");
  EXPECT_EQ(fields[2], "at datetime? now");
  EXPECT_EQ(fields[3], "n int = \"\" -5");
  EXPECT_EQ(fields[4], "ok bool? = \"\" 1");
  EXPECT_EQ(models[0]->indexes.size(), 1u);
  EXPECT_EQ(db_->plan(found), Sql());
}

TEST_P(Foreign, TablesThatNoModelDescribesAreLeftOutUnlessNamed) {
  db_->run(
      "CREATE TABLE a (id bigint NOT NULL PRIMARY KEY); CREATE TABLE b (x bigint); CREATE VIEW c "
      "AS "
      "SELECT 1 AS x");
  const Models models = parsed(db_->introspect());
  ASSERT_EQ(models.size(), 1u);
  EXPECT_EQ(models[0]->table, "a");
  const auto error_of = [&](const char* table) {
    auto result = migrate::introspect(db_->connection(), {table});
    return result ? base::Error() : std::move(result.error());
  };
  EXPECT_EQ(error_of("b").code(), Code::kUnsupported);
  EXPECT_EQ(error_of("c").message(), "table 'c': found view, expected a table");
  EXPECT_EQ(error_of("zzz").code(), Code::kSchema);
}

// A document has no such literal; the database gives the value.
TEST_P(Foreign, DefaultsThatAreNoLiteralsStayExpressions) {
  db_->run(pick(
      "CREATE TABLE items (id INTEGER PRIMARY KEY, a TEXT DEFAULT (lower('X')), b JSON DEFAULT "
      "'{}')",
      "CREATE TABLE items (id bigint PRIMARY KEY, a text DEFAULT lower('X'), b jsonb DEFAULT '{}', "
      "c "
      "numeric DEFAULT 1.6::integer, e date DEFAULT "
      "CURRENT_DATE)",
      "CREATE TABLE items (id bigint PRIMARY KEY, a varchar(9) DEFAULT (lower('X')), b varchar(9) "
      "DEFAULT 'a?', c varbinary(9) DEFAULT X'00FF', d date DEFAULT (CURRENT_DATE))"));
  const Models models = parsed(db_->introspect());
  for (size_t i = 1; i < models[0]->fields.size(); i++)
    EXPECT_EQ(models[0]->fields[i].initial.kind, DefaultKind::kSql) << models[0]->fields[i].name;
}

TEST_P(Foreign, KeysAreRead) {
  db_->run(
      "CREATE TABLE cities (id bigint NOT NULL PRIMARY KEY, a int NOT NULL, b int NOT NULL, UNIQUE "
      "(a, "
      "b)); "
      "CREATE TABLE people (id bigint NOT NULL PRIMARY KEY, city bigint, x int, y int, CONSTRAINT "
      "lives FOREIGN KEY (city) REFERENCES cities (id) ON DELETE CASCADE, CONSTRAINT works FOREIGN "
      "KEY (y, x) REFERENCES cities (a, b) ON UPDATE SET NULL)");
  const auto keys = migrate::foreign_keys(db_->connection(), "people");
  ASSERT_TRUE(keys) << keys.error().message();
  ASSERT_EQ(keys->size(), 2u);
  const migrate::ForeignKey& lives = (*keys)[0];
  EXPECT_EQ(lives.name, is("sqlite") ? "" : "lives");
  EXPECT_EQ(lives.columns, (Sql{"city"}));
  EXPECT_EQ(lives.table, "cities");
  EXPECT_EQ(lives.referred, (Sql{"id"}));
  EXPECT_EQ(lives.on_delete, "CASCADE");
  const migrate::ForeignKey& works = (*keys)[1];
  EXPECT_EQ(works.columns, (Sql{"y", "x"}));
  EXPECT_EQ(works.referred, (Sql{"a", "b"}));
  EXPECT_EQ(works.on_update, "SET NULL");
  EXPECT_EQ(works.on_delete, is("mysql") ? "RESTRICT" : "NO ACTION");
}

TEST_P(Foreign, KeysThatNameNoColumnsReferToThePrimaryKey) {
  if (is("mysql")) GTEST_SKIP() << "MySQL wants the columns named";
  db_->run(
      "CREATE TABLE pairs (a bigint, b bigint, PRIMARY KEY (b, a)); CREATE TABLE items (id bigint "
      "NOT "
      "NULL PRIMARY KEY, x bigint, y bigint, FOREIGN KEY (x, y) REFERENCES pairs)");
  const auto keys = migrate::foreign_keys(db_->connection(), "items");
  ASSERT_TRUE(keys) << keys.error().message();
  ASSERT_EQ(keys->size(), 1u);
  EXPECT_EQ((*keys)[0].referred, (Sql{"b", "a"}));
}

TEST_P(Foreign, KeysOfATableThatIsMissingAreAnError) {
  const auto keys = migrate::foreign_keys(db_->connection(), "people");
  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().code(), Code::kSchema);
}

}  // namespace
}  // namespace thing::test
