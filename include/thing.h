/* thing.h - the C interface of libthing, a data-access engine with a cache that is right.
 *
 * CONVENTIONS (each holds for every function unless its comment says otherwise)
 *  1 names      thing_<verb>() acts on a database; thing_<type>_<verb>(thing_<type> *, ...) is a method.
 *  2 fallible   returns thing_status: 0 done, > 0 an expected outcome, < 0 a failure. The last
 *               parameter is `thing_error **err`, may be NULL; *err is written only when the status is
 *               < 0 and is then owned by the caller. Nothing is kept in thread-local storage.
 *  3 outputs    come after inputs and before err. Handles returned through `T **out` are owned by the
 *               caller; *out is NULL unless the call says otherwise. A pointer returned as the result
 *               is borrowed, except from *_new, *_clone and thing_rows_obj, which give ownership.
 *  4 borrowed   bytes stay valid until the next non-const call on, or the free of, their handle.
 *  5 strings    are UTF-8 with an int64_t length; -1 means NUL-terminated. Invalid UTF-8 is
 *               THING_E_INVALID. Returned text is also NUL-terminated, but the length is the truth:
 *               text may hold NUL characters.
 *  6 numbers    int32_t, int64_t, double and bool only. Times are microseconds since 1970-01-01 UTC,
 *               dates are days since then, times of day are microseconds since midnight.
 *  7 NULL       is allowed for: err, ctx, every *_free, and where a comment says so. Any other NULL
 *               handle or output is THING_E_INVALID; getters without a status return 0, NULL or false.
 *  8 lifetime   each handle keeps its database alive; free and close in any order. After thing_close
 *               other calls on that database return THING_E_CLOSED.
 *  9 threads    [S] any thread, concurrently. [1] one thread at a time, any thread; overlapping
 *               blocking calls are THING_E_BUSY. [C] constant after creation, shared freely.
 * 10 blocking   functions that take a thing_ctx * may block, and thing_open, thing_close, thing_tx_*,
 *               thing_cursor_free and thing_hook_remove; no other does.
 * 11 callbacks  run only on the thread that made the call, with no lock of the library held. They must
 *               not unwind through C (no C++ exception, longjmp, panic).
 * 12 fork       a child may not use handles opened by its parent: calls return THING_E_CLOSED.
 */
#ifndef THING_H
#define THING_H
#include <stdbool.h>
#include <stdint.h>

#define THING_VERSION_MAJOR 0
#define THING_VERSION_MINOR 1
#define THING_VERSION_PATCH 0
#define THING_VERSION_NUMBER (THING_VERSION_MAJOR * 1000000 + THING_VERSION_MINOR * 1000 + THING_VERSION_PATCH)

#ifndef THING_API
#if defined(SWIG) || !defined(__GNUC__)
#define THING_API
#else
#define THING_API __attribute__((visibility("default")))
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- types --------------------------------------------------------------------------------- */
typedef struct thing_db thing_db;             /* [S] models, connections, cache: one per database */
typedef struct thing_ctx thing_ctx;           /* [1] options of calls: deadline, flags, transaction;
                                                 thing_ctx_cancel and thing_ctx_cancelled are [S] */
typedef struct thing_model thing_model;       /* [C] borrowed from its db, lives as long as it */
typedef struct thing_obj thing_obj;           /* [1] one record: the row as loaded and the changes */
typedef struct thing_criteria thing_criteria; /* [1] a query; [C] while calls that take it as const run */
typedef struct thing_rows thing_rows;         /* [C] a result set in memory */
typedef struct thing_cursor thing_cursor;     /* [1] a streamed result; holds a connection */
typedef struct thing_tx thing_tx;             /* [1] a transaction; holds a connection */
typedef struct thing_buf thing_buf;           /* [C] bytes owned by the library's caller */
typedef struct thing_error thing_error;       /* [C] why a call failed */

typedef int32_t thing_status;
enum {
  THING_OK = 0,
  THING_DONE = 1,      /* a cursor has no more rows */
  THING_NOT_FOUND = 2, /* no such row; never stands for a failure */
  THING_NULL = 3,      /* the field is NULL */
  THING_MISSING = 4,   /* the field is unset, or was not selected */
  THING_MORE = 5,      /* the buffer is too small, or THING_CTX_CACHE_ONLY met a miss */
  THING_E_INTERNAL = -1,      /* a bug in the library */
  THING_E_INVALID = -2,       /* an argument: NULL, bad UTF-8, unknown name, unknown key or operator */
  THING_E_TYPE = -3,          /* a value of the wrong type for its field */
  THING_E_RANGE = -4,         /* a value, count or length outside its limits */
  THING_E_SYNTAX = -5,        /* text that does not parse: JSON, URL, time, number, token */
  THING_E_MODEL = -6,         /* a model document that is wrong */
  THING_E_SCHEMA = -7,        /* the database lacks a table or column, or holds it differently */
  THING_E_UNIQUE = -8,        /* a unique or primary key holds the value already */
  THING_E_NOT_NULL = -9,      /* a required field is NULL or unset */
  THING_E_FOREIGN_KEY = -10,  /* a referenced row is absent, or a row is still referenced */
  THING_E_CHECK = -11,        /* a CHECK constraint, a rule of the model, or an enum value not in its list */
  THING_E_CONFLICT = -12,     /* the row's version is not the loaded one: somebody saved it meanwhile */
  THING_E_SERIALIZATION = -13,/* the transaction lost against another: run it again */
  THING_E_BUSY = -14,         /* a lock or a free connection did not come in time; or overlapping calls */
  THING_E_TIMEOUT = -15,      /* the deadline of the ctx passed */
  THING_E_CANCELLED = -16,    /* thing_ctx_cancel was called */
  THING_E_CONNECTION = -17,   /* the database can not be opened or reached, or the disk failed */
  THING_E_AUTH = -18,         /* the database refused the user */
  THING_E_UNSUPPORTED = -19,  /* this database or this build can not do it */
  THING_E_READONLY = -20,     /* a write to a read-only database or transaction */
  THING_E_CLOSED = -21,       /* the db, transaction or cursor is closed */
  THING_E_STATE = -22,        /* the handle is in the wrong state for the call */
  THING_E_CALLBACK = -23,     /* a hook or callback refused */
  THING_E_NOMEM = -24,        /* out of memory; nothing was changed */
  THING_E_COMMIT_UNKNOWN = -25,/* the connection was lost during COMMIT: it may have happened */
  THING_E_CACHE_DOWN = -26    /* the shared cache could not be told of a write, which was not made */
};
/* Types of fields and values. In parentheses: what the getters give. Of a field with THING_FIELD_LIST the type is that
 * of its elements, and the getters give the text of a JSON array. */
