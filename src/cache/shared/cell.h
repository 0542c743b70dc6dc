#pragma once
// What the keys of the shared cache hold. Redis' scripts (scripts.cc) read and write the same
// bytes.
//
//   object cell   absent
//                 L nonce8                            somebody reads the row and may put it here
//                 V table8 r fingerprint8 nonce8 row  the row, as it was while the table's stamp
//                                                     was so; no other value has its nonce
//                 V table8 a inserts8                 the row is absent; also while that stamp is
//                 so M shared entry*                     commits under way that write the row
//   stamp cell    absent
//                 S nonce8                            nothing of its kind was written since it was
//                                                     made
//                 M shared entry*                     commits under way that write something of its
//                                                     kind
//                 S nonce8 w soft8 held2 entry* end   also: all lists that it is of are cut at or
//                                                     before `end` (hexadecimal digits; none: there
//                                                     is no list). Commits behind the end are in
//                                                     `held` entries, and let it stand. `soft`
//                                                     counts all there ever were.
//   last          nonce                               no commit of the table was over since it was
//                                                     made: rows that come with a list are put
//   copies        ms since                            how long copies of rows, lists and counts are
//                                                     used without asking, at most; since when that
//                                                     is known, by Redis' clock in milliseconds
//   entry         Q stamps identity result          a list or count, right while all its stamps are
//
//   entry of M    session8 sequence8 milliseconds13 one commit; the time is Redis' own
//   shared        '1': more than one commit was or is in the mark, or it was lost and made again
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thing::cache::shared {

inline constexpr size_t kNonce = 8;
std::string new_nonce();  // that no other has

// One commit under way: of a session of the database, which others can ask the database about.
struct Token {
  uint64_t session = 0;
  uint64_t sequence = 0;
  friend bool operator==(const Token&, const Token&) = default;
  friend auto operator<=>(const Token&, const Token&) = default;

  static constexpr size_t kBytes = 16;
  std::string bytes() const;
  static Token read(std::string_view bytes);  // of kBytes
};

enum class CellKind : uint8_t {
  kNone,     // no such key
  kLease,    // L
  kRow,      // V with a row
  kAbsent,   // V of a row that is not there
  kMark,     // M
  kStamp,    // S
  kUnknown,  // bytes of somebody else
};

// A cell as it was read. Views into the bytes it was read from.
struct Cell {
  CellKind kind = CellKind::kNone;
  std::string_view nonce;        // of a lease or stamp; of a row: no other value has it
  std::string_view table;        // stamp that the value was read under
  std::string_view inserts;      // of an absent row
  std::string_view fingerprint;  // of the row's layout
  std::string_view row;          // packed
  std::string_view tokens;       // entries of a mark, or held by a stamp
  std::string_view soft;         // of the stamp of lists that are cut: eight digits

  static Cell read(std::optional<std::string_view> bytes);
};

// The commits in a mark, or held by a stamp, oldest first.
std::vector<Token> tokens_of(const Cell& mark);

// The first bytes of a row's value; the row is what comes behind.
inline constexpr size_t kRowHead = 1 + kNonce + 1 + kNonce + kNonce;
std::string row_value(std::string_view table, std::string_view fingerprint, std::string_view nonce,
                      std::string_view row);
std::string absent_value(std::string_view table, std::string_view inserts);

// A list or count in the cache.
struct Entry {
  std::vector<std::string_view> stamps;
  std::string_view identity;
  std::string_view result;

  // nullopt: bytes of somebody else.
  static std::optional<Entry> read(std::string_view bytes);
  std::string bytes() const;
};

}  // namespace thing::cache::shared
