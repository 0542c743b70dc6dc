package thing

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"reflect"
	"sort"
	"strconv"
	"time"
)

// M is a JSON object: a condition, data, or arguments of an action. Its values may be other Ms, slices, and what fields
// of models may be.
type M map[string]any

const timeFormat = "2006-01-02T15:04:05.999999Z"

// appendValue writes a value as the library's documents have it: times to the microsecond, in UTC; members in the order
// of their names, so that the same query has the same text.
func appendValue(out []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(out, "null"...), nil
	case bool:
		return strconv.AppendBool(out, v), nil
	case string:
		return append(out, quoted(v)...), nil
	case int:
		return strconv.AppendInt(out, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(out, v, 10), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return out, failure(ErrRange, "", "", "found "+strconv.FormatFloat(v, 'g', -1, 64)+", expected a finite number")
		}
	case []byte:
		out = append(out, '"')
		out = append(out, base64.StdEncoding.EncodeToString(v)...)
		return append(out, '"'), nil
	case json.RawMessage:
		return append(out, v...), nil
	case time.Time:
		return append(append(append(out, '"'), v.UTC().Format(timeFormat)...), '"'), nil
	case M:
		return appendMembers(out, v)
	case map[string]any:
		return appendMembers(out, v)
	}
	return appendAny(out, value)
}

// appendAny takes lists and pointers apart; all else is what encoding/json makes of it.
func appendAny(out []byte, value any) ([]byte, error) {
	v := reflect.ValueOf(value)
	_, marshals := value.(json.Marshaler)
	switch {
	case marshals:
	case v.Kind() == reflect.Pointer && !v.IsNil():
		return appendValue(out, v.Elem().Interface())
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8:
		return appendList(out, v)
	}
	text, err := marshal(value)
	if err != nil {
		return out, failure(ErrType, "", "", err.Error())
	}
	return append(out, text...), nil
}

func appendList(out []byte, list reflect.Value) ([]byte, error) {
	var err error
	out = append(out, '[')
	for i := 0; i < list.Len(); i++ {
		if i > 0 {
			out = append(out, ',')
		}
		if out, err = appendValue(out, list.Index(i).Interface()); err != nil {
			return out, err
		}
	}
	return append(out, ']'), nil
}

func appendMembers(out []byte, members map[string]any) ([]byte, error) {
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	sort.Strings(names)
	var err error
	out = append(out, '{')
	for i, name := range names {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(out, quoted(name)...), ':')
		if out, err = appendValue(out, members[name]); err != nil {
			return out, err
		}
	}
	return append(out, '}'), nil
}

// quoted is a text of JSON. Invalid UTF-8 stays what it is, for the library to refuse.
func quoted(text string) string {
	out := make([]byte, 0, len(text)+2)
	out = append(out, '"')
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c < 0x20:
			out = append(out, '\\', 'u', '0', '0', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		default:
			out = append(out, c)
		}
	}
	return string(append(out, '"'))
}
