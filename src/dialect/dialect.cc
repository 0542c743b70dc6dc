#include "dialect/dialect.h"

namespace thing::dialect {

std::string_view isolation_name(Isolation isolation) {
  switch (isolation) {
    case Isolation::kDefault: break;
    case Isolation::kReadCommitted: return "READ COMMITTED";
    case Isolation::kRepeatableRead: return "REPEATABLE READ";
    case Isolation::kSerializable: return "SERIALIZABLE";
  }
  return "";
}

const Dialect* find_dialect(std::string_view name) {
  for (const Dialect* dialect : {&sqlite(), &postgres(), &mysql(), &mariadb()}) {
    if (dialect->name() == name) return dialect;
  }
  return nullptr;
}

}  // namespace thing::dialect
