// Section 7 of thing.h: objects.
#include "capi/guard.h"
#include "entity/document.h"
#include "entity/prepare.h"
#include "text/json.h"

using namespace thing;
using namespace thing::capi;
using value::Type;

thing_obj* thing_obj_new(const thing_model* m) {
  if (m == nullptr) return nullptr;
  return or_null<thing_obj>([&] {
    thing_obj* const o = thing_obj::make(m, 0);
    m->db->hold();
    return o;
  });
}

thing_obj* thing_obj_clone(const thing_obj* o) {
  if (o == nullptr) return nullptr;
  return or_null<thing_obj>([&]() -> thing_obj* {
    thing_obj* const copy = thing_obj::make(o->handle, 0);
    try {
      copy->copy_from(*o);
    } catch (...) {
      thing_obj::destroy(copy);
      return nullptr;
    }
    o->handle->db->hold();
    return copy;
  });
}

void thing_obj_free(thing_obj* o) {
  if (o == nullptr) return;
  thing_db* const db = o->handle->db;
  thing_obj::destroy(o);
  db->release();
}

const thing_model* thing_obj_model(const thing_obj* o) { return o == nullptr ? nullptr : o->handle; }

// The present value of a field, or nothing that can be read.
static std::optional<value::ValueView> value_of(const thing_obj* o, int32_t field) {
  if (o == nullptr || field < 0 || field >= static_cast<int32_t>(o->model().columns())) return std::nullopt;
  return o->get(static_cast<uint32_t>(field));
}

int64_t thing_obj_id(const thing_obj* o) {
  if (o == nullptr || o->model().id < 0) return 0;
  return thing_obj_int64(o, o->model().id);
}

int32_t thing_obj_state(const thing_obj* o) {
  if (o == nullptr) return 0;
  return (o->is_new() ? THING_OBJ_NEW : 0) | (o->is_dirty() ? THING_OBJ_DIRTY : 0) | (o->is_deleted() ? THING_OBJ_DELETED : 0) |
         (o->is_partial() ? THING_OBJ_PARTIAL : 0) | (o->is_from_cache() ? THING_OBJ_FROM_CACHE : 0);
}

int32_t thing_obj_field_state(const thing_obj* o, int32_t field) {
  const auto v = value_of(o, field);
  if (!v.has_value()) return THING_STATE_MISSING;
  return (v->is_null() ? THING_STATE_NULL : THING_STATE_SET) | (o->is_dirty(static_cast<uint32_t>(field)) ? THING_STATE_DIRTY : 0);
}

int64_t thing_obj_int64(const thing_obj* o, int32_t field) {
  const auto v = value_of(o, field);
  if (!v.has_value()) return 0;
  if (value::is_int_slot(v->type)) return v->integer;
  if (!value::is_float_slot(v->type)) return 0;
  // A float beyond the integers gives the nearest one.
  if (v->real >= 9223372036854775808.0) return INT64_MAX;
  return v->real < -9223372036854775808.0 ? INT64_MIN : static_cast<int64_t>(v->real);
}

double thing_obj_double(const thing_obj* o, int32_t field) {
  const auto v = value_of(o, field);
  if (!v.has_value()) return 0;
  if (value::is_float_slot(v->type)) return v->real;
  return v->type == Type::kInt ? static_cast<double>(v->integer) : 0;
}

thing_status thing_obj_text(const thing_obj* o, int32_t field, const char** out, int64_t* out_len) {
  if (out == nullptr || out_len == nullptr) return THING_E_INVALID;
  *out = nullptr;
  *out_len = 0;
  if (o == nullptr || field < 0 || field >= static_cast<int32_t>(o->model().columns())) return THING_E_INVALID;
  if (!value::is_heap_slot(o->model().fields[static_cast<size_t>(field)].type)) return THING_E_TYPE;
  const auto v = value_of(o, field);
  if (!v.has_value()) return THING_MISSING;
  if (v->is_null()) return THING_NULL;
  *out = v->bytes.data();
  *out_len = static_cast<int64_t>(v->bytes.size());
  return THING_OK;
}

