#include "text/json_edit.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/utf8.h"
#include "text/json.h"

namespace thing::text {
namespace {

using base::Code;
using base::fail;

// ---- equality

// A number as digits without zeros at either end, times a power of ten.
struct Number {
  bool negative = false;
  std::string digits;  // "": zero
  int64_t exponent = 0;
  friend bool operator==(const Number&, const Number&) = default;
};

// nullopt: an exponent beyond 64 bits.
std::optional<Number> number_of(std::string_view text) {
  Number n;
  n.negative = text.starts_with('-');
  if (n.negative) text.remove_prefix(1);
  const size_t e = text.find_first_of("eE");
  if (e != text.npos) {
    std::string_view power = text.substr(e + 1);
    if (power.starts_with('+')) power.remove_prefix(1);
    const auto [end, error] =
        std::from_chars(power.data(), power.data() + power.size(), n.exponent);
    constexpr int64_t kMost = int64_t{1} << 62;
    if (error != std::errc() || n.exponent > kMost || n.exponent < -kMost) return std::nullopt;
  }
  const std::string_view mantissa = text.substr(0, e);
  const size_t point = mantissa.find('.');
  n.digits = mantissa.substr(0, point);
  if (point != mantissa.npos) {
    n.digits += mantissa.substr(point + 1);
    n.exponent -= static_cast<int64_t>(mantissa.size() - point - 1);
  }
  const size_t last = n.digits.find_last_not_of('0');
  if (last == std::string::npos) return Number{};
  n.exponent += static_cast<int64_t>(n.digits.size() - last - 1);
  n.digits.resize(last + 1);
  n.digits.erase(0, n.digits.find_first_not_of('0'));
  return n;
}

bool is_same_number(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const auto x = number_of(a), y = number_of(b);
  return x.has_value() && x == y;
}

std::vector<const JsonNode*> members_by_name(const JsonNode& object) {
  std::vector<const JsonNode*> members;
  members.reserve(object.size);
  for (const JsonNode* n = object.first; n != nullptr; n = n->next) members.push_back(n);
  std::sort(members.begin(), members.end(),
            [](const JsonNode* x, const JsonNode* y) { return x->key < y->key; });
  return members;
}

bool is_same(const JsonNode& a, const JsonNode& b) {
  if (a.kind != b.kind || a.size != b.size) return false;
  switch (a.kind) {
    case JsonKind::kNull: return true;
    case JsonKind::kBool: return a.boolean == b.boolean;
    case JsonKind::kNumber: return is_same_number(a.text, b.text);
    case JsonKind::kString: return a.text == b.text;
    case JsonKind::kArray:
      for (const JsonNode *x = a.first, *y = b.first; x != nullptr; x = x->next, y = y->next) {
        if (!is_same(*x, *y)) return false;
      }
      return true;
    case JsonKind::kObject: break;
  }
  const auto x = members_by_name(a), y = members_by_name(b);
  return std::equal(x.begin(), x.end(), y.begin(), [](const JsonNode* p, const JsonNode* q) {
    return p->key == q->key && is_same(*p, *q);
  });
}

// ---- edits

base::Result<std::vector<std::string>> steps_of(std::string_view path) {
  std::vector<std::string> steps;
  if (path.empty()) return steps;
  if (path[0] != '/')
    return fail(Code::kInvalid, "path: found {}, expected '/' in front of each step",
                base::quoted(path));
  for (size_t at = 0; at < path.size(); ++at) {
    if (path[at] == '/') {
      steps.emplace_back();
    } else if (path[at] != '~') {
      steps.back() += path[at];
    } else if (++at < path.size() && (path[at] == '0' || path[at] == '1')) {
      steps.back() += path[at] == '0' ? '~' : '/';
    } else {
      return fail(Code::kInvalid, "path: found '~' in {}, expected '~0' or '~1'",
                  base::quoted(path));
    }
  }
  if (steps.size() > kMaxDepth)
    return fail(Code::kRange, "path: found {} steps, expected at most {}", steps.size(), kMaxDepth);
  return steps;
}

// The element that a step names; as many as there are: behind the last. nullopt: no such one.
std::optional<uint32_t> element_of(const JsonNode& array, const std::string& step) {
  if (step == "-") return array.size;
  if (step.empty() || (step.size() > 1 && step[0] == '0')) return std::nullopt;
  uint32_t n = 0;
  const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), n);
  if (error != std::errc() || end != step.data() + step.size() || n > array.size)
    return std::nullopt;
  return n;
}

// One edit of a document, written while walking it.
class Edit {
 public:
  // `value` empty: removes.
  Edit(const Json& json, const std::vector<std::string>& steps, std::string_view value,
       std::string& out)
      : json_(json), steps_(steps), value_(value), w_(out) {}
  base::Status write(const JsonNode& node, size_t step);

