#pragma once
// What the documents of actions have in common: where something stands in one, for errors, and the
// parts that several actions take.
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/criteria.h"
#include "schema/model.h"
#include "store/store.h"
#include "text/json.h"

namespace thing::action {

// A place in a document of a model: "data.age". Its errors begin with it.
class Place {
 public:
  Place(const schema::Model& model, std::string path) : model_(&model), path_(std::move(path)) {}

  const schema::Model& model() const { return *model_; }
  const std::string& path() const { return path_; }
  Place at(std::string_view name) const { return {*model_, fmt::format("{}.{}", path_, name)}; }
  Place at(size_t i) const { return {*model_, fmt::format("{}[{}]", path_, i)}; }

  tl::unexpected<base::Error> bad(base::Code code, std::string_view problem) const;
  // kType: "found a text, expected an object".
  tl::unexpected<base::Error> wrong(const text::JsonNode& node, std::string_view expected) const;
  // The error of a deeper call as it is, with the path in front.
  tl::unexpected<base::Error> of(base::Error&& error) const;

  base::Result<uint32_t> field(std::string_view name) const;
  base::Result<bool> boolean(const text::JsonNode& node) const;
  // kType unless it is an object; kInvalid when it has a member of another name.
  base::Status check_keys(const text::JsonNode& node,
                          std::initializer_list<std::string_view> allowed) const;

 private:
  const schema::Model* model_;
  std::string path_;
};

// Which fields of a record are printed.
struct Chosen {
  bool all = true;                       // that are not hidden
  std::vector<uint32_t> fields;          // else these, in the model's order
  std::vector<query::Include> includes;  // relations, behind the fields
};

// The members "select" and "omit" of the arguments, at most one of them, and "include". A relation
// in "select" is one that is included.
base::Result<Chosen> read_chosen(const schema::Model& model, const text::Json& json);

// The condition of one row: its key alone, or a condition that names a unique key.
struct One {
  std::optional<store::Key> key;
  query::Criteria criteria;
};

// The member "where" of the arguments.
base::Result<One> read_one(const schema::Model& model, const text::Json& json);
// The same of any object. `rows`: those among which it has to be.
base::Result<One> read_one(const Place& place, const text::JsonNode& node, const text::Json& json,
                           query::Criteria rows);

}  // namespace thing::action
