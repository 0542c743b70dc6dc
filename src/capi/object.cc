// Section 7 of thing.h: objects, field by field.
#include "capi/arguments.h"
#include "capi/guard.h"
#include "capi/handles.h"
#include "entity/document.h"
#include "entity/validate.h"

using namespace thing;
using namespace thing::capi;
using value::Type;

namespace {

bool has_field(const thing_obj* o, int32_t field) {
  if (o != nullptr && o->has_past()) settle_if_possible(o);  // mostly no call
  return o != nullptr && field >= 0 && field < static_cast<int32_t>(o->model().columns());
}

std::optional<value::ValueView> value_of(const thing_obj* o, int32_t field) {
  if (!has_field(o, field)) return std::nullopt;
  return o->get(static_cast<uint32_t>(field));
}

// The nearest integer to zero; beyond the integers, the last one.
int64_t truncate(double v) {
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  if (v >= kLimit) return INT64_MAX;
  return v < -kLimit ? INT64_MIN : static_cast<int64_t>(v);
}

// Sets what make(type) gives.
template <class Make>
thing_status set(thing_obj* o, int32_t field, thing_error** err, Make make) {
  return guard(err, [&]() -> base::Status {
    THING_TRY(check_pointer(o, "o"));
    settle(o);
    THING_ASSIGN(const uint32_t f, field_of(o->handle, field));
    const schema::Field& of = o->model().fields[f];
    base::Result<value::Value> v = make(of.type);
    if (v) return o->set(f, std::move(*v));
    return fail(entity::about(std::move(v.error()), o->model(), of));
  });
}

}  // namespace

thing_obj* thing_obj_new(const thing_model* m) {
  if (m == nullptr) return nullptr;
  return value_or<thing_obj*>(nullptr, [m] {
    thing_obj* const o = thing_obj::make(m);
    m->db->hold();
    return o;
  });
}

thing_obj* thing_obj_clone(const thing_obj* o) {
  if (o == nullptr) return nullptr;
  return value_or<thing_obj*>(nullptr, [o] {
    settle(o);
    OwnedObject copy(thing_obj::make(o->handle));
    copy->copy_from(*o);
    copy->relations.copy_from(o->relations);
    o->handle->db->hold();
    return copy.release();
  });
}

void thing_obj_free(thing_obj* o) {
  if (o == nullptr || o->borrowed) return;
  thing_obj::release(o);
}

const thing_model* thing_obj_model(const thing_obj* o) {
  return o == nullptr ? nullptr : o->handle;
}

int64_t thing_obj_id(const thing_obj* o) {
  return o == nullptr ? 0 : thing_obj_int64(o, o->model().id);
}

int32_t thing_obj_state(const thing_obj* o) {
  if (o == nullptr) return 0;
  settle_if_possible(o);
  return (o->is_new() ? THING_OBJ_NEW : 0) | (o->is_dirty() ? THING_OBJ_DIRTY : 0) |
         (o->is_deleted() ? THING_OBJ_DELETED : 0) | (o->is_partial() ? THING_OBJ_PARTIAL : 0) |
         (o->is_from_cache() ? THING_OBJ_FROM_CACHE : 0);
}

int32_t thing_obj_field_state(const thing_obj* o, int32_t field) {
  const auto v = value_of(o, field);
  if (!v.has_value()) return THING_STATE_MISSING;
  const int32_t dirty = o->is_dirty(static_cast<uint32_t>(field)) ? THING_STATE_DIRTY : 0;
  return (v->is_null() ? THING_STATE_NULL : THING_STATE_SET) | dirty;
}

int64_t thing_obj_int64(const thing_obj* o, int32_t field) {
  const auto v = value_of(o, field);
  if (!v.has_value()) return 0;
  if (value::is_int_slot(v->type)) return v->integer;
  return value::is_float_slot(v->type) ? truncate(v->real) : 0;
}

double thing_obj_double(const thing_obj* o, int32_t field) {
  const auto v = value_of(o, field);
  if (!v.has_value()) return 0;
  if (value::is_float_slot(v->type)) return v->real;
  return v->type == Type::kInt ? static_cast<double>(v->integer) : 0;
}