 private:
  void write_new(size_t step);
  base::Status write_object(const JsonNode& node, size_t step);
  base::Status write_array(const JsonNode& node, size_t step);
  bool removes() const { return value_.empty(); }
  bool is_last(size_t step) const { return step + 1 == steps_.size(); }

  const Json& json_;
  const std::vector<std::string>& steps_;
  const std::string_view value_;
  JsonWriter w_;
};

base::Status Edit::write(const JsonNode& node, size_t step) {
  if (step == steps_.size()) {
    w_.raw(value_);
    return {};
  }
  if (node.is(JsonKind::kObject)) return write_object(node, step);
  if (node.is(JsonKind::kArray)) return write_array(node, step);
  if (removes()) {  // nothing is there
    w_.raw(json_.source(node));
    return {};
  }
  if (node.is(JsonKind::kNull)) {
    write_new(step);
    return {};
  }
  return fail(Code::kInvalid, "path: found {} in front of step {}, expected an object or an array",
              kind_name(node.kind), base::quoted(steps_[step]));
}

void Edit::write_new(size_t step) {
  if (step == steps_.size()) return w_.raw(value_);
  w_.begin_object();
  w_.key(steps_[step]);
  write_new(step + 1);
  w_.end_object();
}

base::Status Edit::write_object(const JsonNode& node, size_t step) {
  bool found = false;
  w_.begin_object();
  for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
    const bool is_it = n->key == steps_[step];
    found = found || is_it;
    if (is_it && removes() && is_last(step)) continue;
    w_.key(n->key);
    if (is_it) {
      THING_TRY(write(*n, step + 1));
    } else {
      w_.raw(json_.source(*n));
    }
  }
  if (!found && !removes()) {
    w_.key(steps_[step]);
    write_new(step + 1);
  }
  w_.end_object();
  return {};
}

base::Status Edit::write_array(const JsonNode& node, size_t step) {
  const auto wanted = element_of(node, steps_[step]);
  if (!wanted.has_value() && !removes())
    return fail(Code::kInvalid, "path: found {}, expected an element 0 to {} or '-'",
                base::quoted(steps_[step]), node.size);
  w_.begin_array();
  uint32_t i = 0;
  for (const JsonNode* n = node.first; n != nullptr; n = n->next, ++i) {
    if (wanted != i) {
      w_.raw(json_.source(*n));
    } else if (!removes() || !is_last(step)) {
      THING_TRY(write(*n, step + 1));
    }
  }
  if (wanted == node.size && !removes()) write_new(step + 1);
  w_.end_array();
  return {};
}

base::Result<std::string> edited(std::string_view document, std::string_view path,
                                 std::string_view value) {
  THING_ASSIGN(const Json json, Json::parse(document));
  THING_ASSIGN(const std::vector<std::string> steps, steps_of(path));
  std::string out;
  THING_TRY(Edit(json, steps, value, out).write(json.root(), 0));
  return out;
}

// ---- RFC 7396

class Merge {
 public:
  Merge(const Json& document, const Json& patch, std::string& out)
      : document_(document), patch_(patch), w_(out) {}
  // `old`: nullptr where nothing is.
  void write(const JsonNode* old, const JsonNode& patch) {
    if (!patch.is(JsonKind::kObject)) return w_.raw(patch_.source(patch));
    const bool merges = old != nullptr && old->is(JsonKind::kObject);
    w_.begin_object();
    for (const JsonNode* n = merges ? old->first : nullptr; n != nullptr; n = n->next) {
      const JsonNode* const change = patch.find(n->key);
      if (change != nullptr && change->is(JsonKind::kNull)) continue;
      w_.key(n->key);
      if (change == nullptr) {
        w_.raw(document_.source(*n));
      } else {
        write(n, *change);
      }
    }
    for (const JsonNode* n = patch.first; n != nullptr; n = n->next) {
      if (n->is(JsonKind::kNull) || (merges && old->find(n->key) != nullptr)) continue;
      w_.key(n->key);
      write(nullptr, *n);
    }
    w_.end_object();
  }

 private:
  const Json& document_;
  const Json& patch_;
  JsonWriter w_;
};

}  // namespace

bool is_same_json(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const auto x = Json::parse(a), y = Json::parse(b);
  return x && y && is_same(x->root(), y->root());
}

base::Result<std::string> set_json(std::string_view document, std::string_view path,
                                   std::string_view value) {
  THING_ASSIGN(const Json parsed, Json::parse(value));
  return edited(document, path, parsed.source(parsed.root()));
}

base::Result<std::string> remove_json(std::string_view document, std::string_view path) {
  if (path.empty()) return fail(Code::kInvalid, "path: found the whole, expected a part of it");
  return edited(document, path, {});
}

base::Result<std::string> merge_json(std::string_view document, std::string_view patch) {
  THING_ASSIGN(const Json old, Json::parse(document));
  THING_ASSIGN(const Json change, Json::parse(patch));
  std::string out;
  Merge(old, change, out).write(&old.root(), change.root());
  return out;
}

}  // namespace thing::text
