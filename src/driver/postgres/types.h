#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <libpq-fe.h>

#include "value/type.h"

namespace thing::driver::postgres {

// How a type of the database looks on the wire.
enum class Kind : uint8_t {
  kOther,  // nothing that libthing reads
  kBool,
  kInt2,
  kInt4,
  kInt8,
  kOid,
  kFloat4,
  kFloat8,
  kNumeric,
  kText,  // and what has the wire form of text: enums, citext, names
  kBytes,
  kTimestamptz,
  kTimestamp,
  kDate,
  kTime,
  kUuid,
  kJson,
  kJsonb,
  kVoid,
  kArray,
};

struct PgType {
  Oid oid = 0;
  Kind kind = Kind::kOther;
  std::string_view name;
  Oid element = 0;  // of an array
};

// The types that a session met. Those of the server itself are known; others are looked up once.
class Types {
 public:
  const PgType* find(Oid oid) const;  // nullptr: not known yet
  const PgType& get(Oid oid) const;   // without a name when not known
  void learn(Oid oid, Kind kind, std::string name, Oid element);

 private:
  struct Learned {
    std::string name;
    PgType type;
  };
  std::map<Oid, Learned> learned_;  // whose entries stay where they are
};

// Gives for an array of types (as text, "{17,18}"): the type, its name, the type that a domain is
// of, whether it has the form of text, the element of an array and whether that has.
extern const char* const kLookUpTypes;

// The type of libthing that a value of this kind is.
value::Type natural_type(Kind kind);

}  // namespace thing::driver::postgres
