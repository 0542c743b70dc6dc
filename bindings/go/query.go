package thing

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"thing/internal/raw"
)

// Query is a query for records of T. It never changes: each method gives another one, so that queries may be kept,
// shared and built upon.
type Query[T any] struct {
	m    *Model[T]
	spec *spec
}

// spec is what a query asks for.
type spec struct {
	base     map[string]json.RawMessage // a document that the rest is laid over
	where    []M
	order    []any
	includes []*include
	fields   []string
	distinct any
	scopes   []string
	unscoped any
	lock     any
	after    string
	take     int64
	skip     int64
	hasTake  bool
	flags    Flags

	once     sync.Once
	document string // without take and skip
	err      error
}

// Query is a query for all records.
func (m *Model[T]) Query() Query[T] { return Query[T]{m, &spec{}} }

// Document is a query as a JSON document (docs/reference/criteria.md), text or an M; what is added to it replaces its
// members, but for conditions, which hold too. What it includes is for JSON; Preload is for structs.
func (m *Model[T]) Document(document any) Query[T] {
	s := &spec{}
	text, err := documentOf(document)
	if err == nil && text != "" {
		err = decodeJSON([]byte(text), &s.base)
	}
	if err != nil {
		s.once.Do(func() { s.err = failure(ErrSyntax, "", "", "a query that is no JSON object: "+err.Error()) })
	}
	s.page()
	return Query[T]{m, s}
}

// page takes the page out of the document, where it can be another one later.
func (s *spec) page() {
	if take, err := intOf(s.base["take"]); err == nil {
		s.take, s.hasTake = take, true
		delete(s.base, "take")
	}
	if skip, err := intOf(s.base["skip"]); err == nil {
		s.skip = skip
		delete(s.base, "skip")
	}
}

func intOf(text json.RawMessage) (int64, error) {
	return strconv.ParseInt(string(text), 10, 64)
}

// Where is a query for records that fulfil all of the conditions.
func (m *Model[T]) Where(conditions ...M) Query[T] { return m.Query().Where(conditions...) }

// OrderBy is a query for all records in an order.
func (m *Model[T]) OrderBy(fields ...string) Query[T] { return m.Query().OrderBy(fields...) }

// Preload is a query for all records with the rows of relations.
func (m *Model[T]) Preload(relations ...string) Query[T] { return m.Query().Preload(relations...) }

// WithDeleted is a query for all records, also those that were deleted softly.
func (m *Model[T]) WithDeleted() Query[T] { return m.Query().WithDeleted() }

// All is all records.
func (m *Model[T]) All(ctx context.Context) ([]*T, error) { return m.Query().All(ctx) }

// First is the first record; ErrNotFound when there is none.
func (m *Model[T]) First(ctx context.Context) (*T, error) { return m.Query().First(ctx) }

// Count is the number of records.
func (m *Model[T]) Count(ctx context.Context) (int64, error) { return m.Query().Count(ctx) }

func (q Query[T]) with(change func(s *spec)) Query[T] {
	old := q.spec
	s := &spec{base: old.base, where: old.where, order: old.order, includes: old.includes, fields: old.fields, distinct: old.distinct,
		scopes: old.scopes, unscoped: old.unscoped, lock: old.lock, after: old.after, take: old.take, skip: old.skip,
		hasTake: old.hasTake, flags: old.flags}
	change(s)
	return Query[T]{q.m, s}
}

// added is a longer list, which shares nothing with the old one.
func added[V any](list []V, more ...V) []V { return append(list[:len(list):len(list)], more...) }

// In is the same query, in a transaction.
func (q Query[T]) In(tx *Tx) Query[T] { return Query[T]{q.m.In(tx), q.spec} }

// Where adds conditions: Eq, In, Or and others, or documents as M{"age": M{"gte": 18}} (docs/reference/criteria.md).
func (q Query[T]) Where(conditions ...M) Query[T] {
	return q.with(func(s *spec) { s.where = added(s.where, conditions...) })
}

