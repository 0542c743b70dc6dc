package thing

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// ModelJSON is for models that say more than tags can: members of the model's document (docs/reference/models.md), which
// are laid over what the struct says. Of "fields" each member is laid over the field of that name.
//
//	func (Article) ModelJSON() string { return `{"table": "articles", "order": [{"title": "asc"}]}` }
type ModelJSON interface{ ModelJSON() string }

var (
	timeType    = reflect.TypeOf(time.Time{})
	rawType     = reflect.TypeOf(json.RawMessage{})
	decimalType = reflect.TypeOf(Decimal(""))
	dateType    = reflect.TypeOf(Date(0))
	clockType   = reflect.TypeOf(Clock(0))
	trackedType = reflect.TypeOf(Tracked{})
	optType     = reflect.TypeOf((*anyOpt)(nil)).Elem()
	moreType    = reflect.TypeOf((*ModelJSON)(nil)).Elem()
)

// member is a field of a struct that belongs to a model.
type member struct {
	name     string // in the model
	goName   string
	offset   uintptr
	typ      reflect.Type // of the value itself, without pointer or Opt
	field    reflect.Type // with them
	pointer  bool
	opt      bool
	stateAt  uintptr // of an Opt
	options  []option
	relation bool
	many     bool         // relation: a slice
	target   reflect.Type // relation: the struct
	byValue  bool         // relation: []S, not []*S
	number   *numberTag   // about rows of a relation
}

type option struct{ key, value string }

func (m *member) option(key string) (string, bool) {
	for _, o := range m.options {
		if o.key == key {
			return o.value, true
		}
	}
	return "", false
}

// layout is what a struct type says.
type layout struct {
	typ     reflect.Type
	name    string
	members []member
	tracked int // offset of Tracked; -1: none
}

// layoutOf reads a struct type; nothing of a database is asked.
func layoutOf(typ reflect.Type) (*layout, error) {
	if typ.Kind() != reflect.Struct {
		return nil, failure(ErrModel, typ.String(), "", fmt.Sprintf("%s: found a %s, expected a struct", typ, typ.Kind()))
	}
	l := &layout{typ: typ, name: typ.Name(), tracked: -1}
	if at := strings.IndexByte(l.name, '['); at >= 0 {
		l.name = l.name[:at]
	}
	if name, ok := moreOf(typ)["name"]; ok {
		if err := json.Unmarshal(name, &l.name); err != nil {
			return nil, failure(ErrModel, l.name, "", "ModelJSON: 'name': "+err.Error())
		}
	}
	return l, l.add(typ, 0)
}

func (l *layout) add(typ reflect.Type, base uintptr) error {
	for i := 0; i < typ.NumField(); i++ {
		f := typ.Field(i)
		tag, tagged := f.Tag.Lookup("thing")
		switch {
		case f.Type == trackedType:
			l.tracked = int(base + f.Offset)
		case tag == "-" || !f.IsExported() && !f.Anonymous:
		case f.Anonymous && f.Type.Kind() == reflect.Struct && !tagged:
			if err := l.add(f.Type, base+f.Offset); err != nil {
				return err
			}
		case f.IsExported():
			m, err := memberOf(f, tag)
			if err != nil {
				return failure(ErrModel, l.name, f.Name, fmt.Sprintf("%s.%s: %s", l.typ, f.Name, err))
			}
			m.offset, m.stateAt = m.offset+base, m.stateAt+base
			l.members = append(l.members, m)
		}
	}
	return nil
}

func memberOf(f reflect.StructField, tag string) (member, error) {
	m := member{name: lowerCamel(f.Name), goName: f.Name, offset: f.Offset, typ: f.Type, field: f.Type}
	m.read(tag)
	switch {
	case f.Type.Implements(optType) && f.Type.Kind() == reflect.Struct:
		m.opt, m.typ, m.stateAt = true, f.Type.Field(0).Type, f.Offset+f.Type.Field(1).Offset
	case f.Type.Kind() == reflect.Pointer:
		m.pointer, m.typ = true, f.Type.Elem()
	}
	if isNumberTag(m.name) {
		return m, m.asNumber()
	}
	if _, isJSON := m.option("json"); isJSON || typeName(m.typ) != "" || isList(m.typ) {
		return m, nil
	}
	return m, m.asRelation()
}

