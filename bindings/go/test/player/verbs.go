package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"thing"
)

type verb func(p *player, s *step) (string, error)

var verbs map[string]verb

func init() { // the verbs of transactions have steps, which have verbs
	verbs = map[string]verb{"register": register, "describe": describe, "open": openOther,
		"sync":  func(p *player, _ *step) (string, error) { return "", p.db.Sync(p.ctx) },
		"close": func(p *player, _ *step) (string, error) { return "", p.db.Close() },
		"new":   makeNew, "create": create, "set": set, "fill": fill, "copy": copyOf, "replicate": replicate,
		"read":  withObject(func(_ *player, _ *step, o *object) (string, error) { return readFields(o.obj), nil }),
		"show":  withObject(show),
		"state": withObject(state),
		"changes": withObject(func(_ *player, _ *step, o *object) (string, error) {
			text, err := o.table.changes(o.obj, false)
			return string(text), err
		}),
		"saved_changes": withObject(func(_ *player, _ *step, o *object) (string, error) {
			text, err := o.table.changes(o.obj, true)
			return string(text), err
		}),
		"revert":    withObject(revert),
		"validate":  withObject(func(_ *player, _ *step, o *object) (string, error) { return "", o.table.validate(o.obj) }),
		"save":      withObject(save),
		"save_many": saveMany,
		"upsert":    withObject(upsert),
		"reload": withObject(func(p *player, s *step, o *object) (string, error) {
			return then(o.table.reload(p.ctx, o.obj), func() (string, error) { return o.row(s) })
		}),
		"fresh":       withObject(fresh),
		"delete":      withObject(func(p *player, s *step, o *object) (string, error) { return "", o.table.remove(p.ctx, o.obj, s.Mode) }),
		"delete_many": deleteMany,
		"restore": withObject(func(p *player, s *step, o *object) (string, error) {
			return then(o.table.restore(p.ctx, o.obj), func() (string, error) { return o.row(s) })
		}),
		"forget": func(p *player, s *step) (string, error) { delete(p.objects, s.Of); return "", nil },
		"find":   withTable(find), "find_many": withTable(findMany), "incr": withTable(incr),
		"delete_key": withTable(func(p *player, s *step, t table) (string, error) { return "", t.removeKey(p.ctx, s.Key, s.Mode) }),
		"query":      withTable(runQuery), "first": withTable(first), "sole": withTable(first), "count": withTable(count),
		"exists": withTable(exists), "pluck": withTable(pluck), "pages": withTable(pages), "stream": withTable(stream),
		"update_where": withTable(updateWhere), "delete_where": withTable(deleteWhere), "insert_many": withTable(insertMany),
		"related": withObject(related), "related_one": withObject(relatedOne), "load": withObject(load),
		"set_related": withObject(setRelated), "add_related": withObject(addRelated), "link": withObject(link),
		"call": call, "sql": runSQL, "exec": exec, "tx": runTx, "hook": addHook, "unhook": unhook, "heard": heard,
	}
}

func withObject(body func(p *player, s *step, o *object) (string, error)) verb {
	return func(p *player, s *step) (string, error) {
		o, known := p.objects[s.Of]
		if !known {
			return "", fmt.Errorf("no object '%s'", s.Of)
		}
		return body(p, s, o)
	}
}

func withTable(body func(p *player, s *step, t table) (string, error)) verb {
	return func(p *player, s *step) (string, error) {
		t, err := p.table(s.Model)
		if err != nil {
			return "", err
		}
		return body(p, s, t)
	}
}

func then(err error, body func() (string, error)) (string, error) {
	if err != nil {
		return "", err
	}
	return body()
}

// ---- models

func register(p *player, s *step) (string, error) {
	document := s.Document
	if document == nil {
		document = p.models
	}
	return "", p.db.RegisterJSON(string(document))
}

func describe(p *player, s *step) (string, error) {
	text, err := p.db.ModelDocument(s.Model)
	return string(text), err
}

func openOther(p *player, s *step) (string, error) {
	var config map[string]any
	if err := json.Unmarshal(s.Config, &config); err != nil {
		return "", err
	}
	var options []thing.Option
	for key, value := range config {
		if key != "url" {
			options = append(options, thing.Setting(key, value))
		}
	}
	db, err := thing.Open(p.ctx, fmt.Sprint(config["url"]), options...)
	if err != nil {
		return "", err
	}
	return "", db.Close()
}

// ---- objects

func (s *step) data() map[string]json.RawMessage {
	var data map[string]json.RawMessage
	if len(s.Data) > 0 {
		check(json.Unmarshal(s.Data, &data))
	}
	return data
}

