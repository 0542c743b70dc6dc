#include <algorithm>

#include "schema/document.h"
#include "schema/print_value.h"
#include "text/json.h"

namespace thing::schema {
namespace {

void print_default(text::JsonWriter& w, const Field& f) {
  if (f.initial.kind == DefaultKind::kAbsent) return;
  w.key("default");
  if (f.initial.kind == DefaultKind::kLiteral)
    return print_value(w, f.type, f.initial.literal.view());
  w.begin_object();
  if (f.initial.kind == DefaultKind::kSql) {
    w.key("sql");
    w.string(f.initial.sql);
  } else {
    w.key("fn");
    w.string(f.initial.kind == DefaultKind::kNow    ? "now"
             : f.initial.kind == DefaultKind::kUuid ? "uuid"
                                                    : "autoincrement");
  }
  w.end_object();
}

// Each left out when there is none.
void print_rules(text::JsonWriter& w, const Field& f) {
  const Rules& r = f.rules;
  const auto flag = [&w](std::string_view key, bool is) {
    if (!is) return;
    w.key(key);
    w.boolean(true);
  };
  const auto bound = [&](std::string_view key, const value::Value& v) {
    if (v.is_null()) return;
    w.key(key);
    print_value(w, f.type, v.view());
  };
  const auto length = [&w](std::string_view key, int64_t n) {
    if (n < 0) return;
    w.key(key);
    w.integer(n);
  };
  flag("required", r.required);
  bound("min", r.min);
  bound("max", r.max);
  length("minLength", r.min_length);
  length("maxLength", r.max_length);
  if (!r.pattern.empty()) {
    w.key("pattern");
    w.string(r.pattern);
  }
  if (!r.in.empty()) {
    w.key("in");
    w.begin_array();
    for (const value::Value& v : r.in) print_value(w, f.type, v.view());
    w.end_array();
  }
  flag("trim", f.cast.trim);
  if (f.cast.letters != Cast::Case::kAsIs) {
    w.key("case");
    w.string(f.cast.letters == Cast::Case::kLower ? "lower" : "upper");
  }
}

void print_field(text::JsonWriter& w, const Field& f) {
  w.key(f.name);
  w.begin_object();
  w.key("type");
  w.string(value::type_name(value::element_of(f.type)));
  if (f.is_list()) {
    w.key("list");
    w.boolean(true);
  }
  w.key("column");
  w.string(f.column);
  w.key("null");
  w.boolean(f.nullable);
  if (f.unique) {
    w.key("unique");
    w.boolean(true);
  }
  if (f.alive) {
    w.key("alive");
    w.boolean(true);
  }
  if (!f.enum_values.empty()) {
    w.key("values");
    w.begin_array();
    for (const std::string& v : f.enum_values) w.string(v);
    w.end_array();
  }
  if (f.epoch != Epoch::kOff) {
    w.key("epoch");
    w.string(epoch_name(f.epoch));
  }
  print_default(w, f);
  print_rules(w, f);
  w.end_object();
}

template <class Keep>
void print_names(text::JsonWriter& w, std::string_view key, const Model& m, Keep keep) {
  w.key(key);
  w.begin_array();
  for (const Field& f : m.fields) {
    if (keep(f)) w.string(f.name);
  }
  w.end_array();
}

void print_index(text::JsonWriter& w, const Model& m, const Index& index) {
  w.begin_object();
  w.key("name");
  w.string(index.name);
  w.key("fields");
  w.begin_array();
  for (uint32_t f : index.fields) w.string(m.fields[f].name);
  w.end_array();
  w.key("unique");
  w.boolean(index.unique);
  if (!index.where.empty()) {
    w.key("where");
    w.raw(index.where);
  }
  w.end_object();
}

void print_foreign_key(text::JsonWriter& w, const Model& m, const ForeignKey& key) {
  w.begin_object();
  w.key("name");
  w.string(key.name);
  w.key("fields");
  w.begin_array();
  for (uint32_t f : key.fields) w.string(m.fields[f].name);
  w.end_array();
  w.key("references");
  w.begin_object();
  const bool by_model = !key.model.empty();
  w.key(by_model ? "model" : "table");
  w.string(by_model ? key.model : key.table);
  if (!key.referred.empty()) {
    w.key(by_model ? "fields" : "columns");
    w.begin_array();
    for (const std::string& name : key.referred) w.string(name);
    w.end_array();
  }
  w.end_object();
  w.key("on_delete");
  w.string(action_name(key.on_delete));
  w.key("on_update");
  w.string(action_name(key.on_update));
  w.end_object();
}

void print_list(text::JsonWriter& w, std::string_view key, const std::vector<std::string>& names) {
  if (names.empty()) return;
  w.key(key);
  w.begin_array();
  for (const std::string& name : names) w.string(name);
  w.end_array();
}

void print_targets(text::JsonWriter& w, const Relation& r) {
  w.key(relation_kind_name(r.kind));
  if (!r.is_polymorphic()) return w.string(r.targets[0]);
  w.begin_array();
  for (const std::string& target : r.targets) w.string(target);
  w.end_array();
  w.key("type");
  w.string(r.type);
  w.key("types");
  w.begin_object();
  for (size_t i = 0; i < r.targets.size(); ++i) {
    w.key(r.targets[i]);
    w.string(r.types[i]);
  }
  w.end_object();
}

// Its foreign key and index stand among those of the model.
void print_relation(text::JsonWriter& w, const Model& m, const Relation& r) {
  w.key(r.name);
  w.begin_object();
  print_targets(w, r);
  print_list(w, "fields", r.fields);
  print_list(w, "references", r.referred);
  for (const auto& [key, text] :
       {std::pair{"inverse", &r.inverse}, std::pair{"through", &r.through},
        std::pair{"source", &r.source}, std::pair{"table", &r.table}}) {
    if (text->empty()) continue;
    w.key(key);
    w.string(*text);
  }
  if (r.kind == RelationKind::kBelongsTo) {
    const auto key =
        std::find_if(m.foreign_keys.begin(), m.foreign_keys.end(), [&](const ForeignKey& k) {
          return k.model == r.targets[0] && k.fields.size() == r.fields.size() &&
                 std::equal(
                     k.fields.begin(), k.fields.end(), r.fields.begin(),
                     [&m](uint32_t f, const std::string& n) { return m.fields[f].name == n; });
        });
    const bool has_key = !r.is_polymorphic() && key != m.foreign_keys.end();
    w.key("foreign_key");
    w.boolean(has_key);
    if (has_key) {
      w.key("on_delete");
      w.string(action_name(key->on_delete));
      w.key("on_update");
      w.string(action_name(key->on_update));
    }
    w.key("index");  // it stands among the indexes
    w.boolean(false);
    w.key("touch");
    w.boolean(r.touch);
  }
  if (r.cascades) {
    w.key("on_soft_delete");
    w.string("cascade");
  }
  if (!r.criteria.empty()) {
    const auto json = text::Json::parse(r.criteria);
    for (const text::JsonNode* n = json ? json->root().first : nullptr; n != nullptr; n = n->next) {
      w.key(n->key);
      w.raw(json->source(*n));
    }
  }
  w.end_object();
}

void print_order(text::JsonWriter& w, const Model& m, const Order& o) {
  w.begin_object();
  w.key(m.fields[o.field].name);
  w.begin_object();
  w.key("sort");
  w.string(o.descending ? "desc" : "asc");
  w.key("nulls");
  w.string(o.nulls_first ? "first" : "last");
  w.end_object();
  w.end_object();
}

// Left out when there are none.
void print_scopes(text::JsonWriter& w, const Model& m) {
  const auto is_named = [](const Scope& s) { return s.name != kVisible; };
  if (std::any_of(m.scopes.begin(), m.scopes.end(), is_named)) {
    w.key("scopes");
    w.begin_object();
    for (const Scope& s : m.scopes) {
      if (!is_named(s)) continue;
      w.key(s.name);
      w.begin_object();
      if (!s.where.empty()) {
        w.key("where");
        w.raw(s.where);
      }
      if (!s.order.empty()) {
        w.key("orderBy");
        w.begin_array();
        for (const Order& o : s.order) print_order(w, m, o);
        w.end_array();
      }
      if (s.always) {
        w.key("default");
        w.boolean(true);
      }
      w.end_object();
    }
    w.end_object();
  }
  if (const int visible = m.find_scope(kVisible); visible >= 0) {
    w.key("visible");
    w.raw(m.scopes[static_cast<size_t>(visible)].where);
  }
}

void print_tasks(text::JsonWriter& w, const Model& m) {
  const auto name = [&m](int field) -> const std::string& {
    return m.fields[static_cast<size_t>(field)].name;
  };
  if (m.created >= 0 || m.updated >= 0) {
    w.key("timestamps");
    w.begin_object();
    if (m.created >= 0) {
      w.key("created");
      w.string(name(m.created));
    }
    if (m.updated >= 0) {
      w.key("updated");
      w.string(name(m.updated));
    }
    w.end_object();
  }
  if (m.deleted >= 0) {
    w.key("softDelete");
    w.string(name(m.deleted));
  }
  if (m.version >= 0) {
    w.key("version");
    w.string(name(m.version));
  }
}

// Left out when it is the default.
void print_cache(text::JsonWriter& w, const CacheOptions& cache) {
  if (cache == CacheOptions{}) return;
  w.key("cache");
  if (!cache.is_on) return w.boolean(false);
  w.begin_object();
  w.key("memory");
  w.boolean(cache.in_memory);
  if (cache.ttl_ms != 0) {
    w.key("ttlMs");
    w.integer(cache.ttl_ms);
  }
  if (cache.absent_ttl_ms != 0) {
    w.key("absentTtlMs");
    w.integer(cache.absent_ttl_ms);
  }
  w.end_object();
}

}  // namespace

std::string print_model(const Model& m) {
  std::string out;
  text::JsonWriter w(out);
  w.begin_object();
  w.key("name");
  w.string(m.name);
  w.key("table");
  w.string(m.table);
  w.key("fields");
  w.begin_object();
  for (const Field& f : m.fields) print_field(w, f);
  w.end_object();
  w.key("primary");
  w.begin_array();
  for (uint32_t f : m.primary) w.string(m.fields[f].name);
  w.end_array();
  w.key("indexes");
  w.begin_array();
  for (const Index& index : m.indexes) print_index(w, m, index);
  w.end_array();
  w.key("foreign_keys");
  w.begin_array();
  for (const ForeignKey& key : m.foreign_keys) print_foreign_key(w, m, key);
  w.end_array();
  if (!m.relations.empty()) {
    w.key("relations");
    w.begin_object();
    for (const auto& relation : m.relations) print_relation(w, m, *relation);
    w.end_object();
  }
  print_tasks(w, m);
  w.key("order");
  w.begin_array();
  for (const Order& o : m.order) print_order(w, m, o);
  w.end_array();
  print_scopes(w, m);
  print_cache(w, m.cache);
  print_names(w, "fillable", m, [](const Field& f) { return f.fillable; });
  print_names(w, "hidden", m, [](const Field& f) { return f.hidden; });
  w.end_object();
  return out;
}

}  // namespace thing::schema
