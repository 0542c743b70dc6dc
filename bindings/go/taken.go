package thing

import (
	"reflect"
	"unsafe"
)

// What writes make of structs, to be taken back: by the call when it fails, and by the end of the transaction.

// saved is a struct that a write changed.
type saved struct {
	target
	old      unsafe.Pointer // a copy of the struct, as it was before
	rows     string         // the row that it has since
	reloaded bool           // what was changed in it was dropped
}

// writes are the structs of one call, which are as they were when it fails, whatever hooks set in them.
type writes struct {
	all      []saved
	done     bool
	reloaded bool
}

// begin is called before the write; nothing is noted where nobody may need it.
func (w *writes) begin(r *running, p *plan, ptr unsafe.Pointer) {
	if r.events == nil && r.keeper() == nil {
		return
	}
	old := reflect.New(p.typ)
	old.Elem().Set(reflect.NewAt(p.typ, ptr).Elem())
	w.all = append(w.all, saved{target: target{p, ptr}, old: old.UnsafePointer(), reloaded: w.reloaded})
}

func (w *writes) end(r *running) {
	if w.done {
		r.keeper().add(w.all)
		return
	}
	for _, s := range w.all {
		for i := range s.plan.columns {
			s.plan.columns[i].copy(s.ptr, s.old)
		}
	}
}

// keeper has the structs that were saved in a transaction, or by the hooks of a call.
type keeper struct{ saved []saved }

// keeper is that of what the call belongs to; nil: what it writes is there when it returns.
func (r *running) keeper() *keeper {
	switch {
	case r.scope != nil && r.scope.handle != 0:
		return &r.scope.state.keeper
	case r.tx != nil:
		return &r.tx.keeper
	}
	return nil
}

func (k *keeper) add(all []saved) {
	if k == nil {
		return
	}
	for _, s := range all {
		if s.plan.tracked >= 0 {
			s.rows = s.plan.row(s.ptr).rows
			k.saved = append(k.saved, s)
		}
	}
}

// pass gives what was saved to what is around it.
func (k *keeper) pass(outer *keeper) {
	if outer != nil {
		outer.saved = append(outer.saved, k.saved...)
	}
	k.saved = nil
}

// takeBack makes structs what they were before the writes since the one with that number: new again, or changed again.
func (k *keeper) takeBack(from int) {
	for i := len(k.saved) - 1; i >= from; i-- {
		k.saved[i].takeBack()
		k.saved[i] = saved{}
	}
	k.saved = k.saved[:from]
}

// takeBack leaves what was set in the struct since, and structs that stand for something else now.
func (s *saved) takeBack() {
	p, now := s.plan, s.plan.row(s.ptr)
	if now.plan != p || startOf(now.rows) != startOf(s.rows) {
		return
	}
	if s.reloaded {
		p.revert(s.old)
	}
	b, i, err := now.batch()
	if err != nil {
		return
	}
	row, err := b.row(i)
	if err != nil {
		return
	}
	for k := range p.columns {
		if c := &p.columns[k]; c.holds(&b, row, s.ptr) {
			c.copy(s.ptr, s.old)
		}
	}
	*now = *p.row(s.old)
}

func startOf(text string) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&text)) }

// holds is whether a field is what a row says.
func (c *column) holds(b *batch, row []byte, from unsafe.Pointer) bool {
	at, state := c.present(from)
	slot, was, err := b.cell(row, c.index)
	return err == nil && (state == isAbsent && was == isAbsent || c.isSame(b, slot, was, at, state))
}

// revert drops what was changed in a struct since it was loaded.
func (p *plan) revert(ptr unsafe.Pointer) {
	if b, i, err := p.row(ptr).batch(); err == nil {
		spare := p.spare(1)
		_ = p.decodeValues(&b, i, ptr, &spare) // which read the same row before
	}
}
