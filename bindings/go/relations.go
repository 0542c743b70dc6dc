package thing

import (
	"context"
	"fmt"
	"reflect"
	"unsafe"

	"thing/internal/raw"
)

// Kinds of relations, as THING_BELONGS_TO and so on.
const (
	belongsTo  = 1
	hasMany    = 3
	manyToMany = 4
)

// decodeRelated puts the rows of relations, and numbers about them, into n structs, of which the library's rows are.
func (p *plan) decodeRelated(ctx context.Context, rows uintptr, first unsafe.Pointer, n int, includes []*include) error {
	sets := make([]int64, 3*n)
	if err := p.readNumbers(rows, first, sets, includes); err != nil {
		return err
	}
	for _, i := range includes {
		if i.isNumbers() {
			continue
		}
		ln := p.link(i.name)
		if ln == nil {
			return failure(ErrInvalid, p.name, i.name, fmt.Sprintf("%s: the struct has no relation '%s'", p.typ, i.name))
		}
		var e uintptr
		if status := raw.Thing_go_related(rows, i.name, sets, &e); status < 0 {
			return takeError(status, e)
		}
		err := p.fill(ctx, ln, sets, first, i.children)
		raw.Thing_go_free(sets)
		if err != nil {
			return err
		}
	}
	return nil
}

// fill puts set k into struct k.
func (p *plan) fill(ctx context.Context, ln *link, sets []int64, first unsafe.Pointer, children []*include) error {
	for k := 0; k*3 < len(sets); k++ {
		at := unsafe.Add(first, uintptr(k)*p.typ.Size()+ln.offset)
		data := append([]byte(nil), raw.Borrowed(uintptr(sets[k*3+1]), sets[k*3+2])...)
		if err := p.db.fillOne(ctx, ln, uintptr(sets[k*3]), data, at, children); err != nil {
			return err
		}
	}
	return nil
}

// fillOne makes structs of related rows, and puts them into the field of a struct.
func (db *DB) fillOne(ctx context.Context, ln *link, rows uintptr, data []byte, at unsafe.Pointer, children []*include) error {
	target, err := db.planOf(ln.target)
	if err != nil {
		return err
	}
	b, err := readBatch(data, target.hash, target.cols)
	if err != nil {
		return err
	}
	all, err := target.decodeAll(&b)
	if err != nil {
		return err
	}
	if len(children) > 0 && b.rows > 0 {
		if err := target.decodeRelated(ctx, rows, all.UnsafePointer(), b.rows, children); err != nil {
			return err
		}
	}
	if len(target.loads.all()) > 0 {
		for i := 0; i < b.rows; i++ {
			if err := target.loads.run(ctx, all.Index(i).Addr().Interface()); err != nil {
				return err
			}
		}
	}
	ln.set(at, all)
	return nil
}

// set puts a slice of structs, or the first of them, into a field.
func (ln *link) set(at unsafe.Pointer, all reflect.Value) {
	pointer := reflect.PointerTo(ln.target)
	switch {
	case ln.byValue:
		reflect.NewAt(all.Type(), at).Elem().Set(all)
	case ln.many:
		list := reflect.MakeSlice(reflect.SliceOf(pointer), all.Len(), all.Len())
		for i := 0; i < all.Len(); i++ {
			list.Index(i).Set(all.Index(i).Addr())
		}
		reflect.NewAt(list.Type(), at).Elem().Set(list)
	case all.Len() == 0:
		reflect.NewAt(pointer, at).Elem().Set(reflect.Zero(pointer))
	default:
		reflect.NewAt(pointer, at).Elem().Set(all.Index(0).Addr())
	}
}

// each calls body with the structs that a field holds.
func (ln *link) each(from unsafe.Pointer, body func(ptr unsafe.Pointer) error) error {
	at := unsafe.Add(from, ln.offset)
	if !ln.many {
		if ptr := *(*unsafe.Pointer)(at); ptr != nil {
			return body(ptr)
		}
		return nil
	}
	element := reflect.PointerTo(ln.target)
	if ln.byValue {
		element = ln.target
	}
	list := reflect.NewAt(reflect.SliceOf(element), at).Elem()
	for i := 0; i < list.Len(); i++ {
		one := list.Index(i)
		if ln.byValue {
			one = one.Addr()
		}
		if one.IsNil() {
			return failure(ErrInvalid, ln.target.Name(), ln.name, fmt.Sprintf("'%s': found nil at %d", ln.name, i))
		}
		if err := body(one.UnsafePointer()); err != nil {
			return err
		}
	}
	return nil
}

// Load reads the rows of relations, and numbers about them, into records that are there, for all of them together: "books",
// "books.tags", "_count.books", as Preload has it.
func (m *Model[T]) Load(ctx context.Context, objs []*T, relations ...string) error {
	return m.load(ctx, objs, addIncludes(nil, relations))
}

