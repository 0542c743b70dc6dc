// Section 7 of thing.h: objects as JSON and as packed rows.
#include "capi/arguments.h"
#include "capi/buffer.h"
#include "capi/guard.h"
#include "capi/handles.h"
#include "entity/document.h"
#include "entity/selection.h"
#include "relation/choice.h"
#include "relation/lazy.h"

using namespace thing;
using namespace thing::capi;

namespace {

// A buffer that print(output, printer) fills.
template <class Print>
thing_status print(const thing_obj* o, thing_buf** out, thing_error** err, Print print_to) {
  return guard(err, [&]() -> base::Status {
    THING_TRY(clear(out));
    THING_TRY(check_pointer(o, "o"));
    settle(o);
    BufferOutput buffer(o->handle->printer.usual_size());
    print_to(buffer.output(), o->handle->printer);
    *out = buffer.release();
    return {};
  });
}

// What is loaded of the object's relations, and is of the key that it has now.
template <class Body>
void each_current(const thing_obj& o, Body body) {
  for (const ObjectRelations::Loaded& loaded : o.relations.rows()) {
    if (loaded.key == relation::key_of(o, *loaded.related.link)) body(loaded.related);
  }
}

// The same behind its fields.
void print_relations(entity::Output& out, const thing_obj& o, bool hidden) {
  out.unput();
  const size_t at = out.text().size();
  each_current(o, [&](const relation::Related& related) {
    relation::print_related(out, {&related, 1}, 0, printer_of, hidden);
  });
  relation::print_numbers(out, o.relations.numbers(o));
  const bool is_empty = out.text().size() == at;
  out.put('}');
  // Behind no field there is no comma.
  if (!is_empty && out.text()[at - 1] == '{') out.erase(at);
}

base::Result<value::BatchRef> one_row_of(const schema::Model& model, const uint8_t* packed,
                                         int64_t len) {
  THING_ASSIGN(value::BatchRef batch, batch_of(model.layout, packed, len));
  if (batch->rows() != 1)
    return fail(Code::kInvalid, "'packed': found {} rows, expected 1", batch->rows());
  return batch;
}

thing_status assign(thing_obj* o, const char* json, int64_t len, entity::Fill fill, bool if_absent,
                    thing_error** err) {
  return guard(err, [&]() -> base::Status {
    THING_TRY(check_pointer(o, "o"));
    settle(o);
    THING_ASSIGN(const std::string_view text,
                 bytes_of(json, len, "json"));  // the parser checks UTF-8
    return entity::assign_json(*o, text, fill, if_absent);
  });
}

}  // namespace

thing_status thing_obj_changes_json(const thing_obj* o, thing_buf** out, thing_error** err) {
  return print(o, out, err,
               [o](entity::Output& to, const entity::RowPrinter& p) { p.print_changes(to, *o); });
}

thing_status thing_obj_saved_changes_json(const thing_obj* o, thing_buf** out, thing_error** err) {
  return print(o, out, err, [o](entity::Output& to, const entity::RowPrinter& p) {
    p.print_saved_changes(to, *o);
  });
}

thing_status thing_obj_json(const thing_obj* o, int32_t flags, thing_buf** out, thing_error** err) {
  constexpr int32_t kAllowed = THING_JSON_HIDDEN | THING_JSON_CHANGED;
  if ((flags & ~kAllowed) != 0) {
    if (out != nullptr) *out = nullptr;
    return guard(err, [flags] { return check_flags(flags, kAllowed, "flags"); });
  }
  const entity::PrintOptions options{.hidden = (flags & THING_JSON_HIDDEN) != 0,
                                     .changed_only = (flags & THING_JSON_CHANGED) != 0};
  return print(o, out, err, [&](entity::Output& to, const entity::RowPrinter& p) {
    p.print(to, *o, options);
    if (!options.changed_only) print_relations(to, *o, options.hidden);
  });
}

thing_status thing_obj_json_fields(const thing_obj* o, const char* fields, int64_t len,
                                   int32_t flags, thing_buf** out, thing_error** err) {
  return guard(err, [&]() -> base::Status {
    THING_TRY(clear(out));
    THING_TRY(check_pointer(o, "o"));
    settle(o);
    THING_TRY(check_flags(flags, THING_JSON_HIDDEN, "flags"));
    THING_ASSIGN(const std::string_view text, text_of(fields, len, "fields"));
    THING_ASSIGN(entity::Selection parsed, entity::Selection::parse(text));
    const auto selection = std::make_shared<const entity::Selection>(std::move(parsed));
    std::vector<const relation::Related*> related;
    each_current(*o, [&related](const relation::Related& r) { related.push_back(&r); });
    BufferOutput buffer(o->handle->printer.usual_size());
    relation::ChoicePrinter printer(printer_of, flags != 0);
    THING_TRY(printer.print(buffer.output(), *o, related, o->relations.numbers(*o), selection));
    *out = buffer.release();
    return {};
  });
}

thing_status thing_obj_assign_json(thing_obj* o, const char* json, int64_t len, thing_error** err) {
  return assign(o, json, len, entity::Fill::kForce, false, err);
}

thing_status thing_obj_fill_json(thing_obj* o, const char* json, int64_t len, int32_t flags,
                                 thing_error** err) {
  constexpr int32_t kAllowed = THING_FILL_STRICT | THING_FILL_IF_ABSENT;
  if ((flags & ~kAllowed) != 0)
    return guard(err, [flags] { return check_flags(flags, kAllowed, "flags"); });
  const bool strict = (flags & THING_FILL_STRICT) != 0;
  return assign(o, json, len, strict ? entity::Fill::kStrict : entity::Fill::kGuarded,
                (flags & THING_FILL_IF_ABSENT) != 0, err);
}

thing_status thing_obj_pack(const thing_obj* o, thing_buf** out, thing_error** err) {
  return guard(err, [&]() -> base::Status {
    THING_TRY(clear(out));
    THING_TRY(check_pointer(o, "o"));
    settle(o);
    if (const std::string_view bytes = o->packed(); !bytes.empty()) {
      *out = make_buffer(bytes);
      return {};
    }
    THING_ASSIGN(const value::BatchRef row, o->pack());
    *out = make_buffer({reinterpret_cast<const char*>(row->bytes()), row->size()});
    return {};
  });
}

thing_status thing_obj_unpack(const thing_model* m, const uint8_t* packed, int64_t len,
                              thing_obj** out, thing_error** err) {
  return guard(err, [&]() -> base::Status {
    THING_TRY(clear(out));
    THING_TRY(check_pointer(m, "m"));
    const schema::Model& model = *m->model;
    THING_ASSIGN(value::BatchRef batch, one_row_of(model, packed, len));
    const value::RowView row = batch->row(0);
    for (const uint32_t key : model.primary) {
      if (row.has(key)) continue;
      const std::string& name = model.fields[key].name;
      const std::string message = fmt::format("'packed': found a row without '{}'", name);
      return fail(base::Error(Code::kInvalid, message).model(model.name).field(name));
    }
    OwnedObject object(thing_obj::make(m));
    object->attach(row, std::move(batch), false);
    m->db->hold();
    *out = object.release();
    return {};
  });
}

thing_status thing_obj_assign_packed(thing_obj* o, const uint8_t* packed, int64_t len,
                                     thing_error** err) {
  return guard(err, [&]() -> base::Status {
    THING_TRY(check_pointer(o, "o"));
    settle(o);
    THING_ASSIGN(const value::BatchRef batch, one_row_of(o->model(), packed, len));
    return entity::assign_row(*o, batch->row(0));
  });
}
