// Model documents: refused with a reason, or registered, printed and registered again as the same
// model.
#include "fuzz.h"

namespace trial {
namespace {

std::string printed(const thing_model* model) {
  Buf json;
  expect(call(thing_model_json, model, json.out()).ok(), "a model can not be printed");
  return text_of(json);
}

void check_getters(const thing_model* model) {
  expect(*thing_model_name(model) != '\0' && *thing_model_table(model) != '\0',
         "a model has no name");
  const int32_t fields = thing_model_field_count(model);
  expect(fields >= 1 && fields <= 1000 + 4, "a model has too many fields");
  for (int32_t i = 0; i < fields; i++) {
    const char* name = thing_model_field_name(model, i);
    expect(thing_model_field_index(model, name, -1) == i, "a field is not found by its name", name);
    expect(thing_model_field_type(model, i) >= THING_TYPE_BOOL &&
               thing_model_field_type(model, i) <= THING_TYPE_ENUM,
           "no type");
  }
  expect(thing_model_field_name(model, fields) == nullptr, "a field beyond the last");
}

void check(const Db& db, const thing_model* model) {
  check_getters(model);
  const std::string json = printed(model);
  const Db other = open("sqlite::memory:");
  const Outcome again = call(thing_model_register, other.get(), json.data(), length(json));
  expect(again.ok(), "a printed model is refused", again.text() + "\n" + json);
  const thing_model* same = thing_model_find(other, thing_model_name(model), -1);
  expect(same != nullptr && printed(same) == json, "a printed model is another model", json);
  expect(thing_model_hash(same) == thing_model_hash(model), "a printed model has another hash",
         json);
  expect(call(thing_model_register, db.get(), json.data(), length(json)).ok(),
         "the same model is refused", json);
  Buf ddl;
  if (accepts("thing_ddl", call(thing_ddl, db.get(), model, "sqlite", ddl.out()))) {
    expect(thing_buf_len(ddl) > 0, "no statements create the table");
  }
}

void run(const uint8_t* data, size_t size) {
  const Db db = open("sqlite::memory:");
  const auto* text = reinterpret_cast<const char*>(data);
  const Outcome outcome = call(thing_model_register, db.get(), text, static_cast<int64_t>(size));
  if (!accepts("thing_model_register", outcome))
    return expect(thing_model_count(db) == 0, "a refused model is there");
  const int32_t models = thing_model_count(db);
  for (int32_t i = 0; i < models; i++) check(db, thing_model_at(db, i));
  expect(thing_model_count(db) == models, "registering again made another model");
}

}  // namespace
}  // namespace trial

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return trial::checked([&] { trial::run(data, size); });
}
