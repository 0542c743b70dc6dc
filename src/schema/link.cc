// From relations as declared to steps between models.
//
//   belongs_to                Book.authorId            -> Author.id
//   has_many                  Author.id                -> Book.authorId       its inverse, reversed
//   has_many through books    Author.id -> Book.authorId, Book.id -> Page.bookId
//   many_to_many              Post.id -> PostTag.postId, PostTag.tagId -> Tag.id
//   has_many of a reference   Post.id -> Comment.ownerId where Comment.ownerType is "Post"
//     to several models
#include <algorithm>

#include "base/utf8.h"
#include "schema/model.h"
#include "text/json.h"
#include "text/names.h"

namespace thing::schema {

using base::quoted;
using base::Result;
using value::Type;

namespace {

constexpr int kMostThrough = 16;  // relations through relations

class Resolver {
 public:
  Resolver(const Model& model, const Relation& relation, const FindModel& find, int depth = 0)
      : model_(model), relation_(relation), find_(find), depth_(depth) {}

  Result<std::unique_ptr<Link>> resolve() {
    auto link = std::make_unique<Link>();
    link->relation = &relation_;
    THING_ASSIGN(const bool whole, fill(*link));
    if (!whole) return std::unique_ptr<Link>();
    if (!link->is_polymorphic() && link->target->name != relation_.targets[0])
      return bad(fmt::format("found {} at its end, expected {}", link->target->name,
                             relation_.targets[0]));
    if (!relation_.criteria.empty()) {
      Step& last = link->steps.back();
      if (!last.criteria.empty())
        return bad("found conditions of it and of what it goes through, expected one of both");
      last.criteria = relation_.criteria;
      last.name += last.criteria;
    }
    return link;
  }

 private:
  tl::unexpected<base::Error> bad(std::string_view problem) const {
    return base::fail(
        base::Error(base::Code::kModel,
                    fmt::format("{}: relations.{}: {}", model_.name, relation_.name, problem))
            .model(model_.name));
  }

  // Each false: a model is not registered yet.
  Result<bool> fill(Link& link) {
    if (relation_.kind == RelationKind::kBelongsTo) return fill_reference(link);
    if (relation_.kind == RelationKind::kManyToMany) return fill_pairs(link);
    return relation_.through.empty() ? fill_referring(link) : fill_through(link);
  }
  Result<bool> fill_reference(Link& link);
  Result<bool> fill_referring(Link& link);
  Result<bool> fill_through(Link& link);
  Result<bool> fill_pairs(Link& link);

  // The fields of these names; none: the primary key.
  Result<std::vector<uint32_t>> fields_of(const Model& model,
                                          const std::vector<std::string>& names) const;
  base::Status check_types(const Step& step) const;
  // What the relation of `from` called `name` comes to, or the only one that `fits`.
  Result<const Relation*> find_relation(const Model& from, const std::string& name, const Model& to,
                                        const Relation* other, std::string_view key) const;
  Result<std::unique_ptr<Link>> resolve_other(const Model& from, const Relation& relation) const {
    return Resolver(from, relation, find_, depth_ + 1).resolve();
  }
  // The step of a reference that leads to the model; the step back.
  Result<Step> step_to(const Link& link, const Model& to) const;
  static Step reversed(Step step, bool to_one);

