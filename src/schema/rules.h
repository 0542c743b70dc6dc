#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "value/value.h"

namespace thing::schema {

struct Field;

// A regular expression whose search takes time in proportion to the text, whatever the text is.
class Pattern {
 public:
  virtual ~Pattern() = default;
  // Whether it is found anywhere in the text.
  virtual bool is_in(std::string_view text) const = 0;
  // kSyntax says what is wrong with it.
  static base::Result<std::shared_ptr<const Pattern>> compile(std::string_view pattern);
};

// What a field's value has to be beside being of its type.
struct Rules {
  bool required = false;
  value::Value min, max;    // NULL: none
  int64_t min_length = -1;  // of texts in characters, of bytes in bytes, of lists in elements
  int64_t max_length = -1;
  std::string pattern;  // "": none
  std::shared_ptr<const Pattern> compiled;
  std::vector<value::Value> in;  // empty: any
};

// A rule that a value breaks. The message never holds the value, nor what a model says in texts.
struct Broken {
  std::string_view rule;  // as the model spells it
  std::string message;    // "expected at most 150"
};
inline constexpr std::string_view kRuleNames[] = {"required",  "min",     "max", "minLength",
                                                  "maxLength", "pattern", "in"};
inline constexpr std::string_view kEnumRule = "values";  // what an enum's values are to it

// The first rule that the value breaks. NULL and what is empty break "required" alone.
std::optional<Broken> find_broken(const Field& field, const value::ValueView& v);

// What is made of a text before it becomes a field's value.
struct Cast {
  enum class Case : uint8_t { kAsIs, kLower, kUpper } letters = Case::kAsIs;  // of ASCII
  bool trim = false;  // blanks of ASCII at both ends
  bool is_none() const { return !trim && letters == Case::kAsIs; }
};
value::Value cast(const Field& field, value::Value v);

}  // namespace thing::schema
