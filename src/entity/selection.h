#pragma once
// Which fields of a record are printed, as text: "name,books{title,-year},-age".
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "entity/object.h"
#include "entity/output.h"
#include "schema/model.h"
#include "text/json.h"
#include "value/row.h"

namespace thing::entity {

// The items of one level. With an included one only these are printed, in their order; else all
// that is not left out. The first of two items of one name counts.
struct Selection {
  struct Item {
    std::string name;
    std::unique_ptr<const Selection> nested;  // within the value; nullptr: all of it
  };
  std::vector<Item> included;
  std::vector<std::string> left_out;

  // kSyntax: where, and what was found and expected.
  static base::Result<Selection> parse(std::string_view text);
  bool leaves_out(std::string_view name) const;
};

// A selection of a model's fields, of its relations, and of numbers about these. [C]
class Selected {
 public:
  // What is printed of a relation, or of a kind of numbers ("_count"); false, and nothing printed:
  // it is not loaded.
  using PrintRelation = std::function<base::Result<bool>(Output& out, std::string_view name,
                                                         std::shared_ptr<const Selection> nested)>;

  // kInvalid: a selection within a field that is no json.
  static base::Result<Selected> resolve(const schema::Model& model,
                                        std::shared_ptr<const Selection> selection, bool hidden);

  // kSyntax: a json field that holds none. A relation that is not loaded is null when it is
  // included, else left out.
  base::Status print(Output& out, const value::RowView& row,
                     const PrintRelation& print_relation) const;
  base::Status print(Output& out, const Object& object, const PrintRelation& print_relation) const;

 private:
  struct Chosen {
    std::string head;    // "name":
    int32_t field = -1;  // -1: the model has none of the name
    const Selection* nested = nullptr;
    std::string relation = {};  // its name, or of a kind of numbers
  };
  template <class ValueOf>
  base::Status print_chosen(Output& out, ValueOf value_of,
                            const PrintRelation& print_relation) const;

  const schema::Model* model_ = nullptr;
  std::shared_ptr<const Selection> selection_;
  std::vector<Chosen> chosen_;
};

}  // namespace thing::entity
