// Section 2 of thing.h: errors.
#include <algorithm>
#include <string>

#include "base/utf8.h"
#include "capi/arguments.h"
#include "capi/buffer.h"
#include "capi/callback.h"
#include "capi/guard.h"
#include "capi/handles.h"
#include "schema/rules.h"
#include "text/json.h"

using namespace thing;
using namespace thing::capi;
using Detail = base::Error::Detail;

namespace {

const Detail* detail_of(const thing_error* e) { return e == nullptr ? nullptr : e->error.detail(); }

const char* member_of(const thing_error* e, std::string Detail::*member) {
  const Detail* const d = detail_of(e);
  return d == nullptr ? "" : (d->*member).c_str();
}

void print_names(text::JsonWriter& w, std::string_view joined) {
  w.begin_array();
  while (!joined.empty()) {
    const std::string_view one = joined.substr(0, joined.find(','));
    w.string(one);
    joined.remove_prefix(std::min(one.size() + 1, joined.size()));
  }
  w.end_array();
}

// The next of the parts that are joined by ",".
std::string_view take_part(std::string_view& joined) {
  const std::string_view one = joined.substr(0, joined.find(','));
  joined.remove_prefix(std::min(one.size() + 1, joined.size()));
  return one;
}

bool is_rule(std::string_view name) {
  return name == schema::kEnumRule ||
         std::find(std::begin(schema::kRuleNames), std::end(schema::kRuleNames), name) !=
             std::end(schema::kRuleNames);
}

// Whether it is about rules of a model: one for each field, joined as these are.
bool is_of_rules(const Detail& d) {
  if (d.code != Code::kCheck || d.field.empty()) return false;
  std::string_view rules = d.constraint;
  bool all = std::count(d.field.begin(), d.field.end(), ',') ==
             std::count(rules.begin(), rules.end(), ',');
  while (all && !rules.empty()) all = is_rule(take_part(rules));
  return all && !d.constraint.empty();
}

// Takes what is before the message of a field: 'name': of a rule, data.name: of a document.
void take_name(std::string_view& messages, std::string_view name) {
  const std::string head = fmt::format("'{}': ", name);
  const size_t at = messages.find(head);
  if (at != messages.npos) return messages.remove_prefix(at + head.size());
  const size_t path = messages.find(": ");
  if (path != messages.npos) messages.remove_prefix(path + 2);
}

// [{"field", "rule", "message"}] out of what entity::Violations joined, or of a value that is none
// of its enum's.
void print_failures(text::JsonWriter& w, const Detail& d) {
  std::string_view fields = d.field, rules = d.constraint, messages = d.message;
  w.key("failures");
  w.begin_array();
  while (!fields.empty()) {
    const std::string_view name = take_part(fields);
    take_name(messages, name);
    const std::string_view next = fields.substr(0, fields.find(','));
    const size_t end = next.empty() ? messages.npos : messages.find(fmt::format("; '{}': ", next));
    w.begin_object();
    w.key("field");
    w.string(name);
    w.key("rule");
    w.string(take_part(rules));
    w.key("message");
    w.string(messages.substr(0, end));
    w.end_object();
    messages.remove_prefix(end == messages.npos ? messages.size() : end + 2);
  }
  w.end_array();
}

bool is_failure(thing_status status) { return status < THING_OK && status >= THING_E_CACHE_DOWN; }

}  // namespace

base::Error capi::callback_error(thing_status status, thing_error* filled, const char* otherwise) {
  const auto code = static_cast<Code>(is_failure(status) ? status : THING_E_CALLBACK);
  if (filled == nullptr) return base::Error(code, otherwise);
  if (filled == no_memory_error())
    return code == Code::kNoMemory ? base::Error() : base::Error(code, otherwise);
  const std::unique_ptr<thing_error> owned(filled);
  if (owned->error.code() == code) return std::move(owned->error);
  return base::Error(code, std::string(owned->error.message()))
      .model(thing_error_model(filled))
      .field(thing_error_field(filled));
}

thing_status thing_error_code(const thing_error* e) {
  return e == nullptr ? THING_OK : static_cast<thing_status>(e->error.code());
}

const char* thing_error_message(const thing_error* e) {
  if (e != nullptr && detail_of(e) == nullptr) return "out of memory";
  return member_of(e, &Detail::message);
}

const char* thing_error_sqlstate(const thing_error* e) { return member_of(e, &Detail::sqlstate); }

int64_t thing_error_native(const thing_error* e) {
  return detail_of(e) == nullptr ? 0 : detail_of(e)->native;
}

const char* thing_error_model(const thing_error* e) { return member_of(e, &Detail::model); }
const char* thing_error_field(const thing_error* e) { return member_of(e, &Detail::field); }
const char* thing_error_table(const thing_error* e) { return member_of(e, &Detail::table); }
const char* thing_error_column(const thing_error* e) { return member_of(e, &Detail::column); }
const char* thing_error_constraint(const thing_error* e) {
  return member_of(e, &Detail::constraint);
}

bool thing_error_retryable(const thing_error* e) {
  const thing_status code = thing_error_code(e);
  const bool lost = code == THING_E_BUSY || code == THING_E_SERIALIZATION;
  return lost || (detail_of(e) != nullptr && detail_of(e)->retryable);
}

thing_buf* thing_error_json(const thing_error* e) {
  return value_or<thing_buf*>(nullptr, [e] {
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
    print_names(w, thing_error_field(e));
    w.key("table");
    w.string(thing_error_table(e));
    w.key("columns");
    print_names(w, thing_error_column(e));
    w.key("constraint");
    w.string(thing_error_constraint(e));
    w.key("retryable");
    w.boolean(thing_error_retryable(e));
    w.key("context");
    w.string(member_of(e, &Detail::context));
    if (detail_of(e) != nullptr && is_of_rules(*detail_of(e))) print_failures(w, *detail_of(e));
    w.end_object();
    return make_buffer(out);
  });
}

thing_status thing_error_set(thing_error** err, thing_status code, const char* msg, int64_t len) {
  if (!is_failure(code)) code = THING_E_CALLBACK;
  if (err == nullptr) return code;
  thing_error_free(*err);
  *err = nullptr;
  return guard(err, [&]() -> Outcome {
    const auto bytes = bytes_of(msg, msg == nullptr ? 0 : len, "msg");
    std::string message(bytes ? *bytes : std::string_view());
    if (!base::is_utf8(message)) message = base::quoted(message, message.size());
    return fail(base::Error(static_cast<Code>(code), std::move(message)));
  });
}

void thing_error_free(thing_error* e) {
  if (e != no_memory_error()) delete e;
}
