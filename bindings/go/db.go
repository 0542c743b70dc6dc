package thing

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"thing/internal/raw"
)

// DB is a database: models, connections and cache. All of its methods may be called by several goroutines.
//
// After Close every call is ErrClosed.
type DB struct {
	handle   uintptr
	anchor   uintptr // keeps the handle good after Close
	isClosed atomic.Bool
	hasCache bool
	contexts contextPool
	places   places
	planning sync.Mutex
	plans    sync.Map // reflect.Type -> *plan
	hooks    atomic.Int64
}

// Option is a setting of Open.
type Option func(*settings)

type settings struct {
	values   object
	log      func(LogLine)
	logLevel LogLevel
}

// Setting is a key of the configuration, as "cache" or "connections" (docs/guide/databases.md).
func Setting(key string, value any) Option {
	return func(s *settings) { s.values.set(key, value) }
}

// Open opens a database by its URL: "sqlite:PATH", "sqlite::memory:", "postgresql://..." or "mysql://...". When ctx ends
// first, what is opened later is closed again.
func Open(ctx context.Context, url string, options ...Option) (*DB, error) {
	var s settings
	for _, option := range options {
		option(&s)
	}
	config := url
	if len(s.values.names) > 0 {
		s.values.set("url", url)
		config = string(plainJSON(&s.values))
	}
	db, err := openWithin(ctx, config)
	if err != nil {
		return nil, err
	}
	if s.log != nil {
		db.SetLog(s.logLevel, s.log)
	}
	return db, nil
}

func openWithin(ctx context.Context, config string) (*DB, error) {
	if ctx.Done() == nil {
		return open(config)
	}
	if ctx.Err() != nil {
		return nil, ended(ctx)
	}
	type result struct {
		db  *DB
		err error
	}
	opened := make(chan result)
	go func() {
		db, err := open(config)
		select {
		case opened <- result{db, err}:
		case <-ctx.Done():
			if db != nil {
				_ = db.Close()
			}
		}
	}()
	select {
	case r := <-opened:
		return r.db, r.err
	case <-ctx.Done():
		return nil, ended(ctx)
	}
}

func open(config string) (*DB, error) {
	var handle, e uintptr
	if status := raw.Thing_open(config, &handle, &e); status < 0 {
		return nil, takeError(status, e)
	}
	db := &DB{handle: handle}
	db.anchor = raw.Thing_ctx_new(db.handle)
	runtime.SetFinalizer(db, (*DB).finalize)
	var info struct {
		Cache       string
		Connections struct{ Max int }
	}
	db.places.start(0)
	text, err := db.Info(context.Background())
	if err == nil {
		err = json.Unmarshal(text, &info)
	}
	if err != nil {
		_ = db.Close()
		return nil, err
	}
	db.hasCache = info.Cache != "off"
	db.places.start(info.Connections.Max)
	return db, nil
}

func (db *DB) finalize() {
	_ = db.Close()
	raw.Thing_ctx_free(db.anchor)
}

// Close waits for running calls, rolls open transactions back and ends the connections. It may be called again.
func (db *DB) Close() error {
	if db.isClosed.Swap(true) {
		return nil
	}
	var r running
	if err := r.begin(db, context.Background(), nil, holdsConnection, true); err != nil {
		return err
	}
	defer r.end()
	db.contexts.close()
	raw.Thing_close(db.handle)
	return nil
}

func (db *DB) closed() bool { return db.isClosed.Load() }

// do runs a call that has no output but an error; events: hooks may run. NOT_FOUND is ErrNotFound.
func (db *DB) do(ctx context.Context, tx *Tx, flags Flags, events bool, call func(handle uintptr, e *uintptr) int) error {
	var r running
	if err := r.begin(db, ctx, tx, flags, events); err != nil {
		return err
	}
	defer r.end()
	var e uintptr
	status := call(r.handle, &e)
	switch {
	case status < 0:
		return r.fail(status, e)
	case status == statusNoWrite:
		return r.none(failure(ErrNotFound, "", "", "not found"))
	}
	return nil
}

