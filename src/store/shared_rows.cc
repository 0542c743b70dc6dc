#include "store/shared_rows.h"

#include <chrono>
#include <thread>

#include "base/faults.h"

namespace thing::store {

using cache::shared::Look;
using cache::shared::Seen;

namespace {

// Between looks at a row that another process is about to fill. After them the database is asked.
constexpr std::chrono::milliseconds kPauses[] = {
    std::chrono::milliseconds(1), std::chrono::milliseconds(4), std::chrono::milliseconds(15)};

}  // namespace

SharedRows::SharedRows(Store& store, const Call& call, ModelState& model,
                       std::vector<std::string> cells)
    : store_(store), call_(call), model_(model), cells_(std::move(cells)) {}

void SharedRows::find(const cache::shared::Under* under, std::span<const std::string> known) {
  look_ = store_.shared()->cache().find(*model_.shared->table(), cells_, model_.shared->fingerprint,
                                        under, known);
  check();
  base::reach("read.found");
}

void SharedRows::lease() {
  if (base::is_removed("lease.before_read")) {  // it is taken by fill() then
    for (Look::Row& row : look_.rows) {
      if (row.seen == Seen::kNothing) row.seen = Seen::kLeased;
    }
    return;
  }
  const auto take = [this] {
    look_.met.clear();
    look_.is_awaited = false;
    store_.shared()->cache().lease(*model_.shared->table(), cells_, model_.shared->fingerprint,
                                   look_);
    check();
  };
  take();
  for (const auto pause : kPauses) {
    if (!look_.is_awaited) break;
    if (call_.control != nullptr && call_.control->state() != base::Code::kOk) break;
    std::this_thread::sleep_for(pause);
    take();
  }
  store_.shared()->settle(call_, model_, look_.met);
  base::reach("read.leased");
}

// Bytes of others are not trusted: what is no row of this model was not seen.
void SharedRows::check() {
  for (Look::Row& row : look_.rows) {
    if (row.seen != Seen::kRow) continue;
    const auto* const bytes = reinterpret_cast<const uint8_t*>(row.row.data());
    if (!value::check_packed({bytes, row.row.size()}, model_.model.layout))
      row.seen = Seen::kNothing;
  }
}

bool SharedRows::fill(std::span<const std::optional<std::string_view>> rows) {
  std::vector<std::string> cells;
  std::vector<std::optional<std::string_view>> values;
  if (!rows.empty()) base::reach("read.loaded");
  if (base::is_removed("lease.before_read")) {
    for (Look::Row& row : look_.rows) {
      if (row.seen == Seen::kLeased) row.seen = Seen::kNothing;
    }
    store_.shared()->cache().lease(*model_.shared->table(), cells_, model_.shared->fingerprint,
                                   look_);
  }
  for (size_t i = 0; i < cells_.size(); ++i) {
    if (look_.rows[i].seen != Seen::kLeased) continue;
    look_.rows[i].seen = Seen::kNothing;
    cells.push_back(cells_[i]);
    values.push_back(i < rows.size() ? rows[i] : std::nullopt);
  }
  if (cells.empty()) return false;
  const bool all = store_.shared()->cache().fill(*model_.shared->table(), look_, cells,
                                                 model_.shared->fingerprint, values);
  if (!rows.empty()) base::reach("read.filled");
  return all;
}

// Others would wait for them.
SharedRows::~SharedRows() {
  try {
    fill({});
  } catch (const std::bad_alloc&) {  // they end by themselves
  }
}

}  // namespace thing::store
