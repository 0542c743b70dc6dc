/* Natives by hand: what the generated wrapper builds on, calls that make one crossing of several
 * steps, and callbacks.
 *
 * Callbacks run on threads that are in a call from Java, and enter Java through static methods of
 * thing.Callbacks, which let no exception out. */
#include "thing_jni.h"

#include <string.h>

#define NATIVE(type, name) JNIEXPORT type JNICALL Java_thing_raw_Native_##name

static JavaVM* machine;
static jclass callbacks;
static jmethodID to_throwable, run_hook, run_body, run_log;

static bool find_method(JNIEnv* env, jmethodID* out, const char* name, const char* type) {
  *out = (*env)->GetStaticMethodID(env, callbacks, name, type);
  return *out != NULL;
}

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM* vm, void* reserved) {
  (void)reserved;
  JNIEnv* env = NULL;
  machine = vm;
  if ((*vm)->GetEnv(vm, (void**)&env, JNI_VERSION_10) != JNI_OK) return JNI_ERR;
  const jclass found = (*env)->FindClass(env, "thing/Callbacks");
  if (found == NULL) return JNI_ERR;
  callbacks = (*env)->NewGlobalRef(env, found);
  if (callbacks == NULL ||
      !find_method(env, &to_throwable, "toThrowable", "(J)Ljava/lang/Throwable;") ||
      !find_method(env, &run_hook, "runHook", "(Ljava/lang/Object;IJJJ)I") ||
      !find_method(env, &run_body, "runBody", "(Ljava/lang/Object;JJJ)I") ||
      !find_method(env, &run_log, "runLog", "(Ljava/lang/Object;I[B)V"))
    return JNI_ERR;
  return JNI_VERSION_10;
}

/* ---- bytes */

static void throw_no_memory(JNIEnv* env) {
  const jclass error = (*env)->FindClass(env, "java/lang/OutOfMemoryError");
  if (error != NULL) (*env)->ThrowNew(env, error, "no memory for the arguments of a call");
}

bool thing_jni_take(JNIEnv* env, jbyteArray array, thing_jni_bytes* out) {
  out->data = out->taken = NULL;
  out->length = 0;
  if (array == NULL) return true;
  const jsize length = (*env)->GetArrayLength(env, array);
  char* place = out->small;
  if (length >= (jsize)sizeof out->small) {
    place = out->taken = malloc((size_t)length + 1);
    if (place == NULL) {
      throw_no_memory(env);
      return false;
    }
  }
  (*env)->GetByteArrayRegion(env, array, 0, length, (jbyte*)place);
  place[length] = 0;
  out->data = place;
  out->length = length;
  return true;
}

void thing_jni_drop(thing_jni_bytes* bytes) { free(bytes->taken); }

jbyteArray thing_jni_array(JNIEnv* env, const uint8_t* data, int64_t length) {
  if (data == NULL) return NULL;
  if (length > INT32_MAX - 8) {
    throw_no_memory(env);
    return NULL;
  }
  const jbyteArray array = (*env)->NewByteArray(env, (jsize)length);
  if (array != NULL) (*env)->SetByteArrayRegion(env, array, 0, (jsize)length, (const jbyte*)data);
  return array;
}

jbyteArray thing_jni_text(JNIEnv* env, const char* text) {
  return thing_jni_array(env, (const uint8_t*)text, text != NULL ? (int64_t)strlen(text) : 0);
}

void thing_jni_give(JNIEnv* env, jobjectArray out, const uint8_t* data, int64_t length) {
  const jbyteArray array = thing_jni_array(env, data, length);
  if (array == NULL && data != NULL) return;
  (*env)->SetObjectArrayElement(env, out, 0, array);
  (*env)->DeleteLocalRef(env, array);
}

void** thing_jni_handles(JNIEnv* env, jlongArray array) {
  const jsize n = (*env)->GetArrayLength(env, array);
  void** const handles = malloc(((size_t)n + 1) * sizeof *handles);
  if (handles == NULL) {
    throw_no_memory(env);
    return NULL;
  }
  for (jsize i = 0; i < n; i++) {
    jlong handle = 0;
    (*env)->GetLongArrayRegion(env, array, i, 1, &handle);
    handles[i] = (void*)(intptr_t)handle;
  }
  return handles;
}

