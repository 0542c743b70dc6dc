#pragma once
// For each of some keys, a page of the rows that belong to it by rows between.
#include <vector>

#include "query/criteria.h"

namespace thing::query {

struct KeyPage {
  // `key`: fields of the first part, which says of which keys there are pages.
  KeyPage(Criteria rows, std::vector<WayPart> way, std::vector<uint32_t> key);
  KeyPage(const KeyPage&) = delete;

  const Criteria rows;  // with take or skip
  const std::vector<WayPart> way;
  const std::vector<uint32_t> key;
  // Of what comes back: the key, the row's primary key, and what leads to the row.
  schema::Model answer;
};

}  // namespace thing::query
