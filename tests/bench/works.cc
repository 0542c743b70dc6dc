#include "works.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace bench {
namespace {

constexpr int64_t kPackedBytes = 1024;
constexpr int kAges = 3;  // lists alternate between so many conditions
constexpr int kBatch = 100;

}  // namespace

void expect_same(const char* what, uint64_t floor, uint64_t library) {
  if (floor == library) return;
  std::fprintf(stderr, "bench: %s: the floor and libthing read different values\n", what);
  std::exit(1);
}

Work floor_reads(Floor& floor, int64_t range) {
  return [&floor, range, random = Random(), user = User()](int64_t n) mutable {
    for (int64_t i = 0; i < n; ++i) {
      floor.by_id(random.id(range), user);
      keep(user);
    }
    return 0.0;
  };
}

void read_objects(const Library& library, Random& random, int64_t range, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    const Object o = library.by_id(random.id(range));
    Digest d;
    digest(o.get(), d);
    keep(d);
  }
}

Work object_reads(const Library& library, int64_t range) {
  return [&library, range, random = Random()](int64_t n) mutable {
    read_objects(library, random, range, n);
    return 0.0;
  };
}

void read_packed(const Library& library, Random& random, int64_t range, int64_t n) {
  alignas(8) uint8_t buffer[kPackedBytes];
  for (int64_t i = 0; i < n; ++i) {
    int64_t need = 0;
    const int64_t id = random.id(range);
    check("reading a packed row", [&](thing_error** e) {
      return thing_by_id_packed(library.db(), nullptr, library.user(), id, buffer, sizeof buffer,
                                &need, e);
    });
    Digest d;
    digest(PackedRow(buffer, 0), d);
    keep(d);
  }
}

Work packed_reads(const Library& library, int64_t range) {
  return [&library, range, random = Random()](int64_t n) mutable {
    read_packed(library, random, range, n);
    return 0.0;
  };
}

void expect_same_rows(Floor& floor, const Library& library, int64_t users) {
  Random random;
  Digest by_hand, objects, packed;
  User user;
  for (int i = 0; i < 100; ++i) {
    const int64_t id = random.id(users);
    floor.by_id(id, user);
    by_hand.add(user);
    digest(library.by_id(id).get(), objects);
    alignas(8) uint8_t buffer[kPackedBytes];
    int64_t need = 0;
    check("reading a packed row", [&](thing_error** e) {
      return thing_by_id_packed(library.db(), nullptr, library.user(), id, buffer, sizeof buffer,
                                &need, e);
    });
    digest(PackedRow(buffer, 0), packed);
  }
  expect_same("by id", by_hand.value, objects.value);
  expect_same("by id, packed", by_hand.value, packed.value);
}

void fill_cache(const Library& library, int64_t users) {
  for (int64_t id = 1; id <= users; ++id) library.by_id(id);
}

std::string list_json(int over_age, int64_t take) {
  return R"({"where": {"age": {"gt": )" + std::to_string(over_age) +
         R"(}, "active": true}, "orderBy": [{"id": "desc"}], "take": )" + std::to_string(take) +
         "}";
}

Work floor_lists(Floor& floor, int rows) {
  return [&floor, rows](int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
      std::vector<User> users;
      floor.list(18 + static_cast<int>(i % kAges), rows, users);
      keep(users);
    }
    return 0.0;
  };
}

Work json_lists(const Library& library, int rows) {
  std::vector<std::string> texts;
  for (int i = 0; i < kAges; ++i) texts.push_back(list_json(18 + i, rows));
  return [&library, texts](int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
      const Rows found = library.query(texts[static_cast<size_t>(i % kAges)]);
      Digest d;
      digest(found.get(), d);
      keep(d);
    }
    return 0.0;
  };
}

// The criteria has one changing value, whose slot is the builder's first condition.
Work built_lists(const Library& library, int rows) {
  auto q = std::shared_ptr<thing_criteria>(thing_criteria_new(library.user()), Free());
  int32_t slot = 0;
  check("building a query", [&](thing_error** e) {
    return slot = thing_criteria_int64(q.get(), kAge, THING_OP_GT, 18, e);
  });
  check("building a query", [&](thing_error** e) {
    const int32_t active = thing_criteria_int64(q.get(), kActive, THING_OP_EQ, 1, e);
    return active < 0 ? active : thing_criteria_order(q.get(), kId, true, THING_NULLS_DEFAULT, e);
  });
  check("building a query", [&](thing_error** e) { return thing_criteria_take(q.get(), rows, e); });
  return [&library, q, slot](int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
      check("changing a value", [&](thing_error** e) {
        return thing_criteria_rebind_int64(q.get(), slot, 18 + i % kAges, e);
      });
      const Rows found = library.query(q.get());
      Digest d;
      digest(found.get(), d);
      keep(d);
    }
    return 0.0;
  };
}

