/* What the generated wrapper and the natives by hand share. */
#ifndef THING_JNI_H
#define THING_JNI_H
#include <jni.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <thing.h>

/* Bytes of a Java array, copied, as calls may block and an array must not be pinned meanwhile;
 * short ones onto the stack. One NUL follows them. data is NULL for null. */
typedef struct {
  const char* data;
  int64_t length;
  char* taken;
  char small[512];
} thing_jni_bytes;

/* False: an exception is pending. */
bool thing_jni_take(JNIEnv* env, jbyteArray array, thing_jni_bytes* out);
void thing_jni_drop(thing_jni_bytes* bytes);

/* A new array; null for NULL, or with a pending exception. */
jbyteArray thing_jni_array(JNIEnv* env, const uint8_t* data, int64_t length);
jbyteArray thing_jni_text(JNIEnv* env, const char* text);
/* The same into the first place of an array of arrays. */
void thing_jni_give(JNIEnv* env, jobjectArray out, const uint8_t* data, int64_t length);

/* The handles of a long[], to be freed by free(); NULL: an exception is pending. */
void** thing_jni_handles(JNIEnv* env, jlongArray array);

/* Throws what Java makes of the error, which is freed. */
void thing_jni_raise(JNIEnv* env, thing_error* error);

#endif
