package thing

import (
	"context"
	"fmt"
	"unsafe"

	"thing/internal/raw"
)

// SaveMany saves records in one transaction: all or none. Inserts go out many rows a statement. Records of relations are
// not saved with them.
func (m *Model[T]) SaveMany(ctx context.Context, objs ...*T) error {
	p, err := m.ready()
	if err != nil {
		return err
	}
	batch := many{plan: p}
	defer batch.free()
	for i, obj := range objs {
		if obj == nil {
			return failure(ErrInvalid, p.name, "", fmt.Sprintf("SaveMany: found nil at %d", i))
		}
		if err := batch.add(unsafe.Pointer(obj)); err != nil {
			return err
		}
	}
	return batch.write(ctx, m.tx, raw.Thing_save_many)
}

// DeleteMany deletes records that were loaded, in one transaction: all or none.
func (m *Model[T]) DeleteMany(ctx context.Context, objs ...*T) error {
	p, err := m.ready()
	if err != nil {
		return err
	}
	batch := many{plan: p, all: true}
	defer batch.free()
	for i, obj := range objs {
		if obj == nil || !p.isLoaded(unsafe.Pointer(obj)) {
			return failure(ErrInvalid, p.name, "", fmt.Sprintf("DeleteMany: found no loaded record at %d", i))
		}
		if err := batch.add(unsafe.Pointer(obj)); err != nil {
			return err
		}
	}
	err = batch.write(ctx, m.tx, func(db, ctx uintptr, objs []uintptr, e *uintptr) int {
		return raw.Thing_delete_many(db, ctx, objs, deleteDefault, e)
	})
	if err == nil {
		for _, obj := range objs {
			m.plan.row(unsafe.Pointer(obj)).delete()
		}
	}
	return err
}

// many is objects that are written together.
type many struct {
	plan *plan
	all  bool // those without changes, too
	objs []uintptr
	ptrs []unsafe.Pointer
}

func (b *many) add(ptr unsafe.Pointer) error {
	var obj uintptr
	var err error
	changed := true
	if b.plan.isLoaded(ptr) {
		obj, changed, err = b.plan.loadedObject(ptr, b.all)
	} else {
		obj, err = b.plan.newObject(ptr, forInsert)
	}
	if err != nil {
		return err
	}
	if !changed && !b.all {
		return nil
	}
	b.objs, b.ptrs = append(b.objs, obj), append(b.ptrs, ptr)
	return nil
}

func (b *many) write(ctx context.Context, tx *Tx, call func(db, ctx uintptr, objs []uintptr, e *uintptr) int) error {
	if len(b.objs) == 0 {
		return nil
	}
	var r running
	if err := r.begin(b.plan.db, ctx, tx, 0, true); err != nil {
		return err
	}
	defer r.end()
	var written writes
	defer written.end(&r)
	for i, obj := range b.objs {
		r.knows(obj, b.plan, b.ptrs[i])
		written.begin(&r, node{plan: b.plan, ptr: b.ptrs[i]})
	}
	var e uintptr
	switch status := call(b.plan.db.handle, r.handle, b.objs, &e); {
	case status < 0:
		return r.fail(status, e)
	case status == statusNoWrite:
		return r.none(b.plan.notFound)
	}
	written.done = true
	for i, obj := range b.objs {
		if err := b.plan.accept(obj, b.ptrs[i]); err != nil {
			return err
		}
	}
	return nil
}

func (b *many) free() {
	for _, obj := range b.objs {
		raw.Thing_obj_free(obj)
	}
}