func (m *Model[T]) load(ctx context.Context, objs []*T, includes []*include) error {
	p, err := m.ready()
	if err != nil || len(objs) == 0 {
		return err
	}
	places, keys, err := placesOf(p, objs)
	if err != nil {
		return err
	}
	include, err := includeDocument(p, includes)
	if err != nil {
		return err
	}
	document, err := appendValue(nil, include)
	if err != nil {
		return err
	}
	var plain uintptr // records at hand may be deleted; of what belongs to them deleted rows come where the call says so
	err = m.db.do(ctx, m.tx, WithDeleted, false, func(handle uintptr, e *uintptr) int {
		return raw.Thing_by_keys(m.db.handle, handle, p.model, keys, &plain, e)
	})
	if err != nil {
		return err
	}
	defer raw.Thing_rows_free(plain)
	found, err := m.rows(ctx, 0, includes, func(handle uintptr, rows, e *uintptr) int {
		return raw.Thing_rows_load(m.db.handle, handle, plain, string(document), rows, e)
	})
	if err != nil {
		return err
	}
	for _, from := range found {
		key, err := p.keyJSON(unsafe.Pointer(from))
		if err != nil {
			return err
		}
		for _, to := range places[key] {
			if err := p.copyRelated(unsafe.Pointer(to), unsafe.Pointer(from), includes); err != nil {
				return err
			}
		}
	}
	return nil
}

// placesOf is which records stand for which row, by its key, and the keys as a list, each once.
func placesOf[T any](p *plan, objs []*T) (places map[string][]*T, list string, err error) {
	places = map[string][]*T{}
	keys := []byte{'['}
	for i, obj := range objs {
		if obj == nil {
			return nil, "", failure(ErrInvalid, p.name, "", fmt.Sprintf("Load: found nil at %d", i))
		}
		key, err := p.keyJSON(unsafe.Pointer(obj))
		if err != nil {
			return nil, "", err
		}
		if places[key] = append(places[key], obj); len(places[key]) > 1 {
			continue
		}
		if len(keys) > 1 {
			keys = append(keys, ',')
		}
		keys = append(keys, key...)
	}
	return places, string(append(keys, ']')), nil
}

// LoadOne is Load of one record.
func (m *Model[T]) LoadOne(ctx context.Context, obj *T, relations ...string) error {
	return m.Load(ctx, []*T{obj}, relations...)
}

func (p *plan) copyRelated(to, from unsafe.Pointer, includes []*include) error {
	asked, err := p.numbersOf(includes)
	if err != nil {
		return err
	}
	for _, a := range asked {
		a.copy(to, from)
	}
	for _, i := range includes {
		if i.isNumbers() {
			continue
		}
		ln := p.link(i.name)
		field := p.typ // the type of the field, by its shape
		switch pointer := reflect.PointerTo(ln.target); {
		case ln.byValue:
			field = reflect.SliceOf(ln.target)
		case ln.many:
			field = reflect.SliceOf(pointer)
		default:
			field = pointer
		}
		reflect.NewAt(field, unsafe.Add(to, ln.offset)).Elem().Set(reflect.NewAt(field, unsafe.Add(from, ln.offset)).Elem())
	}
	return nil
}

// LinkMode says what Link does.
type LinkMode int32

// Modes of Link.
const (
	LinkAdd    LinkMode = 1
	LinkRemove LinkMode = 2
	LinkSet    LinkMode = 3 // these and no others
	LinkToggle LinkMode = 4
	LinkClear  LinkMode = -1 // none at all; without keys
)

// Link makes rows belong to a saved record, or no longer: of many_to_many by pairs, of has_many and has_one by the key
// that the rows refer with. keys are primary keys of the other model. It gives how many were added and removed.
func (m *Model[T]) Link(ctx context.Context, obj *T, relation string, mode LinkMode, keys ...any) (added, removed int64, err error) {
	return m.LinkWith(ctx, obj, relation, mode, nil, keys...)
}

// LinkWith is Link of pairs that have other fields, too.
func (m *Model[T]) LinkWith(ctx context.Context, obj *T, relation string, mode LinkMode, pivot M, keys ...any) (added, removed int64, err error) {
	p, err := m.ready()
	if err != nil {
		return 0, 0, err
	}
	if obj == nil {
		return 0, 0, failure(ErrInvalid, p.name, "", "Link: found nil")
	}
	list, err := appendValue(nil, listOf(keys))
	if err != nil {
		return 0, 0, err
	}
	pairs := ""
	if pivot != nil {
		pairs = string(plainJSON(pivot))
	}
	if mode == LinkClear {
		mode, list = LinkRemove, nil
	}
	o, err := p.currentObject(ctx, m.tx, unsafe.Pointer(obj), forChange)
	if err != nil {
		return 0, 0, err
	}
	defer raw.Thing_obj_free(o)
	err = m.db.do(ctx, m.tx, 0, true, func(handle uintptr, e *uintptr) int {
		return raw.Thing_link(m.db.handle, handle, o, relation, int(mode), string(list), pairs, &added, &removed, e)
	})
	return added, removed, err
}

