// Packed batches: results read without the library, batches written without it, and batches that
// lie.
#include "packed.h"

#include "support.h"

namespace conformance {
namespace {

class Packed : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(R"({"name": "Part", "fields": {
      "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
      "name": "text", "ok": "bool?", "weight": "float?", "price": "decimal?", "raw": "bytes?", "at": "datetime?", "day": "date?",
      "hour": "time?", "key": "uuid?", "doc": "json?", "kind": {"type": "enum", "values": ["a", "b"], "null": true},
      "count": {"type": "int", "default": 3}}})");
    part_ = db_.model("Part");
  }

  enum Column : uint32_t {
    kId,
    kName,
    kOk,
    kWeight,
    kPrice,
    kRaw,
    kAt,
    kDay,
    kHour,
    kKey,
    kDoc,
    kKind,
    kCount,
    kColumns
  };

  static const uint8_t* bytes(const std::string& batch) {
    return reinterpret_cast<const uint8_t*>(batch.data());
  }
  PackWriter writer(bool has_absent = false) const {
    return {thing_model_hash(part_), kColumns, has_absent};
  }
  Outcome save(const std::string& batch, std::vector<int64_t>* ids = nullptr) {
    return call(thing_save_packed, db_, nullptr, part_, bytes(batch),
                static_cast<int64_t>(batch.size()), ids != nullptr ? ids->data() : nullptr,
                ids != nullptr ? static_cast<int64_t>(ids->size()) : 0);
  }
  static PackReader reader(const Rows& rows) {
    int64_t len = 0;
    const uint8_t* packed = thing_rows_packed(rows, &len);
    return {packed, len};
  }
  int64_t insert_full() {
    return insert(
        db_, part_,
        R"({"name": "bolt", "ok": true, "weight": 1.5, "price": "12.50", "raw": "AAH/", "at": "1969-12-31T23:59:59.5Z",
      "day": "1969-12-31", "hour": "00:00:01", "key": "0001fe0f-1020-3040-8050-60708090a0ff", "doc": {"a": [1]}, "kind": "b"})");
  }
  void expect_full(const PackReader& r, uint32_t row) {
    EXPECT_EQ(r.bytes(row, kName), "bolt");
    EXPECT_EQ(r.integer(row, kOk), 1);
    EXPECT_EQ(r.real(row, kWeight), 1.5);
    EXPECT_EQ(r.bytes(row, kPrice), "12.50");
    EXPECT_EQ(r.bytes(row, kRaw), std::string("\0\1\xff", 3));
    EXPECT_EQ(r.integer(row, kAt), -500000);
    EXPECT_EQ(r.integer(row, kDay), -1);
    EXPECT_EQ(r.integer(row, kHour), 1000000);
    EXPECT_EQ(r.bytes(row, kKey),
              std::string("\x00\x01\xfe\x0f\x10\x20\x30\x40\x80\x50\x60\x70\x80\x90\xa0\xff", 16));
    EXPECT_EQ(canonical(r.bytes(row, kDoc)), R"({"a":[1]})");
    EXPECT_EQ(r.bytes(row, kKind), "b");
    EXPECT_EQ(r.integer(row, kCount), 3);
  }

  const thing_model* part_ = nullptr;
};
FOR_SETUPS(Packed, kEverywhere);

TEST_P(Packed, ResultsReadAsTheReferenceSays) {
  insert_full();
  insert(db_, part_, R"({"name": ""})");
  for (int again = 0; again < 2; ++again) {
    Rows rows = query(db_, part_, "{}");
    const PackReader r = reader(rows);
    ASSERT_TRUE(r.is_valid());
    ASSERT_EQ(r.rows(), 2U);
    ASSERT_EQ(r.columns(), kColumns);
    EXPECT_EQ(r.model_hash(), thing_model_hash(part_));
    EXPECT_EQ(r.integer(1, kId), 2);
    expect_full(r, 0);
    EXPECT_EQ(r.bytes(1, kName), "");
    for (uint32_t c = kOk; c < kCount; ++c) {
      EXPECT_TRUE(r.is_null(1, c)) << c;
      EXPECT_EQ(r.integer(1, c), 0) << "a NULL has a zero slot: " << c;
    }
  }
}

