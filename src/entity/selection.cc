#include "entity/selection.h"

#include <algorithm>

#include "base/utf8.h"
#include "entity/row_printer.h"
#include "query/include.h"

namespace thing::entity {

using base::Code;
using base::fail;
using text::Json;
using text::JsonKind;
using text::JsonNode;
using value::Type;
using value::ValueView;

namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}
  base::Result<Selection> parse() {
    THING_ASSIGN(Selection all, level(0));
    if (at_ != text_.size()) return unexpected("',' or the end");
    return all;
  }

 private:
  // Up to the brace that closes it, or the end.
  base::Result<Selection> level(int depth) {
    if (depth > text::kMaxDepth)
      return fail(Code::kRange, "'fields': found more than {} levels", text::kMaxDepth);
    Selection out;
    for (;;) {
      THING_TRY(item(out, depth));
      if (at_ == text_.size() || text_[at_] != ',') return out;
      ++at_;
    }
  }

  base::Status item(Selection& out, int depth) {
    if (++items_ > kMostItems)
      return fail(Code::kRange, "'fields': found more than {} items", kMostItems);
    const size_t start = at_;
    at_ = std::min(text_.find_first_of(",{}", at_), text_.size());
    std::string_view name = trimmed(text_.substr(start, at_ - start));
    const bool leaves_out = name.starts_with('-');
    if (leaves_out) name = trimmed(name.substr(1));
    const bool is_nested = at_ < text_.size() && text_[at_] == '{';
    if (name.empty() && (leaves_out || is_nested)) return unexpected("a name");
    if (name.empty()) return {};  // between commas there may be nothing
    std::unique_ptr<const Selection> nested;
    if (is_nested) {
      if (leaves_out) return unexpected("',' or the end after a name that is left out");
      ++at_;
      THING_ASSIGN(Selection within, level(depth + 1));
      if (at_ == text_.size()) return unexpected("'}'");
      if (text_[at_] != '}') return unexpected("',' or '}'");
      ++at_;
      while (at_ < text_.size() && is_space(text_[at_])) ++at_;
      if (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '}')
        return unexpected("',' or '}'");
      nested = std::make_unique<const Selection>(std::move(within));
    }
    const auto has_name = [name](const Selection::Item& i) { return i.name == name; };
    if (leaves_out) {
      if (!out.leaves_out(name)) out.left_out.emplace_back(name);
    } else if (std::none_of(out.included.begin(), out.included.end(), has_name)) {
      out.included.push_back({std::string(name), std::move(nested)});
    }
    return {};
  }

  tl::unexpected<base::Error> unexpected(std::string_view expected) const {
    const std::string found = at_ == text_.size() ? "the end" : base::quoted(text_.substr(at_, 1));
    return fail(Code::kSyntax, "'fields': byte {}: found {}, expected {}", at_, found, expected);
  }

  static constexpr size_t kMostItems = 1000;  // of all levels
  const std::string_view text_;
  size_t at_ = 0;
  size_t items_ = 0;
};

// A member that is not there prints null, as the field of a model does.
void print_part(Output& out, const Json& json, const JsonNode& node, const Selection* selection) {
  if (selection == nullptr || (node.kind != JsonKind::kObject && node.kind != JsonKind::kArray))
    return out.put(json.source(node));
  bool is_first = true;
  const auto separate = [&] {
    if (!is_first) out.put(',');
    is_first = false;
  };
  const auto put_name = [&](std::string_view name) {
    separate();
    put_json_string(out, name);
    out.put(':');
  };
  if (node.kind == JsonKind::kArray) {
    out.put('[');
    for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
      separate();
      print_part(out, json, *n, selection);
    }
    return out.put(']');
  }
  out.put('{');
  for (const Selection::Item& item : selection->included) {
    if (selection->leaves_out(item.name)) continue;
    put_name(item.name);
    const JsonNode* const member = node.find(item.name);
    if (member == nullptr) {
      out.put("null");
    } else {
      print_part(out, json, *member, item.nested.get());
    }
  }
  if (selection->included.empty()) {
    for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
      if (selection->leaves_out(n->key)) continue;
      put_name(n->key);
      out.put(json.source(*n));
    }
  }
  out.put('}');
}

// By its own name, else by its column's.
int32_t field_of(const schema::Model& model, std::string_view name) {
  for (const auto member : {&schema::Field::name, &schema::Field::column}) {
    for (uint32_t f = 0; f < model.columns(); ++f) {
      if (model.fields[f].*member == name) return static_cast<int32_t>(f);
    }
  }
  return -1;
}

