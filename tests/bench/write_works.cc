// Inserts one by one and many at once, and updates.
#include <memory>

#include "works.h"

namespace bench {
namespace {

void save_one(const Library& library, thing_ctx* ctx, const User& u, int64_t& ids) {
  const Object o = library.make(u);
  check("saving", [&](thing_error** e) { return thing_save(library.db(), ctx, o.get(), e); });
  ids += thing_obj_id(o.get());
}

std::vector<thing_obj*> make_objects(const Library& library, const std::vector<User>& users) {
  std::vector<thing_obj*> objects;
  for (const User& u : users) objects.push_back(library.make(u).release());
  return objects;
}

void save_all(const Library& library, const std::vector<thing_obj*>& objects, int64_t& ids) {
  check("saving many", [&](thing_error** e) {
    return thing_save_many(library.db(), nullptr, objects.data(),
                           static_cast<int64_t>(objects.size()), e);
  });
  for (const thing_obj* o : objects) ids += thing_obj_id(o);
}

void free_all(const std::vector<thing_obj*>& objects) {
  for (thing_obj* o : objects) thing_obj_free(o);
}

}  // namespace

std::vector<User> new_users(int64_t count) {
  std::vector<User> users;
  for (int64_t i = 1; i <= count; ++i) users.push_back(make_user(i));
  return users;
}

double Inserts::timed(const std::function<void()>& work) const {
  const double started = nanoseconds(clock);
  work();
  return nanoseconds(clock) - started;
}

// Calls once() for each of n transactions, and sweeps after each.
template <class Once>
Work Inserts::swept(const std::function<void()>& sweep, Once once) const {
  return [this, &sweep, once](int64_t n) {
    double left_out = 0;
    for (int64_t i = 0; i < n; ++i) {
      once();
      left_out += timed(sweep);
    }
    return left_out;
  };
}

Work Inserts::floor_rows() {
  return swept(sweep_floor, [this] {
    int64_t ids = 0;
    floor.begin();
    for (const User& u : users) ids += floor.insert(u);
    floor.commit();
    keep(ids);
  });
}

Work Inserts::one_by_one() {
  return swept(sweep_library, [this] {
    int64_t ids = 0;
    Transaction tx(library);
    for (const User& u : users) save_one(library, tx.ctx(), u, ids);
    tx.commit();
    keep(ids);
  });
}

Work Inserts::many() {
  return swept(sweep_library, [this] {
    int64_t ids = 0;
    const auto objects = make_objects(library, users);
    save_all(library, objects, ids);
    free_all(objects);
    keep(ids);
  });
}

Work Inserts::many_call_alone() {
  return [this](int64_t n) {
    double left_out = 0;
    for (int64_t i = 0; i < n; ++i) {
      std::vector<thing_obj*> objects;
      left_out += timed([&] { objects = make_objects(library, users); });
      int64_t ids = 0;
      save_all(library, objects, ids);
      keep(ids);
      left_out += timed([&] {
        free_all(objects);
        sweep_library();
      });
    }
    return left_out;
  };
}

std::vector<Samples> Inserts::compare_all(const Options& options) {
  const auto rows = static_cast<double>(users.size());
  return compare({{"floor", floor_rows(), rows},
                  {"one by one", one_by_one(), rows},
                  {"many", many(), rows},
                  {"many, the call", many_call_alone(), rows},
                  {"packed", packed(), rows}},
                 clock, options);
}

Work Inserts::packed() {
  const auto batch = std::make_shared<std::vector<uint8_t>>(pack(library.user(), users));
  return swept(sweep_library, [this, batch] {
    std::vector<int64_t> ids(users.size());
    check("saving a packed batch", [&](thing_error** e) {
      return thing_save_packed(library.db(), nullptr, library.user(), batch->data(),
                               static_cast<int64_t>(batch->size()), ids.data(),
                               static_cast<int64_t>(ids.size()), e);
    });
    keep(ids);
  });
}

void Inserts::try_both(const std::function<void()>& check_tables) {
  int64_t ids = 0;
  for (const User& u : users) floor.insert(u);
  const auto objects = make_objects(library, users);
  save_all(library, objects, ids);
  free_all(objects);
  check_tables();
  sweep_floor();
  sweep_library();
}

Updates::Updates(Floor& floor, const Library& library, int64_t users, int64_t hot)
    : floor_(floor), library_(library) {
  for (int64_t i = 0; i < hot; ++i) {
    ids_.push_back(i * (users / hot) + 1);
    objects_.push_back(library.by_id(ids_.back()));
  }
}

// An object is met again after `hot` updates with another age: there is always something to save.
size_t Updates::place(int64_t k) const { return static_cast<size_t>(k * 7919) % ids_.size(); }
int Updates::age(int64_t k) const {
  return static_cast<int>(18 + k / static_cast<int64_t>(ids_.size()) % 60);
}

Work Updates::floor_updates() {
  return [this](int64_t n) {
    for (int64_t i = 0; i < n; ++i, ++floor_next_)
      floor_.set_age(ids_[place(floor_next_)], age(floor_next_));
    return 0.0;
  };
}

Work Updates::library_updates() {
  return [this](int64_t n) {
    for (int64_t i = 0; i < n; ++i, ++library_next_) {
      thing_obj* o = objects_[place(library_next_)].get();
      check("updating", [&](thing_error** e) {
        const thing_status set = thing_obj_set_int64(o, kAge, age(library_next_), e);
        return set < 0 ? set : thing_save(library_.db(), nullptr, o, e);
      });
    }
    return 0.0;
  };
}

}  // namespace bench
