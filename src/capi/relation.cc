// Section 10b of thing.h: relations.
#include <algorithm>

#include "capi/arguments.h"
#include "capi/caller.h"
#include "relation/lazy.h"
#include "relation/link.h"
#include "relation/loader.h"
#include "relation/save.h"

using namespace thing;
using namespace thing::capi;

namespace {

const schema::Relation* relation_at(const thing_model* m, int32_t i) {
  if (m == nullptr || i < 0 || i >= static_cast<int32_t>(m->model->relations.size()))
    return nullptr;
  return m->model->relations[static_cast<size_t>(i)].get();
}

base::Result<const schema::Link*> link_of(const schema::Model& model, const char* relation,
                                          int64_t len) {
  THING_ASSIGN(const std::string_view name, text_of(relation, len, "relation"));
  return schema::find_link(model, name);
}

base::Result<query::Include> whole(const schema::Link& link) {
  query::Include include;
  include.link = &link;
  if (link.is_polymorphic()) return include;
  THING_ASSIGN(query::Criteria criteria, query::step_criteria(link.steps.back()));
  include.criteria = std::make_shared<const query::Criteria>(std::move(criteria));
  return include;
}

const thing_model* model_of(const relation::RowTree& tree) {
  return handle_of(tree.set.model->model);
}

// What the object refers to, though there may be no such row.
bool refers(const thing_obj& o, const schema::Link& link) {
  if (link.relation->kind != schema::RelationKind::kBelongsTo) return false;
  const schema::Step& step = link.first_step();
  return std::all_of(step.from_fields.begin(), step.from_fields.end(), [&o](uint32_t f) {
    const auto v = o.get(f);
    return v.has_value() && !v->is_null();
  });
}

base::Status check_there(const thing_obj& o, const schema::Link& link,
                         const relation::Related& related) {
  if (!related.places.empty() || !refers(o, link)) return {};
  return fail(base::Error(Code::kForeignKey, fmt::format("the row that '{}' refers to is not there",
                                                         link.relation->name))
                  .model(o.model().name)
                  .field(link.relation->name));
}

// The rows, loaded when they are not; nullptr: THING_CTX_CACHE_ONLY met a miss.
base::Result<const relation::Related*> related_of(Caller& c, thing_obj& o, const schema::Link& link,
                                                  int32_t flags) {
  const std::string key = relation::key_of(o, link);
  const relation::Related* found = o.relations.find(*link.relation, key);
  if (found == nullptr || (flags & THING_LOAD_AGAIN) != 0) {
    THING_TRY(c.store().lazy_loads().note(c.store().log(), o.model(), *link.relation));
    THING_ASSIGN(const query::Include include, whole(link));
    THING_ASSIGN(relation::Related related,
                 relation::load_related(c.store(), c.call(), o, include));
    for (const auto& tree : related.trees) {
      if (tree->set.missed) return nullptr;
    }
    o.relations.set(std::move(related), key);
    found = o.relations.find(*link.relation, key);
  }
  if ((flags & THING_LOAD_STRICT) != 0) THING_TRY(check_there(o, link, *found));
  return found;
}

base::Result<relation::RowTree> tree_of(const relation::Related& related, uint32_t row) {
  if (!related.trees.empty()) return relation::rows_of(related, row);
  relation::RowTree none;  // the object has no key yet
  const schema::Link& link = *related.link;
  const schema::Model& target = link.is_polymorphic() ? *link.by_type[0].second.to : *link.target;
  none.set.model = &store::state_of(target);
  value::BatchBuilder builder;
  builder.start(target.layout, false);
  none.set.rows = builder.finish();
  return none;
}

// Runs body(caller, link, object) with a relation of an object.
template <class T, class Body>
thing_status run_related(thing_db* db, thing_ctx* ctx, thing_obj* o, const char* relation,
                         int64_t len, int32_t flags, T* out, thing_error** err, Body body) {
  return run_to(db, ctx, out, err, [&](Caller& c) -> Outcome {
    THING_TRY(c.about(o));
    THING_TRY(check_flags(flags, THING_LOAD_AGAIN | THING_LOAD_STRICT, "flags"));
    const ObjectInUse use(o);
    THING_TRY(use.check());
    THING_ASSIGN(const schema::Link* const link, link_of(o->model(), relation, len));
    THING_ASSIGN(const relation::Related* const related, related_of(c, *o, *link, flags));
    if (related == nullptr) return THING_MORE;
    return outcome_of(body(c, *related));
  });
}

}  // namespace

