#include "store/lazy_loads.h"

namespace thing::store {

void LazyLoads::set(std::string_view mode) {
  mode_.store(mode == "refuse" ? Mode::kRefuse
              : mode == "log"  ? Mode::kLog
                               : Mode::kAllow,
              std::memory_order_relaxed);
}

base::Status LazyLoads::note(const Log& log, const schema::Model& model,
                             const schema::Relation& relation) {
  const std::string name = model.name + '.' + relation.name;
  const Mode mode = mode_.load(std::memory_order_relaxed);
  if (mode == Mode::kRefuse)
    return base::fail(
        base::Error(base::Code::kUnsupported,
                    fmt::format("lazy load of '{}': refused, expected it to be included", name))
            .model(model.name)
            .field(relation.name));
  int64_t count = 0;
  {
    const std::lock_guard lock(mutex_);
    count = ++counts_[name];
  }
  if (mode != Mode::kLog || !log.wants(Level::kWarn)) return {};
  std::string line;
  text::JsonWriter w(line);
  w.begin_object();
  w.key("level");
  w.string("warn");
  w.key("event");
  w.string("lazy_load");
  w.key("model");
  w.string(model.name);
  w.key("relation");
  w.string(relation.name);
  w.key("count");
  w.integer(count);
  w.end_object();
  log.write(Level::kWarn, line);
  return {};
}

void LazyLoads::print(text::JsonWriter& w) const {
  const std::lock_guard lock(mutex_);
  w.begin_object();
  for (const auto& [name, count] : counts_) {
    w.key(name);
    w.integer(count);
  }
  w.end_object();
}

}  // namespace thing::store
