// Sections 1 to 3 of thing.h: version, errors, buffers.
#include <cstring>

#include "capi/guard.h"
#include "text/json.h"

using namespace thing;
using namespace thing::capi;

const char* thing_version(void) {
#define THING_TEXT_(x) #x
#define THING_TEXT(x) THING_TEXT_(x)
  return THING_TEXT(THING_VERSION_MAJOR) "." THING_TEXT(THING_VERSION_MINOR) "." THING_TEXT(THING_VERSION_PATCH);
}

int32_t thing_version_number(void) { return THING_VERSION_NUMBER; }
int32_t thing_abi_version(void) { return 0; }

bool thing_has(const char* capability) {
  if (capability == nullptr) return false;
  for (std::string_view known : {"backend:sqlite", "cache:memory", "pack:1"}) {
    if (known == capability) return true;
  }
  return false;
}

const char* thing_status_name(thing_status status) {
  constexpr const char* kOutcomes[] = {"OK", "DONE", "NOT_FOUND", "NULL", "MISSING", "MORE"};
  constexpr const char* kFailures[] = {"E_INTERNAL", "E_INVALID",   "E_TYPE",          "E_RANGE",    "E_SYNTAX",  "E_MODEL",       "E_SCHEMA",
                                       "E_UNIQUE",   "E_NOT_NULL",  "E_FOREIGN_KEY",   "E_CHECK",    "E_CONFLICT", "E_SERIALIZATION", "E_BUSY",
                                       "E_TIMEOUT",  "E_CANCELLED", "E_CONNECTION",    "E_AUTH",     "E_UNSUPPORTED", "E_READONLY", "E_CLOSED",
                                       "E_STATE",    "E_CALLBACK",  "E_NOMEM",         "E_COMMIT_UNKNOWN"};
  if (status >= 0 && status <= THING_MORE) return kOutcomes[status];
  if (status < 0 && status >= THING_E_COMMIT_UNKNOWN) return kFailures[-status - 1];
  return "UNKNOWN";
}

// ---- errors

namespace {

const base::Error::Detail* detail_of(const thing_error* e) { return e == nullptr ? nullptr : e->error.detail(); }

const char* text_of(const thing_error* e, std::string base::Error::Detail::*member) {
  const auto* detail = detail_of(e);
  return detail == nullptr ? "" : (detail->*member).c_str();
}

void put_fields(text::JsonWriter& w, std::string_view fields) {
  w.begin_array();
  while (!fields.empty()) {
    const std::string_view one = fields.substr(0, fields.find(','));
    fields.remove_prefix(std::min(one.size() + 1, fields.size()));
    w.string(one);
  }
  w.end_array();
}

}  // namespace

thing_status thing_error_code(const thing_error* e) { return e == nullptr ? THING_OK : static_cast<thing_status>(e->error.code()); }

const char* thing_error_message(const thing_error* e) {
  if (e == nullptr) return "";
  return detail_of(e) == nullptr ? "out of memory" : text_of(e, &base::Error::Detail::message);
}

const char* thing_error_sqlstate(const thing_error* e) { return text_of(e, &base::Error::Detail::sqlstate); }
int64_t thing_error_native(const thing_error* e) { return detail_of(e) == nullptr ? 0 : detail_of(e)->native; }
const char* thing_error_model(const thing_error* e) { return text_of(e, &base::Error::Detail::model); }
const char* thing_error_field(const thing_error* e) { return text_of(e, &base::Error::Detail::field); }
const char* thing_error_constraint(const thing_error* e) { return text_of(e, &base::Error::Detail::constraint); }
bool thing_error_retryable(const thing_error* e) { return detail_of(e) != nullptr && detail_of(e)->retryable; }

thing_buf* thing_error_json(const thing_error* e) {
  return or_null<thing_buf>([&] {
    std::string out;
    text::JsonWriter w(out);
    w.begin_object();
    w.key("code");
    w.string(thing_status_name(thing_error_code(e)));
    w.key("number");
    w.integer(thing_error_code(e));
    w.key("message");
    w.string(thing_error_message(e));
    w.key("sqlstate");
    w.string(thing_error_sqlstate(e));
    w.key("native");
    w.integer(thing_error_native(e));
    w.key("model");
    w.string(thing_error_model(e));
    w.key("fields");
    put_fields(w, thing_error_field(e));
    w.key("constraint");
    w.string(thing_error_constraint(e));
    w.key("retryable");
    w.boolean(thing_error_retryable(e));
    w.key("context");
    w.string(text_of(e, &base::Error::Detail::context));
    w.end_object();
    return make_buf(std::move(out));
  });
}

thing_status thing_error_set(thing_error** err, thing_status code, const char* msg, int64_t len) {
  if (code >= 0 || code < THING_E_COMMIT_UNKNOWN) code = THING_E_CALLBACK;
  if (err == nullptr) return code;
  thing_error_free(*err);
  *err = nullptr;
  const thing_status made = guard(err, [&]() -> Outcome {
    auto text = capi::text_of(msg, msg == nullptr ? 0 : len, "msg");
    std::string message = text ? std::string(*text) : base::quoted({msg, len < 0 ? std::strlen(msg) : static_cast<size_t>(len)});
    return base::fail(base::Error(static_cast<Code>(code), std::move(message)));
  });
  return made == THING_E_NOMEM ? code : made;
}

void thing_error_free(thing_error* e) {
  if (e != no_memory_error()) delete e;
}

// ---- buffers

const uint8_t* thing_buf_data(const thing_buf* b) {
  if (b == nullptr) return nullptr;
  return reinterpret_cast<const uint8_t*>(b->block != nullptr ? b->block : b->text.c_str());
}

int64_t thing_buf_len(const thing_buf* b) {
  if (b == nullptr) return 0;
  return static_cast<int64_t>(b->block != nullptr ? b->size : b->text.size());
}

void thing_buf_free(thing_buf* b) { delete b; }
