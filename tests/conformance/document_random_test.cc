// Random documents, written in random ways, and random conditions on what they hold, beside a plain
// evaluation of the rules of docs/reference/criteria.md. THING_SEED=n replays a run.
#include <algorithm>
#include <functional>
#include <optional>
#include <random>

#include "support.h"

namespace conformance {
namespace {

constexpr const char* kNote = R"({"name": "Note", "fields": {
  "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}}, "meta": "json?"}})";
constexpr int kDocuments = 24;
constexpr int kConditions = 90;

enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };

struct Doc {
  Kind kind = Kind::kNull;
  int64_t number = 0;  // in quarters; of a bool 0 or 1
  std::string text;
  std::vector<std::string> names;  // of an object, each once
  std::vector<Doc> parts;

  bool is_scalar() const { return kind != Kind::kArray && kind != Kind::kObject; }
  const Doc* member(const std::string& name) const {
    if (kind != Kind::kObject) return nullptr;
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? nullptr : &parts[static_cast<size_t>(found - names.begin())];
  }
  friend bool operator==(const Doc& a, const Doc& b) {
    if (a.kind != b.kind || a.number != b.number || a.text != b.text) return false;
    if (a.parts.size() != b.parts.size()) return false;
    if (a.kind != Kind::kObject) return a.parts == b.parts;
    for (size_t i = 0; i < a.names.size(); ++i) {
      const Doc* const other = b.member(a.names[i]);
      if (other == nullptr || !(*other == a.parts[i])) return false;
    }
    return true;
  }
};

struct Step {
  bool is_name = false;
  std::string name;
  size_t index = 0;
};

const Doc* follow(const Doc* doc, const std::vector<Step>& path) {
  for (const Step& step : path) {
    if (doc == nullptr) return nullptr;
    if (step.is_name) {
      doc = doc->member(step.name);
    } else {
      doc = doc->kind == Kind::kArray && step.index < doc->parts.size() ? &doc->parts[step.index]
                                                                        : nullptr;
    }
  }
  return doc;
}

class Maker {
 public:
  explicit Maker(uint64_t seed) : engine_(seed) {}

  size_t below(size_t n) { return engine_() % n; }
  bool chance(size_t percent) { return below(100) < percent; }

  std::string text() {
    const std::string_view letters[] = {"a",  "b", "A", "é",  "😀", "\"",
                                        "\\", "/", " ", "\n", "%", "_"};
    std::string out;
    for (size_t n = below(4); n > 0; --n) out += letters[below(std::size(letters))];
    return out;
  }
  std::string name() {
    const std::string_view names[] = {"a", "b", "0", "é", "x/y", "q\"", "\\", "", " ", "😀"};
    return std::string(names[below(chance(60) ? 3 : std::size(names))]);
  }
  Doc scalar() {
    Doc doc;
    switch (below(8)) {
      case 0: break;
      case 1:
        doc.kind = Kind::kBool;
        doc.number = static_cast<int64_t>(below(2));
        break;
      case 2:
      case 3:
      case 4:
        doc.kind = Kind::kNumber;
        doc.number = chance(10) ? (9007199254740992 + static_cast<int64_t>(below(3))) * 4
                                : static_cast<int64_t>(below(17)) - 8;
        break;
      default: doc.kind = Kind::kString; doc.text = text();
    }
    return doc;
  }
  Doc doc(int depth) {
    if (depth == 0 || chance(35)) return scalar();
    Doc out;
    out.kind = chance(50) ? Kind::kArray : Kind::kObject;
    for (size_t n = below(4); n > 0; --n) {
      if (out.kind == Kind::kObject) {
        const std::string key = name();
        if (out.member(key) != nullptr) continue;
        out.names.push_back(key);
      }
      out.parts.push_back(doc(depth - 1));
    }
    return out;
  }