const thing_obj* thing_obj_original(thing_obj* o) {
  if (o == nullptr || o->is_new()) return nullptr;
  return or_null<const thing_obj>([&]() -> const thing_obj* {
    thing_obj* const fresh = thing_obj::make(o->handle, 0);
    try {
      value::BatchRef row = o->share_row();
      const value::RowView view = row->row(0);
      fresh->attach(view, std::move(row), o->is_from_cache());
    } catch (...) {
      thing_obj::destroy(fresh);
      throw;
    }
    if (o->before != nullptr) thing_obj::destroy(o->before);
    o->before = fresh;
    return fresh;
  });
}

// ---- setting

static thing_status set_value(thing_obj* o, int32_t field, thing_error** err, base::Result<value::Value> (*make)(Type, const void*), const void* raw) {
  return guard(err, [&]() -> Outcome {
    THING_TRY(need(o, "o"));
    THING_TRY(check_field(o->handle, field));
    const schema::Field& f = o->model().fields[static_cast<size_t>(field)];
    auto v = make(f.type, raw);
    if (!v) {
      if (v.error().detail() == nullptr) return base::fail(std::move(v.error()));
      return base::fail(base::Error(v.error().code(), fmt::format("'{}': {}", f.name, v.error().message())).model(o->model().name).field(f.name));
    }
    THING_TRY(o->set(static_cast<uint32_t>(field), std::move(*v)));
    return THING_OK;
  });
}

thing_status thing_obj_set_null(thing_obj* o, int32_t field, thing_error** err) {
  return set_value(o, field, err, [](Type, const void*) -> base::Result<value::Value> { return value::Value(); }, nullptr);
}

thing_status thing_obj_set_int64(thing_obj* o, int32_t field, int64_t v, thing_error** err) {
  return set_value(o, field, err, [](Type t, const void* p) { return value::from_int64(t, *static_cast<const int64_t*>(p)); }, &v);
}

thing_status thing_obj_set_double(thing_obj* o, int32_t field, double v, thing_error** err) {
  return set_value(o, field, err, [](Type t, const void* p) { return value::from_double(t, *static_cast<const double*>(p)); }, &v);
}

static base::Result<value::Value> value_from_text(Type type, const void* p) {
  const auto& text = *static_cast<const std::string_view*>(p);
  auto v = value::from_text(type, text);
  if (v && type == Type::kJson && !text::is_json(text)) return base::fail(Code::kSyntax, "found {}, expected JSON", base::quoted(text));
  return v;
}

thing_status thing_obj_set_text(thing_obj* o, int32_t field, const char* p, int64_t len, thing_error** err) {
  std::string_view text;
  const thing_status checked = guard(err, [&]() -> Outcome {
    THING_ASSIGN(text, bytes_of(p, len, "value"));
    return THING_OK;
  });
  if (checked != THING_OK) return checked;
  return set_value(o, field, err, value_from_text, &text);
}

bool thing_obj_dirty(const thing_obj* o, int32_t field) {
  if (o == nullptr) return false;
  return field == -1 ? o->is_dirty() : field >= 0 && o->is_dirty(static_cast<uint32_t>(field));
}

void thing_obj_revert(thing_obj* o, int32_t field) {
  if (o == nullptr) return;
  if (field == -1) {
    o->revert_all();
  } else if (field >= 0) {
    o->revert(static_cast<uint32_t>(field));
  }
}

thing_status thing_obj_sync(thing_obj* o, thing_error** err) {
  return guard(err, [&]() -> Outcome {
    THING_TRY(need(o, "o"));
    THING_ASSIGN(value::BatchRef row, o->pack());
    o->accept(std::move(row), {});
    return THING_OK;
  });
}

bool thing_obj_was_changed(const thing_obj* o, int32_t field) {
  if (o == nullptr) return false;
  for (const entity::SavedChange& c : o->saved_changes()) {
    if (field == -1 || c.field == static_cast<uint32_t>(field)) return true;
  }
  return false;
}

