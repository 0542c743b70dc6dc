#include "text/json.h"

#include <charconv>
#include <cmath>
#include <new>

namespace thing::text {
namespace {

template <class Number>
std::optional<Number> parse_number(const JsonNode& node) {
  if (node.kind != JsonKind::kNumber) return std::nullopt;
  Number v{};
  const char* const end = node.text.data() + node.text.size();
  const auto [stop, error] = std::from_chars(node.text.data(), end, v);
  if (error != std::errc() || stop != end) return std::nullopt;
  return v;
}

}  // namespace

struct alignas(std::max_align_t) JsonArena::Block {
  Block* older;
};

char* JsonArena::block(size_t size) {
  void* const memory = ::operator new(sizeof(Block) + size);
  newest_.reset(new (memory) Block{newest_.release()});
  return reinterpret_cast<char*>(newest_.get() + 1);
}

void JsonArena::FreeAll::operator()(Block* newest) const {
  while (newest != nullptr) ::operator delete(std::exchange(newest, newest->older));
}

const JsonNode* JsonNode::find(std::string_view name) const {
  for (const JsonNode* n = first; n != nullptr; n = n->next) {
    if (n->key == name) return n;
  }
  return nullptr;
}

std::optional<int64_t> JsonNode::integer() const { return parse_number<int64_t>(*this); }

std::optional<double> JsonNode::real() const { return parse_number<double>(*this); }

std::string_view kind_name(JsonKind kind) {
  switch (kind) {
    case JsonKind::kNull: return "null";
    case JsonKind::kBool: return "a boolean";
    case JsonKind::kNumber: return "a number";
    case JsonKind::kString: return "a text";
    case JsonKind::kArray: return "an array";
    case JsonKind::kObject: return "an object";
  }
  return "a value";
}

}  // namespace thing::text