bool is_relation(const schema::Model& model, std::string_view name) {
  return model.find_relation(name) != nullptr || query::find_number_kind(name).has_value();
}

}  // namespace

base::Result<Selection> Selection::parse(std::string_view text) { return Parser(text).parse(); }

bool Selection::leaves_out(std::string_view name) const {
  return std::find(left_out.begin(), left_out.end(), name) != left_out.end();
}

base::Result<Selected> Selected::resolve(const schema::Model& model,
                                         std::shared_ptr<const Selection> selection, bool hidden) {
  Selected out;
  out.model_ = &model;
  out.selection_ = std::move(selection);
  const Selection& all = *out.selection_;
  const auto is_left_out = [&](uint32_t f) {
    const schema::Field& field = model.fields[f];
    return (field.hidden && !hidden) || all.leaves_out(field.name) || all.leaves_out(field.column);
  };
  const auto choose = [&out](std::string_view name, int32_t field, const Selection* nested,
                             bool is_relation = false) {
    Chosen& chosen = out.chosen_.emplace_back(
        Chosen{{}, field, nested, is_relation ? std::string(name) : std::string()});
    text::append_json_string(chosen.head, name);
    chosen.head += ':';
  };
  for (const Selection::Item& item : all.included) {
    const int32_t f = field_of(model, item.name);
    if (f < 0 ? all.leaves_out(item.name) : is_left_out(static_cast<uint32_t>(f))) continue;
    if (f >= 0 && item.nested != nullptr && model.fields[f].type != Type::kJson) {
      const schema::Field& field = model.fields[f];
      return fail(base::Error(Code::kInvalid,
                              fmt::format("'fields': found a choice within '{}', which is {}, "
                                          "expected a field of type json",
                                          field.name, value::type_name(field.type)))
                      .model(model.name)
                      .field(field.name));
    }
    choose(item.name, f, item.nested.get(), f < 0 && is_relation(model, item.name));
  }
  for (uint32_t f = 0; all.included.empty() && f < model.columns(); ++f) {
    if (!is_left_out(f)) choose(model.fields[f].name, static_cast<int32_t>(f), nullptr);
  }
  for (size_t r = 0; all.included.empty() && r < model.relations.size(); ++r) {
    const schema::Relation& relation = *model.relations[r];
    if (!all.leaves_out(relation.name)) choose(relation.name, -1, nullptr, true);
  }
  for (const query::Number::Kind kind : query::kNumberKinds) {
    const bool is_open = all.included.empty() && !model.relations.empty();
    if (is_open && !all.leaves_out(query::kind_name(kind)))
      choose(query::kind_name(kind), -1, nullptr, true);
  }
  return out;
}

template <class ValueOf>
base::Status Selected::print_chosen(Output& out, ValueOf value_of,
                                    const PrintRelation& print_relation) const {
  out.put('{');
  bool is_first = true;
  for (const Chosen& chosen : chosen_) {
    if (!chosen.relation.empty()) {
      const size_t before = out.text().size();
      if (!is_first) out.put(',');
      out.put(chosen.head);
      THING_ASSIGN(const bool is_printed,
                   print_relation(out, chosen.relation, {selection_, chosen.nested}));
      const bool is_included = !selection_->included.empty();
      if (!is_printed && is_included) out.put("null");
      if (is_printed || is_included) {
        is_first = false;
      } else {
        out.cut(before);
      }
      continue;
    }
    const Type type = chosen.field < 0 ? Type::kNull : model_->fields[chosen.field].type;
    const std::optional<ValueView> v =
        chosen.field < 0 ? ValueView() : value_of(static_cast<uint32_t>(chosen.field), type);
    if (!v.has_value()) continue;  // not loaded
    if (!is_first) out.put(',');
    is_first = false;
    out.put(chosen.head);
    if (chosen.nested == nullptr || v->is_null()) {
      put_value(out, type, *v);
      continue;
    }
    THING_ASSIGN(const Json json, Json::parse(v->bytes));
    print_part(out, json, json.root(), chosen.nested);
  }
  out.put('}');
  return {};
}

base::Status Selected::print(Output& out, const value::RowView& row,
                             const PrintRelation& print_relation) const {
  return print_chosen(
      out,
      [&row](uint32_t f, Type type) -> std::optional<ValueView> {
        if (row.is_absent(f)) return std::nullopt;
        return row.value(f, type);
      },
      print_relation);
}

base::Status Selected::print(Output& out, const Object& object,
                             const PrintRelation& print_relation) const {
  return print_chosen(
      out, [&object](uint32_t f, Type /*type*/) { return object.get(f); }, print_relation);
}

}  // namespace thing::entity
