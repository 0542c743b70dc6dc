#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "cache/redis/pool.h"
#include "cache/shared/wire.h"

namespace thing::cache::redis {

// Wires of the shared cache over the links of a pool.
class Wires final : public shared::Wires {
 public:
  // `space`: of the database; tells its keys from those of others in this Redis.
  Wires(Config config, std::string_view space, shared::Greet greet = nullptr);
  base::Result<std::unique_ptr<shared::Wire>> take(bool must) override;
  // What the keys begin with, but for the run of the server.
  static std::string full_space(const Config& config, std::string_view space);
  PoolStats stats() const { return pool_.stats(); }
  void renew() noexcept override { pool_.renew(); }
  std::string weakness() const override;
  // What the server said of itself when the last link was made; empty before the first.
  Facts facts() const;

 private:
  const std::string space_;
  const shared::Greet greet_;
  mutable std::mutex mutex_;
  Facts facts_;
  LinkPool pool_;
};

}  // namespace thing::cache::redis
