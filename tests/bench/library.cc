#include "library.h"

#include <cstdio>
#include <cstdlib>

namespace bench {

void fail(thing_status status, const char* what, const char* message) {
  std::fprintf(stderr, "bench: %s: %s [%s]\n", what, message, thing_status_name(status));
  std::exit(1);
}

void digest(const thing_obj* o, Digest& d) {
  const char* text = nullptr;
  int64_t length = 0;
  d.add(thing_obj_int64(o, kId));
  thing_obj_text(o, kName, &text, &length);
  d.add(std::string_view(text, static_cast<size_t>(length)));
  thing_obj_text(o, kEmail, &text, &length);
  d.add(std::string_view(text, static_cast<size_t>(length)));
  d.add(thing_obj_int64(o, kAge));
  d.add(thing_obj_double(o, kScore));
  d.add(thing_obj_int64(o, kActive));
  d.add(thing_obj_int64(o, kCreatedAt));
}

void digest(const PackedRow& row, Digest& d) {
  d.add(row.integer(kId));
  d.add(row.text(kName));
  d.add(row.text(kEmail));
  d.add(row.integer(kAge));
  d.add(row.real(kScore));
  d.add(row.integer(kActive));
  d.add(row.integer(kCreatedAt));
}

int64_t digest(const thing_rows* rows, Digest& d) {
  const int64_t n = thing_rows_count(rows);
  int64_t length = 0;
  const uint8_t* batch = thing_rows_packed(rows, &length);
  for (int64_t i = 0; i < n; ++i) digest(PackedRow(batch, i), d);
  return n;
}

namespace {

int64_t length_of(const std::string& s) { return static_cast<int64_t>(s.size()); }

constexpr size_t kHeader = 64, kColumns = 7, kStride = 8 * (2 + kColumns);

template <class T>
void put(std::vector<uint8_t>& out, size_t at, T value) {
  std::memcpy(out.data() + at, &value, sizeof value);
}

void put_text(std::vector<uint8_t>& out, size_t slot, size_t heap, const std::string& text) {
  put(out, slot, static_cast<uint32_t>(out.size() - heap));
  put(out, slot + 4, static_cast<uint32_t>(text.size()));
  out.insert(out.end(), text.c_str(), text.c_str() + text.size() + 1);
}

void put_user(std::vector<uint8_t>& out, size_t row, size_t heap, const User& u) {
  const auto slot = [&](Field f) { return row + 16 + 8 * static_cast<size_t>(f); };
  put(out, row + 8, uint64_t{1} << kId);  // absent
  put_text(out, slot(kName), heap, u.name);
  put_text(out, slot(kEmail), heap, u.email);
  put(out, slot(kAge), int64_t{u.age});
  put(out, slot(kScore), u.score);
  put(out, slot(kActive), int64_t{u.active});
  put(out, slot(kCreatedAt), u.created_at);
}

}  // namespace

std::vector<uint8_t> pack(const thing_model* model, const std::vector<User>& users) {
  const size_t heap = kHeader + users.size() * kStride;
  std::vector<uint8_t> out(heap);
  for (size_t i = 0; i < users.size(); ++i) put_user(out, kHeader + i * kStride, heap, users[i]);
  put(out, 0, uint32_t{0x31474854});
  put(out, 4, uint32_t{1 | 1 << 16});  // version 1, rows have absent bits
  put(out, 8, static_cast<uint32_t>(users.size()));
  put(out, 12, static_cast<uint32_t>(kColumns));
  put(out, 16, static_cast<uint32_t>(kStride));
  put(out, 20, static_cast<uint32_t>(kHeader));
  put(out, 24, uint64_t{heap});
  put(out, 32, uint64_t{out.size() - heap});
  put(out, 40, thing_model_hash(model));
  return out;
}

Library::Library(const std::string& url, const std::string& model) {
  thing_db* db = nullptr;
  check("opening", [&](thing_error** e) { return thing_open(url.c_str(), -1, &db, e); });
  db_.reset(db);
  check("registering the model",
        [&](thing_error** e) { return thing_model_register(db, model.c_str(), -1, e); });
  user_ = thing_model_find(db, "User", -1);
}

void Library::sync() {
  check("creating the table", [&](thing_error** e) { return thing_schema_sync(db(), nullptr, e); });
}

std::string Library::ddl(const char* dialect) const {
  thing_buf* text = nullptr;
  check("printing the table's SQL",
        [&](thing_error** e) { return thing_ddl(db(), user_, dialect, &text, e); });
  const Buffer owner(text);
  return {reinterpret_cast<const char*>(thing_buf_data(text)),
          static_cast<size_t>(thing_buf_len(text))};
}

Object Library::by_id(int64_t id) const {
  thing_obj* o = nullptr;
  const auto call = [&](thing_error** e) { return thing_by_id(db(), nullptr, user_, id, &o, e); };
  if (const thing_status s = check("reading by id", call); s != THING_OK)
    fail(s, "reading by id", "a user is missing");
  return Object(o);
}

Rows Library::by_ids(const int64_t* ids, int64_t n) const {
  thing_rows* rows = nullptr;
  check("reading by ids",
        [&](thing_error** e) { return thing_by_ids(db(), nullptr, user_, ids, n, &rows, e); });
  return Rows(rows);
}

Rows Library::query(const std::string& json) const {
  thing_rows* rows = nullptr;
  check("querying", [&](thing_error** e) {
    return thing_query(db(), nullptr, user_, json.data(), length_of(json), &rows, e);
  });
  return Rows(rows);
}

Rows Library::query(const thing_criteria* q) const {
  thing_rows* rows = nullptr;
  check("querying", [&](thing_error** e) { return thing_query_run(db(), nullptr, q, &rows, e); });
  return Rows(rows);
}

Query Library::parse(const std::string& json) const {
  thing_criteria* q = nullptr;
  check("parsing a query", [&](thing_error** e) {
    return thing_criteria_parse(user_, json.data(), length_of(json), &q, e);
  });
  return Query(q);
}

Object Library::make(const User& u) const {
  Object object(thing_obj_new(user_));
  thing_obj* o = object.get();
  check("setting fields", [&](thing_error** e) {
    thing_status s = thing_obj_set_text(o, kName, u.name.data(), length_of(u.name), e);
    if (s == THING_OK) s = thing_obj_set_text(o, kEmail, u.email.data(), length_of(u.email), e);
    if (s == THING_OK) s = thing_obj_set_int64(o, kAge, u.age, e);
    if (s == THING_OK) s = thing_obj_set_double(o, kScore, u.score, e);
    if (s == THING_OK) s = thing_obj_set_int64(o, kActive, u.active ? 1 : 0, e);
    if (s == THING_OK) s = thing_obj_set_int64(o, kCreatedAt, u.created_at, e);
    return s;
  });
  return object;
}

int64_t Library::sql_number(const char* sql) const {
  thing_rows* rows = nullptr;
  check(sql,
        [&](thing_error** e) { return thing_sql(db(), nullptr, sql, -1, nullptr, 0, &rows, e); });
  const Rows owner(rows);
  int64_t length = 0;
  return thing_rows_count(rows) > 0 ? PackedRow(thing_rows_packed(rows, &length), 0).integer(0) : 0;
}

Transaction::Transaction(const Library& library) {
  thing_tx* tx = nullptr;
  check("beginning", [&](thing_error** e) {
    return thing_tx_begin(library.db(), nullptr, THING_TX_DEFAULT, &tx, e);
  });
  tx_.reset(tx);
}

void Transaction::commit() {
  check("committing", [&](thing_error** e) { return thing_tx_commit(tx_.get(), e); });
}

}  // namespace bench
