#pragma once
// criteria_json.cc: conditions on fields and page; criteria_document.cc: on what json fields hold;
// criteria_related.cc: relations, and orders by
// them; criteria_numbers.cc: numbers about their rows.
#include <string>
#include <string_view>
#include <vector>

#include "base/utf8.h"
#include "query/criteria.h"
#include "text/json.h"

namespace thing::query {

// Reads a document into a Criteria.
class CriteriaReader {
 public:
  CriteriaReader(Criteria& criteria, const text::Json& json, std::string path = "", int depth = 0)
      : criteria_(criteria),
        model_(criteria.group_model()),
        json_(json),
        path_(std::move(path)),
        depth_(depth) {}
  base::Status read(const text::JsonNode& node);
  base::Status read_where(const std::string& path, const text::JsonNode& node);
  base::Status read_part(const text::JsonNode& node);
  base::Status read_condition(const std::string& path, uint32_t field, const text::JsonNode& node);
  base::Status read_include(const text::JsonNode& node);
  base::Status read_order(const std::string& path, const text::JsonNode& node);

 private:
  tl::unexpected<base::Error> bad(base::Code code, const std::string& path,
                                  std::string_view problem) const {
    return base::fail(base::Error(code, path + ": " + std::string(problem)).model(model_.name));
  }
  // The error of a deeper call, with the path in front.
  tl::unexpected<base::Error> at(const std::string& path, base::Error&& error) const {
    if (error.detail() == nullptr) return base::fail(std::move(error));
    return base::fail(base::Error(error.code(), fmt::format("{}: {}", path, error.message()))
                          .model(model_.name)
                          .field(error.detail()->field));
  }
  base::Status wrong(const std::string& path, const text::JsonNode& node,
                     std::string_view expected) const {
    const bool is_scalar = node.is(text::JsonKind::kString) || node.is(text::JsonKind::kNumber);
    return bad(
        base::Code::kType, path,
        fmt::format("found {}, expected {}",
                    is_scalar ? base::quoted(node.text) : std::string(text::kind_name(node.kind)),
                    expected));
  }
  // A word that is none of those allowed.
  base::Status unknown(const std::string& path, const text::JsonNode& node,
                       std::string_view expected) const {
    if (!node.is(text::JsonKind::kString)) return wrong(path, node, expected);
    return bad(base::Code::kInvalid, path,
               fmt::format("found {}, expected {}", base::quoted(node.text), expected));
  }
  base::Result<uint32_t> field_of(const std::string& path, std::string_view name) const;
  base::Status read_group(const std::string& path, NodeKind group, const text::JsonNode& node);
  base::Status read_not(const std::string& path, const text::JsonNode& node);
  base::Status read_related(const std::string& path, const schema::Relation& relation,
                            const text::JsonNode& node);
  base::Status read_quantified(const std::string& path, const schema::Relation& relation,
                               Quantifier quantifier, const text::JsonNode* node);
  base::Status read_included(const std::string& path, const text::JsonNode& node);
  base::Status read_numbers(const std::string& path, Number::Kind kind, const text::JsonNode& node);
  base::Status read_numbers_of(const std::string& path, Number::Kind kind,
                               const text::JsonNode& relations);
  base::Status read_number(const std::string& path, Number::Kind kind, const text::JsonNode& node);
  base::Status read_counted(const std::string& path, bool of_rows, const text::JsonNode& node);
  base::Status count_all(const std::string& path, Number::Kind kind);
  base::Status read_operators(const std::string& path, uint32_t field, const text::JsonNode& node,
                              bool insensitive);
  base::Status read_operator(const std::string& path, uint32_t field, const text::JsonNode& op,
                             bool insensitive);
  base::Status read_equals(const std::string& path, uint32_t field, const text::JsonNode& node,
                           bool insensitive);
  base::Status read_negation(const std::string& path, uint32_t field, const text::JsonNode& node,
                             bool insensitive);
  base::Status read_list(const std::string& path, uint32_t field, const text::JsonNode& node,
                         bool negate, bool insensitive);
  base::Status read_element(const std::string& path, uint32_t field, const text::JsonNode& node);
  base::Status read_emptiness(const std::string& path, uint32_t field, const text::JsonNode& node);
  base::Status read_between(const std::string& path, uint32_t field, const text::JsonNode& node);
  base::Status compare(const std::string& path, uint32_t field, Op op, bool insensitive,
                       const text::JsonNode& node);
  // criteria_document.cc: what a json field has at a path.
  base::Status read_document(const std::string& path, uint32_t field, const text::JsonNode& node);
  base::Status read_document_operator(const std::string& path, uint32_t field,
                                      const text::JsonNode* place, const text::JsonNode& op,
                                      bool insensitive);
  base::Status read_document_length(const std::string& path, uint32_t field,
                                    const text::JsonNode* place, const text::JsonNode& op);
  base::Status test_length(const std::string& path, uint32_t field, const text::JsonNode* place,
                           Op op, const text::JsonNode& node);
  base::Status test_document(const std::string& path, uint32_t field, const text::JsonNode* place,
                             Op op, bool insensitive, const text::JsonNode& node);
  // {"field": name}, an operand.
  base::Status compare_fields(const std::string& path, uint32_t field, Op op, bool insensitive,
                              const text::JsonNode& node);
  base::Status read_order_item(const std::string& path, const text::JsonNode& node);
  base::Status read_related_order(const std::string& path, const text::JsonNode& item);
  base::Result<const schema::Link*> read_way(const std::string& path,
                                             std::string_view relation) const;
  struct Sort {
    bool descending = false, nulls_first = false;
  };
  base::Result<Sort> read_sort(const std::string& path, const text::JsonNode& node) const;
  base::Status read_count(const std::string& path, const text::JsonNode& node,
                          base::Status (Criteria::*set)(int64_t));
  base::Result<std::vector<uint32_t>> read_fields(const std::string& path,
                                                  const text::JsonNode& node);
  base::Status read_field(const std::string& path, const text::JsonNode& node,
                          std::vector<uint32_t>& fields) const;
  base::Status read_select(const std::string& path, const text::JsonNode& node);
  base::Result<std::vector<uint32_t>> read_names(const std::string& path,
                                                 const text::JsonNode& node);
  base::Status read_distinct(const std::string& path, const text::JsonNode& node);
  base::Status read_cursor(const std::string& path, const text::JsonNode& node);
  base::Status read_lock(const std::string& path, const text::JsonNode& node);

  Criteria& criteria_;
  const schema::Model& model_;
  const text::Json& json_;
  const std::string path_;  // of the document within another: "include.posts."
  const int depth_;         // documents around it
};

// Whether an object is operators of a json field rather than a document: its first key is one.
bool holds_document_operators(const text::JsonNode& object);

}  // namespace thing::query
