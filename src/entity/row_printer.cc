// Lists are printed here, so this writes into memory directly. Every member starts with a comma;
// the first one's becomes the opening brace at the end.
#include "entity/row_printer.h"

#include <charconv>
#include <cstring>

#include "base/time.h"
#include "base/uuid.h"
#include "text/json.h"
#include "text/names.h"

namespace thing::entity {
namespace {

using value::RowView;
using value::Type;
using value::ValueView;

constexpr size_t kShortName = 32;    // copied in one piece, whatever its size
constexpr size_t kMostOfValue = 48;  // bytes of a value that is not in the heap, or of a UUID

char* put_float(char* p, double v) {
  char* const end = std::to_chars(p, p + 32, v).ptr;
  if (std::memchr(p, '.', static_cast<size_t>(end - p)) != nullptr ||
      std::memchr(p, 'e', static_cast<size_t>(end - p)) != nullptr)
    return end;
  std::memcpy(end, ".0", 2);
  return end + 2;
}

char* put_word(char* p, std::string_view word) {
  std::memcpy(p, word.data(), word.size());
  return p + word.size();
}

char* put_time(char* p, Type type, int64_t v) {
  *p++ = '"';
  p += type == Type::kDatetime ? base::print_datetime_rfc3339(v, p)
       : type == Type::kDate   ? base::print_date(v, p)
                               : base::print_time(v, p);
  *p++ = '"';
  return p;
}

void put_bytes(Output& out, Type type, std::string_view bytes) {
  if (type == Type::kJson || value::is_list(type)) return out.put(bytes);
  if (type == Type::kBytes) {
    out.put('"');
    out.put(text::base64(bytes));
    return out.put('"');
  }
  if (type != Type::kUuid) return put_json_string(out, bytes);
  char* p = out.room(kMostOfValue);
  *p = '"';
  base::print_uuid(reinterpret_cast<const uint8_t*>(bytes.data()), p + 1);
  p[37] = '"';
  out.end(p + 38);
}

}  // namespace

void put_value(Output& out, Type type, const ValueView& v) {
  if (!v.is_null() && value::is_heap_slot(type)) return put_bytes(out, type, v.bytes);
  char* p = out.room(kMostOfValue);
  if (v.is_null()) {
    p = put_word(p, "null");
  } else if (type == Type::kBool) {
    p = put_word(p, v.integer != 0 ? "true" : "false");
  } else if (type == Type::kInt) {
    p = std::to_chars(p, p + 24, v.integer).ptr;
  } else if (type == Type::kFloat) {
    p = put_float(p, v.real);
  } else {
    p = put_time(p, type, v.integer);
  }
  out.end(p);
}

RowPrinter::RowPrinter(const schema::Model& model) {
  for (const schema::Field& f : model.fields) {
    std::string name = ",";
    text::append_json_string(name, f.name);
    name += ':';
    fields_.push_back({static_cast<uint32_t>(names_.size()), static_cast<uint32_t>(name.size()),
                       f.type, f.hidden});
    names_ += name;
  }
  names_.append(kShortName, '\0');
}

inline void RowPrinter::put_name(Output& out, const Name& name) const {
  char* const p = out.room(name.size + kShortName);
  const char* const from = names_.data() + name.offset;
  if (name.size <= kShortName) {
    std::memcpy(p, from, kShortName);
  } else {
    std::memcpy(p, from, name.size);
  }
  out.end(p + name.size);
}

namespace {

// The braces around members: the comma of the first one becomes the brace.
class Braces {
 public:
  explicit Braces(Output& out) : out_(out), start_(out.text().size()) {}
  void close() {
    char* p = out_.room(2);
    const size_t written = out_.text().size() - start_;
    if (written == 0) {
      *p++ = '{';
    } else {
      p[-static_cast<std::ptrdiff_t>(written)] = '{';
    }
    *p++ = '}';
    out_.end(p);
  }

 private:
  Output& out_;
  size_t start_;
};

}  // namespace

void RowPrinter::print(Output& out, const RowView& row, bool hidden) const {
  Braces braces(out);
  uint32_t i = 0;
  for (const Name& name : fields_) {
    const uint32_t f = i++;
    if (row.is_absent(f) || (name.hidden && !hidden)) continue;
    put_name(out, name);
    put_value(out, name.type, row.value(f, name.type));
  }
  braces.close();
}

void RowPrinter::print(Output& out, const RowView& row, std::span<const uint32_t> fields) const {
  Braces braces(out);
  for (const uint32_t f : fields) {
    if (row.is_absent(f)) continue;
    put_name(out, fields_[f]);
    put_value(out, fields_[f].type, row.value(f, fields_[f].type));
  }
  braces.close();
}

void RowPrinter::print(Output& out, const Object& object, PrintOptions options) const {
  if (!object.is_dirty() && !options.changed_only && object.row())
    return print(out, object.row(), options.hidden);
  Braces braces(out);
  for (uint32_t f = 0; f < fields_.size(); ++f) {
    const Name& name = fields_[f];
    if ((name.hidden && !options.hidden) || (options.changed_only && !object.is_dirty(f))) continue;
    const auto v = object.get(f);
    if (!v.has_value()) continue;
    put_name(out, name);
    put_value(out, name.type, *v);
  }
  braces.close();
}

namespace {

void put_pair(Output& out, Type type, const ValueView& before, const ValueView& after) {
  out.put('[');
  put_value(out, type, before);
  out.put(',');
  put_value(out, type, after);
  out.put(']');
}

}  // namespace

void RowPrinter::print_changes(Output& out, const Object& object) const {
  Braces braces(out);
  for (const auto& [f, v] : object.changes()) {
    put_name(out, fields_[f]);
    put_pair(out, fields_[f].type, object.original(f).value_or(ValueView()), v.view());
  }
  braces.close();
}

void RowPrinter::print_saved_changes(Output& out, const Object& object) const {
  Braces braces(out);
  const Saved& saved = object.saved();
  const auto value_of = [this](const value::BatchRef& row, uint32_t f) {
    return row ? row->row(0).value(f, fields_[f].type) : ValueView();
  };
  for (const uint32_t f : saved.fields) {
    put_name(out, fields_[f]);
    put_pair(out, fields_[f].type, value_of(saved.before, f), value_of(saved.after, f));
  }
  braces.close();
}

}  // namespace thing::entity