func (p *player) made(s *step) (*object, error) {
	t, err := p.table(s.Model)
	if err != nil {
		return nil, err
	}
	obj := t.empty()
	return &object{table: t, obj: obj, none: map[string]any{}}, setFields(t, obj, s.data())
}

func makeNew(p *player, s *step) (string, error) {
	o, err := p.made(s)
	if err != nil {
		return "", err
	}
	return p.keep(s.As, o.table, o.obj).row(s)
}

func create(p *player, s *step) (string, error) {
	o, err := p.made(s)
	if err != nil {
		return "", err
	}
	if err := o.table.save(p.ctx, o.obj); err != nil {
		return "", err
	}
	return p.keep(s.As, o.table, o.obj).row(s)
}

func set(p *player, s *step) (string, error) {
	return withObject(func(_ *player, s *step, o *object) (string, error) {
		return then(setFields(o.table, o.obj, s.data()), func() (string, error) { return o.row(s) })
	})(p, s)
}

func fill(p *player, s *step) (string, error) {
	return withObject(func(_ *player, s *step, o *object) (string, error) {
		err := o.table.fill(o.obj, s.JSON, thing.FillOptions{Strict: s.Strict, IfAbsent: s.IfAbsent})
		return then(err, func() (string, error) { return o.row(s) })
	})(p, s)
}

// copyOf gives each value of one record to another.
func copyOf(p *player, s *step) (string, error) {
	return withObject(func(_ *player, s *step, o *object) (string, error) {
		obj := o.table.empty()
		from, to := reflect.ValueOf(o.obj).Elem(), reflect.ValueOf(obj).Elem()
		for i := 0; i < from.NumField(); i++ {
			if from.Type().Field(i).Name != "Tracked" {
				to.Field(i).Set(from.Field(i))
			}
		}
		if err := setFields(o.table, obj, s.data()); err != nil {
			return "", err
		}
		if err := o.table.save(p.ctx, obj); err != nil {
			return "", err
		}
		return p.keep(s.As, o.table, obj).row(s)
	})(p, s)
}

func replicate(p *player, s *step) (string, error) {
	return withObject(func(_ *player, s *step, o *object) (string, error) {
		obj, err := o.table.replicate(o.obj, s.Except)
		if err != nil {
			return "", err
		}
		if err := setFields(o.table, obj, s.data()); err != nil {
			return "", err
		}
		return p.keep(s.As, o.table, obj).row(s)
	})(p, s)
}

func show(_ *player, s *step, o *object) (string, error) {
	return o.table.print(o.obj, s.Fields, thing.JSONOptions{Hidden: s.Hidden, Changed: s.Changed})
}

func state(_ *player, _ *step, o *object) (string, error) {
	isLoaded, isDeleted, changed, err := o.table.state(o.obj)
	return fmt.Sprintf(`{"new":%v,"dirty":%s,"deleted":%v}`, !isLoaded, quoteAll(changed), isDeleted), err
}

func revert(_ *player, s *step, o *object) (string, error) {
	var fields []string
	if s.Field != "" {
		fields = []string{s.Field}
	}
	return then(o.table.revert(o.obj, fields), func() (string, error) { return o.row(s) })
}

func save(p *player, s *step, o *object) (string, error) {
	if err := o.table.save(p.ctx, o.obj); err != nil {
		return "", err
	}
	for _, name := range o.added {
		field := fieldOf(reflect.ValueOf(o.obj).Elem(), name)
		field.Set(reflect.Zero(field.Type()))
	}
	o.added = nil
	return o.row(s)
}

func (p *player) several(s *step) (table, []any) {
	var t table
	var objs []any
	for _, name := range s.of {
		o := p.objects[name]
		t, objs = o.table, append(objs, o.obj)
	}
	return t, objs
}

func saveMany(p *player, s *step) (string, error) {
	t, objs := p.several(s)
	return then(t.saveMany(p.ctx, objs), func() (string, error) { return rowsOf(t, objs, s.Fields) })
}

func deleteMany(p *player, s *step) (string, error) {
	t, objs := p.several(s)
	return "", t.removeMany(p.ctx, objs)
}

func upsert(p *player, s *step, o *object) (string, error) {
	var by []string
	check(json.Unmarshal(s.By, &by))
	return then(o.table.upsert(p.ctx, o.obj, by), func() (string, error) { return o.row(s) })
}

func fresh(p *player, s *step, o *object) (string, error) {
	obj, err := o.table.fresh(p.ctx, o.obj)
	if err != nil {
		return "", err
	}
	return p.keep(s.As, o.table, obj).row(s)
}

