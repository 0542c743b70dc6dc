#include "driver/postgres/ahead.h"

namespace thing::driver::postgres {

bool Ahead::settles(const SqlText& text) {
  if (!text.ends_transaction || is_empty()) return false;
  const bool is_unknown = begins();
  if (is_unknown || text.is_rollback) texts_.clear();
  return is_unknown;
}

int Ahead::queue() {
  began_ = begins();
  for (const std::string& sql : texts_) {
    if (PQsendQueryParams(link_.get(), sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) != 1)
      return 0;
  }
  return 1;
}

// A call that ended in the moment of BEGIN leaves no transaction, and what its caller runs next
// must not stand alone.
void Ahead::sent(bool done) {
  if (!done && began_ && link_.is_idle()) return;
  texts_.clear();
}

}  // namespace thing::driver::postgres
