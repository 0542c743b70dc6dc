// Packed batches. The first byte says where they go, the rest is the batch:
//
//   bits 0-1  0 thing_obj_assign_packed, 1 thing_by_keys_packed of an int key, 2 of a composite
//   key, 3 thing_save_packed bit 2     the model's hash is put into the header, which chance would
//   hardly hit bit 3     the batch begins at an odd address
#include <cstring>
#include <vector>

#include "fuzz.h"

namespace trial {
namespace {

constexpr const char* kModels = R"([
  {"name": "All", "fields": {"id": {"type": "int", "default": {"fn": "autoincrement"}}, "b": "bool?", "f": "float?", "d": "decimal?",
    "t": "text?", "y": "bytes?", "m": "datetime?", "a": "date?", "c": "time?", "u": "uuid?", "j": "json?",
    "e": {"type": "enum", "values": ["x", "y"], "null": true}}},
  {"name": "Seat", "primary": ["hall", "place"], "fields": {"hall": "text", "place": "int", "label": "text?"}}])";
constexpr size_t kHashOffset = 40;

struct World {
  Db db = open("sqlite::memory:");
  const thing_model *all, *seat;

  World() {
    must("thing_model_register", thing_model_register, db.get(), kModels, int64_t{-1});
    must("thing_schema_sync", thing_schema_sync, db.get(), static_cast<thing_ctx*>(nullptr));
    all = model_of(db, "All");
    seat = model_of(db, "Seat");
  }
};

World& world() {
  static World* made = new World;  // lives as long as the program
  return *made;
}

std::string printed(const thing_obj* obj) {
  Buf json;
  expect(call(thing_obj_json, obj, static_cast<int32_t>(THING_JSON_HIDDEN), json.out()).ok(),
         "an object can not be printed");
  return text_of(json);
}

void assign(const uint8_t* bytes, int64_t size) {
  const Obj obj(thing_obj_new(world().all));
  if (!accepts("thing_obj_assign_packed", call(thing_obj_assign_packed, obj.get(), bytes, size))) {
    return expect(!thing_obj_dirty(obj, -1), "a refused batch changed the object");
  }
  Buf packed;
  expect(call(thing_obj_pack, obj.get(), packed.out()).ok(), "the object can not be packed");
  const Obj copy(thing_obj_new(world().all));
  const Outcome again =
      call(thing_obj_assign_packed, copy.get(), thing_buf_data(packed), thing_buf_len(packed));
  expect(again.ok(), "what was packed is refused", again.text());
  expect(printed(copy) == printed(obj), "what was packed is something else",
         printed(obj) + "\n" + printed(copy));
}

void find(const thing_model* model, const uint8_t* bytes, int64_t size) {
  Rows rows;
  accepts("thing_by_keys_packed",
          call(thing_by_keys_packed, world().db.get(), static_cast<thing_ctx*>(nullptr), model,
               bytes, size, rows.out()));
}

// In a transaction that is rolled back, so that every input meets the same table.
void save(const uint8_t* bytes, int64_t size) {
  World& w = world();
  Tx tx;
  must("thing_tx_begin", thing_tx_begin, w.db.get(), static_cast<thing_ctx*>(nullptr),
       static_cast<int32_t>(THING_TX_DEFAULT), tx.out());
  int64_t ids[64] = {};
  accepts("thing_save_packed", call(thing_save_packed, w.db.get(), thing_tx_ctx(tx), w.all, bytes,
                                    size, static_cast<int64_t*>(ids), int64_t{64}));
  Rows rows;
  const Outcome listed =
      call(thing_query, w.db.get(), thing_tx_ctx(tx), w.all, "{}", int64_t{2}, rows.out());
  expect(listed.ok(), "what was saved can not be read", listed.text());
}

void run(const uint8_t* data, size_t size) {
  if (size == 0) return;
  const size_t shift = (data[0] & 8) != 0 ? 1 : 0;
  std::vector<uint8_t> room(size + 16);
  uint8_t* bytes = room.data() + shift;
  std::memcpy(bytes, data + 1, size - 1);
  const int kind = data[0] & 3;
  const thing_model* model = kind == 2 ? world().seat : world().all;
  const int64_t hash = thing_model_hash(model);
  if ((data[0] & 4) != 0 && size - 1 >= kHashOffset + sizeof hash)
    std::memcpy(bytes + kHashOffset, &hash, sizeof hash);
  // Memory that ends with the batch, so that reading beyond it is seen.
  const std::vector<uint8_t> exact(room.begin(),
                                   room.begin() + static_cast<std::ptrdiff_t>(shift + size - 1));
  const auto length = static_cast<int64_t>(size - 1);
  if (kind == 0) return assign(exact.data() + shift, length);
  if (kind == 3) return save(exact.data() + shift, length);
  find(model, exact.data() + shift, length);
}

}  // namespace
}  // namespace trial

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return trial::checked([&] { trial::run(data, size); });
}
