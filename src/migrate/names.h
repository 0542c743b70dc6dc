#pragma once
#include <set>
#include <string>
#include <string_view>

#include "dialect/catalogue.h"

namespace thing::migrate {

std::string folded(std::string_view name);  // ASCII letters
// A name in the form in which the database compares it.
std::string compared(std::string_view name, const dialect::Spelling& spelling);
bool same_name(std::string_view a, std::string_view b, const dialect::Spelling& spelling);

std::string singular(std::string_view noun);      // "order_items" -> "order_item"
std::string model_name(std::string_view table);   // "order_items" -> "OrderItem"
std::string field_name(std::string_view column);  // "first_name" -> "firstName"

// Names in use; of two that are the same the second gets a number.
class NameSet {
 public:
  std::string add(std::string name);

 private:
  std::set<std::string> names_;
};

}  // namespace thing::migrate
