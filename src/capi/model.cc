// Section 6 of thing.h: models.
#include "capi/buffer.h"
#include "capi/caller.h"
#include "schema/document.h"

using namespace thing;
using namespace thing::capi;

namespace {

const thing_model* handle_of(const store::ModelState* state) {
  return state == nullptr ? nullptr : static_cast<const thing_model*>(state->handle);
}

// Of a database that is open; otherwise nothing.
template <class T, class Body>
T look(thing_db* db, T otherwise, Body&& body) {
  if (db == nullptr || db->is_child()) return otherwise;
  const Held held(db);
  return db->is_open() ? value_or<T>(otherwise, body) : otherwise;
}

const schema::Field* find_field(const thing_model* m, int32_t field) {
  const bool is_there =
      m != nullptr && field >= 0 && field < static_cast<int32_t>(m->model->columns());
  return is_there ? &m->model->fields[static_cast<size_t>(field)] : nullptr;
}

}  // namespace

thing_status thing_model_register(thing_db* db, const char* json, int64_t len, thing_error** err) {
  return run(db, nullptr, err, [&](Caller& c) -> base::Status {
    THING_ASSIGN(const std::string_view text, text_of(json, len, "json"));
    return c.store().register_models(text);
  });
}

const thing_model* thing_model_find(thing_db* db, const char* name, int64_t len) {
  return look<const thing_model*>(db, nullptr, [&]() -> const thing_model* {
    const auto text = bytes_of(name, len, "name");
    return text ? handle_of(db->store->find_model(*text)) : nullptr;
  });
}

int32_t thing_model_count(thing_db* db) {
  return look<int32_t>(db, 0, [db] { return db->store->model_count(); });
}

const thing_model* thing_model_at(thing_db* db, int32_t i) {
  return look<const thing_model*>(db, nullptr, [&] { return handle_of(db->store->model_at(i)); });
}

const char* thing_model_name(const thing_model* m) {
  return m == nullptr ? nullptr : m->model->name.c_str();
}

const char* thing_model_table(const thing_model* m) {
  return m == nullptr ? nullptr : m->model->table.c_str();
}

int64_t thing_model_hash(const thing_model* m) {
  return m == nullptr ? 0 : static_cast<int64_t>(m->model->layout.hash);
}

int32_t thing_model_field_count(const thing_model* m) {
  return m == nullptr ? 0 : static_cast<int32_t>(m->model->columns());
}

int32_t thing_model_field_index(const thing_model* m, const char* name, int64_t len) {
  if (m == nullptr) return schema::kNone;
  return value_or<int32_t>(schema::kNone, [&] {
    const auto text = bytes_of(name, len, "name");
    return text ? m->model->find(*text) : schema::kNone;
  });
}

const char* thing_model_field_name(const thing_model* m, int32_t field) {
  const schema::Field* const f = find_field(m, field);
  return f == nullptr ? nullptr : f->name.c_str();
}

const char* thing_model_field_column(const thing_model* m, int32_t field) {
  const schema::Field* const f = find_field(m, field);
  return f == nullptr ? nullptr : f->column.c_str();
}

int32_t thing_model_field_type(const thing_model* m, int32_t field) {
  const schema::Field* const f = find_field(m, field);
  return f == nullptr ? THING_TYPE_NULL : static_cast<int32_t>(value::element_of(f->type));
}

int32_t thing_model_field_flags(const thing_model* m, int32_t field) {
  if (find_field(m, field) == nullptr) return 0;
  return schema::field_flags(*m->model, static_cast<uint32_t>(field));
}

thing_status thing_model_json(const thing_model* m, thing_buf** out, thing_error** err) {
  return guard(err, [&]() -> base::Status {
    THING_TRY(clear(out));
    THING_TRY(check_pointer(m, "m"));
    *out = make_buffer(schema::print_model(*m->model));
    return {};
  });
}
