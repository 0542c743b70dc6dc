#pragma once
// Random rows, conditions and orders for tests of what databases answer.
#include <random>

#include "dialect/dialect.h"
#include "sqlite_memory.h"

namespace thing::test {

// A model with a field of every type. The key, the first field, is the number of the row.
inline constexpr std::string_view kRowModel = R"({"name":"Row","fields":{
  "id": {"type":"int","primary":true}, "flag":"bool?", "n":"int?", "real":"float?", "price":"decimal?", "name":"text?",
  "raw":"bytes?", "at":"datetime?", "day":"date?", "hour":"time?", "key":"uuid?", "kind":{"type":"enum","values":["a","B","ab"],"null":true},
  "doc":"json?", "title":"text", "total":"decimal"}, "indexes":[{"fields":["name"]},{"fields":["price"]},{"fields":["n","name"]}]})";

class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  int below(int n) { return static_cast<int>(engine_() % static_cast<uint32_t>(n)); }
  bool chance(int percent) { return below(100) < percent; }
  template <class T>
  const T& one(const std::vector<T>& list) {
    return list[static_cast<size_t>(below(static_cast<int>(list.size())))];
  }

 private:
  std::mt19937 engine_;
};

// Texts may hold a NUL where `nul` says so, as not every database takes it.
value::Value random_value(Random& random, const schema::Model& model, const schema::Field& field,
                          bool nul);
std::string random_where(Random& random, const schema::Model& model, bool nul);
// Up to `most` fields, each either way.
std::string random_order(Random& random, const schema::Model& model, int most);
bool goes_before(const schema::Model& model, const std::vector<query::Order>& order,
                 const value::RowView& a, const value::RowView& b);

}  // namespace thing::test
