#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace thing::base {

// The exact sum of any number of decimals. Its text has as many digits behind the point as the one
// of them with the most.
class DecimalSum {
 public:
  // False, and nothing is added, for text that is no canonical decimal.
  bool add(std::string_view canonical);
  void add(int64_t v);
  bool subtract(std::string_view canonical);
  std::string text() const;

 private:
  bool add(std::string_view canonical, bool opposite);
  void settle() const;  // carries, so that there is room for more

  // Billions: limb i counts 10^(9i); behind the point limb i counts 10^(-9(i+1)). Signed, and not
  // carried until there is need to.
  mutable std::vector<int64_t> whole_{0};
  mutable std::vector<int64_t> fraction_;
  mutable uint32_t pending_ = 0;
  size_t scale_ = 0;
};

// `sum` / n with `scale` digits behind the point, rounded half away from zero; n > 0.
std::string divide_decimal(std::string_view canonical, int64_t n, size_t scale);
// The shortest text of the same value: 12.50 is 12.5, and 3.00 is 3.
std::string_view without_zeros(std::string_view canonical);

}  // namespace thing::base
