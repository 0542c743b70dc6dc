package main

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"thing"
)

// Values of the scenario's documents as those of structs, and back.

// setFields sets fields of a struct; when one can not be, none is.
func setFields(t table, obj any, data map[string]json.RawMessage) error {
	to := reflect.ValueOf(obj).Elem()
	before := reflect.New(to.Type()).Elem()
	before.Set(to)
	for name, text := range data {
		field := fieldOf(to, name)
		if !field.IsValid() {
			to.Set(before)
			return &thing.Error{Code: thing.ErrInvalid, Model: t.model(), Field: name, Message: "no such field"}
		}
		if err := setOpt(field, text); err != nil {
			to.Set(before)
			return err
		}
	}
	if err := t.normalize(obj); err != nil {
		to.Set(before)
		return err
	}
	return nil
}

// fieldOf finds a field by its name in the model.
func fieldOf(of reflect.Value, name string) reflect.Value {
	return of.FieldByNameFunc(func(field string) bool {
		return strings.EqualFold(field, name) && field != "Tracked"
	})
}

// setOpt sets an Opt; null is NULL.
func setOpt(opt reflect.Value, text json.RawMessage) error {
	value, state := opt.Field(0), opt.Field(1)
	value.Set(reflect.Zero(value.Type()))
	if string(text) == "null" {
		state.Set(reflect.ValueOf(thing.Null))
		return nil
	}
	state.Set(reflect.ValueOf(thing.Set))
	var repeat struct {
		Repeat []json.RawMessage `json:"$repeat"`
	}
	if text[0] == '{' && json.Unmarshal(text, &repeat) == nil && len(repeat.Repeat) == 2 {
		var word string
		var times int
		if err := firstError(json.Unmarshal(repeat.Repeat[0], &word), json.Unmarshal(repeat.Repeat[1], &times)); err != nil {
			return err
		}
		value.SetString(strings.Repeat(word, times))
		return nil
	}
	return setValue(value, text)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func setValue(value reflect.Value, text json.RawMessage) error {
	switch to := value.Addr().Interface().(type) {
	case *thing.Decimal: // a text or a number
		*to = thing.Decimal(strings.Trim(string(text), `"`))
		return nil
	case *time.Time:
		var err error
		*to, err = time.Parse(time.RFC3339Nano, strings.Trim(string(text), `"`))
		return err
	case *json.RawMessage:
		*to = append(json.RawMessage(nil), text...)
		return nil
	case *bool, *string:
		return json.Unmarshal(text, to)
	case *[]byte:
		var err error
		*to, err = base64.StdEncoding.DecodeString(strings.Trim(string(text), `"`))
		return err
	}
	return json.Unmarshal(text, value.Addr().Interface())
}

// readFields prints the values of a struct as the language has them.
func readFields(obj any) string {
	from := reflect.ValueOf(obj).Elem()
	var members []string
	for i := 0; i < from.NumField(); i++ {
		opt := from.Field(i)
		if opt.Kind() != reflect.Struct || opt.NumField() != 2 || opt.Type().Field(1).Type != reflect.TypeOf(thing.Set) {
			continue
		}
		value := "null"
		switch opt.Field(1).Interface().(thing.State) {
		case thing.Unset:
			continue
		case thing.Set:
			value = native(opt.Field(0).Interface())
		}
		members = append(members, quote(nameOf(from.Type().Field(i).Name))+":"+value)
	}
	return "{" + strings.Join(members, ",") + "}"
}

// nameOf is the name of a field in the model: ID, AuthorID.
func nameOf(field string) string {
	field = strings.ReplaceAll(field, "ID", "Id")
	return strings.ToLower(field[:1]) + field[1:]
}

func native(value any) string {
	switch v := value.(type) {
	case bool, int64:
		return fmt.Sprint(v)
	case float64:
		return fmt.Sprintf(`"%016x"`, math.Float64bits(v))
	case thing.Decimal:
		return quote(string(v))
	case string:
		return quote(v)
	case []byte:
		return quote(hex.EncodeToString(v))
	case time.Time:
		return strconv.FormatInt(v.UnixMicro(), 10)
	case thing.Date:
		return strconv.FormatInt(int64(v), 10)
	case thing.Clock:
		return strconv.FormatInt(int64(v), 10)
	case thing.UUID:
		return quote(v.String())
	case json.RawMessage:
		return quote(string(v))
	case []string:
		texts := make([]string, len(v))
		for i, text := range v {
			texts[i] = shortened.Replace(quote(text))
		}
		return quote("[" + strings.Join(texts, ",") + "]")
	case []int64:
		texts := make([]string, len(v))
		for i, n := range v {
			texts[i] = strconv.FormatInt(n, 10)
		}
		return quote("[" + strings.Join(texts, ",") + "]")
	}
	panic(fmt.Sprintf("a %T has no form in traces", value))
}

// shortened has the short escapes of JSON, as lists are kept with.
var shortened = strings.NewReplacer(`\\`, `\\`, `\u0008`, `\b`, `\u0009`, `\t`, `\u000a`, `\n`, `\u000c`, `\f`, `\u000d`, `\r`)

// quote is a JSON string as traces have it.
func quote(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			out.WriteByte('\\')
			out.WriteByte(c)
		case c < ' ':
			fmt.Fprintf(&out, `\u%04x`, c)
		default:
			out.WriteByte(c)
		}
	}
	out.WriteByte('"')
	return out.String()
}

func quoteAll(texts []string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = quote(text)
	}
	return "[" + strings.Join(quoted, ",") + "]"
}
