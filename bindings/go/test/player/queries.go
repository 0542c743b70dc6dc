package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"thing"
)

func runQuery(p *player, s *step, t table) (string, error) {
	q := t.query(s.Criteria)
	for _, member := range []string{`"include"`, `"distinct"`} {
		if bytes.Contains(s.Criteria, []byte(member)) { // rows that no struct is made of
			text, err := q.json(p.ctx, s.Fields)
			return string(text), err
		}
	}
	found, err := q.all(p.ctx)
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		p.keep(s.As, t, found[0])
	}
	return rowsOf(t, found, s.Fields)
}

func first(p *player, s *step, t table) (string, error) {
	q := t.query(s.Criteria)
	get := q.first
	if s.Do == "sole" {
		get = q.sole
	}
	obj, err := get(p.ctx)
	if err != nil {
		return "", err
	}
	return p.keep(s.As, t, obj).row(s)
}

func count(p *player, s *step, t table) (string, error) {
	n, err := t.query(s.Criteria).count(p.ctx)
	return fmt.Sprint(n), err
}

func exists(p *player, s *step, t table) (string, error) {
	is, err := t.query(s.Criteria).exists(p.ctx)
	return fmt.Sprint(is), err
}

func pluck(p *player, s *step, t table) (string, error) {
	values, err := t.query(s.Criteria).pluck(p.ctx, s.Field)
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = string(value)
		var text string
		if json.Unmarshal(value, &text) == nil && value[0] == '"' {
			texts[i] = quote(text)
		}
	}
	return "[" + strings.Join(texts, ",") + "]", err
}

func pages(p *player, s *step, t table) (string, error) {
	var page struct{ Take int64 }
	check(json.Unmarshal(s.Criteria, &page))
	var out []string
	for token := ""; ; {
		found, next, err := t.query(s.Criteria).page(p.ctx, token, page.Take)
		if err != nil {
			return "", err
		}
		if len(found) == 0 {
			break
		}
		text, err := rowsOf(t, found, s.Fields)
		if err != nil {
			return "", err
		}
		out = append(out, text)
		if token = next; next == "" {
			break
		}
	}
	return "[" + strings.Join(out, ",") + "]", nil
}

func stream(p *player, s *step, t table) (string, error) {
	var found []any
	err := t.query(s.Criteria).each(p.ctx, func(obj any) error {
		found = append(found, obj)
		return nil
	})
	return then(err, func() (string, error) { return rowsOf(t, found, s.Fields) })
}

func updateWhere(p *player, s *step, t table) (string, error) {
	values := thing.M{}
	var members map[string]json.RawMessage
	check(json.Unmarshal(s.Set, &members))
	for name, value := range members {
		values[name] = value
	}
	n, err := t.query(s.Criteria).update(p.ctx, values, s.All)
	return fmt.Sprint(n), err
}

func deleteWhere(p *player, s *step, t table) (string, error) {
	n, err := t.query(s.Criteria).remove(p.ctx, s.All, s.Mode == "hard")
	return fmt.Sprint(n), err
}

func insertMany(p *player, s *step, t table) (string, error) {
	objs := []any{}
	for _, data := range s.Rows {
		obj := t.empty()
		if err := setFields(t, obj, data); err != nil {
			return "", err
		}
		objs = append(objs, obj)
	}
	if err := t.saveMany(thing.With(p.ctx, thing.NoHooks), objs); err != nil {
		return "", err
	}
	if _, hasInt := t.empty().(interface{ IsLoaded() bool }); !hasInt || !keyIsInt(t.empty()) {
		return "null", nil
	}
	ids := []string{}
	for _, obj := range objs {
		ids = append(ids, fmt.Sprint(fieldOf(reflect.ValueOf(obj).Elem(), "id").Field(0).Int()))
	}
	return "[" + strings.Join(ids, ",") + "]", nil
}

func keyIsInt(obj any) bool {
	field := fieldOf(reflect.ValueOf(obj).Elem(), "id")
	return field.IsValid() && field.Field(0).Kind() == reflect.Int64
}