// graph is the objects that a save writes: the record, and new ones that its relations hold.
type graph struct {
	plan  *plan
	nodes []node
	seen  map[unsafe.Pointer]uintptr
	path  map[unsafe.Pointer]bool // from the first record to the one that is being added
}

type node struct {
	plan *plan
	obj  uintptr
	ptr  unsafe.Pointer
	list list // that it is in, if it is in one by value
}

// list is a field of a struct that has others by value, which move when it grows.
type list struct {
	link *link
	of   unsafe.Pointer
}

// has is whether a struct is in the list's memory.
func (l list) has(ptr unsafe.Pointer) bool {
	all := reflect.NewAt(reflect.SliceOf(l.link.target), unsafe.Add(l.of, l.link.offset)).Elem()
	first := uintptr(all.UnsafePointer())
	return first <= uintptr(ptr) && uintptr(ptr) < first+uintptr(all.Len())*l.link.target.Size()
}

// add puts a struct in, and what belongs to it; changed is whether anything is to be written.
func (g *graph) add(ptr unsafe.Pointer) (changed bool, err error) {
	p := g.plan
	if len(p.links) == 0 && p.isLoaded(ptr) {
		return g.addLoaded(p, ptr)
	}
	g.seen, g.path = map[unsafe.Pointer]uintptr{}, map[unsafe.Pointer]bool{}
	_, changed, err = g.addNode(p, ptr, list{})
	return changed, err
}

// addLoaded is the way of most saves: nothing changed is found out without the library.
func (g *graph) addLoaded(p *plan, ptr unsafe.Pointer) (changed bool, err error) {
	obj, changed, err := p.loadedObject(ptr, false)
	if err == nil && changed {
		g.nodes = append(g.nodes, node{plan: p, obj: obj, ptr: ptr})
	}
	return changed, err
}

func (g *graph) addNode(p *plan, ptr unsafe.Pointer, in list) (obj uintptr, changed bool, err error) {
	if obj, known := g.seen[ptr]; known {
		return obj, false, nil
	}
	if p.isLoaded(ptr) {
		obj, changed, err = p.loadedObject(ptr, true)
	} else {
		obj, err = p.newObject(ptr, forInsert)
		changed = true
	}
	if err != nil {
		return 0, false, err
	}
	g.seen[ptr], g.path[ptr] = obj, true
	defer delete(g.path, ptr)
	g.nodes = append(g.nodes, node{p, obj, ptr, in})
	for i := range p.links {
		added, err := g.addLink(p, &p.links[i], obj, ptr)
		if err != nil {
			return 0, false, err
		}
		changed = changed || added
	}
	return obj, changed, nil
}

// addLink puts the records of a relation to an object: new ones; and one that was saved, where a new object refers to
// it and its key is not set.
func (g *graph) addLink(p *plan, ln *link, obj uintptr, ptr unsafe.Pointer) (changed bool, err error) {
	target, err := p.db.planOf(ln.target)
	if err != nil {
		return false, err
	}
	err = ln.each(ptr, func(other unsafe.Pointer) error {
		isNew := target.tracked >= 0 && !target.isLoaded(other)
		if g.path[other] || !isNew && !(ln.kind == belongsTo && p.refersToNone(ln, ptr)) {
			return nil
		}
		in := list{}
		if ln.byValue {
			in = list{ln, ptr}
		}
		child, _, err := g.addNode(target, other, in)
		if err != nil {
			return err
		}
		changed = true
		set := raw.Thing_obj_add_related
		if ln.kind == belongsTo {
			set = raw.Thing_obj_set_related
		}
		var e uintptr
		if status := set(obj, ln.name, child, &e); status < 0 {
			return takeError(status, e)
		}
		return nil
	})
	return changed, err
}

// refersToNone is whether the fields of a belongs_to are zero or nil.
func (p *plan) refersToNone(ln *link, ptr unsafe.Pointer) bool {
	for _, name := range ln.keys {
		at := p.column(name)
		if at < 0 {
			return false
		}
		value, state := p.columns[at].present(ptr)
		if state == isSet && !p.columns[at].isZero(value) {
			return false
		}
	}
	return len(ln.keys) > 0
}

func (g *graph) free() {
	for _, n := range g.nodes {
		raw.Thing_obj_free(n.obj)
	}
}
