// A program that does one thing in the cache that it shares, and is killed when it comes to a step.
//
// usage: victim URL MODELS STEP read|list|save|insert|remove|tx ID
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <signal.h>
#include <unistd.h>

#include "thing.h"

extern "C" void thing_faults_hook(void (*hook)(const char* point, void* user), void* user);

namespace {

void check(thing_status status, thing_error*& error) {
  if (status >= 0) return;
  std::fprintf(stderr, "victim: %s %s\n", thing_status_name(status), thing_error_message(error));
  std::exit(1);
}

class Victim {
 public:
  Victim(const char* url, const char* models) {
    check(thing_open(url, -1, &db_, &error_), error_);
    check(thing_model_register(db_, models, -1, &error_), error_);
    model_ = thing_model_find(db_, "Item", -1);
  }

  thing_obj* load(int64_t id, thing_ctx* ctx) {
    thing_obj* obj = nullptr;
    check(thing_by_id(db_, ctx, model_, id, &obj, &error_), error_);
    return obj;
  }
  void set(thing_obj* obj, const char* json) {
    check(thing_obj_assign_json(obj, json, -1, &error_), error_);
  }
  void save(thing_obj* obj, thing_ctx* ctx) { check(thing_save(db_, ctx, obj, &error_), error_); }

  void run(const std::string& verb, int64_t id) {
    const std::string killed = "\"killed " + std::to_string(id) + "\"";
    if (verb == "read") {
      load(id, nullptr);
    } else if (verb == "list") {
      thing_rows* rows = nullptr;
      check(thing_query(db_, nullptr, model_, R"({"where": {"grp": 1}})", -1, &rows, &error_),
            error_);
    } else if (verb == "save") {
      thing_obj* const obj = load(id, past());
      set(obj, ("{\"name\": " + killed + "}").c_str());
      save(obj, nullptr);
    } else if (verb == "insert") {
      thing_obj* const obj = thing_obj_new(model_);
      set(obj, ("{\"name\": " + killed + ", \"grp\": 1}").c_str());
      save(obj, nullptr);
    } else if (verb == "remove") {
      check(thing_delete_by_id(db_, nullptr, model_, id, THING_DELETE_HARD, &error_), error_);
    } else if (verb == "tx") {
      thing_tx* tx = nullptr;
      thing_obj* const obj = load(id, past());
      check(thing_tx_begin(db_, nullptr, THING_TX_DEFAULT, &tx, &error_), error_);
      set(obj, ("{\"grp\": 1, \"name\": " + killed + "}").c_str());
      save(obj, thing_tx_ctx(tx));
      check(thing_tx_commit(tx, &error_), error_);
    }
  }

 private:
  thing_ctx* past() {
    thing_ctx* const ctx = thing_ctx_new(db_);
    thing_ctx_set_flags(ctx, THING_CTX_NO_CACHE_READ | THING_CTX_NO_CACHE_WRITE);
    return ctx;
  }
  thing_db* db_ = nullptr;
  const thing_model* model_ = nullptr;
  thing_error* error_ = nullptr;
};

void die(const char* point, void* step) {
  if (std::strcmp(point, static_cast<const char*>(step)) == 0) kill(getpid(), SIGKILL);
}

}  // namespace

int main(int count, char** words) {
  if (count != 6) return 2;
  thing_faults_hook(die, words[3]);
  Victim(words[1], words[2]).run(words[4], std::atoll(words[5]));
  return 0;
}
