#include <algorithm>
#include <new>
#include <type_traits>

#include "base/utf8.h"
#include "text/json_scanner.h"

namespace thing::text {
namespace {

constexpr uint32_t kFewNames = 16;  // up to here each name is compared with all before it

}  // namespace

// Recursive descent. To keep a tree, the nodes are in the arena; to check only, they are used again
// when their parent ends.
class JsonParser {
 public:
  enum class Keep { kTree, kNothing };
  static base::Result<Json> parse(std::string_view document, Keep keep);

 private:
  JsonParser(std::string_view padded, JsonArena& arena, Keep keep)
      : scanner_(padded, arena), arena_(arena), keep_(keep) {}
  bool document(JsonNode& root);
  bool value(JsonNode& out, int depth);
  bool word(std::string_view word, JsonKind kind, JsonNode& out);
  bool object(JsonNode& out, int depth);
  bool member(const JsonNode& object, JsonNode& out, int depth);
  bool array(JsonNode& out, int depth);
  bool open(char closing, int depth, bool& is_last);
  bool next(char closing, bool& is_last);
  bool check_name(const JsonNode& object, const JsonNode& member);
  bool check_names(const JsonNode& object);
  bool twice(const JsonNode& member);
  JsonNode* node();

  JsonScanner scanner_;
  JsonArena& arena_;
  Keep keep_;
  JsonNode* room_ = nullptr;
  size_t room_left_ = 0;
  size_t next_room_ = 32;
  std::vector<std::unique_ptr<JsonNode>> scratch_;  // for Keep::kNothing
  size_t scratch_used_ = 0;
};

// One block holds a small document: its copy and room for as many nodes as documents of its size
// mostly have.
base::Result<Json> JsonParser::parse(std::string_view document, Keep keep) {
  static_assert(std::is_trivially_destructible_v<JsonNode>);  // the arena only frees
  if (document.size() > UINT32_MAX)
    return base::fail(base::Code::kRange, "JSON: found {} bytes, expected at most 4 GiB",
                      document.size());
  Json json;
  const size_t text_size = (document.size() + JsonScanner::kPadding + 7) / 8 * 8;
  const size_t nodes =
      keep == Keep::kTree ? std::clamp<size_t>(document.size() / 10 + 2, 8, 64) : 0;
  char* const text = json.arena_.block(text_size + nodes * sizeof(JsonNode));
  std::memset(text + document.size(), 0, text_size - document.size());
  if (!document.empty()) std::memcpy(text, document.data(), document.size());
  json.source_ = {text, document.size()};
  JsonParser parser(json.source_, json.arena_, keep);
  parser.room_ = reinterpret_cast<JsonNode*>(text + text_size);
  parser.room_left_ = nodes;
  JsonNode* const root = parser.node();
  if (!parser.document(*root)) return base::fail(parser.scanner_.error());
  json.root_ = keep == Keep::kTree ? root : nullptr;
  return json;
}

JsonNode* JsonParser::node() {
  if (keep_ == Keep::kNothing) {
    if (scratch_used_ == scratch_.size()) scratch_.push_back(std::make_unique<JsonNode>());
    JsonNode* const used = scratch_[scratch_used_++].get();
    *used = JsonNode();
    return used;
  }
  if (room_left_ == 0) {
    room_ = reinterpret_cast<JsonNode*>(arena_.block(next_room_ * sizeof(JsonNode)));
    room_left_ = next_room_;
    next_room_ = std::min<size_t>(2 * next_room_, 4096);
  }
  --room_left_;
  return new (room_++) JsonNode();
}

bool JsonParser::document(JsonNode& root) {
  if (!value(root, 1)) return false;
  scanner_.skip_spaces();
  return scanner_.at_end() || scanner_.unexpected("the end");
}

// `depth` is that of an array or object which starts here.
bool JsonParser::value(JsonNode& out, int depth) {
  scanner_.skip_spaces();
  out.offset = scanner_.offset();
  bool done = false;
  switch (scanner_.peek()) {
    case '{': done = object(out, depth); break;
    case '[': done = array(out, depth); break;
    case '"':
      out.kind = JsonKind::kString;
      done = scanner_.string(out.text);
      break;
    case 't': done = word("true", JsonKind::kBool, out); break;
    case 'f': done = word("false", JsonKind::kBool, out); break;
    case 'n': done = word("null", JsonKind::kNull, out); break;
    default: out.kind = JsonKind::kNumber; done = scanner_.number(out.text);
  }
  out.end = scanner_.offset();
  return done;
}

bool JsonParser::word(std::string_view word, JsonKind kind, JsonNode& out) {
  out.kind = kind;
  out.boolean = word == "true";
  return scanner_.word(word);
}

bool JsonParser::object(JsonNode& out, int depth) {
  out.kind = JsonKind::kObject;
  const size_t used = scratch_used_;
  bool is_last = false;
  if (!open('}', depth, is_last)) return false;
  for (const JsonNode** link = &out.first; !is_last; ++out.size) {
    JsonNode* const m = node();
    if (!member(out, *m, depth + 1) || !next('}', is_last)) return false;
    *link = m;
    link = &m->next;
  }
  if (out.size > kFewNames && !check_names(out)) return false;
  scratch_used_ = used;
  return true;
}

bool JsonParser::member(const JsonNode& object, JsonNode& out, int depth) {
  scanner_.skip_spaces();
  if (scanner_.peek() != '"') return scanner_.unexpected("a name in quotes");
  out.key_offset = scanner_.offset();
  if (!scanner_.string(out.key) || !check_name(object, out)) return false;
  scanner_.skip_spaces();
  if (scanner_.peek() != ':') return scanner_.unexpected("':'");
  scanner_.skip();
  return value(out, depth);
}

bool JsonParser::array(JsonNode& out, int depth) {
  out.kind = JsonKind::kArray;
  const size_t used = scratch_used_;
  bool is_last = false;
  if (!open(']', depth, is_last)) return false;
  for (const JsonNode** link = &out.first; !is_last; ++out.size) {
    scratch_used_ = used;
    JsonNode* const item = node();
    if (!value(*item, depth + 1) || !next(']', is_last)) return false;
    if (keep_ == Keep::kNothing) continue;
    *link = item;
    link = &item->next;
  }
  scratch_used_ = used;
  return true;
}

bool JsonParser::open(char closing, int depth, bool& is_last) {
  if (depth > kMaxDepth) {
    return scanner_.fail_at(scanner_.offset(), base::Code::kRange,
                            fmt::format("nested deeper than {}", kMaxDepth));
  }
  scanner_.skip();
  scanner_.skip_spaces();
  is_last = scanner_.peek() == closing;
  if (is_last) scanner_.skip();
  return true;
}

bool JsonParser::next(char closing, bool& is_last) {
  scanner_.skip_spaces();
  is_last = scanner_.peek() == closing;
  if (!is_last && scanner_.peek() != ',')
    return scanner_.unexpected(closing == '}' ? "',' or '}'" : "',' or ']'");
  scanner_.skip();
  return true;
}

bool JsonParser::twice(const JsonNode& member) {
  return scanner_.fail_at(
      member.key_offset, base::Code::kSyntax,
      fmt::format("found the name {} twice in one object", base::quoted(member.key)));
}

bool JsonParser::check_name(const JsonNode& object, const JsonNode& member) {
  if (object.size >= kFewNames) return true;
  for (const JsonNode* n = object.first; n != nullptr; n = n->next) {
    if (n->key == member.key) return twice(member);
  }
  return true;
}

bool JsonParser::check_names(const JsonNode& object) {
  std::vector<const JsonNode*> members;
  members.reserve(object.size);
  for (const JsonNode* n = object.first; n != nullptr; n = n->next) members.push_back(n);
  std::stable_sort(members.begin(), members.end(),
                   [](const auto* a, const auto* b) { return a->key < b->key; });
  const auto first =
      std::adjacent_find(members.begin(), members.end(),
                         [](const auto* a, const auto* b) { return a->key == b->key; });
  return first == members.end() || twice(**std::next(first));
}

base::Result<Json> Json::parse(std::string_view document) {
  return JsonParser::parse(document, JsonParser::Keep::kTree);
}

bool is_json(std::string_view document) {
  return JsonParser::parse(document, JsonParser::Keep::kNothing).has_value();
}

}  // namespace thing::text
