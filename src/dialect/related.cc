// What rows are ordered by that rows of relations say.
//
//   (SELECT t1."name" FROM "users" AS t1 WHERE t1."id" = t."author_id" AND t1."deleted_at" IS NULL)
//   (SELECT count(*) FROM "tags" AS t1 WHERE t1."id" IN (
//     SELECT t2."tag_id" FROM "posts_tags" AS t2 WHERE t2."post_id" = t."id"))
#include <utility>

#include "dialect/condition.h"

namespace thing::dialect {

void Condition::write_order(const query::Query& query, const query::Order& order) {
  const query::RelatedValue& value = query.related[static_cast<size_t>(order.related)];
  const bool counts = value.field == schema::kNone;
  // A count is NULL where there is no row that could have others.
  const bool nullable = !counts || value.path.size() > 1;
  dialect_.write_order(nullable, order, sql_, [&] {
    if (counts) return write_value(value, 0);
    const schema::Model& last = *value.path.back().link->target;
    const size_t at = sql_.size();
    write_value(value, 0);
    const std::string written = sql_.substr(at);
    sql_.resize(at);
    sql_ += dialect_.compared(written, last.fields[static_cast<size_t>(value.field)].type);
  });
}

// Of the row that is called alias_ now.
void Condition::write_value(const query::RelatedValue& value, size_t i) {
  const query::RelatedValue::Hop& hop = value.path[i];
  const std::string outer = std::exchange(alias_, fmt::format("{}{}", kTable, ++nested_));
  const schema::Model* const outer_model = std::exchange(model_, hop.link->target);
  sql_ += "(SELECT ";
  if (i + 1 < value.path.size()) {
    write_value(value, i + 1);
  } else if (value.field == schema::kNone) {
    sql_ += "count(*)";
  } else {
    sql_ += alias_ + '.' + dialect_.bare_column(*model_, static_cast<uint32_t>(value.field));
  }
  sql_ += " FROM " + dialect_.quote(model_->table) + " AS " + alias_ + " WHERE ";
  write_reached(hop, hop.link->steps.size() - 1, outer);
  if (!hop.link->relation->is_many()) write_first(hop);
  sql_ += ')';
  alias_ = outer;
  model_ = outer_model;
}

// The row alias_ is one that `step` leads to from the outer row.
void Condition::write_reached(const query::RelatedValue::Hop& hop, size_t i,
                              const std::string& outer) {
  const schema::Step& step = hop.link->steps[i];
  if (i == 0) {
    write_step(step, outer);
    return write_asked(hop.where[i]);
  }
  const std::string here = std::exchange(alias_, fmt::format("{}{}", kTable, ++nested_));
  const schema::Model* const model = std::exchange(model_, step.from);
  std::string wanted, between;
  for (size_t c = 0; c < step.to_fields.size(); ++c) {
    const value::Type type = step.to->fields[step.to_fields[c]].type;
    const std::string_view before = c == 0 ? "" : ", ";
    wanted.append(before).append(
        dialect_.compared(here + '.' + dialect_.bare_column(*step.to, step.to_fields[c]), type));
    between.append(before).append(dialect_.compared(
        alias_ + '.' + dialect_.bare_column(*step.from, step.from_fields[c]), type));
  }
  sql_ += step.to_fields.size() == 1 ? wanted : '(' + wanted + ')';
  sql_ += " IN (SELECT " + between + " FROM " + dialect_.quote(step.from->table) + " AS " + alias_ +
          " WHERE ";
  write_reached(hop, i - 1, outer);
  sql_ += ')';
  alias_ = here;
  model_ = model;
  write_asked(hop.where[i]);
}

// Of several rows the first in the order of the relation; a primary key has one row at most.
void Condition::write_first(const query::RelatedValue::Hop& hop) {
  const schema::Step& last = hop.link->steps.back();
  if (hop.link->steps.size() == 1 && last.to_fields == model_->primary) return;
  std::string_view before = " ORDER BY ";
  for (const query::Order& order : hop.order) {
    const schema::Field& field = model_->fields[order.field];
    const std::string sorted =
        dialect_.compared(alias_ + '.' + dialect_.bare_column(*model_, order.field), field.type);
    sql_ += before;
    before = ", ";
    dialect_.write_order(field.nullable, order, sql_, [&] { sql_ += sorted; });
  }
  sql_ += " LIMIT 1";
}

void Condition::write_asked(const query::Node& where) {
  Term asked = to_terms(where);
  if (asked.is_always()) return;
  sql_ += " AND ";
  const bool is_any = asked.kind == Term::Kind::kAny;
  if (is_any) sql_ += '(';
  write_root(asked);
  if (is_any) sql_ += ')';
}

}  // namespace thing::dialect
