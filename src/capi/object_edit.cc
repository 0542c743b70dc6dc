// Section 7 of thing.h: objects made from objects, and edits of documents in them.
#include <algorithm>

#include "capi/arguments.h"
#include "capi/guard.h"
#include "capi/handles.h"
#include "entity/document.h"
#include "text/json_edit.h"

using namespace thing;
using namespace thing::capi;

namespace {

// What an edit of the field begins with.
base::Result<std::string> document_of(const thing_obj* o, uint32_t field) {
  const schema::Field& f = o->model().fields[field];
  const auto about = [&](Code code, std::string_view problem) {
    return fail(base::Error(code, fmt::format("'{}': {}", f.name, problem))
                    .model(o->model().name)
                    .field(f.name));
  };
  if (f.type != value::Type::kJson)
    return about(Code::kType,
                 fmt::format("found {}, expected a json field", value::type_name(f.type)));
  THING_TRY(o->check_selected({&field, 1}));
  const auto v = o->get(field);
  if (v.has_value() && !v->is_null()) return std::string(v->bytes);
  const bool has_default = f.initial.kind == schema::DefaultKind::kLiteral && !v.has_value();
  if (has_default && !f.initial.literal.is_null())
    return std::string(f.initial.literal.view().bytes);
  return std::string("{}");
}

// Sets the field to edit(document).
template <class Edit>
thing_status edit_document(thing_obj* o, int32_t field, thing_error** err, Edit edit) {
  return guard(err, [&]() -> base::Status {
    THING_TRY(check_pointer(o, "o"));
    settle(o);
    THING_ASSIGN(const uint32_t f, field_of(o->handle, field));
    THING_ASSIGN(const std::string document, document_of(o, f));
    base::Result<std::string> edited = edit(document);
    if (!edited)
      return fail(entity::about(std::move(edited.error()), o->model(), o->model().fields[f]));
    THING_ASSIGN(value::Value v, value_from_text(value::Type::kJson, *edited));
    return o->set(f, std::move(v));
  });
}

bool is_managed(const schema::Model& m, uint32_t field) {
  const auto f = static_cast<int>(field);
  return f == m.created || f == m.updated || f == m.deleted || f == m.version;
}

}  // namespace

thing_status thing_obj_json_set(thing_obj* o, int32_t field, const char* path, int64_t path_len,
                                const char* json, int64_t len, thing_error** err) {
  return edit_document(o, field, err, [&](std::string_view document) -> base::Result<std::string> {
    THING_ASSIGN(const std::string_view at, text_of(path, path_len, "path"));
    THING_ASSIGN(const std::string_view value, bytes_of(json, len, "json"));
    return text::set_json(document, at, value);
  });
}

thing_status thing_obj_json_remove(thing_obj* o, int32_t field, const char* path, int64_t path_len,
                                   thing_error** err) {
  return edit_document(o, field, err, [&](std::string_view document) -> base::Result<std::string> {
    THING_ASSIGN(const std::string_view at, text_of(path, path_len, "path"));
    return text::remove_json(document, at);
  });
}

thing_status thing_obj_json_merge(thing_obj* o, int32_t field, const char* json, int64_t len,
                                  thing_error** err) {
  return edit_document(o, field, err, [&](std::string_view document) -> base::Result<std::string> {
    THING_ASSIGN(const std::string_view patch, bytes_of(json, len, "json"));
    return text::merge_json(document, patch);
  });
}

thing_status thing_obj_replicate(const thing_obj* o, const int32_t* except, int32_t n,
                                 thing_obj** out, thing_error** err) {
  return guard(err, [&]() -> base::Status {
    THING_TRY(clear(out));
    THING_TRY(check_pointer(o, "o"));
    settle(o);
    THING_ASSIGN(const std::vector<uint32_t> left_out, fields_of(o->handle, except, n, "except"));
    OwnedObject copy(thing_obj::make(o->handle));
    const schema::Model& m = o->model();
    std::vector<uint32_t> copied;
    for (uint32_t f = 0; f < m.columns(); ++f) {
      const bool is_left_out = std::find(left_out.begin(), left_out.end(), f) != left_out.end();
      if (!m.is_key(f) && !is_managed(m, f) && !is_left_out) copied.push_back(f);
    }
    THING_TRY(o->check_selected(copied));
    std::vector<std::pair<uint32_t, value::Value>> values;
    for (const uint32_t f : copied) {
      if (const auto v = o->get(f); v.has_value()) values.emplace_back(f, value::Value(*v));
    }
    THING_TRY(copy->set_all(std::move(values)));
    o->handle->db->hold();
    *out = copy.release();
    return {};
  });
}

bool thing_obj_same(const thing_obj* a, const thing_obj* b) {
  if (a == nullptr || b == nullptr || a->handle != b->handle) return false;
  settle_if_possible(a);
  settle_if_possible(b);
  const auto key_of = [](const entity::Object& o, uint32_t f) {
    return o.is_new() ? o.get(f) : o.original(f);
  };
  const std::vector<uint32_t>& key = a->model().primary;
  return std::all_of(key.begin(), key.end(), [&](uint32_t f) {
    const auto x = key_of(*a, f), y = key_of(*b, f);
    return x.has_value() && y.has_value() && !x->is_null() && value::equal(*x, *y);
  });
}
