#include "dialect/dialect.h"

namespace thing::dialect {

const Dialect* find_dialect(std::string_view name) {
  for (const Dialect* dialect : {&sqlite(), &postgres(), &mysql(), &mariadb()}) {
    if (dialect->name() == name) return dialect;
  }
  return nullptr;
}

}  // namespace thing::dialect