// OrderBy adds orders by fields: "name", or "-name" for the other way.
func (q Query[T]) OrderBy(fields ...string) Query[T] {
	return q.with(func(s *spec) {
		for _, field := range fields {
			name := strings.TrimPrefix(field, "-")
			s.order = added(s.order, any(M{name: map[bool]string{true: "asc", false: "desc"}[name == field]}))
		}
	})
}

// OrderByJSON adds orders as documents: M{"age": M{"sort": "desc", "nulls": "first"}}, M{"books": M{"_count": "desc"}}.
func (q Query[T]) OrderByJSON(orders ...M) Query[T] {
	return q.with(func(s *spec) {
		for _, order := range orders {
			s.order = added(s.order, any(order))
		}
	})
}

// Preload brings the rows of relations along, into the fields of the struct: "books", "books.tags"; and numbers about
// them: "_count.books", "_sum.books.pages", "books._count.tags", or "_count" for all counts that the struct has. They are
// loaded for all records together.
func (q Query[T]) Preload(relations ...string) Query[T] {
	return q.with(func(s *spec) { s.includes = addIncludes(s.includes, relations) })
}

// PreloadWith is Preload with "where", "orderBy", "take", "skip" and "include" of the rows; with "where", "scope" and
// "unscoped" of those that a number is about, which hold beside what its tag says.
func (q Query[T]) PreloadWith(relation string, options M) Query[T] {
	return q.with(func(s *spec) {
		s.includes = addIncludes(s.includes, []string{relation})
		findInclude(s.includes, relation).choose(options)
	})
}

// Limit takes at most n records.
func (q Query[T]) Limit(n int64) Query[T] {
	return q.with(func(s *spec) { s.take, s.hasTake = n, true })
}

// Offset leaves the first n records out.
func (q Query[T]) Offset(n int64) Query[T] { return q.with(func(s *spec) { s.skip = n }) }

// After is the page after a token that Page gave.
func (q Query[T]) After(token string) Query[T] { return q.with(func(s *spec) { s.after = token }) }

// Select loads these fields, and the primary key, alone; others stay zero, and Save does not write them.
func (q Query[T]) Select(fields ...string) Query[T] {
	return q.with(func(s *spec) { s.fields = added(s.fields, fields...) })
}

// Distinct takes the first of all records that are alike in the fields.
func (q Query[T]) Distinct(fields ...string) Query[T] {
	return q.with(func(s *spec) { s.distinct = listOf(fields) })
}

// Scope adds scopes of the model by name.
func (q Query[T]) Scope(names ...string) Query[T] {
	return q.with(func(s *spec) { s.scopes = added(s.scopes, names...) })
}

// Unscoped leaves default scopes out; without names all of them.
func (q Query[T]) Unscoped(names ...string) Query[T] {
	return q.with(func(s *spec) {
		s.unscoped = any(names)
		if len(names) == 0 {
			s.unscoped = true
		}
	})
}

// WithDeleted is for records that were deleted softly, too.
func (q Query[T]) WithDeleted() Query[T] { return q.With(WithDeleted) }

// OnlyDeleted is for records that were deleted softly alone.
func (q Query[T]) OnlyDeleted() Query[T] { return q.With(OnlyDeleted) }

// With has the query run with flags.
func (q Query[T]) With(flags Flags) Query[T] { return q.with(func(s *spec) { s.flags |= flags }) }

// Lock locks the records until the transaction ends: "update" or "share", or a document as
// M{"for": "update", "wait": "skip_locked"}.
func (q Query[T]) Lock(lock any) Query[T] { return q.with(func(s *spec) { s.lock = lock }) }

// text is the document, without take and skip. It is made once.
func (s *spec) text(p *plan) (string, error) {
	s.once.Do(func() {
		doc := M{}
		for name, value := range s.base {
			doc[name] = value
		}
		if s.err = s.put(doc, p); s.err != nil {
			return
		}
		text, err := appendValue(nil, doc)
		s.document, s.err = string(text), err
	})
	return s.document, s.err
}

