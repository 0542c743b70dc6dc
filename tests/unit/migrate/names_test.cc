#include "migrate/names.h"

#include <gtest/gtest.h>

namespace thing::test {
namespace {

TEST(ModelName, IsTheSingularOfTheTable) {
  const std::pair<const char*, const char*> kCases[] = {{"users", "User"},
                                                        {"order_items", "OrderItem"},
                                                        {"people", "Person"},
                                                        {"categories", "Category"},
                                                        {"addresses", "Address"},
                                                        {"houses", "House"},
                                                        {"statuses", "Status"},
                                                        {"boxes", "Box"},
                                                        {"children", "Child"},
                                                        {"sheep", "Sheep"},
                                                        {"movies", "Movie"},
                                                        {"user", "User"},
                                                        {"order \"lines\"", "OrderLine"},
                                                        {"2024_sales", "Table2024Sale"},
                                                        {"HTTPLogs", "HTTPLog"},
                                                        {"ünï", "N"},
                                                        {"--", "Table"}};
  for (const auto& [table, name] : kCases) EXPECT_EQ(migrate::model_name(table), name) << table;
}

TEST(FieldName, IsTheColumnInCamelCase) {
  const std::pair<const char*, const char*> kCases[] = {
      {"first_name", "firstName"}, {"id", "id"}, {"ID", "id"},        {"UserID", "userID"},
      {"HTTPCode", "httpCode"},    {"_x", "x"},  {"2fa", "field2fa"}, {"", "field"}};
  for (const auto& [column, name] : kCases) EXPECT_EQ(migrate::field_name(column), name) << column;
}

TEST(NameSet, NumbersWhatIsThereAlready) {
  migrate::NameSet names;
  EXPECT_EQ(names.add("a"), "a");
  EXPECT_EQ(names.add("a"), "a2");
  EXPECT_EQ(names.add("a"), "a3");
  EXPECT_EQ(names.add("a2"), "a22");
}

}  // namespace
}  // namespace thing::test