enum {
  THING_TYPE_NULL = 0,
  THING_TYPE_BOOL = 1,     /* (int64 0 or 1) */
  THING_TYPE_INT = 2,      /* (int64) */
  THING_TYPE_FLOAT = 3,    /* (double, always finite) */
  THING_TYPE_DECIMAL = 4,  /* (text, exact: "-12.50") */
  THING_TYPE_TEXT = 5,     /* (text) */
  THING_TYPE_BYTES = 6,    /* (bytes) */
  THING_TYPE_DATETIME = 7, /* (int64 microseconds since 1970-01-01T00:00:00Z, years 0001 to 9999) */
  THING_TYPE_DATE = 8,     /* (int64 days since 1970-01-01) */
  THING_TYPE_TIME = 9,     /* (int64 microseconds since midnight) */
  THING_TYPE_UUID = 10,    /* (16 bytes) */
  THING_TYPE_JSON = 11,    /* (text) */
  THING_TYPE_ENUM = 12     /* (text, one of the field's values) */
};
/* thing_model_field_flags */
enum {
  THING_FIELD_PRIMARY = 1, THING_FIELD_NULLABLE = 2, THING_FIELD_UNIQUE = 4, THING_FIELD_GENERATED = 8 /* autoincrement */,
  THING_FIELD_DEFAULTED = 16, THING_FIELD_HIDDEN = 32, THING_FIELD_CREATED = 64, THING_FIELD_UPDATED = 128,
  THING_FIELD_DELETED = 256, THING_FIELD_VERSION = 512,
  THING_FIELD_LIST = 1024
};
/* thing_obj_field_state: one of MISSING, NULL, SET; DIRTY is or-ed in. */
enum { THING_STATE_MISSING = 0, THING_STATE_NULL = 1, THING_STATE_SET = 2, THING_STATE_DIRTY = 4 };
/* thing_obj_state: or-ed */
enum { THING_OBJ_NEW = 1, THING_OBJ_DIRTY = 2, THING_OBJ_DELETED = 4, THING_OBJ_PARTIAL = 8, THING_OBJ_FROM_CACHE = 16 };
/* Operators of criteria; THING_OP_INSENSITIVE is or-ed in for text (ASCII letters fold, as in SQLite). */
enum {
  THING_OP_EQ = 1, THING_OP_NE = 2, THING_OP_LT = 3, THING_OP_LE = 4, THING_OP_GT = 5, THING_OP_GE = 6,
  THING_OP_CONTAINS = 7, THING_OP_STARTS_WITH = 8, THING_OP_ENDS_WITH = 9,
  THING_OP_HAS = 10 /* a list has this element */,
  THING_OP_HAS_EVERY = 11 /* every element of a JSON array */, THING_OP_HAS_SOME = 12 /* at least one of them */, THING_OP_INSENSITIVE = 64
};
enum { THING_GROUP_AND = 1, THING_GROUP_OR = 2, THING_GROUP_NOT = 3 };
/* How many of a relation's rows fulfil a condition. Of one row: THING_RELATED_SOME is "there is one that does". */
enum { THING_RELATED_SOME = 1, THING_RELATED_EVERY = 2, THING_RELATED_NONE = 3 };
/* thing_model_relation_kind */
enum { THING_BELONGS_TO = 1, THING_HAS_ONE = 2, THING_HAS_MANY = 3, THING_MANY_TO_MANY = 4 };
/* thing_link */
enum { THING_LINK_ADD = 1, THING_LINK_REMOVE = 2, THING_LINK_SET = 3 /* these and no others */, THING_LINK_TOGGLE = 4 };
/* thing_related: or-ed */
enum { THING_LOAD_AGAIN = 1 /* though it is loaded */, THING_LOAD_STRICT = 2 /* a row that is referred to and absent is an error */ };
enum { THING_LOCK_NONE = 0, THING_LOCK_SHARE = 1 /* others may read and share it */, THING_LOCK_UPDATE = 2 /* no other may lock or write it */ };
enum { THING_WAIT_BLOCK = 0, THING_WAIT_NOWAIT = 1 /* THING_E_BUSY at once */, THING_WAIT_SKIP_LOCKED = 2 /* leaves locked rows out */ };
enum { THING_NULLS_DEFAULT = 0 /* last */, THING_NULLS_FIRST = 1, THING_NULLS_LAST = 2 };
enum { THING_DELETE_DEFAULT = 0 /* soft when the model has soft delete */, THING_DELETE_SOFT = 1, THING_DELETE_HARD = 2 };
/* thing_ctx_set_flags: or-ed */
enum {
  THING_CTX_NO_CACHE_READ = 1,  /* answer from the database */
  THING_CTX_NO_CACHE_WRITE = 2, /* put nothing into the cache */
  THING_CTX_WITH_DELETED = 4,   /* soft-deleted rows too */
  THING_CTX_ONLY_DELETED = 8,   /* soft-deleted rows alone */
  THING_CTX_CACHE_ONLY = 16,    /* memory cache alone, never blocks: THING_MORE on a miss */
  THING_CTX_NO_HOOKS = 32,
  THING_CTX_NO_TIMESTAMPS = 64, /* leave created and updated fields as they are */
  /* Reads lock the rows that they give, as thing_criteria_lock does; at most one of each two. A query's own lock comes first. */
  THING_CTX_LOCK_SHARE = 128, THING_CTX_LOCK_UPDATE = 256, THING_CTX_NOWAIT = 512, THING_CTX_SKIP_LOCKED = 1024,
  THING_CTX_NO_COPIES = 2048,   /* cache "redis": no copies of this process, each answer is asked of Redis or the database */
  THING_CTX_UNSCOPED = 4096     /* rows that default scopes of their models hide, too */
};
/* thing_hook_add: or-ed */
enum {
  THING_ON_BEFORE_SAVE = 1, THING_ON_AFTER_SAVE = 2, THING_ON_BEFORE_CREATE = 4, THING_ON_AFTER_CREATE = 8,
  THING_ON_BEFORE_UPDATE = 16, THING_ON_AFTER_UPDATE = 32, THING_ON_BEFORE_DELETE = 64, THING_ON_AFTER_DELETE = 128,
  THING_ON_AFTER_LOAD = 256, THING_ON_AFTER_COMMIT = 512, THING_ON_AFTER_ROLLBACK = 1024,
  THING_ON_BEFORE_RESTORE = 2048, THING_ON_AFTER_RESTORE = 4096,
  /* Beside BEFORE_DELETE and AFTER_DELETE, by what the delete does. */
  THING_ON_BEFORE_SOFT_DELETE = 8192, THING_ON_AFTER_SOFT_DELETE = 16384,
  THING_ON_BEFORE_HARD_DELETE = 32768, THING_ON_AFTER_HARD_DELETE = 65536,
  THING_HOOK_MAY_FAIL = 16777216 /* what it returns below 0 from an AFTER event of a write fails that, which is taken back */
};
/* thing_tx_begin: or-ed */
enum {
  THING_TX_DEFAULT = 0,   /* SQLite: takes the write lock at once; servers: their own isolation level */
  THING_TX_READ_ONLY = 1, /* without a level below: one state of the database */
  THING_TX_DEFERRED = 2,  /* SQLite: the write lock at the first write */
  /* At most one of the isolation levels of SQL; SQLite's transactions are serializable whatever is asked for. */
  THING_TX_READ_COMMITTED = 4, THING_TX_REPEATABLE_READ = 8, THING_TX_SERIALIZABLE = 16
};
enum { THING_BULK_ALL = 1 /* allow a bulk write without a condition */ };
/* thing_upsert_many: a row that is there takes nothing and stays as it is, its updated time and version too. */
enum { THING_UPSERT_KEEP = 1 };
enum { THING_FILL_STRICT = 1 /* a guarded key is an error, not dropped */, THING_FILL_IF_ABSENT = 2 /* only unset or NULL fields */ };
enum { THING_JSON_HIDDEN = 1 /* hidden fields too */, THING_JSON_CHANGED = 2 /* changed fields only */ };
enum { THING_LOG_OFF = 0, THING_LOG_ERROR = 1, THING_LOG_WARN = 2, THING_LOG_INFO = 3, THING_LOG_DEBUG = 4 /* SQL */, THING_LOG_ARGS = 16 /* or-ed in: values too */ };
/* thing_cache_stat: number of ... */
enum {
  THING_STAT_OBJECT_HIT = 1, THING_STAT_OBJECT_MISS = 2, THING_STAT_OBJECT_FILL = 3, THING_STAT_ABSENT_HIT = 4, THING_STAT_ABSENT_FILL = 5,
  THING_STAT_LIST_HIT = 6, THING_STAT_LIST_MISS = 7, THING_STAT_LIST_FILL = 8, THING_STAT_COUNT_HIT = 9, THING_STAT_COUNT_MISS = 10,
  THING_STAT_COUNT_FILL = 11, THING_STAT_EVICTION = 12, THING_STAT_INVALIDATION = 13 /* entries dropped by own writes */,
  THING_STAT_FOREIGN_CHANGE = 14 /* times another process or connection changed the file */, THING_STAT_FLIGHT_JOIN = 15 /* reads that waited for another's */,
  THING_STAT_BYTES = 16 /* in use now */, THING_STAT_ENTRIES = 17 /* now */, THING_STAT_SQL = 18 /* statements run by this db */,
  THING_STAT_DEGRADED = 19 /* writes that returned before all who share the cache were told */
};

typedef void (*thing_free_fn)(void *user);
/* Returns THING_OK, or < 0 from a BEFORE event to refuse (fill *err by thing_error_set). obj is
 * borrowed for the call; a BEFORE hook may set fields. What an AFTER hook returns is only logged, but for
 * one with THING_HOOK_MAY_FAIL. ctx carries the transaction of the write; it may be NULL after a load, commit or rollback. */
typedef thing_status (*thing_hook_fn)(void *user, int32_t event, thing_db *db, thing_ctx *ctx, thing_obj *obj, thing_error **err);
/* One JSON object in one line: {"level":"debug","event":"sql","sql":...,"us":12,"rows":1[,"args":[...]]}. */
typedef void (*thing_log_fn)(void *user, int32_t level, const char *json_line, int64_t len);
/* The body of thing_tx_run; ctx carries the transaction. THING_OK commits, anything else rolls back. */
typedef thing_status (*thing_tx_fn)(void *user, thing_tx *tx, thing_ctx *ctx, thing_error **err);

