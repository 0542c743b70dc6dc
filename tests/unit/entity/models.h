#pragma once
#include <memory>
#include <string_view>

#include <gtest/gtest.h>

#include "schema/document.h"
#include "schema/model.h"

namespace entity_test {

inline std::unique_ptr<thing::schema::Model> parse_model(std::string_view document) {
  auto models = thing::schema::parse_models(document);
  if (!models) {
    ADD_FAILURE() << models.error().message();
    return nullptr;
  }
  return std::move(models->front());
}

// A field of every type, and of every kind of default.
inline constexpr std::string_view kAllTypes = R"({"name": "Every", "fields": {
  "id": {"type": "int", "default": {"fn": "autoincrement"}},
  "flag": "bool?", "number": "int?", "ratio": "float?", "price": "decimal?", "title": "text?",
  "raw": "bytes?", "at": "datetime?", "day": "date?", "hour": "time?", "key": "uuid?", "doc": "json?",
  "kind": {"type": "enum", "values": ["a", "b"], "null": true}}})";

inline constexpr std::string_view kNote = R"({"name": "Note", "fields": {
  "id": {"type": "int", "default": {"fn": "autoincrement"}}, "title": "text", "stars": "int?",
  "color": {"type": "text", "default": "red"}, "key": {"type": "uuid", "default": {"fn": "uuid"}},
  "day": {"type": "date", "default": {"fn": "now"}},
  "made": {"type": "text", "default": {"sql": "CURRENT_DATE"}}, "secret": "text?"},
  "timestamps": true, "softDelete": true, "version": true, "hidden": ["secret"], "guarded": ["stars"]})";

}  // namespace entity_test
