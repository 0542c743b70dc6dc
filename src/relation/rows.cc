#include "relation/rows.h"

#include "relation/numbers.h"
#include "store/store.h"

namespace thing::relation {
namespace {

// What belongs to these rows alone. The trees are shared, as rows of them may belong to several.
Related restricted(const Related& related, std::span<const uint32_t> rows) {
  Related out;
  out.link = related.link;
  out.trees = related.trees;
  out.pivot = related.pivot;
  out.first.push_back(0);
  for (const uint32_t row : rows) {
    const auto begin = related.first[row], end = related.first[row + 1];
    out.places.insert(out.places.end(), related.places.begin() + begin,
                      related.places.begin() + end);
    if (!related.pivot_rows.empty())
      out.pivot_rows.insert(out.pivot_rows.end(), related.pivot_rows.begin() + begin,
                            related.pivot_rows.begin() + end);
    out.first.push_back(static_cast<uint32_t>(out.places.size()));
  }
  return out;
}

}  // namespace

base::Result<RowTree> take_rows(const std::vector<std::shared_ptr<const RowTree>>& trees,
                                uint32_t tree, std::span<const uint32_t> rows) {
  const RowTree& from = *trees[tree];
  RowTree out;
  out.set.model = from.set.model;
  out.set.from_cache = from.set.from_cache;
  THING_ASSIGN(out.set.rows,
               value::copy_rows(*from.set.rows.get(), rows, from.set.model->model.layout));
  for (const Related& related : from.related) out.related.push_back(restricted(related, rows));
  for (const Numbers& numbers : from.numbers) out.numbers.push_back(take_numbers(numbers, rows));
  return out;
}

base::Result<RowTree> rows_of(const Related& related, uint32_t row) {
  std::vector<uint32_t> rows;
  uint32_t tree = 0;
  for (const Related::Place& place : related.of(row)) {
    tree = place.tree;
    rows.push_back(place.row);
  }
  return take_rows(related.trees, tree, rows);
}

void print_pivot(entity::Output& out, const Related& related, uint32_t row, size_t i,
                 PrinterOf printer_of, bool hidden) {
  if (related.pivot == nullptr) return;
  out.unput();
  if (out.text().back() != '{') out.put(',');
  out.put("\"pivot\":");
  print_row(out, *related.pivot, related.pivot_rows[related.first[row] + i], printer_of, hidden);
  out.put('}');
}

void print_related(entity::Output& out, std::span<const Related> related, uint32_t row,
                   PrinterOf printer_of, bool hidden) {
  for (const Related& r : related) {
    const schema::Relation& relation = *r.link->relation;
    out.put(",\"");
    out.put(relation.name);
    out.put("\":");
    const auto places = r.of(row);
    if (!relation.is_many()) {
      if (places.empty()) {
        out.put("null");
      } else {
        print_row(out, *r.trees[places[0].tree], places[0].row, printer_of, hidden);
      }
      continue;
    }
    out.put('[');
    for (size_t i = 0; i < places.size(); ++i) {
      if (i > 0) out.put(',');
      print_row(out, *r.trees[places[i].tree], places[i].row, printer_of, hidden);
      print_pivot(out, r, row, i, printer_of, hidden);
    }
    out.put(']');
  }
}

void print_row(entity::Output& out, const RowTree& tree, uint32_t row, PrinterOf printer_of,
               bool hidden) {
  printer_of(tree.set.model->model).print(out, tree.set.rows->row(row), hidden);
  print_behind(out, tree, row, printer_of, hidden);
}

void print_behind(entity::Output& out, const RowTree& tree, uint32_t row, PrinterOf printer_of,
                  bool hidden) {
  if (tree.related.empty() && tree.numbers.empty()) return;
  out.unput();
  const size_t at = out.text().size();
  print_related(out, tree.related, row, printer_of, hidden);
  if (!tree.numbers.empty()) print_numbers(out, numbers_of(tree.numbers, row));
  out.put('}');
  // Behind no field there is no comma.
  if (out.text()[at - 1] == '{') out.erase(at);
}

}  // namespace thing::relation
