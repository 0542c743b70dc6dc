package thing

import (
	"encoding/json"
	"reflect"
	"unsafe"
)

// numbers prints what is chosen of a function: "_count":{"books":3}, "_sum":{"books":{"pages":912}}.
func (w *printer) numbers(function, chosen string) error {
	items, err := splitSelection(chosen)
	if err != nil {
		return err
	}
	return w.numbersWhere(function, true, func(n *number) (bool, error) {
		inner, isChosen := chosenOf(items, n.alias)
		if !isChosen || countsRows(function) {
			return isChosen, nil
		}
		fields, err := splitSelection(inner)
		_, isChosen = chosenOf(fields, n.of)
		return isChosen, err
	})
}

// otherNumbers prints those of functions that were not said.
func (w *printer) otherNumbers(said map[string]bool) error {
	all := func(*number) (bool, error) { return true, nil }
	for _, function := range numberFunctions {
		if said[function] {
			continue
		}
		if err := w.numbersWhere(function, false, all); err != nil {
			return err
		}
	}
	return nil
}

func (w *printer) numbersWhere(function string, named bool, isChosen func(n *number) (bool, error)) error {
	var out object
	var aliases []string
	fields := map[string]*object{}
	for i := range w.plan.numbers {
		n := &w.plan.numbers[i]
		if n.function != function {
			continue
		}
		chosen, err := isChosen(n)
		if err != nil {
			return err
		}
		value, err := n.json(w.ptr, named)
		switch {
		case err != nil:
			return w.plan.located(&n.column, err)
		case !chosen || value == nil:
		case countsRows(function):
			out.set(n.alias, value)
		default:
			if fields[n.alias] == nil {
				fields[n.alias] = &object{}
				aliases = append(aliases, n.alias)
			}
			fields[n.alias].set(n.of, value)
		}
	}
	for _, alias := range aliases {
		out.set(alias, fields[alias])
	}
	if len(out.names) == 0 {
		return nil
	}
	if err := w.flush(false); err != nil {
		return err
	}
	w.add(append(append(plainJSON(function), ':'), plainJSON(&out)...))
	return nil
}

// chosenOf is what a selection says of a name, and whether it chooses it; the first of two items counts.
func chosenOf(items []item, name string) (inner string, isChosen bool) {
	chooses := false
	for _, item := range items {
		switch item.name {
		case name:
			return item.inner, true
		case "-" + name:
			return "", false
		}
		chooses = chooses || item.name[0] != '-'
	}
	return "", !chooses
}

// json is the value as JSON; nil for what was not loaded, as far as the field can tell: one that is named is printed
// unless it is unset.
func (n *number) json(from unsafe.Pointer, named bool) (json.RawMessage, error) {
	at, state := n.present(from)
	switch {
	case state == isAbsent || !named && (state == isNull && n.pointer || state == isSet && !n.pointer && !n.opt && n.isZero(at)):
		return nil, nil
	case state == isNull:
		return json.RawMessage("null"), nil
	}
	return appendValue(nil, reflect.NewAt(n.goType, at).Elem().Interface())
}
