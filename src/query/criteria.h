#pragma once
// A query as its maker says it (Criteria), and as it runs (Query: scope, order and page resolved,
// with its identity).
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "query/include.h"
#include "query/node.h"
#include "text/json.h"
#include "value/document.h"

namespace thing::query {

// A query under construction. Every mutation checks its arguments against the model and changes
// nothing on failure.
class Criteria {
 public:
  explicit Criteria(const schema::Model& model) : model_(&model) {}

  const schema::Model& model() const { return *model_; }

  // Adds a comparison; the value must already be of the field's type (value::from_* made it), for
  // kHas as well (value::list_of_one).
  // Returns its slot, the number of its first parameter. kInvalid: unknown field, operator not for
  // the type; kCheck: not a value of the enum.
  base::Result<int32_t> compare(uint32_t field, Op op, bool insensitive, value::Value v);
  // Adds a comparison of two fields, by kEq to kGe. kInvalid: unknown fields, other operators,
  // json and lists; kType: fields of different types.
  base::Status compare_fields(uint32_t field, Op op, uint32_t other);
  // Adds a test of what documents of a json field have at a path.
  base::Status compare_document(uint32_t field, Op op, bool insensitive, value::DocumentTest test);
  base::Status is_null(uint32_t field, bool null);
  base::Status in(uint32_t field, std::vector<value::Value> values, bool negate,
                  bool insensitive = false);
  base::Status where_json(std::string_view document);
  base::Status begin(NodeKind group);
  // Conditions up to the matching end are of the relation's target.
  base::Status begin_related(std::string_view relation, Quantifier quantifier);
  base::Status end();
  // The model that conditions are of now: that of the relation whose group is open.
  const schema::Model& group_model() const;
  // Rows of the relation come along; again, with the criteria put in place of the former.
  base::Status include(std::string_view relation, std::shared_ptr<const Criteria> criteria,
                       bool pivot = false);
  // Numbers about the relation's rows come along: again, in place of those of the same names.
  base::Status include_number(std::string_view relation, std::shared_ptr<const Criteria> criteria,
                              const Number& number);
  base::Status include(const Include& include);
  // The same by a path, "posts.comments": whole, in the order of each model.
  base::Status include_path(std::string_view path);
  base::Status include_json(std::string_view document);
  base::Status order_by(uint32_t field, bool descending, bool nulls_first);
  base::Status order_by(RelatedOrder related, bool descending, bool nulls_first);
  base::Status order_json(std::string_view document);
  void clear_order() {
    order_.clear();
    related_order_.clear();
  }
  void clear_page() { take_ = skip_ = std::nullopt; }
  base::Status take(int64_t n);
  base::Status skip(int64_t n);
  base::Status select(std::vector<uint32_t> fields);
  base::Status distinct(bool yes);
  // One row, the first in order, of those that are alike in these fields.
  base::Status distinct_on(std::vector<uint32_t> fields);
  base::Status lock(Lock lock);
  base::Status after(std::string_view token);
  // kInvalid: the model has no such scope.
  base::Status scope(std::string_view name);
  base::Status unscoped(std::string_view name);
  void unscoped() { leaves_all_out_ = true; }
  base::Status cursor(std::vector<value::Value> key);  // values of the primary key in key order
  base::Status rebind(int32_t slot, value::Value v);

  const Node& where() const { return where_; }
  const std::vector<value::Value>& params() const { return params_; }
  const std::vector<Order>& order() const { return order_; }
  const std::vector<RelatedOrder>& related_order() const { return related_order_; }
  const std::vector<Include>& includes() const { return includes_; }
  bool has_related() const;      // whether it has a condition on relations
  bool compares_fields() const;  // whether it has one of two fields
  bool tests_documents() const;  // whether it has one of what a document holds
  std::optional<int64_t> take() const { return take_; }
  std::optional<int64_t> skip() const { return skip_; }
  const std::vector<uint32_t>& selected() const { return select_; }
  bool is_distinct() const { return distinct_; }
  const std::vector<uint32_t>& distinct_fields() const { return distinct_on_; }
  Lock lock() const { return lock_; }
  const std::string& after_token() const { return after_; }
  const std::vector<value::Value>& cursor_key() const { return cursor_; }
  // Numbers of the model's scopes.
  const std::vector<uint32_t>& scopes() const { return scopes_; }
  const std::vector<uint32_t>& left_out() const { return left_out_; }
  bool leaves_all_scopes_out() const { return leaves_all_out_; }
  bool has_condition() const { return !where_.children.empty(); }
  bool has_open_group() const { return !open_.empty(); }
  // The same as a query that has as many rows, of which none comes back.
  Criteria counted() const;
  // Takes groups away that say nothing: AND in AND, OR in OR, groups of one. Not while a group is
  // open.
  void flatten();
  base::Status check_op(uint32_t field, Op op, bool insensitive) const;

 private:
  base::Status check_field(const schema::Model& model, uint32_t field) const;
  base::Status check_value(const schema::Model& model, uint32_t field, Op op,
                           const value::Value& v) const;
  base::Status begin(Node group);
  base::Result<uint32_t> find_scope(std::string_view name) const;
  Node& current();

