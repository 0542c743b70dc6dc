package thing

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
	"unsafe"

	"thing/internal/raw"
)

// Source is what Use takes: a *DB or a *Tx.
type Source interface{ source() (*DB, *Tx) }

func (db *DB) source() (*DB, *Tx) { return db, nil }
func (tx *Tx) source() (*DB, *Tx) { return tx.db, tx }

// Model is the records of a struct type. It may be kept and used by several goroutines; one of a transaction as that.
type Model[T any] struct {
	db   *DB
	tx   *Tx
	plan *plan
	err  error
}

// Use gives the records of T. A model that the database does not know by the name of T is registered, as the tags of T
// say, with those that its relations lead to; one that it knows needs to have the fields of T. What is wrong with that
// is said by Err, and by every call.
func Use[T any](source Source) *Model[T] {
	db, tx := source.source()
	m := &Model[T]{db: db, tx: tx}
	m.plan, m.err = db.planOf(reflect.TypeOf((*T)(nil)).Elem())
	return m
}

// Err is why the model can not be used.
func (m *Model[T]) Err() error { return m.err }

// In is the same records, in a transaction.
func (m *Model[T]) In(tx *Tx) *Model[T] { return &Model[T]{m.db, tx, m.plan, m.err} }

func (m *Model[T]) ready() (*plan, error) {
	return m.plan, m.err
}

// ByID is the record of a key that is one int. ErrNotFound when it is not there, or deleted softly.
func (m *Model[T]) ByID(ctx context.Context, id int64) (*T, error) {
	if m.err != nil {
		return nil, m.err
	}
	if m.tx == nil && ctx.Value(infoKey{}) == nil && ctx.Err() == nil {
		var obj *T
		var err error
		if m.db.hasCache { // what is in memory needs no place, and nobody who looks whether ctx ends
			obj, err = m.byID(ctx, id, inMemory, place{})
		} else if ctx.Done() == nil {
			if err := m.db.places.take(ctx); err != nil {
				return nil, err
			}
			obj, err = m.byID(ctx, id, 0, place{&m.db.places})
		}
		if obj != nil || err != nil {
			return obj, err
		}
	}
	return m.byIDWith(ctx, id)
}

// inMemory is the context of calls that are only answered from memory.
var inMemory = raw.Thing_ctx_cached()

// byID reads a row straight into the memory of a new struct. Without a result, and without an error, it is to be read
// in the long way: for what is wrong, for long rows, and for what a context has to say.
func (m *Model[T]) byID(ctx context.Context, id int64, handle uintptr, held place) (*T, error) {
	p := m.plan
	obj, spare, row := newRoom[T](p.textPointers, int(p.longest.Load()))
	if obj == nil {
		held.give()
		return nil, nil
	}
	// The garbage collector moves no memory that was allocated, and obj keeps this one alive.
	n := int(raw.Thing_go_by_id(m.db.handle, handle, p.model, id, uintptr(unsafe.Pointer(&row[0])), int64(len(row))))
	runtime.KeepAlive(m.db)
	held.give()
	switch {
	case n >= p.only.stride:
		b := p.only.batch(row[:n], p.cols)
		return m.read(ctx, &b, obj, &spare)
	case n == -1:
		return nil, p.notFound
	case n < -2:
		p.longest.Store(int64(-n))
	}
	return nil, nil
}

func (m *Model[T]) byIDWith(ctx context.Context, id int64) (*T, error) {
	row, err := m.rowByID(ctx, id)
	if err != nil {
		return nil, err
	}
	return m.made(ctx, row) // after the call, as hooks of it may begin others
}

// rowByID is a packed row.
func (m *Model[T]) rowByID(ctx context.Context, id int64) ([]byte, error) {
	var r running
	if err := r.begin(m.db, ctx, m.tx, 0, false); err != nil {
		return nil, err
	}
	defer r.end()
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	for buf := s.buf[:]; ; buf = make([]byte, s.need) {
		s.err = 0
		status := raw.Thing_by_id_packed(m.db.handle, r.handle, m.plan.model, id, buf, &s.need, &s.err)
		switch {
		case status == 0:
			m.plan.forgetLongest(int(s.need) - packHeaderSize)
			return append([]byte(nil), buf[:s.need]...), nil
		case status < 0:
			return nil, r.fail(status, s.err)
		case status != statusMore || s.need <= int64(len(buf)):
			return nil, m.plan.notFound
		}
	}
}