// ---- by key

func find(p *player, s *step, t table) (string, error) {
	obj, err := t.find(p.ctx, s.Key)
	if err != nil {
		return "", err
	}
	return p.keep(s.As, t, obj).row(s)
}

func findMany(p *player, s *step, t table) (string, error) {
	found, err := t.findMany(p.ctx, *s.Keys)
	return then(err, func() (string, error) { return rowsOf(t, found, s.Fields) })
}

func incr(p *player, s *step, t table) (string, error) {
	var by int64
	check(json.Unmarshal(s.By, &by))
	n, err := t.incr(p.ctx, s.Key, s.Field, by)
	return fmt.Sprint(n), err
}

// ---- relations

func related(p *player, s *step, o *object) (string, error) {
	if err := o.table.load(p.ctx, o.obj, thing.M{s.Relation: true}); err != nil {
		return "", err
	}
	return o.relation(s)
}

// relation prints the records that a field holds.
func (o *object) relation(s *step) (string, error) {
	item := s.Relation
	if s.Fields != "" {
		item += "{" + s.Fields + "}"
	}
	text, err := o.table.print(o.obj, item, thing.JSONOptions{})
	return strings.TrimSuffix(strings.TrimPrefix(text, "{"+quote(s.Relation)+":"), "}"), err
}

func relatedOne(p *player, s *step, o *object) (string, error) {
	if err := o.table.load(p.ctx, o.obj, thing.M{s.Relation: true}); err != nil {
		return "", err
	}
	field := fieldOf(reflect.ValueOf(o.obj).Elem(), s.Relation)
	if field.IsNil() {
		o.none[s.Relation] = true
		return "", thing.ErrNotFound
	}
	if s.As != "" {
		t, err := p.table(field.Type().Elem().Name())
		if err != nil {
			return "", err
		}
		p.keep(s.As, t, field.Interface())
	}
	return o.relation(s)
}

// load keeps the records; the structs here have no fields for numbers about them, so the row is asked for as JSON.
func load(p *player, s *step, o *object) (string, error) {
	var members map[string]any
	check(json.Unmarshal(s.Include, &members))
	records := thing.M{}
	for name, value := range members {
		if !strings.HasPrefix(name, "_") {
			records[name] = value
		}
	}
	if err := o.table.load(p.ctx, o.obj, records); err != nil {
		return "", err
	}
	include := strings.TrimPrefix(string(s.Include), "{")
	for name := range o.none { // what was loaded before comes first
		if _, again := members[name]; !again {
			include = quote(name) + ":true," + include
		}
	}
	id := fieldOf(reflect.ValueOf(o.obj).Elem(), "id").Field(0).Int()
	document := fmt.Sprintf(`{"where":{"id":%d},"include":{%s}`, id, include)
	text, err := o.table.query(json.RawMessage(document)).json(p.ctx, s.Fields)
	return strings.TrimSuffix(strings.TrimPrefix(string(text), "["), "]"), err
}

// setRelated sets the key that refers to the other.
func setRelated(p *player, s *step, o *object) (string, error) {
	key := fieldOf(reflect.ValueOf(o.obj).Elem(), s.Relation+"Id")
	if s.Other == nil {
		return "", setOpt(key, json.RawMessage("null"))
	}
	key.Set(fieldOf(reflect.ValueOf(p.objects[*s.Other].obj).Elem(), "id"))
	return "", nil
}

func addRelated(p *player, s *step, o *object) (string, error) {
	field := fieldOf(reflect.ValueOf(o.obj).Elem(), s.Relation)
	child := reflect.ValueOf(p.objects[s.Child].obj)
	o.added = append(o.added, s.Relation)
	if field.Kind() == reflect.Slice {
		field.Set(reflect.Append(field, child))
	} else {
		field.Set(child)
	}
	return "", nil
}

var linkModes = map[string]thing.LinkMode{"add": thing.LinkAdd, "remove": thing.LinkRemove, "set": thing.LinkSet, "toggle": thing.LinkToggle}

func link(p *player, s *step, o *object) (string, error) {
	mode, keys := linkModes[s.Mode], []any{}
	if s.Keys == nil {
		mode = thing.LinkClear
	} else {
		for _, key := range *s.Keys {
			keys = append(keys, key)
		}
	}
	added, removed, err := o.table.link(p.ctx, o.obj, s.Relation, mode, s.Pivot, keys)
	return fmt.Sprintf(`{"added":%d,"removed":%d}`, added, removed), err
}

// ---- everything, SQL

func call(p *player, s *step) (string, error) {
	var answer json.RawMessage
	err := p.db.Call(p.ctx, s.Model, s.Action, s.Args, &answer)
	return string(answer), err
}

