#include "store/keys.h"

#include <cstring>

#include "base/utf8.h"
#include "schema/field_value.h"
#include "text/json.h"

namespace thing::store {
namespace {

using base::Code;
using base::fail;

// `found` and `expected` stand before and behind the name of the field.
base::Error no_value(const schema::Model& model, uint32_t field, std::string_view found,
                     std::string_view expected) {
  const std::string& name = model.fields[field].name;
  const std::string message =
      fmt::format("key of {}: found {} '{}', expected {}", model.name, found, name, expected);
  return base::Error(Code::kInvalid, message).model(model.name).field(name);
}

base::Result<value::Value> key_value(const schema::Model& model, uint32_t field,
                                     const text::JsonNode& node, const text::Json& json) {
  auto v = schema::value_from_json(model.fields[field], node, json);
  const std::string& name = model.fields[field].name;
  if (!v) {
    auto error = std::move(v.error()).context("while reading a key of " + model.name);
    return fail(std::move(error).model(model.name).field(name));
  }
  if (v->is_null()) return fail(no_value(model, field, "null for", "a value"));
  return v;
}

base::Result<Key> finish(const ModelState& state, std::vector<value::Value> values) {
  Key key;
  if (state.model.id >= 0) {
    key.is_integer = true;
    key.integer = values[0].view().integer;
  } else {
    key.values = std::move(values);
  }
  return key;
}

base::Result<Key> key_from_object(const ModelState& state, const text::JsonNode& node,
                                  const text::Json& json) {
  const schema::Model& model = state.model;
  std::vector<value::Value> values;
  for (uint32_t field : model.primary) {
    const text::JsonNode* member = node.find(model.fields[field].name);
    if (member == nullptr)
      return fail(no_value(model, field, "no", "every field of the primary key"));
    THING_ASSIGN(value::Value v, key_value(model, field, *member, json));
    values.push_back(std::move(v));
  }
  if (node.size != model.primary.size()) {
    return fail(Code::kInvalid, "key of {}: found {} members, expected the {} of the primary key",
                model.name, node.size, model.primary.size());
  }
  return finish(state, std::move(values));
}

base::Result<Key> key_from_array(const ModelState& state, const text::JsonNode& node,
                                 const text::Json& json) {
  const schema::Model& model = state.model;
  if (node.size != model.primary.size()) {
    return fail(Code::kInvalid, "key of {}: found {} values, expected {}", model.name, node.size,
                model.primary.size());
  }
  std::vector<value::Value> values;
  const text::JsonNode* item = node.first;
  for (uint32_t field : model.primary) {
    THING_ASSIGN(value::Value v, key_value(model, field, *item, json));
    values.push_back(std::move(v));
    item = item->next;
  }
  return finish(state, std::move(values));
}

base::Result<Key> key_from_json(const ModelState& state, const text::JsonNode& node,
                                const text::Json& json) {
  const schema::Model& model = state.model;
  const bool single_json =
      model.primary.size() == 1 && model.fields[model.primary[0]].type == value::Type::kJson;
  if (node.is(text::JsonKind::kObject) && !single_json) return key_from_object(state, node, json);
  if (node.is(text::JsonKind::kArray) && !single_json) return key_from_array(state, node, json);
  if (model.primary.size() != 1) {
    return fail(Code::kType, "key of {}: found {}, expected an array or object of {} values",
                model.name, text::kind_name(node.kind), model.primary.size());
  }
  THING_ASSIGN(value::Value v, key_value(model, model.primary[0], node, json));
  std::vector<value::Value> values;
  values.push_back(std::move(v));
  return finish(state, std::move(values));
}

}  // namespace

void append_key_bytes(std::string& out, const value::ValueView& v) {
  out += static_cast<char>(v.type);
  if (value::is_heap_slot(v.type)) {
    const auto size = static_cast<uint32_t>(v.bytes.size());
    out.append(reinterpret_cast<const char*>(&size), sizeof size);
    out += v.bytes;
  } else {
    out.append(reinterpret_cast<const char*>(&v.integer), 8);  // of a float too
  }
}

std::string key_bytes(const Key& key) {
  std::string out;
  for (const value::Value& v : key.values) append_key_bytes(out, v.view());
  return out;
}

std::string row_key_bytes(const schema::Model& model, const value::RowView& row) {
  std::string out;
  for (uint32_t field : model.primary)
    append_key_bytes(out, row.value(field, model.fields[field].type));
  return out;
}

Key row_key(const schema::Model& model, const value::RowView& row) {
  Key key;
  if (model.id >= 0) {
    key.is_integer = true;
    key.integer = row.int64(static_cast<uint32_t>(model.id));
    return key;
  }
  for (uint32_t field : model.primary)
    key.values.emplace_back(row.value(field, model.fields[field].type));
  return key;
}

base::Result<Key> original_key(const entity::Object& object) {
  const schema::Model& model = object.model();
  THING_TRY(object.check_selected(model.primary));
  Key key;
  for (uint32_t field : model.primary) {
    const auto v = object.is_new() ? object.get(field) : object.original(field);
    if (!v.has_value() || v->is_null()) {
      return fail(base::Error(Code::kInvalid,
                              fmt::format("{}: found no value for '{}', expected the primary key",
                                          model.name, model.fields[field].name))
                      .model(model.name)
                      .field(model.fields[field].name));
    }
    if (model.id >= 0) {
      key.is_integer = true;
      key.integer = v->integer;
    } else {
      key.values.emplace_back(*v);
    }
  }
  return key;
}

std::string print_key(const ModelState& state, const Key& key) {
  if (key.is_integer) return fmt::format("{} {}", state.model.name, key.integer);
  return "a " + state.model.name;
}

base::Error other_version(const ModelState& model, const Key& key) {
  return base::Error(
             Code::kConflict,
             fmt::format(
                 "{} has another version than the one loaded; it was saved by somebody else",
                 print_key(model, key)))
      .model(model.model.name)
      .field(model.model.fields[static_cast<uint32_t>(model.model.version)].name)
      .sqlstate("40001");
}

base::Result<Key> Store::parse_key(const ModelState& state, std::string_view document) const {
  THING_ASSIGN(const text::Json json, text::Json::parse(document));
  return key_from_json(state, json.root(), json);
}

base::Result<std::vector<Key>> Store::parse_keys(const ModelState& state,
                                                 std::string_view document) const {
  THING_ASSIGN(const text::Json json, text::Json::parse(document));
  if (!json.root().is(text::JsonKind::kArray)) {
    return fail(Code::kType, "keys of {}: found {}, expected an array of keys", state.model.name,
                text::kind_name(json.root().kind));
  }
  if (json.root().size > 1'000'000)
    return fail(Code::kRange, "keys of {}: found {}, expected at most 1000000", state.model.name,
                json.root().size);
  std::vector<Key> keys;
  keys.reserve(json.root().size);
  for (const text::JsonNode* n = json.root().first; n != nullptr; n = n->next) {
    THING_ASSIGN(Key key, key_from_json(state, *n, json));
    keys.push_back(std::move(key));
  }
  return keys;
}

base::Result<std::vector<Key>> Store::unpack_keys(const ModelState& state,
                                                  std::span<const uint8_t> packed) const {
  const schema::Model& model = state.model;
  const value::BatchRef batch = value::BatchRef::copy(packed.data(), packed.size());
  THING_TRY(value::check_packed({batch->bytes(), batch->size()}, model.key_layout));
  std::vector<Key> keys;
  keys.reserve(batch->rows());
  for (uint32_t r = 0; r < batch->rows(); ++r) {
    const value::RowView row = batch->row(r);
    std::vector<value::Value> values;
    for (uint32_t c = 0; c < model.primary.size(); ++c) {
      if (!row.has(c))
        return fail(Code::kInvalid,
                    "keys of {}: found no value for '{}' in row {}, expected the whole key",
                    model.name, model.fields[model.primary[c]].name, r);
      values.emplace_back(row.value(c, model.fields[model.primary[c]].type));
    }
    THING_ASSIGN(Key key, finish(state, std::move(values)));
    keys.push_back(std::move(key));
  }
  return keys;
}

bool is_same_table(const schema::Model& a, const schema::Model& b) {
  const auto folded = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.table.begin(), a.table.end(), b.table.begin(), b.table.end(),
                    [&folded](char x, char y) { return folded(x) == folded(y); });
}

}  // namespace thing::store
