#include "action/document.h"

#include <algorithm>

#include "base/utf8.h"
#include "query/criteria_reader.h"
#include "schema/field_value.h"

namespace thing::action {

using base::Code;
using base::fail;
using base::quoted;
using text::Json;
using text::JsonKind;
using text::JsonNode;

tl::unexpected<base::Error> Place::bad(Code code, std::string_view problem) const {
  return fail(base::Error(code, fmt::format("{}: {}", path_, problem)).model(model_->name));
}

tl::unexpected<base::Error> Place::wrong(const JsonNode& node, std::string_view expected) const {
  return bad(Code::kType,
             fmt::format("found {}, expected {}", text::kind_name(node.kind), expected));
}

tl::unexpected<base::Error> Place::of(base::Error&& error) const {
  if (error.detail() == nullptr) return fail(std::move(error));
  const base::Error::Detail& detail = *error.detail();
  return fail(base::Error(error.code(), fmt::format("{}: {}", path_, error.message()))
                  .model(detail.model.empty() ? model_->name : detail.model)
                  .table(detail.table)
                  .column(detail.column)
                  .field(detail.field)
                  .constraint(detail.constraint)
                  .sqlstate(detail.sqlstate)
                  .native(detail.native)
                  .retryable(detail.retryable)
                  .context(detail.context));
}

base::Result<uint32_t> Place::field(std::string_view name) const {
  const int found = model_->find(name);
  if (found >= 0) return static_cast<uint32_t>(found);
  const bool is_relation = model_->find_relation(name) != nullptr;
  return bad(Code::kInvalid,
             fmt::format("found {} {}, expected a field of {}", is_relation ? "relation" : "field",
                         quoted(name), model_->name));
}

base::Result<bool> Place::boolean(const JsonNode& node) const {
  if (node.is(JsonKind::kBool)) return node.boolean;
  return wrong(node, "true or false");
}

base::Status Place::check_keys(const JsonNode& node,
                               std::initializer_list<std::string_view> allowed) const {
  if (!node.is(JsonKind::kObject)) return wrong(node, "an object");
  for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
    if (std::find(allowed.begin(), allowed.end(), n->key) != allowed.end()) continue;
    std::string expected;
    for (const std::string_view name : allowed)
      expected.append(expected.empty() ? "" : ", ").append(name);
    return bad(Code::kInvalid,
               fmt::format("found key {}, expected one of {}", quoted(n->key), expected));
  }
  return {};
}

namespace {

// A relation, or numbers about some.
bool is_relation(const schema::Model& model, std::string_view name) {
  return model.find_relation(name) != nullptr || query::find_number_kind(name).has_value();
}

// Names of fields: an array of them, or an object in which they are true. Relations are left out.
base::Result<std::vector<uint32_t>> read_fields(const Place& place, const JsonNode& node) {
  std::vector<uint32_t> fields;
  if (!node.is(JsonKind::kObject) && !node.is(JsonKind::kArray))
    return place.wrong(node, "an object of true values or an array of names");
  for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
    if (node.is(JsonKind::kArray)) {
      if (!n->is(JsonKind::kString)) return place.wrong(*n, "the name of a field");
      THING_ASSIGN(const uint32_t field, place.field(n->text));
      fields.push_back(field);
      continue;
    }
    if (is_relation(place.model(), n->key)) continue;
    THING_ASSIGN(const uint32_t field, place.field(n->key));
    THING_ASSIGN(const bool yes, place.at(n->key).boolean(*n));
    if (yes) fields.push_back(field);
  }
  std::sort(fields.begin(), fields.end());
  fields.erase(std::unique(fields.begin(), fields.end()), fields.end());
  return fields;
}

}  // namespace

namespace {

bool has_relation(const schema::Model& model, const JsonNode* node) {
  if (node == nullptr || !node->is(JsonKind::kObject)) return false;
  for (const JsonNode* n = node->first; n != nullptr; n = n->next) {
    if (is_relation(model, n->key)) return true;
  }
  return false;
}

}  // namespace

