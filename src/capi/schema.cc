// Section 14 of thing.h: the schema of the database.
#include "capi/buffer.h"
#include "capi/caller.h"

using namespace thing;
using namespace thing::capi;

thing_status thing_introspect(thing_db* db, thing_ctx* ctx, const char* opts_json, int64_t len,
                              thing_buf** out, thing_error** err) {
  return run_to(db, ctx, out, err, [&](Caller& c) -> base::Status {
    THING_ASSIGN(const std::string_view options, optional_text_of(opts_json, len, "opts_json"));
    THING_ASSIGN(const std::string json, c.store().introspect(c.call(), options));
    *out = make_buffer(json);
    return {};
  });
}

thing_status thing_schema_plan(thing_db* db, thing_ctx* ctx, thing_buf** out, thing_error** err) {
  return run_to(db, ctx, out, err, [&](Caller& c) -> base::Status {
    THING_ASSIGN(const std::vector<std::string> statements, c.store().plan_schema(c.call()));
    std::string lines;
    for (const std::string& sql : statements) lines += sql + ";\n";
    *out = make_buffer(lines);
    return {};
  });
}

thing_status thing_schema_sync(thing_db* db, thing_ctx* ctx, thing_error** err) {
  return run(db, ctx, err, [](Caller& c) { return c.store().sync_schema(c.call()); });
}

thing_status thing_ddl(thing_db* db, const thing_model* m, const char* dialect, thing_buf** out,
                       thing_error** err) {
  return run_to(db, nullptr, out, err, [&](Caller& c) -> base::Status {
    THING_TRY(check_model(db, m));
    THING_ASSIGN(const std::string_view name, text_of(dialect, -1, "dialect"));
    THING_ASSIGN(const std::string sql, c.store().ddl(*m->state, name));
    *out = make_buffer(sql);
    return {};
  });
}
