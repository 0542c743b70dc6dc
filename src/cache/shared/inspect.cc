// What the shared cache holds of a row or a query, and whether it counts: for people who look into
// it.
#include "cache/shared/names.h"
#include "cache/shared/shared_cache.h"

namespace thing::cache::shared {

namespace {

const char* kind_of(const Cell& cell) {
  switch (cell.kind) {
    case CellKind::kNone: return "nothing";
    case CellKind::kLease: return "lease";
    case CellKind::kRow: return "row";
    case CellKind::kAbsent: return "absent";
    case CellKind::kMark: return "mark";
    case CellKind::kStamp: return "stamp";
    case CellKind::kUnknown: break;
  }
  return "unknown";
}

Inspected unreachable() {
  Inspected out;
  out.holds = "unreachable";
  out.why = "Redis can not be asked";
  return out;
}

const char* why_not(const Cell& row, const Cell& table, const Cell& inserts,
                    std::string_view fingerprint) {
  if (table.kind == CellKind::kMark) return "a commit that writes all of the table is under way";
  switch (row.kind) {
    case CellKind::kNone: return "it was not read, a commit dropped it, or its time is over";
    case CellKind::kLease: return "somebody is about to fill it";
    case CellKind::kMark: return "a commit that writes it is under way";
    case CellKind::kRow:
      if (row.table != table.nonce) return "all of the table was written since";
      return row.fingerprint != fingerprint ? "it is of a program with other columns" : "";
    case CellKind::kAbsent:
      if (row.table != table.nonce) return "all of the table was written since";
      if (inserts.kind == CellKind::kMark) return "a commit that adds rows is under way";
      return row.inserts != inserts.nonce ? "rows were added since" : "";
    default: return "it is not of this library";
  }
}

// Of what a query depends on, one part.
const char* state_of(const Cell& now, std::string_view then) {
  if (now.kind == CellKind::kMark) return "marked";
  if (now.kind != CellKind::kStamp) return "gone";
  return then.empty() ? "there" : now.nonce == then ? "same" : "changed";
}

}  // namespace

Inspected SharedCache::inspect(const Table& table, const std::string& cell,
                               std::string_view fingerprint) {
  auto wire = wires_.take(false);
  if (!wire) return unreachable();
  Inspected out;
  out.key = key(**wire, table, cell);
  (*wire)->ask({"MGET", out.key, key(**wire, table, kTableCell), key(**wire, table, kInsertsCell)});
  const auto reply = (*wire)->answer();
  if (!reply || !reply->is_array(3)) return unreachable();
  const Cell row = Cell::read(bytes_of(reply->items[0]));
  out.holds = kind_of(row);
  out.why = why_not(row, Cell::read(bytes_of(reply->items[1])),
                    Cell::read(bytes_of(reply->items[2])), fingerprint);
  out.counts = out.why.empty();
  return out;
}

Inspected SharedCache::inspect_entry(const Table& table, std::string_view hash,
                                     std::string_view identity, const Depends& depends) {
  auto wire = wires_.take(false);
  if (!wire) return unreachable();
  Inspected out;
  out.key = key(**wire, table, entry_cell(hash));
  Words mget{"MGET", out.key};
  add_stamps(**wire, table, depends, mget);
  (*wire)->ask(mget);
  const auto reply = (*wire)->answer();
  if (!reply || !reply->is_array(mget.size() - 1)) return unreachable();
  const auto entry = reply->items[0].is_bytes() ? Entry::read(reply->items[0].bytes) : std::nullopt;
  const bool is_same_query = entry.has_value() && entry->identity == identity;
  out.holds = !reply->items[0].is_bytes() ? "nothing" : is_same_query ? "entry" : "unknown";
  bool is_current = is_same_query && entry->stamps.size() == mget.size() - 2;
  for (size_t i = 2; i < mget.size(); ++i) {
    const Reply& item = reply->items[i - 1];
    const std::string_view then = is_current ? entry->stamps[i - 2] : std::string_view();
    std::string_view state;
    if (i == 2) {  // the registry's nonce is no cell
      state = !item.is_bytes()     ? "gone"
              : then.empty()       ? "there"
              : item.bytes == then ? "same"
                                   : "changed";
    } else {
      state = state_of(Cell::read(bytes_of(item)), then);
    }
    out.depends.push_back({mget[i], std::string(state)});
  }
  for (const Inspected::Part& part : out.depends) is_current = is_current && part.state == "same";
  out.counts = is_current;
  if (is_current) return out;
  out.why = out.holds == "nothing" ? "it was not read, or its time is over"
            : is_same_query        ? "something that it depends on was written since"
                                   : "it is another query's";
  return out;
}

}  // namespace thing::cache::shared
