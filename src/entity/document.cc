#include "entity/document.h"

#include "base/utf8.h"
#include "schema/field_value.h"
#include "text/json.h"

namespace thing::entity {
namespace {

using base::Code;
using text::JsonKind;
using text::JsonNode;
using value::Value;

using Values = std::vector<std::pair<uint32_t, Value>>;

// The members of a document as values of fields.
class Assignment {
 public:
  Assignment(const Object& object, Fill fill, bool if_absent)
      : object_(object), model_(object.model()), fill_(fill), if_absent_(if_absent) {}
  base::Result<Values> read(std::string_view document);

 private:
  base::Result<uint32_t> find(std::string_view name, size_t place) const;
  base::Result<bool> keeps_value(uint32_t field) const;

  const Object& object_;
  const schema::Model& model_;
  const Fill fill_;
  const bool if_absent_;
};

base::Result<uint32_t> Assignment::find(std::string_view name, size_t place) const {
  // Documents often name the fields in the model's order.
  if (place < model_.fields.size() && model_.fields[place].name == name)
    return static_cast<uint32_t>(place);
  const int field = model_.find(name);
  if (field >= 0) return static_cast<uint32_t>(field);
  const std::string message = fmt::format("{}: found unknown field {}, expected one of the model",
                                          model_.name, base::quoted(name));
  return base::fail(base::Error(Code::kInvalid, message).model(model_.name).field(name));
}

base::Result<bool> Assignment::keeps_value(uint32_t field) const {
  if (!if_absent_) return false;
  THING_TRY(object_.check_selected({&field, 1}));
  const auto v = object_.get(field);
  return v.has_value() && !v->is_null();
}

base::Result<Values> Assignment::read(std::string_view document) {
  THING_ASSIGN(const text::Json json, text::Json::parse(document));
  const JsonNode& root = json.root();
  if (!root.is(JsonKind::kObject))
    return base::fail(Code::kType, "{}: found {}, expected an object", model_.name,
                      text::kind_name(root.kind));
  Values values;
  size_t place = 0;
  for (const JsonNode* n = root.first; n != nullptr; n = n->next) {
    THING_ASSIGN(const uint32_t f, find(n->key, place++));
    const schema::Field& field = model_.fields[f];
    if (fill_ == Fill::kStrict && !field.fillable) {
      return base::fail(
          about(base::Error(Code::kInvalid, "found a value for a field that may not be filled"),
                model_, field));
    }
    if (fill_ == Fill::kGuarded && !field.fillable) continue;
    THING_ASSIGN(const bool keeps, keeps_value(f));
    if (keeps) continue;
    auto v = schema::value_from_json(field, *n, json);
    if (!v) return base::fail(about(std::move(v.error()), model_, field));
    values.emplace_back(f, std::move(*v));
  }
  return values;
}

}  // namespace

base::Error about(base::Error&& error, const schema::Model& model, const schema::Field& field) {
  const base::Error::Detail* const detail = error.detail();
  if (detail == nullptr) return std::move(error);
  return base::Error(detail->code, fmt::format("'{}': {}", field.name, detail->message))
      .model(model.name)
      .field(field.name)
      .constraint(detail->constraint)
      .sqlstate(detail->sqlstate);
}

base::Status assign_json(Object& object, std::string_view document, Fill fill, bool if_absent) {
  THING_ASSIGN(Values values, Assignment(object, fill, if_absent).read(document));
  return object.set_all(std::move(values));
}

base::Status assign_row(Object& object, const value::RowView& row) {
  const schema::Model& model = object.model();
  Values values;
  for (uint32_t f = 0; f < model.columns(); ++f) {
    if (row.is_absent(f)) continue;
    const schema::Field& field = model.fields[f];
    const value::ValueView v = row.value(f, field.type);
    if (field.type == value::Type::kJson && !v.is_null() && !text::is_json(v.bytes)) {
      return base::fail(
          about(base::Error(Code::kSyntax, "found text that is no JSON"), model, field));
    }
    values.emplace_back(f, Value(v));
  }
  return object.set_all(std::move(values));
}

}  // namespace thing::entity
