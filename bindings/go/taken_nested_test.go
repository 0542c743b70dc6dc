package thing_test

import (
	"context"
	"errors"
	"testing"

	"thing"
)

// A call that finds no row takes back what its hooks saved.
func TestStructsThatHooksSavedGoBackWithACallThatFindsNoRow(t *testing.T) {
	db := memory(t, User{}, Waiter{})
	users, waiters := thing.Use[User](db), thing.Use[Waiter](db)
	ann := &User{Name: "Ann"}
	must(t, users.Save(bg, ann))
	beside := &Waiter{Name: "x"}
	_, err := users.On(thing.OnBeforeUpdate, func(ctx context.Context, _ thing.Event, _ *User) error {
		return waiters.Save(ctx, beside)
	})
	must(t, err)
	must(t, users.HardDeleteByKey(bg, ann.ID))
	ann.Name = "Anna"
	fails(t, users.Save(bg, ann), thing.ErrNotFound)
	n, err := waiters.Count(bg)
	must(t, err)
	equal(t, n, int64(0))
	equal(t, beside.IsLoaded(), false)
}

// What is written in a nested transaction goes back with it, whoever wrote it.
func TestStructsOfTheOuterTransactionGoBackWithTheNestedOne(t *testing.T) {
	db := memory(t, User{})
	users := thing.Use[User](db)
	a, b := &User{Name: "a"}, &User{Name: "b"}
	outer, err := db.Begin(bg, thing.TxOptions{})
	must(t, err)
	inner, err := db.Begin(outer.Context(), thing.TxOptions{})
	must(t, err)
	must(t, users.In(outer).Save(bg, a))
	must(t, users.In(inner).Save(bg, b))
	must(t, inner.Rollback())
	must(t, outer.Commit())
	n, err := users.Count(bg)
	must(t, err)
	equal(t, n, int64(0))
	equal(t, b.IsLoaded(), false)
	equal(t, a.IsLoaded(), false)
}

// A nested one that nobody ended goes back with the one around it.
func TestStructsOfNestedTransactionsGoBackWithTheOneAround(t *testing.T) {
	db := memory(t, User{})
	users := thing.Use[User](db)
	b := &User{Name: "b"}
	outer, err := db.Begin(bg, thing.TxOptions{})
	must(t, err)
	inner, err := db.Begin(outer.Context(), thing.TxOptions{})
	must(t, err)
	must(t, users.In(inner).Save(bg, b))
	must(t, outer.Rollback())
	_ = inner.Rollback()
	equal(t, b.IsLoaded(), false)
}

func TestNestedTransactionsThatEndLateLeaveOthersAlone(t *testing.T) {
	db := memory(t, User{})
	users := thing.Use[User](db)
	a, b := &User{Name: "a"}, &User{Name: "b"}
	outer, err := db.Begin(bg, thing.TxOptions{})
	must(t, err)
	must(t, outer.Savepoint("one"))
	inner, err := db.Begin(outer.Context(), thing.TxOptions{})
	must(t, err)
	must(t, users.In(inner).Save(bg, b))
	must(t, outer.RollbackTo("one"))
	equal(t, b.IsLoaded(), false)
	must(t, users.In(outer).Save(bg, a))
	_ = inner.Rollback()
	equal(t, a.IsLoaded(), true)
	must(t, outer.Commit())
	n, err := users.Count(bg)
	must(t, err)
	equal(t, n, int64(1))
}

// What is set after a reload stays to be saved.
func TestWhatIsSetAfterAReloadStaysWhenTheTransactionGoesBack(t *testing.T) {
	db := memory(t, User{})
	users := thing.Use[User](db)
	ann := &User{Name: "Ann", Score: 1}
	must(t, users.Save(bg, ann))
	taken(t, db, func(tx *thing.Tx) {
		must(t, users.In(tx).Reload(bg, ann))
		ann.Score = 5
		must(t, users.In(tx).Save(bg, ann))
	})
	equal(t, ann.Score, 5.0)
	changed, err := users.Changed(ann)
	must(t, err)
	equal(t, changed, []string{"score"})
}

