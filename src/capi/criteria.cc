// Section 9 of thing.h: criteria.
#include "query/criteria.h"

#include "capi/arguments.h"
#include "capi/buffer.h"
#include "capi/guard.h"
#include "capi/handles.h"
#include "schema/field_value.h"
#include "text/json.h"
#include "value/list.h"

using namespace thing;
using namespace thing::capi;
using query::NodeKind;
using query::Op;

namespace {

struct Operator {
  Op op = Op::kEq;
  bool insensitive = false;
};

base::Result<Operator> operator_of(int32_t found) {
  const int32_t op = found & ~THING_OP_INSENSITIVE;
  if (op < THING_OP_EQ || op > THING_OP_HAS_SOME) {
    return fail(Code::kInvalid,
                "'op': found {}, expected THING_OP_EQ to THING_OP_HAS_SOME, with or without "
                "THING_OP_INSENSITIVE",
                found);
  }
  if (op >= THING_OP_HAS) {
    constexpr Op kOfLists[] = {Op::kHas, Op::kHasEvery, Op::kHasSome};
    return Operator{kOfLists[op - THING_OP_HAS], op != found};
  }
  return Operator{static_cast<Op>(op - THING_OP_EQ), op != found};
}

base::Error of_field(base::Error&& error, const schema::Model& model, const schema::Field& field) {
  if (error.detail() == nullptr) return std::move(error);
  const std::string message = fmt::format("'{}': {}", field.name, error.message());
  return base::Error(error.code(), message).model(model.name).field(field.name);
}

// What make(type) gives for the field, as the operator takes it.
template <class Make>
base::Result<value::Value> value_for(const schema::Model& model, uint32_t field, Op op, Make make) {
  const schema::Field& f = model.fields[field];
  base::Result<value::Value> v = make(op == Op::kHas ? value::element_of(f.type) : f.type);
  if (!v) return fail(of_field(std::move(v.error()), model, f));
  return op == Op::kHas ? value::list_of_one(*v) : std::move(v);
}

// A field of the model that conditions are of now.
base::Result<uint32_t> condition_field(const query::Criteria& criteria, int32_t field) {
  return field_of(handle_of(criteria.group_model()), field);
}

// Changes a criteria.
template <class Body>
thing_status change(thing_criteria* q, thing_error** err, Body body) {
  return guard(err, [&]() -> Outcome {
    THING_TRY(check_pointer(q, "q"));
    return outcome_of(body(q->criteria));
  });
}

// Adds a comparison with what make(type) gives; its slot.
template <class Make>
thing_status compare(thing_criteria* q, int32_t field, int32_t op, thing_error** err, Make make) {
  return change(q, err, [&](query::Criteria& criteria) -> Outcome {
    THING_ASSIGN(const uint32_t f, condition_field(criteria, field));
    THING_ASSIGN(const Operator how, operator_of(op));
    THING_TRY(criteria.check_op(f, how.op, how.insensitive));
    THING_ASSIGN(value::Value v, value_for(criteria.group_model(), f, how.op, make));
    return criteria.compare(f, how.op, how.insensitive, std::move(v));
  });
}

template <class Make>
thing_status rebind(thing_criteria* q, int32_t slot, thing_error** err, Make make) {
  return change(q, err, [&](query::Criteria& criteria) -> base::Status {
    const query::ParamPlace place = slot < 0 ? query::ParamPlace{}
                                             : query::find_param(criteria.model(), criteria.where(),
                                                                 static_cast<uint32_t>(slot));
    if (place.node == nullptr)
      return fail(Code::kInvalid, "'slot': found {}, expected one that a condition returned", slot);
    THING_ASSIGN(value::Value v, value_for(*place.model, place.node->field, place.node->op, make));
    return criteria.rebind(slot, std::move(v));
  });
}

base::Result<std::vector<value::Value>> values_of(const schema::Model& model, uint32_t field,
                                                  std::string_view array_json) {
  THING_ASSIGN(const text::Json json, text::Json::parse(array_json));
  const schema::Field& f = model.fields[field];
  if (!json.root().is(text::JsonKind::kArray)) {
    return fail(Code::kType, "'array_json': found {}, expected an array",
                text::kind_name(json.root().kind));
  }
  std::vector<value::Value> values;
  for (const text::JsonNode* n = json.root().first; n != nullptr; n = n->next) {
    auto v = schema::value_from_json(f, *n, json);
    if (!v) return fail(of_field(std::move(v.error()), model, f));
    values.push_back(std::move(*v));
  }
  return values;
}

thing_criteria* make(const thing_model* m, query::Criteria&& criteria) {
  auto* const q = new thing_criteria{m, std::move(criteria)};
  m->db->hold();
  return q;
}

// Makes of a text what from_text() does.
auto text_maker(const char* p, int64_t len) {
  return [p, len](value::Type type) -> base::Result<value::Value> {
    THING_ASSIGN(const std::string_view bytes, bytes_of(p, len, "value"));
    return value_from_text(type, bytes);
  };
}

}  // namespace

