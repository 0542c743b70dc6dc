// The packed batches of this folder, made from docs/reference/pack.md by a program that shares
// nothing with the library, are what the library reads and writes.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "handles.h"

namespace trial {
namespace {

std::string contents(const std::string& file) {
  const char* folder = std::getenv("THING_VECTORS");
  std::ifstream in(std::filesystem::path(folder != nullptr ? folder : ".") / file,
                   std::ios::binary);
  if (!in) throw Wrong("there is no " + file + " in $THING_VECTORS");
  std::stringstream all;
  all << in.rdbuf();
  return all.str();
}

std::vector<uint8_t> bytes_of(const std::string& name) {
  std::string hex = contents(name + ".hex");
  std::erase(hex, '\n');
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return bytes;
}

std::string hex_of(const uint8_t* bytes, int64_t size) {
  std::ostringstream out;
  for (int64_t i = 0; i < size; i++) {
    out << "0123456789abcdef"[bytes[i] >> 4] << "0123456789abcdef"[bytes[i] & 15];
    if (i % 32 == 31 || i == size - 1) out << '\n';
  }
  return out.str();
}

// A file holds one row a line.
std::vector<std::string> rows_of(const std::string& name) {
  std::istringstream in(contents(name + ".json"));
  std::vector<std::string> rows;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.back() == ',') line.pop_back();
    if (line.starts_with("{")) rows.push_back(line);
  }
  return rows;
}

std::string joined(const std::vector<std::string>& rows) {
  std::string all;
  for (const std::string& row : rows) all += (all.empty() ? "[" : ",") + row;
  return all.empty() ? "[]" : all + "]";
}

class Vectors : public testing::TestWithParam<std::string> {
 protected:
  Vectors() {
    const std::string models = contents("models.json");
    must("thing_model_register", thing_model_register, db_.get(), models.data(), length(models));
    must("thing_schema_sync", thing_schema_sync, db_.get(), static_cast<thing_ctx*>(nullptr));
  }
  const thing_model* model() const {
    return model_of(db_, GetParam().substr(0, GetParam().find('-')).c_str());
  }

  Db db_ = open("sqlite::memory:");
};

class OneRow : public Vectors {};
class Batches : public Vectors {};

TEST_P(OneRow, IsReadAsItsJson) {
  const std::vector<uint8_t> bytes = bytes_of(GetParam());
  const Obj obj(thing_obj_new(model()));
  must("thing_obj_assign_packed", thing_obj_assign_packed, obj.get(), bytes.data(),
       static_cast<int64_t>(bytes.size()));
  Buf json;
  must("thing_obj_json", thing_obj_json, obj.get(), static_cast<int32_t>(THING_JSON_HIDDEN),
       json.out());
  EXPECT_EQ(text_of(json), rows_of(GetParam()).at(0));
}

TEST_P(OneRow, IsWrittenFromItsJson) {
  const Obj obj(thing_obj_new(model()));
  const std::string row = rows_of(GetParam()).at(0);
  must("thing_obj_assign_json", thing_obj_assign_json, obj.get(), row.data(), length(row));
  Buf packed;
  must("thing_obj_pack", thing_obj_pack, obj.get(), packed.out());
  EXPECT_EQ(hex_of(thing_buf_data(packed), thing_buf_len(packed)), contents(GetParam() + ".hex"));
}

TEST_P(OneRow, CutAnywhereIsRefused) {
  const std::vector<uint8_t> bytes = bytes_of(GetParam());
  for (size_t size = 0; size < bytes.size() - 8; size++) {
    const std::vector<uint8_t> cut(bytes.begin(),
                                   bytes.begin() + static_cast<std::ptrdiff_t>(size));
    const Obj obj(thing_obj_new(model()));
    const Outcome outcome =
        call(thing_obj_assign_packed, obj.get(), cut.data(), static_cast<int64_t>(size));
    ASSERT_TRUE(outcome.failed()) << "of " << bytes.size() << " bytes, " << size << " are enough";
    ASSERT_NE(outcome.status, THING_E_INTERNAL) << outcome.message;
    ASSERT_FALSE(thing_obj_dirty(obj, -1));
  }
}

TEST_P(Batches, AreSavedAndReadBack) {
  const std::vector<uint8_t> bytes = bytes_of(GetParam());
  must("thing_save_packed", thing_save_packed, db_.get(), static_cast<thing_ctx*>(nullptr), model(),
       bytes.data(), static_cast<int64_t>(bytes.size()), static_cast<int64_t*>(nullptr),
       int64_t{0});
  Rows rows;
  must("thing_query", thing_query, db_.get(), static_cast<thing_ctx*>(nullptr), model(), "{}",
       int64_t{-1}, rows.out());
  Buf json;
  must("thing_rows_json", thing_rows_json, rows.get(), static_cast<int32_t>(THING_JSON_HIDDEN),
       json.out());
  EXPECT_EQ(text_of(json), joined(rows_of(GetParam())));
  int64_t size = 0;
  const uint8_t* packed = thing_rows_packed(rows, &size);
  EXPECT_EQ(hex_of(packed, size), contents(GetParam() + ".hex"));
}

std::string name(const testing::TestParamInfo<std::string>& vector) {
  std::string text = vector.param;
  std::replace(text.begin(), text.end(), '-', '_');
  return text;
}

INSTANTIATE_TEST_SUITE_P(Packed, OneRow,
                         testing::Values("AllTypes-full", "AllTypes-nulls", "AllTypes-empty",
                                         "AllTypes-unicode", "AllTypes-largest",
                                         "AllTypes-smallest", "AllTypes-absent", "Wide-mixed",
                                         "Wide-absent", "Lists-full"),
                         name);
INSTANTIATE_TEST_SUITE_P(Packed, Batches,
                         testing::Values("AllTypes-rows", "AllTypes-none", "AllTypes-full",
                                         "AllTypes-largest", "AllTypes-smallest", "Wide-mixed",
                                         "Lists-full", "Lists-rows"),
                         name);

}  // namespace
}  // namespace trial
