#include "driver/postgres/types.h"

#include <algorithm>
#include <iterator>

namespace thing::driver::postgres {
namespace {

// Sorted by number; the numbers are the same in every server (pg_type.dat).
constexpr PgType kBuiltin[] = {
    {16, Kind::kBool, "boolean"},
    {17, Kind::kBytes, "bytea"},
    {18, Kind::kText, "\"char\""},
    {19, Kind::kText, "name"},
    {20, Kind::kInt8, "bigint"},
    {21, Kind::kInt2, "smallint"},
    {23, Kind::kInt4, "integer"},
    {25, Kind::kText, "text"},
    {26, Kind::kOid, "oid"},
    {114, Kind::kJson, "json"},
    {142, Kind::kText, "xml"},
    {700, Kind::kFloat4, "real"},
    {701, Kind::kFloat8, "double precision"},
    {705, Kind::kText, "unknown"},
    {1000, Kind::kArray, "boolean[]", 16},
    {1001, Kind::kArray, "bytea[]", 17},
    {1003, Kind::kArray, "name[]", 19},
    {1005, Kind::kArray, "smallint[]", 21},
    {1007, Kind::kArray, "integer[]", 23},
    {1009, Kind::kArray, "text[]", 25},
    {1014, Kind::kArray, "character[]", 1042},
    {1015, Kind::kArray, "character varying[]", 1043},
    {1016, Kind::kArray, "bigint[]", 20},
    {1021, Kind::kArray, "real[]", 700},
    {1022, Kind::kArray, "double precision[]", 701},
    {1028, Kind::kArray, "oid[]", 26},
    {1042, Kind::kText, "character"},
    {1043, Kind::kText, "character varying"},
    {1082, Kind::kDate, "date"},
    {1083, Kind::kTime, "time without time zone"},
    {1114, Kind::kTimestamp, "timestamp without time zone"},
    {1115, Kind::kArray, "timestamp without time zone[]", 1114},
    {1182, Kind::kArray, "date[]", 1082},
    {1183, Kind::kArray, "time without time zone[]", 1083},
    {1184, Kind::kTimestamptz, "timestamp with time zone"},
    {1185, Kind::kArray, "timestamp with time zone[]", 1184},
    {1231, Kind::kArray, "numeric[]", 1700},
    {1700, Kind::kNumeric, "numeric"},
    {2278, Kind::kVoid, "void"},
    {2950, Kind::kUuid, "uuid"},
    {2951, Kind::kArray, "uuid[]", 2950},
    {3802, Kind::kJsonb, "jsonb"},
};

}  // namespace

const char* const kLookUpTypes =
    "WITH RECURSIVE chain AS ("
    "SELECT t.oid AS asked, t.oid, t.typtype, t.typbasetype FROM pg_catalog.pg_type t "
    "WHERE t.oid = ANY($1::pg_catalog.oid[]) UNION ALL "
    "SELECT c.asked, t.oid, t.typtype, t.typbasetype FROM chain c "
    "JOIN pg_catalog.pg_type t ON c.typtype = 'd' AND t.oid = c.typbasetype) "
    "SELECT c.asked, pg_catalog.format_type(c.asked, NULL), b.oid, "
    "b.typtype = 'e' OR b.typname = 'citext', "
    "CASE WHEN b.typcategory = 'A' THEN b.typelem ELSE 0 END, "
    "pg_catalog.format_type(b.typelem, NULL), "
    "coalesce(e.typtype = 'e' OR e.typname = 'citext', false) "
    "FROM chain c JOIN pg_catalog.pg_type b ON b.oid = c.oid AND b.typtype <> 'd' "
    "LEFT JOIN pg_catalog.pg_type e ON e.oid = b.typelem";

const PgType* Types::find(Oid oid) const {
  const auto* known = std::lower_bound(std::begin(kBuiltin), std::end(kBuiltin), oid,
                                       [](const PgType& t, Oid o) { return t.oid < o; });
  if (known != std::end(kBuiltin) && known->oid == oid) return known;
  const auto learned = learned_.find(oid);
  return learned != learned_.end() ? &learned->second.type : nullptr;
}

const PgType& Types::get(Oid oid) const {
  static constexpr PgType kUnknown{0, Kind::kOther, "a type that is gone"};
  const PgType* found = find(oid);
  return found != nullptr ? *found : kUnknown;
}

void Types::learn(Oid oid, Kind kind, std::string name, Oid element) {
  if (find(oid) != nullptr) return;
  Learned& entry = learned_[oid];
  entry.name = std::move(name);
  entry.type = {oid, kind, entry.name, element};
}

value::Type natural_type(Kind kind) {
  switch (kind) {
    case Kind::kBool: return value::Type::kBool;
    case Kind::kInt2:
    case Kind::kInt4:
    case Kind::kInt8:
    case Kind::kOid: return value::Type::kInt;
    case Kind::kFloat4:
    case Kind::kFloat8: return value::Type::kFloat;
    case Kind::kNumeric: return value::Type::kDecimal;
    case Kind::kText: return value::Type::kText;
    case Kind::kBytes: return value::Type::kBytes;
    case Kind::kTimestamptz:
    case Kind::kTimestamp: return value::Type::kDatetime;
    case Kind::kDate: return value::Type::kDate;
    case Kind::kTime: return value::Type::kTime;
    case Kind::kUuid: return value::Type::kUuid;
    case Kind::kJson:
    case Kind::kJsonb: return value::Type::kJson;
    case Kind::kOther:
    case Kind::kVoid:
    case Kind::kArray: break;
  }
  return value::Type::kNull;
}

}  // namespace thing::driver::postgres