int32_t thing_model_relation_count(const thing_model* m) {
  return m == nullptr ? 0 : static_cast<int32_t>(m->model->relations.size());
}

const char* thing_model_relation_name(const thing_model* m, int32_t relation) {
  const schema::Relation* const r = relation_at(m, relation);
  return r == nullptr ? nullptr : r->name.c_str();
}

int32_t thing_model_relation_kind(const thing_model* m, int32_t relation) {
  const schema::Relation* const r = relation_at(m, relation);
  return r == nullptr ? 0 : static_cast<int32_t>(r->kind) + THING_BELONGS_TO;
}

const char* thing_model_relation_target(const thing_model* m, int32_t relation) {
  const schema::Relation* const r = relation_at(m, relation);
  return r == nullptr ? nullptr : r->targets[0].c_str();
}

thing_status thing_rows_related(const thing_rows* r, int64_t i, const char* relation, int64_t len,
                                thing_rows** out, thing_error** err) {
  return guard(err, [&]() -> base::Status {
    THING_TRY(clear(out));
    THING_TRY(check_pointer(r, "r"));
    if (r->handle == nullptr)
      return fail(Code::kUnsupported, "found rows of raw SQL, expected those of a model");
    if (i < 0 || i >= thing_rows_count(r))
      return fail(Code::kRange, "'i': found {}, expected 0 to {}", i, thing_rows_count(r) - 1);
    THING_ASSIGN(const schema::Link* const link, link_of(*r->handle->model, relation, len));
    const relation::Related* const related = r->tree.find(*link->relation);
    if (related == nullptr)
      return fail(
          base::Error(Code::kState, fmt::format("found '{}' not loaded, expected it included",
                                                link->relation->name))
              .model(r->handle->model->name));
    THING_ASSIGN(relation::RowTree tree, tree_of(*related, static_cast<uint32_t>(i)));
    const thing_model* const m = model_of(tree);
    *out = new thing_rows(r->db, m, std::move(tree));
    (*out)->hooks = r->hooks;
    r->db->hold();
    return {};
  });
}

thing_status thing_rows_load(thing_db* db, thing_ctx* ctx, const thing_rows* r, const char* json,
                             int64_t len, thing_rows** out, thing_error** err) {
  return run_to(db, ctx, out, err, [&](Caller& c) -> Outcome {
    THING_TRY(check_pointer(r, "r"));
    if (r->db != db || r->handle == nullptr)
      return fail(Code::kInvalid,
                  "'r': found rows of raw SQL or of another database, expected a model's");
    THING_ASSIGN(const std::string_view text, bytes_of(json, len, "json"));
    query::Criteria criteria(*r->handle->model);
    THING_TRY(criteria.include_json(text));
    relation::RowTree tree = r->tree;
    THING_TRY(relation::Loader(c.store(), c.call()).complete(tree, criteria.includes()));
    return hand_out(c, r->handle, std::move(tree), out);
  });
}

thing_status thing_related(thing_db* db, thing_ctx* ctx, thing_obj* o, const char* relation,
                           int64_t len, int32_t flags, thing_rows** out, thing_error** err) {
  return run_related(db, ctx, o, relation, len, flags, out, err,
                     [out](Caller& c, const relation::Related& related) -> Outcome {
                       THING_ASSIGN(relation::RowTree tree, tree_of(related, 0));
                       const thing_model* const m = model_of(tree);
                       return hand_out(c, m, std::move(tree), out);
                     });
}

