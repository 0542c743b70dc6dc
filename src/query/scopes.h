#pragma once
// The scopes of a model as conditions.
#include <memory>
#include <vector>

#include "query/criteria.h"
#include "query/match.h"
#include "text/json.h"

namespace thing::query {

class Scopes {
 public:
  // kModel names the scope whose condition is wrong.
  static base::Result<std::shared_ptr<const Scopes>> parse(const schema::Model& model);

  // Adds the conditions of those that the criteria asks for, and of those that hold by default
  // unless it, or `sight`, leaves them out.
  void add_to(Query& query, const Criteria& criteria, const Sight& sight) const;
  // Adds the conditions of those that hold by default.
  void add_defaults(std::vector<Node>& parts, std::vector<value::Value>& params) const;
  // Whether the criteria asks for one that has a condition.
  bool restrict(const Criteria& criteria) const;
  // Whether some hold by default.
  bool has_defaults() const { return has_defaults_; }
  // Whether those let a row be seen.
  Membership admit(const schema::Model& model, const value::RowView& row,
                   const Exactness& exactness) const;

 private:
  void add(size_t scope, std::vector<Node>& parts, std::vector<value::Value>& params) const;

  struct Condition {
    Node where;
    std::vector<value::Value> params;
  };
  std::vector<Condition> conditions_;  // by scope
  std::vector<bool> is_default_;
  bool has_defaults_ = false;
};

// Of a criteria document, "scope" or "unscoped": a name, or an array of names; for the latter also
// whether all are left out.
base::Status read_scopes(Criteria& criteria, const text::JsonNode& node);

}  // namespace thing::query
