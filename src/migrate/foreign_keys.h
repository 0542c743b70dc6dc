#pragma once
#include <list>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "migrate/catalogue.h"
#include "schema/model.h"

namespace thing::migrate {

// The foreign keys of one model against those that its table has.
class ForeignKeys {
 public:
  ForeignKeys(CatalogueReader& reader, const schema::Model& model,
              std::span<const schema::Model* const> models)
      : reader_(reader), model_(model), models_(models) {}

  // What the table lacks; nullptr: it is to be made. kSchema: there is a key that differs, or one
  // that can not be: over columns of other types, or to columns that are no key.
  base::Result<std::vector<schema::Reference>> missing(const Table* table);

 private:
  bool is_same(const schema::Reference& wanted, const ForeignKey& found) const;
  bool is_about_same(const schema::Reference& wanted, const ForeignKey& found) const;
  bool is_same_action(schema::Action wanted, std::string_view found) const;
  base::Status complete(schema::Reference& wanted);
  base::Status check(schema::Reference& wanted, const Table* table);
  base::Status check_pair(const schema::Reference& wanted, size_t i, const Table* table,
                          const Table* other);
  // The columns of the key that is referred to, in its order; none when there is no such key.
  std::vector<std::string> key_of_model(const schema::Reference& wanted) const;
  std::vector<std::string> key_of_table(const schema::Reference& wanted, const Table& other) const;
  void reorder(schema::Reference& wanted, const std::vector<std::string>& columns);
  bool are_same(std::vector<std::string> a, std::vector<std::string> b) const;
  tl::unexpected<base::Error> refuse(const schema::Reference& wanted,
                                     const std::string& problem) const;

  CatalogueReader& reader_;
  const schema::Model& model_;
  const std::span<const schema::Model* const> models_;
  std::list<schema::ForeignKey> reordered_;
};

}  // namespace thing::migrate
