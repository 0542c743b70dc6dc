#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "schema/model.h"
#include "text/json.h"

namespace thing::schema {

std::string path_part(std::string_view key);

// Reads one model document into a Model. Errors are kModel: "User: fields.email.type: found 'txt',
// expected ...".
class Reader {
 public:
  Reader(Model& model, const text::Json& json) : model_(model), json_(json) {}
  base::Status read(const text::JsonNode& node);

 private:
  tl::unexpected<base::Error> bad(const std::string& path, std::string_view problem) const;
  base::Status wrong(const std::string& path, const text::JsonNode& node,
                     std::string_view expected) const;
  base::Status check_keys(const std::string& path, const text::JsonNode& node,
                          std::initializer_list<std::string_view> allowed) const;
  base::Status read_name(const std::string& path, const text::JsonNode& node,
                         std::string& out) const;
  base::Status read_identifier(const std::string& path, const text::JsonNode& node,
                               std::string& out) const;
  base::Status read_field_name(const std::string& path, const text::JsonNode& node,
                               uint32_t& out) const;
  base::Status read_field_names(const std::string& path, const text::JsonNode& node,
                                std::vector<uint32_t>& out) const;

  base::Status read_fields(const text::JsonNode& node);
  base::Status check_columns() const;
  base::Status read_tasks(const text::JsonNode& node);
  base::Status read_task(const text::JsonNode& model, std::string_view key, std::string_view name,
                         value::Type type, bool nullable, int& out);
  base::Status add_task_field(const std::string& path, std::string_view name, value::Type type,
                              bool nullable, int& out);
  base::Status read_primary(const text::JsonNode* node);
  // <table>_<columns><ending>; cut, with a hash, where that is too long.
  std::string derived_name(const std::vector<uint32_t>& fields, std::string_view ending) const;
  base::Status add_index(const std::string& path, Index index);
  base::Status read_indexes(const text::JsonNode* node);
  base::Status read_index(const std::string& path, const text::JsonNode& node);
  base::Status read_order(const text::JsonNode* node);
  base::Status read_order_list(const std::string& path, const text::JsonNode& node,
                               std::vector<Order>& out) const;
  base::Status read_direction(const std::string& path, const text::JsonNode& node,
                              Order& order) const;
  base::Status read_access(const text::JsonNode& node);
  base::Status read_cache(const text::JsonNode* node);
  base::Status read_ttl(const text::JsonNode& node, std::string_view key, int64_t& out) const;
  base::Status check_no_list(const std::string& path, uint32_t field, std::string_view place) const;
  void finish();

  // Foreign keys (document_foreign_key.cc).
  base::Status read_foreign_keys(const text::JsonNode* node);
  base::Status read_foreign_key(const std::string& path, const text::JsonNode& node);
  base::Status read_references(const std::string& path, const text::JsonNode& node,
                               ForeignKey& key) const;
  base::Status read_action(const std::string& path, const text::JsonNode* node, Action& out) const;
  base::Status add_foreign_key(const std::string& path, ForeignKey key);

  // Relations (document_relation.cc).
  base::Status read_relations(const text::JsonNode* node);
  base::Status read_relation(const std::string& path, const text::JsonNode& node);
  base::Status read_targets(const std::string& path, const text::JsonNode& node,
                            Relation& relation) const;
  base::Status read_types(const std::string& path, const text::JsonNode& node,
                          Relation& relation) const;
  base::Status read_cascade(const std::string& path, const text::JsonNode* node,
                            Relation& relation) const;
  base::Status read_field_list(const std::string& path, const text::JsonNode* node,
                               std::vector<std::string>& out) const;
  base::Status read_belongs_to(const std::string& path, const text::JsonNode& node,
                               Relation& relation);
  base::Status read_reference_fields(const std::string& path, Relation& relation,
                                     std::vector<uint32_t>& fields) const;
  base::Status read_kind(const std::string& path, const text::JsonNode& node,
                         Relation& relation) const;
  std::string first_of(std::initializer_list<std::string> names) const;

  // Of one field (document_field.cc).
  base::Status read_field(const text::JsonNode& node);
  base::Status read_field_type(const std::string& path, const text::JsonNode& node,
                               Field& field) const;
  base::Status read_list(const std::string& path, const text::JsonNode& node, Field& field) const;
  base::Status read_field_flag(const std::string& path, const text::JsonNode& node,
                               std::string_view key, bool& out) const;
  base::Status read_epoch(const std::string& path, const text::JsonNode* node, Field& field) const;
  base::Status read_enum_values(const std::string& path, const text::JsonNode* node,
                                Field& field) const;
  base::Status read_default(const std::string& path, const text::JsonNode& node,
                            Field& field) const;
  base::Status read_default_function(const std::string& path, const text::JsonNode& node,
                                     Field& field) const;

  // Rules, casts, scopes (document_rules.cc).
  base::Status read_rules(const std::string& path, const text::JsonNode& node, Field& field) const;
  base::Status read_bound(const std::string& path, const text::JsonNode* node, const Field& field,
                          value::Value& out) const;
  base::Status read_length(const std::string& path, const text::JsonNode* node, const Field& field,
                           int64_t& out) const;
  base::Status read_choice(const std::string& path, const text::JsonNode* node, Field& field) const;
  base::Status read_cast(const std::string& path, const text::JsonNode& node, Field& field) const;
  base::Status read_alive(const std::string& path, const text::JsonNode* node, bool unique,
                          bool& out) const;
  base::Status add_alive(const std::string& path, Index& index) const;
  base::Status read_scopes(const text::JsonNode& node);
  base::Status read_scope(const text::JsonNode& node);

  Model& model_;
  const text::Json& json_;
};

}  // namespace thing::schema
