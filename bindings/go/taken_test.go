package thing_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"thing"
)

var errMine = errors.New("mine")

// taken saves in a transaction that fails.
func taken(t *testing.T, db *thing.DB, body func(tx *thing.Tx)) {
	t.Helper()
	err := db.Tx(bg, func(tx *thing.Tx) error {
		body(tx)
		return errMine
	})
	equal(t, err == errMine, true)
}

func TestStructsGoBackWithTheirTransaction(t *testing.T) {
	everywhere(t, []string{"go_users"}, func(t *testing.T, url string) {
		db := opened(t, url, User{})
		users := thing.Use[User](db)
		count := func() int64 {
			n, err := users.Count(bg)
			must(t, err)
			return n
		}
		ann := &User{Name: "Ann", Tags: []string{"a"}}
		taken(t, db, func(tx *thing.Tx) {
			must(t, users.In(tx).Save(bg, ann))
			equal(t, ann.ID > 0 && ann.IsLoaded(), true)
		})
		equal(t, *ann, User{Name: "Ann", Tags: []string{"a"}}) // new again
		must(t, users.Save(bg, ann))
		equal(t, count(), int64(1))

		was := ann.UpdatedAt
		taken(t, db, func(tx *thing.Tx) {
			ann.Score, ann.Age = 2, ptr(30)
			must(t, users.In(tx).Save(bg, ann))
			ann.Age = ptr(31)
			must(t, users.In(tx).Save(bg, ann))
			ann.Name = "Anna" // what is set since stays
		})
		equal(t, ann.UpdatedAt, was)
		changed, err := users.Changed(ann)
		must(t, err)
		equal(t, changed, []string{"name", "age", "score"})
		must(t, users.Save(bg, ann)) // with the version that is there
		read, err := users.ByID(bg, ann.ID)
		must(t, err)
		equal(t, read.Name == "Anna" && *read.Age == 31 && read.Score == 2, true)

		taken(t, db, func(tx *thing.Tx) {
			must(t, users.In(tx).Delete(bg, ann))
			equal(t, ann.IsDeleted() && ann.Deleted, true)
		})
		equal(t, ann.IsDeleted() || ann.Deleted, false)
		ann.Score = 3
		must(t, users.Save(bg, ann))

		taken(t, db, func(tx *thing.Tx) {
			many := []*User{{Name: "Bob"}, {Name: "Cid"}, ann}
			ann.Score = 4
			must(t, users.In(tx).SaveMany(bg, many...))
			must(t, users.In(tx).DeleteMany(bg, many[0], ann))
		})
		equal(t, count(), int64(1))
		changed, err = users.Changed(ann)
		must(t, err)
		equal(t, changed, []string{"score"})
		equal(t, ann.IsDeleted(), false)

		taken(t, db, func(tx *thing.Tx) {
			must(t, users.In(tx).Save(bg, ann))
			ann.Name = "dropped"
			must(t, users.In(tx).Reload(bg, ann))
		})
		equal(t, ann.Score == 4 && ann.Name == "Anna", true)
		changed, err = users.Changed(ann)
		must(t, err)
		equal(t, changed, []string{"score"})
	})
}

func TestStructsOfSavepointsAndNestedTransactionsGoBackAlone(t *testing.T) {
	everywhere(t, []string{"go_users"}, func(t *testing.T, url string) {
		db := opened(t, url, User{})
		users := thing.Use[User](db)
		a, b, c, d := &User{Name: "a"}, &User{Name: "b"}, &User{Name: "c"}, &User{Name: "d"}
		must(t, db.Tx(bg, func(tx *thing.Tx) error {
			in := users.In(tx)
			must(t, in.Save(bg, a))
			must(t, tx.Savepoint("one"))
			must(t, in.Save(bg, b))
			must(t, tx.Savepoint("two"))
			must(t, tx.RollbackTo("one"))
			equal(t, a.IsLoaded() && !b.IsLoaded(), true)
			must(t, in.Save(bg, b))
			must(t, tx.RollbackTo("one"))
			must(t, tx.Release("one"))
			_ = tx.Tx(func(inner *thing.Tx) error {
				must(t, users.In(inner).Save(bg, c))
				return errMine
			})
			equal(t, c.ID, int64(0))
			return tx.Tx(func(inner *thing.Tx) error { return users.In(inner).Save(bg, d) })
		}))
		equal(t, a.IsLoaded() && d.IsLoaded() && !b.IsLoaded() && !c.IsLoaded(), true)
		taken(t, db, func(tx *thing.Tx) {
			must(t, tx.Tx(func(inner *thing.Tx) error { return users.In(inner).Save(bg, c) }))
		})
		equal(t, c.IsLoaded(), false)
		must(t, users.SaveMany(bg, b, c))
		n, err := users.Count(bg)
		must(t, err)
		equal(t, n, int64(4))
	})
}