// forgetLongest lets rows be read in the short way again when they are not as long as one that was.
func (p *plan) forgetLongest(size int) {
	if size <= mostOfRoom && p.longest.Load() > mostOfRoom {
		p.longest.Store(int64(size))
	}
}

// made is a struct of one row, whose bytes it keeps.
func (m *Model[T]) made(ctx context.Context, row []byte) (*T, error) {
	b, err := readBatch(row, m.plan.hash, m.plan.cols)
	if err != nil {
		return nil, err
	}
	spare := m.plan.spare(1)
	return m.read(ctx, &b, new(T), &spare)
}

func (m *Model[T]) read(ctx context.Context, b *batch, obj *T, spare *headers) (*T, error) {
	if err := m.plan.decode(b, 0, unsafe.Pointer(obj), spare); err != nil {
		return nil, err
	}
	if len(m.plan.loads.all()) > 0 {
		return obj, m.plan.loads.run(ctx, obj)
	}
	return obj, nil
}

// room is a struct in one piece of memory with what its fields and its row need. Allocations are most of what a read
// from the cache costs.
type room[T, S, R any] struct {
	obj   T
	spare S // an array of string
	row   R // an array of byte
}

// mostOfRoom is how many bytes of a row it has at most, as go_most_of_row.
const mostOfRoom = 320

// newRoom is a new struct with so many headers of strings, and as many bytes of a row or somewhat more; nil for long
// rows, or many headers.
func newRoom[T any](texts, size int) (*T, headers, []byte) {
	switch {
	case texts == 0 && size <= 96:
		r := new(room[T, [0]string, [96]byte])
		return &r.obj, nil, r.row[:]
	case texts == 0 && size <= 160:
		r := new(room[T, [0]string, [160]byte])
		return &r.obj, nil, r.row[:]
	case texts == 0 && size <= mostOfRoom:
		r := new(room[T, [0]string, [mostOfRoom]byte])
		return &r.obj, nil, r.row[:]
	case texts == 1 && size <= 96:
		r := new(room[T, [1]string, [96]byte])
		return &r.obj, r.spare[:], r.row[:]
	case texts == 1 && size <= 160:
		r := new(room[T, [1]string, [160]byte])
		return &r.obj, r.spare[:], r.row[:]
	case texts <= 3 && size <= 160:
		r := new(room[T, [3]string, [160]byte])
		return &r.obj, r.spare[:], r.row[:]
	case texts <= 3 && size <= mostOfRoom:
		r := new(room[T, [3]string, [mostOfRoom]byte])
		return &r.obj, r.spare[:], r.row[:]
	}
	return nil, nil, nil
}

// ByKey is the record of any primary key: a value, a slice in the order of the key, or an M by the names of its fields.
func (m *Model[T]) ByKey(ctx context.Context, key any) (*T, error) {
	if m.err != nil {
		return nil, m.err
	}
	document, err := appendValue(nil, key)
	if err != nil {
		return nil, err
	}
	var obj uintptr
	err = m.db.do(ctx, m.tx, 0, false, func(handle uintptr, e *uintptr) int {
		return raw.Thing_by_key(m.db.handle, handle, m.plan.model, string(document), &obj, e)
	})
	if err != nil {
		return nil, m.plan.named(err)
	}
	defer raw.Thing_obj_free(obj)
	row, err := packed(obj)
	if err != nil {
		return nil, err
	}
	return m.made(ctx, row)
}

// ByIDs are the records of int keys, in their order; absent ones are left out, repeated ones repeated.
func (m *Model[T]) ByIDs(ctx context.Context, ids ...int64) ([]*T, error) {
	return m.rows(ctx, 0, nil, func(handle uintptr, rows, e *uintptr) int {
		return raw.Thing_by_ids(m.db.handle, handle, m.plan.model, ids, rows, e)
	})
}

// ByKeys are the records of any keys, as ByIDs.
func (m *Model[T]) ByKeys(ctx context.Context, keys ...any) ([]*T, error) {
	document, err := appendValue(nil, listOf(keys))
	if err != nil {
		return nil, err
	}
	return m.rows(ctx, 0, nil, func(handle uintptr, rows, e *uintptr) int {
		return raw.Thing_by_keys(m.db.handle, handle, m.plan.model, string(document), rows, e)
	})
}