base::Result<Chosen> read_chosen(const schema::Model& model, const Json& json) {
  const JsonNode* const select = json.root().find("select");
  const JsonNode* const omit = json.root().find("omit");
  const JsonNode* const include = json.root().find("include");
  Chosen chosen;
  if (const bool selects = has_relation(model, select); selects || include != nullptr) {
    query::Criteria related(model);
    if (include != nullptr) THING_TRY(query::read_member(related, json, *include));
    if (selects) THING_TRY(query::read_member(related, json, *select));
    chosen.includes = related.includes();
  }
  if (select == nullptr && omit == nullptr) return chosen;
  chosen.all = false;
  const Place place(model, select != nullptr ? "select" : "omit");
  if (select != nullptr && omit != nullptr)
    return place.bad(Code::kInvalid, "found omit beside it, expected one of them");
  if (has_relation(model, omit))
    return place.bad(Code::kInvalid, "found a relation, expected fields");
  THING_ASSIGN(chosen.fields, read_fields(place, select != nullptr ? *select : *omit));
  if (omit != nullptr) {
    const std::vector<uint32_t> out = std::move(chosen.fields);
    chosen.fields.clear();
    for (uint32_t f = 0; f < model.columns(); ++f) {
      if (!model.fields[f].hidden && !std::binary_search(out.begin(), out.end(), f))
        chosen.fields.push_back(f);
    }
  }
  if (chosen.fields.empty() && chosen.includes.empty())
    return place.bad(Code::kInvalid, "found no field that is left, expected at least one");
  return chosen;
}

// ---- the condition of one row

namespace {

std::string joined(const schema::Model& model, const std::vector<uint32_t>& fields,
                   std::string_view between) {
  std::string names;
  for (const uint32_t f : fields)
    names.append(names.empty() ? std::string_view() : between).append(model.fields[f].name);
  return names;
}

// The fields of each key that a row can be found by.
std::vector<std::vector<uint32_t>> keys_of(const schema::Model& model) {
  std::vector<std::vector<uint32_t>> keys{model.primary};
  for (const schema::Index& index : model.indexes) {
    if (index.unique && index.where.empty()) keys.push_back(index.fields);
  }
  return keys;
}

class OneReader {
 public:
  OneReader(const Place& place, const Json& json, const JsonNode& where)
      : model_(place.model()), json_(json), where_(where), place_(place) {}
  base::Result<One> read(query::Criteria rows);

 private:
  // A value that a field of the document equals.
  struct Equal {
    uint32_t field;
    const JsonNode* node;
    Place place;
  };
  base::Status gather();
  base::Status gather_key(const JsonNode& node, const std::vector<uint32_t>& key);
  const Equal* find(uint32_t field) const;
  bool has(const std::vector<uint32_t>& key) const;
  base::Result<store::Key> read_key() const;
  base::Status read_criteria(query::Criteria& criteria) const;
  tl::unexpected<base::Error> no_key() const;

  const schema::Model& model_;
  const Json& json_;
  const JsonNode& where_;
  const Place& place_;
  std::vector<Equal> equal_;
  std::vector<Equal> of_keys_;    // of members that are named after a key of several fields
  std::vector<JsonNode> others_;  // what a criteria document knows
};

// {"a_b": {"a": 1, "b": 2}} is the key of the fields a and b.
base::Status OneReader::gather_key(const JsonNode& node, const std::vector<uint32_t>& key) {
  const Place place = place_.at(node.key);
  if (!node.is(JsonKind::kObject)) return place.wrong(node, "an object of the key's fields");
  for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
    THING_ASSIGN(const uint32_t field, place.field(n->key));
    if (std::find(key.begin(), key.end(), field) == key.end())
      return place.bad(Code::kInvalid, fmt::format("found '{}', expected the fields {}", n->key,
                                                   joined(model_, key, ", ")));
    of_keys_.push_back({field, n, place.at(n->key)});
  }
  if (node.size != key.size())
    return place.bad(Code::kInvalid, fmt::format("found {} fields, expected {}", node.size,
                                                 joined(model_, key, ", ")));
  return {};
}

