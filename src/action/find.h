#pragma once
#include <optional>

#include "action/run.h"

namespace thing::action {

struct Find {
  enum class Kind : uint8_t { kUnique, kFirst, kMany } kind = Kind::kMany;
  bool must = false;  // kNotFound rather than null
  const store::ModelState* model = nullptr;
  query::Sight scope = query::Scope::kAlive;
  std::string_view name;  // of the action
  std::optional<store::Key> key;
  std::optional<query::Criteria> criteria;  // when there is no key
  std::optional<query::Query> query;        // of the criteria, when it depends on nothing else
  Chosen chosen;
};

}  // namespace thing::action