// rows makes structs of the rows that a call gives.
func (m *Model[T]) rows(ctx context.Context, flags Flags, includes []*include, call func(handle uintptr, rows, e *uintptr) int) ([]*T, error) {
	if m.err != nil {
		return nil, m.err
	}
	var rows uintptr
	err := m.db.do(ctx, m.tx, flags, false, func(handle uintptr, e *uintptr) int { return call(handle, &rows, e) })
	if err != nil {
		return nil, err
	}
	defer raw.Thing_rows_free(rows)
	var length int64
	at := raw.Thing_rows_packed(rows, &length)
	return structsOf[T](ctx, m.plan, rows, raw.Borrowed(at, length), includes)
}

// structsOf makes structs of rows of the library, with the rows that were included.
func structsOf[T any](ctx context.Context, p *plan, rows uintptr, borrowed []byte, includes []*include) ([]*T, error) {
	data := append([]byte(nil), borrowed...)
	b, err := readBatch(data, p.hash, p.cols)
	if err != nil {
		return nil, err
	}
	all := make([]T, b.rows)
	spare := p.spare(b.rows)
	out := make([]*T, b.rows)
	for i := range all {
		out[i] = &all[i]
		if err := p.decode(&b, i, unsafe.Pointer(&all[i]), &spare); err != nil {
			return nil, err
		}
	}
	if len(includes) > 0 && b.rows > 0 {
		if err := p.decodeRelated(ctx, rows, unsafe.Pointer(&all[0]), b.rows, includes); err != nil {
			return nil, err
		}
	}
	if len(p.loads.all()) > 0 {
		for _, obj := range out {
			if err := p.loads.run(ctx, obj); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// Save writes a record. One that was never loaded is inserted, with new records that its relations hold: those that it
// refers to first, then itself, then those that refer to it, in one transaction. One that was loaded has the fields
// written that changed since, and when none did nothing is done; ErrNotFound when its row is gone, ErrConflict when the
// model has a version and somebody else saved it meanwhile. Afterwards the struct holds the row as it was written.
//
// A new record leaves a field to its default when that is unset: a zero, or nil, in a field with a default, or a managed
// time. To write a zero there, have an Opt, or a pointer to zero.
//
// A struct that is not tracked is inserted when its key is zero; else all of its fields are written to the row of its
// key, which is inserted when it is not there.
func (m *Model[T]) Save(ctx context.Context, obj *T) error {
	p, err := m.ready()
	if err != nil {
		return err
	}
	ptr := unsafe.Pointer(obj)
	if obj == nil {
		return failure(ErrInvalid, p.name, "", "Save: found nil")
	}
	if p.tracked < 0 && p.hasKey(ptr) {
		err := m.Update(ctx, obj)
		if codeOf(err) != ErrNotFound {
			return err
		}
	}
	return p.save(ctx, m.tx, ptr)
}

// Create inserts a record, also one that was loaded.
func (m *Model[T]) Create(ctx context.Context, obj *T) error {
	p, err := m.ready()
	if err != nil {
		return err
	}
	if obj == nil {
		return failure(ErrInvalid, p.name, "", "Create: found nil")
	}
	return p.write(ctx, m.tx, unsafe.Pointer(obj), func() (uintptr, error) {
		return p.newObject(unsafe.Pointer(obj), forInsert)
	}, raw.Thing_save, writes{})
}

// Update writes a record that is there: what changed of one that was loaded, else all fields of the struct, by its key.
// ErrNotFound when there is no such row.
func (m *Model[T]) Update(ctx context.Context, obj *T) error {
	p, err := m.ready()
	if err != nil {
		return err
	}
	if obj == nil {
		return failure(ErrInvalid, p.name, "", "Update: found nil")
	}
	ptr := unsafe.Pointer(obj)
	if p.isLoaded(ptr) {
		return p.save(ctx, m.tx, ptr)
	}
	return p.write(ctx, m.tx, ptr, func() (uintptr, error) {
		return p.currentObject(ctx, m.tx, ptr, forAll)
	}, raw.Thing_save, writes{})
}

// save is Save of a tracked struct, or the insert of any.
func (p *plan) save(ctx context.Context, tx *Tx, ptr unsafe.Pointer) error {
	if p.tracked >= 0 && p.row(ptr).isDeleted() {
		return failure(ErrState, p.name, "", "the "+p.name+" was deleted; restore it or save a copy")
	}
	g := graph{plan: p}
	defer g.free()
	changed, err := g.add(ptr)
	if err != nil || !changed {
		return err
	}
	var r running
	if err := r.begin(p.db, ctx, tx, 0, true); err != nil {
		return err
	}
	defer r.end()
	var written writes
	defer written.end(&r)
	for _, n := range g.nodes {
		r.knows(n.obj, n.plan, n.ptr)
		written.begin(&r, n)
	}
	var e uintptr
	switch status := raw.Thing_save(p.db.handle, r.handle, g.nodes[0].obj, &e); {
	case status < 0:
		return r.fail(status, e)
	case status == statusNoWrite:
		return r.none(p.notFound)
	}
	written.done = true
	for _, n := range g.nodes {
		if err := n.plan.accept(n.obj, n.ptr); err != nil {
			return err
		}
	}
	return nil
}

// write makes an object of a struct, calls a write with it, and takes over what it holds then.
func (p *plan) write(ctx context.Context, tx *Tx, ptr unsafe.Pointer, object func() (uintptr, error),
	call func(db, ctx, obj uintptr, e *uintptr) int, written writes) error {
	obj, err := object()
	if err != nil {
		return err
	}
	defer raw.Thing_obj_free(obj)
	var r running
	if err := r.begin(p.db, ctx, tx, 0, true); err != nil {
		return err
	}
	defer r.end()
	r.knows(obj, p, ptr)
	defer written.end(&r)
	written.begin(&r, node{plan: p, ptr: ptr})
	var e uintptr
	switch status := call(p.db.handle, r.handle, obj, &e); {
	case status < 0:
		return r.fail(status, e)
	case status == statusNoWrite:
		return r.none(p.notFound)
	}
	written.done = true
	return p.accept(obj, ptr)
}

// current is write of the row that a struct stands for.
func (m *Model[T]) current(ctx context.Context, obj *T, call func(db, ctx, obj uintptr, e *uintptr) int) error {
	return m.currentAs(ctx, obj, call, writes{})
}

func (m *Model[T]) currentAs(ctx context.Context, obj *T, call func(db, ctx, obj uintptr, e *uintptr) int, written writes) error {
	p, err := m.ready()
	if err != nil {
		return err
	}
	if obj == nil {
		return failure(ErrInvalid, p.name, "", "found nil, expected a record")
	}
	ptr := unsafe.Pointer(obj)
	return p.write(ctx, m.tx, ptr, func() (uintptr, error) { return p.currentObject(ctx, m.tx, ptr, forChange) }, call, written)
}

// Delete deletes a record: softly when its model does so. ErrNotFound when it was not there.
func (m *Model[T]) Delete(ctx context.Context, obj *T) error {
	return m.delete(ctx, obj, deleteDefault)
}

// SoftDelete deletes a record softly, whatever the default.
func (m *Model[T]) SoftDelete(ctx context.Context, obj *T) error {
	return m.delete(ctx, obj, deleteSoft)
}

// HardDelete deletes the row of a record for good.
func (m *Model[T]) HardDelete(ctx context.Context, obj *T) error {
	return m.delete(ctx, obj, deleteHard)
}

// Modes of deletes, as THING_DELETE_*.
const (
	deleteDefault = 0
	deleteSoft    = 1
	deleteHard    = 2
)

func (m *Model[T]) delete(ctx context.Context, obj *T, mode int) error {
	ptr := unsafe.Pointer(obj)
	if obj != nil && m.err == nil && m.plan.isLoaded(ptr) && m.plan.row(ptr).isDeleted() && mode != deleteHard {
		return m.plan.notFound
	}
	err := m.current(ctx, obj, func(db, ctx, o uintptr, e *uintptr) int { return raw.Thing_delete(db, ctx, o, mode, e) })
	if err == nil && m.plan.tracked >= 0 {
		m.plan.row(ptr).delete()
	}
	return err
}

// DeleteByKey deletes a row by its key, without hooks; softly when its model does so.
func (m *Model[T]) DeleteByKey(ctx context.Context, key any) error {
	return m.deleteByKey(ctx, key, deleteDefault)
}

// HardDeleteByKey deletes a row by its key for good, without hooks.
func (m *Model[T]) HardDeleteByKey(ctx context.Context, key any) error {
	return m.deleteByKey(ctx, key, deleteHard)
}

func (m *Model[T]) deleteByKey(ctx context.Context, key any, mode int) error {
	if m.err != nil {
		return m.err
	}
	document, err := appendValue(nil, key)
	if err != nil {
		return err
	}
	return m.plan.named(m.db.do(ctx, m.tx, 0, true, func(handle uintptr, e *uintptr) int {
		return raw.Thing_delete_by_key(m.db.handle, handle, m.plan.model, string(document), mode, e)
	}))
}

// Restore takes a soft delete back, with what it took along.
func (m *Model[T]) Restore(ctx context.Context, obj *T) error {
	return m.current(ctx, obj, raw.Thing_restore)
}

// Reload reads the row again and drops what changed.
func (m *Model[T]) Reload(ctx context.Context, obj *T) error {
	return m.currentAs(ctx, obj, raw.Thing_reload, writes{reloaded: true})
}

// Fresh is the row as it is in the database now, as another record.
func (m *Model[T]) Fresh(ctx context.Context, obj *T) (*T, error) {
	if m.err != nil {
		return nil, m.err
	}
	if obj == nil {
		return nil, failure(ErrInvalid, m.plan.name, "", "Fresh: found nil")
	}
	copied := *obj
	return &copied, m.Reload(ctx, &copied)
}

// Upsert inserts a record, or updates the row that has the same values in keyFields, which are those of a primary or
// unique key; none: the primary key. One statement.
func (m *Model[T]) Upsert(ctx context.Context, obj *T, keyFields ...string) error {
	p, err := m.ready()
	if err != nil {
		return err
	}
	if obj == nil {
		return failure(ErrInvalid, p.name, "", "Upsert: found nil")
	}
	fields, err := p.fields(keyFields)
	if err != nil {
		return err
	}
	return p.write(ctx, m.tx, unsafe.Pointer(obj), func() (uintptr, error) {
		return p.newObject(unsafe.Pointer(obj), forInsert)
	}, func(db, ctx, o uintptr, e *uintptr) int { return raw.Thing_upsert(db, ctx, o, fields, e) }, writes{})
}

func (p *plan) fields(names []string) ([]int32, error) {
	out := make([]int32, len(names))
	for i, name := range names {
		at, err := p.field(name)
		if err != nil {
			return nil, err
		}
		out[i] = int32(at)
	}
	return out, nil
}

func (p *plan) field(name string) (int, error) {
	at := raw.Thing_model_field_index(p.model, name)
	if at < 0 {
		return 0, failure(ErrInvalid, p.name, name, fmt.Sprintf("%s: found no field '%s'", p.name, name))
	}
	return at, nil
}

// Incr adds to an int field in the database, and gives the new value. Overflow is ErrRange, NULL counts as 0.
func (m *Model[T]) Incr(ctx context.Context, key any, field string, delta int64) (int64, error) {
	if m.err != nil {
		return 0, m.err
	}
	at, err := m.plan.field(field)
	if err != nil {
		return 0, err
	}
	document, err := appendValue(nil, key)
	if err != nil {
		return 0, err
	}
	var now int64
	err = m.db.do(ctx, m.tx, 0, true, func(handle uintptr, e *uintptr) int {
		return raw.Thing_incr_by_key(m.db.handle, handle, m.plan.model, string(document), at, delta, &now, e)
	})
	return now, m.plan.named(err)
}

// Validate is what Save would check before it asks the database.
func (m *Model[T]) Validate(obj *T) error {
	return m.withObject(obj, func(_ *plan, o uintptr) error {
		var e uintptr
		if status := raw.Thing_obj_validate(o, &e); status < 0 {
			return takeError(status, e)
		}
		return nil
	})
}

// anyObject is the object of a struct, loaded or new.
func (p *plan) anyObject(ptr unsafe.Pointer) (uintptr, error) {
	if p.isLoaded(ptr) {
		obj, _, err := p.loadedObject(ptr, true)
		return obj, err
	}
	return p.newObject(ptr, forInsert)
}
