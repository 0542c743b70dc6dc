#pragma once
// How rows of one model belong to rows of another: as a document declares it (Relation), and with
// the models found (Link).
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "value/value.h"

namespace thing::schema {

struct Model;
struct Relation;

enum class RelationKind : uint8_t { kBelongsTo, kHasOne, kHasMany, kManyToMany };
std::string_view relation_kind_name(RelationKind kind);  // "belongs_to", ...

// Rows of one model that have the values of a row of another. One of the two models may be meant
// only where a field of it holds a fixed value: the type of a reference to several models.
struct Step {
  struct Fixed {
    bool of_to = false;  // a field of `to`, else of `from`
    uint32_t field = 0;
    value::Value value;
  };
  const Model* from = nullptr;
  const Model* to = nullptr;
  std::vector<uint32_t> from_fields;  // of `from`, as many as
  std::vector<uint32_t> to_fields;    // of `to`
  std::optional<Fixed> fixed;
  bool to_one = false;   // at most one row of `to` for a row of `from`
  std::string criteria;  // {"where": ..., "orderBy": ...} of `to`; "" for none
  std::string name;      // differs between steps that differ
};

// A relation with its models found. Lives as long as the model.
struct Link {
  const Relation* relation = nullptr;
  const Model* target = nullptr;  // nullptr: of several models
  std::vector<Step> steps;        // from the model to the target; the last leads to it
  // Of a reference to several models: the field that says which, and the step for each value of it.
  uint32_t type_field = 0;
  std::vector<std::pair<value::Value, Step>> by_type;

  bool is_polymorphic() const { return target == nullptr; }
  // The step that begins at the model; they begin at the same fields, whatever they lead to.
  const Step& first_step() const { return is_polymorphic() ? by_type[0].second : steps[0]; }
  // The rows between: of many_to_many the pairs, which may hold more than the pair.
  const Model* pivot() const;
};

// What a relation is resolved to, once; readers need no lock.
class LinkSlot {
 public:
  ~LinkSlot() { delete link_.load(std::memory_order_relaxed); }
  LinkSlot() = default;
  LinkSlot(const LinkSlot&) = delete;
  const Link* get() const { return link_.load(std::memory_order_acquire); }
  void set(std::unique_ptr<Link> link) { link_.store(link.release(), std::memory_order_release); }

 private:
  std::atomic<const Link*> link_{nullptr};
};

// As declared.
struct Relation {
  std::string name;
  RelationKind kind = RelationKind::kBelongsTo;
  std::vector<std::string> targets;   // names of models; several: polymorphic belongs_to
  std::vector<std::string> types;     // polymorphic: what its type field holds, by target
  std::vector<std::string> fields;    // of the side that refers; empty: found by the other relation
  std::vector<std::string> referred;  // of the side referred to; empty: its primary key
  std::string type;                   // polymorphic: the field that says which model
  std::string inverse;                // the relation of the other side
  std::string through;                // a relation of this model, or the model of the pairs
  std::string source;                 // of what is between: its relation to the target
  std::string table;                  // many_to_many: of pairs that have no model
  std::string criteria;               // {"where": ..., "orderBy": ...} of the target; "" for none
  bool touch = false;                 // belongs_to: a write of this row sets its updated time
  bool cascades = false;              // has_one, has_many: a soft delete of this row is one of its
  const std::unique_ptr<LinkSlot> slot = std::make_unique<LinkSlot>();

  const Link* link() const { return slot->get(); }
  bool is_many() const {
    return kind == RelationKind::kHasMany || kind == RelationKind::kManyToMany;
  }
  bool is_polymorphic() const { return targets.size() > 1 || !type.empty(); }
};

// Finds a model by its name; nullptr: not registered.
using FindModel = std::function<const Model*(std::string_view)>;

// What the relation comes to; nullptr as long as a model that it needs is not registered. kModel:
// what it names is not there, or does not fit.
base::Result<std::unique_ptr<Link>> resolve_relation(const Model& model, const Relation& relation,
                                                     const FindModel& find);
// The document of the model of pairs that a many_to_many without `through` is kept by; "" when it
// needs none, or as long as its target is not registered.
base::Result<std::string> pairs_document(const Model& model, const Relation& relation,
                                         const FindModel& find);
std::string pairs_table(const Model& model, const Relation& relation, const Model& target);
std::string pairs_name(std::string_view table);  // of that model

// The link of a relation by name. kInvalid: there is none of that name; kModel: a model that it
// needs is not registered.
base::Result<const Link*> find_link(const Model& model, std::string_view relation);

}  // namespace thing::schema
