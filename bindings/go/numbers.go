package thing

import (
	"encoding/json"
	"fmt"
	"strings"

	"thing/internal/raw"
)

// Numbers about the rows of relations: fields of structs that are no fields of the model. A query that does not ask for
// them knows nothing of them.

// numberFunctions are those that count rows, and those that look at a field of theirs, in the order of JSON.
var numberFunctions = []string{"_count", "_exists", "_sum", "_avg", "_min", "_max"}

func isNumberFunction(name string) bool {
	for _, function := range numberFunctions {
		if name == function {
			return true
		}
	}
	return false
}

func countsRows(function string) bool { return function == "_count" || function == "_exists" }

// isNumberPath is whether a path, "_sum.books.pages" or a beginning of it, is that of numbers.
func isNumberPath(path string) bool {
	if !strings.HasPrefix(path, "_") {
		return false
	}
	function, _, _ := strings.Cut(path, ".")
	return isNumberFunction(function)
}

// number is a field of a struct that holds one. The name of its column is its path.
type number struct {
	column
	function string
	alias    string // the relation, or the name that tells it from others of the relation
	of       string // a field of the relation's rows; "" when these are counted
	rows     M      // which rows: relation, where, scope, unscoped
}

// ---- tags

// numberTag is what "_sum=books.pages" says.
type numberTag struct{ function, alias, of string }

// isNumberTag is of what stands in the place of a name: "_count=books".
func isNumberTag(name string) bool {
	function, _, isGiven := strings.Cut(name, "=")
	return isNumberFunction(function) || isGiven && strings.HasPrefix(name, "_")
}

// asNumber takes "_count=books" or "_sum=books.pages" apart; the member is named by its path then.
func (m *member) asNumber() error {
	function, path, _ := strings.Cut(m.name, "=")
	if !isNumberFunction(function) {
		return fmt.Errorf("found '%s', expected one of %s", m.name, strings.Join(numberFunctions, ", "))
	}
	alias, field, hasField := strings.Cut(path, ".")
	switch {
	case countsRows(function) && (alias == "" || hasField):
		return fmt.Errorf("found '%s', expected '%s=RELATION'", m.name, function)
	case !countsRows(function) && (alias == "" || field == "" || strings.Contains(field, ".")):
		return fmt.Errorf("found '%s', expected '%s=RELATION.FIELD'", m.name, function)
	}
	m.number, m.name = &numberTag{function, alias, field}, function+"."+path
	return nil
}

// countedRows is which rows the options of a tag choose.
func (m *member) countedRows() (M, error) {
	rows := M{"relation": m.number.alias}
	for _, o := range m.options {
		switch o.key {
		case "relation":
			rows[o.key] = o.value
		case "scope", "unscoped":
			rows[o.key] = strings.Split(o.value, "|")
			if o.key == "unscoped" && o.value == "" {
				rows[o.key] = true
			}
		case "where":
			if !json.Valid([]byte(o.value)) {
				return nil, fmt.Errorf("found a 'where' that is no JSON: %s", o.value)
			}
			rows[o.key] = json.RawMessage(o.value)
		default:
			return nil, fmt.Errorf("found option '%s', expected one of relation, scope, unscoped, where", o.key)
		}
	}
	return rows, nil
}

// ---- plans

// numberOf binds a member to the model: the relation is there, and the field holds what comes of it.
func (p *plan) numberOf(m *member) (*number, error) {
	rows, err := m.countedRows()
	if err != nil {
		return nil, err
	}
	n := &number{function: m.number.function, alias: m.number.alias, of: m.number.of, rows: rows,
		column: column{name: m.name, pointer: m.pointer, opt: m.opt, offset: m.offset, stateAt: m.stateAt, goType: m.typ, field: m.field}}
	relation := rows["relation"].(string)
	at := p.relationIndex(relation)
	if at < 0 {
		return nil, fmt.Errorf("the model '%s' has no relation '%s'", p.name, relation)
	}
	if err := n.findType(p.db, raw.Thing_model_relation_target(p.model, at)); err != nil {
		return nil, err
	}
	if err := p.check(n); err != nil {
		return nil, err
	}
	fits := false
	if n.op, fits = opOf(m.typ, n.typ, false); !fits {
		return nil, fmt.Errorf("found a %s, expected one that holds %s", m.typ, typeNames[n.typ])
	}
	for i := range p.numbers {
		if o := &p.numbers[i]; o.function == n.function && o.alias == n.alias && !isSameJSON(o.rows, n.rows) {
			return nil, fmt.Errorf("'%s.%s' is of other rows in another field; 'relation' lets it have another name", n.function, n.alias)
		}
	}
	return n, nil
}

// check has the library say whether it can be asked for.
func (p *plan) check(n *number) error {
	include := M{}
	if err := p.addNumbers(include, []asked{{n, nil}}); err != nil {
		return err
	}
	var criteria, e uintptr
	if status := raw.Thing_criteria_parse(p.model, string(plainJSON(M{"include": include})), &criteria, &e); status < 0 {
		return fmt.Errorf("%s", takeError(status, e).Message)
	}
	raw.Thing_criteria_free(criteria)
	return nil
}

// typeNames are those of what numbers can be.
var typeNames = map[int32]string{typeBool: "bool", typeInt: "int", typeFloat: "float", typeDecimal: "decimal", typeText: "text",
	typeDatetime: "datetime", typeDate: "date", typeTime: "time", typeEnum: "enum"}

// findType is what comes of a function: counts are ints, averages of ints floats; all else is as the field is.
func (n *number) findType(db *DB, target string) error {
	switch n.function {
	case "_count":
		n.typ = typeInt
		return nil
	case "_exists":
		n.typ = typeBool
		return nil
	}
	model := raw.Thing_model_find(db.handle, target)
	if model == 0 {
		return fmt.Errorf("found no model '%s', which the relation leads to", target)
	}
	index := raw.Thing_model_field_index(model, n.of)
	if index < 0 {
		return fmt.Errorf("the model '%s' has no field '%s'", target, n.of)
	}
	n.typ = int32(raw.Thing_model_field_type(model, index))
	if n.function == "_avg" && n.typ == typeInt {
		n.typ = typeFloat
	}
	return nil
}