/* ---- errors */

void thing_jni_raise(JNIEnv* env, thing_error* error) {
  if (!(*env)->ExceptionCheck(env)) {
    const jobject made =
        (*env)->CallStaticObjectMethod(env, callbacks, to_throwable, (jlong)(intptr_t)error);
    if (made != NULL && !(*env)->ExceptionCheck(env)) (*env)->Throw(env, (jthrowable)made);
  }
  thing_error_free(error);
}

/* ---- rows: one crossing each */

enum { kNoRow = -1, kNotKnown = -2 }; /* the latter: not in the cache, which was asked alone */

/* The bytes that the row needs: they are in the `room` bytes at `place` when these are enough.
 * Numbers alone cross, which is the cheapest that there is. */
NATIVE(jlong, byId)
(JNIEnv* env, jclass self, jlong db, jlong ctx, jlong model, jlong id, jlong place, jlong room) {
  (void)self;
  int64_t need = 0;
  thing_error* error = NULL;
  const thing_status status = thing_by_id_packed((thing_db*)(intptr_t)db, (thing_ctx*)(intptr_t)ctx,
                                                 (const thing_model*)(intptr_t)model, id,
                                                 (uint8_t*)(intptr_t)place, room, &need, &error);
  if (status == THING_OK) return need;
  if (error != NULL) thing_jni_raise(env, error);
  if (status != THING_MORE) return kNoRow;
  return need > room ? need : kNotKnown;
}

NATIVE(jlong, address)(JNIEnv* env, jclass self, jobject buffer) {
  (void)self;
  return (jlong)(intptr_t)(*env)->GetDirectBufferAddress(env, buffer);
}

static jbyteArray packed_rows(JNIEnv* env, const thing_rows* rows) {
  int64_t length = 0;
  const uint8_t* const bytes = thing_rows_packed(rows, &length);
  return thing_jni_array(env, bytes, length);
}

NATIVE(jbyteArray, packed)(JNIEnv* env, jclass self, jlong rows) {
  (void)self;
  return packed_rows(env, (const thing_rows*)(intptr_t)rows);
}

NATIVE(jbyteArray, query)
(JNIEnv* env, jclass self, jlong db, jlong ctx, jlong model, jbyteArray json) {
  (void)self;
  thing_jni_bytes text;
  thing_rows* rows = NULL;
  thing_error* error = NULL;
  if (!thing_jni_take(env, json, &text)) return NULL;
  thing_query((thing_db*)(intptr_t)db, (thing_ctx*)(intptr_t)ctx,
              (const thing_model*)(intptr_t)model, text.data, text.length, &rows, &error);
  thing_jni_drop(&text);
  if (error != NULL) {
    thing_jni_raise(env, error);
    return NULL;
  }
  const jbyteArray packed = packed_rows(env, rows);
  thing_rows_free(rows);
  return packed;
}

/* ---- writes: an object is made of packed rows, written, and given back as one */

enum { kSave, kUpsert, kDelete, kRestore, kReload, kValidate };

typedef struct {
  thing_db* db;
  thing_ctx* ctx;
  const thing_model* model;
  int32_t version; /* the field that counts saves; -1: none */
} place;

static thing_status assign(JNIEnv* env, thing_obj* obj, jbyteArray row, thing_error** error) {
  thing_jni_bytes bytes;
  if (!thing_jni_take(env, row, &bytes))
    return thing_error_set(error, THING_E_NOMEM, "no memory", -1);
  const thing_status status =
      thing_obj_assign_packed(obj, (const uint8_t*)bytes.data, bytes.length, error);
  thing_jni_drop(&bytes);
  return status;
}

