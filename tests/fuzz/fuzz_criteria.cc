// Criteria documents. The first byte chooses the model and the scope, the rest is the document.
#include <vector>

#include "fuzz.h"

namespace trial {
namespace {

constexpr const char* kModels = R"([
  {"name": "User", "fields": {"id": {"type": "int", "default": {"fn": "autoincrement"}}, "name": "text", "age": "int?",
    "active": {"type": "bool", "default": true}, "score": "float?", "balance": "decimal?", "born": "date?", "wakes": "time?",
    "role": {"type": "enum", "values": ["admin", "user"], "default": "user"}, "token": "uuid?", "extra": "json?", "photo": "bytes?"},
   "timestamps": true, "softDelete": true, "version": true, "order": [{"name": "asc"}]},
  {"name": "Seat", "primary": ["hall", "place"], "fields": {"hall": "text", "place": "int", "label": "text?", "price": "decimal?"}},
  {"name": "Tag", "fields": {"slug": {"type": "text", "primary": true}, "weight": "int"}}])";
constexpr const char* kRows[] = {
    R"({"name": "Ann", "age": 25, "score": 1.5, "balance": "12.50", "born": "2000-02-29", "wakes": "07:00:00", "extra": {"a": [1]}})",
    R"({"name": "Bob", "role": "admin", "token": "0a8f1b5e-5f7c-4b7e-9d5a-1c2d3e4f5a6b", "photo": "AAEC", "active": false})",
    R"({"name": "bob%", "age": -3, "balance": "-0.01"})",
    R"({"name": "", "age": 9223372036854775807})"};

void add(thing_db* db, const char* model, const char* json) {
  const Obj obj(thing_obj_new(model_of(db, model)));
  must("thing_obj_assign_json", thing_obj_assign_json, obj.get(), json, int64_t{-1});
  must("thing_save", thing_save, db, static_cast<thing_ctx*>(nullptr), obj.get());
}

struct World {
  Db db = open("sqlite::memory:");
  std::vector<const thing_model*> models;

  World() {
    must("thing_model_register", thing_model_register, db.get(), kModels, int64_t{-1});
    must("thing_schema_sync", thing_schema_sync, db.get(), static_cast<thing_ctx*>(nullptr));
    for (const char* row : kRows) add(db, "User", row);
    add(db, "Seat", R"({"hall": "A", "place": 1, "label": "x", "price": "1.50"})");
    add(db, "Seat", R"({"hall": "A", "place": 2})");
    add(db, "Tag", R"({"slug": "red", "weight": 3})");
    must("thing_delete_by_id", thing_delete_by_id, db.get(), static_cast<thing_ctx*>(nullptr),
         model_of(db, "User"), int64_t{4}, static_cast<int32_t>(THING_DELETE_DEFAULT));
    for (const char* name : {"User", "Seat", "Tag"}) models.push_back(model_of(db, name));
  }
};

World& world() {
  static World* made = new World;  // lives as long as the program
  return *made;
}

std::string printed(const thing_criteria* q) {
  Buf json;
  expect(call(thing_criteria_json, q, json.out()).ok(), "a query can not be printed");
  return text_of(json);
}

void check_printing(const thing_model* model, const thing_criteria* q) {
  const std::string json = printed(q);
  Criteria again;
  const Outcome outcome = call(thing_criteria_parse, model, json.data(), length(json), again.out());
  if (outcome.status == THING_E_RANGE)
    return;  // printing writes groups out, which may pass the limit of depth
  expect(outcome.ok(), "a printed query is refused", outcome.text() + "\n" + json);
  expect(printed(again) == json, "a query prints differently the second time",
         json + "\n" + printed(again));
  const Criteria copy(thing_criteria_clone(q));
  expect(printed(copy) == json, "a copy prints differently", json);
}

// The rows as JSON; "refused" when the query can not run.
std::string rows_of(thing_ctx* ctx, const thing_criteria* q, int64_t* count) {
  Rows rows;
  if (!accepts("thing_query_run", call(thing_query_run, world().db.get(), ctx, q, rows.out())))
    return "refused";
  *count = thing_rows_count(rows);
  Buf json, token;
  expect(
      call(thing_rows_json, rows.get(), static_cast<int32_t>(THING_JSON_HIDDEN), json.out()).ok(),
      "rows can not be printed");
  const Outcome next = call(thing_rows_next, rows.get(), token.out());
  expect(next.ok() || next.status == THING_DONE || next.failed(), "thing_rows_next", next.text());
  expect(next.status != THING_E_INTERNAL, "thing_rows_next", next.text());
  return text_of(json);
}

void run(const uint8_t* data, size_t size) {
  if (size == 0) return;
  World& w = world();
  const thing_model* model = w.models[data[0] % 4 % w.models.size()];
  const auto* text = reinterpret_cast<const char*>(data + 1);
  const auto length = static_cast<int64_t>(size - 1);
  const int32_t scope = (data[0] >> 4) % 4 * THING_CTX_WITH_DELETED % 12;
  Criteria q;
  if (!accepts("thing_criteria_parse", call(thing_criteria_parse, model, text, length, q.out()))) {
    return expect(q.get() == nullptr, "a refused query is there");
  }
  check_printing(model, q);
  const Ctx cached(thing_ctx_new(w.db)), stored(thing_ctx_new(w.db));
  thing_ctx_set_flags(cached, scope);
  thing_ctx_set_flags(stored, scope | THING_CTX_NO_CACHE_READ | THING_CTX_NO_CACHE_WRITE);
  Buf plan;
  accepts("thing_query_explain",
          call(thing_query_explain, w.db.get(), cached.get(), q.get(), plan.out()));
  int64_t rows = 0, counted = 0;
  bool exists = false;
  const std::string first = rows_of(cached, q, &rows), second = rows_of(cached, q, &rows),
                    third = rows_of(stored, q, &rows);
  expect(first == second && second == third, "cached rows differ",
         first + "\n" + second + "\n" + third);
  if (!accepts("thing_query_count",
               call(thing_query_count, w.db.get(), cached.get(), q.get(), &counted)))
    return;
  expect(first == "refused" || counted >= rows, "fewer are counted than found", first);
  if (!accepts("thing_query_exists",
               call(thing_query_exists, w.db.get(), cached.get(), q.get(), &exists)))
    return;
  expect(exists == (counted > 0), "exists and count differ", first);
}

}  // namespace
}  // namespace trial

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return trial::checked([&] { trial::run(data, size); });
}
