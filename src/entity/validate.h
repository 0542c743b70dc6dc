#pragma once
#include <string>

#include "entity/object.h"

namespace thing::entity {

// The rules of a model that values break, one of each field. The error lists them all: fields and
// rules joined by ",", and a message in parts "'field': ..." joined by "; ".
class Violations {
 public:
  explicit Violations(const schema::Model& model) : model_(model) {}
  // A value that a field would get.
  void check(uint32_t field, const value::ValueView& v);
  // A field that has no value and needs one; `by_rule`: it says "required".
  void add_missing(uint32_t field, bool by_rule);
  // kCheck; kNotNull when nothing but values of columns is missing that are never NULL.
  base::Status result() const;

 private:
  void add(uint32_t field, std::string_view rule, std::string_view message);

  const schema::Model& model_;
  std::string fields_, columns_, rules_, messages_;
  bool only_missing_ = true;
};

// What a save checks before it asks the database: required fields, enum values, rules.
base::Status validate(const Object& object);

}  // namespace thing::entity
