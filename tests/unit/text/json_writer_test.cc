#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "random.h"
#include "text/json.h"

namespace thing::text {
namespace {

std::string quoted_json(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string real(double v) {
  std::string out;
  JsonWriter(out).real(v);
  return out;
}

TEST(JsonWriter, WritesTheCommas) {
  std::string out;
  JsonWriter w(out);
  w.begin_object();
  w.key("a"), w.integer(1);
  w.key("b"), w.begin_array(), w.integer(2), w.string("x"), w.begin_object(), w.end_object(),
      w.begin_array(), w.end_array(), w.null(), w.end_array();
  w.key("c"), w.boolean(true);
  w.key("d"), w.raw("[1,2]");
  w.key("e"), w.base64("foo");
  w.key("f"), w.real(0.5);
  w.end_object();
  EXPECT_EQ(out, R"({"a":1,"b":[2,"x",{},[],null],"c":true,"d":[1,2],"e":"Zm9v","f":0.5})");
}

TEST(JsonWriter, AppendsToWhatIsThere) {
  std::string out = "x = ";
  JsonWriter(out).integer(5);
  EXPECT_EQ(out, "x = 5");
}

TEST(JsonWriter, WritesEveryIntegerExactly) {
  std::string out;
  JsonWriter w(out);
  w.begin_array(), w.integer(INT64_MIN), w.integer(9007199254740993), w.integer(INT64_MAX),
      w.end_array();
  EXPECT_EQ(out, "[-9223372036854775808,9007199254740993,9223372036854775807]");
}

TEST(JsonWriter, MarksWholeRealsAsReal) {
  EXPECT_EQ(real(1), "1.0");
  EXPECT_EQ(real(-0.0), "-0.0");
  EXPECT_EQ(real(1e15), "1e+15");
  EXPECT_EQ(real(0.1), "0.1");
  EXPECT_EQ(real(1e300), "1e+300");
}

TEST(JsonWriter, WritesNullForWhatJsonCanNotSay) {
  EXPECT_EQ(real(std::nan("")), "null");
  EXPECT_EQ(real(HUGE_VAL), "null");
}

TEST(JsonWriter, WritesRealsThatReadBackAsTheSame) {
  test::Random random;
  SCOPED_TRACE(random.name());
  for (int i = 0; i < 20'000; ++i) {
    const uint64_t word = random.word();
    double v;
    std::memcpy(&v, &word, 8);
    if (!std::isfinite(v)) continue;
    const auto json = Json::parse(real(v));
    ASSERT_TRUE(json.has_value()) << real(v);
    ASSERT_EQ(json->root().real(), v) << real(v);
    ASSERT_EQ(json->root().integer(), std::nullopt) << real(v);
  }
}

TEST(AppendJsonString, EscapesWhatMustBe) {
  EXPECT_EQ(quoted_json(""), R"("")");
  EXPECT_EQ(quoted_json("a\"b\\c/d"), R"("a\"b\\c/d")");
  EXPECT_EQ(quoted_json("\b\f\n\r\t"), R"("\b\f\n\r\t")");
  EXPECT_EQ(quoted_json(std::string_view("\0\x01\x1f\x7f", 4)), "\"\\u0000\\u0001\\u001f\x7f\"");
  EXPECT_EQ(quoted_json("gr\u00fc\u00df \U0001F600"), "\"gr\u00fc\u00df \U0001F600\"");
}

TEST(AppendJsonString, FindsAnEscapeAtEveryPlace) {
  for (const char special : {'"', '\\', '\n', '\x1f'}) {
    for (size_t size = 1; size < 70; ++size) {
      for (size_t at = 0; at < size; ++at) {
        std::string text(size, 'a');
        text[at] = special;
        const auto json = Json::parse(quoted_json(text));
        ASSERT_TRUE(json.has_value()) << size << " " << at;
        ASSERT_EQ(json->root().text, text) << size << " " << at;
      }
    }
  }
}

TEST(AppendJsonString, ReadsBackAsTheSame) {
  using std::string_literals::operator""s;
  test::Random random;
  SCOPED_TRACE(random.name());
  for (int i = 0; i < 50'000; ++i) {
    std::string text = random.pick(random.between(0, 60), "aaaaaaaabcdef \"\\\n\x01\x1f\x7f/\0"s);
    if (random.chance(30))
      text += "\u20ac\U0001F600" + random.pick(random.between(0, 9), "\u007f\"");
    const auto json = Json::parse(quoted_json(text));
    ASSERT_TRUE(json.has_value()) << quoted_json(text);
    ASSERT_EQ(json->root().text, text);
  }
}

// Writes a random document and the same with spaces, to compare what is read.
class RandomDocument {
 public:
  explicit RandomDocument(test::Random& random) : random_(random) { value(0); }
  std::string written;

 private:
  void value(int depth) {
    switch (random_.between(0, depth < 5 ? 6 : 4)) {
      case 0: return writer_.null();
      case 1: return writer_.boolean(random_.chance(50));
      case 2: return writer_.integer(static_cast<int64_t>(random_.word()));
      case 3: return writer_.real(static_cast<double>(random_.between(-1000, 1000)) / 8);
      case 4: return writer_.string(random_.pick(random_.between(0, 20), "ab\"\\\n\x01 "));
      case 5:
        writer_.begin_array();
        for (int64_t n = random_.between(0, 5); n > 0; --n) value(depth + 1);
        return writer_.end_array();
      default:
        writer_.begin_object();
        for (int64_t n = random_.between(0, 20); n > 0; --n) {
          writer_.key("k\n" + std::to_string(n));
          value(depth + 1);
        }
        return writer_.end_object();
    }
  }

  test::Random& random_;
  JsonWriter writer_{written};
};

void write_again(const JsonNode& node, JsonWriter& w) {
  switch (node.kind) {
    case JsonKind::kNull: return w.null();
    case JsonKind::kBool: return w.boolean(node.boolean);
    case JsonKind::kNumber: return w.raw(node.text);
    case JsonKind::kString: return w.string(node.text);
    case JsonKind::kArray: w.begin_array(); break;
    case JsonKind::kObject: w.begin_object(); break;
  }
  for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
    if (node.is(JsonKind::kObject)) w.key(n->key);
    write_again(*n, w);
  }
  node.is(JsonKind::kObject) ? w.end_object() : w.end_array();
}

TEST(JsonWriter, WritesAReadDocumentTheSameAgain) {
  test::Random random;
  SCOPED_TRACE(random.name());
  for (int i = 0; i < 1'000; ++i) {
    const RandomDocument document(random);
    const auto json = Json::parse(document.written);
    ASSERT_TRUE(json.has_value()) << document.written << json.error().message();
    ASSERT_TRUE(is_json(document.written));
    std::string again;
    JsonWriter writer(again);
    write_again(json->root(), writer);
    ASSERT_EQ(again, document.written);
  }
}

}  // namespace
}  // namespace thing::text
