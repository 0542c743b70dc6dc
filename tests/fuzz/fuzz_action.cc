// Documents of actions. The first byte chooses the action and the model, the rest is the document.
#include <vector>

#include "fuzz.h"

namespace trial {
namespace {

constexpr const char* kModels = R"([
  {"name": "User", "fields": {"id": {"type": "int", "default": {"fn": "autoincrement"}}, "name": "text", "age": "int?",
    "email": {"type": "text", "unique": true, "null": true}, "active": {"type": "bool", "default": true}, "score": "float?",
    "balance": "decimal?", "born": "date?", "role": {"type": "enum", "values": ["admin", "user"], "default": "user"},
    "extra": "json?", "tags": {"type": "text", "list": true, "default": []}, "bossId": "int?"}, "timestamps": true, "softDelete": true,
    "version": true, "relations": {"boss": {"belongs_to": "User", "on_delete": "set_null"}, "staff": {"has_many": "User", "inverse": "boss"},
      "seat": {"has_one": "Seat"}, "seats": {"has_many": "Seat"},
      "friends": {"many_to_many": "User", "table": "friendships", "inverse": "one", "source": "other"}}},
  {"name": "Seat", "primary": ["hall", "place"], "fields": {"hall": "text", "place": "int", "label": "text?", "price": "decimal?",
    "userId": "int?"}, "indexes": [{"fields": ["label", "price"], "unique": true}],
   "relations": {"user": {"belongs_to": "User", "touch": true}}}])";
constexpr const char* kActions[] = {"findUnique",
                                    "findFirst",
                                    "findMany",
                                    "create",
                                    "createMany",
                                    "update",
                                    "updateMany",
                                    "upsert",
                                    "delete",
                                    "deleteMany",
                                    "count",
                                    "aggregate",
                                    "groupBy",
                                    "findUniqueOrThrow",
                                    "findFirstOrThrow",
                                    "none"};
constexpr const char* kOfMany[] = {"upsertMany", "createManyAndReturn", "updateManyAndReturn",
                                   "deleteManyAndReturn"};
constexpr const char* kUsers = R"({"skipDuplicates": true, "data": [
  {"id": 1, "name": "Ann", "email": "a", "age": 25, "score": 1.5, "balance": "12.50", "born": "2000-02-29", "extra": {"a": [1]}},
  {"id": 2, "name": "Bob", "email": "b", "role": "admin", "active": false, "tags": ["x"]},
  {"id": 3, "name": "bob%", "age": -3, "balance": "-0.01"}, {"id": 4, "name": "", "age": 9223372036854775807}]})";
constexpr const char* kSeats = R"({"skipDuplicates": true, "data": [
  {"hall": "A", "place": 1, "label": "x", "price": "1.50"}, {"hall": "A", "place": 2}]})";

struct World {
  Db db = open("sqlite::memory:");
  World() {
    must("thing_model_register", thing_model_register, db.get(), kModels, int64_t{-1});
    must("thing_schema_sync", thing_schema_sync, db.get(), static_cast<thing_ctx*>(nullptr));
  }
};

World& world() {
  static World* made = new World;  // lives as long as the program
  return *made;
}

struct Answer {
  thing_status status = THING_OK;
  std::string text;
  friend bool operator==(const Answer&, const Answer&) = default;
};

Answer act(thing_ctx* ctx, const char* model, const char* action, const char* text,
           int64_t length) {
  Buf out;
  const Outcome outcome =
      call(thing_call, world().db.get(), ctx, model, action, text, length, out.out());
  expect(outcome.status != THING_E_INTERNAL, action, outcome.text());
  expect((outcome.status == THING_OK) == (out.get() != nullptr),
         "an answer without a success, or none with one");
  return {outcome.status, out.get() == nullptr ? "" : text_of(out)};
}

// Everything that an action wrote is taken back, so that inputs do not depend on each other.
void run(const uint8_t* data, size_t size) {
  if (size == 0) return;
  const bool of_many = (data[0] >> 5) % 2 == 1;
  const char* const action = of_many ? kOfMany[data[0] % 4] : kActions[data[0] % 16];
  const char* const model = (data[0] >> 4) % 2 == 0 ? "User" : "Seat";
  const auto* const text = reinterpret_cast<const char*>(data + 1);
  const auto length = static_cast<int64_t>(size - 1);
  Tx tx;
  must("thing_tx_begin", thing_tx_begin, world().db.get(), static_cast<thing_ctx*>(nullptr),
       static_cast<int32_t>(THING_TX_DEFAULT), tx.out());
  thing_ctx* const ctx = thing_tx_ctx(tx);
  expect(act(ctx, "User", "createMany", kUsers, -1).status == THING_OK, "rows of users");
  expect(act(ctx, "Seat", "createMany", kSeats, -1).status == THING_OK, "rows of seats");
  const auto rows = [ctx] {  // of both: an action writes relations too
    const char* const all = R"({"include": {"friends": true}})";
    return act(ctx, "User", "findMany", all, -1).text + act(ctx, "Seat", "findMany", "{}", -1).text;
  };
  const std::string before = rows();
  const Answer first = act(ctx, model, action, text, length);
  const bool reads = !of_many && (data[0] % 16 < 3 || data[0] % 16 > 9);
  if (reads) {
    expect(act(ctx, model, action, text, length) == first, "a reading action answers differently",
           first.text);
    expect(rows() == before, "a reading action wrote", first.text);
  } else if (first.status != THING_OK) {
    expect(rows() == before, "an action that failed wrote", first.text);
  }
  must("thing_tx_rollback", thing_tx_rollback, tx.get());
}

}  // namespace
}  // namespace trial

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return trial::checked([&] { trial::run(data, size); });
}
