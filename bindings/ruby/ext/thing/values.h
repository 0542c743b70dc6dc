// Values of fields as Ruby has them, and back.
#ifndef THING_RUBY_VALUES_H
#define THING_RUBY_VALUES_H
#include "record.h"

namespace thing_ruby {

constexpr int kUtc = 2147483646; // rb_time_timespec_new: INT_MAX - 1 is UTC
constexpr int64_t kMidnight2000 = 946684800;
constexpr int64_t kJulianDayOf1970 = 2440588;
constexpr int64_t kDay = 86400ll * 1000000;
constexpr int64_t kFirstDay = -719162; // 0001-01-01
constexpr int64_t kLastDay = 2932896;  // 9999-12-31

// A class or module that is kept where C has it.
inline VALUE pinned(const char* path) {
  const VALUE value = rb_path2class(path);
  rb_gc_register_mark_object(value);
  return value;
}

inline VALUE time_of(int64_t micros) {
  int64_t seconds = micros / 1000000;
  int64_t rest = micros % 1000000;
  if (rest < 0) {
    rest += 1000000;
    seconds--;
  }
  const struct timespec ts = {static_cast<time_t>(seconds), static_cast<long>(rest * 1000)};
  return rb_obj_freeze(rb_time_timespec_new(&ts, kUtc));
}

inline VALUE date_of(int64_t days) {
  static const ID jd = rb_intern("jd");
  static const VALUE date = pinned("Date");
  return rb_funcall(date, jd, 2, LL2NUM(days + kJulianDayOf1970), DBL2NUM(-HUGE_VAL)); // the calendar of the library has no gap
}

inline VALUE uuid_of(const char* p, int64_t n) {
  static const char digits[] = "0123456789abcdef";
  if (n != 16) return Qnil;
  char out[36];
  char* at = out;
  for (int i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *at++ = '-';
    const auto byte = static_cast<unsigned char>(p[i]);
    *at++ = digits[byte >> 4];
    *at++ = digits[byte & 15];
  }
  return text(out, 36);
}

inline VALUE decimal_of(const char* p, int64_t n) {
  static const ID make = rb_intern("BigDecimal");
  return rb_funcall(rb_mKernel, make, 1, rb_str_new(p, static_cast<long>(n)));
}

inline VALUE bytes_value(Plan::Column column, const char* p, int64_t n) {
  if (column.list) return text(p, n);
  switch (column.type) {
    case THING_TYPE_BYTES: return rb_obj_freeze(rb_str_new(p, static_cast<long>(n)));
    case THING_TYPE_UUID: return uuid_of(p, n);
    case THING_TYPE_DECIMAL: return decimal_of(p, n);
    default: return text(p, n);
  }
}

inline bool is_number(Plan::Column column) {
  return !column.list && (column.type <= THING_TYPE_FLOAT || (column.type >= THING_TYPE_DATETIME && column.type <= THING_TYPE_TIME));
}

inline VALUE number_value(int type, int64_t number) {
  switch (type) {
    case THING_TYPE_BOOL: return number != 0 ? Qtrue : Qfalse;
    case THING_TYPE_DATETIME: return time_of(number);
    case THING_TYPE_TIME: return time_of(number + kMidnight2000 * 1000000);
    case THING_TYPE_DATE: return date_of(number);
    default: return LL2NUM(number);
  }
}

// ---- of a packed row ---------------------------------------------------------------------------------------------
inline VALUE packed_value(const Packed& packed, const uint8_t* row, Plan::Column column, uint32_t i) {
  if (packed.null(row, i)) return Qnil;
  const uint8_t* slot = packed.slot(row, i);
  if (!is_number(column)) {
    std::string_view bytes;
    if (!packed.bytes(slot, bytes)) raise(THING_E_SYNTAX, "packed rows: a value that does not lie in them");
    return bytes_value(column, bytes.data(), static_cast<int64_t>(bytes.size()));
  }
  if (column.type == THING_TYPE_FLOAT) return DBL2NUM(read<double>(slot));
  return number_value(column.type, read<int64_t>(slot));
}

// -?[0-9]+(.[0-9]+)?
inline bool is_decimal(std::string_view text) {
  const auto digits = [&text] {
    const size_t from = text.size();
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') text.remove_prefix(1);
    return text.size() < from;
  };
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  if (!digits()) return false;
  if (text.empty()) return true;
  if (text.front() != '.') return false;
  text.remove_prefix(1);
  return digits() && text.empty();
}

// What is wrong with a value of a row from outside; nullptr: nothing.
inline const char* fault_of(const Packed& packed, const uint8_t* row, Plan::Column column, uint32_t i) {
  const uint8_t* slot = packed.slot(row, i);
  const auto bits = read<uint64_t>(slot);
  const bool null = packed.null(row, i);
  if (null || packed.absent(row, i)) return bits != 0 || (null && packed.absent(row, i)) ? "packed rows: a value where there is none" : nullptr;
  if (!is_number(column)) {
    std::string_view bytes;
    if (!packed.bytes(slot, bytes)) return "packed rows: a value that does not lie in them";
    if (!column.list && column.type == THING_TYPE_UUID) return bytes.size() == 16 ? nullptr : "packed rows: a UUID of another size";
    if (!column.list && column.type == THING_TYPE_BYTES) return nullptr;
    if (!column.list && column.type == THING_TYPE_DECIMAL) return is_decimal(bytes) ? nullptr : "packed rows: a decimal that is none";
    const VALUE string = rb_utf8_str_new(bytes.data(), static_cast<long>(bytes.size()));
    return rb_enc_str_coderange(string) == ENC_CODERANGE_BROKEN ? "packed rows: text that is no UTF-8" : nullptr;
  }
  const auto number = static_cast<int64_t>(bits);
  switch (column.type) {
    case THING_TYPE_BOOL: return bits <= 1 ? nullptr : "packed rows: a bool that is neither 0 nor 1";
    case THING_TYPE_FLOAT: return std::isfinite(read<double>(slot)) ? nullptr : "packed rows: a number that is not finite";
    case THING_TYPE_DATETIME: return number >= kFirstDay * kDay && number < (kLastDay + 1) * kDay ? nullptr : "packed rows: a time out of range";
    case THING_TYPE_DATE: return number >= kFirstDay && number <= kLastDay ? nullptr : "packed rows: a date out of range";
    case THING_TYPE_TIME: return number >= 0 && number < kDay ? nullptr : "packed rows: a time out of range";
    default: return nullptr;
  }
}

// ---- of an object -------------------------------------------------------------------------------------------------
inline Plan::Column column_of(const thing_obj* o, int32_t field) {
  const thing_model* model = thing_obj_model(o);
  const int32_t type = thing_model_field_type(model, field);
  const bool list = (thing_model_field_flags(model, field) & THING_FIELD_LIST) != 0;
  return {static_cast<uint8_t>(type), list, !list && type != THING_TYPE_JSON};
}

inline VALUE object_value(const thing_obj* o, Plan::Column column, int32_t field) {
  if (is_number(column)) {
    if (column.type == THING_TYPE_FLOAT) return DBL2NUM(thing_obj_double(o, field));
    return number_value(column.type, thing_obj_int64(o, field));
  }
  const char* p = nullptr;
  int64_t n = 0;
  return thing_obj_text(o, field, &p, &n) == THING_OK ? bytes_value(column, p, n) : Qnil;
}

// A field that was not selected is an error, and names it; one that is not set yet is nil.
inline VALUE missing_value(const thing_obj* o, int32_t field) {
  if ((thing_obj_state(o) & THING_OBJ_PARTIAL) == 0) return Qnil;
  thing_error* error = nullptr;
  if (thing_obj_require(o, &field, 1, &error) != THING_OK) raise(error);
  return Qnil;
}

inline VALUE value_of(const thing_obj* o, const Plan* plan, int32_t field) {
  switch (thing_obj_field_state(o, field) & ~THING_STATE_DIRTY) {
    case THING_STATE_NULL: return Qnil;
    case THING_STATE_MISSING: return missing_value(o, field);
    default: return object_value(o, plan != nullptr ? plan->columns[field] : column_of(o, field), field);
  }
}

inline VALUE field_value(RecordBox* box, int32_t field) {
  check_user(box);
  if (!is_packed(box)) {
    const auto* object = static_cast<const thing_obj*>(box->handle);
    const bool known = box->plan != nullptr && field >= 0 && static_cast<uint32_t>(field) < box->plan->count;
    return value_of(object, known ? box->plan : nullptr, field);
  }
  const Packed& packed = box->batch->packed;
  if (field < 0 || static_cast<uint32_t>(field) >= packed.columns) return Qnil;
  const auto i = static_cast<uint32_t>(field);
  if (packed.absent(box->row, i)) return missing_value(object_of(box), field);
  return packed_value(packed, box->row, box->plan->columns[i], i);
}

// What a field holds: THING_STATE_*.
inline int32_t field_state(RecordBox* box, int32_t field) {
  check_user(box);
  if (!is_packed(box)) return thing_obj_field_state(static_cast<const thing_obj*>(box->handle), field);
  const Packed& packed = box->batch->packed;
  const auto i = static_cast<uint32_t>(field);
  if (field < 0 || i >= packed.columns || packed.absent(box->row, i)) return THING_STATE_MISSING;
  return packed.null(box->row, i) ? THING_STATE_NULL : THING_STATE_SET;
}

// ---- into an object ---------------------------------------------------------------------------------------------------
// Sets the values that need no thought here; THING_MORE for others, which Thing::Codec knows.
inline thing_status set_plain(thing_obj* o, Plan::Column column, int32_t field, VALUE value, thing_error** error) {
  if (NIL_P(value)) return thing_obj_set_null(o, field, error);
  if (!column.plain) return THING_MORE;
  if (FIXNUM_P(value)) return thing_obj_set_int64(o, field, FIX2LONG(value), error);
  if (RB_FLOAT_TYPE_P(value) && column.type != THING_TYPE_DECIMAL) return thing_obj_set_double(o, field, RFLOAT_VALUE(value), error);
  if (column.type == THING_TYPE_BOOL && (value == Qtrue || value == Qfalse)) return thing_obj_set_int64(o, field, value == Qtrue, error);
  if (!RB_TYPE_P(value, T_STRING)) return THING_MORE;
  VALUE bytes = in_utf8(value);
  const thing_status status = thing_obj_set_text(o, field, RSTRING_PTR(bytes), RSTRING_LEN(bytes), error);
  RB_GC_GUARD(bytes);
  return status;
}

inline void set_value(VALUE record, int32_t field, VALUE value) {
  thing_obj* o = handle_of<thing_obj>(record);
  const Plan::Column column = column_of(o, field);
  thing_error* error = nullptr;
  const thing_status status = set_plain(o, column, field, value, &error);
  if (status < 0) raise(error);
  if (status != THING_MORE) return;
  static const ID set = rb_intern("set");
  static const VALUE codec = pinned("Thing::Codec");
  rb_funcall(codec, set, 5, record, INT2FIX(field), INT2FIX(column.type), column.list ? Qtrue : Qfalse, value);
}

} // namespace thing_ruby
#endif