/* ---- 1. version and capability [S] ----------------------------------------------------------- */
/* The version as text, "0.1.0". */
THING_API const char *thing_version(void);
/* The version as one number, THING_VERSION_NUMBER of the library that is loaded. */
THING_API int32_t thing_version_number(void);
/* The ABI's major number, also that of the soname. */
THING_API int32_t thing_abi_version(void);
/* Whether this build has a capability: "backend:sqlite", "backend:postgres", "backend:mysql", "cache:memory",
 * "cache:redis", "pack:1". Unknown: false. */
THING_API bool thing_has(const char *capability);
/* The name of a status without prefix, "NOT_FOUND", "E_UNIQUE"; "UNKNOWN" for others. */
THING_API const char *thing_status_name(thing_status status);

/* ---- 2. errors [C] --------------------------------------------------------------------------- */
/* Each getter accepts NULL and then gives THING_OK, "" or 0. */
THING_API thing_status thing_error_code(const thing_error *e);
/* One line: what was done, what was found, what was expected. Never holds values of rows. */
THING_API const char *thing_error_message(const thing_error *e);
/* Five characters of SQLSTATE as the nearest standard class; "" when unknown. */
THING_API const char *thing_error_sqlstate(const thing_error *e);
/* The driver's own code (SQLite: extended result code); 0 when none. */
THING_API int64_t thing_error_native(const thing_error *e);
THING_API const char *thing_error_model(const thing_error *e);
/* The fields concerned, joined by ","; "" when unknown. */
THING_API const char *thing_error_field(const thing_error *e);
/* The table whose constraint was violated, or that is missing or lacks a column; "" when unknown. It
 * is another one than the model's when rows of that refer to the row. */
THING_API const char *thing_error_table(const thing_error *e);
/* The columns of that table, joined by ","; "" when unknown. */
THING_API const char *thing_error_column(const thing_error *e);
/* Of rules of a model: their names, one for each field, joined by ",". */
THING_API const char *thing_error_constraint(const thing_error *e);
/* Whether the same call, or the same transaction as a whole, may succeed when run again. */
THING_API bool thing_error_retryable(const thing_error *e);
/* The error as a JSON object, chain of context included; NULL without memory. The caller frees it. */
THING_API thing_buf *thing_error_json(const thing_error *e);
/* Fills *err from a callback; returns code. A previous *err is freed. A code >= 0 becomes THING_E_CALLBACK. */
THING_API thing_status thing_error_set(thing_error **err, thing_status code, const char *msg, int64_t len);
THING_API void thing_error_free(thing_error *e);

/* ---- 3. buffers ------------------------------------------------------------------------------ */
/* The bytes, followed by one NUL that the length does not count. */
THING_API const uint8_t *thing_buf_data(const thing_buf *b);
THING_API int64_t thing_buf_len(const thing_buf *b);
THING_API void thing_buf_free(thing_buf *b);

/* ---- 4. open, configuration [S] ---------------------------------------------------------------- */
/* Opens a database. config is a URL or a JSON object {"url":URL, "key":value, ...}. URLs:
 *   sqlite:PATH?key=value&...    (sqlite::memory: for a private database in memory)
 *   postgresql://user:password@host:port/name?key=value&...    all that libpq understands, its own keys too
 *   mysql://user:password@host:port/name?key=value&...         MariaDB too; also the keys socket, tls ("disabled",
 *                                           "preferred", "required", "verify"), tls_ca, tls_cert, tls_key
 * Keys of all:
 *   cache "memory", "off" or, on servers, "redis" (default: SQLite memory, servers off. On a server the memory cache is
 *   right only while every write goes through this very handle; that in Redis is shared by all processes and right for
 *   all of them); cache_bytes (64 MiB; a number, or "16MiB"); busy_timeout_ms (5000: the
 *   wait for a lock, and for a free connection); connections (8 at most; SQLite: readers); mode "rwc" (SQLite's
 *   default), "rw" (servers' default), "ro"; lazy_loads, of relations of one object: "allow" (default), "log" (a line of
 *   level warn each), "refuse".
 * Of SQLite: journal "wal" (default) or "keep"; synchronous "normal" (default), "full", "off"; foreign_keys true
 *   (default); lease true (default: idle readers keep their snapshot while nobody commits, which halves the cost of a
 *   read).
 * Of servers: connections_min (0: kept though idle); connection_idle_ms (600000: then it is closed; 0 never);
 *   connection_lifetime_ms (1800000: then it is replaced; 0 never); connect_timeout_ms (10000); redis (URL of the server
 *   of cache "redis"); cache_ttl_ms (600000: rows, lists and counts stay in Redis for so long, or up to a tenth
 *   less); cache_absent_ttl_ms (60000: the same of rows that are not there); cache_space (names the database in Redis;
 *   asked of the database unless it is given); cache_copies (of cache "redis", copies in this process: "off";
 *   "validate": Redis is asked, without the bytes; "lease", the default: used without asking for cache_copies_ms, 1 to
 *   10, default 2, and writers return no earlier; "track": until Redis says that it changed, and cache_copies_ms, 1000,
 *   when it can say nothing; "ttl": for cache_copies_ms, 1000, though it changed); cache_copies_ms with cache "memory":
 *   so long copies count, which bounds what others' writes leave old. cache_policy, of writes while Redis can not be
 *   reached: "available" (default: they are made, and others are told by way of the table thing_outbox, which is made
 *   where it is missing; where it can not be, as "strict"), "strict" (they are THING_E_CACHE_DOWN), "loose" (they are
 *   made, and nobody is told); cache_wait_ms (1000: for so long such a write waits until somebody has told the others);
 *   cache_poll_ms (250: between looks into that table).
 * Of PostgreSQL: prepared true (default; false behind a pooler that gives a session to others between transactions).
 * Unknown keys are THING_E_INVALID; a database that can not be opened or reached THING_E_CONNECTION; a refused user
 * THING_E_AUTH; a database that this build has no driver for THING_E_UNSUPPORTED. No message holds a password. */
THING_API thing_status thing_open(const char *config, int64_t len, thing_db **out, thing_error **err);
/* Closes db: waits for running calls, rolls open transactions back, and ends its connections.
 * Handles of the db stay safe to use and to free. NULL is allowed; the handle itself is gone. */
THING_API void thing_close(thing_db *db);
/* Runs the smallest query there is. */
THING_API thing_status thing_ping(thing_db *db, thing_ctx *ctx, thing_error **err);
/* Changes an option while open: "cache" (that of thing_open, or "off"), "cache_bytes", "busy_timeout_ms", "lease" (SQLite), "lazy_loads". */
THING_API thing_status thing_set_option(thing_db *db, const char *key, const char *value, int64_t len, thing_error **err);
/* The configuration in force, server version, connections and models, as a JSON object. */
THING_API thing_status thing_info_json(thing_db *db, thing_ctx *ctx, thing_buf **out, thing_error **err);

/* ---- 5. call context --------------------------------------------------------------------------- */
/* A context without deadline and flags; NULL without memory or for a NULL db. */
THING_API thing_ctx *thing_ctx_new(thing_db *db);
/* The ctx of calls with THING_CTX_CACHE_ONLY and no other option, which never block: for runtimes that look whether an
 * answer is in memory before they leave their thread for it. It is that of all databases, for any number of calls at the
 * same time, and is never freed: thing_ctx_free, thing_ctx_reset, thing_ctx_cancel and thing_ctx_set_* do nothing with it,
 * thing_ctx_mute is THING_E_INVALID. */
THING_API thing_ctx *thing_ctx_cached(void);
THING_API void thing_ctx_free(thing_ctx *ctx);
/* Clears deadline, flags, tag, muted models and cancellation; the transaction of a thing_tx_ctx stays. */
THING_API void thing_ctx_reset(thing_ctx *ctx);
/* Calls fail with THING_E_TIMEOUT from ms milliseconds after now; -1: no deadline. Other negative values count as 0. */
THING_API void thing_ctx_set_timeout_ms(thing_ctx *ctx, int64_t ms);
THING_API void thing_ctx_set_flags(thing_ctx *ctx, int32_t flags);
/* A label for the log ("tag" in its lines). */
THING_API void thing_ctx_set_tag(thing_ctx *ctx, const char *tag, int64_t len);
/* Hooks do not run for objects of the model in calls with ctx, until thing_ctx_reset. */
THING_API thing_status thing_ctx_mute(thing_ctx *ctx, const thing_model *m, thing_error **err);
/* Ends the running call and all later ones with THING_E_CANCELLED until thing_ctx_reset. */
THING_API void thing_ctx_cancel(thing_ctx *ctx);
THING_API bool thing_ctx_cancelled(const thing_ctx *ctx);
/* Whether the last call with this ctx (of thing_tx_ctx: thing_tx_commit too) committed a write that others who share the
 * cache were not told of when it returned: they may see what was before until they are. */
