#include "query/lock_json.h"

#include "base/utf8.h"

namespace thing::query {

using base::Code;
using base::quoted;
using text::JsonKind;
using text::JsonNode;

namespace {

tl::unexpected<base::Error> bad(const schema::Model& model, Code code, const std::string& path,
                                const std::string& problem) {
  return base::fail(base::Error(code, path + ": " + problem).model(model.name));
}

// A word that is none of those allowed, or no word at all.
tl::unexpected<base::Error> unknown(const schema::Model& model, const std::string& path,
                                    const JsonNode& node, std::string_view expected) {
  const bool is_scalar = node.is(JsonKind::kString) || node.is(JsonKind::kNumber);
  return bad(model, node.is(JsonKind::kString) ? Code::kInvalid : Code::kType, path,
             fmt::format("found {}, expected {}",
                         is_scalar ? quoted(node.text) : std::string(text::kind_name(node.kind)),
                         expected));
}

bool is_word(const JsonNode& node, std::string_view word) {
  return node.is(JsonKind::kString) && node.text == word;
}

}  // namespace

base::Result<Lock> lock_from_json(const schema::Model& model, const std::string& path,
                                  const JsonNode& node) {
  const JsonNode* strength = &node;
  const JsonNode* wait = nullptr;
  if (node.is(JsonKind::kObject)) {
    strength = node.find("for");
    wait = node.find("wait");
    for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
      if (n->key != "for" && n->key != "wait")
        return bad(model, Code::kInvalid, path,
                   fmt::format("found key {}, expected 'for' or 'wait'", quoted(n->key)));
    }
    if (strength == nullptr)
      return bad(model, Code::kInvalid, path, "found no 'for', expected 'update' or 'share'");
  }
  Lock lock;
  if (is_word(*strength, "update")) {
    lock.kind = Lock::Kind::kUpdate;
  } else if (is_word(*strength, "share")) {
    lock.kind = Lock::Kind::kShare;
  } else {
    return unknown(model, strength == &node ? path : path + ".for", *strength,
                   "'update' or 'share'");
  }
  if (wait == nullptr || is_word(*wait, "block")) return lock;
  if (is_word(*wait, "nowait")) {
    lock.wait = Lock::Wait::kNowait;
  } else if (is_word(*wait, "skip_locked")) {
    lock.wait = Lock::Wait::kSkipLocked;
  } else {
    return unknown(model, path + ".wait", *wait, "'block', 'nowait' or 'skip_locked'");
  }
  return lock;
}

}  // namespace thing::query
