#include "capi/guard.h"

#include <cstring>

#include "store/hooked.h"
#include "text/json.h"

namespace thing::capi {

thing_status give_error(base::Error&& error, thing_error** err) noexcept {
  const auto status = static_cast<thing_status>(error.code());
  if (err == nullptr) return status;
  auto* e = new (std::nothrow) thing_error;
  if (e == nullptr) {
    *err = no_memory_error();
    return status;
  }
  e->error = std::move(error);
  *err = e;
  return status;
}

// The error that needs no memory; thing_error_free lets it be.
thing_error* no_memory_error() noexcept {
  static thing_error error;
  return &error;
}

base::Result<std::string_view> bytes_of(const char* p, int64_t len, std::string_view name) {
  if (len < -1) return base::fail(Code::kRange, "length of '{}' is {}, expected -1 or more", name, len);
  if (p == nullptr) {
    if (len == 0) return std::string_view();
    return base::fail(Code::kInvalid, "'{}' is NULL, expected a pointer", name);
  }
  if (len > (int64_t{1} << 40)) return base::fail(Code::kRange, "length of '{}' is {}, expected at most 2^40", name, len);
  return std::string_view(p, len < 0 ? std::strlen(p) : static_cast<size_t>(len));
}

base::Result<std::string_view> text_of(const char* p, int64_t len, std::string_view name) {
  auto text = bytes_of(p, len, name);
  if (text && !base::is_utf8(*text)) return base::fail(Code::kInvalid, "'{}' is {}, expected valid UTF-8", name, base::quoted(*text));
  return text;
}

base::Status check_field(const thing_model* m, int32_t field) {
  if (field >= 0 && field < static_cast<int32_t>(m->model->columns())) return {};
  return base::fail(base::Error(Code::kInvalid, fmt::format("found field {}, expected 0 to {}", field, m->model->columns() - 1)).model(m->model->name));
}

base::Status check_flags(int32_t flags, int32_t allowed, std::string_view name) {
  if ((flags & ~allowed) == 0) return {};
  return base::fail(Code::kInvalid, "'{}' is {:#x}, expected bits of {:#x}", name, static_cast<uint32_t>(flags), static_cast<uint32_t>(allowed));
}

base::Result<value::BatchRef> check_batch(const value::Layout& layout, const uint8_t* packed, int64_t len) {
  if (len < 0) return base::fail(Code::kRange, "length of 'packed' is {}, expected 0 or more", len);
  THING_ASSIGN(const std::string_view bytes, bytes_of(reinterpret_cast<const char*>(packed), len, "packed"));
  value::BatchRef batch = value::BatchRef::copy(packed, bytes.size());
  THING_TRY(value::check_packed({batch->bytes(), batch->size()}, layout));
  for (uint32_t c = 0; c < layout.columns(); ++c) {
    if (layout.types[c] != value::Type::kJson) continue;
    for (uint32_t r = 0; r < batch->rows(); ++r) {
      const value::RowView row = batch->row(r);
      if (row.has(c) && !text::is_json(row.bytes(c))) return base::fail(Code::kInvalid, "packed batch: row {}, column {}: found {}, expected JSON", r, c, base::quoted(row.bytes(c)));
    }
  }
  return batch;
}

base::Status check_count(const void* array, int64_t n, int64_t most, std::string_view name) {
  if (n < 0 || n > most) return base::fail(Code::kRange, "number of '{}' is {}, expected 0 to {}", name, n, most);
  if (n > 0) THING_TRY(need(array, name));
  return {};
}

Caller::~Caller() {
  if (inside_ != nullptr) leave_transaction(db_, inside_);
  if (held_) db_->release();
}

base::Status Caller::enter() {
  db_->hold();
  held_ = true;
  if (!db_->is_open()) return base::fail(Code::kClosed, "the database is closed");
  if (ctx_ == nullptr) return {};
  if (ctx_->db != db_) return base::fail(Code::kInvalid, "the ctx belongs to another database");
  call_.control = &ctx_->control;
  call_.flags = ctx_->flags;
  call_.tag = ctx_->tag;
  call_.context = ctx_;
  return ctx_->tx == nullptr ? base::Status() : enter_transaction();
}

base::Status Caller::enter_transaction() {
  const std::shared_ptr<TxRoot>& root = ctx_->tx->root;
  if (!root->door.enter()) return base::fail(Code::kBusy, "the transaction is in use by another thread");
  inside_ = root;
  if (!ctx_->tx->is_open()) return base::fail(Code::kClosed, "the transaction is over");
  call_.tx = root->tx.get();
  return {};
}

void leave_transaction(thing_db* db, const std::shared_ptr<TxRoot>& root) noexcept {
  if (!root->door.leave() || !db->closed.load()) return;
  // Closed while the call ran: whoever enters now gives the connection back, here or in thing_close.
  if (!root->door.enter()) return;
  if (root->is_open()) (void)root->tx->rollback(store::Call{});
  root->door.leave();
}

thing_buf* make_buf(std::string&& text) {
  auto* b = new thing_buf;
  b->text = std::move(text);
  return b;
}

thing_buf* make_buf(entity::Output& out) {
  auto* b = new thing_buf;
  b->size = out.text().size();
  b->block = out.release();
  return b;
}

thing_rows* make_rows(thing_db* db, const thing_model* m, store::RowSet&& set) {
  auto rows = std::make_unique<thing_rows>();
  rows->db = db;
  rows->handle = m;
  rows->set = std::move(set);
  if (rows->set.raw != nullptr) rows->raw_printer = std::make_unique<entity::RowPrinter>(*rows->set.raw);
  db->hold();
  return rows.release();
}

void loaded(thing_obj* o, thing_ctx* ctx) noexcept {
  store::Store& store = *o->handle->db->store;
  if (!store.hooks().listens(entity::kAfterLoad) || (ctx != nullptr && (ctx->flags & THING_CTX_NO_HOOKS) != 0)) return;
  store::Call call;
  call.context = ctx;
  store::run_after(store, call, entity::kAfterLoad, *o);
}

}  // namespace thing::capi

thing_obj* thing_obj::make(const thing_model* m, uint64_t row_bytes) {
  void* memory = ::operator new(sizeof(thing_obj) + row_bytes);
  return new (memory) thing_obj(m);
}

void thing_obj::destroy(thing_obj* o) {
  o->~thing_obj();
  ::operator delete(o);
}

thing_obj::~thing_obj() {
  if (before != nullptr) destroy(before);
}