  std::string written(const Doc& doc) {
    switch (doc.kind) {
      case Kind::kNull: return "null";
      case Kind::kBool: return doc.number != 0 ? "true" : "false";
      case Kind::kNumber: return number(doc.number);
      case Kind::kString: return string(doc.text);
      default: break;
    }
    const bool is_array = doc.kind == Kind::kArray;
    std::string out(1, is_array ? '[' : '{');
    for (size_t i = 0; i < doc.parts.size(); ++i) {
      if (i > 0) out += chance(50) ? "," : " , ";
      if (!is_array) out += string(doc.names[i]) + (chance(50) ? ":" : ": ");
      out += written(doc.parts[i]);
    }
    return out + (is_array ? ']' : '}');
  }

  // Any place in it.
  std::vector<Step> way(const Doc& doc) {
    std::vector<Step> path;
    for (const Doc* at = &doc; !at->parts.empty() && chance(75);) {
      const size_t i = below(at->parts.size());
      path.push_back(at->kind == Kind::kArray ? Step{false, "", i} : Step{true, at->names[i], 0});
      at = &at->parts[i];
    }
    if (chance(10)) path.push_back(chance(50) ? Step{true, name(), 0} : Step{false, "", below(3)});
    return path;
  }

  std::string string(const std::string& text) {
    std::string out = "\"";
    for (size_t i = 0; i < text.size();) {
      const auto lead = static_cast<unsigned char>(text[i]);
      const size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
      out += character(text.substr(i, size));
      i += size;
    }
    return out + '"';
  }

 private:
  std::string character(const std::string& c) {
    const bool by_number = chance(25);
    if (c == "é") return by_number ? "\\u00e9" : c;
    if (c == "😀") return by_number ? "\\ud83d\\uDE00" : c;
    if (by_number) {
      const char* const digits = "0123456789abcdef";
      const auto code = static_cast<unsigned char>(c[0]);
      return std::string("\\u00") + digits[code / 16] + digits[code % 16];
    }
    if (c == "\"" || c == "\\") return "\\" + c;
    if (c == "\n") return "\\n";
    return c == "/" && chance(50) ? "\\/" : c;
  }
  std::string number(int64_t quarters) {
    const bool negative = quarters < 0;
    const int64_t n = negative ? -quarters : quarters;
    const std::string_view parts[] = {"", ".25", ".5", ".75"};
    std::string out = (negative ? "-" : "") + std::to_string(n / 4);
    out += parts[static_cast<size_t>(n % 4)];
    if (n > 1000 || chance(60)) return out;
    if (n % 4 == 0 && chance(50)) return out + ".00";
    return out + (chance(50) ? "e0" : "E+00");
  }

  std::mt19937_64 engine_;
};

// true, false, and nullopt for NULL.
using Truth = std::optional<bool>;

struct Condition {
  std::string text;  // the document
  std::vector<Step> path;
  std::function<bool(const Doc&)> holds;  // of what is there
  std::optional<bool> exists;             // in place of it
  Truth operator()(const Doc& doc) const {
    // null for the field is NULL, no document.
    const Doc* const at = doc.kind == Kind::kNull ? nullptr : follow(&doc, path);
    if (exists) return (at != nullptr) == *exists;
    if (at == nullptr) return std::nullopt;
    return holds(*at);
  }
};

template <typename T>
bool compared(const std::string& op, const T& a, const T& b) {
  if (op == "lt") return a < b;
  if (op == "lte") return a <= b;
  return op == "gt" ? a > b : a >= b;
}

class ConditionMaker {
 public:
  ConditionMaker(Maker& maker, const std::vector<Doc>& docs) : maker_(maker), docs_(docs) {}

  Condition make() {
    Condition c;
    const Doc& doc = docs_[maker_.below(docs_.size())];
    c.path = maker_.way(doc);
    const Doc* const at = follow(&doc, c.path);
    const Doc near = at != nullptr && maker_.chance(70) ? *at : maker_.doc(2);
    c.text = "{\"path\": [";
    for (const Step& step : c.path) {
      if (c.text.back() != '[') c.text += ", ";
      c.text += step.is_name ? maker_.string(step.name) : std::to_string(step.index);
    }
    c.text += "], ";
    add(c, near);
    c.text += '}';
    return c;
  }

