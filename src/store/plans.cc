#include "store/plans.h"

#include "base/hash.h"

namespace thing::store {
namespace {

driver::Projection projection_of(const query::Query& query, PlanKind kind) {
  driver::Projection p{.layout = &query.model->layout, .fields = {}, .partial = false};
  if (kind != PlanKind::kSelect && kind != PlanKind::kNewest) return p;
  if (!query.select.empty()) {
    p.fields = query.select;
    p.partial = p.fields.size() < query.model->columns();
    return p;
  }
  for (uint32_t i = 0; i < query.model->columns(); ++i) p.fields.push_back(i);
  return p;
}

dialect::Compiled compile(const dialect::Dialect& dialect, const query::Query& query,
                          PlanKind kind) {
  switch (kind) {
    case PlanKind::kSelect: return dialect.select(query);
    case PlanKind::kCount: return dialect.count(query);
    case PlanKind::kExists: return dialect.exists(query);
    case PlanKind::kRemoveWhere: break;
    case PlanKind::kNewest: {
      dialect::Compiled compiled = dialect.select(query);
      compiled.sql += dialect.row_lock({.kind = query::Lock::Kind::kUpdate});
      return compiled;
    }
  }
  return dialect.delete_where(query);
}

// The name of a statement: what it does, and the fields it does it with.
class Name {
 public:
  explicit Name(char what) : text_(1, what) {}
  Name& add(uint64_t n) {
    text_.append(reinterpret_cast<const char*>(&n), sizeof n);
    return *this;
  }
  Name& add(std::span<const uint32_t> fields) {
    add(fields.size());
    text_.append(reinterpret_cast<const char*>(fields.data()), fields.size_bytes());
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

template <class Cache, class Make>
std::shared_ptr<const session::Plan> find_or_make(Cache& cache, const Name& name, Make make) {
  const uint64_t hash = base::hash64(name.text().data(), name.text().size());
  if (auto plan = cache.find(name.text(), hash); plan != nullptr) return plan;
  auto plan = std::make_shared<const session::Plan>(make());
  cache.put(name.text(), hash, plan);
  return plan;
}

}  // namespace

namespace {

std::string shape_name(const query::Query& query, char kind) {
  std::string name = query.shape;
  name += kind;
  name.append(reinterpret_cast<const char*>(&query.model), sizeof query.model);
  return name;
}

}  // namespace

std::shared_ptr<const QueryPlan> PlanCache::get(const dialect::Dialect& dialect,
                                                const query::Query& query, PlanKind kind) {
  const uint64_t hash = base::mix64(query.shape_hash.low + static_cast<uint64_t>(kind));
  const std::string name = shape_name(query, static_cast<char>(kind));
  if (auto plan = plans_.find(name, hash); plan != nullptr) return plan;
  auto plan =
      std::make_shared<const QueryPlan>(compile(dialect, query, kind), projection_of(query, kind));
  plans_.put(name, hash, plan);
  return plan;
}

std::shared_ptr<const QueryPlan> PlanCache::get_update(const dialect::Dialect& dialect,
                                                       const query::Query& query,
                                                       std::span<const dialect::Set> sets) {
  std::string name = shape_name(query, 'u');
  for (const dialect::Set& set : sets) {
    const uint64_t word = uint64_t{set.field} << 8 | static_cast<uint64_t>(set.kind);
    name.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  const uint64_t hash = base::hash64(name.data(), name.size());
  if (auto plan = plans_.find(name, hash); plan != nullptr) return plan;
  auto plan =
      std::make_shared<const QueryPlan>(dialect.update_where(query, sets), driver::Projection{});
  plans_.put(name, hash, plan);
  return plan;
}

std::shared_ptr<const session::Plan> PlanCache::get_text(std::string sql) {
  const uint64_t hash = base::hash64(sql.data(), sql.size());
  if (auto plan = texts_.find(sql, hash); plan != nullptr) return plan;
  auto plan = std::make_shared<const session::Plan>(sql);
  texts_.put(sql, hash, plan);
  return plan;
}

std::shared_ptr<const session::Plan> WritePlans::insert(const dialect::Dialect& dialect,
                                                        std::span<const uint32_t> fields, int rows,
                                                        std::span<const uint32_t> returning) {
  Name name('i');
  name.add(static_cast<uint64_t>(rows)).add(fields).add(returning);
  return find_or_make(plans_, name,
                      [&] { return dialect.insert(model_, fields, rows, returning); });
}

std::shared_ptr<const session::Plan> WritePlans::update(const dialect::Dialect& dialect,
                                                        std::span<const dialect::Set> sets,
                                                        bool with_version,
                                                        std::span<const uint32_t> returning) {
  Name name('u');
  name.add(with_version ? 1 : 0).add(returning);
  for (const dialect::Set& set : sets)
    name.add(uint64_t{set.field} << 8 | static_cast<uint64_t>(set.kind));
  return find_or_make(plans_, name,
                      [&] { return dialect.update(model_, sets, with_version, returning); });
}

std::shared_ptr<const session::Plan> WritePlans::remove(const dialect::Dialect& dialect,
                                                        bool with_version) {
  return find_or_make(plans_, Name('d').add(with_version ? 1 : 0),
                      [&] { return dialect.remove(model_, with_version); });
}

std::shared_ptr<const session::Plan> WritePlans::select_keys(const dialect::Dialect& dialect,
                                                             int keys, query::Lock lock) {
  Name name('k');
  name.add(static_cast<uint64_t>(keys));
  name.add(static_cast<uint64_t>(lock.kind) << 8 | static_cast<uint64_t>(lock.wait));
  return find_or_make(plans_, name, [&] { return dialect.select_by_key(model_, keys, lock); });
}

std::shared_ptr<const session::Plan> WritePlans::upsert(const dialect::Dialect& dialect,
                                                        std::span<const uint32_t> fields,
                                                        std::span<const uint32_t> key_fields,
                                                        std::span<const uint32_t> updates) {
  return find_or_make(plans_, Name('p').add(fields).add(key_fields).add(updates),
                      [&] { return dialect.upsert(model_, fields, key_fields, updates); });
}

}  // namespace thing::store
