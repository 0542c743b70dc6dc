package main

import (
	"context"
	"encoding/json"
	"time"

	"thing"
)

// Structs of the scenario's models. All fields are Opts, as the scenario tells unset from NULL.

type User struct {
	thing.Tracked
	ID        thing.Opt[int64]
	Email     thing.Opt[string]
	Name      thing.Opt[string]
	Role      thing.Opt[string]
	Age       thing.Opt[int64]
	Balance   thing.Opt[thing.Decimal]
	Active    thing.Opt[bool]
	Secret    thing.Opt[string]
	CreatedAt thing.Opt[time.Time]
	UpdatedAt thing.Opt[time.Time]
	DeletedAt thing.Opt[time.Time]
	Version   thing.Opt[int64]
}

type Sample struct {
	thing.Tracked
	ID       thing.Opt[int64]
	Yes      thing.Opt[bool]
	Number   thing.Opt[int64]
	Real     thing.Opt[float64]
	Exact    thing.Opt[thing.Decimal]
	Words    thing.Opt[string]
	Raw      thing.Opt[[]byte]
	Moment   thing.Opt[time.Time]
	Day      thing.Opt[thing.Date]
	Hour     thing.Opt[thing.Clock]
	Token    thing.Opt[thing.UUID]
	Document thing.Opt[json.RawMessage]
	Colour   thing.Opt[string]
	Tags     thing.Opt[[]string]
	Numbers  thing.Opt[[]int64]
}

type Seat struct {
	thing.Tracked
	Hall  thing.Opt[string]
	Place thing.Opt[int64]
	Guest thing.Opt[string]
	Sold  thing.Opt[int64]
}

type Device struct {
	thing.Tracked
	ID    thing.Opt[thing.UUID]
	Label thing.Opt[string]
	Uses  thing.Opt[int64]
}

type Word struct {
	thing.Tracked
	Text  thing.Opt[string]
	Count thing.Opt[int64]
}

type Entry struct {
	thing.Tracked
	ID   thing.Opt[int64]
	Line thing.Opt[string]
}

type Author struct {
	thing.Tracked
	ID      thing.Opt[int64]
	Name    thing.Opt[string]
	Profile *Profile
	Books   []*Book
	Long    []*Book
	Tags    []*Tag
}

type Profile struct {
	thing.Tracked
	ID       thing.Opt[int64]
	AuthorID thing.Opt[int64]
	Text     thing.Opt[string]
	Author   *Author
}

type Book struct {
	thing.Tracked
	ID       thing.Opt[int64]
	AuthorID thing.Opt[int64]
	Title    thing.Opt[string]
	Pages    thing.Opt[int64]
	Author   *Author
	Tags     []*Tag
}

type Tag struct {
	thing.Tracked
	ID    thing.Opt[int64]
	Label thing.Opt[string]
	Books []*Book
}

type Label struct {
	thing.Tracked
	BookID thing.Opt[int64]
	TagID  thing.Opt[int64]
	Weight thing.Opt[int64]
	Book   *Book
	Tag    *Tag
}

// table is a model whose struct is not known to who calls.
type table interface {
	empty() any
	fit() error
	model() string
	print(obj any, fields string, options thing.JSONOptions) (string, error)
	state(obj any) (isLoaded, isDeleted bool, changed []string, err error)
	changes(obj any, saved bool) (json.RawMessage, error)
	normalize(obj any) error
	revert(obj any, fields []string) error
	fill(obj any, input json.RawMessage, options thing.FillOptions) error
	replicate(obj any, except []string) (any, error)
	validate(obj any) error
	save(ctx context.Context, obj any) error
	saveMany(ctx context.Context, objs []any) error
	upsert(ctx context.Context, obj any, by []string) error
	reload(ctx context.Context, obj any) error
	fresh(ctx context.Context, obj any) (any, error)
	remove(ctx context.Context, obj any, mode string) error
	removeMany(ctx context.Context, objs []any) error
	removeKey(ctx context.Context, key any, mode string) error
	restore(ctx context.Context, obj any) error
	find(ctx context.Context, key json.RawMessage) (any, error)
	findMany(ctx context.Context, keys []json.RawMessage) ([]any, error)
	incr(ctx context.Context, key any, field string, by int64) (int64, error)
	query(document json.RawMessage) query
	load(ctx context.Context, obj any, include thing.M) error
	link(ctx context.Context, obj any, relation string, mode thing.LinkMode, pivot thing.M, keys []any) (added, removed int64, err error)
	on(events thing.Event, hook func(ctx context.Context, event thing.Event, obj any) error) (func() error, error)
}

