// How the kinds of thing.i cross to Java. Handles are longs; text is String on the Java side and UTF-8 bytes in between,
// for JNI's own strings know neither NUL nor what lies beyond the first plane. Failures are thrown. What hot paths and
// callbacks need is written by hand: native/thing_jni.c.
%{
#include "thing_jni.h"
%}

%pragma(java) jniclassclassmodifiers="public final class"
%pragma(java) jniclasscode=%{
  static { Library.load(); }
%}
%pragma(java) moduleclassmodifiers="public final class"
%javaconst(1);
%typemap(javafinalize) SWIGTYPE ""

// ---- handles

%define HANDLE(type)
%typemap(jni) type *, const type * "jlong"
%typemap(jtype) type *, const type * "long"
%typemap(jstype) type *, const type * "long"
%typemap(javain) type *, const type * "$javainput"
%typemap(javaout) type *, const type * { return $jnicall; }
%typemap(in) type *, const type * "$1 = ($1_ltype)(intptr_t)$input;"
%typemap(out) type *, const type * "$result = (jlong)(intptr_t)$1;"
%typemap(freearg) type *, const type * ""
%enddef
HANDLE(thing_db)
HANDLE(thing_ctx)
HANDLE(thing_model)
HANDLE(thing_obj)
HANDLE(thing_criteria)
HANDLE(thing_rows)
HANDLE(thing_cursor)
HANDLE(thing_tx)
HANDLE(thing_error)

// ---- text and bytes in

%define BYTES_FROM_JAVA(c_type, java_type, javain_code)
%typemap(jni) (c_type, int64_t LEN) "jbyteArray"
%typemap(jtype) (c_type, int64_t LEN) "byte[]"
%typemap(jstype) (c_type, int64_t LEN) java_type
%typemap(javain) (c_type, int64_t LEN) javain_code
%typemap(in) (c_type, int64_t LEN) (thing_jni_bytes bytes) {
  if (!thing_jni_take(jenv, $input, &bytes)) return $null;
  $1 = ($1_ltype)bytes.data;
  $2 = bytes.length;
}
%typemap(freearg) (c_type, int64_t LEN) "thing_jni_drop(&bytes$argnum);"
%enddef
BYTES_FROM_JAVA(const char *TEXT, "String", "Text.utf8($javainput)")
BYTES_FROM_JAVA(const uint8_t *BYTES, "byte[]", "$javainput")

// Names that end with NUL, and so hold none.
%typemap(jni) const char * "jbyteArray"
%typemap(jtype) const char * "byte[]"
%typemap(jstype) const char * "String"
%typemap(javain) const char * "Text.name($javainput)"
%typemap(javaout) const char * { return Text.string($jnicall); }
%typemap(in) const char * (thing_jni_bytes bytes) {
  if (!thing_jni_take(jenv, $input, &bytes)) return $null;
  $1 = ($1_ltype)bytes.data;
}
%typemap(freearg) const char * "thing_jni_drop(&bytes$argnum);"
%typemap(out) const char * "$result = thing_jni_text(jenv, $1);"

// ---- arrays in

%typemap(jni) (const int64_t *IDS, int64_t N) "jlongArray"
%typemap(jtype) (const int64_t *IDS, int64_t N) "long[]"
%typemap(jstype) (const int64_t *IDS, int64_t N) "long[]"
%typemap(javain) (const int64_t *IDS, int64_t N) "$javainput"
%typemap(in) (const int64_t *IDS, int64_t N) (jlong *items = NULL) {
  if ($input && !(items = (*jenv)->GetLongArrayElements(jenv, $input, NULL))) return $null;
  $1 = ($1_ltype)items;
  $2 = $input ? (*jenv)->GetArrayLength(jenv, $input) : 0;
}
%typemap(freearg) (const int64_t *IDS, int64_t N)
  "if (items$argnum) (*jenv)->ReleaseLongArrayElements(jenv, $input, items$argnum, JNI_ABORT);"

%typemap(jni) (const int32_t *FIELDS, int32_t N) "jintArray"
%typemap(jtype) (const int32_t *FIELDS, int32_t N) "int[]"
%typemap(jstype) (const int32_t *FIELDS, int32_t N) "int[]"
%typemap(javain) (const int32_t *FIELDS, int32_t N) "$javainput"
%typemap(in) (const int32_t *FIELDS, int32_t N) (jint *items = NULL) {
  if ($input && !(items = (*jenv)->GetIntArrayElements(jenv, $input, NULL))) return $null;
  $1 = ($1_ltype)items;
  $2 = $input ? (*jenv)->GetArrayLength(jenv, $input) : 0;
}
%typemap(freearg) (const int32_t *FIELDS, int32_t N)
  "if (items$argnum) (*jenv)->ReleaseIntArrayElements(jenv, $input, items$argnum, JNI_ABORT);"

// Handles are as long as a long on every machine that Java has JNI for with 64 bits; others copy.
%typemap(jni) (thing_obj *const *OBJS, int64_t N) "jlongArray"
%typemap(jtype) (thing_obj *const *OBJS, int64_t N) "long[]"
%typemap(jstype) (thing_obj *const *OBJS, int64_t N) "long[]"
%typemap(javain) (thing_obj *const *OBJS, int64_t N) "$javainput"
%typemap(in) (thing_obj *const *OBJS, int64_t N) (void **handles = NULL) {
  if ($input && !(handles = thing_jni_handles(jenv, $input))) return $null;
  $1 = ($1_ltype)handles;
  $2 = $input ? (*jenv)->GetArrayLength(jenv, $input) : 0;
}
%typemap(freearg) (thing_obj *const *OBJS, int64_t N) "free(handles$argnum);"

