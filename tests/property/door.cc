#include "door.h"

#include <algorithm>

namespace trial {
namespace {

[[noreturn]] void wrong(const Door& door, const std::string& what, const std::string& expected,
                        const std::string& found) {
  throw Wrong(door.name + ", " + what + "\n  expected " + expected + "\n  found    " + found);
}

bool is_same(const Table& table, const Query& query, const std::vector<Row>& a,
             const std::vector<Row>& b) {
  if (!query.distinct) return a == b;
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&table](const Row& x, const Row& y) {
    return is_same_for_distinct(table, x, y);
  });
}

void expect_rows(const Door& door, const Table& table, const Query& query, const std::string& what,
                 const std::vector<Row>& expected, const std::vector<Row>& found) {
  if (!is_same(table, query, expected, found))
    wrong(door, what, show(table, expected), show(table, found));
}

void expect_ok(const Door& door, const std::string& what, const Outcome& outcome) {
  if (!outcome.ok()) wrong(door, what, "OK", outcome.text());
}

Criteria parse(const Door& door, const Table& table, const std::string& document) {
  Criteria q;
  expect_ok(
      door, document,
      call(thing_criteria_parse, door.model(table), document.data(), length(document), q.out()));
  return q;
}

Rows run(const Door& door, const Table& table, const std::string& document, int32_t scope) {
  const Flags flags(door, scope);
  Rows rows;
  expect_ok(door, document,
            call(thing_query, door.db, flags.ctx(), door.model(table), document.data(),
                 length(document), rows.out()));
  return rows;
}

void check_ids(const Door& door, const Table& table, const Query& query, const thing_rows* rows,
               const std::vector<Row>& found) {
  const int64_t* ids = thing_rows_ids(rows);
  const bool has_ids = table.has_id() && !query.distinct;
  if (!has_ids) return;
  if (ids == nullptr) wrong(door, "thing_rows_ids", "ids", "NULL");
  for (size_t i = 0; i < found.size(); i++) {
    if (Cell{ids[i]} != found[i][Table::at(table.key[0])])
      wrong(door, "thing_rows_ids", show(table, found[i]), std::to_string(ids[i]));
  }
}

std::string scope_name(int32_t scope) {
  return scope == THING_CTX_WITH_DELETED   ? " with deleted"
         : scope == THING_CTX_ONLY_DELETED ? " only deleted"
                                           : "";
}

// The row of the same key that the scope lets through.
const Row* find(const Table& table, const std::vector<Row>& rows, const Row& key, int32_t scope) {
  const auto it = std::find_if(rows.begin(), rows.end(),
                               [&](const Row& row) { return same_key(table, row, key); });
  return it != rows.end() && is_in_scope(table, scope, *it) ? &*it : nullptr;
}

void check_packed(const Door& door, const Table& table, const Row* expected, int64_t id,
                  thing_ctx* ctx) {
  std::vector<uint8_t> bytes(16384);
  int64_t need = 0;
  const auto size = static_cast<int64_t>(bytes.size());
  const Outcome outcome =
      call(thing_by_id_packed, door.db, ctx, door.model(table), id, bytes.data(), size, &need);
  if (outcome.status != (expected != nullptr ? THING_OK : THING_NOT_FOUND)) {
    wrong(door, "thing_by_id_packed", expected != nullptr ? "OK" : "NOT_FOUND", outcome.text());
  }
  if (expected == nullptr) return;
  const Obj obj(thing_obj_new(door.model(table)));
  expect_ok(door, "thing_obj_assign_packed",
            call(thing_obj_assign_packed, obj.get(), bytes.data(), need));
  const Row found = row_of(table, obj);
  if (found != *expected)
    wrong(door, "thing_by_id_packed", show(table, *expected), show(table, found));
}

// Follows the tokens; `document` is made from the token of the last page.
std::vector<Row> follow_pages(const Door& door, const Table& table, const Query& page,
                              size_t limit) {
  std::vector<Row> all;
  std::string token;
  while (true) {
    const std::string more = token.empty() ? "" : "\"after\":" + json_text(token);
    const Rows rows = run(door, table, print(table, page, more), page.scope);
    for (Row& row : rows_of(table, rows)) all.push_back(std::move(row));
    Buf next;
    const Outcome outcome = call(thing_rows_next, rows.get(), next.out());
    if (outcome.status == THING_DONE) return all;
    expect_ok(door, "thing_rows_next", outcome);
    token = text_of(next);
    if (all.size() > limit) return all;  // it goes round in circles
  }
}

}  // namespace

