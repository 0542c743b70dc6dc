#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "entity/object.h"
#include "entity/output.h"
#include "schema/model.h"
#include "value/row.h"

namespace thing::entity {

struct PrintOptions {
  bool hidden = false;  // hidden fields too
  bool changed_only = false;
};

// Prints records of one model as JSON objects, {"field":value,...} without missing fields. What the
// names become is made once, so that a row costs little more than its values. [C]
class RowPrinter {
 public:
  explicit RowPrinter(const schema::Model& model);
  void print(Output& out, const value::RowView& row, bool hidden) const;
  // These fields alone, hidden or not.
  void print(Output& out, const value::RowView& row, std::span<const uint32_t> fields) const;
  // Bytes that a row of short values takes.
  size_t usual_size() const { return names_.size() + 16 * fields_.size(); }
  void print(Output& out, const Object& object, PrintOptions options) const;
  // {"field":[old,new],...}; what was unset is null.
  void print_changes(Output& out, const Object& object) const;
  void print_saved_changes(Output& out, const Object& object) const;

 private:
  struct Name {
    uint32_t offset = 0;  // of ,"name": in names_
    uint32_t size = 0;
    value::Type type = value::Type::kNull;
    bool hidden = false;
  };
  void put_name(Output& out, const Name& name) const;

  std::vector<Name> fields_;
  std::string names_;
};

void put_value(Output& out, value::Type type, const value::ValueView& v);  // as schema::print_value

}  // namespace thing::entity