 private:
  void add(Condition& c, const Doc& near) {
    switch (maker_.below(9)) {
      case 0: return exists(c);
      case 1: return order(c, near);
      case 2: return part(c, near);
      case 3: return length(c, near);
      case 4: return key(c, near);
      case 5:
      case 6: return elements(c, near);
      default: return equals(c, near);
    }
  }
  void exists(Condition& c) {
    c.exists = maker_.chance(50);
    c.text += *c.exists ? "\"exists\": true" : "\"exists\": false";
  }
  void equals(Condition& c, const Doc& near) {
    std::vector<Doc> with = {near};
    const bool many = maker_.chance(30);
    const bool negated = maker_.chance(40);
    if (many) with.push_back(maker_.doc(1));
    c.text +=
        many ? (negated ? "\"notIn\": [" : "\"in\": [") : (negated ? "\"not\": " : "\"equals\": ");
    for (size_t i = 0; i < with.size(); ++i)
      c.text += (i > 0 ? ", " : "") + maker_.written(with[i]);
    if (many) c.text += ']';
    c.holds = [with, negated](const Doc& doc) {
      return (std::find(with.begin(), with.end(), doc) != with.end()) != negated;
    };
  }
  void order(Condition& c, const Doc& near) {
    Doc with = near;
    while (with.kind != Kind::kNumber && with.kind != Kind::kString) with = maker_.scalar();
    const std::string ops[] = {"lt", "lte", "gt", "gte"};
    const std::string op = ops[maker_.below(4)];
    c.text += "\"" + op + "\": " + maker_.written(with);
    c.holds = [with, op](const Doc& doc) {
      if (doc.kind != with.kind) return false;
      return with.kind == Kind::kNumber ? compared(op, doc.number, with.number)
                                        : compared(op, doc.text, with.text);
    };
  }
  void part(Condition& c, const Doc& near) {
    const std::string ops[] = {"contains", "startsWith", "endsWith"};
    const std::string op = ops[maker_.below(3)];
    std::string with = near.kind == Kind::kString ? near.text : maker_.text();
    if (with.size() == 1 && maker_.chance(30)) with = "";
    const bool folds = maker_.chance(30);
    c.text += "\"" + op + "\": " + maker_.string(with);
    if (folds) c.text += ", \"mode\": \"insensitive\"";
    const auto fold = [folds](std::string text) {
      for (char& letter : text) {
        if (folds && letter == 'A') letter = 'a';
      }
      return text;
    };
    c.holds = [op, fold, with = fold(with)](const Doc& doc) {
      if (doc.kind != Kind::kString) return false;
      const std::string text = fold(doc.text);
      if (op == "contains") return text.find(with) != std::string::npos;
      return op == "startsWith" ? text.starts_with(with) : text.ends_with(with);
    };
  }
  void length(Condition& c, const Doc& near) {
    const size_t n = near.kind == Kind::kArray ? near.parts.size() : maker_.below(3);
    const auto is_array = [](const Doc& doc) { return doc.kind == Kind::kArray; };
    switch (maker_.below(4)) {
      case 0:
        c.text += "\"length\": " + std::to_string(n);
        c.holds = [=](const Doc& doc) { return is_array(doc) && doc.parts.size() == n; };
        return;
      case 1:
        c.text += "\"length\": {\"not\": " + std::to_string(n) + "}";
        c.holds = [=](const Doc& doc) { return is_array(doc) && doc.parts.size() != n; };
        return;
      case 2:
        c.text += "\"length\": {\"gte\": " + std::to_string(n) + "}";
        c.holds = [=](const Doc& doc) { return is_array(doc) && doc.parts.size() >= n; };
        return;
      default:
        c.text += "\"isEmpty\": true";
        c.holds = [=](const Doc& doc) { return is_array(doc) && doc.parts.empty(); };
    }
  }
  void key(Condition& c, const Doc& near) {
    const std::string name =
        near.names.empty() ? maker_.name() : near.names[maker_.below(near.names.size())];
    c.text += "\"hasKey\": " + maker_.string(name);
    c.holds = [name](const Doc& doc) { return doc.member(name) != nullptr; };
  }
  void elements(Condition& c, const Doc& near) {
    std::vector<Doc> with;
    for (size_t n = maker_.below(3); n > 0; --n) {
      const bool known = near.kind == Kind::kArray && !near.parts.empty() && maker_.chance(70);
      const Doc* const one = known ? &near.parts[maker_.below(near.parts.size())] : nullptr;
      with.push_back(one != nullptr && one->is_scalar() ? *one : maker_.scalar());
    }
    const bool every = maker_.chance(50);
    c.text += every ? "\"hasEvery\": [" : "\"hasSome\": [";
    for (size_t i = 0; i < with.size(); ++i)
      c.text += (i > 0 ? ", " : "") + maker_.written(with[i]);
    c.text += ']';
    c.holds = [with, every](const Doc& doc) {
      if (doc.kind != Kind::kArray) return false;
      const auto has = [&doc](const Doc& one) {
        return std::find(doc.parts.begin(), doc.parts.end(), one) != doc.parts.end();
      };
      return every ? std::all_of(with.begin(), with.end(), has)
                   : std::any_of(with.begin(), with.end(), has);
    };
  }