// buffer is the same for calls with a buffer.
func (db *DB) buffer(ctx context.Context, events bool, call func(handle uintptr, out, e *uintptr) int) ([]byte, error) {
	var out uintptr
	err := db.do(ctx, nil, 0, events, func(handle uintptr, e *uintptr) int { return call(handle, &out, e) })
	return takeBuffer(out), err
}

// Ping runs the smallest query there is.
func (db *DB) Ping(ctx context.Context) error {
	return db.do(ctx, nil, 0, false, func(handle uintptr, e *uintptr) int { return raw.Thing_ping(db.handle, handle, e) })
}

// Info is the configuration in force, the version of the server, connections and models as a JSON object.
func (db *DB) Info(ctx context.Context) (json.RawMessage, error) {
	return db.buffer(ctx, false, func(handle uintptr, out, e *uintptr) int {
		return raw.Thing_info_json(db.handle, handle, out, e)
	})
}

// SetOption changes a setting while the database is open, as "cache_bytes" or "lazy_loads".
func (db *DB) SetOption(key string, value any) error {
	var e uintptr
	if status := raw.Thing_set_option(db.handle, key, fmt.Sprint(value), &e); status < 0 {
		return takeError(status, e)
	}
	return nil
}

// RegisterJSON registers one model, or an array of them, as documents (docs/reference/models.md): all or none.
func (db *DB) RegisterJSON(documents string) error {
	var e uintptr
	if status := raw.Thing_model_register(db.handle, documents, &e); status < 0 {
		return takeError(status, e)
	}
	return nil
}

// Register registers the models of structs, given as values or pointers, and of those that their relations lead to.
func (db *DB) Register(structs ...any) error {
	for _, s := range structs {
		typ := reflect.TypeOf(s)
		if typ != nil && typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		if typ == nil {
			return failure(ErrInvalid, "", "", "Register: found nil, expected a struct")
		}
		if _, err := db.planOf(typ); err != nil {
			return err
		}
	}
	return nil
}

// ModelDocument is the whole definition of a registered model, with every default written out.
func (db *DB) ModelDocument(name string) (json.RawMessage, error) {
	m := raw.Thing_model_find(db.handle, name)
	if m == 0 {
		return nil, failure(ErrInvalid, name, "", fmt.Sprintf("found no model '%s'", name))
	}
	var out, e uintptr
	if status := raw.Thing_model_json(m, &out, &e); status < 0 {
		return nil, takeError(status, e)
	}
	return takeBuffer(out), nil
}

// Sync creates missing tables, columns, indexes and foreign keys of the registered models. It drops and changes nothing.
func (db *DB) Sync(ctx context.Context) error {
	return db.do(ctx, nil, 0, false, func(handle uintptr, e *uintptr) int { return raw.Thing_schema_sync(db.handle, handle, e) })
}

// Plan is the SQL that Sync would run, one statement a line.
func (db *DB) Plan(ctx context.Context) (string, error) {
	text, err := db.buffer(ctx, false, func(handle uintptr, out, e *uintptr) int {
		return raw.Thing_schema_plan(db.handle, handle, out, e)
	})
	return string(text), err
}

// Introspect is the tables of the database as an array of model documents; all of them, or those that are named.
func (db *DB) Introspect(ctx context.Context, tables ...string) (json.RawMessage, error) {
	options := ""
	if len(tables) > 0 {
		options = string(plainJSON(M{"tables": tables}))
	}
	return db.buffer(ctx, false, func(handle uintptr, out, e *uintptr) int {
		return raw.Thing_introspect(db.handle, handle, options, out, e)
	})
}

// Call runs an action on records of a model: findMany, create, update and others (docs/reference/actions.md). args is a
// JSON document (string, []byte, json.RawMessage), or what becomes one (M, a struct); nil for none. The answer goes into
// out as by json.Unmarshal; a *json.RawMessage takes it as it is. Where a record has to be and is not: ErrNotFound.
func (db *DB) Call(ctx context.Context, model, action string, args, out any) error {
	document, err := documentOf(args)
	if err != nil {
		return err
	}
	answer, err := db.buffer(ctx, true, func(handle uintptr, o, e *uintptr) int {
		return raw.Thing_call(db.handle, handle, model, action, document, o, e)
	})
	if err != nil || out == nil {
		return err
	}
	return decodeJSON(answer, out)
}