func runSQL(p *player, s *step) (string, error) {
	var rows json.RawMessage
	err := p.db.Query(p.ctx, &rows, s.SQL, s.Params...)
	return string(rows), err
}

func exec(p *player, s *step) (string, error) {
	var tables []string
	if s.Tables != "" {
		tables = strings.Split(s.Tables, ",")
	}
	n, err := p.db.ExecOn(p.ctx, tables, s.SQL, s.Params...)
	return fmt.Sprint(n), err
}

// ---- transactions

func runTx(p *player, s *step) (string, error) {
	var options thing.TxOptions
	for _, flag := range s.Flags {
		switch flag {
		case "read_only":
			options.ReadOnly = true
		case "deferred":
			options.Deferred = true
		case "read_committed":
			options.Isolation = thing.ReadCommitted
		case "repeatable_read":
			options.Isolation = thing.RepeatableRead
		case "serializable":
			options.Isolation = thing.Serializable
		}
	}
	if s.Attempts != nil {
		options.Attempts = *s.Attempts
	}
	outer, place := p.ctx, p.place
	defer func() { p.ctx, p.place = outer, place }()
	err := p.db.TxWith(p.ctx, options, func(tx *thing.Tx) error {
		p.ctx, p.place = tx.Context(), place+"."
		if s.As != "" {
			p.txs[s.As] = tx
		}
		return p.play(s.Steps)
	})
	if errors.Is(err, errRollback) {
		err = nil
	}
	return "", err
}

// fail leaves a transaction with a failure of the library, the first times.
func (p *player) fail(s *step) (string, error, error) {
	times := 1
	if s.Times != nil {
		times = *s.Times
	}
	if p.reached[p.place]++; p.reached[p.place] > times {
		return "", nil, nil
	}
	for code := thing.ErrCacheDown; code < thing.OK; code++ {
		if code.String() == s.Code {
			return "", code, code
		}
	}
	return "", errVerb, errVerb
}

// ---- hooks

var events = map[string]thing.Event{"before_save": thing.OnBeforeSave, "after_save": thing.OnAfterSave,
	"before_create": thing.OnBeforeCreate, "after_create": thing.OnAfterCreate, "before_update": thing.OnBeforeUpdate,
	"after_update": thing.OnAfterUpdate, "before_delete": thing.OnBeforeDelete, "after_delete": thing.OnAfterDelete,
	"before_soft_delete": thing.OnBeforeSoftDelete, "after_soft_delete": thing.OnAfterSoftDelete,
	"before_hard_delete": thing.OnBeforeHardDelete, "after_hard_delete": thing.OnAfterHardDelete,
	"before_restore": thing.OnBeforeRestore, "after_restore": thing.OnAfterRestore, "after_load": thing.OnAfterLoad,
	"after_commit": thing.OnAfterCommit, "after_rollback": thing.OnAfterRollback}

func addHook(p *player, s *step) (string, error) {
	on := thing.MayFail
	for _, name := range s.On {
		on |= events[name]
	}
	var err error
	if s.Model == "" {
		p.hooks[s.As], err = p.db.On(on, func(ctx context.Context, event thing.Event, r *thing.Record) error {
			return p.hear(ctx, s, event, r.Model(), nil)
		})
		return "", err
	}
	t, err := p.table(s.Model)
	if err != nil {
		return "", err
	}
	p.hooks[s.As], err = t.on(on, func(ctx context.Context, event thing.Event, obj any) error {
		return p.hear(ctx, s, event, s.Model, obj)
	})
	return "", err
}

// hear is what a hook does.
func (p *player) hear(ctx context.Context, s *step, event thing.Event, model string, obj any) error {
	for name, e := range events {
		if e == event {
			p.heard = append(p.heard, s.As+" "+name+" "+model)
		}
	}
	switch s.Act {
	case "set":
		return setOpt(fieldOf(reflect.ValueOf(obj).Elem(), s.Field), s.Value)
	case "create":
		t, err := p.table(s.Into)
		if err != nil {
			return err
		}
		made := t.empty()
		if err := setFields(t, made, s.data()); err != nil {
			return err
		}
		return t.save(ctx, made)
	case "refuse":
		return errors.New("refused by " + s.As)
	case "throw":
		panic(&thrown{"thrown by " + s.As})
	}
	return nil
}

func unhook(p *player, s *step) (string, error) { return "", p.hooks[s.Of]() }

func heard(p *player, _ *step) (string, error) {
	text := quoteAll(p.heard)
	p.heard = nil
	return text, nil
}
