#include "store/shared.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/faults.h"
#include "store/keys.h"
#include "store/many.h"
#include "store/reading.h"
#include "text/json.h"

namespace thing::store {

using cache::shared::Cells;
using cache::shared::Met;
using cache::shared::Registry;
using cache::shared::SharedCache;
using cache::shared::Template;
using cache::shared::Token;

namespace {

constexpr size_t kMostCells = 256;        // of a table in one commit; beyond, the table itself
constexpr int kMostPlans = 3;             // against a registry that changes all the time
constexpr int64_t kSettleAfter = 50'000;  // microseconds since a mark was met first
constexpr int64_t kForgetAfter = 1'000'000;
constexpr size_t kMostMet = 4096;

std::string bytes_of(uint64_t n) {
  std::string out;
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(n >> shift);
  return out;
}

std::string key_types(const schema::Model& model) {
  std::string out;
  for (const uint32_t f : model.primary)
    out += fmt::format("{} {},", model.fields[f].column, value::type_name(model.fields[f].type));
  return out;
}

uint64_t hash_of(const std::string& text) { return base::hash64(text.data(), text.size()); }

// What has to be the same for two programs to mean the same by a packed row.
std::string columns_of(const schema::Model& model) {
  std::string out = key_types(model);
  for (const schema::Field& f : model.fields)
    out += fmt::format("{}\n{}\n{}\n", f.name, f.column, static_cast<int>(f.type));
  return out;
}

constexpr size_t kLongestKept = 4096;  // bytes of a query's identity
constexpr std::string_view kAscending = "asc", kDescending = "desc";
constexpr std::string_view kNullsFirst = "nulls first", kNullsLast = "nulls last";

bool has_bit(const std::vector<uint64_t>& bits, uint32_t i) {
  return i / 64 < bits.size() && (bits[i / 64] >> (i % 64) & 1) != 0;
}

std::optional<uint32_t> find_column(const schema::Model& model, std::string_view column) {
  for (uint32_t f = 0; f < model.columns(); ++f) {
    if (model.fields[f].column == column) return f;
  }
  return std::nullopt;
}

// {"equal": [["user_id", "int"]], "on": ["score", "user_id"], "order": [["score", "int", "desc",
// "nulls last"]]}
std::string template_text(const schema::Model& model, const std::vector<uint32_t>& equal,
                          const std::vector<uint64_t>& on, const WindowOrder& order) {
  std::string out;
  text::JsonWriter w(out);
  w.begin_object();
  w.key("equal");
  w.begin_array();
  for (const uint32_t f : equal) {
    w.begin_array();
    w.string(model.fields[f].column);
    w.string(value::type_name(model.fields[f].type));
    w.end_array();
  }
  w.end_array();
  w.key("on");
  w.begin_array();
  std::vector<std::string_view> columns;
  for (uint32_t f = 0; f < model.columns(); ++f) {
    if (has_bit(on, f)) columns.push_back(model.fields[f].column);
  }
  std::sort(columns.begin(), columns.end());
  for (const std::string_view column : columns) w.string(column);
  w.end_array();
  if (!order.empty()) {
    w.key("order");
    w.begin_array();
    for (const query::Order& o : order.columns()) {
      w.begin_array();
      w.string(model.fields[o.field].column);
      w.string(value::type_name(model.fields[o.field].type));
      w.string(o.descending ? kDescending : kAscending);
      w.string(o.nulls_first ? kNullsFirst : kNullsLast);
      w.end_array();
    }
    w.end_array();
  }
  w.end_object();
  return out;
}

bool read_equal(const schema::Model& model, const text::JsonNode& node, SharedShape& shape) {
  const text::JsonNode* const name = node.first;
  const text::JsonNode* const type = name != nullptr ? name->next : nullptr;
  if (type == nullptr) return false;
  const auto f = find_column(model, name->text);
  if (!f.has_value() || value::type_name(model.fields[*f].type) != type->text) return false;
  shape.equal.push_back(*f);
  return true;
}

// False: of a column or in an order that is not known here.
bool read_order(const schema::Model& model, const text::JsonNode& node, WindowOrder& order) {
  if (node.size != 4) return false;
  const text::JsonNode* const type = node.first->next;
  const std::string_view way = type->next->text, nulls = type->next->next->text;
  const auto f = find_column(model, node.first->text);
  return f.has_value() && value::type_name(model.fields[*f].type) == type->text &&
         (way == kAscending || way == kDescending) &&
         (nulls == kNullsFirst || nulls == kNullsLast) &&
         order.add(model, {*f, way == kDescending, nulls == kNullsFirst});
}

// What another program wrote. Columns that this model does not have are not written by it, but for
// rows that come and go.
SharedShape read_template(const schema::Model& model, const Template& t) {
  SharedShape shape{t, {}, std::vector<uint64_t>((model.columns() + 63) / 64), {}, false};
  const auto json = text::Json::parse(t.text);
  shape.is_strange = true;
  if (!json) return shape;
  const text::JsonNode* const equal = json->root().find("equal");
  const text::JsonNode* const on = json->root().find("on");
  if (equal == nullptr || on == nullptr) return shape;
  for (const text::JsonNode* n = equal->first; n != nullptr; n = n->next) {
    if (!read_equal(model, *n, shape)) return shape;
  }
  for (const text::JsonNode* n = on->first; n != nullptr; n = n->next) {
    if (const auto f = find_column(model, n->text); f.has_value())
      shape.on[*f / 64] |= uint64_t{1} << (*f % 64);
  }
  if (const text::JsonNode* const order = json->root().find("order"); order != nullptr) {
    for (const text::JsonNode* n = order->first; n != nullptr; n = n->next) {
      if (read_order(model, *n, shape.order)) continue;
      shape.order = WindowOrder();  // any row may matter
      break;
    }
  }
  shape.is_strange = false;
  return shape;
}

bool concerns(const SharedShape& shape, const SharedModel& model,
              std::span<const uint32_t> fields) {
  const auto is_on = [&shape](uint32_t f) { return has_bit(shape.on, f); };
  const std::vector<uint32_t>& more = model.changing();
  return shape.is_strange || fields.empty() || std::any_of(fields.begin(), fields.end(), is_on) ||
         std::any_of(more.begin(), more.end(), is_on);
}

// Of the values that the template compares by equality; nullopt when the row can not be one of
// those that match.
std::optional<uint64_t> bucket_of(const schema::Model& model, const std::vector<uint32_t>& equal,
                                  const value::RowView& row) {
  std::string bytes;
  for (const uint32_t f : equal) {
    if (!row.has(f)) return std::nullopt;
    append_key_bytes(bytes, row.value(f, model.fields[f].type));
  }
  return base::hash64(bytes.data(), bytes.size());
}

std::vector<std::string> each_with(const std::vector<std::string>& texts,
                                   const std::vector<std::string>& ends) {
  std::vector<std::string> out;
  for (const std::string& text : texts) {
    for (const std::string& end : ends) out.push_back(text + end);
  }
  return out;
}

std::string cell_of(const WriteSet::Row& row) {
  return row.model->shared->row_cell(row.model->model.id >= 0 ? fmt::format("{}", row.id)
                                                              : row.key);
}

// The first column of each row that the query gives for the table.
base::Result<std::vector<std::string>> ask_table(session::Connection& connection,
                                                 std::string_view sql, const std::string& table) {
  std::vector<std::string> out;
  THING_ASSIGN(const auto statement, connection.raw().prepare(sql));
  const std::string argument = connection.dialect().table_argument(table);
  THING_TRY(statement->bind(0, value::ValueView::of_bytes(value::Type::kText, argument)));
  for (;;) {
    std::vector<value::Value> row;
    THING_ASSIGN(const bool found, statement->step_dynamic(row));
    if (!found) break;
    if (!row.empty() && !row[0].is_null()) out.emplace_back(row[0].view().bytes);
  }
  statement->reset();
  return out;
}

base::Result<std::vector<uint32_t>> changing_fields(session::Connection& connection,
                                                    const schema::Model& model) {
  std::vector<uint32_t> out;
  const std::string_view sql = connection.dialect().ask_changing_columns();
  if (sql.empty()) return out;
  THING_ASSIGN(const std::vector<std::string> columns, ask_table(connection, sql, model.table));
  for (const std::string& column : columns) {
    if (const auto f = find_column(model, column); f.has_value()) out.push_back(*f);
  }
  return out;
}

}  // namespace

base::Result<std::optional<std::string>> full_name(session::Connection& connection,
                                                   const std::string& table) {
  const std::string last = table.substr(table.rfind('.') + 1);
  const std::string_view sql = connection.dialect().ask_schema();
  if (sql.empty()) return std::optional(last);
  THING_ASSIGN(const std::vector<std::string> schemas, ask_table(connection, sql, table));
  if (schemas.empty()) return std::optional<std::string>();
  return std::optional(schemas[0] + "." + last);
}

bool ModelState::is_shareable() const {
  return shared != nullptr && shared->table() != nullptr &&
         exactness_known.load(std::memory_order_acquire);
}

std::string SharedModel::row_cell(const Key& key) const {
  if (!key.is_integer) return row_cell(key_bytes(key));
  char digits[20];
  const char* const end = std::to_chars(digits, digits + sizeof digits, key.integer).ptr;
  return row_cell(std::string_view(digits, static_cast<size_t>(end - digits)));
}
std::string SharedModel::row_cell(std::string_view key) const {
  std::string out;
  out.reserve(row_prefix_.size() + key.size());
  return out.append(row_prefix_).append(key);
}

std::optional<std::string_view> SharedModel::key_of(std::string_view cell) const {
  if (!cell.starts_with(row_prefix_)) return std::nullopt;
  return cell.substr(row_prefix_.size());
}

SharedModel::SharedModel(const schema::Model& model)
    : fingerprint(bytes_of(hash_of(columns_of(model)))),
      known_(std::make_shared<SharedKnown>()),
      key_types_(key_types(model)),
      row_prefix_(fmt::format("o:{:08x}:", static_cast<uint32_t>(hash_of(key_types_)))) {}

// A table that is not there stays unknown: there is nothing of it in the cache.
base::Status SharedModel::learn_table(session::Connection& connection, const schema::Model& model) {
  if (table() != nullptr) return {};
  THING_ASSIGN(const std::optional<std::string> name, full_name(connection, model.table));
  if (!name.has_value()) return {};
  THING_ASSIGN(std::vector<uint32_t> changing, changing_fields(connection, model));
  const std::lock_guard lock(mutex_);
  if (owned_table_ != nullptr) return {};
  changing_ = std::move(changing);
  owned_table_ = std::make_unique<cache::shared::Table>(*name, key_types_);
  owned_table_->ttl_ms = model.cache.ttl_ms;
  owned_table_->absent_ttl_ms = model.cache.absent_ttl_ms;
  table_.store(owned_table_.get(), std::memory_order_release);
  return {};
}

std::shared_ptr<const SharedKnown> SharedModel::known() const {
  const std::lock_guard lock(mutex_);
  return known_;
}

void SharedModel::learn(const schema::Model& model, Registry registry) {
  auto known = std::make_shared<SharedKnown>();
  for (const Template& t : registry.templates) known->shapes.push_back(read_template(model, t));
  known->registry = std::move(registry);
  const std::lock_guard lock(mutex_);
  known_ = std::move(known);
}

bool is_kept_as_given(value::Type type) {
  switch (type) {
    case value::Type::kInt:
    case value::Type::kBool:
    case value::Type::kUuid:
    case value::Type::kDate:
    case value::Type::kText:
    case value::Type::kEnum: return true;
    default: return false;
  }
}

std::shared_ptr<const SharedQuery> SharedModel::query(const ModelState& model,
                                                      const query::Query& query, cache::Kind kind) {
  auto& known = kind == cache::Kind::kCount ? counts_ : lists_;
  const uint64_t hash = query.identity_hash.low;
  std::shared_ptr<const SharedQuery> named = known.find(query.identity, hash);
  if (named == nullptr) {
    named = std::make_shared<SharedQuery>(model.model, query, model.exactness, kind);
    if (query.identity.size() <= kLongestKept) known.put(query.identity, hash, named);
  }
  return named;
}

SharedQuery::SharedQuery(const schema::Model& model, const query::Query& query,
                         const query::Exactness& exactness, cache::Kind kind)
    : watch(std::make_shared<QueryWatch>(query, exactness, kind)) {
  std::vector<uint32_t> equal;
  std::vector<std::string> values(1);  // of each bucket
  const auto names = [&model](uint32_t field) {
    // What the database makes is not known when its row is marked.
    return static_cast<int>(field) != model.id && is_kept_as_given(model.fields[field].type);
  };
  for (const QueryWatch::Equal& e : watch->equal()) {
    if (!names(e.field)) continue;
    equal.push_back(e.field);
    values[0] += e.value;
  }
  for (const QueryWatch::Among& among : watch->among()) {
    if (!names(among.field) || values.size() * among.values.size() > QueryWatch::kMostAmong)
      continue;
    equal.push_back(among.field);
    values = each_with(values, among.values);
  }
  // A place in an order is told of one bucket alone.
  const bool may_be_cut = kind == cache::Kind::kList && values.size() == 1;
  const WindowOrder order = may_be_cut ? window_order(query) : WindowOrder();
  shape.text = template_text(model, equal, watch->fields(), order);
  depends.is_window = !order.empty();
  const base::Hash128 id = base::hash128(shape.text);
  shape.id = bytes_of(id.high) + bytes_of(id.low);
  depends.shape = &shape;
  for (const std::string& v : values)
    depends.buckets.push_back(SharedCache::bucket_cell(shape, hash_of(v)));
  if (base::is_removed("depends.all_values")) depends.buckets.resize(1);
  // Programs with other models have other names for what they read.
  const bool is_count = kind == cache::Kind::kCount && !query.distinct;
  identity = fmt::format("{} {:016x} {}", kind == cache::Kind::kCount ? "count" : "list",
                         hash_of(columns_of(model)), is_count ? query.predicate : query.identity);
  const base::Hash128 name = base::hash128(identity);
  hash = fmt::format("{:016x}{:016x}", name.high, name.low);
}

Shared::Shared(Store& store, std::unique_ptr<cache::shared::Wires> wires,
               SharedCache::Options options)
    : store_(store), wires_(std::move(wires)), cache_(*wires_, options) {}

bool Shared::is_open_to(const Call& call, ModelState& model) {
  if (!store_.may_read_cache(call, model)) return false;
  if (model.is_shareable()) return true;
  Reading reading(store_, call);
  // Who can not ask learns from the call's own statement why.
  return reading.open() && store_.learn_exactness(reading.connection(), model) &&
         model.is_shareable();
}

bool Shared::needs_images(ModelState& model, std::span<const uint32_t> fields) {
  const auto known = model.shared->known();
  if (model.shared->table() == nullptr) return false;  // then nothing is known yet
  return std::any_of(known->shapes.begin(), known->shapes.end(), [&](const SharedShape& s) {
    return !s.is_strange && concerns(s, *model.shared, fields);
  });
}

base::Result<std::vector<Shared::Plan>> Shared::plan(session::Connection& connection,
                                                     const WriteSet& writes) const {
  std::vector<Plan> plans;
  const auto plan_of = [&plans](ModelState* model) -> Plan& {
    for (Plan& p : plans) {
      if (p.model == model) return p;
    }
    return plans.emplace_back(Plan{model, false, {}});
  };
  if (writes.is_everything() && !base::is_removed("mark.everything")) {
    for (int i = 0; i < store_.model_count(); ++i) plan_of(store_.model_at(i)).whole = true;
  }
  for (ModelState* model : writes.bulk()) {
    if (!base::is_removed("mark.bulk")) plan_of(model).whole = true;
  }
  for (const WriteSet::Row& row : writes.rows()) plan_of(row.model).rows.push_back(&row);
  for (const Plan& p : plans) THING_TRY(p.model->shared->learn_table(connection, p.model->model));
  std::erase_if(plans, [](const Plan& p) { return p.model->shared->table() == nullptr; });
  return plans;
}

namespace {

struct Placed {
  std::string name, place;  // place: "" where any list of the cell may change
  auto operator<=>(const Placed&) const = default;
};

// With the first of its places.
void keep_each_once(std::vector<Placed>& cells) {
  std::sort(cells.begin(), cells.end());
  cells.erase(std::unique(cells.begin(), cells.end(),
                          [](const Placed& x, const Placed& y) { return x.name == y.name; }),
              cells.end());
}

}  // namespace

// The row's own cell, and the buckets that its images fall into.
Cells Shared::cells_of(const Plan& plan, const SharedKnown& known) {
  const ModelState& state = *plan.model;
  const schema::Model& model = state.model;
  Cells cells;
  cells.table = state.shared->table();
  bool whole = plan.whole;
  std::vector<Placed> found;
  for (const WriteSet::Row* row : plan.rows) {
    if (found.size() > kMostCells) {
      keep_each_once(found);
      whole = whole || found.size() > kMostCells;
    }
    if (whole) break;
    if (row->has_key || !base::is_removed("mark.inserts"))
      found.push_back({row->has_key ? cell_of(*row) : SharedCache::kInsertsCell, ""});
    for (const SharedShape& shape : known.shapes) {
      if (!concerns(shape, *state.shared, row->fields)) continue;
      if (base::is_removed("cells.of_deletes") && row->before && !row->after) continue;
      const bool is_by_key = model.id >= 0 && std::find(shape.equal.begin(), shape.equal.end(),
                                                        model.id) != shape.equal.end();
      whole = whole || shape.is_strange || !row->has_images || (is_by_key && !row->has_key);
      for (const value::BatchRef* image : {&row->before, &row->after}) {
        if (whole || !*image) continue;
        if (base::is_removed(image == &row->before ? "cells.before_image" : "cells.after_image"))
          continue;
        const value::RowView values = (*image)->row(0);
        if (const auto bucket = bucket_of(model, shape.equal, values); bucket.has_value()) {
          found.push_back({SharedCache::bucket_cell(shape.text, *bucket),
                           shape.order.place(model, values, row->has_key).text});
        }
      }
    }
  }
  keep_each_once(found);
  std::vector<std::string>& names = cells.names;
  for (Placed& cell : found) {
    names.push_back(std::move(cell.name));
    cells.places.push_back(std::move(cell.place));
  }
  if (whole || names.size() > kMostCells) {
    names.assign(1, SharedCache::kTableCell);  // everything of the table depends on it
    cells.places.clear();
  } else {
    cells.registry = &known.registry;
  }
  return cells;
}

// Tables that only other programs have models of.
base::Status Shared::mark_tables(session::Connection& connection, const Token& token,
                                 std::span<const std::string> names, std::vector<Cells>& marked) {
  std::vector<Cells> cells;
  for (const std::string& name : names) {
    THING_ASSIGN(const std::optional<std::string> full, full_name(connection, name));
    if (!full.has_value()) continue;
    const std::lock_guard lock(tables_mutex_);
    auto& table = tables_[*full];
    if (table == nullptr) table = std::make_unique<cache::shared::Table>(*full, "");
    Cells& c = cells.emplace_back();
    c.table = table.get();
    c.names.emplace_back(SharedCache::kTableCell);
  }
  if (cells.empty()) return {};
  bool sent = false;
  base::Status done = cache_.mark(token, cells, sent);
  if (sent) marked.insert(marked.end(), cells.begin(), cells.end());
  return done;
}

base::Status Shared::mark(session::Connection& connection, const Token& token,
                          const WriteSet& writes, std::vector<Cells>& marked) {
  THING_ASSIGN(std::vector<Plan> plans, plan(connection, writes));
  THING_TRY(mark_tables(connection, token, writes.tables(), marked));
  for (int round = 0; !plans.empty(); ++round) {
    std::vector<std::shared_ptr<const SharedKnown>> known;
    std::vector<Cells> cells;
    for (Plan& p : plans) {
      p.whole = p.whole || round == kMostPlans;
      known.push_back(p.model->shared->known());
      cells.push_back(cells_of(p, *known.back()));
    }
    bool sent = false;
    base::reach("write.planned");
    base::Status done = cache_.mark(token, cells, sent);
    for (const Cells& c : cells) {
      const bool may_be_marked = !done || c.outcome == Cells::Outcome::kMarked;
      if (!sent || !may_be_marked) continue;
      Cells& m = marked.emplace_back();
      m.table = c.table;
      m.names = c.names;
      m.stamp = c.stamp;
      m.copies_ms = c.copies_ms;
    }
    THING_TRY(std::move(done));
    std::vector<Plan> again;
    for (size_t i = 0; i < cells.size(); ++i) {
      if (cells[i].outcome == Cells::Outcome::kMarked) continue;
      if (cells[i].outcome == Cells::Outcome::kOtherKey) plans[i].whole = true;
      if (cells[i].outcome == Cells::Outcome::kNews)
        plans[i].model->shared->learn(plans[i].model->model, std::move(cells[i].news));
      again.push_back(std::move(plans[i]));
    }
    plans = std::move(again);
  }
  return {};
}

// The last of a row's images counts. One of another key than was marked is that of another row.
void Shared::put_rows(const WriteSet& writes, std::span<Cells> marked) {
  RowFiller filler;
  for (const WriteSet::Row& row : writes.rows()) {
    if (!row.has_key) continue;
    const std::string cell = cell_of(row);
    for (Cells& c : marked) {
      const auto name = std::lower_bound(c.names.begin(), c.names.end(), cell);
      if (c.table != row.model->shared->table() || c.stamp.empty() || name == c.names.end() ||
          *name != cell)
        continue;
      c.values.resize(c.names.size());
      std::string& value = c.values[static_cast<size_t>(name - c.names.begin())];
      value.clear();
      if (!row.is_stored || !row.after) continue;
      const value::RowView image = row.after->row(0);
      if (row.model->shared->row_cell(row_key(row.model->model, image)) != cell) continue;
      const auto packed = filler.pack(*row.model, image);
      if (packed.empty()) continue;  // too long
      value = cache::shared::row_value(
          c.stamp, row.model->shared->fingerprint, cache::shared::new_nonce(),
          {reinterpret_cast<const char*>(packed.data()), packed.size()});
    }
  }
}

// ---- commits that nobody ended

// Whether the token was met long enough ago; remembers it when it was not. Those that are met no
// more make room, and no token takes the place of another that still waits.
bool Shared::is_due(const Token& token) {
  const int64_t now = store_.clock().monotonic_micros();
  const std::lock_guard lock(met_mutex_);
  if (const auto met = met_.find(token); met != met_.end())
    return now - met->second >= kSettleAfter;
  if (met_.size() >= kMostMet)
    std::erase_if(met_, [now](const auto& met) { return now - met.second > kForgetAfter; });
  if (met_.size() < kMostMet) met_.emplace(token, now);
  return false;
}

base::Result<bool> Shared::is_over(const Call& call, uint64_t session) {
  Call outside = call;
  outside.tx = nullptr;
  Reading reading(store_, outside);
  THING_TRY(reading.open());
  if (reading.connection().name() == session) return false;
  THING_ASSIGN(const auto statement,
               reading.connection().raw().prepare(store_.dialect().ask_session(session)));
  store_.count_sql();
  std::vector<value::Value> row;
  THING_ASSIGN(const bool found, statement->step_dynamic(row));
  statement->reset();
  return found && row.size() == 1 && row[0].type() == value::Type::kInt &&
         row[0].view().integer == 1;
}

void Shared::settle(const Call& call, ModelState& model, std::span<const Met> met) noexcept {
  try {
    for (const Met& m : met) {
      if (!is_due(m.token)) continue;
      const auto over = is_over(call, m.token.session);
      base::reach("settle.asked");
      if (!base::is_removed("resolve.asks") && !(over && *over)) continue;
      cache_.resolve(*model.shared->table(), m);
      base::reach("settle.resolved");
    }
  } catch (const std::bad_alloc&) {  // the mark stays for who comes next
  }
}

}  // namespace thing::store
