#pragma once
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "schema/model.h"
#include "store/log.h"
#include "text/json.h"

namespace thing::store {

// How often relations of single objects were loaded: a page that loads them row by row shows here,
// and is refused where that is asked for. [S]
class LazyLoads {
 public:
  void set(std::string_view mode);  // "allow", "log", "refuse"
  // Before such a load. kUnsupported: refused.
  base::Status note(const Log& log, const schema::Model& model, const schema::Relation& relation);
  void print(text::JsonWriter& w) const;  // {"User.posts": 12}

 private:
  enum class Mode : uint8_t { kAllow, kLog, kRefuse };
  std::atomic<Mode> mode_{Mode::kAllow};
  mutable std::mutex mutex_;
  std::map<std::string, int64_t> counts_;
};

}  // namespace thing::store
