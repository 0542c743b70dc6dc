#include "cache/shared/cell.h"

#include <cstring>

namespace thing::cache::shared {
namespace {

constexpr size_t kTokenEntry = Token::kBytes + 13;
constexpr size_t kMarkHead = 2;  // M, shared

// Numbers are written in one order of bytes: machines of both kinds may share a cache.
void append_number(std::string& out, uint64_t n, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(n >> shift);
}

uint64_t read_number(std::string_view bytes) {
  uint64_t n = 0;
  for (const char c : bytes) n = n << 8 | static_cast<uint8_t>(c);
  return n;
}

Cell read_value(std::string_view bytes) {
  constexpr size_t kHead = 1 + kNonce + 1 + kNonce;
  Cell cell;
  cell.kind = CellKind::kUnknown;
  if (bytes.size() < kHead) return cell;
  cell.table = bytes.substr(1, kNonce);
  const std::string_view second = bytes.substr(1 + kNonce + 1, kNonce);
  if (bytes[1 + kNonce] == 'r') {
    if (bytes.size() < kRowHead) return cell;
    cell.kind = CellKind::kRow;
    cell.fingerprint = second;
    cell.nonce = bytes.substr(kHead, kNonce);
    cell.row = bytes.substr(kRowHead);
  } else if (bytes[1 + kNonce] == 'a' && bytes.size() == kHead) {
    cell.kind = CellKind::kAbsent;
    cell.inserts = second;
  }
  return cell;
}

}  // namespace

std::string Token::bytes() const {
  std::string out;
  append_number(out, session, 8);
  append_number(out, sequence, 8);
  return out;
}

Token Token::read(std::string_view bytes) {
  return {read_number(bytes.substr(0, 8)), read_number(bytes.substr(8, 8))};
}

Cell Cell::read(std::optional<std::string_view> bytes) {
  Cell cell;
  if (!bytes.has_value()) return cell;
  cell.kind = CellKind::kUnknown;
  if (bytes->empty()) return cell;
  const bool is_nonce = bytes->size() == 1 + kNonce;
  switch (bytes->front()) {
    case 'L':
    case 'S':
      if (!is_nonce) return cell;
      cell.kind = bytes->front() == 'L' ? CellKind::kLease : CellKind::kStamp;
      cell.nonce = bytes->substr(1);
      return cell;
    case 'V': return read_value(*bytes);
    case 'M':
      if (bytes->size() < kMarkHead || (bytes->size() - kMarkHead) % kTokenEntry != 0) return cell;
      cell.kind = CellKind::kMark;
      cell.tokens = bytes->substr(kMarkHead);
      return cell;
    default: return cell;
  }
}

std::vector<Token> tokens_of(const Cell& mark) {
  std::vector<Token> out;
  for (size_t at = 0; at + kTokenEntry <= mark.tokens.size(); at += kTokenEntry)
    out.push_back(Token::read(mark.tokens.substr(at, Token::kBytes)));
  return out;
}

std::string row_value(std::string_view table, std::string_view fingerprint, std::string_view nonce,
                      std::string_view row) {
  std::string out;
  out.reserve(kRowHead + row.size());
  out += 'V';
  out += table;
  out += 'r';
  out += fingerprint;
  out += nonce;
  out += row;
  return out;
}

std::string absent_value(std::string_view table, std::string_view inserts) {
  std::string out = "V";
  out += table;
  out += 'a';
  out += inserts;
  return out;
}

// Q, stamps (1 byte), then each; bytes of the identity (4), identity, result.
std::optional<Entry> Entry::read(std::string_view bytes) {
  constexpr size_t kHead = 2, kLength = 4;
  if (bytes.size() < kHead || bytes[0] != 'Q') return std::nullopt;
  const size_t stamps = static_cast<uint8_t>(bytes[1]);
  if (bytes.size() < kHead + stamps * kNonce + kLength) return std::nullopt;
  Entry entry;
  bytes.remove_prefix(kHead);
  for (size_t i = 0; i < stamps; ++i) entry.stamps.push_back(bytes.substr(i * kNonce, kNonce));
  bytes.remove_prefix(stamps * kNonce);
  const uint64_t length = read_number(bytes.substr(0, kLength));
  bytes.remove_prefix(kLength);
  if (bytes.size() < length) return std::nullopt;
  entry.identity = bytes.substr(0, length);
  entry.result = bytes.substr(length);
  return entry;
}

std::string Entry::bytes() const {
  std::string out;
  out.reserve(6 + stamps.size() * kNonce + identity.size() + result.size());
  out += 'Q';
  out += static_cast<char>(stamps.size());
  for (const std::string_view stamp : stamps) out += stamp;
  append_number(out, identity.size(), 4);
  out += identity;
  out += result;
  return out;
}

}  // namespace thing::cache::shared
