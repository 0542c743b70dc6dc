// Writes a script for one dialect's servers and what they must answer:
//
//   run     SQL                  no answer
//   match   answers SQL          ids in any order; for each row from 0 on y, n, or m for either
//   list    ids SQL              ids in this order, joined by commas
//   count   number SQL          one number
//   rows    number SQL          as many rows
//
// usage: dialect_answers DIALECT SEED. Arguments are written as literals, which clients can run.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dialect/sql_dialect.h"
#include "query/match.h"
#include "random_rows.h"

namespace thing::test {
namespace {

constexpr uint32_t kRows = 120;

// Placeholders stand outside quotes alone; "$12" or "?".
std::string with_literals(const dialect::SqlDialect& dialect, const std::string& sql,
                          const Values& values) {
  std::string out;
  char quote = 0;
  size_t next = 0;
  for (size_t i = 0; i < sql.size(); i++) {
    const char c = sql[i];
    if (quote != 0 || c == '\'' || c == '"' || c == '`')
      quote = quote == 0 ? c : c == quote ? '\0' : quote;
    const bool placeholder = quote == 0 && (c == '?' || c == '$');
    if (!placeholder) {
      out += c;
      continue;
    }
    size_t number = next++;
    for (size_t digits = 0; c == '$' && i + 1 < sql.size() && std::isdigit(sql[i + 1]) != 0; i++)
      number = (digits = digits * 10 + static_cast<size_t>(sql[i + 1] - '0')) - 1;
    out += dialect.literal(values.at(number).view());
  }
  return out;
}

class Script {
 public:
  Script(const dialect::SqlDialect& dialect, uint32_t seed)
      : dialect_(dialect),
        nul_(dialect.name() != "postgres"),
        random_(seed),
        models_(parse(kRowModel)) {}

  void write() {
    std::cout << "run\t" << dialect_.create_table(model(), {}) << "\n";
    for (const schema::Index& index : model().indexes)
      std::cout << "run\t" << dialect_.create_index(model(), index) << "\n";
    write_rows();
    for (int i = 0; i < 400; i++) write_match();
    for (int i = 0; i < 100; i++) write_order();
    for (int i = 0; i < 60; i++) write_pages(i % 3 == 0 ? 14 : 3);
    for (int i = 0; i < 60; i++) write_distinct();
  }

 private:
  const schema::Model& model() const { return *models_[0]; }

  void write_rows() {
    value::BatchBuilder batch;
    batch.start(model().layout, false);
    std::vector<uint32_t> fields(model().columns());
    std::iota(fields.begin(), fields.end(), 0);
    const std::string insert = dialect_.insert(model(), fields, 1, {});
    for (uint32_t id = 0; id < kRows; id++) {
      Values row;
      batch.begin_row();
      for (const uint32_t i : fields) {
        row.push_back(i == 0 ? number(id)
                             : random_value(random_, model(), model().fields[i], nul_));
        if (!batch.set(i, row.back().view())) std::abort();
      }
      std::cout << "run\t" << with_literals(dialect_, insert, row) << "\n";
    }
    rows_ = batch.finish();
  }

  void ask(std::string_view kind, const std::string& answer, const dialect::Compiled& compiled,
           const query::Query& query) const {
    std::cout << kind << "\t" << answer << "\t"
              << with_literals(dialect_, compiled.sql, arguments(compiled, query)) << "\n";
  }

  void write_match() {
    const query::Query query = resolved(
        model(), R"({"select":["id"],"where":)" + random_where(random_, model(), nul_) + "}");
    std::string answer;
    for (uint32_t row = 0; row < kRows; row++) {
      const auto found = query::matches(query.where, query.params, model(), rows_->row(row), {});
      answer += found == query::Membership::kYes  ? 'y'
                : found == query::Membership::kNo ? 'n'
                                                  : 'm';
    }
    ask("match", answer, dialect_.select(query), query);
  }

  std::vector<uint32_t> sorted(const query::Query& query) const {
    std::vector<uint32_t> ids(kRows);
    std::iota(ids.begin(), ids.end(), 0);
    std::sort(ids.begin(), ids.end(), [&](uint32_t a, uint32_t b) {
      return goes_before(model(), query.order, rows_->row(a), rows_->row(b));
    });
    return ids;
  }

  query::Query ordered(int most) {
    return resolved(model(),
                    R"({"select":["id"],"orderBy":)" + random_order(random_, model(), most) + "}");
  }

  // With LIMIT, MariaDB 10.11 takes texts for equal that differ in NULs at their end.
  bool sorts_text(const query::Query& query) const {
    return std::any_of(query.order.begin(), query.order.end(), [&](const query::Order& order) {
      return model().fields[order.field].type == value::Type::kText;
    });
  }

  void write_order() {
    query::Query query = ordered(3);
    std::vector<uint32_t> ids = sorted(query);
    if (random_.chance(50)) {
      query.skip = random_.below(20);
      ids.erase(ids.begin(), ids.begin() + *query.skip);
    }
    if (random_.chance(50) && !(nul_ && sorts_text(query))) {
      query.take = random_.below(20);
      ids.resize(std::min(ids.size(), static_cast<size_t>(*query.take)));
    }
    ask("list", fmt::format("{}", fmt::join(ids, ",")), dialect_.select(query), query);
  }

  void write_pages(int most) {
    const query::Query whole = ordered(most);
    const std::vector<uint32_t> ids = sorted(whole);
    for (size_t at = static_cast<size_t>(random_.below(30)); at < kRows; at += 30) {
      const bool inclusive = random_.chance(50);
      query::Query page = whole;
      page.keyset = query::row_keyset(model(), whole.order, rows_->row(ids[at]), inclusive);
      const auto first = ids.begin() + static_cast<ptrdiff_t>(at + (inclusive ? 0 : 1));
      ask("list", fmt::format("{}", fmt::join(first, ids.end(), ",")), dialect_.select(page), page);
    }
  }

  void write_distinct() {
    std::string names;
    for (const schema::Field& field : model().fields) {
      if (field.type != value::Type::kJson && random_.chance(15))
        names += (names.empty() ? "\"" : ",\"") + field.name + "\"";
    }
    if (names.empty()) return;
    query::Query query = resolved(model(), R"({"distinct":true,"select":[)" + names + "]}");
    size_t different = 0;
    const std::vector<uint32_t> ids = sorted(query);
    for (size_t i = 0; i < ids.size(); i++) {
      different +=
          i == 0 || goes_before(model(), query.order, rows_->row(ids[i - 1]), rows_->row(ids[i]));
    }
    ask("count", std::to_string(different), dialect_.count(query), query);
    query.take = 1000;
    ask("rows", std::to_string(different), dialect_.select(query), query);
  }

  const dialect::SqlDialect& dialect_;
  bool nul_;
  Random random_;
  Models models_;
  value::BatchRef rows_;
};

}  // namespace
}  // namespace thing::test

int main(int argc, char** argv) {
  const auto* const dialect = argc == 3 ? thing::dialect::find_dialect(argv[1]) : nullptr;
  if (dialect == nullptr) {
    std::cerr << "usage: dialect_answers DIALECT SEED\n";
    return 2;
  }
  thing::test::Script(static_cast<const thing::dialect::SqlDialect&>(*dialect),
                      static_cast<uint32_t>(std::strtoul(argv[2], nullptr, 10)))
      .write();
  return 0;
}
