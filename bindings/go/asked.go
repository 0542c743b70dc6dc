package thing

import (
	"fmt"
	"strings"
	"unsafe"

	"thing/internal/raw"
)

// asked is a number that a query asks for.
type asked struct {
	*number
	options M // which rows, beside what its tag says
}

// numbersOf are the numbers of the struct that are asked for.
func (p *plan) numbersOf(includes []*include) (out []asked, err error) {
	for _, i := range includes {
		if !i.isNumbers() {
			continue
		}
		if p == nil {
			return nil, failure(ErrInvalid, "", i.name, fmt.Sprintf("'%s' is of a relation that the struct has not", i.name))
		}
		if i.wrong != "" {
			return nil, failure(ErrInvalid, p.name, i.name, fmt.Sprintf("%s: '%s': %s", p.name, i.name, i.wrong))
		}
		known := len(out)
		for k := range p.numbers {
			if n := &p.numbers[k]; n.name == i.name || strings.HasPrefix(n.name, i.name+".") {
				out = append(out, asked{n, i.options})
			}
		}
		if len(out) == known {
			return nil, failure(ErrInvalid, p.name, i.name, fmt.Sprintf("%s: the struct has no field for '%s'", p.typ, i.name))
		}
	}
	return out, nil
}

// addNumbers puts them into "include": {"_count": {"select": {"books": true}}, "_sum": {"books": {"select": {"pages": true}}}}.
func (p *plan) addNumbers(include M, all []asked) error {
	chosen := map[string]M{} // which rows, by function and name
	for _, a := range all {
		rows, err := a.choice()
		if err != nil {
			return p.located(&a.column, err)
		}
		key := a.function + "." + a.alias
		if known, isKnown := chosen[key]; isKnown && !isSameJSON(known, rows) {
			return failure(ErrInvalid, p.name, a.name, fmt.Sprintf("%s: '%s' is asked for of different rows", p.name, key))
		}
		chosen[key] = rows
		into := membersAt(include, a.function)
		if countsRows(a.function) {
			membersAt(into, "select")[a.alias] = orTrue(rows)
			continue
		}
		one := membersAt(into, a.alias)
		for name, value := range rows {
			one[name] = value
		}
		membersAt(one, "select")[a.of] = true
	}
	return nil
}

func orTrue(members M) any {
	if len(members) == 0 {
		return true
	}
	return members
}

// membersAt is the object that a member is, which it becomes.
func membersAt(of M, name string) M {
	if _, isKnown := of[name]; !isKnown {
		of[name] = M{}
	}
	return of[name].(M)
}

// choice is which rows count: what the tag says, and the query beside it.
func (a *asked) choice() (M, error) {
	out := M{}
	for name, value := range a.rows {
		out[name] = value
	}
	for name, value := range a.options {
		known, isKnown := out[name]
		switch {
		case name != "relation" && name != "where" && name != "scope" && name != "unscoped":
			return nil, failure(ErrInvalid, "", "", fmt.Sprintf("found key '%s', expected one of relation, where, scope, unscoped", name))
		case name == "relation":
			if value != known {
				return nil, failure(ErrInvalid, "", "", fmt.Sprintf("found relation '%v', expected '%v' as the tag says", value, known))
			}
		case !isKnown:
			out[name] = value
		case name == "where":
			out[name] = M{"AND": []any{known, value}}
		case known == true || value == true:
			out[name] = true
		default:
			out[name] = append(namesOf(known), namesOf(value)...)
		}
	}
	if out["relation"] == a.alias {
		delete(out, "relation")
	}
	return out, nil
}

// namesOf is one name, or several of them, as a list; what is no name is for the library to refuse.
func namesOf(value any) (out []any) {
	switch names := value.(type) {
	case []string:
		for _, name := range names {
			out = append(out, name)
		}
		return out
	case []any:
		return append(out, names...)
	}
	return []any{value}
}

func isSameJSON(a, b M) bool { return string(plainJSON(a)) == string(plainJSON(b)) }

// numbersIn are those that a document asks for by one function: of each a path.
func numbersIn(function string, value any) []*include {
	if value == true {
		return []*include{{name: function}}
	}
	members, isObject := membersOf(value)
	if countsRows(function) {
		selected, hasSelect := membersOf(members["select"])
		if isObject = hasSelect && len(members) == 1; isObject {
			members = selected
		}
	}
	if !isObject {
		return []*include{{name: function, wrong: "expected true or an object of relations, of counts in 'select'"}}
	}
	var out []*include
	for alias, value := range members {
		options, _ := membersOf(value)
		path := function + "." + alias
		switch {
		case value == false:
		case countsRows(function):
			out = append(out, &include{name: path, options: options})
		default:
			fields, rest := fieldsIn(options)
			for _, field := range fields {
				out = append(out, &include{name: fmt.Sprintf("%s.%v", path, field), options: rest})
			}
		}
	}
	return out
}

// fieldsIn are the fields of {"pages": true} or {"select": {"pages": true}, "where": ...}, and what else that says.
func fieldsIn(document map[string]any) (fields []any, rest M) {
	chosen, isWhole := document["select"]
	if !isWhole {
		chosen = document
	} else {
		rest = M{}
	}
	for name, value := range document {
		if isWhole && name != "select" {
			rest[name] = value
		}
	}
	members, isObject := membersOf(chosen)
	if !isObject {
		return namesOf(chosen), rest
	}
	for name, value := range members {
		if value != false {
			fields = append(fields, name)
		}
	}
	return fields, rest
}

// readNumbers puts the numbers that are asked for into structs, one for each three of sets, which it writes to.
func (p *plan) readNumbers(rows uintptr, first unsafe.Pointer, sets []int64, includes []*include) error {
	all, err := p.numbersOf(includes)
	if err != nil || len(all) == 0 {
		return err
	}
	if status := raw.Thing_go_objects(rows, sets); status < 0 {
		return takeError(status, 0)
	}
	defer raw.Thing_go_free_objects(sets)
	for _, a := range all {
		var e uintptr
		if status := raw.Thing_go_numbers(sets, a.name, int(a.typ), &e); status < 0 {
			return takeError(status, e)
		}
		for k := 0; k*3 < len(sets); k++ {
			if err := a.put(sets[k*3+1], sets[k*3+2], unsafe.Add(first, uintptr(k)*p.typ.Size())); err != nil {
				return p.located(&a.column, err)
			}
		}
	}
	return nil
}

// put sets the field to what a slot says: a value, or where a text of so many bytes is, below zero NULL.
func (n *number) put(slot, length int64, to unsafe.Pointer) error {
	var text batch
	switch {
	case length < 0:
		return n.read(&text, 0, isNull, to)
	case isHeapType(int(n.typ)):
		text.heap = append(append(text.heap, raw.Borrowed(uintptr(slot), length)...), 0)
		slot = length << 32
	}
	return n.read(&text, uint64(slot), isSet, to)
}