TEST_P(Packed, SelectionsHaveAbsentColumns) {
  insert_full();
  Rows rows = query(db_, part_, R"({"select": ["name", "ok"]})");
  const PackReader r = reader(rows);
  ASSERT_TRUE(r.is_valid());
  ASSERT_EQ(r.columns(), kColumns);
  EXPECT_TRUE(r.has_absent());
  for (uint32_t c = 0; c < kColumns; ++c) EXPECT_EQ(r.is_absent(0, c), c > kOk) << c;
  EXPECT_EQ(r.bytes(0, kName), "bolt");
}

TEST_P(Packed, EmptyResultsAreABatchToo) {
  Rows rows = query(db_, part_, "{}");
  const PackReader r = reader(rows);
  EXPECT_TRUE(r.is_valid());
  EXPECT_EQ(r.rows(), 0U);
}

TEST_P(Packed, RowsGoThroughTheCallersBuffer) {
  const int64_t id = insert_full();
  int64_t need = -1;
  EXPECT_STATUS(THING_MORE, call(thing_by_id_packed, db_, nullptr, part_, id, nullptr, 0, &need));
  ASSERT_GT(need, 64);
  std::vector<uint8_t> buffer(static_cast<size_t>(need), 0xAA);
  int64_t again = -1;
  EXPECT_STATUS(THING_MORE,
                call(thing_by_id_packed, db_, nullptr, part_, id, buffer.data(), need - 1, &again));
  EXPECT_EQ(again, need);
  EXPECT_EQ(buffer[0], 0xAA) << "nothing may be written";
  ASSERT_OK(call(thing_by_id_packed, db_, nullptr, part_, id, buffer.data(), need, &again));
  const PackReader r(buffer.data(), need);
  ASSERT_TRUE(r.is_valid());
  expect_full(r, 0);
  EXPECT_STATUS(THING_NOT_FOUND,
                call(thing_by_id_packed, db_, nullptr, part_, id + 1, buffer.data(), need, &again));
}

TEST_P(Packed, ObjectsPackTheirPresentValues) {
  Obj obj = find(db_, part_, insert_full());
  ASSERT_OK(obj.set("name", "nut"));
  ASSERT_OK(obj.set_null("ok"));
  Buf buf;
  ASSERT_OK(call(thing_obj_pack, obj, buf.out()));
  const PackReader r(buf.text());
  ASSERT_TRUE(r.is_valid());
  EXPECT_EQ(r.bytes(0, kName), "nut");
  EXPECT_TRUE(r.is_null(0, kOk));
  EXPECT_EQ(r.real(0, kWeight), 1.5);
}

TEST_P(Packed, ObjectsTakeWhatARowHolds) {
  Obj obj = find(db_, part_, insert_full());
  const std::string batch = writer(true).row().bytes(kName, "nut").null(kOk).finish();
  ASSERT_OK(call(thing_obj_assign_packed, obj, bytes(batch), static_cast<int64_t>(batch.size())));
  EXPECT_EQ(obj.changes(), R"({"name":["bolt","nut"],"ok":[true,null]})");
  ASSERT_OK(call(thing_save, db_, nullptr, obj));
  EXPECT_EQ(read_text(db_, part_, obj.id(), "name"), "nut");
}

TEST_P(Packed, RowsThatWereKeptAreObjectsAsTheyWereLoaded) {
  Obj obj = find(db_, part_, insert_full());
  Buf kept;
  ASSERT_OK(call(thing_obj_pack, obj, kept.out()));
  ASSERT_OK(obj.set("name", "nut"));
  ASSERT_OK(call(thing_save, db_, nullptr, obj));
  Obj again;
  ASSERT_OK(call(thing_obj_unpack, part_, bytes(kept.text()),
                 static_cast<int64_t>(kept.text().size()), again.out()));
  EXPECT_EQ(thing_obj_state(again), 0);
  EXPECT_EQ(again.id(), obj.id());
  EXPECT_EQ(again.changes(), "{}");
  ASSERT_OK(again.set_null("ok"));
  EXPECT_EQ(again.changes(), R"({"ok":[true,null]})");
  ASSERT_OK(call(thing_save, db_, nullptr, again));
  EXPECT_EQ(read_text(db_, part_, obj.id(), "name"), "nut") << "only what changed is written";
  ASSERT_OK(call(thing_delete, db_, nullptr, again, THING_DELETE_DEFAULT));
  EXPECT_EQ(counted(db_, part_, "{}"), 0);
}

