#include "cache/redis/reply.h"

namespace thing::cache::redis {

// From the back: the elements of an array have their ends by then.
void ReplyData::close() {
  for (size_t i = nodes.size(); i-- > 0;) {
    size_t end = i + 1;
    if (nodes[i].kind == ReplyKind::kArray) {
      for (int64_t left = nodes[i].number; left > 0; --left) end = nodes[end].end;
    }
    nodes[i].end = end;
  }
}

Reply Reply::at(size_t i) const {
  const bool is_flat = node().end - at_ - 1 == size();
  if (is_flat) return Reply(*data_, at_ + 1 + i);
  Iterator it = begin();
  while (i-- > 0) ++it;
  return *it;
}

}  // namespace thing::cache::redis
