// Section 10b of thing.h: relations of one object, loaded as a document says, and numbers about
// them.
#include "base/utf8.h"
#include "capi/arguments.h"
#include "capi/caller.h"
#include "relation/lazy.h"

using namespace thing;
using namespace thing::capi;

namespace {

// False: kCacheOnly met a miss.
base::Result<bool> load(Caller& c, thing_obj& o, const query::Include& include) {
  THING_TRY(c.store().lazy_loads().note(c.store().log(), o.model(), *include.link->relation));
  const std::string key = relation::key_of(o, *include.link);
  if (!include.numbers.empty()) {
    THING_ASSIGN(const auto numbers, relation::count_related(c.store(), c.call(), o, include));
    if (numbers.has_value()) o.relations.set(*numbers, key);
    return numbers.has_value();
  }
  THING_ASSIGN(relation::Related related, relation::load_related(c.store(), c.call(), o, include));
  for (const auto& tree : related.trees) {
    if (tree->set.missed) return false;
  }
  o.relations.set(std::move(related), key);
  return true;
}

base::Error wrong_type(std::string_view path, value::Type found, std::string_view expected) {
  return base::Error(Code::kType, fmt::format("found '{}' that is {}, expected {}", path,
                                              value::type_name(found), expected));
}

// Gives the number of the path to body(view, path): THING_NULL when there is none.
template <class T, class Body>
thing_status with_number(const thing_obj* o, const char* path, int64_t len, T* out,
                         thing_error** err, Body body) {
  if (out != nullptr) *out = T();
  return guard(err, [&]() -> Outcome {
    THING_TRY(check_pointer(out, "out"));
    THING_TRY(check_pointer(o, "o"));
    settle(o);
    THING_ASSIGN(const std::string_view text, text_of(path, len, "path"));
    const relation::NumberList numbers = o->relations.numbers(*o);
    const relation::NumberOfRow* const found = relation::find_number(numbers, text);
    if (found == nullptr)
      return fail(base::Error(Code::kState, fmt::format("found {} not loaded, expected it included",
                                                        base::quoted(text)))
                      .model(o->model().name));
    if (found->value->is_null()) return THING_NULL;
    THING_TRY(body(found->value->view(), text));
    return THING_OK;
  });
}

}  // namespace

thing_status thing_obj_load(thing_db* db, thing_ctx* ctx, thing_obj* o, const char* json,
                            int64_t len, thing_error** err) {
  return run(db, ctx, err, [&](Caller& c) -> Outcome {
    THING_TRY(c.about(o));
    const ObjectInUse use(o);
    THING_TRY(use.check());
    THING_ASSIGN(const std::string_view text, bytes_of(json, len, "json"));
    query::Criteria criteria(o->model());
    THING_TRY(criteria.include_json(text));
    for (const query::Include& include : criteria.includes()) {
      THING_ASSIGN(const bool whole, load(c, *o, include));
      if (!whole) return THING_MORE;
    }
    return THING_OK;
  });
}

thing_status thing_obj_related_int64(const thing_obj* o, const char* path, int64_t len,
                                     int64_t* out, thing_error** err) {
  return with_number(o, path, len, out, err,
                     [out](const value::ValueView& v, std::string_view at) -> base::Status {
                       if (value::is_heap_slot(v.type) || v.type == value::Type::kFloat)
                         return fail(wrong_type(at, v.type, "an int, bool or time"));
                       *out = v.integer;
                       return {};
                     });
}

thing_status thing_obj_related_double(const thing_obj* o, const char* path, int64_t len,
                                      double* out, thing_error** err) {
  return with_number(o, path, len, out, err,
                     [out](const value::ValueView& v, std::string_view at) -> base::Status {
                       if (v.type != value::Type::kFloat && v.type != value::Type::kInt)
                         return fail(wrong_type(at, v.type, "a float or int"));
                       *out =
                           v.type == value::Type::kFloat ? v.real : static_cast<double>(v.integer);
                       return {};
                     });
}

thing_status thing_obj_related_text(const thing_obj* o, const char* path, int64_t len,
                                    const char** out, int64_t* out_len, thing_error** err) {
  if (out_len != nullptr) *out_len = 0;
  return with_number(o, path, len, out, err,
                     [=](const value::ValueView& v, std::string_view at) -> base::Status {
                       THING_TRY(check_pointer(out_len, "out_len"));
                       if (!value::is_heap_slot(v.type))
                         return fail(wrong_type(at, v.type, "a decimal, text or enum"));
                       *out = v.bytes.data();
                       *out_len = static_cast<int64_t>(v.bytes.size());
                       return {};
                     });
}