/* An object that was loaded with the row; a new one for NULL. */
static thing_status make_loaded(JNIEnv* env, const place* p, jbyteArray row, thing_obj** out,
                                thing_error** error) {
  if (row == NULL) {
    *out = thing_obj_new(p->model);
    return *out != NULL ? THING_OK : thing_error_set(error, THING_E_NOMEM, "no memory", -1);
  }
  thing_jni_bytes bytes;
  if (!thing_jni_take(env, row, &bytes))
    return thing_error_set(error, THING_E_NOMEM, "no memory", -1);
  const thing_status status =
      thing_obj_unpack(p->model, (const uint8_t*)bytes.data, bytes.length, out, error);
  thing_jni_drop(&bytes);
  return status;
}

/* The row as it is in the database, as if it had been loaded with the version of `changed`: who
 * has seen another one meets a conflict. THING_NOT_FOUND leaves a new object. */
static thing_status make_present(JNIEnv* env, const place* p, jbyteArray changed, thing_obj** out,
                                 thing_error** error) {
  thing_obj* fresh = NULL;
  thing_status status = make_loaded(env, p, NULL, out, error);
  if (status == THING_OK) status = assign(env, *out, changed, error);
  if (status < 0) return status;
  const int32_t version = p->version;
  const bool versioned =
      version >= 0 && (thing_obj_field_state(*out, version) & 3) == THING_STATE_SET;
  const int64_t seen = thing_obj_int64(*out, version);
  status = thing_fresh(p->db, p->ctx, *out, &fresh, error);
  if (status != THING_OK) return status;
  thing_obj_free(*out);
  *out = fresh;
  if (!versioned || thing_obj_int64(fresh, version) == seen) return THING_OK;
  status = thing_obj_set_int64(fresh, version, seen, error);
  return status < 0 ? status : thing_obj_sync(fresh, error);
}

static thing_status write_one(const place* p, thing_obj* obj, int32_t what, int32_t mode,
                              const jint* keys, int32_t n, thing_error** error) {
  switch (what) {
    case kSave: return thing_save(p->db, p->ctx, obj, error);
    case kUpsert: return thing_upsert(p->db, p->ctx, obj, (const int32_t*)keys, n, error);
    case kDelete: return thing_delete(p->db, p->ctx, obj, mode, error);
    case kRestore: return thing_restore(p->db, p->ctx, obj, error);
    case kReload: return thing_reload(p->db, p->ctx, obj, error);
    default: return thing_obj_validate(obj, error);
  }
}

static jbyteArray give_packed(JNIEnv* env, const thing_obj* obj) {
  thing_buf* packed = NULL;
  thing_error* error = NULL;
  thing_obj_pack(obj, &packed, &error);
  if (error != NULL) {
    thing_jni_raise(env, error);
    return NULL;
  }
  const jbyteArray array = thing_jni_array(env, thing_buf_data(packed), thing_buf_len(packed));
  thing_buf_free(packed);
  return array;
}

/* base: the row as loaded; present: it is read first. The row as written, or null for
 * THING_NOT_FOUND. */
NATIVE(jbyteArray, write)
(JNIEnv* env, jclass self, jlong db, jlong ctx, jlong model, jint version, jint what, jint mode,
 jboolean present, jintArray key_fields, jbyteArray base, jbyteArray row) {
  (void)self;
  const place p = {(thing_db*)(intptr_t)db, (thing_ctx*)(intptr_t)ctx,
                   (const thing_model*)(intptr_t)model, version};
  thing_obj* obj = NULL;
  thing_error* error = NULL;
  jbyteArray written = NULL;
  const jsize n = key_fields != NULL ? (*env)->GetArrayLength(env, key_fields) : 0;
  jint* const keys = n > 0 ? (*env)->GetIntArrayElements(env, key_fields, NULL) : NULL;
  if (n > 0 && keys == NULL) return NULL;
  thing_status status =
      present ? make_present(env, &p, row, &obj, &error) : make_loaded(env, &p, base, &obj, &error);
  if (status == THING_OK && row != NULL) status = assign(env, obj, row, &error);
  if (status == THING_OK) status = write_one(&p, obj, what, mode, keys, n, &error);
  if (error != NULL)
    thing_jni_raise(env, error);
  else if (status == THING_OK)
    written = give_packed(env, obj);
  if (keys != NULL) (*env)->ReleaseIntArrayElements(env, key_fields, keys, JNI_ABORT);
  thing_obj_free(obj);
  return written;
}

