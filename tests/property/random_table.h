#pragma once
// Models made at random: keys of every kind, fields of every type, and what a model may ask for.
#include <deque>

#include "door.h"

namespace trial {

// A few models of one database, with names of their own. `statements` of each are raw SQL that any
// row may stand up to; they may meet a unique key.
std::deque<Table> random_tables(Random& random, Database database);

}  // namespace trial
