package thing

import (
	"bytes"
	"encoding/json"
	"strings"
	"unsafe"

	"thing/internal/raw"
)

// ToJSON is a record with chosen fields, as "name,books{title,-year}"; "" for all that are not hidden. Items are
// separated by ",": NAME includes, -NAME leaves out, NAME{...} chooses within a json field or the records of a relation.
// Relations print what the struct holds of them; a nil is not loaded, and not printed. So do numbers about them, as
// "_count{books},_sum{books{pages}}": those that are named, others where they are not zero, nil or unset.
func (m *Model[T]) ToJSON(obj *T, fields string) (json.RawMessage, error) {
	return m.ToJSONWith(obj, fields, JSONOptions{})
}

// JSONOptions are those of ToJSONWith.
type JSONOptions struct {
	Hidden  bool // hidden fields, too
	Changed bool // the fields that changed alone; not with chosen fields
}

// ToJSONWith is ToJSON with options.
func (m *Model[T]) ToJSONWith(obj *T, fields string, options JSONOptions) (json.RawMessage, error) {
	if options.Changed {
		return m.changedJSON(obj, options)
	}
	p, err := m.ready()
	if err != nil {
		return nil, err
	}
	if obj == nil {
		return json.RawMessage("null"), nil
	}
	return p.print(unsafe.Pointer(obj), fields, options.flags())
}

func (o JSONOptions) flags() int {
	flags := 0
	if o.Hidden {
		flags |= 1
	}
	if o.Changed {
		flags |= 2
	}
	return flags
}

func (m *Model[T]) changedJSON(obj *T, options JSONOptions) (text json.RawMessage, err error) {
	err = m.withObject(obj, func(_ *plan, o uintptr) error {
		var out, e uintptr
		if status := raw.Thing_obj_json(o, options.flags(), &out, &e); status < 0 {
			return takeError(status, e)
		}
		text = takeBuffer(out)
		return nil
	})
	return text, err
}

// print has the library print the fields, and puts the relations among them.
func (p *plan) print(ptr unsafe.Pointer, fields string, flags int) (json.RawMessage, error) {
	obj, err := p.anyObject(ptr)
	if err != nil {
		return nil, err
	}
	defer raw.Thing_obj_free(obj)
	items, err := splitSelection(fields)
	if err != nil {
		return nil, err
	}
	out := printer{plan: p, obj: obj, ptr: ptr, flags: flags}
	chooses, said := false, map[string]bool{}
	for _, item := range items {
		chooses = chooses || item.name[0] != '-'
	}
	for _, item := range items {
		name := strings.TrimPrefix(item.name, "-")
		if said[name] {
			continue // the first of two items counts
		}
		said[name] = true
		switch ln := p.link(name); {
		case chooses && item.name[0] == '-':
		case isNumberFunction(name) && chooses:
			if err := out.numbers(name, item.inner); err != nil {
				return nil, err
			}
		case isNumberFunction(name):
		case ln == nil:
			out.fields = append(out.fields, item.text)
		case chooses:
			if err := out.relation(ln, item.inner); err != nil {
				return nil, err
			}
		}
	}
	if chooses {
		return out.close(false)
	}
	if err := out.flush(true); err != nil {
		return nil, err
	}
	for i := range p.links {
		if ln := &p.links[i]; !said[ln.name] {
			if err := out.relation(ln, ""); err != nil {
				return nil, err
			}
		}
	}
	if err := out.otherNumbers(said); err != nil {
		return nil, err
	}
	return out.close(true)
}

// item is one of a selection.
type item struct{ name, inner, text string }

// splitSelection takes the items of one level apart; what is wrong within braces is for who reads that.
func splitSelection(fields string) ([]item, error) {
	var items []item
	depth, from := 0, 0
	for i := 0; i <= len(fields); i++ {
		switch {
		case i == len(fields) || fields[i] == ',' && depth == 0:
			text := strings.TrimSpace(fields[from:i])
			from = i + 1
			if text == "" && i == len(fields) && len(items) == 0 {
				return nil, nil
			}
			name, inner, hasInner := strings.Cut(text, "{")
			if name = strings.TrimSpace(name); name == "" || name == "-" || depth != 0 || hasInner && !strings.HasSuffix(inner, "}") {
				return nil, failure(ErrSyntax, "", "", "fields: found an item that is none in '"+fields+"'")
			}
			items = append(items, item{name, strings.TrimSuffix(inner, "}"), text})
		case fields[i] == '{':
			depth++
		case fields[i] == '}':
			depth--
		}
	}
	return items, nil
}

// printer writes the members of one object.
type printer struct {
	plan   *plan
	obj    uintptr
	ptr    unsafe.Pointer
	flags  int
	fields []string // that the library is to print next
	out    []byte
}

// flush has the library print the fields that wait; all: also when none do, which means all.
func (w *printer) flush(all bool) error {
	if len(w.fields) == 0 && !all {
		return nil
	}
	var buf, e uintptr
	status := raw.Thing_obj_json_fields(w.obj, strings.Join(w.fields, ","), w.flags, &buf, &e)
	if status < 0 {
		return takeError(status, e)
	}
	w.fields = nil
	w.add(bytes.TrimSuffix(bytes.TrimPrefix(takeBuffer(buf), []byte("{")), []byte("}")))
	return nil
}

func (w *printer) add(members []byte) {
	if len(members) == 0 {
		return
	}
	if len(w.out) > 0 {
		w.out = append(w.out, ',')
	}
	w.out = append(w.out, members...)
}

// relation prints the records that a field holds, if it was loaded.
func (w *printer) relation(ln *link, fields string) error {
	if err := w.flush(false); err != nil {
		return err
	}
	target, err := w.plan.db.planOf(ln.target)
	if err != nil {
		return err
	}
	if *(*unsafe.Pointer)(unsafe.Add(w.ptr, ln.offset)) == nil {
		return nil
	}
	var values [][]byte
	err = ln.each(w.ptr, func(ptr unsafe.Pointer) error {
		text, err := target.print(ptr, fields, w.flags)
		values = append(values, text)
		return err
	})
	if err != nil {
		return err
	}
	value := bytes.Join(values, []byte(","))
	if ln.many {
		value = append(append([]byte{'['}, value...), ']')
	}
	w.add(append(append(plainJSON(ln.name), ':'), value...))
	return nil
}

func (w *printer) close(flushed bool) (json.RawMessage, error) {
	if !flushed {
		if err := w.flush(false); err != nil {
			return nil, err
		}
	}
	return append(append([]byte{'{'}, w.out...), '}'), nil
}
