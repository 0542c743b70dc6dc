// Section 1 of thing.h: version and capability.
#include <algorithm>
#include <iterator>
#include <string_view>

#include "store/backend.h"
#include "thing.h"

#define THING_TEXT_(x) #x
#define THING_TEXT(x) THING_TEXT_(x)

const char* thing_version(void) {
  return THING_TEXT(THING_VERSION_MAJOR) "." THING_TEXT(THING_VERSION_MINOR) "." THING_TEXT(
      THING_VERSION_PATCH);
}

int32_t thing_version_number(void) { return THING_VERSION_NUMBER; }

int32_t thing_abi_version(void) { return 0; }

bool thing_has(const char* capability) {
  constexpr std::string_view kAll[] = {"backend:sqlite", "cache:memory", "pack:1"};
  if (capability == nullptr) return false;
  const std::string_view asked(capability);
  if (asked == "backend:postgres")
    return thing::store::has_backend(thing::store::Backend::kPostgres);
  if (asked == "backend:mysql") return thing::store::has_backend(thing::store::Backend::kMysql);
  if (asked == "cache:redis") return thing::store::has_redis();
  return std::find(std::begin(kAll), std::end(kAll), asked) != std::end(kAll);
}

const char* thing_status_name(thing_status status) {
  constexpr const char* kOutcomes[] = {"OK", "DONE", "NOT_FOUND", "NULL", "MISSING", "MORE"};
  constexpr const char* kFailures[] = {
      "E_INTERNAL",  "E_INVALID",    "E_TYPE",          "E_RANGE",       "E_SYNTAX",
      "E_MODEL",     "E_SCHEMA",     "E_UNIQUE",        "E_NOT_NULL",    "E_FOREIGN_KEY",
      "E_CHECK",     "E_CONFLICT",   "E_SERIALIZATION", "E_BUSY",        "E_TIMEOUT",
      "E_CANCELLED", "E_CONNECTION", "E_AUTH",          "E_UNSUPPORTED", "E_READONLY",
      "E_CLOSED",    "E_STATE",      "E_CALLBACK",      "E_NOMEM",       "E_COMMIT_UNKNOWN",
      "E_CACHE_DOWN"};
  if (status >= THING_OK && status <= THING_MORE) return kOutcomes[status];
  if (status < THING_OK && status >= THING_E_CACHE_DOWN) return kFailures[-1 - status];
  return "UNKNOWN";
}
