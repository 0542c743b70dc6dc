#include "query/criteria.h"
#include "schema/print_value.h"
#include "text/json.h"
#include "value/list.h"

namespace thing::query {
namespace {

// Writes the document that parse_criteria reads back to the same criteria.
class Printer {
 public:
  Printer(const Criteria& c, std::string& out) : c_(c), model_(&c.model()), w_(out) {}
  void print();

 private:
  void print_group(const Node& node);
  void print_related(const Node& node);
  void print_includes();
  void print_node(const Node& node);
  void print_compare(const Node& node);
  void print_document(const Node& node);
  void print_param(const Node& node, uint32_t i);
  void print_numbers(Number::Kind kind);
  void print_number(const Include& include, const Number& number);
  void print_order();
  void print_sort(const Order& o);
  void print_related_order(const RelatedOrder& related, const Order& o);
  void print_rest();
  void print_lock();
  void print_scopes();

  const Criteria& c_;
  const schema::Model* model_;  // of the conditions that are printed
  text::JsonWriter w_;
};

void Printer::print() {
  w_.begin_object();
  if (c_.has_condition()) {
    // Always as AND: a field may stand in several conditions, a JSON object names it once.
    w_.key("where");
    w_.begin_object();
    w_.key("AND");
    print_group(c_.where());
    w_.end_object();
  }
  if (!c_.includes().empty()) print_includes();
  if (!c_.order().empty()) print_order();
  print_rest();
  w_.end_object();
}

void Printer::print_group(const Node& node) {
  w_.begin_array();
  for (const Node& child : node.children) print_node(child);
  w_.end_array();
}

void Printer::print_node(const Node& node) {
  w_.begin_object();
  switch (node.kind) {
    case NodeKind::kCompare: print_compare(node); break;
    case NodeKind::kAnd:
      w_.key("AND");
      print_group(node);
      break;
    case NodeKind::kOr:
      w_.key("OR");
      print_group(node);
      break;
    case NodeKind::kNot:
      w_.key("NOT");
      if (node.children.size() == 1) {
        print_node(node.children[0]);
        break;
      }
      w_.begin_object();
      w_.key("AND");
      print_group(node);
      w_.end_object();
      break;
    case NodeKind::kRelated: print_related(node); break;
    case NodeKind::kExists:
    case NodeKind::kUntrue: break;  // of a query alone
  }
  w_.end_object();
}

void Printer::print_related(const Node& node) {
  const schema::Relation& relation = *node.link->relation;
  constexpr std::string_view kOfMany[] = {"some", "every", "none"};
  const bool some = node.quantifier == Quantifier::kSome;
  w_.key(relation.name);
  w_.begin_object();
  w_.key(relation.is_many() ? kOfMany[static_cast<size_t>(node.quantifier)]
         : some             ? "is"
                            : "isNot");
  w_.begin_object();
  if (!node.children.empty()) {
    const schema::Model* const outer = model_;
    model_ = node.link->target;
    w_.key("AND");
    print_group(node);
    model_ = outer;
  }
  w_.end_object();
  w_.end_object();
}

void Printer::print_includes() {
  w_.key("include");
  w_.begin_object();
  for (const Include& include : c_.includes()) {
    if (!include.numbers.empty()) continue;
    w_.key(include.link->relation->name);
    std::string inner;
    if (include.criteria != nullptr) Printer(*include.criteria, inner).print();
    if (inner.size() <= 2 && !include.pivot) {
      w_.boolean(true);
      continue;
    }
    if (include.pivot) inner.insert(1, inner.size() > 2 ? "\"pivot\":true," : "\"pivot\":true");
    w_.raw(inner);
  }
  for (const Number::Kind kind : kNumberKinds) print_numbers(kind);
  w_.end_object();
}

// {"_count": {"select": {"drafts": {"relation": "posts", "where": ...}}}}
void Printer::print_numbers(Number::Kind kind) {
  const bool of_rows = kind == Number::Kind::kCount || kind == Number::Kind::kExists;
  bool is_first = true;
  for (const Include& include : c_.includes()) {
    std::string_view last;
    for (const Number& number : include.numbers) {
      if (number.kind != kind || number.name == last) continue;
      last = number.name;
      if (is_first) {
        w_.key(kind_name(kind));
        w_.begin_object();
        if (of_rows) w_.key("select");
        if (of_rows) w_.begin_object();
        is_first = false;
      }
      print_number(include, number);
    }
  }
  if (is_first) return;
  if (of_rows) w_.end_object();
  w_.end_object();
}

void Printer::print_number(const Include& include, const Number& number) {
  std::string inner;
  text::JsonWriter w(inner);
  w.begin_object();
  w.key("relation");
  w.string(include.link->relation->name);
  if (!number.is_of_rows()) {
    w.key("select");
    w.begin_array();
    for (const Number& n : include.numbers) {
      if (n.kind == number.kind && n.name == number.name)
        w.string(include.link->target->fields[static_cast<size_t>(n.field)].name);
    }
    w.end_array();
  }
  w.end_object();
  std::string rows;
  Printer(*include.criteria, rows).print();
  if (rows.size() > 2) inner.replace(inner.size() - 1, 1, "," + rows.substr(1));
  w_.key(number.name);
  w_.raw(inner);
}

void Printer::print_param(const Node& node, uint32_t i) {
  const value::ValueView v = c_.params()[node.param + i].view();
  schema::print_value(w_, v.type, v);
}

void Printer::print_compare(const Node& node) {
  w_.key(model_->fields[node.field].name);
  if (!node.document.empty()) return print_document(node);
  if (node.op == Op::kIsNull) return w_.null();
  w_.begin_object();
  w_.key(node.op == Op::kIsNotNull ? "not" : op_name(node.op));
  if (node.op == Op::kIsNotNull) {
    w_.null();
  } else if (node.other != schema::kNone) {
    w_.begin_object();
    w_.key("field");
    w_.string(model_->fields[static_cast<size_t>(node.other)].name);
    w_.end_object();
  } else if (node.op == Op::kIn || node.op == Op::kNotIn) {
    w_.begin_array();
    for (uint32_t i = 0; i < node.count; ++i) print_param(node, i);
    w_.end_array();
  } else if (node.op == Op::kHas) {
    w_.raw(value::list_inside(c_.params()[node.param].view().bytes));
  } else {
    print_param(node, 0);
  }
  if (node.insensitive) {
    w_.key("mode");
    w_.string("insensitive");
  }
  w_.end_object();
}

// {"path": ["a"], "length": {"gt": 1}}
void Printer::print_document(const Node& node) {
  std::vector<value::ValueView> values;
  for (uint32_t i = 0; i < node.count; ++i) values.push_back(c_.params()[node.param + i].view());
  std::span<const value::ValueView> rest = values;
  value::DocumentShape shape(node.document);
  w_.begin_object();
  w_.key("path");
  value::print_path(w_, shape, rest);
  const bool exists = node.op == Op::kIsNull || node.op == Op::kIsNotNull;
  if (shape.is_length()) {
    w_.key("length");
    w_.begin_object();
  }
  w_.key(exists ? "exists" : op_name(node.op));
  const bool many = node.op == Op::kIn || node.op == Op::kNotIn || node.op == Op::kHasEvery ||
                    node.op == Op::kHasSome;
  if (exists) w_.boolean(node.op == Op::kIsNotNull);
  if (many) w_.begin_array();
  while (!shape.is_end()) value::print_operand(w_, shape, rest);
  if (many) w_.end_array();
  if (shape.is_length()) w_.end_object();
  if (node.insensitive) {
    w_.key("mode");
    w_.string("insensitive");
  }
  w_.end_object();
}

void Printer::print_order() {
  w_.key("orderBy");
  w_.begin_array();
  for (const Order& o : c_.order()) {
    w_.begin_object();
    if (o.related < 0) {
      w_.key(model_->fields[o.field].name);
      print_sort(o);
    } else {
      print_related_order(c_.related_order()[static_cast<size_t>(o.related)], o);
    }
    w_.end_object();
  }
  w_.end_array();
}

void Printer::print_sort(const Order& o) {
  w_.begin_object();
  w_.key("sort");
  w_.string(o.descending ? "desc" : "asc");
  w_.key("nulls");
  w_.string(o.nulls_first ? "first" : "last");
  w_.end_object();
}

void Printer::print_related_order(const RelatedOrder& related, const Order& o) {
  for (const schema::Link* const link : related.path) {
    w_.key(link->relation->name);
    w_.begin_object();
  }
  const schema::Model& last = *related.path.back()->target;
  w_.key(related.field < 0
             ? kind_name(Number::Kind::kCount)
             : std::string_view(last.fields[static_cast<size_t>(related.field)].name));
  print_sort(o);
  for (size_t i = 0; i < related.path.size(); ++i) w_.end_object();
}

void Printer::print_rest() {
  if (c_.take().has_value()) {
    w_.key("take");
    w_.integer(*c_.take());
  }
  if (c_.skip().has_value()) {
    w_.key("skip");
    w_.integer(*c_.skip());
  }
  if (!c_.selected().empty()) {
    w_.key("select");
    w_.begin_array();
    for (uint32_t f : c_.selected()) w_.string(model_->fields[f].name);
    w_.end_array();
  }
  if (!c_.distinct_fields().empty()) {
    w_.key("distinct");
    w_.begin_array();
    for (uint32_t f : c_.distinct_fields()) w_.string(c_.model().fields[f].name);
    w_.end_array();
  } else if (c_.is_distinct()) {
    w_.key("distinct");
    w_.boolean(true);
  }
  if (!c_.after_token().empty()) {
    w_.key("after");
    w_.string(c_.after_token());
  }
  if (!c_.lock().is_none()) print_lock();
  print_scopes();
  if (c_.cursor_key().empty()) return;
  w_.key("cursor");
  w_.begin_object();
  for (size_t i = 0; i < c_.cursor_key().size(); ++i) {
    w_.key(model_->fields[model_->primary[i]].name);
    const value::ValueView v = c_.cursor_key()[i].view();
    schema::print_value(w_, v.type, v);
  }
  w_.end_object();
}

void Printer::print_scopes() {
  const auto print_names = [this](std::string_view key, const std::vector<uint32_t>& scopes) {
    if (scopes.empty()) return;
    w_.key(key);
    w_.begin_array();
    for (const uint32_t i : scopes) w_.string(c_.model().scopes[i].name);
    w_.end_array();
  };
  print_names("scope", c_.scopes());
  if (c_.leaves_all_scopes_out()) {
    w_.key("unscoped");
    w_.boolean(true);
  } else {
    print_names("unscoped", c_.left_out());
  }
}

void Printer::print_lock() {
  w_.key("lock");
  w_.begin_object();
  w_.key("for");
  w_.string(lock_name(c_.lock().kind));
  w_.key("wait");
  w_.string(wait_name(c_.lock().wait));
  w_.end_object();
}

}  // namespace

std::string print_criteria(const Criteria& criteria) {
  std::string out;
  Printer(criteria, out).print();
  return out;
}

}  // namespace thing::query