THING_API bool thing_ctx_degraded(const thing_ctx *ctx);

/* ---- 6. models [S] ------------------------------------------------------------------------------- */
/* Registers one model (a JSON object) or several (an array), all or none. The same document again
 * is a no-op; another document under a registered name is THING_E_MODEL. docs/reference/models.md. */
THING_API thing_status thing_model_register(thing_db *db, const char *json, int64_t len, thing_error **err);
/* NULL when there is none of that name. */
THING_API const thing_model *thing_model_find(thing_db *db, const char *name, int64_t len);
THING_API int32_t thing_model_count(thing_db *db);
/* Models in order of registration; NULL outside 0 .. count-1. */
THING_API const thing_model *thing_model_at(thing_db *db, int32_t i);
THING_API const char *thing_model_name(const thing_model *m);
THING_API const char *thing_model_table(const thing_model *m);
/* A fingerprint of names, types and order of the fields: the model_hash of its packed rows. */
THING_API int64_t thing_model_hash(const thing_model *m);
THING_API int32_t thing_model_field_count(const thing_model *m);
/* -1 when there is none of that name. */
THING_API int32_t thing_model_field_index(const thing_model *m, const char *name, int64_t len);
/* NULL or 0 outside 0 .. count-1, as for the next two. */
THING_API const char *thing_model_field_name(const thing_model *m, int32_t field);
THING_API const char *thing_model_field_column(const thing_model *m, int32_t field);
THING_API int32_t thing_model_field_type(const thing_model *m, int32_t field);
THING_API int32_t thing_model_field_flags(const thing_model *m, int32_t field);
THING_API int32_t thing_model_relation_count(const thing_model *m);
/* NULL or 0 outside 0 .. count-1, as for the next two. */
THING_API const char *thing_model_relation_name(const thing_model *m, int32_t relation);
THING_API int32_t thing_model_relation_kind(const thing_model *m, int32_t relation);
/* The name of the model that it leads to; of several, the first. */
THING_API const char *thing_model_relation_target(const thing_model *m, int32_t relation);
/* The whole definition with every default written out; registering it again gives the same model. */
THING_API thing_status thing_model_json(const thing_model *m, thing_buf **out, thing_error **err);

/* ---- 7. objects [1]; fields by index --------------------------------------------------------------- */
/* Of a partial object (THING_OBJ_PARTIAL: loaded with a select) getters give nothing of a field that was not selected; what
 * needs it, here and in relations and writes, is THING_E_STATE, which names model and field (docs/guide/read.md). */
/* A new object with every field unset; NULL without memory or model. */
THING_API thing_obj *thing_obj_new(const thing_model *m);
/* A copy with its own changes. */
THING_API thing_obj *thing_obj_clone(const thing_obj *o);
THING_API void thing_obj_free(thing_obj *o);
THING_API const thing_model *thing_obj_model(const thing_obj *o);
/* The primary key when it is one int field; 0 when unset or of another kind. */
THING_API int64_t thing_obj_id(const thing_obj *o);
THING_API int32_t thing_obj_state(const thing_obj *o);                      /* THING_OBJ_* */
THING_API int32_t thing_obj_field_state(const thing_obj *o, int32_t field); /* THING_STATE_* */
/* BOOL, INT, DATETIME, DATE, TIME; FLOAT is truncated toward zero. 0 when NULL, missing or of another type. */
THING_API int64_t thing_obj_int64(const thing_obj *o, int32_t field);
/* FLOAT and INT. 0 when NULL, missing or of another type. */
THING_API double thing_obj_double(const thing_obj *o, int32_t field);
/* TEXT, ENUM, JSON, DECIMAL, BYTES, UUID (16 bytes), lists: THING_OK, THING_NULL, THING_MISSING or THING_E_TYPE. */
THING_API thing_status thing_obj_text(const thing_obj *o, int32_t field, const char **out, int64_t *out_len);
/* The object as loaded or last saved, without changes; borrowed; NULL when new. */
THING_API const thing_obj *thing_obj_original(thing_obj *o);
/* Setting what the object was loaded with takes the change back, of json fields also in another spelling. A field that is not nullable
 * accepts NULL here and fails at save, so that forms can be filled in any order. */
THING_API thing_status thing_obj_set_null(thing_obj *o, int32_t field, thing_error **err);
THING_API thing_status thing_obj_set_int64(thing_obj *o, int32_t field, int64_t value, thing_error **err);
THING_API thing_status thing_obj_set_double(thing_obj *o, int32_t field, double value, thing_error **err);
/* Text for any type: numbers, "true", RFC 3339 times, UUIDs (36 characters or 16 bytes), decimals. BYTES take the bytes as they are,
 * lists a JSON array, which is kept in canonical form. */
THING_API thing_status thing_obj_set_text(thing_obj *o, int32_t field, const char *value, int64_t len, thing_error **err);
/* Whether the field, or any field for -1, differs from what was loaded or last saved. */
THING_API bool thing_obj_dirty(const thing_obj *o, int32_t field);
/* Takes the change of the field, or all for -1, back. */
THING_API void thing_obj_revert(thing_obj *o, int32_t field);
/* Takes the present values as the original ones: nothing is dirty, nothing will be saved. */
THING_API thing_status thing_obj_sync(thing_obj *o, thing_error **err);
/* {"field":[old,new],...} of the changes not yet saved. */
THING_API thing_status thing_obj_changes_json(const thing_obj *o, thing_buf **out, thing_error **err);
/* Whether the last save of this object wrote the field, or any for -1. */
THING_API bool thing_obj_was_changed(const thing_obj *o, int32_t field);
/* {"field":[old,new],...} of what the last save wrote. */
THING_API thing_status thing_obj_saved_changes_json(const thing_obj *o, thing_buf **out, thing_error **err);
/* The object as JSON in field order; missing and hidden fields are left out (flags: THING_JSON_*). */
THING_API thing_status thing_obj_json(const thing_obj *o, int32_t flags, thing_buf **out, thing_error **err);
/* Chosen fields as JSON, e.g. "name,books{title,-year}": items separated by ',', with spaces anywhere around names. NAME
 * includes, -NAME leaves out, NAME{...} chooses within the value of a json field (within each element of an array) or the rows of
 * a relation that is loaded. With an
 * included item at a level only those are printed, in their order; else all that are not left out; "" is all. The first
 * of two items of one name counts. Names are of fields, else of columns; printed as given. One that is not there
 * prints null, fields that are missing or hidden are left out (flags: THING_JSON_HIDDEN). At most 1,000 items and 128 levels; THING_E_SYNTAX names the byte. */
THING_API thing_status thing_obj_json_fields(const thing_obj *o, const char *fields, int64_t len, int32_t flags, thing_buf **out, thing_error **err);
/* Sets the fields of a JSON object, fillable or not: all or none of them. */
THING_API thing_status thing_obj_assign_json(thing_obj *o, const char *json, int64_t len, thing_error **err);
/* The same for input from outside: fields that the model does not allow to fill are dropped, or are
 * THING_E_INVALID with THING_FILL_STRICT. Unknown names are errors in both. */
THING_API thing_status thing_obj_fill_json(thing_obj *o, const char *json, int64_t len, int32_t flags, thing_error **err);
/* The present values as one packed row, docs/reference/pack.md. */
THING_API thing_status thing_obj_pack(const thing_obj *o, thing_buf **out, thing_error **err);
/* An object as it was loaded, of a packed row that was kept since: what is set from here on is a change, and a save, a
 * delete or a reload is that of the object that gave the row. The row has to hold the primary key; fields that it lacks were not
 * selected. */