typedef struct {
  thing_obj** objs;
  jsize n;
} batch;

static void free_batch(batch* b) {
  for (jsize i = 0; i < b->n; i++) thing_obj_free(b->objs[i]);
  free(b->objs);
}

/* One of a batch: bases[i] null: a new row; of no bytes: it is read first, or new where it is not.
 */
static thing_status make_item(JNIEnv* env, const place* p, jobjectArray bases, jobjectArray rows,
                              jsize i, thing_obj** out, thing_error** error) {
  const jbyteArray base = (*env)->GetObjectArrayElement(env, bases, i);
  const jbyteArray row = (*env)->GetObjectArrayElement(env, rows, i);
  const bool present = base != NULL && (*env)->GetArrayLength(env, base) == 0;
  thing_status status =
      present ? make_present(env, p, row, out, error) : make_loaded(env, p, base, out, error);
  if (status >= 0 && row != NULL) status = assign(env, *out, row, error);
  (*env)->DeleteLocalRef(env, base);
  (*env)->DeleteLocalRef(env, row);
  return status;
}

/* rows[i] becomes the row as written. */
static void give_batch(JNIEnv* env, const batch* b, jobjectArray rows) {
  for (jsize i = 0; i < b->n; i++) {
    const jbyteArray written = give_packed(env, b->objs[i]);
    if ((*env)->ExceptionCheck(env)) return;
    (*env)->SetObjectArrayElement(env, rows, i, written);
    (*env)->DeleteLocalRef(env, written);
  }
}

/* Saves or deletes all or none. False: THING_NOT_FOUND. */
NATIVE(jboolean, writeMany)
(JNIEnv* env, jclass self, jlong db, jlong ctx, jlong model, jint version, jint what, jint mode,
 jobjectArray bases, jobjectArray rows) {
  (void)self;
  const place p = {(thing_db*)(intptr_t)db, (thing_ctx*)(intptr_t)ctx,
                   (const thing_model*)(intptr_t)model, version};
  thing_error* error = NULL;
  thing_status status = THING_OK;
  const jsize n = (*env)->GetArrayLength(env, bases);
  batch b = {calloc((size_t)n + 1, sizeof *b.objs), n};
  if (b.objs == NULL) {
    throw_no_memory(env);
    return JNI_FALSE;
  }
  for (jsize i = 0; i < n && status >= 0; i++)
    status = make_item(env, &p, bases, rows, i, &b.objs[i], &error);
  if (status >= 0)
    status = what == kDelete ? thing_delete_many(p.db, p.ctx, b.objs, n, mode, &error)
                             : thing_save_many(p.db, p.ctx, b.objs, n, &error);
  if (error != NULL)
    thing_jni_raise(env, error);
  else if (status == THING_OK)
    give_batch(env, &b, rows);
  free_batch(&b);
  return status == THING_OK;
}

/* ---- callbacks */

static JNIEnv* here(bool* attached) {
  JNIEnv* env = NULL;
  *attached = false;
  if ((*machine)->GetEnv(machine, (void**)&env, JNI_VERSION_10) == JNI_OK) return env;
  *attached = (*machine)->AttachCurrentThreadAsDaemon(machine, (void**)&env, NULL) == JNI_OK;
  return *attached ? env : NULL;
}

static void leave(bool attached) {
  if (attached) (*machine)->DetachCurrentThread(machine);
}

/* A method of thing.Callbacks that failed itself (no stack, no memory) has refused. */
static jint answer(JNIEnv* env, jint status) {
  if (!(*env)->ExceptionCheck(env)) return status;
  (*env)->ExceptionClear(env);
  return THING_E_CALLBACK;
}

