#include "cache/redis/errors.h"

#include <fmt/core.h>

#include "base/utf8.h"

namespace thing::cache::redis {
namespace {

using base::Code;

struct Word {
  std::string_view word;
  Refusal refusal;
};

constexpr Word kWords[] = {
    {"LOADING", {Code::kConnection, true, false}},
    {"MASTERDOWN", {Code::kConnection, true, false}},
    {"CLUSTERDOWN", {Code::kConnection, true, false}},
    {"READONLY", {Code::kReadonly, true, false}},
    {"NOREPLICAS", {Code::kReadonly, true, false}},
    {"MISCONF", {Code::kReadonly, true, false}},
    {"BUSY", {Code::kBusy, true, false}},
    {"TRYAGAIN", {Code::kBusy, false, false}},
    {"OOM", {Code::kNoMemory, false, false}},
    {"NOAUTH", {Code::kAuth, false, false}},
    {"WRONGPASS", {Code::kAuth, false, false}},
    {"NOPERM", {Code::kAuth, false, false}},
    {"NOSCRIPT", {Code::kState, false, true}},
    {"WRONGTYPE", {Code::kType, false, false}},
    {"MOVED", {Code::kUnsupported, false, false}},
    {"ASK", {Code::kUnsupported, false, false}},
    {"CROSSSLOT", {Code::kUnsupported, false, false}},
    {"UNKILLABLE", {Code::kBusy, true, false}},
};

}  // namespace

Refusal classify(std::string_view reply) {
  const std::string_view first = reply.substr(0, reply.find(' '));
  for (const Word& w : kWords) {
    if (w.word == first) return w.refusal;
  }
  // Servers without users say it so.
  if (reply.starts_with("ERR invalid password") || reply.starts_with("ERR AUTH "))
    return {Code::kAuth, false, false};
  return {};
}

base::Error error_of(std::string_view reply) {
  constexpr size_t kShown = 500;
  const Refusal refusal = classify(reply);
  return base::Error(refusal.code, fmt::format("Redis: {}", base::quoted(reply, kShown)))
      .retryable(refusal.is_down || refusal.code == Code::kBusy);
}

}  // namespace thing::cache::redis