// A rollback whose connection is gone takes structs back, too.
func TestStructsGoBackWithALostConnection(t *testing.T) {
	everywhere(t, []string{"go_users"}, func(t *testing.T, url string) {
		if url == "sqlite::memory:" {
			t.Skip("nothing is between a program and its memory that could be lost")
		}
		db := opened(t, url, User{})
		users := thing.Use[User](db)
		ann := &User{Name: "Ann"}
		tx, err := db.Begin(bg, thing.TxOptions{})
		must(t, err)
		must(t, users.In(tx).Save(bg, ann))
		kill := "SELECT pg_terminate_backend(pg_backend_pid())"
		if url[0] == 'm' {
			kill = "KILL CONNECTION_ID()"
		}
		_, err = db.Exec(tx.Context(), kill)
		t.Log(err)
		t.Log(tx.Rollback())
		equal(t, ann.IsLoaded(), false)
		ann = &User{Name: "Ann"}
		tx, err = db.Begin(bg, thing.TxOptions{})
		must(t, err)
		must(t, users.In(tx).Save(bg, ann))
		_, err = db.Exec(tx.Context(), kill)
		t.Log(err)
		err = tx.Commit()
		t.Log(err)
		equal(t, ann.IsLoaded(), errors.Is(err, thing.ErrCommitUnknown))
	})
}

func TestStructsOfRelationsGoBack(t *testing.T) {
	db := memory(t, Author{})
	authors, books := thing.Use[Author](db), thing.Use[Book](db)
	ann := &Author{Name: "Ann", Profile: &Profile{Text: "writes"}, Books: []*Book{
		{Title: "Alpha", Tags: []Tag{{Word: "new"}, {Word: "rare"}}}, {Title: "Beta"}}}
	for i := 0; i < 2; i++ {
		taken(t, db, func(tx *thing.Tx) { must(t, authors.In(tx).Save(bg, ann)) })
		equal(t, ann.IsLoaded() || ann.Books[0].IsLoaded() || ann.Profile.IsLoaded() || ann.Books[0].Tags[0].IsLoaded(), false)
		equal(t, ann.Books[0].AuthorID == nil && ann.Profile.AuthorID == 0, true)
	}
	must(t, authors.Save(bg, ann))
	n, err := books.Count(bg)
	must(t, err)
	equal(t, n, int64(2))
	b := &Book{Title: "Gamma", Author: ann}
	taken(t, db, func(tx *thing.Tx) { must(t, books.In(tx).Save(bg, b)) })
	equal(t, b.IsLoaded() || b.AuthorID != nil, false)
	equal(t, ann.IsLoaded(), true)
	must(t, books.Save(bg, b))
	equal(t, *b.AuthorID, ann.ID)
	taken(t, db, func(tx *thing.Tx) { must(t, authors.In(tx).Delete(bg, ann)) })
	ann.Name = "Anna"
	must(t, authors.Save(bg, ann))
}

func TestStructsOfAListThatGrewGoBack(t *testing.T) {
	db := memory(t, Author{})
	books := thing.Use[Book](db)
	b := &Book{Title: "Alpha", Tags: []Tag{{Word: "new"}}}
	taken(t, db, func(tx *thing.Tx) {
		must(t, books.In(tx).Save(bg, b))
		b.Tags = append(b.Tags, Tag{Word: "rare"})
	})
	equal(t, b.Tags[0].IsLoaded() || b.IsLoaded(), false)
	must(t, books.Save(bg, b))
	equal(t, b.Tags[0].IsLoaded() && b.Tags[1].IsLoaded(), true)
}

func TestStructsOfTransactionsOneAfterTheOther(t *testing.T) {
	everywhere(t, []string{"go_users"}, func(t *testing.T, url string) {
		db := opened(t, url, User{})
		users := thing.Use[User](db)
		a := &User{Name: "a"}
		taken(t, db, func(tx *thing.Tx) {
			must(t, users.In(tx).Save(bg, a))
			must(t, users.In(tx).Delete(bg, a))
			must(t, users.In(tx).Restore(bg, a))
			must(t, users.In(tx).HardDelete(bg, a))
		})
		equal(t, a.IsLoaded() || a.IsDeleted() || a.Deleted, false)
		must(t, db.Tx(bg, func(tx *thing.Tx) error { return users.In(tx).Save(bg, a) }))
		func() {
			defer func() { recover() }()
			_ = db.Tx(bg, func(tx *thing.Tx) error {
				a.Score = 3
				must(t, users.In(tx).Save(bg, a))
				panic("x")
			})
		}()
		c, err := users.Changed(a)
		must(t, err)
		equal(t, c, []string{"score"})
		taken(t, db, func(tx *thing.Tx) {
			must(t, users.In(tx).Save(bg, a))
			must(t, tx.Savepoint("s"))
			must(t, users.In(tx).Delete(bg, a))
			must(t, tx.RollbackTo("s"))
			equal(t, a.IsDeleted(), false)
			a.Age = ptr(3)
			must(t, users.In(tx).Save(bg, a))
		})
		c, err = users.Changed(a)
		must(t, err)
		equal(t, c, []string{"age", "score"})
		must(t, users.Save(bg, a))
		read, err := users.ByID(bg, a.ID)
		must(t, err)
		equal(t, read.Score == 3 && *read.Age == 3, true)
	})
}