// ---- documents

template <class Print>
static thing_status print_to_buf(const void* handle, thing_buf** out, thing_error** err, Print print) {
  return guard(err, [&]() -> Outcome {
    THING_TRY(need(handle, "o"));
    THING_TRY(need(out, "out"));
    *out = nullptr;
    entity::Output text(0);
    print(text);
    *out = make_buf(text);
    return THING_OK;
  });
}

thing_status thing_obj_changes_json(const thing_obj* o, thing_buf** out, thing_error** err) {
  return print_to_buf(o, out, err, [o](entity::Output& text) { o->handle->printer.print_changes(text, *o); });
}

thing_status thing_obj_saved_changes_json(const thing_obj* o, thing_buf** out, thing_error** err) {
  return print_to_buf(o, out, err, [o](entity::Output& text) { o->handle->printer.print_saved_changes(text, *o); });
}

thing_status thing_obj_json(const thing_obj* o, int32_t flags, thing_buf** out, thing_error** err) {
  const thing_status checked = guard(err, [&]() -> Outcome {
    THING_TRY(check_flags(flags, THING_JSON_HIDDEN | THING_JSON_CHANGED, "flags"));
    return THING_OK;
  });
  if (checked != THING_OK) return checked;
  const entity::PrintOptions options{.hidden = (flags & THING_JSON_HIDDEN) != 0, .changed_only = (flags & THING_JSON_CHANGED) != 0};
  return print_to_buf(o, out, err, [&](entity::Output& text) { o->handle->printer.print(text, *o, options); });
}

thing_status thing_obj_assign_json(thing_obj* o, const char* json, int64_t len, thing_error** err) {
  return guard(err, [&]() -> Outcome {
    THING_TRY(need(o, "o"));
    THING_ASSIGN(const std::string_view text, text_of(json, len, "json"));
    THING_TRY(entity::assign_json(*o, text, entity::Fill::kForce, false));
    return THING_OK;
  });
}

thing_status thing_obj_fill_json(thing_obj* o, const char* json, int64_t len, int32_t flags, thing_error** err) {
  return guard(err, [&]() -> Outcome {
    THING_TRY(need(o, "o"));
    THING_TRY(check_flags(flags, THING_FILL_STRICT | THING_FILL_IF_ABSENT, "flags"));
    THING_ASSIGN(const std::string_view text, text_of(json, len, "json"));
    const entity::Fill fill = (flags & THING_FILL_STRICT) != 0 ? entity::Fill::kStrict : entity::Fill::kGuarded;
    THING_TRY(entity::assign_json(*o, text, fill, (flags & THING_FILL_IF_ABSENT) != 0));
    return THING_OK;
  });
}

thing_status thing_obj_pack(const thing_obj* o, thing_buf** out, thing_error** err) {
  return guard(err, [&]() -> Outcome {
    THING_TRY(need(o, "o"));
    THING_TRY(need(out, "out"));
    *out = nullptr;
    THING_ASSIGN(const value::BatchRef row, o->pack());
    *out = make_buf(std::string(reinterpret_cast<const char*>(row->bytes()), row->size()));
    return THING_OK;
  });
}

thing_status thing_obj_assign_packed(thing_obj* o, const uint8_t* packed, int64_t len, thing_error** err) {
  return guard(err, [&]() -> Outcome {
    THING_TRY(need(o, "o"));
    THING_ASSIGN(const value::BatchRef batch, check_batch(o->model().layout, packed, len));
    if (batch->rows() != 1) return base::fail(Code::kInvalid, "packed batch: found {} rows, expected 1", batch->rows());
    THING_TRY(entity::assign_row(*o, batch->row(0)));
    return THING_OK;
  });
}

thing_status thing_obj_validate(const thing_obj* o, thing_error** err) {
  return guard(err, [&]() -> Outcome {
    THING_TRY(need(o, "o"));
    THING_TRY(entity::validate(*o));
    return THING_OK;
  });
}
