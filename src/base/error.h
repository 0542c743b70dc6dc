#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace thing::base {

// The failures of thing.h, with the same numbers; thing.h says what each means.
enum class Code : int32_t {
  kOk = 0,
  kInternal = -1,
  kInvalid = -2,
  kType = -3,
  kRange = -4,
  kSyntax = -5,
  kModel = -6,
  kSchema = -7,
  kUnique = -8,
  kNotNull = -9,
  kForeignKey = -10,
  kCheck = -11,
  kConflict = -12,
  kSerialization = -13,
  kBusy = -14,
  kTimeout = -15,
  kCancelled = -16,
  kConnection = -17,
  kAuth = -18,
  kUnsupported = -19,
  kReadonly = -20,
  kClosed = -21,
  kState = -22,
  kCallback = -23,
  kNoMemory = -24,
  kCommitUnknown = -25,
  kCacheDown = -26,
};

// Why a call failed. Move-only; success never makes one. An Error without detail is kNoMemory, so
// that running out of memory can be told without memory.
class [[nodiscard]] Error {
 public:
  struct Detail {
    Code code = Code::kInternal;
    std::string message;
    std::string sqlstate;
    std::string model;
    std::string field;
    std::string table;
    std::string column;  // of the table; several are joined by ",", as fields are
    std::string constraint;
    std::string context;  // "while saving User 7", outermost first
    int64_t native = 0;
    bool retryable = false;
  };

  Error() = default;
  Error(Code code, std::string message);

  Code code() const { return detail_ ? detail_->code : Code::kNoMemory; }
  const Detail* detail() const { return detail_.get(); }
  std::string_view message() const;

  // Each returns *this moved on, so that errors are built in one expression.
  Error&& model(std::string_view name) &&;
  Error&& field(std::string_view name) &&;
  Error&& table(std::string_view name) &&;
  // The field, too, until somebody who knows the model names that.
  Error&& column(std::string_view name) &&;
  Error&& constraint(std::string_view name) &&;
  Error&& sqlstate(std::string_view state) &&;
  Error&& native(int64_t code) &&;
  Error&& retryable(bool yes) &&;
  // Puts `what` ("while saving User 7") before the context there is.
  Error&& context(std::string_view what) &&;

 private:
  std::unique_ptr<Detail> detail_;
};

}  // namespace thing::base