thing_status thing_related_one(thing_db* db, thing_ctx* ctx, thing_obj* o, const char* relation,
                               int64_t len, int32_t flags, thing_obj** out, thing_error** err) {
  return run_related(db, ctx, o, relation, len, flags, out, err,
                     [out](Caller& c, const relation::Related& related) -> Outcome {
                       if (related.places.empty()) return THING_NOT_FOUND;
                       const auto& [tree, row] = related.places[0];
                       const relation::RowTree& from = *related.trees[tree];
                       return hand_out(c, row_object(model_of(from), from, row), out);
                     });
}

bool thing_obj_has_related(const thing_obj* o, const char* relation, int64_t len) {
  if (o == nullptr) return false;
  return value_or(false, [&] {
    settle(o);
    const auto link = link_of(o->model(), relation, len);
    return link && o->relations.find(*(*link)->relation, relation::key_of(*o, **link)) != nullptr;
  });
}

thing_status thing_criteria_related(const thing_obj* o, const char* relation, int64_t len,
                                    thing_criteria** out, thing_error** err) {
  return guard(err, [&]() -> base::Status {
    THING_TRY(clear(out));
    THING_TRY(check_pointer(o, "o"));
    settle(o);
    THING_ASSIGN(const schema::Link* const link, link_of(o->model(), relation, len));
    THING_ASSIGN(query::Criteria criteria, relation::criteria_of(*o, *link));
    const thing_model* const m = handle_of(criteria.model());
    *out = new thing_criteria{m, std::move(criteria)};
    m->db->hold();
    return {};
  });
}

namespace {

// Whether the object is `wanted`, or one that is saved with it is.
bool reaches(const thing_obj& from, const thing_obj& wanted) {
  if (&from == &wanted) return true;
  settle(&from);
  return std::any_of(from.attached().begin(), from.attached().end(), [&](const auto& a) {
    return reaches(static_cast<const thing_obj&>(*a.object), wanted);
  });
}

base::Status check_attachable(const thing_obj& o, const schema::Link& link,
                              const thing_obj& other) {
  if (other.borrowed || other.handle->db != o.handle->db)
    return fail(Code::kInvalid,
                "found an object of another database or one that is borrowed, expected one's own");
  if (reaches(other, o))
    return fail(Code::kInvalid,
                "relation '{}': found an object that is saved with this one already",
                link.relation->name);
  return {};
}

void attach(thing_obj& o, const schema::Link& link, thing_obj& other) {
  other.holders.fetch_add(1, std::memory_order_relaxed);
  const auto release = [](entity::Object* held) {
    thing_obj::release(static_cast<thing_obj*>(held));
  };
  o.attach_to(link, std::shared_ptr<entity::Object>(&other, release));
}

base::Status check_target(const thing_obj& o, const schema::Link& link, const thing_obj& other) {
  const auto leads = [&](const auto& typed) { return typed.second.to == &other.model(); };
  const bool fits = link.is_polymorphic()
                        ? std::any_of(link.by_type.begin(), link.by_type.end(), leads)
                        : link.target == &other.model();
  if (fits) return {};
  return fail(base::Error(Code::kInvalid,
                          fmt::format("relation '{}': found a {}, expected {}", link.relation->name,
                                      other.model().name, link.relation->targets[0]))
                  .model(o.model().name)
                  .field(link.relation->name));
}

base::Status wrong_kind(const thing_obj& o, const schema::Link& link, std::string_view expected) {
  return fail(base::Error(Code::kUnsupported,
                          fmt::format("relation '{}': found {}, expected {}", link.relation->name,
                                      schema::relation_kind_name(link.relation->kind), expected))
                  .model(o.model().name));
}

}  // namespace

