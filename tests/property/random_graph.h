#pragma once
// Models that refer to each other, and random documents and writes of them.
#include <functional>
#include <string>
#include <vector>

#include "door.h"

namespace trial {

// A Table of the world for all of them: its document has the models, and nothing else of it counts.
const Table& graph_tables();
const std::vector<std::string>& graph_models();

// A read as an action.
struct GraphRead {
  std::string model, action, document;
  int32_t flags = 0;

  std::string told() const { return model + " " + action + " " + document; }
  // The answer, or the name of the error.
  std::string ask(const Door& door) const;
};
GraphRead random_read(Random& random);
// All that is there of a model, deleted rows too.
GraphRead read_all(const std::string& model);

// A write through one door. What comes back is the same on every database.
struct GraphWrite {
  std::string told;
  std::function<std::string(const Door&)> run;
};
GraphWrite random_write(Random& random);
// Something to begin with.
std::vector<GraphWrite> first_writes(Random& random);

}  // namespace trial
