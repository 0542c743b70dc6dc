package thing_test

import (
	"context"
	"testing"

	"thing"
)

type Form struct {
	thing.Tracked
	ID    int64  `thing:",primary,default=autoincrement()"`
	Email string `thing:",trim,case=lower"`
	Role  string `thing:",default=user,guarded"`
	Note  *string
	Size  thing.Opt[int64]
	Total thing.Decimal  `thing:",default=0"`
	Extra map[string]any `thing:",json,null"`
}

func TestChangesAreKnownUntilAndAfterTheyAreSaved(t *testing.T) {
	db := memory(t, Form{})
	forms := thing.Use[Form](db)
	form := &Form{Email: " Ann@Example.COM "}
	must(t, forms.Normalize(form))
	equal(t, form.Email, "ann@example.com")
	must(t, forms.Save(bg, form))
	saved, err := forms.SavedChanges(form)
	must(t, err)
	equal(t, string(saved), `{"id":[null,1],"email":[null,"ann@example.com"],"role":[null,"user"],"note":[null,null],"size":[null,null],"total":[null,"0"],"extra":[null,null]}`)
	form.Note, form.Extra = ptr("x"), map[string]any{"a": 1.0}
	changes, err := forms.Changes(form)
	must(t, err)
	equal(t, string(changes), `{"note":[null,"x"],"extra":[null,{"a":1}]}`)
	must(t, forms.Revert(form, "extra"))
	names, err := forms.Changed(form)
	must(t, err)
	equal(t, names, []string{"note"})
	fails(t, forms.Revert(form, "nothing"), thing.ErrInvalid)
	must(t, forms.Save(bg, form))
	saved, err = forms.SavedChanges(form)
	must(t, err)
	equal(t, string(saved), `{"note":[null,"x"]}`)
	form.Note = nil
	must(t, forms.Revert(form))
	equal(t, *form.Note, "x")
}

func TestInputFromOutsideFillsWhatItMay(t *testing.T) {
	forms := thing.Use[Form](memory(t, Form{}))
	form := &Form{Size: thing.Some(int64(1))}
	must(t, forms.Fill(form, thing.M{"email": "A@B", "role": "admin", "size": 2}, thing.FillOptions{IfAbsent: true}))
	equal(t, form.Email+"/"+form.Role, "/") // an empty text is there
	equal(t, form.Size, thing.Some(int64(1)))
	must(t, forms.Fill(form, `{"email": "A@B", "role": "admin", "size": null}`, thing.FillOptions{}))
	equal(t, form.Email+"/"+form.Role, "a@b/")
	equal(t, form.Size.State, thing.Null)
	e := fails(t, forms.Fill(form, thing.M{"size": 5, "role": "admin"}, thing.FillOptions{Strict: true}), thing.ErrInvalid)
	equal(t, e.Field, "role")
	fails(t, forms.Fill(form, thing.M{"size": 5, "shoe": 42}, thing.FillOptions{}), thing.ErrInvalid)
	equal(t, form.Size.State, thing.Null) // nothing was set
}

func TestCopiesAreNewRecords(t *testing.T) {
	forms := thing.Use[Form](memory(t, Form{}))
	form := &Form{Email: "a@b", Total: "1.50", Note: ptr("n")}
	must(t, forms.Save(bg, form))
	copied, err := forms.Replicate(form, "note")
	must(t, err)
	equal(t, copied.IsLoaded(), false)
	equal(t, copied.ID, 0)
	equal(t, copied.Note, nil)
	must(t, forms.Save(bg, copied))
	equal(t, copied.ID, 2)
	equal(t, copied.Total, "1.50")
}

func TestDocumentsAreQueries(t *testing.T) {
	_, m := items(t, "sqlite::memory:")
	q := m.Document(`{"where": {"count": {"lt": 6}}, "orderBy": {"count": "desc"}, "take": 2}`)
	equal(t, itemNames(t, q), "05,04")
	equal(t, itemNames(t, q.Where(thing.Eq("group", "A"))), "03,00")
	equal(t, itemNames(t, q.Limit(1).Offset(1)), "04")
	equal(t, itemNames(t, m.Document(thing.M{"where": thing.M{"count": 7}})), "07")
	_, err := m.Document("{").All(bg)
	fails(t, err, thing.ErrSyntax)
	_, err = m.Document(`{"take": -1}`).All(bg)
	fails(t, err, thing.ErrRange)
	_, err = m.Document(`{"takes": 1}`).All(bg)
	fails(t, err, thing.ErrInvalid)
}

func TestHooksAreMutedByModel(t *testing.T) {
	db := memory(t, Post{}, User{})
	posts, users := thing.Use[Post](db), thing.Use[User](db)
	heard := 0
	_, err := users.On(thing.OnBeforeSave, func(context.Context, thing.Event, *User) error { heard++; return nil })
	must(t, err)
	ctx := thing.Mute(bg, "User")
	must(t, users.Save(ctx, &User{Name: "Ann"}))
	equal(t, heard, 0)
	post := &Post{Title: "A B"}
	must(t, posts.Save(ctx, post))
	equal(t, post.Slug, "a-b")
	must(t, users.Save(bg, &User{Name: "Bob"}))
	equal(t, heard, 1)
	fails(t, users.Save(thing.Mute(bg, "Nobody"), &User{Name: "Cyd"}), thing.ErrInvalid)
}

func TestLoadsAreHeardUntilTheHookIsRemoved(t *testing.T) {
	db := memory(t, User{})
	users := thing.Use[User](db)
	ann := user(t, users, "Ann")
	heard := 0
	remove, err := users.On(thing.OnAfterLoad|thing.OnAfterUpdate, func(context.Context, thing.Event, *User) error { heard++; return nil })
	must(t, err)
	_, err = users.ByID(bg, ann.ID)
	must(t, err)
	_, err = users.All(thing.With(bg, thing.NoHooks))
	must(t, err)
	equal(t, heard, 1)
	ann.Score = 1
	must(t, users.Save(bg, ann))
	equal(t, heard, 2)
	must(t, remove())
	_, err = users.ByID(bg, ann.ID)
	must(t, err)
	equal(t, heard, 2)
}

func TestRelationsAreClearedAndLoadedInPart(t *testing.T) {
	_, authors, books := library(t, "sqlite::memory:")
	alpha, err := books.Where(thing.Eq("title", "Alpha")).First(bg)
	must(t, err)
	_, removed, err := books.Link(bg, alpha, "tags", thing.LinkRemove)
	must(t, err)
	equal(t, removed, 0) // no keys are none
	_, removed, err = books.Link(bg, alpha, "tags", thing.LinkClear)
	must(t, err)
	equal(t, removed, 2)
	ann, err := authors.OrderBy("name").First(bg)
	must(t, err)
	must(t, authors.LoadWith(bg, []*Author{ann}, thing.M{"books": thing.M{"orderBy": thing.M{"title": "desc"}, "take": 1, "include": thing.M{"tags": true}}}))
	equal(t, len(ann.Books), 1)
	equal(t, ann.Books[0].Title, "Gamma")
	equal(t, ann.Books[0].Tags != nil, true)
	n, err := books.Where(thing.Eq("title", "Alpha")).HardDelete(bg, false)
	must(t, err)
	equal(t, n, 1)
	_, err = books.Query().HardDelete(bg, false)
	fails(t, err, thing.ErrInvalid)
}