std::vector<Row> list_all(const Door& door, const Table& table) {
  std::vector<Row> rows = rows_of(
      table, run(door, table, "{}",
                 THING_CTX_WITH_DELETED | THING_CTX_NO_CACHE_READ | THING_CTX_NO_CACHE_WRITE));
  std::sort(rows.begin(), rows.end(), [&table](const Row& a, const Row& b) {
    for (const int field : table.key) {
      const int order = compare_for(table, {field, false, false}, a, b);
      if (order != 0) return order < 0;
    }
    return false;
  });
  return rows;
}

void check_key(const Door& door, const Table& table, const std::vector<Row>& rows, const Row& key,
               int32_t scope) {
  const Flags flags(door, scope);
  const Row* expected = find(table, rows, key, scope);
  const auto expect = [&](const std::string& how, const Outcome& outcome, const Obj& obj) {
    const std::string what =
        how + " of " + table.model + " " + key_json(table, key) + scope_name(scope);
    const std::string wanted = expected != nullptr ? "OK" : "NOT_FOUND";
    if (outcome.status != (expected != nullptr ? THING_OK : THING_NOT_FOUND))
      wrong(door, what, wanted, outcome.text());
    if ((obj.get() != nullptr) != (expected != nullptr))
      wrong(door, what, wanted, obj.get() != nullptr ? "an object" : "no object");
    if (expected == nullptr) return;
    const Row found = row_of(table, obj);
    if (found != *expected) wrong(door, what, show(table, *expected), show(table, found));
    if (thing_obj_dirty(obj, -1)) wrong(door, what, "a clean object", "a changed one");
  };
  Obj obj;
  for (const std::string& text : {key_json(table, key), key_object(table, key)}) {
    const Outcome outcome = call(thing_by_key, door.db, flags.ctx(), door.model(table), text.data(),
                                 length(text), obj.out());
    expect("thing_by_key", outcome, obj);
  }
  if (!table.has_id()) return;
  const int64_t id = std::get<int64_t>(key[Table::at(table.key[0])]);
  const Outcome outcome = call(thing_by_id, door.db, flags.ctx(), door.model(table), id, obj.out());
  expect("thing_by_id", outcome, obj);
  check_packed(door, table, expected, id, flags.ctx());
}

void check_keys(const Door& door, const Table& table, const std::vector<Row>& rows,
                const std::vector<Row>& keys) {
  std::vector<Row> expected;
  std::string text = "[";
  std::vector<int64_t> ids;
  for (const Row& key : keys) {
    text += (text.size() > 1 ? "," : "") + key_json(table, key);
    if (table.has_id()) ids.push_back(std::get<int64_t>(key[Table::at(table.key[0])]));
    if (const Row* row = find(table, rows, key, 0); row != nullptr) expected.push_back(*row);
  }
  text += "]";
  Rows found;
  expect_ok(door, "thing_by_keys " + text,
            call(thing_by_keys, door.db, door.tx, door.model(table), text.data(), length(text),
                 found.out()));
  expect_rows(door, table, {}, "thing_by_keys " + text, expected, rows_of(table, found));
  if (!table.has_id()) return;
  expect_ok(door, "thing_by_ids " + text,
            call(thing_by_ids, door.db, door.tx, door.model(table), ids.data(),
                 static_cast<int64_t>(ids.size()), found.out()));
  expect_rows(door, table, {}, "thing_by_ids " + text, expected, rows_of(table, found));
}

void check_query(const Door& door, const Table& table, const std::vector<Row>& rows,
                 const Query& query) {
  const std::string document = print(table, query);
  const Rows found = run(door, table, document, query.scope);
  const std::vector<Row> all = rows_of(table, found);
  expect_rows(door, table, query, table.model + " " + document + scope_name(query.scope),
              answer(table, rows, query), all);
  check_ids(door, table, query, found, all);
}

