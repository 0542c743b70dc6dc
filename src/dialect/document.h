#pragma once
// What a json field has at a path, as SQL: the same answers as value::test_document(), on databases
// that have functions for it. NULL where there is nothing at the path, except whether there is.
#include <functional>
#include <string>
#include <string_view>

#include "dialect/condition.h"
#include "value/document.h"

namespace thing::dialect {

class DocumentSql {
 public:
  DocumentSql(Condition& condition, const Term& term)
      : condition_(condition),
        term_(term),
        test_(query::document_op(term.op, term.node->document)),
        shape_(term.node->document) {}
  virtual ~DocumentSql() = default;
  DocumentSql(const DocumentSql&) = delete;
  std::string write();

 protected:
  using Body = std::function<std::string(const std::string& value)>;
  using Part = std::function<std::string()>;  // what is looked for; a placeholder each time
  enum class Kind : uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };

  virtual std::string root() const = 0;         // the document
  virtual std::string is_readable() const = 0;  // whether the functions below take it
  virtual std::string is(const std::string& value, Kind kind) const = 0;
  // What the body makes of a member or an element; NULL, or the body of NULL, where there is none.
  virtual std::string member(const std::string& value, uint32_t name, const Body& body) = 0;
  virtual std::string element(const std::string& value, uint32_t index, const Body& body) = 0;
  virtual std::string has_element(const std::string& array, const Body& body) = 0;
  virtual std::string length(const std::string& array) const = 0;
  virtual std::string members(const std::string& object) const = 0;
  // Of a string or a number; of a string and an operand, as they are compared.
  virtual std::string text(const std::string& value) const = 0;
  virtual std::string compared(const std::string& text) const = 0;
  virtual std::string find(std::string_view text, std::string_view part) const = 0;
  virtual std::string starts_with(const std::string& text, const Part& part) const = 0;
  virtual std::string ends_with(const std::string& text, const Part& part) const = 0;
  virtual std::string folded(const std::string& text) const = 0;
  virtual std::string matches(const std::string& text, std::string_view pattern) const = 0;
  virtual std::string exact(const std::string& text) const = 0;
  virtual std::string real(const std::string& text) const = 0;
  virtual std::string text_value(uint32_t i) { return condition_.value(*term_.node, i); }
  virtual std::string integer_value(uint32_t i) { return condition_.value(*term_.node, i); }

  std::string column() const { return condition_.column(*term_.node); }
  std::string alias();  // of a table in a subquery, a new one

  Condition& condition_;
  const Term& term_;

 private:
  std::string follow(const std::string& value, const Body& body);
  std::string decide(const std::string& value);
  std::string holds(const std::string& value);
  std::string has_all(const std::string& value);
  std::string same(const std::string& value);
  std::string same_array(const std::string& value);
  std::string same_object(const std::string& value);
  std::string same_number(const std::string& value, std::string_view op);
  std::string compares(const std::string& value);
  std::string has_part(const std::string& value);

  const query::DocumentTestOp test_;
  value::DocumentShape shape_;
  uint32_t next_ = 0;  // parameter
  int aliases_ = 0;
};

}  // namespace thing::dialect
