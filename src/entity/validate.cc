#include "entity/validate.h"

namespace thing::entity {

void Violations::check(uint32_t field, const value::ValueView& v) {
  const auto broken = schema::find_broken(model_.fields[field], v);
  if (!broken.has_value()) return;
  only_missing_ = false;
  add(field, broken->rule, broken->message);
}

void Violations::add_missing(uint32_t field, bool by_rule) {
  only_missing_ = only_missing_ && !by_rule;
  add(field, "required", "expected a value");
}

void Violations::add(uint32_t field, std::string_view rule, std::string_view message) {
  const schema::Field& f = model_.fields[field];
  const std::string_view comma = fields_.empty() ? "" : ",";
  fields_.append(comma).append(f.name);
  columns_.append(comma).append(f.column);
  rules_.append(comma).append(rule);
  messages_ += fmt::format("{}'{}': {}", messages_.empty() ? "" : "; ", f.name, message);
}

base::Status Violations::result() const {
  if (fields_.empty()) return {};
  if (only_missing_) {
    const std::string message =
        fmt::format("{}: found no value for '{}', expected one", model_.name, fields_);
    return base::fail(base::Error(base::Code::kNotNull, message)
                          .model(model_.name)
                          .table(model_.table)
                          .column(columns_)
                          .field(fields_)
                          .sqlstate("23502"));
  }
  return base::fail(base::Error(base::Code::kCheck, fmt::format("{}: {}", model_.name, messages_))
                        .model(model_.name)
                        .field(fields_)
                        .constraint(rules_)
                        .sqlstate("23514"));
}

}  // namespace thing::entity
