#pragma once
// The scripts without one of their safeguards, in builds with faults: what base::is_removed() is in
// C++ is a change of text here. A text that is not found any more ends the program, so that no
// safeguard seems to be taken away that is still there.
#ifdef THING_FAULTS
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "base/faults.h"

namespace thing::cache::shared {

struct Weakening {
  const char* safeguard;
  const char* script;  // the text by which it is known
  const char* from;
  const char* to;
};

inline constexpr const char* kIsFill = "local v = ARGV[i + 3]";
inline constexpr const char* kIsLease = "local function stamp(key)";
inline constexpr const char* kIsMark = "local entry = ARGV[1] ..";
inline constexpr const char* kIsClear = "local lost = 0";
inline constexpr const char* kIsResolve = "local taken = 0";
inline constexpr const char* kIsAcquire = "local templates = redis.call('HLEN', KEYS[1])";
inline constexpr const char* kIsDrop = "local function drop(key)";
inline constexpr const char* kIsPutRows = "redis.call('SET', KEYS[i], ARGV[i + 1], 'PX', ARGV[4]";
inline constexpr const char* kIsPutWindow = "~= 'S' .. ARGV[1] .. 'w' then return 0 end";
inline constexpr const char* kOwnToken = "if string.sub(entry, 1, 16) == ARGV[1] then found = true";

inline constexpr Weakening kWeakenings[] = {
    {"fill.lease", kIsFill, "if redis.call('GET', KEYS[i]) == 'L' .. ARGV[1] then", "if true then"},
    {"lease.keeps_marks", kIsLease, "first ~= 'V' and first ~= 'L' and first ~= 'M'",
     "first ~= 'V' and first ~= 'L'"},
    {"mark.no_timer", kIsMark, "if #marks > 0 then redis.call('MSET', unpack(marks)) end",
     "if #marks > 0 then redis.call('MSET', unpack(marks)) end\n"
     "for i = 1, #marks, 2 do\n"
     "  if string.sub(marks[i + 1], 1, 2) == 'M0' then redis.call('PEXPIRE', marks[i], 100) end\n"
     "end"},
    {"mark.adds", kIsMark, "'M1' .. string.sub(v, 3) .. entry", "'M1' .. entry"},
    {"mark.registry", kIsMark, "if nonce ~= ARGV[3] or templates ~= tonumber(ARGV[4]) then",
     "if false then"},
    {"clear.own_token", kIsClear, kOwnToken, "if true then found = true"},
    {"clear.lost_mark", kIsClear, "lost = lost + 1\n      leave(KEYS[i], rest)", "lost = lost + 1"},
    {"resolve.own_token", kIsResolve, kOwnToken, "if true then found = true"},
    {"window.held", kIsAcquire, "or (is_window and string.sub(v, 19, 20) ~= '00')", ""},
    {"window.soft_counts", kIsPutWindow, "if string.sub(v, 11, 18) ~= ARGV[2] then return 0 end",
     ""},
    {"through.alone", kIsClear, "and string.sub(v, 2, 2) == '0'\n", "\n"},
    {"last.cleared", kIsClear, "local gone = {KEYS[3]}", "local gone = {KEYS[1] .. 'x'}"},
    {"last.dropped", kIsDrop, "redis.call('DEL', KEYS[4])", ""},
    {"last.same", kIsPutRows, "if redis.call('GET', KEYS[3]) ~= ARGV[3] then return 0 end", ""},
    {"last.absent_cell", kIsPutRows, ", 'NX')", ")"},
    {"last.resolved", kIsResolve, "redis.call('DEL', KEYS[2])\n", ""},
    {"acquire.keeps_marks", kIsAcquire, "if first == 'M' or", "if"},
    {"acquire.quarantine", kIsAcquire, "if still ~= '' then", "if false then"},
};

// `Script` as the client keeps it.
template <class Script>
class WeakScripts {
 public:
  template <size_t N>
  explicit WeakScripts(const Script (&scripts)[N]) {
    for (const Weakening& w : kWeakenings) {
      if (!base::is_removed(w.safeguard)) continue;
      for (const Script& script : scripts) {
        if (script.text().find(w.script) != std::string::npos) weaken(script, w);
      }
      if (weak_ == nullptr) lose(w);
    }
  }
  const Script& of(const Script& script) const { return &script == strong_ ? *weak_ : script; }

 private:
  void weaken(const Script& script, const Weakening& w) {
    std::string text = script.text();
    const size_t at = text.find(w.from);
    if (at == std::string::npos) lose(w);
    text.replace(at, std::char_traits<char>::length(w.from), w.to);
    strong_ = &script;
    weak_ = std::make_unique<Script>(text);
  }
  [[noreturn]] static void lose(const Weakening& w) {
    std::fprintf(stderr, "no script has the safeguard '%s' any more\n", w.safeguard);
    std::abort();
  }

  const Script* strong_ = nullptr;
  std::unique_ptr<const Script> weak_;
};

}  // namespace thing::cache::shared
#endif
