#include <re2/re2.h>

#include "base/utf8.h"
#include "schema/rules.h"

namespace thing::schema {
namespace {

class Re2Pattern final : public Pattern {
 public:
  explicit Re2Pattern(std::string_view pattern) : re2_(pattern, options()) {}
  bool is_in(std::string_view text) const override { return RE2::PartialMatch(text, re2_); }
  bool is_valid() const { return re2_.ok(); }
  const std::string& problem() const { return re2_.error(); }

 private:
  static RE2::Options options() {
    RE2::Options options;
    options.set_log_errors(false);  // the library prints nothing
    return options;
  }

  const RE2 re2_;
};

}  // namespace

base::Result<std::shared_ptr<const Pattern>> Pattern::compile(std::string_view pattern) {
  auto compiled = std::make_shared<const Re2Pattern>(pattern);
  if (compiled->is_valid()) return std::shared_ptr<const Pattern>(std::move(compiled));
  return base::fail(base::Code::kSyntax, "found {}, expected a regular expression: {}",
                    base::quoted(pattern), compiled->problem());
}

}  // namespace thing::schema
