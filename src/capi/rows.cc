// Section 10 of thing.h: result sets.
#include <algorithm>
#include <new>
#include <optional>

#include "capi/arguments.h"
#include "capi/buffer.h"
#include "capi/caller.h"
#include "entity/selection.h"
#include "query/criteria.h"
#include "relation/choice.h"

using namespace thing;
using namespace thing::capi;

namespace {

uint32_t count(const thing_rows* r) { return r->set.rows->rows(); }

void print_all(entity::Output& out, const thing_rows* r, const entity::RowPrinter& printer,
               bool hidden) {
  out.put('[');
  for (uint32_t i = 0; i < count(r); ++i) {
    if (i > 0) out.put(',');
    if (r->tree.related.empty() && r->tree.numbers.empty()) {
      printer.print(out, r->set.rows->row(i), hidden);
    } else {
      relation::print_row(out, r->tree, i, printer_of, hidden);
    }
  }
  out.put(']');
}

// The token of the page after the last row.
base::Result<std::string> next_token(const thing_rows* r) {
  const schema::Model& model = *r->handle->model;
  THING_TRY(query::check_place(model, r->set.order));
  const value::RowView last = r->set.rows->row(count(r) - 1);
  for (const query::Order& by : r->set.order) {
    if (!last.is_absent(by.field)) continue;
    const std::string& name = model.fields[by.field].name;
    const std::string message = fmt::format(
        "found no '{}' in the rows, expected the fields they are ordered by to be selected", name);
    return fail(base::Error(Code::kUnsupported, message).model(model.name).field(name));
  }
  return query::print_token(model, r->set.order,
                            query::row_keyset(model, r->set.order, last, false));
}

}  // namespace

int64_t thing_rows_count(const thing_rows* r) { return r == nullptr ? 0 : count(r); }

const thing_model* thing_rows_model(const thing_rows* r) {
  return r == nullptr ? nullptr : r->handle;
}

const int64_t* thing_rows_ids(const thing_rows* r) {
  if (r == nullptr || r->handle == nullptr || r->handle->model->id < 0) return nullptr;
  const auto id = static_cast<uint32_t>(r->handle->model->id);
  if (count(r) > 0 && r->set.rows->row(0).is_absent(id)) return nullptr;
  int64_t* known = r->ids.load(std::memory_order_acquire);
  if (known != nullptr) return known;
  auto* const made = new (std::nothrow) int64_t[std::max<uint32_t>(count(r), 1)];
  if (made == nullptr) return nullptr;
  for (uint32_t i = 0; i < count(r); ++i) made[i] = r->set.rows->row(i).int64(id);
  if (r->ids.compare_exchange_strong(known, made, std::memory_order_acq_rel)) return made;
  delete[] made;  // another thread was faster
  return known;
}

thing_obj* thing_rows_obj(const thing_rows* r, int64_t i) {
  if (r == nullptr || r->handle == nullptr || i < 0 || i >= count(r)) return nullptr;
  return value_or<thing_obj*>(nullptr, [&] {
    OwnedObject object = row_object(r->handle, r->tree, static_cast<uint32_t>(i));
    r->db->hold();
    if (r->hooks && r->db->is_open()) run_load_hooks(store::Call(), *object);
    return object.release();
  });
}

const uint8_t* thing_rows_packed(const thing_rows* r, int64_t* out_len) {
  if (out_len == nullptr) return nullptr;
  *out_len = r == nullptr ? 0 : static_cast<int64_t>(r->set.rows->size());
  return r == nullptr ? nullptr : r->set.rows->bytes();
}

thing_status thing_rows_json(const thing_rows* r, int32_t flags, thing_buf** out,
                             thing_error** err) {
  return guard(err, [&]() -> base::Status {
    THING_TRY(clear(out));
    THING_TRY(check_pointer(r, "r"));
    THING_TRY(check_flags(flags, THING_JSON_HIDDEN, "flags"));
    std::optional<entity::RowPrinter> raw;
    if (r->handle == nullptr) raw.emplace(*r->set.raw);
    const entity::RowPrinter& printer = raw.has_value() ? *raw : r->handle->printer;
    BufferOutput buffer(2 + r->set.rows->header().heap_length + count(r) * printer.usual_size());
    print_all(buffer.output(), r, printer, (flags & THING_JSON_HIDDEN) != 0);
    *out = buffer.release();
    return {};
  });
}

thing_status thing_rows_json_fields(const thing_rows* r, const char* fields, int64_t len,
                                    int32_t flags, thing_buf** out, thing_error** err) {
  return guard(err, [&]() -> base::Status {
    THING_TRY(clear(out));
    THING_TRY(check_pointer(r, "r"));
    THING_TRY(check_flags(flags, THING_JSON_HIDDEN, "flags"));
    THING_ASSIGN(const std::string_view text, text_of(fields, len, "fields"));
    THING_ASSIGN(entity::Selection parsed, entity::Selection::parse(text));
    const auto selection = std::make_shared<const entity::Selection>(std::move(parsed));
    const bool hidden = flags != 0;
    relation::ChoicePrinter printer(printer_of, hidden);
    std::optional<entity::Selected> raw;
    if (r->handle == nullptr) {
      THING_ASSIGN(raw, entity::Selected::resolve(*r->set.raw, selection, hidden));
    }
    BufferOutput buffer(2 + r->set.rows->header().heap_length);
    entity::Output& to = buffer.output();
    to.put('[');
    for (uint32_t i = 0; i < count(r); ++i) {
      if (i > 0) to.put(',');
      THING_TRY(raw.has_value() ? raw->print(to, r->set.rows->row(i), nullptr)
                                : printer.print(to, r->tree, i, selection));
    }
    to.put(']');
    *out = buffer.release();
    return {};
  });
}

thing_status thing_rows_next(const thing_rows* r, thing_buf** out, thing_error** err) {
  return guard(err, [&]() -> Outcome {
    THING_TRY(clear(out));
    THING_TRY(check_pointer(r, "r"));
    const bool is_last = r->set.take.has_value() && count(r) < *r->set.take;
    if (count(r) == 0 || is_last) return THING_DONE;
    if (r->handle == nullptr || r->set.order.empty()) {
      return fail(Code::kUnsupported,
                  "found rows of raw SQL, of keys or of a distinct query, expected those of a "
                  "query with an order");
    }
    THING_ASSIGN(const std::string token, next_token(r));
    *out = make_buffer(token);
    return THING_OK;
  });
}

void thing_rows_free(thing_rows* r) {
  if (r == nullptr) return;
  thing_db* const db = r->db;
  delete r;
  db->release();
}