// query is a thing.Query likewise.
type query interface {
	all(ctx context.Context) ([]any, error)
	first(ctx context.Context) (any, error)
	sole(ctx context.Context) (any, error)
	json(ctx context.Context, fields string) (json.RawMessage, error)
	page(ctx context.Context, after string, limit int64) ([]any, string, error)
	each(ctx context.Context, body func(obj any) error) error
	pluck(ctx context.Context, field string) ([]json.RawMessage, error)
	count(ctx context.Context) (int64, error)
	exists(ctx context.Context) (bool, error)
	update(ctx context.Context, set thing.M, all bool) (int64, error)
	remove(ctx context.Context, all, hard bool) (int64, error)
}

type tableOf[T any] struct {
	*thing.Model[T]
	name string
}

type queryOf[T any] struct{ thing.Query[T] }

func open[T any](name string) func(db *thing.DB) table {
	return func(db *thing.DB) table { return tableOf[T]{thing.Use[T](db), name} }
}

var opens = map[string]func(db *thing.DB) table{
	"User": open[User]("User"), "Sample": open[Sample]("Sample"), "Seat": open[Seat]("Seat"), "Device": open[Device]("Device"),
	"Word": open[Word]("Word"), "Entry": open[Entry]("Entry"), "Author": open[Author]("Author"), "Profile": open[Profile]("Profile"),
	"Book": open[Book]("Book"), "Tag": open[Tag]("Tag"), "Label": open[Label]("Label"),
}

func (t tableOf[T]) empty() any    { return new(T) }
func (t tableOf[T]) fit() error    { return t.Err() }
func (t tableOf[T]) model() string { return t.name }

func (t tableOf[T]) print(obj any, fields string, options thing.JSONOptions) (string, error) {
	text, err := t.ToJSONWith(obj.(*T), fields, options)
	return string(text), err
}

func (t tableOf[T]) state(obj any) (isLoaded, isDeleted bool, changed []string, err error) {
	tracked := any(obj).(interface {
		IsLoaded() bool
		IsDeleted() bool
	})
	changed, err = t.Changed(obj.(*T))
	return tracked.IsLoaded(), tracked.IsDeleted(), changed, err
}

func (t tableOf[T]) changes(obj any, saved bool) (json.RawMessage, error) {
	if saved {
		return t.SavedChanges(obj.(*T))
	}
	return t.Changes(obj.(*T))
}

func (t tableOf[T]) normalize(obj any) error { return t.Normalize(obj.(*T)) }

func (t tableOf[T]) revert(obj any, fields []string) error { return t.Revert(obj.(*T), fields...) }

func (t tableOf[T]) fill(obj any, input json.RawMessage, options thing.FillOptions) error {
	return t.Fill(obj.(*T), input, options)
}

func (t tableOf[T]) replicate(obj any, except []string) (any, error) {
	return t.Replicate(obj.(*T), except...)
}

func (t tableOf[T]) validate(obj any) error { return t.Validate(obj.(*T)) }

func (t tableOf[T]) save(ctx context.Context, obj any) error { return t.Save(ctx, obj.(*T)) }

func (t tableOf[T]) typed(objs []any) []*T {
	out := make([]*T, len(objs))
	for i, obj := range objs {
		out[i] = obj.(*T)
	}
	return out
}

func (t tableOf[T]) saveMany(ctx context.Context, objs []any) error {
	return t.SaveMany(ctx, t.typed(objs)...)
}

func (t tableOf[T]) upsert(ctx context.Context, obj any, by []string) error {
	return t.Upsert(ctx, obj.(*T), by...)
}

func (t tableOf[T]) reload(ctx context.Context, obj any) error { return t.Reload(ctx, obj.(*T)) }

func (t tableOf[T]) fresh(ctx context.Context, obj any) (any, error) { return t.Fresh(ctx, obj.(*T)) }