base::Status OneReader::gather() {
  const auto keys = keys_of(model_);
  for (const JsonNode* n = where_.first; n != nullptr; n = n->next) {
    const int field = model_.find(n->key);
    const auto named = std::find_if(keys.begin(), keys.end(), [&](const auto& key) {
      return key.size() > 1 && joined(model_, key, "_") == n->key;
    });
    if (field < 0 && named != keys.end()) {
      THING_TRY(gather_key(*n, *named));
      continue;
    }
    others_.push_back(*n);
    if (field < 0) continue;
    const JsonNode* value = n;
    if (n->is(JsonKind::kObject)) value = n->size == 1 ? n->find("equals") : nullptr;
    if (value != nullptr && !value->is(JsonKind::kNull))
      equal_.push_back({static_cast<uint32_t>(field), value, place_.at(n->key)});
  }
  for (size_t i = 0; i + 1 < others_.size(); ++i) others_[i].next = &others_[i + 1];
  if (!others_.empty()) others_.back().next = nullptr;
  return {};
}

const OneReader::Equal* OneReader::find(uint32_t field) const {
  for (const std::vector<Equal>* list : {&equal_, &of_keys_}) {
    for (const Equal& e : *list) {
      if (e.field == field) return &e;
    }
  }
  return nullptr;
}

bool OneReader::has(const std::vector<uint32_t>& key) const {
  return std::all_of(key.begin(), key.end(), [this](uint32_t f) { return find(f) != nullptr; });
}

base::Result<store::Key> OneReader::read_key() const {
  store::Key key;
  key.is_integer = model_.id >= 0;
  for (const uint32_t f : model_.primary) {
    const Equal& e = *find(f);
    auto v = schema::value_from_json(model_.fields[f], *e.node, json_);
    if (!v) return e.place.of(std::move(v.error()));
    if (v->is_null()) return e.place.wrong(*e.node, "a value");
    if (key.is_integer) {
      key.integer = v->view().integer;
    } else {
      key.values.push_back(std::move(*v));
    }
  }
  return key;
}

base::Status OneReader::read_criteria(query::Criteria& criteria) const {
  for (const Equal& e : of_keys_) {
    if (e.node->is(JsonKind::kNull)) return e.place.wrong(*e.node, "a value");
    THING_TRY(query::read_condition(criteria, json_, e.place.path(), e.field, *e.node));
  }
  if (others_.empty()) return {};
  JsonNode rest = where_;
  rest.first = others_.data();
  rest.size = static_cast<uint32_t>(others_.size());
  THING_TRY(query::CriteriaReader(criteria, json_).read_where(place_.path(), rest));
  criteria.flatten();
  return {};
}

tl::unexpected<base::Error> OneReader::no_key() const {
  std::string expected;
  for (const std::vector<uint32_t>& key : keys_of(model_)) {
    if (!expected.empty()) expected += " or ";
    expected += joined(model_, key, " and ");
  }
  return place_.bad(
      Code::kInvalid,
      fmt::format("found no value for a primary or unique key, expected {}", expected));
}

base::Result<One> OneReader::read(query::Criteria rows) {
  if (!where_.is(JsonKind::kObject)) return place_.wrong(where_, "an object of conditions");
  THING_TRY(gather());
  const auto keys = keys_of(model_);
  const bool has_key =
      std::any_of(keys.begin(), keys.end(), [this](const auto& k) { return has(k); });
  const bool is_any = !rows.has_condition();
  One one{std::nullopt, std::move(rows)};
  // Names of others are better told as what they are: unknown.
  THING_TRY(read_criteria(one.criteria));
  if (!has_key) return no_key();
  const bool is_key_alone = is_any && has(model_.primary) &&
                            equal_.size() + of_keys_.size() == model_.primary.size() &&
                            equal_.size() == others_.size();
  if (!is_key_alone) return one;
  THING_ASSIGN(one.key, read_key());
  return one;
}

}  // namespace

base::Result<One> read_one(const schema::Model& model, const Json& json) {
  const JsonNode* const where = json.root().find("where");
  if (where == nullptr)
    return Place(model, "where")
        .bad(Code::kInvalid, "found none, expected a primary or unique key");
  return read_one(Place(model, "where"), *where, json, query::Criteria(model));
}

base::Result<One> read_one(const Place& place, const JsonNode& node, const Json& json,
                           query::Criteria rows) {
  return OneReader(place, json, node).read(std::move(rows));
}

}  // namespace thing::action