thing_criteria* thing_criteria_new(const thing_model* m) {
  if (m == nullptr) return nullptr;
  return value_or<thing_criteria*>(nullptr, [m] { return make(m, query::Criteria(*m->model)); });
}

thing_status thing_criteria_parse(const thing_model* m, const char* json, int64_t len,
                                  thing_criteria** out, thing_error** err) {
  return guard(err, [&]() -> base::Status {
    THING_TRY(clear(out));
    THING_TRY(check_pointer(m, "m"));
    THING_ASSIGN(const std::string_view text, bytes_of(json, len, "json"));
    THING_ASSIGN(query::Criteria criteria, query::parse_criteria(*m->model, text));
    *out = make(m, std::move(criteria));
    return {};
  });
}

thing_criteria* thing_criteria_clone(const thing_criteria* q) {
  if (q == nullptr) return nullptr;
  return value_or<thing_criteria*>(nullptr,
                                   [q] { return make(q->handle, query::Criteria(q->criteria)); });
}

void thing_criteria_free(thing_criteria* q) {
  if (q == nullptr) return;
  thing_db* const db = q->handle->db;
  delete q;
  db->release();
}

int32_t thing_criteria_int64(thing_criteria* q, int32_t field, int32_t op, int64_t v,
                             thing_error** err) {
  return compare(q, field, op, err, [v](value::Type type) { return value::from_int64(type, v); });
}

int32_t thing_criteria_double(thing_criteria* q, int32_t field, int32_t op, double v,
                              thing_error** err) {
  return compare(q, field, op, err, [v](value::Type type) { return value::from_double(type, v); });
}

int32_t thing_criteria_text(thing_criteria* q, int32_t field, int32_t op, const char* p,
                            int64_t len, thing_error** err) {
  return compare(q, field, op, err, text_maker(p, len));
}

thing_status thing_criteria_field(thing_criteria* q, int32_t field, int32_t op, int32_t other,
                                  thing_error** err) {
  return change(q, err, [&](query::Criteria& criteria) -> base::Status {
    THING_ASSIGN(const uint32_t f, condition_field(criteria, field));
    THING_ASSIGN(const uint32_t with, condition_field(criteria, other));
    THING_ASSIGN(const Operator how, operator_of(op));
    if (how.insensitive)
      return fail(Code::kInvalid, "'op': found THING_OP_INSENSITIVE, expected none beside a field");
    return criteria.compare_fields(f, how.op, with);
  });
}

thing_status thing_criteria_null(thing_criteria* q, int32_t field, bool is_null,
                                 thing_error** err) {
  return change(q, err, [&](query::Criteria& criteria) -> base::Status {
    THING_ASSIGN(const uint32_t f, condition_field(criteria, field));
    return criteria.is_null(f, is_null);
  });
}

