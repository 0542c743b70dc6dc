#pragma once
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "driver/postgres/types.h"
#include "value/value.h"

namespace thing::driver::postgres {

// Room for the wire form of one value, where the value itself is not that form.
struct Place {
  char fixed[16];
  std::string built;
};

// The wire form of a value that is not NULL for a parameter of this type: text for kOther, else
// binary. It lies in the value or in `place`. kRange when the type can not hold it, kType when it
// is of another kind, kInvalid for a NUL in text.
base::Result<std::string_view> encode(const PgType& type, const value::ValueView& v, Place& place);

// The bound values of a statement, as libpq takes them.
class Parameters {
 public:
  void start(const std::vector<const PgType*>& types);
  base::Status set(int index, const value::ValueView& v);
  base::Status set_array(int index, const PgType& element, value::Type type,
                         std::span<const value::ValueView> values);
  base::Status set_list(int index, const PgType& element, const value::ValueView& list);
  void clear();  // all NULL
  const PgType* type(int index) const {
    return index >= 0 && index < count() ? types_[static_cast<size_t>(index)] : nullptr;
  }

  int count() const { return static_cast<int>(types_.size()); }
  const Oid* oids() const { return oids_.data(); }
  const char* const* values() const { return values_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }

 private:
  base::Status put(size_t index, std::string_view wire, bool is_binary);

  std::vector<const PgType*> types_;
  std::vector<Oid> oids_;
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
  std::vector<Place> places_;
};

}  // namespace thing::driver::postgres
