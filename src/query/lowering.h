#pragma once
// What a criteria says of relations, as a query says it: step by step, with all that is asked of
// the rows that each leads to.
#include "query/criteria.h"

namespace thing::query {

class Lowering {
 public:
  // Its parameters are added to those of the query.
  Lowering(Query& query, const Sight& sight);

  // Turns conditions on relations into rows that exist. `first`: where the parameters of the
  // condition begin among those of the query.
  Node lower(const Node& node, uint32_t first = 0);
  RelatedValue value_of(const RelatedOrder& order);

 private:
  Node related(const Node& node);
  Node along(const std::vector<schema::Step>& steps, size_t i, Node condition);
  RelatedValue::Hop hop(const schema::Link& link);
  // What is asked of the rows that a step leads to.
  void add_asked(const schema::Step& step, std::vector<Node>& parts);
  void add_criteria(const schema::Step& step, std::vector<Node>& parts);
  Node fixed(const schema::Step& step);

  Query& query_;
  const Sight sight_;
};

}  // namespace thing::query
