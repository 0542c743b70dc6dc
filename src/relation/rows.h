#pragma once
// Rows of a query with the rows of relations that belong to them.
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "entity/row_printer.h"
#include "schema/relation.h"
#include "store/rows.h"

namespace thing::relation {

struct RowTree;

// The rows of one relation, for each row of a set.
//
//   first   [0, 2, 2, 3]              row 0 has places 0 and 1, row 1 none, row 2 place 2
//   places  [(0, 5), (0, 7), (0, 5)]  row 5 of tree 0, ...
struct Related {
  struct Place {
    uint32_t tree = 0;
    uint32_t row = 0;
  };
  const schema::Link* link = nullptr;
  std::vector<std::shared_ptr<const RowTree>> trees;  // one; of several models one of each
  std::vector<uint32_t> first;                        // one more than there are rows
  std::vector<Place> places;
  // Of many_to_many, when it was asked for: the pairs, and by which of them each place came.
  std::shared_ptr<const RowTree> pivot;
  std::vector<uint32_t> pivot_rows;

  std::span<const Place> of(uint32_t row) const {
    return {places.data() + first[row], first[row + 1] - first[row]};
  }
};

// Numbers about the rows of one relation, for each row of a set.
struct Numbers {
  const schema::Link* link = nullptr;
  std::shared_ptr<const std::vector<query::Number>> asked;
  std::vector<value::Value> values;  // row by row, each as many as there are in `asked`
};

struct RowTree {
  store::RowSet set;
  std::vector<Related> related;
  std::vector<Numbers> numbers = {};

  const Related* find(const schema::Relation& relation) const {
    for (const Related& r : related) {
      if (r.link->relation == &relation) return &r;
    }
    return nullptr;
  }
  uint32_t rows() const { return set.rows ? set.rows->rows() : 0; }
};

// Some of the rows, with what belongs to them.
base::Result<RowTree> take_rows(const std::vector<std::shared_ptr<const RowTree>>& trees,
                                uint32_t tree, std::span<const uint32_t> rows);
// The rows that belong to one; of a relation to several models it is at most one.
base::Result<RowTree> rows_of(const Related& related, uint32_t row);

// Who knows how rows of a model are printed.
using PrinterOf = const entity::RowPrinter& (*)(const schema::Model&);
// A row as a JSON object, relations behind its fields: one row as an object or null, many as an
// array; the row of pairs that a row came by as its member "pivot".
void print_row(entity::Output& out, const RowTree& tree, uint32_t row, PrinterOf printer_of,
               bool hidden);
// What belongs to a row that was printed just now, put inside its closing brace.
void print_behind(entity::Output& out, const RowTree& tree, uint32_t row, PrinterOf printer_of,
                  bool hidden);
// The row of pairs that the i-th row that belongs to `row` came by, behind its members. Nothing
// where there is none.
void print_pivot(entity::Output& out, const Related& related, uint32_t row, size_t i,
                 PrinterOf printer_of, bool hidden);
// What belongs to a row, as members that begin with a comma.
void print_related(entity::Output& out, std::span<const Related> related, uint32_t row,
                   PrinterOf printer_of, bool hidden);

}  // namespace thing::relation
