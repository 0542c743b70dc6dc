#pragma once
// One run of an action.
#include <span>

#include "action/actions.h"
#include "relation/loader.h"

namespace thing::action {

struct Run {
  store::Store& store;
  const store::Call& call;
  store::ModelState& state;
  const Surroundings& around;

  const schema::Model& model() const { return state.model; }
  void print(entity::Output& out, const relation::RowTree& tree, uint32_t row,
             const Chosen& chosen) const {
    const entity::RowPrinter& printer = around.printer(model());
    if (chosen.all) {
      printer.print(out, tree.set.rows->row(row), false);
    } else {
      printer.print(out, tree.set.rows->row(row), chosen.fields);
    }
    relation::print_behind(out, tree, row, around.printer, false);
  }
  // Whether hooks may have a part in what is written; they see one record after the other.
  bool is_hooked() const {
    return !call.has(store::kNoHooks) &&
           store.hooks().listens(entity::kAllEvents & ~entity::kAfterLoad);
  }
  // Loads the relations that are chosen with the rows. False: kCacheOnly met a miss.
  base::Result<bool> load(relation::RowTree& tree, const Chosen& chosen) const {
    if (chosen.includes.empty()) return !tree.set.missed;
    THING_TRY(relation::Loader(store, call).load(tree, chosen.includes));
    return !tree.set.missed;
  }
  // One record, with what is chosen of its relations.
  base::Result<Ended> print_one(entity::Output& out, value::BatchRef row,
                                const Chosen& chosen) const {
    relation::RowTree tree;
    tree.set.model = &state;
    tree.set.rows = std::move(row);
    THING_ASSIGN(const bool whole, load(tree, chosen));
    if (!whole) return Ended::kUncached;
    print(out, tree, 0, chosen);
    return Ended::kDone;
  }
  // A call that reads what was written, whatever this one wants of reads.
  store::Call for_written() const {
    store::Call reading = call;
    reading.flags &= ~static_cast<int32_t>(store::kCacheOnly);
    reading.lock = {};
    return reading;
  }
  // The same of one that was written.
  base::Result<Ended> print_written(entity::Output& out, value::BatchRef row,
                                    const Chosen& chosen) const {
    const store::Call reading = for_written();
    return Run{store, reading, state, around}.print_one(out, std::move(row), chosen);
  }
};

// Runs `body` as one: what it wrote is kept when it is done, else nothing of it.
template <class Body>
base::Result<Ended> together(const Run& run, Body body) {
  Ended ended = Ended::kDone;
  THING_TRY(
      run.store.together(run.call, [&](const store::Call& inner) -> base::Result<store::Written> {
        THING_ASSIGN(ended, body(Run{run.store, inner, run.state, run.around}));
        return ended == Ended::kDone ? store::Written::kYes : store::Written::kNotFound;
      }));
  return ended;
}

using Arguments = text::Json;

// find.cc. `name` is one that is_find() holds for.
bool is_find(std::string_view name);
base::Result<Find> read_find(const store::Call& call, store::ModelState& state,
                             std::string_view name, std::string_view document);
base::Result<Ended> run_find(const Run& run, const Find& find, entity::Output& out);
// Rows as an array, with what is loaded of their relations.
void print_all(const Run& run, const relation::RowTree& tree, const Chosen& chosen,
               entity::Output& out);

// The row that is meant, or an empty one. It is not asked of the cache: what is written has to
// build on what the database has. `locks`: others can not change it meanwhile.
base::Result<value::BatchRef> read_row(const Run& run, const One& one, bool locks);
base::Result<value::BatchRef> read_row(const Run& run, const query::Criteria& criteria, bool locks);
// The same of all that there are, locked.
base::Result<store::RowSet> read_rows(const Run& run, const query::Criteria& criteria);

// write.cc
base::Result<Ended> create(const Run& run, const Arguments& json, entity::Output& out);
base::Result<Ended> update(const Run& run, const Arguments& json, entity::Output& out);
base::Result<Ended> upsert(const Run& run, const Arguments& json, entity::Output& out);
base::Result<Ended> remove(const Run& run, const Arguments& json, entity::Output& out);

// many.cc
// Saves those whose keys nobody has yet, in a transaction, and says how many they were.
base::Result<int64_t> save_new(const Run& run, std::span<const store::Store::Item> items);
base::Result<Ended> create_many(const Run& run, const Arguments& json, entity::Output& out);
base::Result<Ended> upsert_many(const Run& run, const Arguments& json, entity::Output& out);
base::Result<Ended> update_many(const Run& run, const Arguments& json, entity::Output& out);
base::Result<Ended> remove_many(const Run& run, const Arguments& json, entity::Output& out);
base::Result<Ended> create_and_return(const Run& run, const Arguments& json, entity::Output& out);
base::Result<Ended> update_and_return(const Run& run, const Arguments& json, entity::Output& out);
base::Result<Ended> remove_and_return(const Run& run, const Arguments& json, entity::Output& out);

// aggregate.cc
base::Result<Ended> count(const Run& run, const Arguments& json, entity::Output& out);
base::Result<Ended> aggregate(const Run& run, const Arguments& json, entity::Output& out);
base::Result<Ended> group_by(const Run& run, const Arguments& json, entity::Output& out);
base::Result<Ended> aggregate_rows(const Run& run, const query::Criteria& rows,
                                   const Arguments& json, entity::Output& out);

}  // namespace thing::action