// asRelation takes a *S, []*S or []S for rows of the model of S.
func (m *member) asRelation() error {
	target := m.typ
	if target.Kind() == reflect.Slice && !m.pointer {
		m.many, target = true, target.Elem()
		m.byValue = target.Kind() == reflect.Struct
		if target.Kind() == reflect.Pointer {
			target = target.Elem()
		}
	}
	if target.Kind() != reflect.Struct || m.opt || !m.many && !m.pointer {
		return fmt.Errorf("found a %s, which is no field of a model; `thing:\"-\"` leaves it out, `thing:\",json\"` keeps it as JSON", m.typ)
	}
	m.relation, m.target, m.pointer = true, target, false
	return nil
}

// read takes a tag apart: name, then options. A pattern takes the rest, commas and all, as conditions of numbers do.
func (m *member) read(tag string) {
	name, rest, _ := strings.Cut(tag, ",")
	if name != "" {
		m.name = name
	}
	for rest != "" {
		part := rest
		if !strings.HasPrefix(rest, "pattern=") && !(isNumberTag(m.name) && strings.HasPrefix(rest, "where=")) {
			part, rest, _ = strings.Cut(rest, ",")
		} else {
			rest = ""
		}
		key, value, _ := strings.Cut(part, "=")
		m.options = append(m.options, option{strings.TrimSpace(key), value})
	}
}

// lowerCamel is the name of a field in the model: "UserID" is "userId", "HTTPPort" "httpPort".
func lowerCamel(name string) string {
	runes := []rune(name)
	out := make([]rune, len(runes))
	for i, r := range runes {
		out[i] = unicode.ToLower(r)
		if i == 0 || !unicode.IsUpper(r) {
			continue
		}
		afterSmall := !unicode.IsUpper(runes[i-1])
		beforeSmall := i+1 < len(runes) && !unicode.IsUpper(runes[i+1])
		if afterSmall || beforeSmall {
			out[i] = r
		}
	}
	return string(out)
}

// typeName is the type of a field of the model for a type of Go; "" for none.
func typeName(t reflect.Type) string {
	switch t {
	case timeType:
		return "datetime"
	case decimalType:
		return "decimal"
	case dateType:
		return "date"
	case clockType:
		return "time"
	case rawType:
		return "json"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "bool"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "int"
	case reflect.Float32, reflect.Float64:
		return "float"
	case reflect.String:
		return "text"
	}
	if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 {
		return "bytes"
	}
	if t.Kind() == reflect.Array && t.Len() == 16 && t.Elem().Kind() == reflect.Uint8 {
		return "uuid"
	}
	return ""
}

func isList(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && typeName(t) == "" && typeName(t.Elem()) != "" && t.Elem() != rawType
}

// moreOf is what ModelJSON says of a type; nil without it. What does not parse is found when the document is made.
func moreOf(typ reflect.Type) map[string]json.RawMessage {
	pointer := reflect.PointerTo(typ)
	if !pointer.Implements(moreType) {
		return nil
	}
	var more map[string]json.RawMessage
	_ = json.Unmarshal([]byte(reflect.New(typ).Interface().(ModelJSON).ModelJSON()), &more)
	return more
}

// ---- documents

// object is a JSON object whose members keep their order.
type object struct {
	names  []string
	values map[string]json.RawMessage
}

func (o *object) set(name string, value any) {
	text, isText := value.(json.RawMessage)
	if !isText {
		text = plainJSON(value)
	}
	if o.values == nil {
		o.values = map[string]json.RawMessage{}
	}
	if _, known := o.values[name]; !known {
		o.names = append(o.names, name)
	}
	o.values[name] = text
}

func (o *object) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, name := range o.names {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, plainJSON(name)...), ':'), o.values[name]...)
	}
	return append(out, '}'), nil
}