thing_status thing_obj_set_related(thing_obj* o, const char* relation, int64_t len,
                                   thing_obj* other, thing_error** err) {
  return guard(err, [&]() -> base::Status {
    THING_TRY(check_pointer(o, "o"));
    settle(o);
    THING_ASSIGN(const schema::Link* const link, link_of(o->model(), relation, len));
    if (link->relation->kind != schema::RelationKind::kBelongsTo)
      return wrong_kind(*o, *link, "belongs_to");
    settle(other);
    if (other != nullptr) THING_TRY(check_target(*o, *link, *other));
    const bool later = other != nullptr && (other->is_new() || other->is_dirty());
    if (later) THING_TRY(check_attachable(*o, *link, *other));
    THING_ASSIGN(const bool has_key, relation::refer(*o, *link, other));
    if (!has_key && !later)
      return fail(
          base::Error(Code::kState, fmt::format("relation '{}': found an object without the "
                                                "key to refer by, expected one",
                                                link->relation->name))
              .model(o->model().name));
    if (!has_key) THING_TRY(relation::refer(*o, *link, nullptr));  // until it is saved
    o->detach(*link->relation);
    o->relations.forget(*link->relation);
    if (later) attach(*o, *link, *other);
    return {};
  });
}

thing_status thing_obj_add_related(thing_obj* o, const char* relation, int64_t len,
                                   thing_obj* child, thing_error** err) {
  return guard(err, [&]() -> base::Status {
    THING_TRY(check_pointer(o, "o"));
    settle(o);
    THING_TRY(check_pointer(child, "child"));
    settle(child);
    THING_ASSIGN(const schema::Link* const link, link_of(o->model(), relation, len));
    const bool is_direct = link->steps.size() == 1 || link->pivot() != nullptr;
    if (link->relation->kind == schema::RelationKind::kBelongsTo || !is_direct)
      return wrong_kind(*o, *link, "has_one, has_many or many_to_many that is not through others");
    THING_TRY(check_target(*o, *link, *child));
    THING_TRY(o->check_selected(link->steps[0].from_fields));
    THING_TRY(check_attachable(*o, *link, *child));
    attach(*o, *link, *child);
    o->relations.forget(*link->relation);
    return {};
  });
}

thing_status thing_link(thing_db* db, thing_ctx* ctx, thing_obj* o, const char* relation,
                        int64_t len, int32_t mode, const char* keys_json, int64_t keys_len,
                        const char* pivot_json, int64_t pivot_len, int64_t* added, int64_t* removed,
                        thing_error** err) {
  if (added != nullptr) *added = 0;
  if (removed != nullptr) *removed = 0;
  return run(db, ctx, err, [&](Caller& c) -> Outcome {
    THING_TRY(c.about(o));
    THING_TRY(check_choice(mode, THING_LINK_ADD, THING_LINK_TOGGLE, "mode"));
    const ObjectInUse use(o);
    THING_TRY(use.check());
    THING_ASSIGN(const schema::Link* const link, link_of(o->model(), relation, len));
    relation::LinkChange change;
    change.mode = static_cast<relation::LinkMode>(mode - THING_LINK_ADD);
    if (keys_json != nullptr) {
      THING_ASSIGN(const std::string_view keys, bytes_of(keys_json, keys_len, "keys_json"));
      if (link->is_polymorphic()) THING_TRY(wrong_kind(*o, *link, "a relation to one model"));
      THING_ASSIGN(change.keys, c.store().parse_keys(*handle_of(*link->target)->state, keys));
    }
    THING_ASSIGN(change.pivot, optional_text_of(pivot_json, pivot_len, "pivot_json"));
    relation::Linked linked;
    const auto change_all = [&](Caller& inner) -> Outcome {
      THING_ASSIGN(const store::Written written,
                   relation::change_links(inner.store(), inner.call(), *o, *link, change, linked));
      return status_of(written);
    };
    THING_ASSIGN(const thing_status status,
                 c.runs_write_hooks() ? run_whole(db, ctx, change_all) : change_all(c));
    if (status == THING_OK) o->relations.forget(*link->relation);
    if (added != nullptr) *added = status == THING_OK ? linked.added : 0;
    if (removed != nullptr) *removed = status == THING_OK ? linked.removed : 0;
    return status;
  });
}