THING_API thing_status thing_obj_unpack(const thing_model *m, const uint8_t *packed, int64_t len, thing_obj **out, thing_error **err);
/* Sets the fields that the packed row holds; model_hash must be the model's. */
THING_API thing_status thing_obj_assign_packed(thing_obj *o, const uint8_t *packed, int64_t len, thing_error **err);
/* THING_OK when the object holds all of the fields, NULL or not; n 0: all of its model. Else THING_E_STATE: the error names those
 * that were not selected, or are unset in a new object, joined by ",". */
THING_API thing_status thing_obj_require(const thing_obj *o, const int32_t *fields, int32_t n, thing_error **err);
/* What save would check before it asks the database: required fields, enum values, and the rules of the model. Broken rules
 * are one THING_E_CHECK that lists all: thing_error_field and thing_error_constraint (the rules), joined by ",", and in
 * thing_error_json "failures": [{"field","rule","message"}]. */
THING_API thing_status thing_obj_validate(const thing_obj *o, thing_error **err);
/* A new object with the values of o but for its primary key, the fields with a task (times, soft delete, version), and those
 * of except (may be NULL when n is 0); owned. THING_E_STATE: others were not selected. */
THING_API thing_status thing_obj_replicate(const thing_obj *o, const int32_t *except, int32_t n, thing_obj **out, thing_error **err);
/* Whether both stand for one row: same database, model and primary key (as loaded; of new objects as set). */
THING_API bool thing_obj_same(const thing_obj *a, const thing_obj *b);
/* Edits the document of a json field in memory; it is saved as a whole, as any change. path is a JSON Pointer (RFC 6901):
 * "/a/0", "-" behind the last element, "" the whole. A field that is NULL, or unset in a new object, is {} or its default.
 * A path through a scalar, or behind the next element, is THING_E_INVALID. */
THING_API thing_status thing_obj_json_set(thing_obj *o, int32_t field, const char *path, int64_t path_len, const char *json, int64_t len, thing_error **err);
/* What is not there is no error. */
THING_API thing_status thing_obj_json_remove(thing_obj *o, int32_t field, const char *path, int64_t path_len, thing_error **err);
/* Lays a patch over the document (RFC 7396): objects are merged, null removes, all else replaces. */
THING_API thing_status thing_obj_json_merge(thing_obj *o, int32_t field, const char *json, int64_t len, thing_error **err);

/* ---- 8. records: all may block ----------------------------------------------------------------------- */
/* Reads return THING_OK or THING_NOT_FOUND. Keys as JSON: a scalar, an array in the order of the
 * primary key, or an object {"field":value}. Soft-deleted rows, and those that
 * default scopes hide, are absent unless the ctx asks for them. Default scopes hold for deletes and increments by key, too. */
THING_API thing_status thing_by_id(thing_db *db, thing_ctx *ctx, const thing_model *m, int64_t id, thing_obj **out, thing_error **err);
/* One row as a packed batch in the caller's buffer: THING_OK with *need <= cap, THING_MORE with *need > cap (nothing written), or THING_NOT_FOUND. buf may be NULL when cap is 0. */
THING_API thing_status thing_by_id_packed(thing_db *db, thing_ctx *ctx, const thing_model *m, int64_t id, uint8_t *buf, int64_t cap, int64_t *need, thing_error **err);
THING_API thing_status thing_by_key(thing_db *db, thing_ctx *ctx, const thing_model *m, const char *key_json, int64_t len, thing_obj **out, thing_error **err);
/* Rows in the order of the ids; absent ones are left out, repeated ones repeated. At most 1,000,000 ids. */
THING_API thing_status thing_by_ids(thing_db *db, thing_ctx *ctx, const thing_model *m, const int64_t *ids, int64_t n, thing_rows **out, thing_error **err);
/* The same for any key: a JSON array of keys. */
THING_API thing_status thing_by_keys(thing_db *db, thing_ctx *ctx, const thing_model *m, const char *keys_json, int64_t len, thing_rows **out, thing_error **err);
/* The same with keys as a packed batch that has one column per field of the primary key. */
THING_API thing_status thing_by_keys_packed(thing_db *db, thing_ctx *ctx, const thing_model *m, const uint8_t *packed, int64_t len, thing_rows **out, thing_error **err);
/* Inserts a new object, or updates the changed fields of a loaded one; without changes it runs no SQL.
 * Afterwards the object holds the row as it was written, with the values that the database made: ids,
 * SQL defaults, and what triggers changed in it. What others wrote to other columns since the object
 * was loaded shows at the next load. THING_NOT_FOUND: the row is gone and nothing was written. THING_E_CONFLICT: the model has a version field and the
 * row was saved by somebody else since it was loaded. On any failure object and database are as before.
 * Objects put into relations of it are saved too, each when it is new or changed, in one transaction: those it refers to
 * first, then itself, then its children. */
THING_API thing_status thing_save(thing_db *db, thing_ctx *ctx, thing_obj *o, thing_error **err);
/* Saves all in one transaction (the ctx's, or its own): all or none. A NULL item is THING_E_INVALID. Inserts of
 * one model go out many rows a statement. */
THING_API thing_status thing_save_many(thing_db *db, thing_ctx *ctx, thing_obj *const *objs, int64_t n, thing_error **err);
/* Inserts the rows of a packed batch; ids (may be NULL when cap is 0) receives the int primary keys in order. Runs no hooks. */
THING_API thing_status thing_save_packed(thing_db *db, thing_ctx *ctx, const thing_model *m, const uint8_t *packed, int64_t len, int64_t *ids, int64_t cap, thing_error **err);
/* Inserts, or updates the row that has the same values in key_fields (a primary or unique key; n 0: the primary key). One statement. */
THING_API thing_status thing_upsert(thing_db *db, thing_ctx *ctx, thing_obj *o, const int32_t *key_fields, int32_t n, thing_error **err);
/* The same of objects of one model, all or none. update_fields: what a row that is there takes of those fields that are set (n_update 0:
 * all of them); none of them is part of a key that the row is found by. flags: THING_UPSERT_KEEP. Afterwards each object holds its
 * row. One statement each, with THING_UPSERT_KEEP two for a new row. */
THING_API thing_status thing_upsert_many(thing_db *db, thing_ctx *ctx, thing_obj *const *objs, int64_t n, const int32_t *key_fields, int32_t n_key, const int32_t *update_fields, int32_t n_update, int32_t flags, thing_error **err);
/* Reads the row again and drops the changes. */
THING_API thing_status thing_reload(thing_db *db, thing_ctx *ctx, thing_obj *o, thing_error **err);
/* The row as it is in the database now, as another object; o stays as it is. THING_NOT_FOUND when the row is gone. */
THING_API thing_status thing_fresh(thing_db *db, thing_ctx *ctx, const thing_obj *o, thing_obj **out, thing_error **err);
/* mode: THING_DELETE_*. THING_NOT_FOUND when no row was there (or it was soft-deleted already); THING_E_CONFLICT as in save.
 * A soft delete, by key and in bulk too, takes along the rows of relations that say so ("on_soft_delete"), in one transaction and with their hooks.
 * thing_delete_many deletes all or none, at one time; what it takes along may be among the objects, in any order. */
THING_API thing_status thing_delete(thing_db *db, thing_ctx *ctx, thing_obj *o, int32_t mode, thing_error **err);
THING_API thing_status thing_delete_many(thing_db *db, thing_ctx *ctx, thing_obj *const *objs, int64_t n, int32_t mode, thing_error **err);
THING_API thing_status thing_delete_by_id(thing_db *db, thing_ctx *ctx, const thing_model *m, int64_t id, int32_t mode, thing_error **err);
THING_API thing_status thing_delete_by_key(thing_db *db, thing_ctx *ctx, const thing_model *m, const char *key_json, int64_t len, int32_t mode, thing_error **err);
/* Takes a soft delete back, with what it took along. */
THING_API thing_status thing_restore(thing_db *db, thing_ctx *ctx, thing_obj *o, thing_error **err);
/* Adds delta to an int field in the database; out (may be NULL) receives the new value. Overflow is THING_E_RANGE, NULL counts as 0. */
THING_API thing_status thing_incr(thing_db *db, thing_ctx *ctx, const thing_model *m, int64_t id, int32_t field, int64_t delta, int64_t *out, thing_error **err);
THING_API thing_status thing_incr_by_key(thing_db *db, thing_ctx *ctx, const thing_model *m, const char *key_json, int64_t len, int32_t field, int64_t delta, int64_t *out, thing_error **err);

