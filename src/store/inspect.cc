// What the cache has of a row or of a query, as JSON, for people.
#include "store/keys.h"
#include "store/list.h"
#include "store/reading.h"
#include "store/shared.h"
#include "text/json.h"

namespace thing::store {

namespace {

using cache::shared::Inspected;
using cache::shared::Reason;

void print(text::JsonWriter& w, const Inspected& found) {
  w.begin_object();
  w.key("key");
  w.string(found.key);
  w.key("holds");
  w.string(found.holds);
  w.key("counts");
  w.boolean(found.counts);
  if (!found.why.empty()) {
    w.key("why");
    w.string(found.why);
  }
  if (!found.depends.empty()) {
    w.key("depends");
    w.begin_array();
    for (const Inspected::Part& part : found.depends) {
      w.begin_object();
      w.key("key");
      w.string(part.key);
      w.key("is");
      w.string(part.state);
      w.end_object();
    }
    w.end_array();
  }
  w.end_object();
}

void print_memory(text::JsonWriter& w, std::string_view state) {
  w.key("memory");
  w.string(state);
}

}  // namespace

base::Result<std::string> Store::inspect_key(const Call& call, ModelState& model, const Key& key) {
  std::string out;
  text::JsonWriter w(out);
  w.begin_object();
  const std::string bytes = key.is_integer ? std::string() : key_bytes(key);
  const cache::Stamps::Now now = stamps_->now();
  cache::ObjectTable::Found found;
  const bool is_known = now.stamp != 0 && objects_->find(object_key(model, key, bytes),
                                                         model.object_floor(now), found);
  print_memory(w, !is_known ? "nothing" : found.bytes == 0 ? "absent" : "row");
  if (shared_ != nullptr) {
    Reading reading(*this, call);
    THING_TRY(reading.open());
    THING_TRY(model.shared->learn_table(reading.connection(), model.model));
  }
  if (shared_ != nullptr && model.shared->table() != nullptr) {
    w.key("redis");
    print(w, shared_->cache().inspect(*model.shared->table(), model.shared->row_cell(key),
                                      model.shared->fingerprint));
  }
  w.end_object();
  return out;
}

base::Result<std::string> Store::inspect_query(const Call& call, ModelState& model,
                                               const query::Criteria& criteria, bool counts) {
  ListReader reader(*this, call, model);
  THING_ASSIGN(const std::optional<query::Query> q,
               reader.resolve(counts ? criteria.counted() : criteria));
  std::string out;
  text::JsonWriter w(out);
  w.begin_object();
  const cache::Stamps::Now now = stamps_->now();
  const bool in_memory =
      q.has_value() && now.stamp != 0 &&
      (counts ? model.lists.find_count(count_hash(*q), count_identity(*q), now.floor).has_value()
              : model.lists.find_list(q->identity_hash, q->identity, now.floor).has_value());
  print_memory(w, !in_memory ? "nothing" : counts ? "count" : "list");
  const bool is_kept = q.has_value() && q->is_cacheable();
  if (is_kept && shared_ != nullptr) {
    Reading reading(*this, call);
    THING_TRY(reading.open());
    THING_TRY(learn_exactness(reading.connection(), model));
  }
  if (is_kept && shared_ != nullptr && model.is_shareable()) {
    const cache::Kind kind = counts ? cache::Kind::kCount : cache::Kind::kList;
    const SharedQuery named(model.model, *q, model.exactness, kind);
    w.key("redis");
    print(w, shared_->cache().inspect_entry(*model.shared->table(), named.hash, named.identity,
                                            named.depends));
  }
  w.end_object();
  return out;
}

void print_reasons(text::JsonWriter& w, cache::shared::Reasons& reasons) {
  constexpr std::pair<Reason, std::string_view> kMissed[] = {
      {Reason::kMissing, "missing"},       {Reason::kMarked, "marked"},
      {Reason::kLeased, "leased"},         {Reason::kTableChanged, "tableChanged"},
      {Reason::kStampChanged, "changed"},  {Reason::kOtherLayout, "otherLayout"},
      {Reason::kOtherQuery, "otherQuery"}, {Reason::kUnreachable, "unreachable"}};
  constexpr std::pair<Reason, std::string_view> kRefused[] = {{Reason::kLeaseLost, "leaseLost"},
                                                              {Reason::kOtherKey, "otherKey"},
                                                              {Reason::kUnderWay, "underWay"},
                                                              {Reason::kUnknownTo, "unknownTo"},
                                                              {Reason::kHeld, "held"}};
  constexpr std::pair<Reason, std::string_view> kMarks[] = {{Reason::kResolved, "resolved"},
                                                            {Reason::kLostMark, "lost"}};
  const auto print_group = [&](std::string_view name, const auto& group) {
    w.key(name);
    w.begin_object();
    for (const auto& [reason, text] : group) {
      w.key(text);
      w.integer(static_cast<int64_t>(reasons.get(reason)));
    }
    w.end_object();
  };
  w.key("redis");
  w.begin_object();
  print_group("missed", kMissed);
  print_group("fillsRefused", kRefused);
  print_group("marks", kMarks);
  w.end_object();
}

}  // namespace thing::store
