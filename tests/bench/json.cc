// Rows as JSON, beside a writer that was made by hand for just these columns.
#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "setup.h"

namespace bench {
namespace {

constexpr int kRows = 1000;

class DirectWriter {
 public:
  explicit DirectWriter(std::string& out) : out_(out) {}

  void user(const User& u) {
    literal(R"({"id":)");
    number(u.id);
    literal(R"(,"name":)");
    text(u.name);
    literal(R"(,"email":)");
    text(u.email);
    literal(R"(,"age":)");
    number(u.age);
    literal(R"(,"score":)");
    real(u.score);
    u.active ? literal(R"(,"active":true,"created_at":)")
             : literal(R"(,"active":false,"created_at":)");
    time(u.created_at);
    out_ += '}';
  }

  void users(const std::vector<User>& all) {
    char separator = '[';
    for (const User& u : all) {
      out_ += separator;
      user(u);
      separator = ',';
    }
    out_ += ']';
  }

 private:
  template <size_t N>
  void literal(const char (&s)[N]) {
    out_.append(s, N - 1);
  }

  template <class T>
  std::string_view number(T v) {
    char buffer[32];
    const size_t size =
        static_cast<size_t>(std::to_chars(buffer, buffer + sizeof buffer, v).ptr - buffer);
    out_.append(buffer, size);
    return std::string_view(out_).substr(out_.size() - size);
  }

  // As the library: a float is seen to be one.
  void real(double v) {
    if (number(v).find_first_of(".e") == std::string_view::npos) literal(".0");
  }

  void text(std::string_view s) {
    out_ += '"';
    size_t from = 0;
    for (size_t i = 0; i < s.size(); ++i) {
      const auto c = static_cast<unsigned char>(s[i]);
      if (c >= 0x20 && c != '"' && c != '\\') continue;
      out_.append(s, from, i - from);
      escape(c);
      from = i + 1;
    }
    out_.append(s, from);
    out_ += '"';
  }

  void escape(unsigned char c) {
    char buffer[8];
    const bool short_form = c == '"' || c == '\\';
    out_.append(buffer, static_cast<size_t>(std::snprintf(buffer, sizeof buffer,
                                                          short_form ? "\\%c" : "\\u%04x", c)));
  }

  void time(int64_t microseconds) {
    char buffer[kTimeLength];
    print_time(microseconds, 'T', buffer);
    out_ += '"';
    out_.append(buffer, kTimeLength);
    literal("Z\"");
  }

  std::string& out_;
};

std::string_view bytes_of(const thing_buf* b) {
  return {reinterpret_cast<const char*>(thing_buf_data(b)), static_cast<size_t>(thing_buf_len(b))};
}

Buffer print(const thing_obj* o) {
  thing_buf* out = nullptr;
  check("printing a row", [&](thing_error** e) { return thing_obj_json(o, 0, &out, e); });
  return Buffer(out);
}

Buffer print(const thing_rows* rows) {
  thing_buf* out = nullptr;
  check("printing rows", [&](thing_error** e) { return thing_rows_json(rows, 0, &out, e); });
  return Buffer(out);
}

void expect_same_text(std::string_view direct, std::string_view library) {
  if (direct == library) return;
  std::fprintf(stderr, "bench: JSON differs:\n%.*s\n%.*s\n",
               static_cast<int>(std::min<size_t>(direct.size(), 300)), direct.data(),
               static_cast<int>(std::min<size_t>(library.size(), 300)), library.data());
  std::exit(1);
}

// Direct writers in two forms: into one buffer that is used again, which keeps nothing for a
// caller, and into a new buffer each time, which does what the library's call does.
template <class Write, class Print>
void measure_form(const Setup& s, Report& report, const std::string& what, double rows, Write write,
                  Print print_one) {
  std::string direct;
  write(direct);
  expect_same_text(direct, bytes_of(print_one().get()));
  std::string reused;
  const auto samples = compare({{"one buffer",
                                 [&](int64_t n) {
                                   for (int64_t i = 0; i < n; ++i) {
                                     reused.clear();
                                     write(reused);
                                     keep(reused);
                                   }
                                   return 0.0;
                                 },
                                 rows},
                                {"new buffers",
                                 [&](int64_t n) {
                                   for (int64_t i = 0; i < n; ++i) {
                                     std::string fresh;
                                     fresh.reserve(direct.size() + 1);
                                     write(fresh);
                                     keep(fresh);
                                   }
                                   return 0.0;
                                 },
                                 rows},
                                {"library",
                                 [&](int64_t n) {
                                   for (int64_t i = 0; i < n; ++i) keep(print_one());
                                   return 0.0;
                                 },
                                 rows}},
                               Clock::kProcess, s.options);
  report.times(what + ", of a direct writer into a new buffer", samples[1], samples[2], 1.15);
  report.times(what + ", of one that reuses its buffer", samples[0], samples[2]);
}

Buffer act(const Library& library, const char* action, const std::string& arguments) {
  thing_buf* out = nullptr;
  check("running an action", [&](thing_error** e) {
    return thing_call(library.db(), nullptr, "User", action, arguments.data(),
                      static_cast<int64_t>(arguments.size()), &out, e);
  });
  return Buffer(out);
}

// The same rows as JSON: by the typed calls, and by one action.
void measure_action(const Setup& s, const Library& library, Report& report, const std::string& what,
                    int rows) {
  const std::string arguments = R"({"where": {"age": {"gt": 18}, "active": true}, )"
                                R"("orderBy": [{"id": "desc"}], "take": )" +
                                std::to_string(rows) + "}";
  const auto typed = [&] { return print(library.query(arguments).get()); };
  const auto called = [&] { return act(library, "findMany", arguments); };
  expect_same_text(bytes_of(typed().get()), bytes_of(called().get()));
  const auto samples = compare({{"typed",
                                 [&](int64_t n) {
                                   for (int64_t i = 0; i < n; ++i) keep(typed());
                                   return 0.0;
                                 }},
                                {"action",
                                 [&](int64_t n) {
                                   for (int64_t i = 0; i < n; ++i) keep(called());
                                   return 0.0;
                                 }}},
                               Clock::kProcess, s.options);
  report.times(what + ", of thing_query and thing_rows_json", samples[0], samples[1], 1.5);
}

}  // namespace

void measure_json(Setup& s, Report& report) {
  User user;
  s.floor->by_id(s.users / 2, user);
  const Object object = s.leased->by_id(user.id);
  measure_form(
      s, report, "row to JSON", 1, [&](std::string& out) { DirectWriter(out).user(user); },
      [&] { return print(object.get()); });
  std::vector<User> users;
  s.floor->list(18, kRows, users);
  const Rows rows = s.leased->query(
      R"({"where": {"age": {"gt": 18}, "active": true}, "orderBy": [{"id": "desc"}], "take": 1000})");
  measure_form(
      s, report, "list of 1000 to JSON, a row", static_cast<double>(users.size()),
      [&](std::string& out) { DirectWriter(out).users(users); }, [&] { return print(rows.get()); });
  for (const int n : {1, 20, 1000}) {
    const std::string of = "findMany of " + std::to_string(n);
    measure_action(s, *s.cached, report, of + ", cached", n);
    measure_action(s, *s.leased, report, of, n);
  }
}

}  // namespace bench