void expect_same_list(Floor& floor, const Library& library, int rows) {
  std::vector<User> users;
  floor.list(18, rows, users);
  Digest by_hand, found;
  for (const User& u : users) by_hand.add(u);
  digest(library.query(list_json(18, rows)).get(), found);
  expect_same("a list", by_hand.value, found.value);
}

namespace {

constexpr int64_t kTextRows = 20;

std::string preload_json(int64_t behind) {
  return R"({"where": {"id": {"gt": )" + std::to_string(behind) +
         R"(}}, "take": 100, "include": {"posts": true}})";
}

void digest_authors(const Library& library, int64_t behind, Digest& d) {
  const Rows users = library.query(preload_json(behind));
  const int64_t n = digest(users.get(), d);
  for (int64_t i = 0; i < n; ++i) {
    thing_rows* found = nullptr;
    check("rows that were loaded", [&](thing_error** e) {
      return thing_rows_related(users.get(), i, "posts", 5, &found, e);
    });
    const Rows posts(found);
    digest(found, d);
  }
}

void expect_same_text(const Buffer& a, const Buffer& b) {
  const auto text = [](const Buffer& of) {
    return std::string_view(reinterpret_cast<const char*>(thing_buf_data(of.get())),
                            static_cast<size_t>(thing_buf_len(of.get())));
  };
  if (text(a) == text(b)) return;
  std::fprintf(stderr, "bench: a list as JSON: the typed call and the action differ\n");
  std::exit(1);
}

Buffer typed_text(const Library& library, const std::string& json) {
  const Rows rows = library.query(json);
  thing_buf* out = nullptr;
  check("printing rows", [&](thing_error** e) { return thing_rows_json(rows.get(), 0, &out, e); });
  return Buffer(out);
}

Buffer action_text(const Library& library, const std::string& json) {
  thing_buf* out = nullptr;
  check("findMany", [&](thing_error** e) {
    return thing_call(library.db(), nullptr, "User", "findMany", json.data(),
                      static_cast<int64_t>(json.size()), &out, e);
  });
  return Buffer(out);
}

Work texts(const Library& library, Buffer (*text)(const Library&, const std::string&)) {
  return [&library, text](int64_t n) {
    for (int64_t i = 0; i < n; ++i)
      keep(text(library, list_json(18 + static_cast<int>(i % kAges), kTextRows)));
    return 0.0;
  };
}

}  // namespace

Work floor_preloads(Floor& floor, int64_t users) {
  return [&floor, users, random = Random()](int64_t n) mutable {
    for (int64_t i = 0; i < n; ++i) {
      std::vector<Author> found;
      floor.preload(random.below(users - kAuthors), found);
      keep(found);
    }
    return 0.0;
  };
}

Work library_preloads(const Library& library, int64_t users) {
  return [&library, users, random = Random()](int64_t n) mutable {
    for (int64_t i = 0; i < n; ++i) {
      Digest d;
      digest_authors(library, random.below(users - kAuthors), d);
      keep(d);
    }
    return 0.0;
  };
}

void expect_same_preload(Floor& floor, const Library& library) {
  std::vector<Author> authors;
  floor.preload(7, authors);
  Digest by_hand, found;
  for (const Author& a : authors) by_hand.add(a.user);
  for (const Author& a : authors) {
    for (const User& post : a.posts) by_hand.add(post);
  }
  digest_authors(library, 7, found);
  expect_same("users with their posts", by_hand.value, found.value);
}

Work typed_texts(const Library& library) {
  expect_same_text(typed_text(library, list_json(18, kTextRows)),
                   action_text(library, list_json(18, kTextRows)));
  return texts(library, typed_text);
}

Work action_texts(const Library& library) { return texts(library, action_text); }

Work floor_batches(Floor& floor, int64_t users) {
  return [&floor, users, random = Random()](int64_t n) mutable {
    for (int64_t i = 0; i < n; ++i) {
      std::vector<User> found(kBatch);
      for (User& u : found) floor.by_id(random.id(users), u);
      keep(found);
    }
    return 0.0;
  };
}

Work library_batches(const Library& library, int64_t users) {
  return [&library, users, random = Random()](int64_t n) mutable {
    for (int64_t i = 0; i < n; ++i) {
      int64_t ids[kBatch];
      for (int64_t& id : ids) id = random.id(users);
      const Rows found = library.by_ids(ids, kBatch);
      Digest d;
      digest(found.get(), d);
      keep(d);
    }
    return 0.0;
  };
}

void expect_same_batch(Floor& floor, const Library& library, int64_t users) {
  Random random;
  Digest by_hand, found;
  int64_t ids[kBatch];
  for (int64_t& id : ids) {
    id = random.id(users);
    User user;
    floor.by_id(id, user);
    by_hand.add(user);
  }
  digest(library.by_ids(ids, kBatch).get(), found);
  expect_same("rows by their ids", by_hand.value, found.value);
}

}  // namespace bench