TEST_P(Packed, ARowWithoutKeyIsNoObject) {
  thing_obj* out = nullptr;
  const std::string batch = writer(true).row().bytes(kName, "nut").finish();
  EXPECT_STATUS(THING_E_INVALID, call(thing_obj_unpack, part_, bytes(batch),
                                      static_cast<int64_t>(batch.size()), &out));
  EXPECT_EQ(out, nullptr);
  const std::string none = writer(true).finish();
  EXPECT_STATUS(THING_E_INVALID, call(thing_obj_unpack, part_, bytes(none),
                                      static_cast<int64_t>(none.size()), &out));
}

TEST_P(Packed, ObjectsRefuseRowsOfAnotherModel) {
  Obj obj(thing_obj_new(part_));
  const std::string batch =
      PackWriter(thing_model_hash(part_) + 1, kColumns).row().bytes(kName, "x").finish();
  EXPECT_STATUS(THING_E_INVALID, call(thing_obj_assign_packed, obj, bytes(batch),
                                      static_cast<int64_t>(batch.size())));
  EXPECT_STATUS(THING_E_INVALID, save(batch));
}

TEST_P(Packed, BatchesAreInsertedInOrder) {
  PackWriter w = writer(true);
  for (int i = 0; i < 1000; ++i) w.row().bytes(kName, "p" + std::to_string(i)).integer(kCount, i);
  std::vector<int64_t> ids(1000);
  const int64_t sql = db_.sql();
  ASSERT_OK(save(w.finish(), &ids));
  EXPECT_LT(db_.sql() - sql, 200) << "many rows a statement";
  for (size_t i = 0; i < ids.size(); ++i) ASSERT_EQ(ids[i], static_cast<int64_t>(i) + 1);
  EXPECT_EQ(read_text(db_, part_, 1000, "name"), "p999");
  EXPECT_EQ(find(db_, part_, 500).integer("count"), 499);
  EXPECT_EQ(counted(db_, part_, "{}"), 1000);
}

TEST_P(Packed, AbsentColumnsTakeTheirDefaultAndNullIsNull) {
  ASSERT_OK(save(writer(true)
                     .row()
                     .bytes(kName, "a")
                     .row()
                     .bytes(kName, "b")
                     .integer(kCount, 0)
                     .integer(kOk, 1)
                     .finish()));
  EXPECT_EQ(find(db_, part_, 1).integer("count"), 3);
  EXPECT_EQ(find(db_, part_, 2).integer("count"), 0);
  EXPECT_EQ(find(db_, part_, 1).state("ok"), THING_STATE_NULL);
  EXPECT_STATUS(THING_E_NOT_NULL, save(writer(true).row().bytes(kName, "c").null(kCount).finish()));
  EXPECT_STATUS(THING_E_NOT_NULL, save(writer(true).row().integer(kCount, 1).finish()));
}

TEST_P(Packed, ResultsMayBeSavedAgainElsewhere) {
  insert_full();
  Rows rows = query(db_, part_, "{}");
  Db other("sqlite::memory:");
  Buf document;
  ASSERT_OK(call(thing_model_json, part_, document.out()));
  other.define(document.text());
  int64_t len = 0;
  const uint8_t* packed = thing_rows_packed(rows, &len);
  ASSERT_OK(call(thing_save_packed, other, nullptr, other.model("Part"), packed, len, nullptr, 0));
  EXPECT_EQ(find(other, other.model("Part"), 1).json(), find(db_, part_, 1).json());
}

TEST_P(Packed, BatchesAreAllOrNone) {
  PackWriter w = writer(true);
  for (int i = 0; i < 500; ++i) w.row().integer(kId, i + 1).bytes(kName, "x");
  w.row().integer(kId, 77).bytes(kName, "twice");
  EXPECT_STATUS(THING_E_UNIQUE, save(w.finish()));
  EXPECT_EQ(counted(db_, part_, "{}"), 0);
}

TEST_P(Packed, TooFewPlacesForIdsAreNoHarm) {
  std::vector<int64_t> ids(1, -1);
  const Outcome outcome =
      save(writer(true).row().bytes(kName, "a").row().bytes(kName, "b").finish(), &ids);
  EXPECT_TRUE(fails_with(outcome, {THING_OK, THING_MORE, THING_E_RANGE, THING_E_INVALID}));
  const int64_t rows = counted(db_, part_, "{}");
  EXPECT_EQ(rows, outcome.status >= 0 ? 2 : 0);
}