static thing_status on_hook(void* user, int32_t event, thing_db* db, thing_ctx* ctx, thing_obj* obj,
                            thing_error** error) {
  (void)db;
  bool attached;
  JNIEnv* const env = here(&attached);
  if (env == NULL) return THING_E_CALLBACK;
  if ((*env)->PushLocalFrame(env, 8) != 0) {
    (*env)->ExceptionClear(env);
    return THING_E_NOMEM;
  }
  const jint status =
      answer(env, (*env)->CallStaticIntMethod(env, callbacks, run_hook, (jobject)user, (jint)event,
                                              (jlong)(intptr_t)ctx, (jlong)(intptr_t)obj,
                                              (jlong)(intptr_t)error));
  (*env)->PopLocalFrame(env, NULL);
  leave(attached);
  return status;
}

static thing_status on_body(void* user, thing_tx* tx, thing_ctx* ctx, thing_error** error) {
  bool attached;
  JNIEnv* const env = here(&attached);
  if (env == NULL) return THING_E_CALLBACK;
  return answer(
      env, (*env)->CallStaticIntMethod(env, callbacks, run_body, (jobject)user, (jlong)(intptr_t)tx,
                                       (jlong)(intptr_t)ctx, (jlong)(intptr_t)error));
}

/* Lines may also come from threads of the library. */
static void on_log(void* user, int32_t level, const char* line, int64_t length) {
  bool attached;
  JNIEnv* const env = here(&attached);
  if (env == NULL) return;
  const jbyteArray bytes = thing_jni_array(env, (const uint8_t*)line, length);
  if (bytes != NULL)
    (*env)->CallStaticVoidMethod(env, callbacks, run_log, (jobject)user, (jint)level, bytes);
  answer(env, 0);
  (*env)->DeleteLocalRef(env, bytes);
  leave(attached);
}

static void forget(void* user) {
  bool attached;
  JNIEnv* const env = here(&attached);
  if (env != NULL) (*env)->DeleteGlobalRef(env, (jobject)user);
  leave(attached);
}

NATIVE(jlong, hookAdd)
(JNIEnv* env, jclass self, jlong db, jlong model, jint events, jobject target) {
  (void)self;
  int64_t id = 0;
  thing_error* error = NULL;
  const jobject user = (*env)->NewGlobalRef(env, target);
  if (user == NULL) {
    throw_no_memory(env);
    return 0;
  }
  if (thing_hook_add((thing_db*)(intptr_t)db, (const thing_model*)(intptr_t)model, events, on_hook,
                     user, forget, &id, &error) < 0) {
    (*env)->DeleteGlobalRef(env, user);
    thing_jni_raise(env, error);
  }
  return id;
}

/* Sets the error of a callback; returns the status. */
NATIVE(jint, fail)(JNIEnv* env, jclass self, jlong error, jint status, jbyteArray message) {
  (void)self;
  thing_jni_bytes text;
  if (!thing_jni_take(env, message, &text)) return status;
  const thing_status set =
      thing_error_set((thing_error**)(intptr_t)error, status, text.data, text.length);
  thing_jni_drop(&text);
  return set;
}

NATIVE(jint, txRun)
(JNIEnv* env, jclass self, jlong db, jlong ctx, jint flags, jint attempts, jobject body) {
  (void)self;
  thing_error* error = NULL;
  const thing_status status = thing_tx_run((thing_db*)(intptr_t)db, (thing_ctx*)(intptr_t)ctx,
                                           flags, attempts, on_body, body, &error);
  if (error != NULL) thing_jni_raise(env, error);
  return status;
}

NATIVE(void, logSet)(JNIEnv* env, jclass self, jlong db, jint level, jobject target) {
  (void)self;
  const jobject user = target != NULL ? (*env)->NewGlobalRef(env, target) : NULL;
  thing_log_set((thing_db*)(intptr_t)db, level, user != NULL ? on_log : NULL, user,
                user != NULL ? forget : NULL);
}

/* Nothing: what a crossing costs. */
NATIVE(jlong, nothing)(JNIEnv* env, jclass self, jlong value) {
  (void)env, (void)self;
  return value;
}