 private:
  Maker& maker_;
  const std::vector<Doc>& docs_;
};

class RandomDocuments : public DatabaseTest {
 protected:
  Ids where(const std::string& where) const {
    return matching(db_, note_, R"({"where": )" + where + R"(, "orderBy": {"id": "asc"}})");
  }
  void expect(const Condition& condition, const std::vector<Doc>& docs) const {
    SCOPED_TRACE(condition.text);
    Ids yes, no;
    for (size_t i = 0; i < docs.size(); ++i) {
      const Truth truth = condition(docs[i]);
      if (truth) (*truth ? yes : no).push_back(static_cast<int64_t>(i) + 1);
    }
    EXPECT_EQ(where("{\"meta\": " + condition.text + "}"), yes);
    EXPECT_EQ(where("{\"NOT\": {\"meta\": " + condition.text + "}}"), no);
  }
  void change(Maker& maker, std::vector<Doc>& docs) {
    const size_t i = maker.below(docs.size());
    docs[i] = maker.doc(3);
    const Obj obj = find(db_, note_, static_cast<int64_t>(i) + 1);
    const std::string json = "{\"meta\": " + maker.written(docs[i]) + "}";
    SCOPED_TRACE(json);
    ASSERT_OK(call(thing_obj_assign_json, obj, json.c_str(), -1));
    ASSERT_OK(call(thing_save, db_, nullptr, obj));
  }
  const thing_model* note_ = nullptr;
};
FOR_SETUPS(RandomDocuments, kEverywhere);

TEST_P(RandomDocuments, AnswerAsTheRulesSay) {
  db_.define(kNote);
  note_ = db_.model("Note");
  const Random random;
  Maker maker(random.seed());
  std::vector<Doc> docs;
  for (int i = 0; i < kDocuments; ++i) {
    docs.push_back(maker.doc(3));
    insert(db_, note_, "{\"meta\": " + maker.written(docs.back()) + "}");
  }
  std::vector<Condition> asked;
  for (int i = 0; i < kConditions && !HasFailure(); ++i) {
    asked.push_back(ConditionMaker(maker, docs).make());
    expect(asked.back(), docs);
    change(maker, docs);
    expect(asked[maker.below(asked.size())], docs);  // one that may be in the cache
  }
}

}  // namespace
}  // namespace conformance
