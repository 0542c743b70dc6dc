#pragma once
// The data of a record, with what it says of rows of its relations:
//
//   {"title": "Alpha", "author": {"connect": {"id": 1}}, "tags": {"create": [{"label": "new"},
//   ...]}}
//    Record::changes   RelationWrite, one Operation      RelationWrite, an Item for each row
//
// A document is read as a whole before anything is written.
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "action/data.h"
#include "action/document.h"
#include "schema/relation.h"

namespace thing::action {

struct Record;

// What is done with rows of a relation, in this order: what leaves goes first, what is there is
// changed before more comes, and what is connected may have been made just before.
enum class Verb : uint8_t {
  kSet,
  kDisconnect,
  kDelete,
  kDeleteMany,
  kUpdate,
  kUpdateMany,
  kUpsert,
  kCreate,
  kCreateMany,
  kConnect,
  kConnectOrCreate,
};

// One row, or those of a condition.
struct Item {
  Place place;
  std::optional<One> one;               // of a relation to many: the row that is meant
  std::optional<query::Criteria> rows;  // else those of the relation that are
  std::unique_ptr<Record> create, update;
  Changes values;             // createMany: of a new row
  std::string_view document;  // updateMany: its data
};

struct Operation {
  Verb verb;
  Place place;
  std::vector<Item> items;
  bool skips_duplicates = false;
};

struct RelationWrite {
  const schema::Link* link;
  Place place;                        // of the model that has the relation
  std::vector<Operation> operations;  // in order
  std::string_view pivot;             // many_to_many: other fields of the pairs, as JSON

  bool is_reference() const { return link->relation->kind == schema::RelationKind::kBelongsTo; }
  bool is_many() const { return link->relation->is_many(); }
  // The step that leads to the rows.
  const schema::Step& last() const { return link->steps.back(); }
};

struct Record {
  Place place;
  Changes changes;
  std::vector<RelationWrite> relations;
};

base::Result<Record> read_record(const Place& place, const text::JsonNode& node,
                                 const text::Json& json, Of of);

}  // namespace thing::action