func (s *spec) put(doc M, p *plan) (err error) {
	if len(s.where) > 0 {
		doc["where"] = all(s.where)
		if base, given := s.base["where"]; given {
			doc["where"] = M{"AND": []any{base, all(s.where)}}
		}
	}
	if len(s.order) > 0 {
		doc["orderBy"] = s.order
	}
	if len(s.includes) > 0 {
		if doc["include"], err = includeDocument(p, s.includes); err != nil {
			return err
		}
	}
	if len(s.fields) > 0 {
		doc["select"] = s.fields
	}
	if len(s.scopes) > 0 {
		doc["scope"] = s.scopes
	}
	if s.after != "" {
		doc["after"] = s.after
	}
	for name, value := range map[string]any{"distinct": s.distinct, "unscoped": s.unscoped, "lock": s.lock} {
		if value != nil {
			doc[name] = value
		}
	}
	return nil
}

// paged is the document with take and skip; negative ones are for the library to refuse.
func (s *spec) paged(p *plan, take int64, hasTake bool, skip int64) (string, error) {
	text, err := s.text(p)
	if err != nil || !hasTake && skip == 0 {
		return text, err
	}
	out := append(make([]byte, 0, len(text)+48), text[:len(text)-1]...)
	separator := ","
	if len(out) == 1 {
		separator = ""
	}
	if hasTake {
		out = strconv.AppendInt(append(append(out, separator...), `"take":`...), take, 10)
		separator = ","
	}
	if skip != 0 {
		out = strconv.AppendInt(append(append(out, separator...), `"skip":`...), skip, 10)
	}
	return string(append(out, '}')), nil
}

// JSONDocument is the query as the library gets it.
func (q Query[T]) JSONDocument() (string, error) {
	return q.spec.paged(q.m.plan, q.spec.take, q.spec.hasTake, q.spec.skip)
}

// All is the records.
func (q Query[T]) All(ctx context.Context) ([]*T, error) {
	found, _, err := q.fetch(ctx, q.spec.take, q.spec.hasTake, q.spec.skip, false)
	return found, err
}

// Fetch is a window of the records.
func (q Query[T]) Fetch(ctx context.Context, offset, limit int64) ([]*T, error) {
	found, _, err := q.fetch(ctx, limit, true, offset, false)
	return found, err
}

// Page is the first limit records, or those after a token (After), and the token of the next page; "" for none.
func (q Query[T]) Page(ctx context.Context, limit int64) (found []*T, next string, err error) {
	return q.fetch(ctx, limit, true, 0, true)
}

// First is the first record; ErrNotFound when there is none.
func (q Query[T]) First(ctx context.Context) (*T, error) {
	found, _, err := q.fetch(ctx, 1, true, q.spec.skip, false)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, q.m.plan.notFound
	}
	return found[0], nil
}

// Sole is the only record; ErrNotFound when there is none, ErrRange when there are more.
func (q Query[T]) Sole(ctx context.Context) (*T, error) {
	found, _, err := q.fetch(ctx, 2, true, q.spec.skip, false)
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return nil, q.m.plan.notFound
	case len(found) > 1:
		return nil, failure(ErrRange, q.m.plan.name, "", q.m.plan.name+": found more than one row, expected one")
	}
	return found[0], nil
}

