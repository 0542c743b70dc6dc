#pragma once
#include <map>
#include <memory>
#include <span>
#include <utility>

#include "entity/object.h"
#include "entity/selection.h"
#include "relation/numbers.h"
#include "relation/rows.h"

namespace thing::relation {

// Prints chosen fields of rows, and of the rows of relations that are loaded.
class ChoicePrinter {
 public:
  ChoicePrinter(PrinterOf printer_of, bool hidden) : printer_of_(printer_of), hidden_(hidden) {}

  // kInvalid: a choice within a field that is no json; kSyntax: a json field that holds none.
  base::Status print(entity::Output& out, const RowTree& tree, uint32_t row,
                     const std::shared_ptr<const entity::Selection>& selection);
  // Of an object with what is loaded of its one row.
  base::Status print(entity::Output& out, const entity::Object& object,
                     std::span<const Related* const> related, const NumberList& numbers,
                     const std::shared_ptr<const entity::Selection>& selection);

 private:
  base::Result<const entity::Selected*> resolve(
      const schema::Model& model, const std::shared_ptr<const entity::Selection>& selection);
  base::Status print_places(entity::Output& out, const Related& related, uint32_t row,
                            const std::shared_ptr<const entity::Selection>& nested);

  const PrinterOf printer_of_;
  const bool hidden_;
  std::map<std::pair<const schema::Model*, const entity::Selection*>, entity::Selected> resolved_;
};

}  // namespace thing::relation
