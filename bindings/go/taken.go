package thing

import (
	"reflect"
	"sync"
	"unsafe"
)

// What writes make of structs, to be taken back: by the call when it fails, and by the end of the transaction.

// saved is a struct that a write changed.
type saved struct {
	target
	old      unsafe.Pointer // a copy of the struct, as it was before
	rows     string         // the row that it has since
	list     list           // that it was in
	reloaded bool           // what was changed in it was dropped
}

// writes are the structs of one call, which are as they were when it fails, whatever hooks set in them.
type writes struct {
	all      []saved
	done     bool
	reloaded bool
}

// begin is called before the write; nothing is noted where nobody may need it.
func (w *writes) begin(r *running, n node) {
	if r.events == nil && r.keeper() == nil {
		return
	}
	old := reflect.New(n.plan.typ)
	old.Elem().Set(reflect.NewAt(n.plan.typ, n.ptr).Elem())
	w.all = append(w.all, saved{target: target{n.plan, n.ptr}, old: old.UnsafePointer(), list: n.list, reloaded: w.reloaded})
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

// keeper has the structs that were saved in a transaction, or by the hooks of a call, in their order. What is nested in
// it shares it, as in the database: all that was written since a place goes back to it, whoever wrote it.
type keeper struct {
	mutex sync.Mutex
	saved []saved
	marks []mark
	last  int // level of the transaction that began last
	held  map[*heldTx]bool
}

// mark is a place to go back to: how much was saved before it.
type mark struct {
	name  string // of a savepoint
	level int    // of a transaction
	at    int
}

// keeper is that of what the call belongs to; nil: what it writes is there when it returns.
func (r *running) keeper() *keeper {
	switch {
	case r.scope != nil && r.scope.handle != 0:
		return &r.scope.state.keeper
	case r.tx != nil:
		return r.tx.keeper
	}
	return nil
}

func (k *keeper) add(all []saved) {
	if k == nil {
		return
	}
	k.mutex.Lock()
	defer k.mutex.Unlock()
	for _, s := range all {
		if s.plan.tracked >= 0 {
			s.rows = s.plan.row(s.ptr).rows
			k.saved = append(k.saved, s)
		}
	}
}

// pass gives what was saved to what is around it.
func (k *keeper) pass(outer *keeper) {
	all := k.cut(0)
	if outer != nil && len(all) > 0 {
		outer.mutex.Lock()
		defer outer.mutex.Unlock()
		outer.saved = append(outer.saved, all...)
	}
}

// begin is of a transaction; it gives its level. One that is lost stays until that around it is, too: it would take along
// what was written there since.
func (k *keeper) begin(held *heldTx) int {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if k.held == nil {
		k.held = map[*heldTx]bool{}
	}
	k.held[held] = true
	k.last++
	k.marks = append(k.marks, mark{level: k.last, at: len(k.saved)})
	return k.last
}

func (k *keeper) end(held *heldTx) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	delete(k.held, held)
}

func (k *keeper) savepoint(name string) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	k.marks = append(k.marks, mark{name: name, at: len(k.saved)})
}

// forget drops a mark and those after it; what was saved since stays so.
func (k *keeper) forget(level int, name string) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if i := k.find(level, name); i >= 0 {
		k.marks = k.marks[:i]
	}
}

// goBack takes back what was saved since a mark, if it is still there; a savepoint stays.
func (k *keeper) goBack(level int, name string) {
	k.mutex.Lock()
	i := k.find(level, name)
	if i < 0 {
		k.mutex.Unlock()
		return
	}
	at := k.marks[i].at
	if name != "" {
		i++
	}
	k.marks = k.marks[:i]
	k.mutex.Unlock()
	k.takeBack(at)
}

// find is the place of a transaction's mark, or with a name that of its last savepoint of that name; -1: there is none.
func (k *keeper) find(level int, name string) int {
	for i := len(k.marks) - 1; i >= 0; i-- {
		switch m := k.marks[i]; {
		case name != "" && m.level == 0 && m.name == name, name == "" && m.level == level:
			return i
		case m.level == level:
			return -1
		}
	}
	return -1
}

// cut takes out what was saved since the one with that number.
func (k *keeper) cut(from int) []saved {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	all := k.saved[from:]
	k.saved = k.saved[:from:from]
	return all
}

// takeBack makes structs what they were before the writes since the one with that number: new again, or changed again.
func (k *keeper) takeBack(from int) {
	all := k.cut(from)
	for i := len(all) - 1; i >= 0; i-- {
		all[i].takeBack()
		all[i] = saved{}
	}
}

func (s *saved) takeBack() {
	if s.reloaded && s.plan.isLoaded(s.old) {
		s.plan.revert(s.old) // what a Reload dropped is not there again
	}
	isThere := s.takeBackAt(s.ptr)
	if s.list.link != nil && !(isThere && s.list.has(s.ptr)) { // it moved, and its former place is still as it was
		_ = s.list.link.each(s.list.of, func(ptr unsafe.Pointer) error {
			s.takeBackAt(ptr)
			return nil
		})
	}
}

// takeBackAt leaves what was set in the struct since, and structs that stand for something else now.
func (s *saved) takeBackAt(ptr unsafe.Pointer) bool {
	p, now := s.plan, s.plan.row(ptr)
	if now.plan != p || startOf(now.rows) != startOf(s.rows) {
		return false
	}
	b, i, err := now.batch()
	if err != nil {
		return false
	}
	row, err := b.row(i)
	if err != nil {
		return false
	}
	for k := range p.columns {
		if c := &p.columns[k]; c.holds(&b, row, ptr) {
			c.copy(ptr, s.old)
		}
	}
	*now = *p.row(s.old)
	return true
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