func documentOf(args any) (string, error) {
	switch a := args.(type) {
	case nil:
		return "", nil
	case string:
		return a, nil
	case []byte:
		return string(a), nil
	case json.RawMessage:
		return string(a), nil
	}
	text, err := appendValue(nil, args)
	return string(text), err
}

// decodeJSON is json.Unmarshal, but for numbers that are kept exact in what has no type.
func decodeJSON(text []byte, out any) error {
	if raw, ok := out.(*json.RawMessage); ok {
		*raw = text
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(out)
}

// Exec runs one statement with values for its ?, and drops everything that is cached; ExecOn drops less. It gives the
// number of rows that were written.
func (db *DB) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	return db.ExecOn(ctx, nil, sql, args...)
}

// ExecOn is Exec of a statement that writes to these tables and no others.
func (db *DB) ExecOn(ctx context.Context, tables []string, sql string, args ...any) (int64, error) {
	var affected int64
	params, err := paramsOf(args)
	if err != nil {
		return 0, err
	}
	err = db.do(ctx, nil, 0, false, func(handle uintptr, e *uintptr) int {
		return raw.Thing_exec(db.handle, handle, sql, params, strings.Join(tables, ","), &affected, e)
	})
	return affected, err
}

// Query runs one statement that only reads, with values for its ?. Its rows go into out, a pointer to a slice of structs
// or maps, by the names of the columns as in JSON; a *json.RawMessage takes them as a JSON array. Numbers in maps of any
// are json.Number, which is exact.
func (db *DB) Query(ctx context.Context, out any, sql string, args ...any) error {
	params, err := paramsOf(args)
	if err != nil {
		return err
	}
	var rows, buf uintptr
	err = db.do(ctx, nil, 0, false, func(handle uintptr, e *uintptr) int {
		return raw.Thing_sql(db.handle, handle, sql, params, &rows, e)
	})
	if err != nil {
		return err
	}
	defer raw.Thing_rows_free(rows)
	var e uintptr
	if status := raw.Thing_rows_json(rows, 0, &buf, &e); status < 0 {
		return takeError(status, e)
	}
	return decodeJSON(takeBuffer(buf), out)
}

// paramsOf is values for SQL: times have the form that every database takes.
func paramsOf(args []any) (string, error) {
	if len(args) == 0 {
		return "", nil
	}
	list := make([]any, len(args))
	for i, arg := range args {
		list[i] = arg
		if t, ok := arg.(time.Time); ok {
			list[i] = t.UTC().Format("2006-01-02 15:04:05.000000")
		}
	}
	text, err := appendValue(nil, list)
	return string(text), err
}

// Stats is what the cache counted, as a JSON object; reset: it counts from here on.
func (db *DB) Stats(reset bool) (json.RawMessage, error) {
	var out, e uintptr
	if status := raw.Thing_cache_stats_json(db.handle, reset, &out, &e); status < 0 {
		return nil, takeError(status, e)
	}
	return takeBuffer(out), nil
}

// Statements is the number of SQL statements that this handle has run.
func (db *DB) Statements() int64 { return raw.Thing_cache_stat(db.handle, statSQL) }

const statSQL = 18

// ClearCache drops what is cached of all models. Never needed after writes through the library.
func (db *DB) ClearCache(ctx context.Context) error {
	return db.do(ctx, nil, 0, false, func(handle uintptr, e *uintptr) int {
		return raw.Thing_cache_clear(db.handle, handle, 0, e)
	})
}

// Version is the version of the library, "0.1.0".
func Version() string { return raw.Thing_version() }

// Has reports whether the library has a capability, as "backend:postgres".
func Has(capability string) bool { return raw.Thing_has(capability) }