// document is the model's JSON document, as the struct has it.
func (l *layout) document() (json.RawMessage, error) {
	var doc, fields, relations, stamps object
	indexes := map[string]*indexDoc{}
	var order []string
	var hidden, guarded []string
	doc.set("name", l.name)
	for i := range l.members {
		m := &l.members[i]
		if m.number != nil {
			continue
		}
		if m.relation {
			relations.set(m.name, l.relation(m))
			continue
		}
		field, err := m.document()
		if err != nil {
			return nil, failure(ErrModel, l.name, m.name, fmt.Sprintf("%s.%s: %s", l.typ, m.goName, err))
		}
		fields.set(m.name, field)
		for _, o := range m.options {
			switch o.key {
			case "created", "updated":
				stamps.set(o.key, m.name)
			case "deleted":
				doc.set("softDelete", m.name)
			case "version":
				doc.set("version", m.name)
			case "hidden":
				hidden = append(hidden, m.name)
			case "guarded":
				guarded = append(guarded, m.name)
			case "index", "unique":
				if o.key == "unique" && o.value == "" {
					continue
				}
				key := o.key + "=" + o.value
				if o.value == "" {
					key += m.name
				}
				if indexes[key] == nil {
					indexes[key] = &indexDoc{Name: o.value, Unique: o.key == "unique"}
					order = append(order, key)
				}
				indexes[key].Fields = append(indexes[key].Fields, m.name)
			}
		}
	}
	doc.set("fields", &fields)
	if len(stamps.names) > 0 {
		doc.set("timestamps", &stamps)
	}
	if len(order) > 0 {
		list := []*indexDoc{}
		for _, key := range order {
			list = append(list, indexes[key])
		}
		doc.set("indexes", list)
	}
	if len(hidden) > 0 {
		doc.set("hidden", hidden)
	}
	if len(guarded) > 0 {
		doc.set("guarded", guarded)
	}
	if len(relations.names) > 0 {
		doc.set("relations", &relations)
	}
	return l.overlay(&doc, &fields)
}

type indexDoc struct {
	Fields []string `json:"fields"`
	Name   string   `json:"name,omitempty"`
	Unique bool     `json:"unique,omitempty"`
}

// overlay lays what ModelJSON says over the document.
func (l *layout) overlay(doc, fields *object) (json.RawMessage, error) {
	if pointer := reflect.PointerTo(l.typ); pointer.Implements(moreType) {
		text := reflect.New(l.typ).Interface().(ModelJSON).ModelJSON()
		var probe map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &probe); err != nil {
			return nil, failure(ErrModel, l.name, "", "ModelJSON: "+err.Error())
		}
	}
	for name, value := range moreOf(l.typ) {
		if name != "fields" {
			doc.set(name, value)
			continue
		}
		var over map[string]map[string]json.RawMessage
		if err := json.Unmarshal(value, &over); err != nil {
			return nil, failure(ErrModel, l.name, "", "ModelJSON: 'fields': "+err.Error())
		}
		for field, members := range over {
			var one object
			for key, old := range decodeObject(fields.values[field]) {
				one.set(key, old)
			}
			for key, v := range members {
				one.set(key, v)
			}
			fields.set(field, &one)
		}
		doc.set("fields", fields)
	}
	return doc.MarshalJSON()
}

func decodeObject(text json.RawMessage) map[string]json.RawMessage {
	var out map[string]json.RawMessage
	_ = json.Unmarshal(text, &out) // our own, or none
	return out
}

// Options that are members of a field as they are: text, or any JSON.
var (
	textOptions = map[string]bool{"column": true, "pattern": true, "case": true}
	jsonOptions = map[string]bool{"minLength": true, "maxLength": true}
	flagOptions = map[string]bool{"required": true, "trim": true, "alive": true, "primary": true}
	otherWhere  = map[string]bool{"created": true, "updated": true, "deleted": true, "version": true, "hidden": true,
		"guarded": true, "index": true, "json": true, "type": true, "enum": true, "null": true}
)

