#include "relation/choice.h"

#include "store/store.h"

namespace thing::relation {

using base::Result;
using entity::Output;
using entity::Selected;
using entity::Selection;
using Choice = std::shared_ptr<const Selection>;

Result<const Selected*> ChoicePrinter::resolve(const schema::Model& model,
                                               const Choice& selection) {
  const auto key = std::pair(&model, selection.get());
  if (const auto known = resolved_.find(key); known != resolved_.end()) return &known->second;
  THING_ASSIGN(Selected selected, Selected::resolve(model, selection, hidden_));
  return &resolved_.emplace(key, std::move(selected)).first->second;
}

base::Status ChoicePrinter::print_places(Output& out, const Related& related, uint32_t row,
                                         const Choice& nested) {
  const auto places = related.of(row);
  const bool is_many = related.link->relation->is_many();
  if (!is_many && places.empty()) {
    out.put("null");
    return {};
  }
  if (is_many) out.put('[');
  for (size_t i = 0; i < places.size(); ++i) {
    if (i > 0) out.put(',');
    const RowTree& tree = *related.trees[places[i].tree];
    if (nested == nullptr) {
      print_row(out, tree, places[i].row, printer_of_, hidden_);
    } else {
      THING_TRY(print(out, tree, places[i].row, nested));
    }
    print_pivot(out, related, row, i, printer_of_, hidden_);
  }
  if (is_many) out.put(']');
  return {};
}

base::Status ChoicePrinter::print(Output& out, const RowTree& tree, uint32_t row,
                                  const Choice& selection) {
  THING_ASSIGN(const Selected* const selected, resolve(tree.set.model->model, selection));
  return selected->print(
      out, tree.set.rows->row(row),
      [&](Output& to, std::string_view name, Choice nested) -> Result<bool> {
        if (const auto kind = query::find_number_kind(name); kind.has_value())
          return print_numbers(to, numbers_of(tree.numbers, row), *kind, nested.get());
        const Related* const related = tree.find(*tree.set.model->model.find_relation(name));
        if (related == nullptr) return false;
        THING_TRY(print_places(to, *related, row, nested));
        return true;
      });
}

base::Status ChoicePrinter::print(Output& out, const entity::Object& object,
                                  std::span<const Related* const> related,
                                  const NumberList& numbers, const Choice& selection) {
  THING_ASSIGN(const Selected* const selected, resolve(object.model(), selection));
  return selected->print(out, object,
                         [&](Output& to, std::string_view name, Choice nested) -> Result<bool> {
                           if (const auto kind = query::find_number_kind(name); kind.has_value())
                             return print_numbers(to, numbers, *kind, nested.get());
                           for (const Related* r : related) {
                             if (r->link->relation->name != name) continue;
                             THING_TRY(print_places(to, *r, 0, nested));
                             return true;
                           }
                           return false;
                         });
}

}  // namespace thing::relation
