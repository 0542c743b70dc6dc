#pragma once
// What documents about related models are made of.
#include <string>
#include <string_view>
#include <vector>

#include "random_graph.h"

namespace trial {

enum class Of { kInt, kText, kDecimal };

struct GraphField {
  const char* name;
  Of type;
  bool nullable = false;
};
struct GraphRelation {
  const char* name;
  const char* target;
  bool many = false;
  const char* own_key = nullptr;    // by which this model refers to the other
  const char* child_key = nullptr;  // by which the other refers to this one
  bool is_pairs = false;
  bool is_written() const { return own_key != nullptr || child_key != nullptr || is_pairs; }
};
struct GraphModel {
  const char* name;
  std::vector<GraphField> fields;  // the key is the first
  std::vector<GraphRelation> relations;
};

const std::vector<GraphModel>& graph();
const GraphModel& model_named(std::string_view name);

constexpr int64_t kGraphKeys = 9;  // that rows refer to, from 1 on

// Members, joined.
class Members {
 public:
  void add(const std::string& name, const std::string& value) {
    text_ += (text_.empty() ? "\"" : ", \"") + name + "\": " + value;
  }
  std::string text() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

std::string member(const std::string& name, const std::string& value);
std::string object(const std::string& members);
// A value of the field, now and then NULL where it may be.
std::string value_of(const GraphField& field, Random& random);
std::string random_where(const GraphModel& model, Random& random, int depth);
// The answer, or the name of the error.
std::string run_action(const Door& door, int32_t flags, const std::string& model,
                       const char* action, const std::string& document);
// The name; which of several broken rules a database tells of is its own choice.
std::string name_of(const Outcome& outcome);

}  // namespace trial
