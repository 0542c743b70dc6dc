#pragma once
// What is done while calls fail, and what must hold afterwards.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "surroundings.h"

namespace trial {

// One database file with the handles of one run.
struct Stage {
  std::string file, url;
  Db db;
  const thing_model* item = nullptr;
  std::vector<Obj> objects;
  Criteria criteria;
  Rows rows;
  Obj found;
  int64_t number = 0;

  void open();  // and registers the model
};

struct Scenario {
  const char* name;
  // Whether the file exists already, with its table and rows.
  bool filled = true;
  // Whether run() opens the database itself.
  bool opens = false;
  // Whether the answer comes from the cache, and nothing can fail.
  bool cached = false;
  std::function<void(Stage&)> prepare;
  // Ends with the first call that fails.
  std::function<thing_status(Stage&, thing_error**)> run;
  std::function<void(Stage&)> check_done;
  std::function<void(Stage&)> check_failed;
};

const std::vector<Scenario>& scenarios();

// The document of Item, the one model.
const char* item_model();

// A file with a table of an older model and 60 rows.
void make_template(const std::string& file);
// Tables and rows, for comparison; as somebody else reads them.
std::string contents(const std::string& file);
// Everything that can be read of the rows, cold, cached, and past the cache, against the file.
void check_reads(Stage& stage);

}  // namespace trial