// A transaction that runs again writes again what its first run lost.
func TestATransactionThatRunsAgainSavesTheSameStructs(t *testing.T) {
	db := memory(t, User{})
	users := thing.Use[User](db)
	ann, runs := &User{Name: "Ann"}, 0
	must(t, db.TxWith(bg, thing.TxOptions{Attempts: 3}, func(tx *thing.Tx) error {
		runs++
		must(t, users.In(tx).Save(bg, ann))
		if runs < 3 {
			return thing.ErrSerialization
		}
		return nil
	}))
	equal(t, runs, 3)
	read, err := users.ByID(bg, ann.ID)
	must(t, err)
	equal(t, read.Name, "Ann")
}

func TestStructsThatHooksSavedGoBackWithTheCall(t *testing.T) {
	db := memory(t, User{}, Waiter{})
	users, waiters := thing.Use[User](db), thing.Use[Waiter](db)
	var beside *Waiter
	fail := true
	_, err := users.On(thing.OnAfterCreate|thing.MayFail, func(ctx context.Context, _ thing.Event, u *User) error {
		must(t, waiters.Save(ctx, beside))
		if fail {
			return errMine
		}
		return nil
	})
	must(t, err)
	beside = &Waiter{Name: "x"}
	ann := &User{Name: "Ann"}
	equal(t, errors.Is(users.Save(bg, ann), errMine), true)
	equal(t, beside.IsLoaded() || ann.IsLoaded(), false)
	equal(t, beside.ID, int64(0))
	fail = false
	taken(t, db, func(tx *thing.Tx) {
		must(t, users.In(tx).Save(bg, ann))
		equal(t, beside.IsLoaded() && ann.IsLoaded(), true)
	})
	equal(t, beside.IsLoaded() || ann.IsLoaded(), false)
	must(t, users.Save(bg, ann))
	equal(t, beside.IsLoaded(), true)
	for _, count := range []func(context.Context) (int64, error){users.Count, waiters.Count} {
		n, err := count(bg)
		must(t, err)
		equal(t, n, int64(1))
	}
}

func TestACommitThatFailsTakesStructsBack(t *testing.T) {
	everywhere(t, []string{"go_children", "go_users"}, func(t *testing.T, url string) {
		if url == "sqlite::memory:" {
			url = "sqlite:" + t.TempDir() + "/commits.db"
		}
		db := opened(t, url, User{})
		users := thing.Use[User](db)
		ann := &User{Name: "Ann"}
		tx, err := db.Begin(bg, thing.TxOptions{})
		must(t, err)
		must(t, users.In(tx).Save(bg, ann))
		must(t, tx.Rollback())
		equal(t, ann.IsLoaded(), false)
		fails(t, tx.Commit(), thing.ErrClosed)
		tx, err = db.Begin(bg, thing.TxOptions{})
		must(t, err)
		must(t, users.In(tx).Save(bg, ann))
		must(t, tx.Commit())
		fails(t, tx.Rollback(), thing.ErrClosed)
		equal(t, ann.IsLoaded(), true)
		if strings.HasPrefix(url, "mysql") {
			return // no constraint waits for the commit there
		}
		_, err = db.Exec(bg, `CREATE TABLE go_children (parent INTEGER REFERENCES go_users (id) DEFERRABLE INITIALLY DEFERRED)`)
		must(t, err)
		bob := &User{Name: "Bob"}
		tx, err = db.Begin(bg, thing.TxOptions{})
		must(t, err)
		must(t, users.In(tx).Save(bg, bob))
		_, err = db.Exec(tx.Context(), `INSERT INTO go_children (parent) VALUES (4711)`)
		must(t, err)
		fails(t, tx.Commit(), thing.ErrForeignKey)
		equal(t, bob.IsLoaded() || bob.ID != 0, false)
		read, err := users.ByID(bg, ann.ID)
		must(t, err)
		equal(t, read.Name, "Ann")
	})
}

// Heard is told that it was taken back.
type Heard struct {
	thing.Tracked
	ID   int64 `thing:",primary,default=autoincrement()"`
	Name string
	told []int64
}

func (h *Heard) AfterRollback(context.Context) { h.told = append(h.told, h.ID) }

func TestHooksOfARollbackFindTheirStructsGoneBack(t *testing.T) {
	db := memory(t, Heard{})
	heards := thing.Use[Heard](db)
	old := &Heard{Name: "old"}
	must(t, heards.Save(bg, old))
	fresh := &Heard{Name: "fresh"}
	taken(t, db, func(tx *thing.Tx) {
		old.Name = "changed"
		must(t, heards.In(tx).SaveMany(bg, old, fresh))
	})
	equal(t, old.told, []int64{old.ID})
	equal(t, fresh.told, []int64{0})
	changed, err := heards.Changed(old)
	must(t, err)
	equal(t, changed, []string{"name"})
}
