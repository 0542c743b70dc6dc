// Random queries and random writes: every answer of the library, cached or not, against SQL written
// by this test.
#include <algorithm>

#include "support.h"

namespace conformance {
namespace {

// A condition in the library's form and in SQL.
struct Condition {
  std::string json;
  std::string sql;
};

class Generator {
 public:
  Generator(Random& random, Database database) : random_(random), database_(database) {}

  Condition condition(int depth = 2) {
    if (depth == 0 || random_.chance(45)) return leaf();
    const Condition a = condition(depth - 1), b = condition(depth - 1);
    switch (random_.below(4)) {
      case 0:
        return {R"({"AND": [)" + a.json + "," + b.json + "]}", "(" + a.sql + " AND " + b.sql + ")"};
      case 1:
        return {R"({"OR": [)" + a.json + "," + b.json + "]}", "(" + a.sql + " OR " + b.sql + ")"};
      case 2: return {R"({"NOT": )" + a.json + "}", "(NOT " + a.sql + ")"};
      default:
        return {R"({"NOT": [)" + a.json + "," + b.json + "]}",
                "(NOT " + a.sql + " AND NOT " + b.sql + ")"};
    }
  }

  // "orderBy" and its SQL, which ends with the key.
  Condition order() {
    Condition out;
    for (int i = static_cast<int>(random_.below(3)); i > 0; --i) {
      const Field& field = random_.pick(kFields);
      if (out.json.find("\"" + std::string(field.name) + "\"") != std::string::npos) continue;
      const bool down = random_.chance(50), first = random_.chance(50);
      out.json += (out.json.empty() ? "" : ",") + std::string(R"({")") + field.name +
                  R"(": {"sort": ")" + (down ? "desc" : "asc") + R"(", "nulls": ")" +
                  (first ? "first" : "last") + "\"}}";
      out.sql += std::string(field.name) + (first ? " IS NOT NULL, " : " IS NULL, ") +
                 field.sql.of(database_) + (down ? " DESC, " : ", ");
    }
    return {"[" + out.json + "]", out.sql + "id"};
  }

  // A member of a row: "name": value.
  std::string member() {
    const Field& field = random_.pick(kFields);
    return "\"" + std::string(field.name) +
           "\": " + (random_.chance(25) ? "null" : value(field).json);
  }

 private:
  enum Kind { kInt, kText, kBool, kDecimal, kFloat, kDatetime };
  struct Field {
    const char* name;
    Forms sql;  // as it compares
    Kind kind;
  };
  static constexpr Field kFields[] = {
      {"n", {"n", "n", "n"}, kInt},
      {"s", {"s", "s", "s"}, kText},
      {"b", {"b", "b", "b"}, kBool},
      {"d", {"CAST(d AS REAL)", "d", "CAST(d AS DECIMAL(65,30))"}, kDecimal},
      {"f", {"f", "f", "f"}, kFloat},
      {"at", {"at", "at", "at"}, kDatetime},
      {"m", {"m", "m", "m"}, kInt}};

  Condition value(const Field& field) {
    static constexpr const char* kTexts[] = {"",   "a", "A", "ab", "aB", "b",
                                             "ba", "%", "_", "é",  "a b"};
    static constexpr const char* kTimes[][2] = {
        {"2024-01-01T00:00:00Z", "2024-01-01 00:00:00"},
        {"2024-01-01T02:00:00.5+02:00", "2024-01-01 00:00:00.500000"},
        {"1969-12-31T23:59:59Z", "1969-12-31 23:59:59"},
        {"2024-06-01T00:00:00Z", "2024-06-01 00:00:00"}};
    switch (field.kind) {
      case kText: {
        const std::string text = random_.pick(kTexts);
        return {"\"" + text + "\"", "'" + text + "'"};
      }
      case kBool:
        return random_.chance(50) ? Condition{"true", "TRUE"} : Condition{"false", "FALSE"};
      case kDecimal: {
        const std::string text = std::to_string(random_.below(4)) + (random_.chance(50)   ? ".5"
                                                                     : random_.chance(50) ? ".00"
                                                                                          : "");
        return {"\"" + text + "\"", text};
      }
      case kFloat: {
        const std::string text = std::to_string(random_.below(4)) + ".25";
        return {text, text};
      }
      case kDatetime: {
        const auto& time = random_.pick(kTimes);
        const char* zone = database_ == Database::kPostgres ? "+00'" : "'";
        return {"\"" + std::string(time[0]) + "\"", "'" + std::string(time[1]) + zone};
      }
      default: {
        const std::string text = std::to_string(random_.below(6) - 1);
        return {text, text};
      }
    }
  }

  Condition leaf() {
    const Field& field = random_.pick(kFields);
    const std::string name = "\"" + std::string(field.name) + "\"",
                      column = field.sql.of(database_);
    const auto make = [&](const std::string& condition, const std::string& sql) {
      return Condition{"{" + name + ": " + condition + "}", "(" + sql + ")"};
    };
    const Condition v = value(field), w = value(field);
    const int64_t choice = random_.below(field.kind == kText ? 14 : field.kind == kBool ? 6 : 11);
    switch (choice) {
      case 0: return make(v.json, column + " = " + v.sql);
      case 1: return make("{\"not\": " + v.json + "}", column + " <> " + v.sql);
      case 2: return make("null", column + " IS NULL");
      case 3: return make("{\"not\": null}", column + " IS NOT NULL");
      case 4:
        return make("{\"in\": [" + v.json + "," + w.json + "]}",
                    column + " IN (" + v.sql + "," + w.sql + ")");
      case 5: return make("{\"notIn\": [" + v.json + "]}", column + " NOT IN (" + v.sql + ")");
      case 6: return make("{\"lt\": " + v.json + "}", column + " < " + v.sql);
      case 7: return make("{\"gte\": " + v.json + "}", column + " >= " + v.sql);
      case 8:
        return make("{\"between\": [" + v.json + "," + w.json + "]}",
                    column + " BETWEEN " + v.sql + " AND " + w.sql);
      case 9:
        return make("{\"gt\": " + v.json + ", \"not\": " + w.json + "}",
                    column + " > " + v.sql + " AND " + column + " <> " + w.sql);
      case 10:
        return make("{\"not\": {\"lte\": " + v.json + "}}", "NOT " + column + " <= " + v.sql);
      case 11:
        return make(
            "{\"contains\": " + v.json + "}",
            (database_ == Database::kPostgres ? "strpos(s, " : "instr(s, ") + v.sql + ") > 0");
      case 12:
        return make("{\"startsWith\": " + v.json + "}",
                    "substr(s, 1, " +
                        std::string(database_ == Database::kMysql ? "char_length(" : "length(") +
                        v.sql + ")) = " + v.sql);
      default:
        return make("{\"equals\": " + v.json + ", \"mode\": \"insensitive\"}",
                    "lower(s) = lower(" + v.sql + ")");
    }
  }

  Random& random_;
  Database database_;
};

constexpr const char* kRow =
    R"({"name": "Row", "table": "some_rows", "fields": {"id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
  "n": "int?", "s": "text?", "b": "bool?", "d": "decimal?", "f": "float?", "at": "datetime?", "m": "int?"}})";

