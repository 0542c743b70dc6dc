#include "relation/numbers.h"

#include <algorithm>
#include <numeric>

#include "entity/row_printer.h"
#include "query/aggregate.h"
#include "relation/owners.h"
#include "store/model_state.h"

namespace thing::relation {

using base::Result;
using query::Number;
using value::Type;
using value::Value;

namespace {

// Of no rows.
Value of_none(const Number& number, const schema::Model& target) {
  if (number.kind == Number::Kind::kCount) return Value::of_int(Type::kInt, 0);
  if (number.kind == Number::Kind::kExists) return Value::of_int(Type::kBool, 0);
  if (number.kind != Number::Kind::kSum) return {};
  const Type type = target.fields[static_cast<size_t>(number.field)].type;
  if (type == Type::kInt) return Value::of_int(type, 0);
  return type == Type::kFloat ? Value::of_float(0) : Value::of_bytes(type, "0");
}

std::string path_of(const Number& number, const schema::Model& target) {
  std::string path = fmt::format("{}.{}", query::kind_name(number.kind), number.name);
  if (!number.is_of_rows()) path += "." + target.fields[static_cast<size_t>(number.field)].name;
  return path;
}

class NumberLoader {
 public:
  NumberLoader(store::Store& store, const store::Call& call, const query::Include& include,
               const Owners& owners)
      : store_(store),
        call_(call),
        link_(*include.link),
        include_(include),
        target_(*include.link->target),
        owners_(owners) {
    call_.lock = {};
    call_.flags &= ~store::kOnlyDeleted;  // deleted rows count only where the call asks for all
    for (const Number& number : include.numbers) none_.push_back(of_none(number, target_));
    for (size_t i = 0; i < owners.count(); ++i)
      by_owner_.insert(by_owner_.end(), none_.begin(), none_.end());
  }

  // False: kCacheOnly met a miss.
  Result<bool> run() {
    for (size_t begin = 0; begin < owners_.count(); begin += owners_.most_at_once()) {
      const size_t end = std::min(owners_.count(), begin + owners_.most_at_once());
      THING_ASSIGN(const bool whole, run_part(begin, end));
      if (!whole) return false;
    }
    return true;
  }

  std::vector<Value> values() const {
    std::vector<Value> out;
    out.reserve(owners_.of_row.size() * none_.size());
    for (const uint32_t owner : owners_.of_row) {
      const auto from = owner == kNobody
                            ? none_.begin()
                            : by_owner_.begin() + static_cast<ptrdiff_t>(owner * none_.size());
      out.insert(out.end(), from, from + static_cast<ptrdiff_t>(none_.size()));
    }
    return out;
  }

 private:
  Result<bool> run_part(size_t begin, size_t end) {
    query::Aggregation aggregation(target_);
    aggregation.rows = *include_.criteria;
    THING_TRY(add_groups(aggregation, begin, end));
    std::vector<query::Answer> answers;
    for (const Number& number : include_.numbers) {
      THING_ASSIGN(const query::Answer answer,
                   aggregation.answer({query::function_of(number.kind), number.field}));
      answers.push_back(answer);
    }
    auto found =
        store_.aggregate(call_, store::state_of(target_), aggregation);
    if (!found) {
      // Which of them is not told; mostly there is one.
      return base::fail(
          std::move(found.error())
              .context(fmt::format("while reading {}", path_of(include_.numbers[0], target_))));
    }
    const value::BatchRef rows = std::move(*found);
    if (!rows) return false;
    const schema::Model& groups = aggregation.groups_model();
    const std::vector<uint32_t> owner_of = owners_.find(groups, groups.primary, rows);
    for (uint32_t r = 0; r < rows->rows(); ++r) {
      if (owner_of[r] != kNobody)
        THING_TRY(take_row(aggregation, answers, rows->row(r), owner_of[r]));
    }
    return true;
  }

  base::Status add_groups(query::Aggregation& aggregation, size_t begin, size_t end) const {
    const schema::Step& last = link_.steps.back();
    if (last.fixed.has_value() && last.fixed->of_to) THING_TRY(add_fixed(aggregation.rows, last));
    if (link_.steps.size() > 1) {
      THING_ASSIGN(auto way, way_of(link_, owners_, begin, end));
      aggregation.group_by(std::move(way), link_.steps[0].to_fields);
      return {};
    }
    THING_TRY(owners_.add_keys(aggregation.rows, last.to_fields, begin, end));
    for (const uint32_t field : last.to_fields) THING_TRY(aggregation.group_by(field));
    return {};
  }

  base::Status take_row(const query::Aggregation& aggregation,
                        const std::vector<query::Answer>& answers, const value::RowView& row,
                        uint32_t owner) {
    for (size_t i = 0; i < answers.size(); ++i) {
      const Number& number = include_.numbers[i];
      Value& to = by_owner_[owner * none_.size() + i];
      if (number.kind == Number::Kind::kExists) {
        to = Value::of_int(Type::kBool, 1);
        continue;
      }
      auto v = aggregation.value_of(answers[i], row);
      if (!v)
        return base::fail(
            base::Error(v.error().code(),
                        fmt::format("{}: {}", path_of(number, target_), v.error().message()))
                .model(link_.steps[0].from->name));
      if (!v->is_null()) to = std::move(*v);  // of no values there is what there is of no rows
    }
    return {};
  }

