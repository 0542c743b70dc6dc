#include "query/key_page.h"

#include <utility>

namespace thing::query {
namespace {

void add_field(schema::Model& model, const schema::Field& of) {
  schema::Field field;
  field.name = of.name;
  field.type = of.type;
  field.enum_values = of.enum_values;
  model.layout.types.push_back(of.type);
  model.fields.push_back(std::move(field));
}

}  // namespace

KeyPage::KeyPage(Criteria r, std::vector<WayPart> w, std::vector<uint32_t> k)
    : rows(std::move(r)), way(std::move(w)), key(std::move(k)) {
  answer.name = rows.model().name;
  for (const uint32_t f : key) add_field(answer, way[0].rows.model().fields[f]);
  for (const uint32_t f : rows.model().primary) add_field(answer, rows.model().fields[f]);
  const schema::Step& last = *way.back().step;
  for (const uint32_t f : last.from_fields) add_field(answer, last.from->fields[f]);
}

}  // namespace thing::query
