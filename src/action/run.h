#pragma once
// One run of an action.
#include <memory>

#include "action/actions.h"
#include "relation/loader.h"
#include "store/transaction.h"

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
  // The same of one that was written: its relations are read whatever the call wants of reads.
  base::Result<Ended> print_written(entity::Output& out, value::BatchRef row,
                                    const Chosen& chosen) const {
    store::Call reading = call;
    reading.flags &= ~static_cast<int32_t>(store::kCacheOnly);
    reading.lock = {};
    return Run{store, reading, state, around}.print_one(out, std::move(row), chosen);
  }
};

using Object = std::unique_ptr<entity::Object, void (*)(entity::Object*)>;
inline Object make_object(const Run& run) {
  return {run.around.make_object(run.state), run.around.free_object};
}

// Runs `body` in the call's transaction, or in one of its own that is kept when it ends well.
template <class Body>
base::Result<Ended> in_transaction(const Run& run, Body body) {
  if (run.call.tx != nullptr) return body(run);
  THING_ASSIGN(const std::unique_ptr<store::Transaction> tx,
               store::Transaction::begin(run.store, run.call, {}));
  store::Call inner = run.call;
  inner.tx = tx.get();
  base::Result<Ended> ended = body(Run{run.store, inner, run.state, run.around});
  if (!ended || *ended != Ended::kDone) return ended;
  THING_TRY(tx->commit(run.call));
  return ended;
}

using Arguments = text::Json;

// find.cc. `name` is one that is_find() holds for.
bool is_find(std::string_view name);
base::Result<Find> read_find(const store::Call& call, store::ModelState& state,
                             std::string_view name, std::string_view document);
base::Result<Ended> run_find(const Run& run, const Find& find, entity::Output& out);

// write.cc
base::Result<Ended> create(const Run& run, const Arguments& json, entity::Output& out);
base::Result<Ended> update(const Run& run, const Arguments& json, entity::Output& out);
base::Result<Ended> upsert(const Run& run, const Arguments& json, entity::Output& out);
base::Result<Ended> remove(const Run& run, const Arguments& json, entity::Output& out);

// many.cc
base::Result<Ended> create_many(const Run& run, const Arguments& json, entity::Output& out);
base::Result<Ended> update_many(const Run& run, const Arguments& json, entity::Output& out);
base::Result<Ended> remove_many(const Run& run, const Arguments& json, entity::Output& out);

// aggregate.cc
base::Result<Ended> count(const Run& run, const Arguments& json, entity::Output& out);
base::Result<Ended> aggregate(const Run& run, const Arguments& json, entity::Output& out);
base::Result<Ended> group_by(const Run& run, const Arguments& json, entity::Output& out);
base::Result<Ended> aggregate_rows(const Run& run, const query::Criteria& rows,
                                   const Arguments& json, entity::Output& out);

}  // namespace thing::action