  const schema::Model* model_;
  Node where_;
  std::vector<value::Value> params_;
  std::vector<Order> order_;
  std::vector<RelatedOrder> related_order_;
  std::optional<int64_t> take_, skip_;
  std::vector<uint32_t> select_;
  bool distinct_ = false;
  std::vector<uint32_t> distinct_on_;
  Lock lock_;
  std::string after_;
  std::vector<value::Value> cursor_;
  std::vector<uint32_t> scopes_, left_out_;
  bool leaves_all_out_ = false;
  std::vector<Include> includes_;
  std::vector<uint32_t> open_;  // child numbers from the root to the group under construction
};

// Reads one member of a criteria document ("where", "take", ...) into it. What it says of a path
// begins with the member's name.
base::Status read_member(Criteria& criteria, const text::Json& json, const text::JsonNode& member);
// Adds what a document says of one field: a value or an object of operators.
base::Status read_condition(Criteria& criteria, const text::Json& json, const std::string& path,
                            uint32_t field, const text::JsonNode& node);

// The same condition with groups flattened; the outermost is an AND.
Node flat(const Node& where);
// The same condition whose parameters lie further behind.
void shift_params(Node& where, uint32_t by);
// The comparison that a slot's parameter is of, and its model; nullptr when there is no such slot.
struct ParamPlace {
  const Node* node = nullptr;
  const schema::Model* model = nullptr;
};
ParamPlace find_param(const schema::Model& model, const Node& node, uint32_t slot);
std::string_view op_name(Op op);

// docs/reference/criteria.md. kInvalid names the path: "where.age.gtt: unknown operator, expected
// one of ...".
base::Result<Criteria> parse_criteria(const schema::Model& model, std::string_view document);
std::string print_criteria(const Criteria& criteria);

// What a step asks of the rows it leads to.
base::Result<Criteria> step_criteria(const schema::Step& step);

// A query that can run: immutable, complete, comparable.
struct Query {
  const schema::Model* model = nullptr;
  Node where;  // the caller's condition and the scope's
  std::vector<value::Value> params;
  std::vector<Order> order;           // ends with the primary key, unless distinct
  std::vector<RelatedValue> related;  // of the order
  std::optional<int64_t> take, skip;
  std::vector<uint32_t> select;  // empty: every field; else ascending, with the key unless distinct
  bool distinct = false;
  std::vector<uint32_t> distinct_on;  // ascending; one row, the first, of each combination
  Lock lock;
  std::optional<Keyset> keyset;
  bool has_related = false;  // depends on rows of other models too
  // The page is one of each group of rows that are equal in these fields. Behind it the rows lie
  // group by group.
  std::vector<uint32_t> per;
  Way way;  // of what is read with the keys of those that the rows belong to
  // Whether what is kept of it knows when it has changed.
  bool is_cacheable() const { return !has_related && per.empty(); }

  // Texts that two queries share only when they are the same: `shape` without the parameters'
  // values (one SQL text serves all of a shape; IN lists of different length differ), `identity`
  // with them, `predicate` the where with values.
  std::string shape;
  std::string identity;
  std::string predicate;
  base::Hash128 shape_hash, identity_hash, predicate_hash;
};

// Resolves a criteria, with the model's scopes. A cursor key must have been turned into a keyset by
// the caller (row_keyset), given as `start`. kState: a group is open. kInvalid: a token of another
// model or order.
base::Result<Query> resolve(const Criteria& criteria, Sight sight,
                            std::optional<Keyset> start = std::nullopt);

// The condition of the rows that a scope sees, as parts of an AND; its parameters go to the end of
// `params`.
void add_scope(const schema::Model& model, Scope scope, std::vector<Node>& parts,
               std::vector<value::Value>& params);

// The same query whose page is one of each group.
Query with_groups(Query query, std::vector<uint32_t> per);

// A step of a way: rows between, and the step from them on.
struct WayPart {
  const schema::Step* step = nullptr;
  Criteria rows;
};
// The same query of rows with the keys, fields of the first part, that they belong to others by.
base::Result<Query> with_way(Query query, const std::vector<WayPart>& parts,
                             std::vector<uint32_t> key, Sight sight);

// The same query with another lock. kUnsupported: distinct rows are no rows of the table.
base::Result<Query> with_lock(Query query, Lock lock);

// kUnsupported for a place in an order that rows of relations say: rows do not hold it.
base::Status check_place(const schema::Model& model, const std::vector<Order>& order);
// The order a criteria runs with: its own or the model's, completed by the primary key (not for
// distinct).
std::vector<Order> complete_order(const Criteria& criteria);
// The place of a row in an order.
Keyset row_keyset(const schema::Model& model, const std::vector<Order>& order,
                  const value::RowView& row, bool inclusive);
// Whether a token is whole and of this model; its order is checked when the query is resolved.
base::Status check_token(const schema::Model& model, std::string_view token);
// The place that a token names, for this order.
base::Result<Keyset> parse_token(const schema::Model& model, const std::vector<Order>& order,
                                 std::string_view token);
// The opaque token of a place: base64url of a checksummed, versioned encoding of model hash, order
// and values.
std::string print_token(const schema::Model& model, const std::vector<Order>& order,
                        const Keyset& keyset);

}  // namespace thing::query