/* ---- 9. queries --------------------------------------------------------------------------------------- */
/* Runs a query given as JSON, docs/reference/criteria.md. The parsed form of a repeated text is kept. */
THING_API thing_status thing_query(thing_db *db, thing_ctx *ctx, const thing_model *m, const char *json, int64_t len, thing_rows **out, thing_error **err);
/* A query for all rows of the model; NULL without memory or model. */
THING_API thing_criteria *thing_criteria_new(const thing_model *m);
THING_API thing_status thing_criteria_parse(const thing_model *m, const char *json, int64_t len, thing_criteria **out, thing_error **err);
THING_API thing_criteria *thing_criteria_clone(const thing_criteria *q);
THING_API void thing_criteria_free(thing_criteria *q);
/* Conditions return a slot (>= 0) for thing_criteria_rebind_*, or a status < 0. op: THING_OP_*. */
THING_API int32_t thing_criteria_int64(thing_criteria *q, int32_t field, int32_t op, int64_t value, thing_error **err);
THING_API int32_t thing_criteria_double(thing_criteria *q, int32_t field, int32_t op, double value, thing_error **err);
THING_API int32_t thing_criteria_text(thing_criteria *q, int32_t field, int32_t op, const char *value, int64_t len, thing_error **err);
/* Compares with another field of the same model and type, by THING_OP_EQ to THING_OP_GE; json fields and lists have none
 * of these. NULL in either is neither equal nor unequal. */
THING_API thing_status thing_criteria_field(thing_criteria *q, int32_t field, int32_t op, int32_t other, thing_error **err);
THING_API thing_status thing_criteria_null(thing_criteria *q, int32_t field, bool is_null, thing_error **err);
/* field IN (values), or NOT IN for negate. An empty list matches nothing, negated everything. */
THING_API thing_status thing_criteria_in_int64(thing_criteria *q, int32_t field, const int64_t *values, int64_t n, bool negate, thing_error **err);
THING_API thing_status thing_criteria_in_json(thing_criteria *q, int32_t field, const char *array_json, int64_t len, bool negate, thing_error **err);
/* Adds a condition in the JSON form of "where". */
THING_API thing_status thing_criteria_where_json(thing_criteria *q, const char *json, int64_t len, thing_error **err);
/* Conditions up to the matching end form one group (THING_GROUP_*); at most 64 deep. Running a query with an open group is THING_E_STATE. */
THING_API thing_status thing_criteria_begin(thing_criteria *q, int32_t group, thing_error **err);
/* Conditions up to the matching end are of the model that the relation leads to, and hold for some, every or none of its
 * rows (THING_RELATED_*). Relations nest up to 8 deep. Queries with such conditions are answered by the database, as rows
 * of several tables decide. THING_E_MODEL: a model that the relation needs is not registered. */
THING_API thing_status thing_criteria_begin_related(thing_criteria *q, const char *relation, int64_t len, int32_t quantifier, thing_error **err);
THING_API thing_status thing_criteria_end(thing_criteria *q, thing_error **err);
/* Adds an order; the model's default order holds when there is none, and the primary key breaks ties. */
THING_API thing_status thing_criteria_order(thing_criteria *q, int32_t field, bool descending, int32_t nulls, thing_error **err);
/* The rows of relations come along, loaded for all rows together: path is a relation, or one of its model's behind a dot,
 * "posts.comments". The JSON form is that of "include", {"posts": {"where": ..., "orderBy": ..., "take": 5}}: take and
 * skip hold for each row by itself. So do numbers about the rows, {"_count": {"select": {"posts": true}}}, which
 * thing_obj_related_* give (docs/reference/criteria.md). */
THING_API thing_status thing_criteria_include(thing_criteria *q, const char *path, int64_t len, thing_error **err);
THING_API thing_status thing_criteria_include_json(thing_criteria *q, const char *json, int64_t len, thing_error **err);
/* Adds orders in the JSON form of "orderBy": also by what rows of relations say, {"author": {"name": "asc"}} and
 * {"posts": {"_count": "desc"}}. Queries with such orders are answered by the database, and have no tokens. */
THING_API thing_status thing_criteria_order_json(thing_criteria *q, const char *json, int64_t len, thing_error **err);
/* Negative values are THING_E_RANGE. */
THING_API thing_status thing_criteria_take(thing_criteria *q, int64_t n, thing_error **err);
THING_API thing_status thing_criteria_skip(thing_criteria *q, int64_t n, thing_error **err);
/* Loads these fields (and the primary key, unless distinct): the objects are THING_OBJ_PARTIAL. */
THING_API thing_status thing_criteria_select(thing_criteria *q, const int32_t *fields, int32_t n, thing_error **err);
/* Different rows of the selected fields; needs a select. */
THING_API thing_status thing_criteria_distinct(thing_criteria *q, bool distinct, thing_error **err);
/* Locks the rows that the query gives until its transaction ends (a rollback to an earlier savepoint may end it too).
 * lock: THING_LOCK_*; wait: THING_WAIT_*, for rows that others have locked. Without a transaction the query is
 * THING_E_STATE, in a read-only one THING_E_READONLY; with distinct, count, exists and bulk writes THING_E_UNSUPPORTED.
 * SQLite locks all there is when a transaction begins, so nothing is left to do (THING_TX_DEFERRED: THING_E_STATE), and
 * waits other than THING_WAIT_BLOCK are THING_E_UNSUPPORTED. */
THING_API thing_status thing_criteria_lock(thing_criteria *q, int32_t lock, int32_t wait, thing_error **err);
/* Adds a scope of the model: its condition, and its order where the query has none. Unknown names are THING_E_INVALID. */
THING_API thing_status thing_criteria_scope(thing_criteria *q, const char *name, int64_t len, thing_error **err);
/* Leaves a default scope out, "visible" too; all of them for NULL. */
THING_API thing_status thing_criteria_unscoped(thing_criteria *q, const char *name, int64_t len, thing_error **err);
/* The page after a token of thing_rows_next; same model and order, else THING_E_INVALID. */
THING_API thing_status thing_criteria_after(thing_criteria *q, const char *token, int64_t len, thing_error **err);
THING_API thing_status thing_criteria_rebind_int64(thing_criteria *q, int32_t slot, int64_t value, thing_error **err);
THING_API thing_status thing_criteria_rebind_double(thing_criteria *q, int32_t slot, double value, thing_error **err);
THING_API thing_status thing_criteria_rebind_text(thing_criteria *q, int32_t slot, const char *value, int64_t len, thing_error **err);
/* The query as JSON. */
THING_API thing_status thing_criteria_json(const thing_criteria *q, thing_buf **out, thing_error **err);
THING_API thing_status thing_query_run(thing_db *db, thing_ctx *ctx, const thing_criteria *q, thing_rows **out, thing_error **err);
/* The first row: THING_OK or THING_NOT_FOUND. */
THING_API thing_status thing_query_first(thing_db *db, thing_ctx *ctx, const thing_criteria *q, thing_obj **out, thing_error **err);
/* The only row: THING_OK, THING_NOT_FOUND, or THING_E_RANGE when there are more. */
THING_API thing_status thing_query_sole(thing_db *db, thing_ctx *ctx, const thing_criteria *q, thing_obj **out, thing_error **err);
/* The number of rows that match, take and skip left aside; of different rows when distinct. */
THING_API thing_status thing_query_count(thing_db *db, thing_ctx *ctx, const thing_criteria *q, int64_t *out, thing_error **err);
THING_API thing_status thing_query_exists(thing_db *db, thing_ctx *ctx, const thing_criteria *q, bool *out, thing_error **err);
/* The values of one field as a JSON array. */
THING_API thing_status thing_query_pluck(thing_db *db, thing_ctx *ctx, const thing_criteria *q, int32_t field, thing_buf **out, thing_error **err);
/* Streams in batches of at most batch rows (1 to 100,000). */
THING_API thing_status thing_query_open(thing_db *db, thing_ctx *ctx, const thing_criteria *q, int64_t batch, thing_cursor **out, thing_error **err);
/* SQL, arguments' types, cache key and dependencies as JSON; runs nothing. */
THING_API thing_status thing_query_explain(thing_db *db, thing_ctx *ctx, const thing_criteria *q, thing_buf **out, thing_error **err);
/* Sets fields of all matching rows: {"field":value} or {"field":{"increment":n}} ("decrement", "set"). Without a
 * condition it is THING_E_INVALID unless flags has THING_BULK_ALL; with take, skip or after it is THING_E_UNSUPPORTED.
 * Sets the updated time, raises the version, runs no hooks. affected may be NULL. */
