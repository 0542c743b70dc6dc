package thing

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync/atomic"

	"thing/internal/raw"
)

// Flags of fields, as THING_FIELD_*.
const (
	fieldPrimary   = 1
	fieldNullable  = 2
	fieldGenerated = 8
	fieldDefaulted = 16
	fieldCreated   = 64
	fieldUpdated   = 128
	fieldDeleted   = 256
	fieldVersion   = 512
	fieldList      = 1024
	fieldManaged   = fieldCreated | fieldUpdated | fieldDeleted | fieldVersion
)

// op is how a field of a struct is read from a slot and written to one.
type op uint8

const (
	opBool op = iota
	opInt8
	opInt16
	opInt32
	opInt64
	opUint8
	opUint16
	opUint32
	opUint64
	opFloat32
	opFloat64
	opString
	opBytes
	opTime
	opUUID
	opJSON // any type, by encoding/json
	opList // a slice, by the same
)

// column is a field of a struct that is a field of its model.
type column struct {
	name    string
	index   int // in the model
	typ     int32
	flags   int32
	op      op
	pointer bool
	opt     bool
	offset  uintptr
	stateAt uintptr
	goType  reflect.Type // of the value
	field   reflect.Type // of the struct's field, with pointer or Opt
}

// link is a field of a struct that is a relation of its model.
type link struct {
	name    string
	kind    int32
	many    bool
	byValue bool
	offset  uintptr
	target  reflect.Type
	keys    []string // of belongs_to: the fields of this model
}

// plan is how a struct type and a model of a database go together.
type plan struct {
	db           *DB
	typ          reflect.Type
	name         string
	model        uintptr
	hash         int64
	cols         int
	columns      []column
	steps        []step // of columns
	textPointers int    // how many fields are *string
	links        []link
	heap         []bool // which columns of the model are in the heap
	tracked      int
	key          []int // places in columns of the primary key; nil when the struct lacks one of them
	notFound     *Error
	hearsEnds    bool // AfterCommit or AfterRollback is a method
	loads        loadHooks
	only         onlyRow
	longest      atomic.Int64 // bytes of the longest row of those seen, or of the last one when that was very long
	numbers      []number
}

// planOf is the plan of a struct type; its model, and those that its relations lead to, are registered when the database
// does not know them.
func (db *DB) planOf(typ reflect.Type) (*plan, error) {
	if known, ok := db.plans.Load(typ); ok {
		return known.(*plan), nil
	}
	db.planning.Lock()
	defer db.planning.Unlock()
	if known, ok := db.plans.Load(typ); ok {
		return known.(*plan), nil
	}
	layouts, err := reachable(typ)
	if err != nil {
		return nil, err
	}
	if err := db.registerLayouts(layouts); err != nil {
		return nil, err
	}
	made := make([]*plan, len(layouts))
	for i, l := range layouts {
		if made[i], err = db.bind(l); err != nil {
			return nil, err
		}
	}
	for _, p := range made {
		if known, isKnown := db.plans.Load(p.typ); isKnown {
			p = known.(*plan)
		} else if err := db.addMethodHooks(p); err != nil {
			return nil, err
		}
		db.plans.Store(p.typ, p)
	}
	known, _ := db.plans.Load(typ)
	return known.(*plan), nil
}

// reachable is the layout of a type and of those that its relations lead to.
func reachable(typ reflect.Type) ([]*layout, error) {
	var out []*layout
	seen := map[reflect.Type]bool{typ: true}
	for todo := []reflect.Type{typ}; len(todo) > 0; todo = todo[1:] {
		l, err := layoutOf(todo[0])
		if err != nil {
			return nil, err
		}
		out = append(out, l)
		for _, m := range l.members {
			if m.relation && !seen[m.target] {
				seen[m.target] = true
				todo = append(todo, m.target)
			}
		}
	}
	return out, nil
}

func (db *DB) registerLayouts(layouts []*layout) error {
	var docs []json.RawMessage
	for _, l := range layouts {
		if raw.Thing_model_find(db.handle, l.name) != 0 {
			continue
		}
		doc, err := l.document()
		if err != nil {
			return err
		}
		docs = append(docs, doc)
	}
	if len(docs) == 0 {
		return nil
	}
	return db.RegisterJSON(string(plainJSON(docs)))
}

// bind finds the model of a struct, and the struct's fields in it.
func (db *DB) bind(l *layout) (*plan, error) {
	m := raw.Thing_model_find(db.handle, l.name)
	if m == 0 {
		if db.closed() {
			return nil, failure(ErrClosed, l.name, "", "the database is closed")
		}
		return nil, failure(ErrModel, l.name, "", fmt.Sprintf("found no model '%s'", l.name))
	}
	p := &plan{db: db, typ: l.typ, name: l.name, model: m, hash: raw.Thing_model_hash(m),
		cols: raw.Thing_model_field_count(m), tracked: l.tracked}
	p.only = onlyRowOf(p.cols)
	p.notFound = failure(ErrNotFound, l.name, "", l.name+": not found")
	for i := 0; i < p.cols; i++ {
		typ := raw.Thing_model_field_type(m, i)
		p.heap = append(p.heap, raw.Thing_model_field_flags(m, i)&fieldList != 0 || isHeapType(typ))
	}
	for i := range l.members {
		if err := p.addMember(l, &l.members[i]); err != nil {
			return nil, err
		}
	}
	return p, p.findKey()
}