thing_status thing_criteria_in_int64(thing_criteria* q, int32_t field, const int64_t* values,
                                     int64_t n, bool negate, thing_error** err) {
  return change(q, err, [&](query::Criteria& criteria) -> base::Status {
    THING_ASSIGN(const uint32_t f, condition_field(criteria, field));
    THING_TRY(check_items(values, n, query::kMaxListed, "values"));
    std::vector<value::Value> list;
    list.reserve(static_cast<size_t>(n));
    for (int64_t i = 0; i < n; ++i) {
      THING_ASSIGN(value::Value v,
                   value_for(criteria.group_model(), f, Op::kIn, [v = values[i]](value::Type type) {
                     return value::from_int64(type, v);
                   }));
      list.push_back(std::move(v));
    }
    return criteria.in(f, std::move(list), negate);
  });
}

thing_status thing_criteria_in_json(thing_criteria* q, int32_t field, const char* array_json,
                                    int64_t len, bool negate, thing_error** err) {
  return change(q, err, [&](query::Criteria& criteria) -> base::Status {
    THING_ASSIGN(const uint32_t f, condition_field(criteria, field));
    THING_ASSIGN(const std::string_view text, bytes_of(array_json, len, "array_json"));
    THING_ASSIGN(std::vector<value::Value> values, values_of(criteria.group_model(), f, text));
    return criteria.in(f, std::move(values), negate);
  });
}

thing_status thing_criteria_where_json(thing_criteria* q, const char* json, int64_t len,
                                       thing_error** err) {
  return change(q, err, [&](query::Criteria& criteria) -> base::Status {
    THING_ASSIGN(const std::string_view text, bytes_of(json, len, "json"));
    return criteria.where_json(text);
  });
}

thing_status thing_criteria_begin(thing_criteria* q, int32_t group, thing_error** err) {
  return change(q, err, [group](query::Criteria& criteria) -> base::Status {
    THING_TRY(check_choice(group, THING_GROUP_AND, THING_GROUP_NOT, "group"));
    constexpr NodeKind kGroups[] = {NodeKind::kAnd, NodeKind::kOr, NodeKind::kNot};
    return criteria.begin(kGroups[group - THING_GROUP_AND]);
  });
}

thing_status thing_criteria_begin_related(thing_criteria* q, const char* relation, int64_t len,
                                          int32_t quantifier, thing_error** err) {
  return change(q, err, [&](query::Criteria& criteria) -> base::Status {
    THING_ASSIGN(const std::string_view name, text_of(relation, len, "relation"));
    THING_TRY(check_choice(quantifier, THING_RELATED_SOME, THING_RELATED_NONE, "quantifier"));
    return criteria.begin_related(name,
                                  static_cast<query::Quantifier>(quantifier - THING_RELATED_SOME));
  });
}

thing_status thing_criteria_include(thing_criteria* q, const char* path, int64_t len,
                                    thing_error** err) {
  return change(q, err, [&](query::Criteria& criteria) -> base::Status {
    THING_ASSIGN(const std::string_view text, text_of(path, len, "path"));
    return criteria.include_path(text);
  });
}

thing_status thing_criteria_include_json(thing_criteria* q, const char* json, int64_t len,
                                         thing_error** err) {
  return change(q, err, [&](query::Criteria& criteria) -> base::Status {
    THING_ASSIGN(const std::string_view text, bytes_of(json, len, "json"));
    return criteria.include_json(text);
  });
}

thing_status thing_criteria_end(thing_criteria* q, thing_error** err) {
  return change(q, err, [](query::Criteria& criteria) { return criteria.end(); });
}

thing_status thing_criteria_order(thing_criteria* q, int32_t field, bool descending, int32_t nulls,
                                  thing_error** err) {
  return change(q, err, [&](query::Criteria& criteria) -> base::Status {
    THING_ASSIGN(const uint32_t f, field_of(q->handle, field));
    THING_TRY(check_choice(nulls, THING_NULLS_DEFAULT, THING_NULLS_LAST, "nulls"));
    return criteria.order_by(f, descending, nulls == THING_NULLS_FIRST);
  });
}