void check_count(const Door& door, const Table& table, const std::vector<Row>& rows,
                 const Query& query) {
  const std::string document = print(table, query);
  const Criteria q = parse(door, table, document);
  const Flags flags(door, query.scope);
  int64_t found = -1;
  bool exists = false;
  expect_ok(door, "count " + document,
            call(thing_query_count, door.db, flags.ctx(), q.get(), &found));
  expect_ok(door, "exists " + document,
            call(thing_query_exists, door.db, flags.ctx(), q.get(), &exists));
  const int64_t expected = count(table, rows, query);
  const std::string what = table.model + " " + document + scope_name(query.scope);
  if (found != expected)
    wrong(door, "count of " + what, std::to_string(expected), std::to_string(found));
  if (exists != (expected > 0))
    wrong(door, "exists of " + what, std::to_string(expected > 0), std::to_string(exists));
}

void check_first(const Door& door, const Table& table, const std::vector<Row>& rows,
                 const Query& query) {
  const std::string document = print(table, query);
  const Criteria q = parse(door, table, document);
  const Flags flags(door, query.scope);
  std::vector<Row> expected = answer(table, rows, query);
  if (expected.size() > 1) expected.resize(1);
  Obj obj;
  const Outcome outcome = call(thing_query_first, door.db, flags.ctx(), q.get(), obj.out());
  if (outcome.status != (expected.empty() ? THING_NOT_FOUND : THING_OK))
    wrong(door, "first " + document, expected.empty() ? "NOT_FOUND" : "OK", outcome.text());
  if (!expected.empty())
    expect_rows(door, table, query, "first " + document, expected, {row_of(table, obj)});
}

void check_stream(const Door& door, const Table& table, const std::vector<Row>& rows,
                  const Query& query, int64_t batch) {
  const std::string document = print(table, query);
  const Criteria q = parse(door, table, document);
  const Flags flags(door, query.scope);
  Cursor cursor;
  expect_ok(door, "thing_query_open " + document,
            call(thing_query_open, door.db, flags.ctx(), q.get(), batch, cursor.out()));
  std::vector<Row> found;
  while (true) {
    Rows some;
    const Outcome outcome = call(thing_cursor_next, cursor.get(), flags.ctx(), some.out());
    if (outcome.status == THING_DONE) break;
    expect_ok(door, "thing_cursor_next " + document, outcome);
    const std::vector<Row> part = rows_of(table, some);
    if (part.empty() || static_cast<int64_t>(part.size()) > batch)
      wrong(door, "a batch of " + document, "1 to " + std::to_string(batch), show(table, part));
    found.insert(found.end(), part.begin(), part.end());
  }
  expect_rows(door, table, query, "stream of " + document, answer(table, rows, query), found);
}

void check_pages(const Door& door, const Table& table, const std::vector<Row>& rows,
                 const Query& query, int64_t take) {
  Query page = query;
  page.take = take;
  page.skip.reset();
  Query whole = page;
  whole.take.reset();
  const std::vector<Row> expected = answer(table, rows, whole);
  const std::vector<Row> found = follow_pages(door, table, page, expected.size() + 100);
  expect_rows(door, table, page, "pages of " + table.model + " " + print(table, page), expected,
              found);
}

void check_cursor(const Door& door, const Table& table, const std::vector<Row>& rows,
                  const Query& query, const Row& start) {
  Query whole = query;
  whole.take.reset();
  const std::vector<Row> order = matching(table, rows, whole);
  const auto it = std::find_if(order.begin(), order.end(),
                               [&](const Row& row) { return same_key(table, row, start); });
  std::vector<Row> expected = answer(table, rows, whole);
  expected.erase(expected.begin(), expected.begin() + (it - order.begin()));
  if (query.take && static_cast<int64_t>(expected.size()) > *query.take) {
    expected.resize(static_cast<size_t>(*query.take));
  }
  const std::string document = print(table, query, "\"cursor\":" + key_object(table, start));
  const Rows found = run(door, table, document, query.scope);
  expect_rows(door, table, query, table.model + " " + document, expected, rows_of(table, found));
}

}  // namespace trial