// document is a field of the model.
func (m *member) document() (*object, error) {
	var field object
	typ, list := m.modelType()
	field.set("type", typ)
	if list {
		field.set("list", true)
	}
	if _, null := m.option("null"); null || m.pointer || m.opt {
		field.set("null", true)
	}
	for _, o := range m.options {
		switch {
		case o.key == "enum":
			field.set("values", strings.Split(o.value, "|"))
		case o.key == "default":
			field.set("default", defaultOf(o.value, typ, list))
		case o.key == "unique":
			if o.value == "" {
				field.set("unique", true)
			}
		case textOptions[o.key]:
			field.set(o.key, o.value)
		case o.key == "min" || o.key == "max":
			field.set(o.key, literalOf(o.value, typ))
		case o.key == "in":
			values := []any{}
			for _, value := range strings.Split(o.value, "|") {
				values = append(values, literalOf(value, typ))
			}
			field.set("in", values)
		case jsonOptions[o.key]:
			field.set(o.key, json.RawMessage(o.value))
		case flagOptions[o.key]:
			field.set(o.key, true)
		case !otherWhere[o.key]:
			return nil, fmt.Errorf("unknown option %q in the tag", o.key)
		}
	}
	return &field, nil
}

func (m *member) modelType() (typ string, list bool) {
	if _, isJSON := m.option("json"); isJSON {
		return "json", false
	}
	of := m.typ
	if isList(of) {
		of, list = of.Elem(), true
	}
	typ = typeName(of)
	if _, enum := m.option("enum"); enum {
		typ = "enum"
	}
	if given, ok := m.option("type"); ok {
		typ = given
	}
	return typ, list
}

// defaultOf is "now()", "uuid()", "autoincrement()", "sql(...)", or a value.
func defaultOf(text, typ string, list bool) any {
	if strings.HasSuffix(text, ")") {
		name, argument, isCall := strings.Cut(strings.TrimSuffix(text, ")"), "(")
		switch {
		case isCall && name == "sql":
			return map[string]string{"sql": argument}
		case isCall && argument == "" && (name == "now" || name == "uuid" || name == "autoincrement"):
			return map[string]string{"fn": name}
		}
	}
	if list || text == "null" {
		return json.RawMessage(text)
	}
	return literalOf(text, typ)
}

// literalOf is a value in a tag.
func literalOf(text, typ string) any {
	switch typ {
	case "int", "float", "bool", "json":
		return json.RawMessage(text)
	}
	return text
}

var relationKinds = []string{"belongs_to", "has_one", "has_many", "many_to_many"}

// relation is the document of one: of the kind that the tag says, else by the shape of the struct.
func (l *layout) relation(m *member) *object {
	var out object
	kind := "has_many"
	if !m.many {
		kind = "has_one"
		for i := range l.members {
			if name := l.members[i].name; name == m.name+"Id" || name == m.name+"_id" {
				kind = "belongs_to"
			}
		}
	}
	target := targetName(m.target)
	for _, known := range relationKinds {
		if _, given := m.option(known); given {
			kind = known
		}
	}
	out.set(kind, target)
	for _, o := range m.options {
		switch {
		case o.key == kind:
		case o.key == "fields" || o.key == "references":
			out.set(o.key, strings.Split(o.value, "|"))
		case o.value == "":
			out.set(o.key, true)
		case o.value == "true" || o.value == "false" || o.value[0] == '{' || o.value[0] == '[':
			out.set(o.key, json.RawMessage(o.value))
		default:
			out.set(o.key, o.value)
		}
	}
	return &out
}

func targetName(typ reflect.Type) string {
	l, err := layoutOf(typ)
	if err != nil {
		return typ.Name()
	}
	return l.name
}

// plainJSON is JSON of what is known to be JSON.
func plainJSON(value any) json.RawMessage {
	text, err := marshal(value)
	if err != nil {
		return json.RawMessage("null")
	}
	return text
}

// marshal is json.Marshal without escapes for HTML.
func marshal(value any) (json.RawMessage, error) {
	var out strings.Builder
	err := jsonEncoder(&out).Encode(value)
	return json.RawMessage(strings.TrimSuffix(out.String(), "\n")), err
}

func jsonEncoder(out io.Writer) *json.Encoder {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return encoder
}

// isUTF8 is utf8.ValidString.
func isUTF8(s string) bool { return utf8.ValidString(s) }