struct Question {
  std::string json;
  std::string sql;
  std::string count_sql;
};

class RandomQueries : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(kRow);
    for (int i = 0; i < 30; ++i) insert(db_, db_.model("Row"), row());
  }

  std::string row() {
    std::string members;
    for (int i = 0; i < 4; ++i) {
      const std::string member = generator_.member();
      const std::string name = member.substr(0, member.find(':'));
      if (members.find(name) == std::string::npos)
        members += (members.empty() ? "" : ", ") + member;
    }
    return "{" + members + "}";
  }

  Question question() {
    const Condition where = generator_.condition(), order = generator_.order();
    std::string page, limit;
    if (random_.chance(40)) {
      const std::string take = std::to_string(random_.below(8)),
                        skip = std::to_string(random_.below(4));
      page = R"(, "take": )" + take + R"(, "skip": )" + skip;
      limit = " LIMIT " + take + " OFFSET " + skip;
    }
    return {R"({"where": )" + where.json + R"(, "orderBy": )" + order.json + page + "}",
            "SELECT id FROM some_rows WHERE " + where.sql + " ORDER BY " + order.sql + limit,
            "SELECT count(*) AS n FROM some_rows WHERE " + where.sql};
  }

  int64_t some_id(const Db& db, thing_ctx* ctx) {
    const Ids all = ids(db, db.model("Row"), "{}", ctx);
    return all.empty() ? 0 : random_.pick(all);
  }

  void write(const Db& db, thing_ctx* ctx = nullptr) {
    const thing_model* m = db.model("Row");
    const int64_t id = some_id(db, ctx);
    const std::string where = R"({"where": )" + generator_.condition(1).json + "}";
    switch (id == 0 ? 0 : random_.below(ctx == nullptr ? 10 : 8)) {
      case 0:
      case 1: insert(db, m, row(), ctx); break;
      case 2:
      case 3:
      case 4:
        if (exists(db, m, id, ctx)) update(db, m, id, row(), ctx);
        break;
      case 5:
        if (exists(db, m, id, ctx)) remove(db, m, id, THING_DELETE_DEFAULT, ctx);
        break;
      case 6:
        EXPECT_OK(call(thing_update_where, db, ctx, parse(m, where),
                       ("{" + generator_.member() + "}").c_str(), -1, THING_BULK_ALL, nullptr));
        break;
      case 7:
        execute(db,
                "UPDATE some_rows SET n = n + 1, s = " +
                    std::string(sql({"s || 'a'", "s || 'a'", "concat(s, 'a')"})) +
                    " WHERE id % 5 = " + std::to_string(random_.below(5)),
                "some_rows", ctx);
        break;
      case 8: {
        Tx tx(db);
        for (int i = 0; i < 3; ++i) write(db, tx.ctx());
        EXPECT_OK(random_.chance(50) ? tx.commit() : tx.rollback());
        break;
      }
      default:
        if (random_.chance(20)) {
          EXPECT_OK(call(thing_delete_where, db, nullptr, parse(m, where), THING_DELETE_DEFAULT,
                         THING_BULK_ALL, nullptr));
        }
        for (int i = 0; i < 3; ++i) insert(db, m, row());
    }
  }

  static void check(const Db& db, const Question& q) {
    const Json expected = Json::parse(sql_json(db, q.sql));
    Ids expected_ids;
    for (size_t i = 0; i < expected.size(); ++i)
      expected_ids.push_back(std::stoll(expected.at(i).at(0).text()));
    ASSERT_EQ(ids(db, db.model("Row"), q.json), expected_ids) << q.json << "\n" << q.sql;
    ASSERT_EQ(std::to_string(count(db, db.model("Row"), q.json)), sql_value(db, q.count_sql))
        << q.json << "\n"
        << q.count_sql;
  }

  void run(const std::vector<const Db*>& handles, int rounds) {
    std::vector<Question> questions;
    for (int i = 0; i < 60; ++i) questions.push_back(question());
    for (int i = 0; i < rounds; ++i) {
      write(*random_.pick(handles));
      for (int k = 0; k < 8; ++k) {
        check(*random_.pick(handles), random_.pick(questions));
        if (HasFatalFailure()) return;
      }
      if (random_.chance(10)) questions[static_cast<size_t>(random_.below(60))] = question();
    }
  }

  Random random_;
  Generator generator_{random_, database()};
};
FOR_SETUPS(RandomQueries, kEverywhere);

TEST_P(RandomQueries, AreAnsweredAsTheDatabaseDoesWhileRowsChange) {
  run({&db_}, repetitions(is_sqlite() ? 400 : 50));
}

class RandomQueriesOfTwo : public RandomQueries {};
FOR_SETUPS(RandomQueriesOfTwo, kShared);

TEST_P(RandomQueriesOfTwo, AreAnsweredAlikeByTwoHandlesOnOneDatabase) {
  Db other = open_again();
  other.define(kRow);
  run({&db_, &other}, repetitions(is_sqlite() ? 300 : 40));
}

}  // namespace
}  // namespace conformance