thing_status thing_criteria_order_json(thing_criteria* q, const char* json, int64_t len,
                                       thing_error** err) {
  return change(q, err, [&](query::Criteria& criteria) -> base::Status {
    THING_ASSIGN(const std::string_view text, bytes_of(json, len, "json"));
    return criteria.order_json(text);
  });
}

thing_status thing_criteria_take(thing_criteria* q, int64_t n, thing_error** err) {
  return change(q, err, [n](query::Criteria& criteria) { return criteria.take(n); });
}

thing_status thing_criteria_skip(thing_criteria* q, int64_t n, thing_error** err) {
  return change(q, err, [n](query::Criteria& criteria) { return criteria.skip(n); });
}

thing_status thing_criteria_select(thing_criteria* q, const int32_t* fields, int32_t n,
                                   thing_error** err) {
  return change(q, err, [&](query::Criteria& criteria) -> base::Status {
    THING_ASSIGN(std::vector<uint32_t> list, fields_of(q->handle, fields, n, "fields"));
    return criteria.select(std::move(list));
  });
}

thing_status thing_criteria_distinct(thing_criteria* q, bool distinct, thing_error** err) {
  return change(q, err,
                [distinct](query::Criteria& criteria) { return criteria.distinct(distinct); });
}

thing_status thing_criteria_lock(thing_criteria* q, int32_t lock, int32_t wait, thing_error** err) {
  return change(q, err, [lock, wait](query::Criteria& criteria) -> base::Status {
    THING_TRY(check_choice(lock, THING_LOCK_NONE, THING_LOCK_UPDATE, "lock"));
    THING_TRY(check_choice(wait, THING_WAIT_BLOCK, THING_WAIT_SKIP_LOCKED, "wait"));
    return criteria.lock({static_cast<query::Lock::Kind>(lock - THING_LOCK_NONE),
                          static_cast<query::Lock::Wait>(wait - THING_WAIT_BLOCK)});
  });
}

thing_status thing_criteria_scope(thing_criteria* q, const char* name, int64_t len,
                                  thing_error** err) {
  return change(q, err, [&](query::Criteria& criteria) -> base::Status {
    THING_ASSIGN(const std::string_view text, text_of(name, len, "name"));
    return criteria.scope(text);
  });
}

thing_status thing_criteria_unscoped(thing_criteria* q, const char* name, int64_t len,
                                     thing_error** err) {
  return change(q, err, [&](query::Criteria& criteria) -> base::Status {
    if (name == nullptr) {
      criteria.unscoped();
      return {};
    }
    THING_ASSIGN(const std::string_view text, text_of(name, len, "name"));
    return criteria.unscoped(text);
  });
}

thing_status thing_criteria_after(thing_criteria* q, const char* token, int64_t len,
                                  thing_error** err) {
  return change(q, err, [&](query::Criteria& criteria) -> base::Status {
    THING_ASSIGN(const std::string_view text, text_of(token, len, "token"));
    return criteria.after(text);
  });
}

thing_status thing_criteria_rebind_int64(thing_criteria* q, int32_t slot, int64_t v,
                                         thing_error** err) {
  return rebind(q, slot, err, [v](value::Type type) { return value::from_int64(type, v); });
}

thing_status thing_criteria_rebind_double(thing_criteria* q, int32_t slot, double v,
                                          thing_error** err) {
  return rebind(q, slot, err, [v](value::Type type) { return value::from_double(type, v); });
}

thing_status thing_criteria_rebind_text(thing_criteria* q, int32_t slot, const char* p, int64_t len,
                                        thing_error** err) {
  return rebind(q, slot, err, text_maker(p, len));
}

thing_status thing_criteria_json(const thing_criteria* q, thing_buf** out, thing_error** err) {
  return guard(err, [&]() -> base::Status {
    THING_TRY(clear(out));
    THING_TRY(check_pointer(q, "q"));
    if (q->criteria.has_open_group())
      return fail(Code::kState, "the criteria has an open group, expected thing_criteria_end");
    *out = make_buffer(query::print_criteria(q->criteria));
    return {};
  });
}
