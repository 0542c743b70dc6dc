#include "dialect/dialect.h"

namespace thing::dialect {

const Dialect* find_dialect(std::string_view name) {
  return name == sqlite().name() ? &sqlite() : nullptr;
}

}  // namespace thing::dialect