  const Model& model_;
  const Relation& relation_;
  const FindModel& find_;
  const int depth_;
};

bool leads_to(const Relation& relation, const Model& model) {
  return std::find(relation.targets.begin(), relation.targets.end(), model.name) !=
         relation.targets.end();
}

std::string columns_of(const Model& model, const std::vector<uint32_t>& fields) {
  std::string out = model.name + '(';
  for (const uint32_t f : fields) out += model.fields[f].name + ',';
  return out + ')';
}

void name_step(Step& step) {
  step.name = columns_of(*step.from, step.from_fields) + columns_of(*step.to, step.to_fields);
  if (!step.fixed.has_value()) return;
  step.name += fmt::format("{}{}=", step.fixed->of_to ? '>' : '<', step.fixed->field);
  step.name += step.fixed->value.view().bytes;
}

Result<std::vector<uint32_t>> Resolver::fields_of(const Model& model,
                                                  const std::vector<std::string>& names) const {
  if (names.empty()) return model.primary;
  std::vector<uint32_t> out;
  for (const std::string& name : names) {
    const int field = model.find(name);
    if (field < 0)
      return bad(fmt::format("found field {}, expected a field of {}", quoted(name), model.name));
    out.push_back(static_cast<uint32_t>(field));
  }
  return out;
}

base::Status Resolver::check_types(const Step& step) const {
  if (step.from_fields.size() != step.to_fields.size())
    return bad(fmt::format("found {} fields of {} and {} of {}, expected as many",
                           step.from_fields.size(), step.from->name, step.to_fields.size(),
                           step.to->name));
  for (size_t i = 0; i < step.from_fields.size(); ++i) {
    const Field& a = step.from->fields[step.from_fields[i]];
    const Field& b = step.to->fields[step.to_fields[i]];
    if (a.type != b.type)
      return bad(fmt::format("found '{}.{}' of {} and '{}.{}' of {}, expected one type",
                             step.from->name, a.name, value::type_name(a.type), step.to->name,
                             b.name, value::type_name(b.type)));
    if (a.type == Type::kJson || a.type == Type::kFloat)
      return bad(fmt::format("found '{}.{}' of {}, expected a type with keys", step.from->name,
                             a.name, value::type_name(a.type)));
  }
  return {};
}

Result<bool> Resolver::fill_reference(Link& link) {
  THING_ASSIGN(const auto from_fields, fields_of(model_, relation_.fields));
  for (size_t i = 0; i < relation_.targets.size(); ++i) {
    const Model* const target = find_(relation_.targets[i]);
    if (target == nullptr) return false;
    Step step;
    step.from = &model_;
    step.to = target;
    step.from_fields = from_fields;
    THING_ASSIGN(step.to_fields, fields_of(*target, relation_.referred));
    step.to_one = true;
    THING_TRY(check_types(step));
    if (relation_.is_polymorphic()) {
      link.type_field = static_cast<uint32_t>(model_.find(relation_.type));
      value::Value type =
          value::Value::of_bytes(model_.fields[link.type_field].type, relation_.types[i]);
      step.fixed = Step::Fixed{false, link.type_field, type};
      name_step(step);
      link.by_type.emplace_back(std::move(type), std::move(step));
    } else {
      name_step(step);
      link.target = target;
      link.steps.push_back(std::move(step));
    }
  }
  return true;
}

Result<Step> Resolver::step_to(const Link& link, const Model& to) const {
  if (!link.is_polymorphic()) return link.steps[0];
  for (const auto& [type, step] : link.by_type) {
    if (step.to == &to) return step;
  }
  return bad(fmt::format("found '{}', which does not lead to {}", link.relation->name, to.name));
}

Step Resolver::reversed(Step step, bool to_one) {
  std::swap(step.from, step.to);
  std::swap(step.from_fields, step.to_fields);
  step.criteria.clear();
  if (step.fixed.has_value()) step.fixed->of_to = !step.fixed->of_to;
  step.to_one = to_one;
  name_step(step);
  return step;
}

Result<const Relation*> Resolver::find_relation(const Model& from, const std::string& name,
                                                const Model& to, const Relation* other,
                                                std::string_view key) const {
  if (!name.empty()) {
    const Relation* const found = from.find_relation(name);
    if (found == nullptr || found->kind != RelationKind::kBelongsTo || !leads_to(*found, to))
      return bad(fmt::format("{}: found {}, expected a belongs_to of {} that leads to {}", key,
                             quoted(name), from.name, to.name));
    return found;
  }
  const Relation* only = nullptr;
  for (const auto& relation : from.relations) {
    if (relation.get() == other || relation->kind != RelationKind::kBelongsTo ||
        !leads_to(*relation, to))
      continue;
    if (only != nullptr)
      return bad(fmt::format("found '{}' and '{}' of {}, expected '{}' to say which", only->name,
                             relation->name, from.name, key));
    only = relation.get();
  }
  return only;
}

// The side that is referred to: the other side's reference reversed, or fields of that side.
Result<bool> Resolver::fill_referring(Link& link) {
  const Model* const target = find_(relation_.targets[0]);
  if (target == nullptr) return false;
  link.target = target;
  const bool to_one = relation_.kind == RelationKind::kHasOne;
  std::vector<std::string> fields = relation_.fields;
  if (fields.empty()) {
    THING_ASSIGN(const Relation* const inverse,
                 find_relation(*target, relation_.inverse, model_, nullptr, "inverse"));
    if (inverse != nullptr) {
      THING_ASSIGN(const auto other, resolve_other(*target, *inverse));
      if (other == nullptr) return false;
      THING_ASSIGN(Step step, step_to(*other, model_));
      link.steps.push_back(reversed(std::move(step), to_one));
      return true;
    }
    const std::string snake = text::snake_case(model_.name);
    std::string camel = model_.name;
    camel[0] =
        camel[0] >= 'A' && camel[0] <= 'Z' ? static_cast<char>(camel[0] - 'A' + 'a') : camel[0];
    fields = {target->find(camel + "Id") >= 0 ? camel + "Id" : snake + "_id"};
    if (target->find(fields[0]) < 0)
      return bad(
          fmt::format("found no belongs_to of {} that leads to {}, expected one, or 'fields'",
                      target->name, model_.name));
  }
  Step step;
  step.from = &model_;
  step.to = target;
  THING_ASSIGN(step.from_fields, fields_of(model_, relation_.referred));
  THING_ASSIGN(step.to_fields, fields_of(*target, fields));
  step.to_one = to_one;
  THING_TRY(check_types(step));
  name_step(step);
  link.steps.push_back(std::move(step));
  return true;
}

Result<bool> Resolver::fill_through(Link& link) {
  if (depth_ >= kMostThrough)
    return bad(fmt::format("found more than {} relations through each other, expected an end",
                           kMostThrough));
  const Relation* const through = model_.find_relation(relation_.through);
  if (through == nullptr || through == &relation_)
    return bad(fmt::format("through: found {}, expected another relation of {}",
                           quoted(relation_.through), model_.name));
  if (through->is_polymorphic())
    return bad(fmt::format("through: found '{}', which leads to several models", through->name));
  THING_ASSIGN(const auto first, resolve_other(model_, *through));
  if (first == nullptr) return false;
  const Model& between = *first->target;
  const Relation* source = between.find_relation(
      relation_.source.empty() ? std::string_view(relation_.name) : relation_.source);
  if (source == nullptr && relation_.source.empty()) {
    for (const auto& r : between.relations) {
      if (r->is_polymorphic() || r->targets[0] != relation_.targets[0]) continue;
      if (source != nullptr)
        return bad(fmt::format("found '{}' and '{}' of {}, expected 'source' to say which",
                               source->name, r->name, between.name));
      source = r.get();
    }
  }
  if (source == nullptr || source == &relation_ || source->is_polymorphic())
    return bad(fmt::format("source: found {}, expected a relation of {} that leads to {}",
                           quoted(relation_.source.empty() ? relation_.name : relation_.source),
                           between.name, relation_.targets[0]));
  THING_ASSIGN(const auto second, resolve_other(between, *source));
  if (second == nullptr) return false;
  link.steps = first->steps;
  link.steps.insert(link.steps.end(), second->steps.begin(), second->steps.end());
  link.target = second->target;
  return true;
}

Result<bool> Resolver::fill_pairs(Link& link) {
  const Model* const target = find_(relation_.targets[0]);
  if (target == nullptr) return false;
  const std::string name = relation_.through.empty()
                               ? pairs_name(pairs_table(model_, relation_, *target))
                               : relation_.through;
  const Model* const pairs = find_(name);
  if (pairs == nullptr) return false;
  const Relation* named = nullptr;
  if (!relation_.source.empty()) named = pairs->find_relation(relation_.source);
  THING_ASSIGN(const Relation* const inverse,
               find_relation(*pairs, relation_.inverse, model_, named, "inverse"));
  if (inverse == nullptr)
    return bad(fmt::format("found no belongs_to of {} that leads to {}, expected one", pairs->name,
                           model_.name));
  THING_ASSIGN(const Relation* const source,
               find_relation(*pairs, relation_.source, *target, inverse, "source"));
  if (source == nullptr)
    return bad(fmt::format("found no belongs_to of {} that leads to {}, expected one", pairs->name,
                           target->name));
  THING_ASSIGN(const auto back, resolve_other(*pairs, *inverse));
  THING_ASSIGN(const auto on, resolve_other(*pairs, *source));
  if (back == nullptr || on == nullptr) return false;
  THING_ASSIGN(Step first, step_to(*back, model_));
  THING_ASSIGN(Step second, step_to(*on, *target));
  link.steps.push_back(reversed(std::move(first), false));
  link.steps.push_back(std::move(second));
  link.target = target;
  return true;
}

std::string uncapitalised(std::string_view name) {
  std::string out(name);
  if (out[0] >= 'A' && out[0] <= 'Z') out[0] = static_cast<char>(out[0] - 'A' + 'a');
  return out;
}

void print_side(text::JsonWriter& w, const std::string& name, const Model& model) {
  w.key(name);
  w.begin_object();
  w.key("belongs_to");
  w.string(model.name);
  w.key("fields");
  w.begin_array();
  w.string(name + "Id");
  w.end_array();
  w.key("on_delete");
  w.string("cascade");
  w.end_object();
}

}  // namespace

const Model* Link::pivot() const {
  return relation->kind == RelationKind::kManyToMany ? steps[0].to : nullptr;
}

Result<std::unique_ptr<Link>> resolve_relation(const Model& model, const Relation& relation,
                                               const FindModel& find) {
  return Resolver(model, relation, find).resolve();
}

std::string pairs_table(const Model& model, const Relation& relation, const Model& target) {
  if (!relation.table.empty()) return relation.table;
  const std::string &a = model.table, &b = target.table;
  return a < b ? a + '_' + b : b + '_' + a;
}

std::string pairs_name(std::string_view table) {
  std::string out;
  bool upper = true;
  for (const char c : table) {
    const bool lower_letter = c >= 'a' && c <= 'z', upper_letter = c >= 'A' && c <= 'Z';
    if (!lower_letter && !upper_letter && !(c >= '0' && c <= '9')) {
      upper = true;
      continue;
    }
    if (out.empty() && !lower_letter && !upper_letter) out += "Pairs";
    out += upper && lower_letter ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
  }
  if (out.empty()) out = "Pairs";
  return out;
}

Result<std::string> pairs_document(const Model& model, const Relation& relation,
                                   const FindModel& find) {
  if (relation.kind != RelationKind::kManyToMany || !relation.through.empty()) return std::string();
  const Model* const target = find(relation.targets[0]);
  if (target == nullptr) return std::string();
  const std::string table = pairs_table(model, relation, *target);
  const std::string name = pairs_name(table);
  if (find(name) != nullptr) return std::string();
  const auto bad = [&](std::string_view problem) {
    return base::fail(
        base::Error(base::Code::kModel,
                    fmt::format("{}: relations.{}: {}", model.name, relation.name, problem))
            .model(model.name));
  };
  std::string a = relation.inverse.empty() ? uncapitalised(model.name) : relation.inverse;
  std::string b = relation.source.empty() ? uncapitalised(target->name) : relation.source;
  if (a == b) return bad("found a relation of a model to itself, expected 'inverse' and 'source'");
  const Model *of_a = &model, *of_b = target;
  for (const Model* m : {of_a, of_b}) {
    const Type type = m->fields[m->primary[0]].type;
    if (m->primary.size() != 1 || type == Type::kEnum || type == Type::kFloat ||
        type == Type::kJson || type == Type::kDecimal)
      return bad(
          fmt::format("found the key of {}, expected 'through' and a model of the pairs", m->name));
  }
  if (b < a) {
    std::swap(a, b);
    std::swap(of_a, of_b);
  }
  std::string out;
  text::JsonWriter w(out);
  w.begin_object();
  w.key("name");
  w.string(name);
  w.key("table");
  w.string(table);
  w.key("fields");
  w.begin_object();
  for (const auto& [side, m] : {std::pair{&a, of_a}, std::pair{&b, of_b}}) {
    w.key(*side + "Id");
    w.string(value::type_name(m->fields[m->primary[0]].type));
  }
  w.end_object();
  w.key("primary");
  w.begin_array();
  w.string(a + "Id");
  w.string(b + "Id");
  w.end_array();
  w.key("relations");
  w.begin_object();
  print_side(w, a, *of_a);
  print_side(w, b, *of_b);
  w.end_object();
  w.end_object();
  return out;
}

Result<const Link*> find_link(const Model& model, std::string_view relation) {
  const Relation* const found = model.find_relation(relation);
  if (found == nullptr)
    return base::fail(
        base::Error(base::Code::kInvalid, fmt::format("found relation {}, expected one of {}",
                                                      quoted(relation), model.name))
            .model(model.name));
  if (const Link* link = found->link(); link != nullptr) return link;
  std::string models;
  for (const std::string& name : found->targets) models += (models.empty() ? "" : ", ") + name;
  if (found->kind == RelationKind::kManyToMany && !found->through.empty())
    models += ", " + found->through;
  return base::fail(
      base::Error(base::Code::kModel,
                  fmt::format("relation '{}' of {} needs {}, of which one is not registered",
                              found->name, model.name, models))
          .model(model.name));
}

}  // namespace thing::schema
