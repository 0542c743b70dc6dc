#include "store/outbox.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/faults.h"
#include "base/random.h"
#include "schema/field_value.h"
#include "schema/print_value.h"
#include "store/backend.h"
#include "store/keys.h"
#include "store/shared.h"
#include "text/json.h"

namespace thing::store {

using base::Code;
using base::fail;
using cache::shared::SharedCache;
using cache::shared::Wire;

namespace {

constexpr size_t kMostAtOnce = 500;       // rows that are taken out in one transaction
constexpr size_t kMostRows = 256;         // of one table; beyond, the table itself
constexpr size_t kMostInserted = 100;     // of one statement
constexpr int64_t kPatience = 1'500'000;  // of the outbox' own statements, in microseconds
constexpr auto kFirstPause = std::chrono::milliseconds(2);
constexpr auto kLongestPause = std::chrono::milliseconds(20);

// Reads back what append_key_bytes() wrote.
std::optional<value::ValueView> take_key_value(std::string_view& bytes, value::Type type) {
  if (bytes.empty() || static_cast<value::Type>(bytes[0]) != type) return std::nullopt;
  bytes.remove_prefix(1);
  if (!value::is_heap_slot(type)) {
    int64_t integer = 0;
    if (bytes.size() < sizeof integer) return std::nullopt;
    std::copy_n(bytes.data(), sizeof integer, reinterpret_cast<char*>(&integer));
    bytes.remove_prefix(sizeof integer);
    return value::ValueView::of_int(type, integer);
  }
  uint32_t size = 0;
  if (bytes.size() < sizeof size) return std::nullopt;
  std::copy_n(bytes.data(), sizeof size, reinterpret_cast<char*>(&size));
  bytes.remove_prefix(sizeof size);
  if (bytes.size() < size) return std::nullopt;
  const std::string_view text = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return value::ValueView::of_bytes(type, text);
}

// The name of the row's cell; nullopt when the key is not one of the model.
std::optional<std::string> cell_of(const ModelState& state, const std::string& document) {
  const schema::Model& model = state.model;
  const auto json = text::Json::parse(document);
  if (!json || !json->root().is(text::JsonKind::kObject) ||
      json->root().size != model.primary.size())
    return std::nullopt;
  Key key;
  for (const uint32_t f : model.primary) {
    const schema::Field& field = model.fields[f];
    const text::JsonNode* const node = json->root().find(field.column);
    if (node == nullptr || !is_kept_as_given(field.type)) return std::nullopt;
    auto v = schema::value_from_json(field, *node, *json);
    if (!v || v->is_null()) return std::nullopt;
    if (model.id >= 0) {
      key.is_integer = true;
      key.integer = v->view().integer;
    } else {
      key.values.push_back(std::move(*v));
    }
  }
  return state.shared->row_cell(key);
}

base::Result<std::vector<value::Value>> ask(session::Connection& connection,
                                            const std::string& sql) {
  std::vector<value::Value> cells;
  THING_ASSIGN(const auto statement, connection.raw().prepare(sql));
  for (;;) {
    THING_ASSIGN(const bool more, statement->step_dynamic(cells));
    if (!more) return cells;
  }
}

Word word_of(const value::Value& table, const value::Value& key) {
  Word word{std::string(table.view().bytes), std::nullopt};
  if (!key.is_null()) word.key = std::string(key.view().bytes);
  return word;
}

}  // namespace

std::optional<std::string> key_document(const schema::Model& model, const WriteSet::Row& row) {
  if (!row.has_key) return std::nullopt;
  std::string out;
  text::JsonWriter w(out);
  w.begin_object();
  std::string_view rest = row.key;
  for (const uint32_t f : model.primary) {
    const schema::Field& field = model.fields[f];
    if (!is_kept_as_given(field.type)) return std::nullopt;
    const auto v = model.id >= 0
                       ? std::optional(value::ValueView::of_int(value::Type::kInt, row.id))
                       : take_key_value(rest, field.type);
    if (!v.has_value()) return std::nullopt;
    w.key(field.column);
    schema::print_value(w, field.type, *v);
  }
  w.end_object();
  return out;
}

Outbox::Outbox(Store& store) : store_(store), process_(base::Process::current()) {}

Outbox::~Outbox() { close(); }

void Outbox::close() {
  if (!is_of_this_process() || closed_.exchange(true)) return;
  control_.cancel();
  keeper_.stop();
  const std::lock_guard lock(mutex_);
  disconnect();
}

void Outbox::disconnect() {
  control_.detach();
  connection_.reset();
}

std::string Outbox::why() const {
  const std::lock_guard lock(why_mutex_);
  return why_;
}

CachePolicy Outbox::policy() const {
  const CachePolicy wanted = store_.config().cache_policy;
  return wanted == CachePolicy::kAvailable && !is_usable() ? CachePolicy::kStrict : wanted;
}

void Outbox::set_why(std::string why) {
  usable_.store(why.empty(), std::memory_order_release);
  const std::lock_guard lock(why_mutex_);
  why_ = std::move(why);
}

// ---- the table

base::Status Outbox::reach() {
  if (closed_.load(std::memory_order_acquire)) return fail(Code::kClosed, "the database is closed");
  control_.set_deadline(base::system_clock().monotonic_micros() + kPatience);
  if (connection_ != nullptr && (!connection_->raw().is_usable() || !connection_->raw().is_alive()))
    disconnect();
  if (connection_ != nullptr) return {};
  THING_ASSIGN(auto raw, session_options(store_.config()).connect(&control_));
  connection_ = std::make_unique<session::Connection>(std::move(raw));
  connection_->raw().set_control(&control_);
  control_.attach(&connection_->raw());
  return {};
}

base::Status Outbox::look_for_table() {
  if (!schema_.empty()) return {};
  THING_ASSIGN(const auto found, ask(*connection_, std::string(store_.dialect().ask_outbox())));
  if (!found.empty()) schema_ = std::string(found[0].view().bytes);
  return {};
}

// That it is there does not mean that this program may use it.
base::Status Outbox::try_table() {
  const query::Lock lock{query::Lock::Kind::kUpdate, query::Lock::Wait::kSkipLocked};
  THING_TRY(store_.dialect().check_lock(lock, store_.session().server_version()));
  THING_TRY(session::begin(*connection_, dialect::Isolation::kReadCommitted, false));
  const Word word{"", std::nullopt};
  Range range;
  auto done = [&]() -> base::Status {
    THING_TRY(note(*connection_, {&word, 1}, range));
    THING_TRY(ask(*connection_, fmt::format("SELECT id FROM {} WHERE id = {}{}", dialect::kOutbox,
                                            range.first, store_.dialect().row_lock(lock))));
    return connection_->raw().execute(
        fmt::format("DELETE FROM {} WHERE id = {}", dialect::kOutbox, range.first));
  }();
  session::rollback(*connection_);
  return done;
}

base::Result<std::string> Outbox::make() {
  const std::lock_guard lock(mutex_);
  THING_TRY(reach());
  THING_TRY(look_for_table());
  if (schema_.empty()) {
    // Two who make it at the same time: the one that fails finds what the other made.
    auto made = connection_->raw().execute(store_.dialect().create_outbox());
    THING_TRY(look_for_table());
    if (schema_.empty() && !made) return fail(std::move(made.error()));
  }
  THING_TRY(try_table());
  return schema_;
}

void Outbox::open(bool wanted) {
  if (!wanted) return set_why("not asked for");
  if (store_.config().is_read_only()) return set_why("the database is opened to be read");
  auto made = make();
  set_why(made ? "" : std::string(made.error().message()));
}

void Outbox::start(cache::shared::Wires& wires) {
  wires_ = &wires;
  const int64_t poll = store_.config().cache_poll_ms;
  // Up to a fifth more or less, so that many processes do not come at the same time.
  const auto most = static_cast<uint64_t>(poll * 2 / 5 + 1);
  const int64_t every = poll - poll / 5 + static_cast<int64_t>(base::random64() % most);
  keeper_.start(std::chrono::milliseconds(std::max<int64_t>(every, 1)), [this] { work(); });
}

// ---- leaving word

base::Status Outbox::note(session::Connection& connection, std::span<const Word> words,
                          Range& range) {
  const bool returns = connection.dialect().features().returns_ids;
  while (!words.empty()) {
    const auto part = words.first(std::min(words.size(), kMostInserted));
    words = words.subspan(part.size());
    std::string sql = fmt::format("INSERT INTO {} (tbl, row_key) VALUES ", dialect::kOutbox);
    for (size_t i = 0; i < part.size(); ++i) sql += i == 0 ? "(?, ?)" : ", (?, ?)";
    if (returns) sql += " RETURNING id";
    THING_ASSIGN(const auto statement,
                 connection.raw().prepare(connection.dialect().with_placeholders(sql)));
    int at = 0;
    for (const Word& word : part) {
      THING_TRY(statement->bind(at++, value::ValueView::of_bytes(value::Type::kText, word.table)));
      THING_TRY(statement->bind(
          at++, word.key.has_value() ? value::ValueView::of_bytes(value::Type::kText, *word.key)
                                     : value::ValueView()));
    }
    std::vector<value::Value> ids;
    if (returns) {
      for (;;) {
        THING_ASSIGN(const bool more, statement->step_dynamic(ids));
        if (!more) break;
      }
    } else {
      THING_TRY(statement->execute());
      const int64_t last = connection.raw().last_insert_id();
      const auto behind = static_cast<int64_t>(part.size() - 1);
      for (const int64_t id : {last - behind * connection.raw().id_step(), last})
        ids.push_back(value::Value::of_int(value::Type::kInt, id));
    }
    for (const value::Value& id : ids) {
      range.first = range.first == 0 ? id.view().integer : std::min(range.first, id.view().integer);
      range.last = std::max(range.last, id.view().integer);
    }
  }
  base::reach("outbox.noted");
  return {};
}

// When nobody took out for a whole wait what an earlier write left, and it is still there, nobody
// reaches Redis: then writes do not wait one after the other.
bool Outbox::await(session::Connection& connection, const Range& range) noexcept {
  if (base::is_removed("outbox.waits")) return true;
  try {
    keeper_.wake();
    const auto is_there = [&connection](int64_t first, int64_t last) -> base::Result<bool> {
      THING_ASSIGN(
          const auto found,
          ask(connection, fmt::format("SELECT 1 FROM {} WHERE id BETWEEN {} AND {} LIMIT 1",
                                      dialect::kOutbox, first, last)));
      return !found.empty();
    };
    int64_t patience = store_.config().cache_wait_ms * 1000;
    if (const int64_t stuck = stuck_.load(); stuck != 0) {
      const auto still = is_there(stuck, stuck);
      if (!still || *still) patience = 0;
      if (still && !*still) stuck_.store(0);
    }
    const int64_t until = base::system_clock().monotonic_micros() + patience;
    for (auto pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
      const auto there = is_there(range.first, range.last);
      if (!there) return false;
      if (!*there) return true;
      if (base::system_clock().monotonic_micros() >= until) break;
      std::this_thread::sleep_for(pause);
    }
    stuck_.store(range.first);
  } catch (const std::bad_alloc&) {
  }
  return false;
}

// ---- taking it out

base::Status Outbox::apply(Wire& wire, session::Connection& connection, std::vector<Word> words) {
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  for (size_t at = 0; at < words.size();) {
    size_t end = at;
    while (end < words.size() && words[end].table == words[at].table) ++end;
    const std::span<const Word> rows(words.data() + at, end - at);
    const cache::shared::Table table(rows[0].table, "");
    at = end;
    if (rows[0].table.empty()) continue;
    // Of several models of one table each may name its rows in its own way.
    bool whole = rows.size() > kMostRows || !rows[0].key.has_value();
    bool is_known = false;
    for (int i = 0; i < store_.model_count() && !whole; ++i) {
      ModelState& model = *store_.model_at(i);
      THING_TRY(model.shared->learn_table(connection, model.model));
      if (model.shared->table() == nullptr || model.shared->table()->tag != table.tag) continue;
      is_known = true;
      std::vector<std::string> cells;
      for (const Word& row : rows) {
        auto cell = cell_of(model, *row.key);
        whole = whole || !cell.has_value();
        if (!whole) cells.push_back(std::move(*cell));
      }
      if (!whole) THING_TRY(SharedCache::drop(wire, *model.shared->table(), cells, false));
    }
    if (whole || !is_known) THING_TRY(SharedCache::drop(wire, table, {}, true));
  }
  return {};
}

// The tables that there is word of, each found by the index however many rows there are.
base::Result<std::vector<Word>> Outbox::tables_told() {
  std::vector<Word> words;
  const std::string sql = fmt::format("SELECT min(tbl) FROM {} WHERE tbl > ?", dialect::kOutbox);
  THING_ASSIGN(const auto statement,
               connection_->raw().prepare(store_.dialect().with_placeholders(sql)));
  for (std::string last;;) {
    THING_TRY(statement->bind(0, value::ValueView::of_bytes(value::Type::kText, last)));
    std::vector<value::Value> found;
    THING_ASSIGN(const bool is_there, statement->step_dynamic(found));
    statement->reset();
    if (!is_there || found.empty() || found[0].is_null()) return words;
    last = std::string(found[0].view().bytes);
    words.push_back(Word{last, std::nullopt});
  }
}

// What others are about to take out is dropped here, too: they may not have come to it. Nothing is
// deleted.
base::Status Outbox::catch_up(Wire& wire) {
  if (base::is_removed("outbox.catches_up")) return {};
  const std::unique_lock lock(mutex_, std::chrono::microseconds(kPatience));
  const auto done = [&]() -> base::Status {
    if (!lock.owns_lock()) return fail(Code::kBusy, "others ask for it");
    THING_TRY(reach());
    THING_TRY(look_for_table());
    if (schema_.empty()) return {};
    std::vector<Word> words;
    THING_ASSIGN(auto rows, ask(*connection_, fmt::format("SELECT tbl, row_key FROM {} LIMIT {}",
                                                          dialect::kOutbox, kMostAtOnce + 1)));
    if (rows.size() <= kMostAtOnce * 2) {
      for (size_t i = 0; i + 1 < rows.size(); i += 2)
        words.push_back(word_of(rows[i], rows[i + 1]));
    } else {
      THING_ASSIGN(words, tables_told());
    }
    if (words.empty()) return {};
    THING_TRY(apply(wire, *connection_, std::move(words)));
    keeper_.wake();
    return {};
  }();
  base::reach("outbox.caught_up");
  if (done) return {};
  if (done.error().code() == Code::kSchema) schema_.clear();
  return fail(Code::kConnection,
              "Redis is not used, as it is not known what was written without it: {}",
              done.error().message());
}

// Whether there may be more.
base::Result<bool> Outbox::take(Wire& wire) {
  static const session::Plan look(fmt::format("SELECT 1 FROM {} LIMIT 1", dialect::kOutbox));
  THING_ASSIGN(driver::Statement* const statement, connection_->statement(look));
  std::vector<value::Value> any;
  THING_ASSIGN(const bool found, statement->step_dynamic(any));
  connection_->rest();
  if (!found) return false;
  // Above this isolation MySQL would lock the place that writers add their rows at, too.
  THING_TRY(session::begin(*connection_, dialect::Isolation::kReadCommitted, false));
  const query::Lock lock{query::Lock::Kind::kUpdate, query::Lock::Wait::kSkipLocked};
  THING_ASSIGN(const auto rows,
               ask(*connection_,
                   fmt::format("SELECT id, tbl, row_key FROM {} ORDER BY id LIMIT {}{}",
                               dialect::kOutbox, kMostAtOnce, store_.dialect().row_lock(lock))));
  std::vector<Word> words;
  std::string ids;
  for (size_t i = 0; i + 2 < rows.size(); i += 3) {
    ids += fmt::format("{}{}", ids.empty() ? "" : ", ", rows[i].view().integer);
    words.push_back(word_of(rows[i + 1], rows[i + 2]));
  }
  const bool more = words.size() == kMostAtOnce;
  base::reach("outbox.locked");
  if (!words.empty()) {
    if (!base::is_removed("outbox.drops")) THING_TRY(apply(wire, *connection_, std::move(words)));
    base::reach("outbox.applied");
    THING_TRY(connection_->raw().execute(
        fmt::format("DELETE FROM {} WHERE id IN ({})", dialect::kOutbox, ids)));
  }
  THING_TRY(session::commit(*connection_));
  return more;
}

base::Status Outbox::consume() {
  // Before the lock: a new connection to Redis is caught up first.
  THING_ASSIGN(const std::unique_ptr<Wire> wire, wires_->take(false));
  for (;;) {
    const std::lock_guard lock(mutex_);  // of a round: others wait for it
    THING_TRY(reach());
    THING_TRY(look_for_table());
    if (schema_.empty()) return {};
    auto more = take(*wire);
    if (more && *more) continue;
    if (more) return {};
    session::rollback(*connection_);
    if (more.error().code() == Code::kSchema) schema_.clear();
    return fail(std::move(more.error()));
  }
}

void Outbox::work() noexcept {
  // Who only reads leaves it to others.
  if (store_.config().is_read_only()) return;
  try {
    (void)consume();
  } catch (const std::bad_alloc&) {  // the next time
  }
}

}  // namespace thing::store
