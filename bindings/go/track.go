package thing

import (
	"encoding/json"
	"reflect"
	"unsafe"

	"thing/internal/raw"
)

// What became of a record since it was loaded.

// withObject calls body with the object of a record, loaded or new.
func (m *Model[T]) withObject(obj *T, body func(p *plan, o uintptr) error) error {
	p, err := m.ready()
	if err != nil {
		return err
	}
	if obj == nil {
		return failure(ErrInvalid, p.name, "", "found nil, expected a record")
	}
	o, err := p.anyObject(unsafe.Pointer(obj))
	if err != nil {
		return err
	}
	defer raw.Thing_obj_free(o)
	return body(p, o)
}

// Changed are the fields that Save would write, in their order: of a new record those that are set.
func (m *Model[T]) Changed(obj *T) (names []string, err error) {
	err = m.withObject(obj, func(p *plan, o uintptr) error {
		for i := 0; i < p.cols; i++ {
			if raw.Thing_obj_dirty(o, i) {
				names = append(names, raw.Thing_model_field_name(p.model, i))
			}
		}
		return nil
	})
	return names, err
}

// Changes are what Save would write: {"field":[old,new]}, in the order of the fields.
func (m *Model[T]) Changes(obj *T) (changes json.RawMessage, err error) {
	err = m.withObject(obj, func(_ *plan, o uintptr) error {
		changes, err = changesOf(o)
		return err
	})
	return changes, err
}

func changesOf(o uintptr) (json.RawMessage, error) {
	var out, e uintptr
	if status := raw.Thing_obj_changes_json(o, &out, &e); status < 0 {
		return nil, takeError(status, e)
	}
	return takeBuffer(out), nil
}

// SavedChanges are what the last save of a tracked record wrote, as Changes has it.
func (m *Model[T]) SavedChanges(obj *T) (json.RawMessage, error) {
	p, err := m.ready()
	if err != nil {
		return nil, err
	}
	if obj == nil || !p.isLoaded(unsafe.Pointer(obj)) || p.row(unsafe.Pointer(obj)).before() == nil {
		return json.RawMessage("{}"), nil
	}
	now := p.row(unsafe.Pointer(obj))
	o, err := now.before().object(p)
	if err != nil {
		return nil, err
	}
	defer raw.Thing_obj_free(o)
	row, err := now.one()
	if err != nil {
		return nil, err
	}
	var e uintptr
	if status := raw.Thing_obj_assign_packed(o, row, &e); status < 0 {
		return nil, takeError(status, e)
	}
	return changesOf(o)
}

// object is the object of a row as it was loaded; of none, a new one.
func (l *loaded) object(p *plan) (uintptr, error) {
	if l.plan == nil {
		return raw.Thing_obj_new(p.model), nil
	}
	row, err := l.one()
	if err != nil {
		return 0, err
	}
	var o, e uintptr
	if status := raw.Thing_obj_unpack(p.model, row, &o, &e); status < 0 {
		return 0, takeError(status, e)
	}
	return o, nil
}

// Revert takes the changes of fields back, or all of them; of a new record the fields become zero, Opts unset.
func (m *Model[T]) Revert(obj *T, fields ...string) error {
	p, err := m.ready()
	if err != nil {
		return err
	}
	if obj == nil {
		return failure(ErrInvalid, p.name, "", "Revert: found nil")
	}
	old := new(T)
	if ptr := unsafe.Pointer(obj); p.isLoaded(ptr) {
		was := p.row(ptr)
		b, i, err := was.batch()
		if err != nil {
			return err
		}
		spare := p.spare(1)
		if err := p.decodeValues(&b, i, unsafe.Pointer(old), &spare); err != nil {
			return err
		}
	}
	wanted := map[string]bool{}
	for _, name := range fields {
		if _, err := p.field(name); err != nil {
			return err
		}
		wanted[name] = true
	}
	for i := range p.columns {
		if c := &p.columns[i]; len(fields) == 0 || wanted[c.name] {
			c.copy(unsafe.Pointer(obj), unsafe.Pointer(old))
		}
	}
	return nil
}

// copy sets a field of one struct to that of another.
func (c *column) copy(to, from unsafe.Pointer) {
	reflect.NewAt(c.field, unsafe.Add(to, c.offset)).Elem().Set(reflect.NewAt(c.field, unsafe.Add(from, c.offset)).Elem())
}

// FillOptions are those of Fill.
type FillOptions struct {
	Strict   bool // a field that may not be filled is ErrInvalid, not left out
	IfAbsent bool // only fields that are unset or NULL
}

// Fill sets fields of input from outside, a JSON object: those that the model allows to fill ("fillable", "guarded").
// Unknown names are errors. When it fails nothing is set.
func (m *Model[T]) Fill(obj *T, input any, options FillOptions) error {
	document, err := documentOf(input)
	if err != nil {
		return err
	}
	flags := 0
	if options.Strict {
		flags |= 1
	}
	if options.IfAbsent {
		flags |= 2
	}
	return m.withObject(obj, func(p *plan, o uintptr) error {
		var e uintptr
		if status := raw.Thing_obj_fill_json(o, document, flags, &e); status < 0 {
			return takeError(status, e)
		}
		_, err := p.pull(o, unsafe.Pointer(obj))
		return err
	})
}

// Normalize brings values into the form in which they are saved: texts that are trimmed or have one case, decimals,
// times to the microsecond. A value that the model does not take is an error.
func (m *Model[T]) Normalize(obj *T) error {
	return m.withObject(obj, func(p *plan, o uintptr) error {
		_, err := p.pull(o, unsafe.Pointer(obj))
		return err
	})
}

// Replicate is a new record with the values of another, but for its key, managed fields, and those of except.
func (m *Model[T]) Replicate(obj *T, except ...string) (copied *T, err error) {
	err = m.withObject(obj, func(p *plan, o uintptr) error {
		fields, err := p.fields(except)
		if err != nil {
			return err
		}
		var out, e uintptr
		if status := raw.Thing_obj_replicate(o, fields, &out, &e); status < 0 {
			return takeError(status, e)
		}
		defer raw.Thing_obj_free(out)
		copied = new(T)
		_, err = p.pull(out, unsafe.Pointer(copied))
		return err
	})
	return copied, err
}