func (q Query[T]) fetch(ctx context.Context, take int64, hasTake bool, skip int64, paged bool) (found []*T, next string, err error) {
	m := q.m
	if m.err != nil {
		return nil, "", m.err
	}
	document, err := q.spec.paged(m.plan, take, hasTake, skip)
	if err != nil {
		return nil, "", err
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.err = 0
	var r running
	if err := r.begin(m.db, ctx, m.tx, q.spec.flags, false); err != nil {
		return nil, "", err
	}
	status := raw.Thing_go_query(m.db.handle, r.handle, m.plan.model, document, s.sets[:], &s.err)
	if status < 0 {
		err = r.fail(status, s.err)
	}
	r.end()
	if err != nil {
		return nil, "", err
	}
	rows := uintptr(s.sets[0])
	defer raw.Thing_rows_free(rows)
	found, err = structsOf[T](ctx, m.plan, rows, raw.Borrowed(uintptr(s.sets[1]), s.sets[2]), q.spec.includes)
	if err != nil || !paged {
		return found, "", err
	}
	next, err = nextToken(rows)
	return found, next, err
}

func nextToken(rows uintptr) (string, error) {
	var out, e uintptr
	if status := raw.Thing_rows_next(rows, &out, &e); status < 0 {
		return "", takeError(status, e)
	}
	return string(takeBuffer(out)), nil
}

// JSON is the records as a JSON array, by chosen fields as "name,books{title,-year}"; "" for all that are not hidden. No
// struct is made of them.
func (q Query[T]) JSON(ctx context.Context, fields string) (json.RawMessage, error) {
	if q.m.err != nil {
		return nil, q.m.err
	}
	document, err := q.JSONDocument()
	if err != nil {
		return nil, err
	}
	var rows, out, e uintptr
	err = q.m.db.do(ctx, q.m.tx, q.spec.flags, false, func(handle uintptr, e *uintptr) int {
		return raw.Thing_query(q.m.db.handle, handle, q.m.plan.model, document, &rows, e)
	})
	if err != nil {
		return nil, err
	}
	defer raw.Thing_rows_free(rows)
	status := 0
	if fields == "" { // relations in the order of the query, not of the model
		status = raw.Thing_rows_json(rows, 0, &out, &e)
	} else {
		status = raw.Thing_rows_json_fields(rows, fields, 0, &out, &e)
	}
	if status < 0 {
		return nil, takeError(status, e)
	}
	return takeBuffer(out), nil
}

// withCriteria calls body with the query as a criteria of the library.
func (q Query[T]) withCriteria(ctx context.Context, events bool, body func(handle, criteria uintptr, e *uintptr) int) error {
	m := q.m
	if m.err != nil {
		return m.err
	}
	document, err := q.JSONDocument()
	if err != nil {
		return err
	}
	var criteria, e uintptr
	if status := raw.Thing_criteria_parse(m.plan.model, document, &criteria, &e); status < 0 {
		return takeError(status, e)
	}
	defer raw.Thing_criteria_free(criteria)
	return m.db.do(ctx, m.tx, q.spec.flags, events, func(handle uintptr, e *uintptr) int { return body(handle, criteria, e) })
}

// Count is the number of records that match; limit and offset do not count.
func (q Query[T]) Count(ctx context.Context) (n int64, err error) {
	err = q.withCriteria(ctx, false, func(handle, criteria uintptr, e *uintptr) int {
		return raw.Thing_query_count(q.m.db.handle, handle, criteria, &n, e)
	})
	return n, err
}

// Exists reports whether a record matches.
func (q Query[T]) Exists(ctx context.Context) (is bool, err error) {
	err = q.withCriteria(ctx, false, func(handle, criteria uintptr, e *uintptr) int {
		return raw.Thing_query_exists(q.m.db.handle, handle, criteria, &is, e)
	})
	return is, err
}

// Pluck is the values of one field.
func Pluck[V, T any](ctx context.Context, q Query[T], field string) ([]V, error) {
	if q.m.err != nil {
		return nil, q.m.err
	}
	at, err := q.m.plan.field(field)
	if err != nil {
		return nil, err
	}
	var out uintptr
	err = q.withCriteria(ctx, false, func(handle, criteria uintptr, e *uintptr) int {
		return raw.Thing_query_pluck(q.m.db.handle, handle, criteria, at, &out, e)
	})
	if err != nil {
		return nil, err
	}
	values := []V{}
	if err := json.Unmarshal(takeBuffer(out), &values); err != nil {
		return nil, failure(ErrType, q.m.plan.name, field, fmt.Sprintf("%s: '%s': %s", q.m.plan.name, field, err))
	}
	return values, nil
}

// Aggregate is counts, sums, averages, least and greatest values: M{"_count": true, "_sum": M{"price": true}}, with "by"
// of groups (docs/reference/actions.md). The answer goes into out as by Call.
func (q Query[T]) Aggregate(ctx context.Context, aggregates M, out any) error {
	document, err := appendValue(nil, aggregates)
	if err != nil {
		return err
	}
	var buf uintptr
	err = q.withCriteria(ctx, false, func(handle, criteria uintptr, e *uintptr) int {
		return raw.Thing_aggregate(q.m.db.handle, handle, criteria, string(document), &buf, e)
	})
	if err != nil {
		return err
	}
	return decodeJSON(takeBuffer(buf), out)
}

// Update sets fields of all records that match, in one statement and without hooks: M{"age": 7},
// M{"age": M{"increment": 1}}. Without a condition it is ErrInvalid; UpdateAll does that.
func (q Query[T]) Update(ctx context.Context, set M) (affected int64, err error) {
	return q.update(ctx, set, 0)
}

// UpdateAll is Update, also without a condition.
func (q Query[T]) UpdateAll(ctx context.Context, set M) (affected int64, err error) {
	return q.update(ctx, set, 1)
}

func (q Query[T]) update(ctx context.Context, set M, flags int) (affected int64, err error) {
	document, err := appendValue(nil, set)
	if err != nil {
		return 0, err
	}
	err = q.withCriteria(ctx, true, func(handle, criteria uintptr, e *uintptr) int {
		return raw.Thing_update_where(q.m.db.handle, handle, criteria, string(document), flags, &affected, e)
	})
	return affected, err
}

// Delete deletes all records that match, in one statement and without hooks; softly when the model does so. Without a
// condition it is ErrInvalid; DeleteAll does that.
func (q Query[T]) Delete(ctx context.Context) (affected int64, err error) {
	return q.delete(ctx, deleteDefault, 0)
}

// DeleteAll is Delete, also without a condition.
func (q Query[T]) DeleteAll(ctx context.Context) (affected int64, err error) {
	return q.delete(ctx, deleteDefault, 1)
}

// HardDelete deletes the rows of all records that match for good, in one statement and without hooks; all: also without
// a condition.
func (q Query[T]) HardDelete(ctx context.Context, all bool) (affected int64, err error) {
	flags := 0
	if all {
		flags = 1
	}
	return q.delete(ctx, deleteHard, flags)
}

func (q Query[T]) delete(ctx context.Context, mode, flags int) (affected int64, err error) {
	err = q.withCriteria(ctx, true, func(handle, criteria uintptr, e *uintptr) int {
		return raw.Thing_delete_where(q.m.db.handle, handle, criteria, mode, flags, &affected, e)
	})
	return affected, err
}

// Explain is SQL, types of arguments, key in the cache and what it depends on, as JSON. Nothing is run.
func (q Query[T]) Explain(ctx context.Context) (json.RawMessage, error) {
	var out uintptr
	err := q.withCriteria(ctx, false, func(handle, criteria uintptr, e *uintptr) int {
		return raw.Thing_query_explain(q.m.db.handle, handle, criteria, &out, e)
	})
	return takeBuffer(out), err
}

// eachBatch is how many records Each has in memory.
const eachBatch = 500

// Each calls body with each record, a few hundred of which are in memory at a time. It holds a connection until it
// returns. What body returns ends it, and is returned.
func (q Query[T]) Each(ctx context.Context, body func(obj *T) error) error {
	var cursor uintptr
	err := q.withCriteria(ctx, false, func(handle, criteria uintptr, e *uintptr) int {
		return raw.Thing_query_open(q.m.db.handle, handle, criteria, eachBatch, &cursor, e)
	})
	if err != nil {
		return err
	}
	defer raw.Thing_cursor_free(cursor)
	for {
		found, err := q.next(ctx, cursor)
		if err != nil || found == nil {
			return err
		}
		for _, obj := range found {
			if err := body(obj); err != nil {
				return err
			}
		}
	}
}

// next is the next batch of a cursor; nil at the end.
func (q Query[T]) next(ctx context.Context, cursor uintptr) ([]*T, error) {
	isDone := false
	found, err := q.m.rows(ctx, q.spec.flags|holdsConnection, q.spec.includes, func(handle uintptr, rows, e *uintptr) int {
		status := raw.Thing_cursor_next(cursor, handle, rows, e)
		isDone = status == statusDone
		return status
	})
	if isDone {
		return nil, nil
	}
	return found, err
}