  store::Store& store_;
  store::Call call_;
  const schema::Link& link_;
  const query::Include& include_;
  const schema::Model& target_;
  const Owners& owners_;
  std::vector<Value> none_;      // one for each number
  std::vector<Value> by_owner_;  // owner by owner
};

}  // namespace

Result<std::optional<Numbers>> load_numbers(store::Store& store, const store::Call& call,
                                            const RowTree& tree, const query::Include& include) {
  std::vector<uint32_t> all(tree.rows());
  std::iota(all.begin(), all.end(), 0);
  THING_ASSIGN(const Owners owners, Owners::of(include.link->steps[0], tree.set.rows, all));
  NumberLoader loader(store, call, include, owners);
  THING_ASSIGN(const bool whole, loader.run());
  if (!whole) return std::optional<Numbers>();
  Numbers out;
  out.link = include.link;
  out.asked = std::make_shared<const std::vector<Number>>(include.numbers);
  out.values = loader.values();
  return std::optional<Numbers>(std::move(out));
}

Numbers numbers_of_none(const query::Include& include) {
  Numbers out;
  out.link = include.link;
  out.asked = std::make_shared<const std::vector<Number>>(include.numbers);
  for (const Number& number : include.numbers)
    out.values.push_back(of_none(number, *include.link->target));
  return out;
}

bool has_number(const std::vector<Numbers>& numbers, const Number& number) {
  return std::any_of(numbers.begin(), numbers.end(), [&number](const Numbers& n) {
    return std::find(n.asked->begin(), n.asked->end(), number) != n.asked->end();
  });
}

Numbers take_numbers(const Numbers& numbers, std::span<const uint32_t> rows) {
  Numbers out;
  out.link = numbers.link;
  out.asked = numbers.asked;
  const auto width = static_cast<ptrdiff_t>(numbers.asked->size());
  for (const uint32_t row : rows) {
    const auto from = numbers.values.begin() + row * width;
    out.values.insert(out.values.end(), from, from + width);
  }
  return out;
}

NumberList numbers_of(std::span<const Numbers> numbers, uint32_t row) {
  NumberList out;
  for (const Numbers& n : numbers) {
    for (size_t i = 0; i < n.asked->size(); ++i)
      out.push_back({&(*n.asked)[i], n.link, &n.values[row * n.asked->size() + i]});
  }
  return out;
}

// ---- JSON

namespace {

std::string_view field_of(const NumberOfRow& n) {
  if (n.number->is_of_rows()) return "";
  return n.link->target->fields[static_cast<size_t>(n.number->field)].name;
}

void put_value(entity::Output& out, const NumberOfRow& n) {
  entity::put_value(out, n.value->type(), n.value->view());
}

// Members of these names as an object: those that are chosen, in the order of the choice.
template <class Print>
void print_members(entity::Output& out, const std::vector<std::string_view>& names,
                   const entity::Selection* selection, Print print) {
  char before = '{';
  const auto put = [&](std::string_view name, const entity::Selection* nested) {
    out.put(before);
    before = ',';
    entity::put_json_string(out, name);
    out.put(':');
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      out.put("null");
    } else {
      print(name, nested);
    }
  };
  const bool is_chosen = selection != nullptr && !selection->included.empty();
  if (is_chosen) {
    for (const auto& item : selection->included) {
      if (!selection->leaves_out(item.name)) put(item.name, item.nested.get());
    }
  } else {
    for (const std::string_view name : names) {
      if (selection == nullptr || !selection->leaves_out(name)) put(name, nullptr);
    }
  }
  if (before == '{') out.put('{');
  out.put('}');
}

void print_fields(entity::Output& out, const NumberList& numbers, Number::Kind kind,
                  std::string_view name, const entity::Selection* selection) {
  std::vector<std::string_view> fields;
  const auto is_of = [&](const NumberOfRow& n) {
    return n.number->kind == kind && n.number->name == name;
  };
  for (const NumberOfRow& n : numbers) {
    if (!is_of(n)) continue;
    if (n.number->is_of_rows()) return put_value(out, n);
    fields.push_back(field_of(n));
  }
  print_members(out, fields, selection, [&](std::string_view field, const entity::Selection*) {
    put_value(out, *std::find_if(numbers.begin(), numbers.end(), [&](const NumberOfRow& n) {
                return is_of(n) && field_of(n) == field;
              }));
  });
}

}  // namespace

bool print_numbers(entity::Output& out, const NumberList& numbers, Number::Kind kind,
                   const entity::Selection* selection) {
  std::vector<std::string_view> names;
  for (const NumberOfRow& n : numbers) {
    const bool is_known = std::find(names.begin(), names.end(), n.number->name) != names.end();
    if (n.number->kind == kind && !is_known) names.emplace_back(n.number->name);
  }
  if (names.empty()) return false;
  print_members(out, names, selection, [&](std::string_view name, const entity::Selection* nested) {
    print_fields(out, numbers, kind, name, nested);
  });
  return true;
}

void print_numbers(entity::Output& out, const NumberList& numbers) {
  for (const Number::Kind kind : query::kNumberKinds) {
    const size_t before = out.text().size();
    out.put(",\"");
    out.put(query::kind_name(kind));
    out.put("\":");
    if (!print_numbers(out, numbers, kind, nullptr)) out.cut(before);
  }
}

const NumberOfRow* find_number(const NumberList& numbers, std::string_view path) {
  const auto found = std::find_if(numbers.begin(), numbers.end(), [path](const NumberOfRow& n) {
    return path_of(*n.number, *n.link->target) == path;
  });
  return found == numbers.end() ? nullptr : &*found;
}

}  // namespace thing::relation