func (p *plan) addMember(l *layout, m *member) error {
	refuse := func(format string, args ...any) error {
		return failure(ErrModel, p.name, m.name, fmt.Sprintf("%s.%s: ", l.typ, m.goName)+fmt.Sprintf(format, args...))
	}
	if m.number != nil {
		n, err := p.numberOf(m)
		if err != nil {
			return refuse("%s", err)
		}
		p.numbers = append(p.numbers, *n)
		return nil
	}
	if m.relation {
		at := p.relationIndex(m.name)
		if at < 0 {
			return refuse("the model '%s' has no relation '%s'", p.name, m.name)
		}
		ln := link{name: m.name, kind: int32(raw.Thing_model_relation_kind(p.model, at)), many: m.many, byValue: m.byValue,
			offset: m.offset, target: m.target}
		if toMany := ln.kind == hasMany || ln.kind == manyToMany; toMany != m.many {
			return refuse("the relation leads to %s", map[bool]string{true: "many rows", false: "one row"}[toMany])
		}
		p.links = append(p.links, ln)
		return nil
	}
	index := raw.Thing_model_field_index(p.model, m.name)
	if index < 0 {
		return refuse("the model '%s' has no field '%s'", p.name, m.name)
	}
	c := column{name: m.name, index: index, typ: int32(raw.Thing_model_field_type(p.model, index)),
		flags: int32(raw.Thing_model_field_flags(p.model, index)), pointer: m.pointer, opt: m.opt,
		offset: m.offset, stateAt: m.stateAt, goType: m.typ, field: m.field}
	fits := false
	if c.op, fits = opOf(m.typ, c.typ, c.flags&fieldList != 0); !fits {
		return refuse("found a %s, which does not hold what the field '%s' of the model does", m.typ, m.name)
	}
	p.columns = append(p.columns, c)
	p.steps = append(p.steps, c.step())
	if c.step().kind == stepTextPointer {
		p.textPointers++
	}
	return nil
}

func (p *plan) relationIndex(name string) int {
	for i := 0; i < raw.Thing_model_relation_count(p.model); i++ {
		if raw.Thing_model_relation_name(p.model, i) == name {
			return i
		}
	}
	return -1
}

// findKey finds the columns of the primary key, in its order, and the fields of belongs_to.
func (p *plan) findKey() error {
	var doc struct {
		Primary   []string
		Fields    map[string]struct{ Primary bool }
		Relations map[string]struct {
			Fields []string
		}
	}
	var out, e uintptr
	if status := raw.Thing_model_json(p.model, &out, &e); status < 0 {
		return takeError(status, e)
	}
	if err := json.Unmarshal(takeBuffer(out), &doc); err != nil {
		return failure(ErrInternal, p.name, "", err.Error())
	}
	for i := range p.links {
		p.links[i].keys = doc.Relations[p.links[i].name].Fields
	}
	names := doc.Primary
	if len(names) == 0 {
		for i := 0; i < p.cols; i++ {
			if raw.Thing_model_field_flags(p.model, i)&fieldPrimary != 0 {
				names = append(names, raw.Thing_model_field_name(p.model, i))
			}
		}
	}
	for _, name := range names {
		at := p.column(name)
		if at < 0 {
			p.key = nil
			return nil
		}
		p.key = append(p.key, at)
	}
	return nil
}

// column is the place of a field in columns; -1 when the struct lacks it.
func (p *plan) column(name string) int {
	for i := range p.columns {
		if p.columns[i].name == name {
			return i
		}
	}
	return -1
}

func (p *plan) link(name string) *link {
	for i := range p.links {
		if p.links[i].name == name {
			return &p.links[i]
		}
	}
	return nil
}

// opOf is how a type of Go holds values of a type of the model, if it does.
func opOf(t reflect.Type, typ int32, list bool) (op, bool) {
	if list {
		return opList, t.Kind() == reflect.Slice
	}
	if typ == typeJSON && t != rawType && t.Kind() != reflect.String {
		return opJSON, true
	}
	if t == timeType {
		return opTime, typ == typeDatetime
	}
	if t == dateType {
		return opInt32, typ == typeDate
	}
	if t == clockType {
		return opInt64, typ == typeTime
	}
	switch k := t.Kind(); k {
	case reflect.Bool:
		return opBool, typ == typeBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return intOp(t), typ == typeInt
	case reflect.Float32:
		return opFloat32, typ == typeFloat
	case reflect.Float64:
		return opFloat64, typ == typeFloat
	case reflect.String:
		return opString, typ == typeText || typ == typeEnum || typ == typeDecimal || typ == typeJSON
	case reflect.Slice:
		return opBytes, t.Elem().Kind() == reflect.Uint8 && (typ == typeBytes || typ == typeJSON)
	case reflect.Array:
		return opUUID, t.Len() == 16 && t.Elem().Kind() == reflect.Uint8 && typ == typeUUID
	}
	return 0, false
}

func intOp(t reflect.Type) op {
	small := map[uintptr]op{1: opInt8, 2: opInt16, 4: opInt32, 8: opInt64}[t.Size()]
	if strings.HasPrefix(t.Kind().String(), "uint") {
		return small + opUint8 - opInt8
	}
	return small
}

func isHeapType(typ int) bool {
	switch typ {
	case typeText, typeBytes, typeJSON, typeEnum, typeDecimal, typeUUID:
		return true
	}
	return false
}