thing_status thing_obj_text(const thing_obj* o, int32_t field, const char** out, int64_t* out_len) {
  if (out != nullptr) *out = nullptr;
  if (out_len != nullptr) *out_len = 0;
  if (out == nullptr || out_len == nullptr || !has_field(o, field)) return THING_E_INVALID;
  if (!value::is_heap_slot(o->model().fields[static_cast<size_t>(field)].type)) return THING_E_TYPE;
  const auto v = value_of(o, field);
  if (!v.has_value()) return THING_MISSING;
  if (v->is_null()) return THING_NULL;
  *out = v->bytes.data();
  *out_len = static_cast<int64_t>(v->bytes.size());
  return THING_OK;
}

const thing_obj* thing_obj_original(thing_obj* o) {
  settle_if_possible(o);
  if (o == nullptr || o->is_new()) return nullptr;
  return value_or<const thing_obj*>(nullptr, [o] {
    if (o->original == nullptr) {
      o->original = thing_obj::make(o->handle);
      o->original->borrowed = true;
    }
    // A row without an owner lies behind o, and lives as long.
    o->original->attach(o->row(), o->owner(), o->is_from_cache());
    return o->original;
  });
}

thing_status thing_obj_set_null(thing_obj* o, int32_t field, thing_error** err) {
  return set(o, field, err, [](Type) -> base::Result<value::Value> { return value::Value(); });
}

thing_status thing_obj_set_int64(thing_obj* o, int32_t field, int64_t v, thing_error** err) {
  return set(o, field, err, [v](Type type) { return value::from_int64(type, v); });
}

thing_status thing_obj_set_double(thing_obj* o, int32_t field, double v, thing_error** err) {
  return set(o, field, err, [v](Type type) { return value::from_double(type, v); });
}

thing_status thing_obj_set_text(thing_obj* o, int32_t field, const char* p, int64_t len,
                                thing_error** err) {
  return set(o, field, err, [&](Type type) -> base::Result<value::Value> {
    THING_ASSIGN(const std::string_view bytes, bytes_of(p, len, "value"));
    return value_from_text(type, bytes);
  });
}

bool thing_obj_dirty(const thing_obj* o, int32_t field) {
  settle_if_possible(o);
  if (field == -1) return o != nullptr && o->is_dirty();
  return has_field(o, field) && o->is_dirty(static_cast<uint32_t>(field));
}

void thing_obj_revert(thing_obj* o, int32_t field) {
  settle_if_possible(o);
  if (o != nullptr && field == -1) o->revert_all();
  if (has_field(o, field)) o->revert(static_cast<uint32_t>(field));
}

thing_status thing_obj_sync(thing_obj* o, thing_error** err) {
  return guard(err, [o]() -> base::Status {
    THING_TRY(check_pointer(o, "o"));
    settle(o);
    return o->sync();
  });
}

bool thing_obj_was_changed(const thing_obj* o, int32_t field) {
  if (o == nullptr) return false;
  settle_if_possible(o);
  const std::vector<uint32_t>& fields = o->saved().fields;
  if (field == -1) return !fields.empty();
  return field >= 0 &&
         std::binary_search(fields.begin(), fields.end(), static_cast<uint32_t>(field));
}

thing_status thing_obj_require(const thing_obj* o, const int32_t* fields, int32_t n,
                               thing_error** err) {
  return guard(err, [&]() -> base::Status {
    THING_TRY(check_pointer(o, "o"));
    settle(o);
    if (n == 0) return o->require_whole();
    THING_ASSIGN(const std::vector<uint32_t> named, fields_of(o->handle, fields, n, "fields"));
    return o->require(named);
  });
}

thing_status thing_obj_validate(const thing_obj* o, thing_error** err) {
  return guard(err, [o]() -> base::Status {
    THING_TRY(check_pointer(o, "o"));
    settle(o);
    return entity::validate(*o);
  });
}