func (t tableOf[T]) remove(ctx context.Context, obj any, mode string) error {
	switch mode {
	case "soft":
		return t.SoftDelete(ctx, obj.(*T))
	case "hard":
		return t.HardDelete(ctx, obj.(*T))
	}
	return t.Delete(ctx, obj.(*T))
}

func (t tableOf[T]) removeMany(ctx context.Context, objs []any) error {
	return t.DeleteMany(ctx, t.typed(objs)...)
}

func (t tableOf[T]) removeKey(ctx context.Context, key any, mode string) error {
	if mode == "hard" {
		return t.HardDeleteByKey(ctx, key)
	}
	return t.DeleteByKey(ctx, key)
}

func (t tableOf[T]) restore(ctx context.Context, obj any) error { return t.Restore(ctx, obj.(*T)) }

func (t tableOf[T]) find(ctx context.Context, key json.RawMessage) (any, error) {
	var id int64
	if json.Unmarshal(key, &id) == nil {
		return t.ByID(ctx, id)
	}
	return t.ByKey(ctx, key)
}

func anys[T any](objs []*T) []any {
	out := make([]any, len(objs))
	for i, obj := range objs {
		out[i] = obj
	}
	return out
}

func (t tableOf[T]) findMany(ctx context.Context, keys []json.RawMessage) ([]any, error) {
	list := make([]any, len(keys))
	for i, key := range keys {
		list[i] = key
	}
	found, err := t.ByKeys(ctx, list...)
	return anys(found), err
}

func (t tableOf[T]) incr(ctx context.Context, key any, field string, by int64) (int64, error) {
	return t.Incr(ctx, key, field, by)
}

func (t tableOf[T]) load(ctx context.Context, obj any, include thing.M) error {
	return t.LoadWith(ctx, []*T{obj.(*T)}, include)
}

func (t tableOf[T]) link(ctx context.Context, obj any, relation string, mode thing.LinkMode, pivot thing.M, keys []any) (added, removed int64, err error) {
	return t.LinkWith(ctx, obj.(*T), relation, mode, pivot, keys...)
}

func (t tableOf[T]) on(events thing.Event, hook func(ctx context.Context, event thing.Event, obj any) error) (func() error, error) {
	return t.On(events, func(ctx context.Context, event thing.Event, obj *T) error { return hook(ctx, event, obj) })
}

func (t tableOf[T]) query(document json.RawMessage) query {
	return queryOf[T]{t.Document(document)}
}

func (q queryOf[T]) all(ctx context.Context) ([]any, error) {
	found, err := q.All(ctx)
	return anys(found), err
}

func (q queryOf[T]) first(ctx context.Context) (any, error) { return q.First(ctx) }
func (q queryOf[T]) sole(ctx context.Context) (any, error)  { return q.Sole(ctx) }

func (q queryOf[T]) json(ctx context.Context, fields string) (json.RawMessage, error) {
	return q.JSON(ctx, fields)
}

func (q queryOf[T]) page(ctx context.Context, after string, limit int64) ([]any, string, error) {
	found, next, err := q.After(after).Page(ctx, limit)
	return anys(found), next, err
}

func (q queryOf[T]) each(ctx context.Context, body func(obj any) error) error {
	return q.Each(ctx, func(obj *T) error { return body(obj) })
}

func (q queryOf[T]) pluck(ctx context.Context, field string) ([]json.RawMessage, error) {
	return thing.Pluck[json.RawMessage](ctx, q.Query, field)
}

func (q queryOf[T]) count(ctx context.Context) (int64, error) { return q.Count(ctx) }
func (q queryOf[T]) exists(ctx context.Context) (bool, error) { return q.Exists(ctx) }

func (q queryOf[T]) update(ctx context.Context, set thing.M, all bool) (int64, error) {
	if all {
		return q.UpdateAll(ctx, set)
	}
	return q.Update(ctx, set)
}

func (q queryOf[T]) remove(ctx context.Context, all, hard bool) (int64, error) {
	switch {
	case hard:
		return q.HardDelete(ctx, all)
	case all:
		return q.DeleteAll(ctx)
	}
	return q.Delete(ctx)
}
