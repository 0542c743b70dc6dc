#include "cache/shared/shared_cache.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/faults.h"
#include "base/hash.h"
#include "base/random.h"
#include "cache/shared/names.h"

namespace thing::cache::shared {

using base::Code;
using base::fail;

namespace {

// Names of tables may hold anything, and Redis ends a hash tag at the first brace. Databases may
// fold ASCII letters, so all of them are taken for one.
std::string tag_of(std::string_view name) {
  std::string out = "{";
  for (const char c : name) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    const bool plain = (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_';
    if (plain) {
      out += lower;
    } else {
      out += fmt::format("%{:02x}", static_cast<uint8_t>(c));
    }
  }
  return out + "}:";
}

base::Error strange(std::string_view what) {
  return base::Error(Code::kConnection, fmt::format("Redis: found a strange reply to {}", what));
}

constexpr const char* kKeyTypes = "k";
uint64_t hash_of(std::string_view space) { return base::hash64(space.data(), space.size()); }

constexpr const char* kRegistryNonce = SharedCache::kRegistryCell;
constexpr const char* kTemplates = "p";
constexpr const char* kQuarantine = "u";
constexpr const char* kWriters = "w";
constexpr const char* kCopies = "d";
constexpr const char* kLast = "c";

// nullopt: it was not told, or by somebody else.
std::optional<int64_t> copies_of(const Reply& reply) {
  if (!reply.is_bytes()) return std::nullopt;
  int64_t ms = 0;
  const auto read =
      std::from_chars(reply.bytes.data(), reply.bytes.data() + reply.bytes.size(), ms);
  if (read.ec != std::errc() || ms < 0 || ms > kLongestLease) return std::nullopt;
  return ms;
}

// Whether the stamps, from `first` on, are the ones that were.
template <class Stamps>
bool are_same(const Reply& reply, size_t first, const Stamps& stamps) {
  if (reply.items.size() - first != stamps.size()) return false;
  for (size_t i = 0; i < stamps.size(); ++i) {
    const Reply& item = reply.items[first + i];
    if (!item.is_bytes()) return false;
    if (i == 0) {
      if (item.bytes != stamps[0]) return false;
      continue;
    }
    const Cell cell = Cell::read(bytes_of(item));
    if (cell.kind != CellKind::kStamp || cell.nonce != stamps[i]) return false;
  }
  return true;
}

void meet(const Cell& mark, const std::string& cell, std::vector<Met>& met) {
  for (const Token& token : tokens_of(mark)) met.push_back({cell, token});
}

}  // namespace

Table::Table(std::string_view full_name, std::string key_types)
    : name(full_name), tag(tag_of(full_name)), key(std::move(key_types)) {}

void SharedCache::set_heard(std::string_view space) {
  heard_.store(space.empty() ? 0 : hash_of(space), std::memory_order_release);
}

std::string SharedCache::bucket_cell(const Template& shape, uint64_t values) {
  return fmt::format("b:{}:{:016x}", shape.id, values);
}

// A tenth less at random, so that what was filled together does not end together.
std::string SharedCache::ttl(int64_t ms) const {
  const auto most = static_cast<uint64_t>(ms / 10 + 1);
  return fmt::format("{}", ms - static_cast<int64_t>(base::random64() % most));
}

// ---- rows

// A failure is a miss of what was not found by then.
Look SharedCache::find(const Table& table, std::span<const std::string> cells,
                       std::string_view fingerprint, const Under* under,
                       std::span<const std::string> known) {
  Look out;
  out.rows.resize(cells.size());
  auto wire = wires_.take(false);
  if (!wire || !look(**wire, table, {cells, known, fingerprint, under}, out))
    reasons_.add(Reason::kUnreachable);
  return out;
}

// Whether writers know by now how long this process uses copies. Tells them when they do not: what
// is found later may be copied then.
bool SharedCache::may_copy(Wire& wire, const Table& table, std::optional<int64_t> told) {
  if (options_.is_told) return heard_.load(std::memory_order_acquire) == hash_of(wire.space());
  if (options_.copies_ms == 0 || base::is_removed("copies.told")) return true;
  if (told.value_or(-1) >= options_.copies_ms) return true;
  wire.run(Script::kCopies, {key(wire, table, kCopies)}, {fmt::format("{}", options_.copies_ms)});
  (void)wire.answer();
  return false;
}

void SharedCache::lease(const Table& table, std::span<const std::string> cells,
                        std::string_view fingerprint, Look& look) {
  if (auto wire = wires_.take(false); wire)
    (void)take_leases(**wire, table, cells, fingerprint, look);
}

namespace {

// A value that counts while the table's stamp is `stamp`. An absent row does only if `inserts` is
// as it was, too.
void take_value(const Cell& cell, std::string_view stamp, std::string_view fingerprint,
                Look::Row& row) {
  if (cell.kind != CellKind::kRow) return;
  if (cell.table != stamp && !base::is_removed("row.table_stamp")) return;
  if (cell.fingerprint != fingerprint && !base::is_removed("row.fingerprint")) return;
  row.seen = Seen::kRow;
  row.row = std::string(cell.row);
  row.nonce = std::string(cell.nonce);
}

bool is_absent(const Cell& cell, std::string_view stamp, std::string_view inserts) {
  return cell.kind == CellKind::kAbsent && cell.table == stamp && cell.inserts == inserts;
}

// Why a value was not taken.
Reason reason_of(const Cell& cell, std::string_view stamp) {
  switch (cell.kind) {
    case CellKind::kMark: return Reason::kMarked;
    case CellKind::kLease: return Reason::kLeased;
    case CellKind::kRow:
    case CellKind::kAbsent:
      return stamp.empty()         ? Reason::kMarked
             : cell.table != stamp ? Reason::kTableChanged
                                   : Reason::kOtherLayout;
    default: return Reason::kMissing;
  }
}

}  // namespace

// Of values that the caller knows only the head is asked. It comes after the table's stamp, and was
// there before: a nonce never comes back, so the value was there all the time.
base::Status SharedCache::look(Wire& wire, const Table& table, const Asked& asked, Look& out) {
  const auto is_known = [&asked](size_t i) {
    return !asked.known.empty() && !asked.known[i].empty();
  };
  const bool copies = options_.copies_ms != 0;
  Words mget;
  mget.reserve(asked.cells.size() + 3);
  mget.emplace_back("MGET");
  mget.push_back(key(wire, table, kTableCell));
  if (copies) mget.push_back(key(wire, table, kCopies));
  const size_t first = mget.size() - 1;
  for (size_t i = 0; i < asked.cells.size(); ++i) {
    if (!is_known(i)) mget.push_back(key(wire, table, asked.cells[i]));
  }
  const size_t stamps = mget.size() - 1;
  if (asked.under != nullptr) add_stamps(wire, table, *asked.under->depends, mget);
  wire.ask(mget);
  for (size_t i = 0; i < asked.cells.size(); ++i) {
    if (is_known(i))
      wire.ask(
          {"GETRANGE", key(wire, table, asked.cells[i]), "0", fmt::format("{}", kRowHead - 1)});
  }
  std::string table_stamp;
  std::vector<std::pair<size_t, std::string>> absent;
  std::optional<int64_t> told;
  {
    THING_ASSIGN(const Reply reply, wire.answer());
    if (!reply.is_array(mget.size() - 1)) return fail(strange("MGET"));
    out.is_still = asked.under != nullptr && are_same(reply, stamps, asked.under->stamps);
    const Cell stamp = Cell::read(bytes_of(reply.items[0]));
    if (stamp.kind == CellKind::kMark) meet(stamp, kTableCell, out.met);
    if (stamp.kind == CellKind::kStamp) table_stamp = std::string(stamp.nonce);
    if (copies) told = copies_of(reply.items[1]);
    size_t at = first;
    for (size_t i = 0; i < asked.cells.size(); ++i) {
      if (is_known(i)) continue;
      const Cell cell = Cell::read(bytes_of(reply.items[at++]));
      if (cell.kind == CellKind::kMark) meet(cell, asked.cells[i], out.met);
      if (!table_stamp.empty()) take_value(cell, table_stamp, asked.fingerprint, out.rows[i]);
      if (out.rows[i].seen == Seen::kRow) continue;
      if (!table_stamp.empty() && is_absent(cell, table_stamp, cell.inserts)) {
        absent.emplace_back(i, cell.inserts);
      } else {
        reasons_.add(reason_of(cell, table_stamp));
      }
    }
  }
  for (size_t i = 0; i < asked.cells.size(); ++i) {
    if (!is_known(i)) continue;
    THING_ASSIGN(const Reply reply, wire.answer());
    const Cell cell = Cell::read(bytes_of(reply));
    if (cell.kind == CellKind::kRow && !table_stamp.empty() && cell.table == table_stamp &&
        cell.nonce == asked.known[i])
      out.rows[i].seen = Seen::kSame;
  }
  if (!absent.empty()) THING_TRY(look_for_absent(wire, table, absent, out));
  out.may_copy = may_copy(wire, table, told);
  return {};
}

// Whether rows came since. Stamps never come back, so one that is the same now was so all along.
base::Status SharedCache::look_for_absent(Wire& wire, const Table& table,
                                          const std::vector<std::pair<size_t, std::string>>& absent,
                                          Look& out) {
  wire.ask({"GET", key(wire, table, kInsertsCell)});
  THING_ASSIGN(const Reply inserts, wire.answer());
  const Cell now = Cell::read(bytes_of(inserts));
  if (now.kind == CellKind::kMark) meet(now, kInsertsCell, out.met);
  for (const auto& [i, then] : absent) {
    const bool is_same = now.kind == CellKind::kStamp && now.nonce == then;
    if (is_same || base::is_removed("absent.inserts")) {
      out.rows[i].seen = Seen::kAbsent;
    } else {
      reasons_.add(now.kind == CellKind::kMark ? Reason::kMarked : Reason::kStampChanged);
    }
  }
  return {};
}

base::Status SharedCache::take_leases(Wire& wire, const Table& table,
                                      std::span<const std::string> cells,
                                      std::string_view fingerprint, Look& out) {
  std::vector<size_t> wanted;
  Words keys{key(wire, table, "k"), key(wire, table, kTableCell), key(wire, table, kInsertsCell)};
  for (size_t i = 0; i < cells.size(); ++i) {
    if (out.rows[i].seen != Seen::kNothing) continue;
    wanted.push_back(i);
    keys.push_back(key(wire, table, cells[i]));
  }
  if (wanted.empty()) return {};
  if (out.nonce.empty()) out.nonce = new_nonce();
  wire.run(Script::kLease, keys, {table.key, out.nonce, fmt::format("{}", options_.lease_ms)});
  THING_ASSIGN(const Reply reply, wire.answer());
  if (!reply.is_array(1)) return fail(strange("a lease"));
  const Cell stamp = Cell::read(bytes_of(reply.items[0]));
  if (stamp.kind == CellKind::kMark) meet(stamp, kTableCell, out.met);
  if (stamp.kind != CellKind::kStamp) {  // marked, or kept by another key
    if (reply.items[0].kind == Reply::Kind::kInteger) reasons_.add(Reason::kOtherKey);
    return {};
  }
  if (!reply.is_array(wanted.size() + 2)) return fail(strange("a lease"));
  const Cell inserts = Cell::read(bytes_of(reply.items[1]));
  if (inserts.kind == CellKind::kMark) meet(inserts, kInsertsCell, out.met);
  out.table = std::string(stamp.nonce);
  out.inserts = std::string(inserts.nonce);
  for (size_t n = 0; n < wanted.size(); ++n) {
    Look::Row& row = out.rows[wanted[n]];
    const Reply& item = reply.items[n + 2];
    if (item.kind == Reply::Kind::kInteger) {
      row.seen = Seen::kLeased;
      continue;
    }
    const Cell cell = Cell::read(bytes_of(item));
    if (cell.kind == CellKind::kMark) meet(cell, cells[wanted[n]], out.met);
    if (cell.kind == CellKind::kLease) out.is_awaited = true;
    take_value(cell, stamp.nonce, fingerprint, row);
    if (inserts.kind == CellKind::kStamp && is_absent(cell, stamp.nonce, inserts.nonce))
      row.seen = Seen::kAbsent;
  }
  return {};
}

bool SharedCache::fill(const Table& table, const Look& look, std::span<const std::string> cells,
                       std::string_view fingerprint,
                       std::span<const std::optional<std::string_view>> rows) {
  auto wire = wires_.take(false);
  if (!wire) return false;
  const int64_t lives = table.ttl_ms != 0 ? table.ttl_ms : options_.ttl_ms;
  const int64_t absent = table.absent_ttl_ms != 0 ? table.absent_ttl_ms : options_.absent_ttl_ms;
  Words keys, arguments{look.nonce, ttl(lives), ttl(std::min(lives, absent))};
  for (size_t i = 0; i < cells.size(); ++i) {
    // Absent rows are not kept while rows come.
    const bool is_kept = rows[i].has_value() && (!rows[i]->empty() || !look.inserts.empty());
    keys.push_back(key(**wire, table, cells[i]));
    arguments.push_back(!is_kept ? ""
                        : rows[i]->empty()
                            ? absent_value(look.table, look.inserts)
                            : row_value(look.table, fingerprint, look.nonce, *rows[i]));
  }
  if (keys.empty()) return false;
  (*wire)->run(Script::kFill, keys, arguments);
  const auto reply = (*wire)->answer();
  if (!reply) return false;
  const auto wanted = std::count_if(arguments.begin() + 3, arguments.end(),
                                    [](const std::string& value) { return !value.empty(); });
  if (reply->integer < wanted)
    reasons_.add(Reason::kLeaseLost, static_cast<uint64_t>(wanted - reply->integer));
  return reply->integer == static_cast<int64_t>(keys.size());
}

// ---- lists and counts

std::optional<std::string> SharedCache::find_entry(const Table& table, std::string_view hash,
                                                   std::string_view identity, Under& under) {
  const auto missed = [this](Reason reason) {
    reasons_.add(reason);
    return std::nullopt;
  };
  auto wire = wires_.take(false);
  if (!wire) return missed(Reason::kUnreachable);
  Words mget{"MGET", key(**wire, table, entry_cell(hash))};
  const bool copies = options_.copies_ms != 0;
  if (copies) mget.push_back(key(**wire, table, kCopies));
  add_stamps(**wire, table, *under.depends, mget);
  (*wire)->ask(mget);
  const auto reply = (*wire)->answer();
  if (!reply || !reply->is_array(mget.size() - 1)) return missed(Reason::kUnreachable);
  if (!reply->items[0].is_bytes()) return missed(Reason::kMissing);
  const auto entry = Entry::read(reply->items[0].bytes);
  if (!entry.has_value()) return missed(Reason::kOtherLayout);
  if (entry->identity != identity && !base::is_removed("entry.identity"))
    return missed(Reason::kOtherQuery);
  if (!are_same(*reply, copies ? 2 : 1, entry->stamps) && !base::is_removed("entry.stamps"))
    return missed(Reason::kStampChanged);
  under.stamps.assign(entry->stamps.begin(), entry->stamps.end());
  std::string result(entry->result);
  under.may_copy = may_copy(**wire, table, copies ? copies_of(reply->items[1]) : std::nullopt);
  return result;
}

bool SharedCache::is_still(const Table& table, const Under& under) {
  auto wire = wires_.take(false);
  if (!wire) return false;
  Words mget{"MGET"};
  add_stamps(**wire, table, *under.depends, mget);
  (*wire)->ask(mget);
  const auto reply = (*wire)->answer();
  return reply && reply->is_array(mget.size() - 1) && are_same(*reply, 0, under.stamps);
}

bool SharedCache::acquire(const Table& table, Under& under, std::vector<Met>& met, bool rows) {
  const Depends& depends = *under.depends;
  auto wire = wires_.take(false);
  if (!wire) return false;
  Words keys;
  for (const char* name : {kTemplates, kRegistryNonce, kWriters, kQuarantine, kLast, kTableCell})
    keys.push_back(key(**wire, table, name));
  for (const std::string& bucket : depends.buckets) keys.push_back(key(**wire, table, bucket));
  (*wire)->run(Script::kAcquire, keys,
               {depends.shape->id, depends.shape->text, new_nonce(), ttl(options_.bucket_ttl_ms),
                depends.is_window ? "1" : "0", rows ? "1" : "0"});
  const auto reply = (*wire)->answer();
  if (!reply || !reply->is_array(2) || !reply->items[0].is_bytes()) return false;
  const std::string_view what = reply->items[0].bytes;
  if (what == "P") {
    reasons_.add(Reason::kUnknownTo);
    const std::string_view tokens = reply->items[1].bytes;
    for (size_t at = 0; at + Token::kBytes <= tokens.size(); at += Token::kBytes)
      met.push_back({"", Token::read(tokens.substr(at, Token::kBytes))});
    return false;
  }
  if (what == "M" && reply->is_array(3)) {
    reasons_.add(Reason::kUnderWay);
    const auto which = static_cast<size_t>(std::max<int64_t>(reply->items[2].integer, 0));
    const bool is_bucket = which >= 1 && which <= depends.buckets.size();
    meet(Cell::read(bytes_of(reply->items[1])),
         is_bucket ? depends.buckets[which - 1] : std::string(kTableCell), met);
    return false;
  }
  if (what != "S" || reply->items.size() != depends.buckets.size() + 4) return false;
  under.stamps.assign(1, std::string(reply->items[1].bytes));
  under.last = std::string(reply->items[2].bytes);
  for (size_t i = 3; i < reply->items.size(); ++i)
    under.stamps.emplace_back(Cell::read(bytes_of(reply->items[i])).nonce);
  under.soft = depends.is_window ? Cell::read(bytes_of(reply->items.back())).soft : "";
  return true;
}

bool SharedCache::put_entry(const Table& table, std::string_view hash, std::string_view identity,
                            const Under& under, std::string_view result, std::string_view end) {
  auto wire = wires_.take(false);
  if (!wire) return false;
  const Entry entry{{under.stamps.begin(), under.stamps.end()}, identity, result};
  const std::string lives = ttl(table.ttl_ms != 0 ? table.ttl_ms : options_.ttl_ms);
  if (!under.soft.empty()) {
    (*wire)->run(
        Script::kPutWindow,
        {key(**wire, table, under.depends->buckets[0]), key(**wire, table, entry_cell(hash))},
        {under.stamps.back(), under.soft, std::string(end), entry.bytes(), lives,
         ttl(options_.bucket_ttl_ms)});
    const auto put = (*wire)->answer();
    if (put && put->integer != 1) reasons_.add(Reason::kHeld);
    return put && put->integer == 1;
  }
  (*wire)->ask({"SET", key(**wire, table, entry_cell(hash)), entry.bytes(), "PX", lives});
  return (*wire)->answer().has_value();
}

int64_t SharedCache::put_rows(const Table& table, const Under& under,
                              std::span<const std::string> cells, std::string_view fingerprint,
                              std::span<const std::string_view> rows) {
  if (under.last.empty() || cells.empty()) return 0;
  auto wire = wires_.take(false);
  if (!wire) return 0;
  const std::string& stamp = under.stamps[1];
  Words keys{key(**wire, table, kKeyTypes), key(**wire, table, kTableCell),
             key(**wire, table, kLast)};
  Words arguments{table.key, stamp, under.last,
                  ttl(table.ttl_ms != 0 ? table.ttl_ms : options_.ttl_ms)};
  for (size_t i = 0; i < cells.size(); ++i) {
    keys.push_back(key(**wire, table, cells[i]));
    arguments.push_back(row_value(stamp, fingerprint, new_nonce(), rows[i]));
  }
  (*wire)->run(Script::kPutRows, keys, arguments);
  const auto put = (*wire)->answer();
  return put ? std::max<int64_t>(put->integer, 0) : 0;
}

// ---- commits

base::Status SharedCache::mark(const Token& token, std::span<Cells> cells, bool& sent) {
  sent = false;
  THING_ASSIGN(const std::unique_ptr<Wire> wire, wires_.take(false));
  sent = true;
  for (const Cells& c : cells) {
    Words keys;
    for (const char* name : {kKeyTypes, kWriters, kTemplates, kRegistryNonce, kTableCell, kCopies})
      keys.push_back(key(*wire, *c.table, name));
    for (const std::string& name : c.names) keys.push_back(key(*wire, *c.table, name));
    const bool any = c.registry == nullptr;
    Words arguments{token.bytes(), any ? "*" : c.table->key, any ? "*" : c.registry->nonce,
                    any ? "0" : fmt::format("{}", c.registry->templates.size()),
                    fmt::format("{}", kLongestLease)};
    // Most have none.
    const auto last = std::find_if(c.places.rbegin(), c.places.rend(),
                                   [](const std::string& place) { return !place.empty(); });
    arguments.insert(arguments.end(), c.places.begin(), last.base());
    wire->run(Script::kMark, keys, arguments);
  }
  for (Cells& c : cells) {
    THING_ASSIGN(const Reply reply, wire->answer());
    if (!reply.is_array(1) || reply.items[0].kind != Reply::Kind::kInteger)
      return fail(strange("a mark"));
    const int64_t what = reply.items[0].integer;
    c.outcome = what == 1   ? Cells::Outcome::kMarked
                : what == 2 ? Cells::Outcome::kOtherKey
                            : Cells::Outcome::kNews;
    if (c.outcome == Cells::Outcome::kMarked && reply.is_array(3)) {
      c.stamp = reply.items[1].bytes;
      c.copies_ms = std::clamp<int64_t>(reply.items[2].integer, 0, kLongestLease);
    }
    if (c.outcome != Cells::Outcome::kNews) continue;
    if (!reply.is_array(3)) return fail(strange("a mark"));
    c.news.nonce = std::string(reply.items[1].bytes);
    c.news.templates.clear();
    const std::vector<Reply>& pairs = reply.items[2].items;
    for (size_t i = 0; i + 1 < pairs.size(); i += 2)
      c.news.templates.push_back({std::string(pairs[i].bytes), std::string(pairs[i + 1].bytes)});
  }
  return {};
}

base::Result<int64_t> SharedCache::clear(const Token& token, std::span<const Cells> cells) {
  THING_ASSIGN(const std::unique_ptr<Wire> wire, wires_.take(true));
  for (const Cells& c : cells) {
    Words keys;
    for (const char* name : {kWriters, kRegistryNonce, kLast})
      keys.push_back(key(*wire, *c.table, name));
    for (const std::string& name : c.names) keys.push_back(key(*wire, *c.table, name));
    Words arguments{token.bytes(), ttl(options_.bucket_ttl_ms)};
    if (!c.values.empty()) {
      arguments.push_back(ttl(c.table->ttl_ms != 0 ? c.table->ttl_ms : options_.ttl_ms));
      arguments.insert(arguments.end(), c.values.begin(), c.values.end());
    }
    wire->run(Script::kClear, keys, arguments);
  }
  int64_t lost = 0;
  for (size_t i = 0; i < cells.size(); ++i) {
    THING_ASSIGN(const Reply reply, wire->answer());
    if (reply.kind != Reply::Kind::kInteger) return fail(strange("taking a mark off"));
    lost += std::max<int64_t>(reply.integer, 0);
  }
  if (lost > 0) reasons_.add(Reason::kLostMark, static_cast<uint64_t>(lost));
  return lost;
}

base::Status SharedCache::drop(const Table& table, std::span<const std::string> cells, bool whole) {
  THING_ASSIGN(const std::unique_ptr<Wire> wire, wires_.take(true));
  return drop(*wire, table, cells, whole);
}

base::Status SharedCache::drop(Wire& wire, const Table& table, std::span<const std::string> cells,
                               bool whole) {
  Words keys;
  for (const char* name : {kKeyTypes, kRegistryNonce, kTableCell, kLast})
    keys.push_back(key(wire, table, name));
  for (const std::string& cell : cells) keys.push_back(key(wire, table, cell));
  wire.run(Script::kDrop, keys, {whole ? "*" : table.key});
  THING_ASSIGN(const Reply reply, wire.answer());
  if (reply.kind != Reply::Kind::kInteger) return fail(strange("a drop"));
  return {};
}

void SharedCache::resolve(const Table& table, const Met& met) {
  auto wire = wires_.take(true);
  if (!wire) return;
  Words keys{key(**wire, table, kWriters), key(**wire, table, kLast)};
  if (!met.cell.empty()) keys.push_back(key(**wire, table, met.cell));
  (*wire)->run(Script::kResolve, keys, {met.token.bytes(), ttl(options_.bucket_ttl_ms)});
  if (const auto reply = (*wire)->answer(); reply && reply->integer > 0)
    reasons_.add(Reason::kResolved);
}

}  // namespace thing::cache::shared