// Ids of inserted rows: an array as long as the rows are many, or null.
%typemap(jni) (int64_t *ids, int64_t cap) "jlongArray"
%typemap(jtype) (int64_t *ids, int64_t cap) "long[]"
%typemap(jstype) (int64_t *ids, int64_t cap) "long[]"
%typemap(javain) (int64_t *ids, int64_t cap) "$javainput"
%typemap(in) (int64_t *ids, int64_t cap) (jlong *items = NULL) {
  if ($input && !(items = (*jenv)->GetLongArrayElements(jenv, $input, NULL))) return $null;
  $1 = ($1_ltype)items;
  $2 = $input ? (*jenv)->GetArrayLength(jenv, $input) : 0;
}
%typemap(freearg) (int64_t *ids, int64_t cap)
  "if (items$argnum) (*jenv)->ReleaseLongArrayElements(jenv, $input, items$argnum, 0);"

// ---- outputs: an array of one, where null says that nobody asks. They come before err, whose exception is thrown last.

%define NUMBER_OUT(number, c_type, java_array, jni_type, jni_array, Name)
%typemap(jni) c_type #jni_array
%typemap(jtype) c_type #java_array
%typemap(jstype) c_type #java_array
%typemap(javain) c_type "$javainput"
%typemap(in) c_type (number value = 0) "$1 = $input ? &value : NULL;"
%typemap(argout) c_type {
  if ($input) {
    const jni_type out = (jni_type)value$argnum;
    (*jenv)->Set##Name##ArrayRegion(jenv, $input, 0, 1, &out);
  }
}
%typemap(freearg) c_type ""
%enddef
NUMBER_OUT(int64_t, int64_t *INT64_OUT, long[], jlong, jlongArray, Long)
NUMBER_OUT(double, double *DOUBLE_OUT, double[], jdouble, jdoubleArray, Double)
NUMBER_OUT(bool, bool *BOOL_OUT, boolean[], jboolean, jbooleanArray, Boolean)

%define HANDLE_FROM(type)
%typemap(jni) type **HANDLE_OUT "jlongArray"
%typemap(jtype) type **HANDLE_OUT "long[]"
%typemap(jstype) type **HANDLE_OUT "long[]"
%typemap(javain) type **HANDLE_OUT "$javainput"
%typemap(in) type **HANDLE_OUT (type *handle = NULL) "$1 = $input ? &handle : NULL;"
%typemap(argout) type **HANDLE_OUT {
  if ($input) {
    const jlong out = (jlong)(intptr_t)handle$argnum;
    (*jenv)->SetLongArrayRegion(jenv, $input, 0, 1, &out);
  }
}
%typemap(freearg) type **HANDLE_OUT ""
%enddef
HANDLE_FROM(thing_db)
HANDLE_FROM(thing_obj)
HANDLE_FROM(thing_criteria)
HANDLE_FROM(thing_rows)
HANDLE_FROM(thing_cursor)
HANDLE_FROM(thing_tx)

%typemap(jni) thing_buf **BUF_OUT, (const char **TEXT_OUT, int64_t *LEN_OUT) "jobjectArray"
%typemap(jtype) thing_buf **BUF_OUT, (const char **TEXT_OUT, int64_t *LEN_OUT) "byte[][]"
%typemap(jstype) thing_buf **BUF_OUT, (const char **TEXT_OUT, int64_t *LEN_OUT) "byte[][]"
%typemap(javain) thing_buf **BUF_OUT, (const char **TEXT_OUT, int64_t *LEN_OUT) "$javainput"
%typemap(in) thing_buf **BUF_OUT (thing_buf *buffer = NULL) "$1 = $input ? &buffer : NULL;"
%typemap(argout) thing_buf **BUF_OUT {
  if ($input) thing_jni_give(jenv, $input, thing_buf_data(buffer$argnum), thing_buf_len(buffer$argnum));
  thing_buf_free(buffer$argnum);
}
%typemap(freearg) thing_buf **BUF_OUT ""
%typemap(in) (const char **TEXT_OUT, int64_t *LEN_OUT) (const char *text = NULL, int64_t length = 0) {
  $1 = $input ? &text : NULL;
  $2 = &length;
}
%typemap(argout) (const char **TEXT_OUT, int64_t *LEN_OUT)
  "if ($input) thing_jni_give(jenv, $input, (const uint8_t *)text$argnum, length$argnum);"
%typemap(freearg) (const char **TEXT_OUT, int64_t *LEN_OUT) ""

%typemap(in, numinputs=0) thing_error **err (thing_error *error = NULL) "$1 = &error;"
%typemap(argout) thing_error **err "if (error$argnum) thing_jni_raise(jenv, error$argnum);"
%typemap(freearg) thing_error **err ""

// The error as JSON.
%typemap(jni) thing_buf * "jbyteArray"
%typemap(jtype) thing_buf * "byte[]"
%typemap(jstype) thing_buf * "byte[]"
%typemap(javaout) thing_buf * { return $jnicall; }
%typemap(out) thing_buf * {
  $result = thing_jni_array(jenv, thing_buf_data($1), thing_buf_len($1));
  thing_buf_free($1);
}

// Bytes that are borrowed or go into a buffer of the caller: native/thing_jni.c has them.
%ignore thing_buf_data;
%ignore thing_buf_len;
%ignore thing_buf_free;
%ignore thing_by_id_packed;
%ignore thing_rows_packed;
%ignore thing_rows_ids;
