package thing

import (
	"context"
	"reflect"
	"sync"
	"unsafe"

	"thing/internal/raw"
)

// Objects of the library that live for one call: made of a struct, written, read back, freed.

var encoders = sync.Pool{New: func() any { return new(encoder) }}

const keptBytes = 64 << 10

func takeEncoder() *encoder { return encoders.Get().(*encoder) }

func giveEncoder(e *encoder) {
	if cap(e.out)+cap(e.heap) < keptBytes {
		encoders.Put(e)
	}
}

// scratch is memory that calls write to; it holds no pointers, so cgo need not look.
type scratch struct {
	need int64
	err  uintptr
	sets [3]int64
	buf  [2048]byte
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// packed is the present values of an object as a packed row.
func packed(obj uintptr) ([]byte, error) {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.err = 0
	into := s.buf[:]
	for {
		status := raw.Thing_go_pack(obj, into, &s.need, &s.err)
		switch {
		case status < 0:
			return nil, takeError(status, s.err)
		case status == statusMore:
			into = make([]byte, s.need)
		default:
			return append(make([]byte, 0, s.need), into[:s.need]...), nil
		}
	}
}

// assign sets in an object what the encoder holds.
func (p *plan) assign(obj uintptr, e *encoder) error {
	var err uintptr
	if e.n > 0 {
		if status := raw.Thing_obj_assign_packed(obj, e.finish(), &err); status < 0 {
			return takeError(status, err)
		}
	}
	for _, set := range e.texts {
		if status := raw.Thing_obj_set_text(obj, set.index, set.text, &err); status < 0 {
			return takeError(status, err)
		}
	}
	return nil
}

// isLoaded reports whether a struct knows its row.
func (p *plan) isLoaded(ptr unsafe.Pointer) bool {
	return p.tracked >= 0 && p.row(ptr).plan != nil
}

// row is the row that a tracked struct keeps.
func (p *plan) row(ptr unsafe.Pointer) *loaded {
	return &(*Tracked)(unsafe.Add(ptr, p.tracked)).loaded
}

// newObject is a new object with the values of a struct.
func (p *plan) newObject(ptr unsafe.Pointer, how which) (uintptr, error) {
	e := takeEncoder()
	defer giveEncoder(e)
	if err := p.encode(e, ptr, how, nil); err != nil {
		return 0, err
	}
	obj := raw.Thing_obj_new(p.model)
	if obj == 0 {
		return 0, failure(ErrNoMemory, p.name, "", "no memory for an object")
	}
	if err := p.assign(obj, e); err != nil {
		raw.Thing_obj_free(obj)
		return 0, err
	}
	return obj, nil
}

// loadedObject is the object that a tracked struct was loaded as, with its changes; none when there are no changes,
// unless it is wanted always.
func (p *plan) loadedObject(ptr unsafe.Pointer, always bool) (obj uintptr, changed bool, err error) {
	e := takeEncoder()
	defer giveEncoder(e)
	was := p.row(ptr)
	if was.plan.db != p.db {
		return 0, false, failure(ErrInvalid, p.name, "", "the object was loaded from another database")
	}
	if err := p.encode(e, ptr, forChange, was); err != nil {
		return 0, false, err
	}
	if e.isEmpty() && !always {
		return 0, false, nil
	}
	row, err := was.one()
	if err != nil {
		return 0, false, err
	}
	var failed uintptr
	if status := raw.Thing_obj_unpack(p.model, row, &obj, &failed); status < 0 {
		return 0, false, takeError(status, failed)
	}
	if err := p.assign(obj, e); err != nil {
		raw.Thing_obj_free(obj)
		return 0, false, err
	}
	return obj, !e.isEmpty(), nil
}

// keyJSON is the primary key of a struct.
func (p *plan) keyJSON(ptr unsafe.Pointer) (string, error) {
	if p.key == nil {
		return "", failure(ErrInvalid, p.name, "", p.name+": the struct lacks a field of the primary key")
	}
	out := []byte{'['}
	for i, at := range p.key {
		if i > 0 {
			out = append(out, ',')
		}
		c := &p.columns[at]
		var err error
		if out, err = appendValue(out, reflect.NewAt(c.goType, unsafe.Add(ptr, c.offset)).Elem().Interface()); err != nil {
			return "", p.located(c, err)
		}
	}
	return string(append(out, ']')), nil
}

// hasKey is whether the primary key of a struct is not zero.
func (p *plan) hasKey(ptr unsafe.Pointer) bool {
	for _, at := range p.key {
		if c := &p.columns[at]; c.isZero(unsafe.Add(ptr, c.offset)) {
			return false
		}
	}
	return p.key != nil
}

// currentObject is the object of the row that a struct stands for, with what the struct has: that which it was loaded
// as, or for a struct that is not tracked the row as it is now.
func (p *plan) currentObject(ctx context.Context, tx *Tx, ptr unsafe.Pointer, how which) (uintptr, error) {
	if p.isLoaded(ptr) {
		obj, _, err := p.loadedObject(ptr, true)
		return obj, err
	}
	key, err := p.keyJSON(ptr)
	if err != nil {
		return 0, err
	}
	var obj uintptr
	err = p.db.do(ctx, tx, WithDeleted, false, func(handle uintptr, e *uintptr) int {
		return raw.Thing_by_key(p.db.handle, handle, p.model, key, &obj, e)
	})
	if err != nil {
		return 0, p.named(err)
	}
	if how != forAll {
		return obj, nil
	}
	e := takeEncoder()
	defer giveEncoder(e)
	if err = p.encode(e, ptr, forAll, nil); err == nil {
		err = p.assign(obj, e)
	}
	if err != nil {
		raw.Thing_obj_free(obj)
		return 0, err
	}
	return obj, nil
}

// named says of which model a row was not found.
func (p *plan) named(err error) error {
	if e, ok := err.(*Error); ok && e.Code == ErrNotFound {
		return p.notFound
	}
	return err
}

// accept takes over what an object holds after a write.
func (p *plan) accept(obj uintptr, ptr unsafe.Pointer) error {
	data, err := packed(obj)
	if err != nil {
		return err
	}
	b, err := readBatch(data, p.hash, p.cols)
	if err != nil {
		return err
	}
	spare := p.spare(1)
	if p.tracked < 0 {
		return p.decode(&b, 0, ptr, &spare)
	}
	before := *p.row(ptr)
	before.past = nil
	if err := p.decode(&b, 0, ptr, &spare); err != nil {
		return err
	}
	p.row(ptr).past = &past{before: &before}
	return nil
}