THING_API thing_status thing_update_where(thing_db *db, thing_ctx *ctx, const thing_criteria *q, const char *set_json, int64_t len, int32_t flags, int64_t *affected, thing_error **err);
THING_API thing_status thing_delete_where(thing_db *db, thing_ctx *ctx, const thing_criteria *q, int32_t mode, int32_t flags, int64_t *affected, thing_error **err);

/* Aggregates of the rows of a query, take and skip included, from the database itself, as one object: aggregates_json is
 * {"_count": true, "_sum": {"field": true}, "_avg": ..., "_min": ..., "_max": ...}. With "by", an array of fields, an
 * array with one object a group; "having", "orderBy", "take" and "skip" choose groups (docs/reference/actions.md). */
THING_API thing_status thing_aggregate(thing_db *db, thing_ctx *ctx, const thing_criteria *q, const char *aggregates_json, int64_t len, thing_buf **out, thing_error **err);
/* One call for everything: findUnique, findFirst, findMany, create, createMany, update, updateMany, upsert, upsertMany,
 * delete, deleteMany, createManyAndReturn, updateManyAndReturn, deleteManyAndReturn, count, aggregate or groupBy of a
 * model's records, by a JSON document, with a JSON answer (docs/reference/actions.md). args_json may be NULL for {}. Where a record has to be and is not, THING_NOT_FOUND. The
 * data of create, update and upsert may say what becomes of rows of relations; one of those that is not there is
 * THING_E_FOREIGN_KEY. All of a call happens or nothing does, in the ctx's transaction too. */
THING_API thing_status thing_call(thing_db *db, thing_ctx *ctx, const char *model, const char *action, const char *args_json, int64_t len, thing_buf **out, thing_error **err);

/* ---- 10. result sets [C] and cursors [1] ------------------------------------------------------------------ */
THING_API int64_t thing_rows_count(const thing_rows *r);
/* NULL for a result of raw SQL. */
THING_API const thing_model *thing_rows_model(const thing_rows *r);
/* The int primary keys, thing_rows_count of them; NULL when the key is of another kind or was not selected. */
THING_API const int64_t *thing_rows_ids(const thing_rows *r);
/* Row i as an object that shares the result's bytes; owned. NULL out of range, for raw SQL, or without memory. */
THING_API thing_obj *thing_rows_obj(const thing_rows *r, int64_t i);
/* The whole set as a packed batch; borrowed. */
THING_API const uint8_t *thing_rows_packed(const thing_rows *r, int64_t *out_len);
/* A JSON array (flags: THING_JSON_HIDDEN). */
THING_API thing_status thing_rows_json(const thing_rows *r, int32_t flags, thing_buf **out, thing_error **err);
/* A JSON array of chosen fields, as thing_obj_json_fields. */
THING_API thing_status thing_rows_json_fields(const thing_rows *r, const char *fields, int64_t len, int32_t flags, thing_buf **out, thing_error **err);
/* The token of the page after the last row; THING_DONE when the query had a take and got fewer rows, or no rows. */
THING_API thing_status thing_rows_next(const thing_rows *r, thing_buf **out, thing_error **err);
THING_API void thing_rows_free(thing_rows *r);
/* THING_OK with at least one row, or THING_DONE. */
THING_API thing_status thing_cursor_next(thing_cursor *c, thing_ctx *ctx, thing_rows **out, thing_error **err);
THING_API void thing_cursor_free(thing_cursor *c);

/* ---- 10b. relations ---------------------------------------------------------------------------------------- */
/* The rows that belong to row i and were loaded with it: none, one or many; owned. THING_E_STATE: they were not loaded. */
THING_API thing_status thing_rows_related(const thing_rows *r, int64_t i, const char *relation, int64_t len, thing_rows **out, thing_error **err);
/* The same rows with more relations, for all of them together: what is loaded already is not loaded again. json: as in
 * "include". May block. */
THING_API thing_status thing_rows_load(thing_db *db, thing_ctx *ctx, const thing_rows *r, const char *json, int64_t len, thing_rows **out, thing_error **err);
/* The rows of a relation of an object, loaded at the first time and kept with it until it is loaded again, or refers to
 * another row. flags: THING_LOAD_*. THING_E_UNSUPPORTED: lazy loads are refused (option "lazy_loads"). May block. */
THING_API thing_status thing_related(thing_db *db, thing_ctx *ctx, thing_obj *o, const char *relation, int64_t len, int32_t flags, thing_rows **out, thing_error **err);
/* The one row of a belongs_to or has_one, or the first: THING_OK or THING_NOT_FOUND. With THING_LOAD_STRICT a row that is
 * referred to and is not there is THING_E_FOREIGN_KEY. May block. */
THING_API thing_status thing_related_one(thing_db *db, thing_ctx *ctx, thing_obj *o, const char *relation, int64_t len, int32_t flags, thing_obj **out, thing_error **err);
/* Loads relations of an object, and numbers about them, in the JSON form of "include", in place of what was loaded of
 * them. On a failure, or THING_MORE, some may be loaded. THING_E_UNSUPPORTED as in thing_related. May block. */
THING_API thing_status thing_obj_load(thing_db *db, thing_ctx *ctx, thing_obj *o, const char *json, int64_t len, thing_error **err);
/* A number about rows of a relation that came with the object, or was loaded: path is "_count.posts", "_exists.posts" (0 or
 * 1) or "_sum.orders.total", with the name that it was asked for by. THING_OK; THING_NULL: there are no values; else
 * THING_E_STATE: it was not loaded, or the object refers to other rows now; THING_E_TYPE. Counts and sums of INT are INT, averages FLOAT;
 * sums and averages of DECIMAL are DECIMAL; int64 gives times too, double INT too, text DECIMAL, TEXT and ENUM. */
THING_API thing_status thing_obj_related_int64(const thing_obj *o, const char *path, int64_t len, int64_t *out, thing_error **err);
THING_API thing_status thing_obj_related_double(const thing_obj *o, const char *path, int64_t len, double *out, thing_error **err);
/* The text is borrowed from the object. */
THING_API thing_status thing_obj_related_text(const thing_obj *o, const char *path, int64_t len, const char **out, int64_t *out_len, thing_error **err);
/* Whether the relation's rows are kept with the object as it is now. */
THING_API bool thing_obj_has_related(const thing_obj *o, const char *relation, int64_t len);
/* A query for the rows of a relation of an object, to be narrowed, counted, paged or streamed. Of a relation through
 * others THING_E_UNSUPPORTED. */
THING_API thing_status thing_criteria_related(const thing_obj *o, const char *relation, int64_t len, thing_criteria **out, thing_error **err);

/* Makes the object refer to another, or, for NULL, to none: sets the fields of a belongs_to. An object without a key yet
 * is held, and saved first when this one is. */
THING_API thing_status thing_obj_set_related(thing_obj *o, const char *relation, int64_t len, thing_obj *other, thing_error **err);
/* Puts a child into a has_one, has_many or many_to_many: it is held, and saved after this object, with the key of it,
 * when this one is. An object that the other is saved before or after already is THING_E_INVALID. */
THING_API thing_status thing_obj_add_related(thing_obj *o, const char *relation, int64_t len, thing_obj *child, thing_error **err);
/* Makes rows belong to a saved object, or no longer (THING_LINK_*): of many_to_many by pairs, of has_many and has_one by
 * the key that the rows refer with, which becomes NULL. keys_json: a JSON array of keys of the other model; NULL with
 * THING_LINK_REMOVE: all; of a has_one the row that it shows alone leaves. pivot_json (may be NULL): other fields of the pairs, for new ones and those that are named; pairs
 * that stay keep theirs. added and removed may be NULL. All or none; THING_NOT_FOUND: a row that is named is not there.
 * THING_E_UNSUPPORTED: belongs_to, and relations through others. May block. */
THING_API thing_status thing_link(thing_db *db, thing_ctx *ctx, thing_obj *o, const char *relation, int64_t len, int32_t mode, const char *keys_json, int64_t keys_len, const char *pivot_json, int64_t pivot_len, int64_t *added, int64_t *removed, thing_error **err);