TEST_P(Packed, AnEmptyBatchIsDone) { EXPECT_OK(save(writer().finish())); }

TEST_P(Packed, ValuesAreChecked) {
  const auto one = [&](auto&& set) {
    PackWriter w = writer(true);
    w.row().bytes(kName, "x");
    set(w);
    return save(w.finish());
  };
  const std::initializer_list<thing_status> kRefused = {
      THING_E_INVALID, THING_E_RANGE, THING_E_TYPE, THING_E_SYNTAX, THING_E_CHECK};
  EXPECT_TRUE(fails_with(one([](PackWriter& w) { w.integer(kOk, 2); }), kRefused));
  EXPECT_TRUE(fails_with(one([](PackWriter& w) { w.bytes(kName, "\xff"); }), kRefused));
  EXPECT_TRUE(fails_with(one([](PackWriter& w) { w.bytes(kPrice, "12,5"); }), kRefused));
  EXPECT_TRUE(fails_with(one([](PackWriter& w) { w.bytes(kKey, "short"); }), kRefused));
  EXPECT_TRUE(fails_with(one([](PackWriter& w) { w.bytes(kDoc, "{"); }), kRefused));
  EXPECT_TRUE(fails_with(one([](PackWriter& w) { w.bytes(kKind, "c"); }), kRefused));
  EXPECT_TRUE(fails_with(one([](PackWriter& w) { w.integer(kAt, INT64_MAX); }), kRefused));
  EXPECT_TRUE(fails_with(one([](PackWriter& w) { w.integer(kHour, -1); }), kRefused));
  EXPECT_TRUE(
      fails_with(one([](PackWriter& w) { w.integer(kWeight, 0x7ff0000000000000); }), kRefused));
  EXPECT_EQ(counted(db_, part_, "{}"), 0);
}

TEST_P(Packed, CutBatchesAreRefused) {
  const std::string whole = writer(true).row().bytes(kName, "abc").row().bytes(kName, "d").finish();
  for (size_t len = 0; len < whole.size(); ++len) {
    const std::string cut = whole.substr(0, len);
    ASSERT_STATUS(THING_E_INVALID, save(cut)) << len;
  }
  EXPECT_EQ(counted(db_, part_, "{}"), 0);
}

TEST_P(Packed, LyingHeadersAreRefused) {
  const std::string whole = writer(true).row().bytes(kName, "abc").finish();
  for (size_t at = 0; at < 48; ++at) {
    for (const int bit : {1, 3, 7}) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      ASSERT_TRUE(fails_with(save(changed), {THING_E_INVALID, THING_E_RANGE, THING_E_NOT_NULL}))
          << "byte " << at << " bit " << bit;
    }
  }
  EXPECT_EQ(counted(db_, part_, "{}"), 0);
}

TEST_P(Packed, FlippedBitsDoNoHarm) {
  Random random;
  PackWriter w = writer(true);
  w.row()
      .bytes(kName, "abc")
      .bytes(kPrice, "1.5")
      .bytes(kRaw, "xyz")
      .integer(kOk, 1)
      .row()
      .bytes(kName, "d")
      .bytes(kDoc, "[1]");
  const std::string whole = w.finish();
  for (int i = 0; i < repetitions(3000); ++i) {
    std::string changed = whole;
    for (int64_t k = random.below(3); k >= 0; --k) {
      const auto at = static_cast<size_t>(random.below(static_cast<int64_t>(whole.size())));
      changed[at] = static_cast<char>(changed[at] ^ (1 << random.below(8)));
    }
    Tx tx(db_);
    call(thing_save_packed, db_, tx.ctx(), part_, bytes(changed),
         static_cast<int64_t>(changed.size()), nullptr, 0);
    Obj obj(thing_obj_new(part_));
    call(thing_obj_assign_packed, obj, bytes(changed), static_cast<int64_t>(changed.size()));
  }
  EXPECT_EQ(counted(db_, part_, "{}"), 0);
}

TEST_P(Packed, MisalignedBytesAreTaken) {
  const std::string batch = "x" + writer(true).row().bytes(kName, "abc").finish();
  ASSERT_OK(call(thing_save_packed, db_, nullptr, part_, bytes(batch) + 1,
                 static_cast<int64_t>(batch.size()) - 1, nullptr, 0));
  EXPECT_EQ(read_text(db_, part_, 1, "name"), "abc");
}

}  // namespace
}  // namespace conformance
