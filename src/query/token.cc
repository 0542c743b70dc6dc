// The token of a page, before base64url:
//   u8 version 1 | u64 model hash | u64 hash of the order | values (Encoder) |
//   u32 checksum of all before
// The checksum tells damage and foreign text from tokens; it is no secret: a token holds only what
// the row showed.
#include <algorithm>
#include <cstring>

#include "base/hash.h"
#include "base/time.h"
#include "base/utf8.h"
#include "query/criteria.h"
#include "query/encode.h"
#include "text/names.h"

namespace thing::query {

using base::Code;
using base::fail;
using value::Type;
using value::Value;

namespace {

constexpr size_t kHeader = 1 + 8 + 8;
constexpr size_t kChecksum = 4;

uint64_t order_hash(const std::vector<Order>& order) {
  std::string text;
  for (const Order& o : order)
    text += fmt::format("{},{},{};", o.field, o.descending, o.nulls_first);
  return base::hash64(text.data(), text.size());
}

uint32_t checksum(std::string_view bytes) {
  return static_cast<uint32_t>(base::hash64(bytes.data(), bytes.size(), 0x74686e67));
}

tl::unexpected<base::Error> bad(const schema::Model& model, std::string_view token,
                                std::string_view expected) {
  return fail(base::Error(Code::kInvalid, fmt::format("after: found {}, expected {}",
                                                      base::quoted(token), expected))
                  .model(model.name));
}

// The bytes of a whole token of this model.
base::Result<std::string> decode(const schema::Model& model, std::string_view token) {
  std::string plain(token), bytes;
  if (token.find_first_of("+/=") != token.npos)
    return bad(model, token, "a token that thing_rows_next gave");
  std::replace(plain.begin(), plain.end(), '-', '+');
  std::replace(plain.begin(), plain.end(), '_', '/');
  uint32_t sum = 0;
  if (!text::parse_base64(plain, bytes) || bytes.size() < kHeader + kChecksum)
    return bad(model, token, "a token that thing_rows_next gave");
  std::memcpy(&sum, bytes.data() + bytes.size() - kChecksum, kChecksum);
  bytes.resize(bytes.size() - kChecksum);
  if (sum != checksum(bytes) || bytes[0] != 1)
    return bad(model, token, "a token that thing_rows_next gave");
  uint64_t hash = 0;
  std::memcpy(&hash, bytes.data() + 1, 8);
  if (hash != model.layout.hash) return bad(model, token, "a token of this model");
  return bytes;
}

// Reads one value written by Encoder; false when the bytes do not fit the type.
bool read_value(std::string_view& bytes, Type type, Value& out) {
  if (bytes.empty()) return false;
  const auto found = static_cast<Type>(bytes[0]);
  bytes.remove_prefix(1);
  if (found == Type::kNull) return true;
  uint64_t word = 0;
  if (found != type || bytes.size() < 8) return false;
  std::memcpy(&word, bytes.data(), 8);
  bytes.remove_prefix(8);
  base::Result<Value> v = Value();
  if (value::is_heap_slot(type)) {
    if (word > bytes.size()) return false;
    const std::string_view text = bytes.substr(0, word);
    bytes.remove_prefix(word);
    if (type == Type::kUuid && text.size() != 16) return false;
    v = value::from_text(type, text);
  } else if (value::is_float_slot(type)) {
    double d;
    std::memcpy(&d, &word, 8);
    v = value::from_double(type, d);
  } else {
    v = value::from_int64(type, static_cast<int64_t>(word));
  }
  if (!v) return false;
  out = std::move(*v);
  return true;
}

}  // namespace

base::Status check_token(const schema::Model& model, std::string_view token) {
  auto bytes = decode(model, token);
  if (!bytes) return fail(std::move(bytes.error()));
  return {};
}

base::Result<Keyset> parse_token(const schema::Model& model, const std::vector<Order>& order,
                                 std::string_view token) {
  THING_ASSIGN(const std::string bytes, decode(model, token));
  uint64_t hash = 0;
  std::memcpy(&hash, bytes.data() + 9, 8);
  if (hash != order_hash(order)) return bad(model, token, "a token of a query with this order");
  std::string_view rest = std::string_view(bytes).substr(kHeader);
  Keyset keyset;
  for (const Order& o : order) {
    Value v;
    if (!read_value(rest, model.fields[o.field].type, v))
      return bad(model, token, "a token that thing_rows_next gave");
    keyset.values.push_back(std::move(v));
  }
  if (!rest.empty()) return bad(model, token, "a token that thing_rows_next gave");
  return keyset;
}

std::string print_token(const schema::Model& model, const std::vector<Order>& order,
                        const Keyset& keyset) {
  Encoder bytes;
  bytes.add_byte(1);
  bytes.add_word(model.layout.hash);
  bytes.add_word(order_hash(order));
  for (const Value& v : keyset.values) bytes.add(v.view());
  const uint32_t sum = checksum(bytes.text());
  std::string token =
      text::base64(bytes.text() + std::string(reinterpret_cast<const char*>(&sum), kChecksum));
  while (token.ends_with('=')) token.pop_back();
  std::replace(token.begin(), token.end(), '+', '-');
  std::replace(token.begin(), token.end(), '/', '_');
  return token;
}

}  // namespace thing::query