/* ---- 11. transactions [1] --------------------------------------------------------------------------------- */
/* Begins a transaction. With a ctx that carries one already it is a nested one: a savepoint, whose
 * commit releases and whose rollback undoes only its own work; it takes no isolation level.
 * A statement that fails in a transaction takes back itself alone, on PostgreSQL too.
 * What takes writes back (a rollback, that of a nested one or to a savepoint, a free, a failed commit) takes them back from
 * objects too: the next call on one that was saved, deleted or restored there finds it as it was before, with what was set since as
 * changes, and with what was attached to be saved with it. Bytes that were borrowed from it before end with that call, const or not.
 * After THING_E_COMMIT_UNKNOWN objects stay as saved. */
THING_API thing_status thing_tx_begin(thing_db *db, thing_ctx *ctx, int32_t flags, thing_tx **out, thing_error **err);
/* The ctx that carries the transaction; borrowed; its deadline is that of the ctx given to begin. */
THING_API thing_ctx *thing_tx_ctx(thing_tx *tx);
/* After a failed commit the transaction is rolled back, and closed (but for THING_E_BUSY: it may be tried again). */
THING_API thing_status thing_tx_commit(thing_tx *tx, thing_error **err);
THING_API thing_status thing_tx_rollback(thing_tx *tx, thing_error **err);
/* name: 1 to 63 letters, digits and underscores. The same name again hides the earlier one. */
THING_API thing_status thing_tx_savepoint(thing_tx *tx, const char *name, thing_error **err);
THING_API thing_status thing_tx_release(thing_tx *tx, const char *name, thing_error **err);
THING_API thing_status thing_tx_rollback_to(thing_tx *tx, const char *name, thing_error **err);
/* Rolls back when still open. */
THING_API void thing_tx_free(thing_tx *tx);
/* Runs fn in a transaction and commits; runs all of it again after THING_E_SERIALIZATION or THING_E_BUSY, at most
 * attempts times (1 to 100), with growing pauses. */
THING_API thing_status thing_tx_run(thing_db *db, thing_ctx *ctx, int32_t flags, int32_t attempts, thing_tx_fn fn, void *user, thing_error **err);

/* ---- 12. hooks [S] ----------------------------------------------------------------------------------------- */
/* Calls fn on the events (THING_ON_*) of the model, or of every model for NULL. Order: before save, before
 * create/update, SQL, after create/update, after save; before delete, before soft or hard delete, SQL, after soft or
 * hard delete, after delete; before restore, then as an update, after restore. All that runs in one transaction, which is the
 * ctx's or, where hooks listen to writes of the model, the call's own: when the call fails, what hooks wrote by their ctx and
 * set in the object is taken back too. After commit or rollback: once per object written, outside of it.
 * Calls by key, bulk writes, packed rows and raw SQL run no hooks; thing_upsert runs those before and after a save. */
THING_API thing_status thing_hook_add(thing_db *db, const thing_model *m, int32_t events, thing_hook_fn fn, void *user, thing_free_fn user_free, int64_t *id, thing_error **err);
/* user_free runs once no call is in flight. Unknown ids are THING_NOT_FOUND. */
THING_API thing_status thing_hook_remove(thing_db *db, int64_t id);

/* ---- 13. cache [S] ----------------------------------------------------------------------------------------- */
/* One of THING_STAT_*; 0 for others. */
THING_API int64_t thing_cache_stat(thing_db *db, int32_t which);
/* All of them by name; of cache "redis" also why things were missed, why fills were refused, and what became of marks
 * ("redis": {"missed", "fillsRefused", "marks"}). reset: counts from here on. */
THING_API thing_status thing_cache_stats_json(thing_db *db, bool reset, thing_buf **out, thing_error **err);
/* What the cache has of a row, a query or (counts) its count: {"memory": "row", "redis": {"key", "holds", "counts", "why",
 * "depends": [{"key", "is"}]}}: what is in memory and counts ("nothing", "row", "absent", "list", "count"); what Redis
 * holds ("nothing", "row", "absent", "lease", "mark", "entry", "unknown", "unreachable"), whether it would be used and
 * if not why, and of a query all that it depends on ("same", "changed", "marked", "gone", "there"). Changes nothing. */
THING_API thing_status thing_cache_inspect_key(thing_db *db, thing_ctx *ctx, const thing_model *m, const char *key_json, int64_t len, thing_buf **out, thing_error **err);
THING_API thing_status thing_cache_inspect_query(thing_db *db, thing_ctx *ctx, const thing_criteria *q, bool counts, thing_buf **out, thing_error **err);
/* Drops what is cached of the row; in a cache that others share, for them too, and with the lists and counts of its
 * table. Never needed after writes through the library. THING_E_CACHE_DOWN: others could not be told, nor word be left. */
THING_API thing_status thing_cache_evict(thing_db *db, thing_ctx *ctx, const thing_model *m, int64_t id, thing_error **err);
THING_API thing_status thing_cache_evict_key(thing_db *db, thing_ctx *ctx, const thing_model *m, const char *key_json, int64_t len, thing_error **err);
/* Drops objects, lists and counts of the model; NULL: of all models. */
THING_API thing_status thing_cache_clear(thing_db *db, thing_ctx *ctx, const thing_model *m, thing_error **err);
/* Has those who write to the model's table without the library tell the cache in Redis what they write, by triggers that
 * are made for that (names: thing_watch_*), or drops these. On SQLite it does nothing, as the file tells. May block. */
THING_API thing_status thing_cache_watch(thing_db *db, thing_ctx *ctx, const thing_model *m, bool on, thing_error **err);
/* Loads the rows that are not cached, in batches. */
THING_API thing_status thing_cache_warm(thing_db *db, thing_ctx *ctx, const thing_model *m, const int64_t *ids, int64_t n, thing_error **err);

/* ---- 14. schema: may block ------------------------------------------------------------------------------------ */
/* The tables, columns, indexes and foreign keys of the database as an array of model documents; opts_json must be NULL, or {"tables":[...]}. */
THING_API thing_status thing_introspect(thing_db *db, thing_ctx *ctx, const char *opts_json, int64_t len, thing_buf **out, thing_error **err);
/* The SQL that thing_schema_sync would run, one statement a line, each ended by ";". Empty: nothing to do. */
THING_API thing_status thing_schema_plan(thing_db *db, thing_ctx *ctx, thing_buf **out, thing_error **err);
/* Creates missing tables, columns, indexes and foreign keys of the registered models in one transaction. Never drops or
 * changes anything: a column of another type, a foreign key that differs, or a required column without default on a table
 * with rows, is THING_E_SCHEMA. A foreign key of a table that is there is THING_E_UNSUPPORTED on SQLite. */
THING_API thing_status thing_schema_sync(thing_db *db, thing_ctx *ctx, thing_error **err);
/* The statements that create the model's table in a dialect: "sqlite", "postgres", "mysql" or "mariadb". Foreign keys
 * come last, as they need the tables that they refer to (SQLite: in the table, as there they do not).
 * THING_E_UNSUPPORTED names what the database can not have: MySQL, for one, an index with a condition. */
THING_API thing_status thing_ddl(thing_db *db, const thing_model *m, const char *dialect, thing_buf **out, thing_error **err);

/* ---- 15. logging [S], raw SQL ------------------------------------------------------------------------------------ */
/* Sends lines up to level to fn; NULL: none. user_free runs once no call uses the former fn. */
THING_API void thing_log_set(thing_db *db, int32_t level, thing_log_fn fn, void *user, thing_free_fn user_free);
/* Runs one statement with arguments bound to its `?` (params_json: a JSON array, or NULL). tables: the names of the
 * tables it writes, joined by ",": their cached entries are dropped; NULL drops everything cached. affected may be NULL.
 * On PostgreSQL `?` stands for $1, $2 ... unless the text has those itself; an operator's question mark is doubled: `??`.
 * What changes the transaction or the connection (BEGIN, COMMIT, SAVEPOINT, ATTACH, SET, USE, ...) is THING_E_UNSUPPORTED:
 * use thing_tx_*; so is, in a transaction of MySQL, what would commit it (CREATE, ALTER, TRUNCATE, ...). */
THING_API thing_status thing_exec(thing_db *db, thing_ctx *ctx, const char *sql, int64_t len, const char *params_json, int64_t params_len, const char *tables, int64_t *affected, thing_error **err);
/* Runs one statement that only reads and gives its rows; a statement that would write is THING_E_READONLY. Columns
 * keep the types that the database gives (int, float, text, bytes). */
THING_API thing_status thing_sql(thing_db *db, thing_ctx *ctx, const char *sql, int64_t len, const char *params_json, int64_t params_len, thing_rows **out, thing_error **err);

#ifdef __cplusplus
}
#endif
#endif
