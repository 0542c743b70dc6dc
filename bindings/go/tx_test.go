package thing_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"thing"
)

func TestTransactionsAreKeptOrTakenBackAsAWhole(t *testing.T) {
	everywhere(t, []string{"go_users"}, func(t *testing.T, url string) {
		db := opened(t, url, User{})
		users := thing.Use[User](db)
		var ann *User
		must(t, db.Tx(bg, func(tx *thing.Tx) error {
			ann = user(t, users.In(tx), "Ann")
			n, err := thing.Use[User](tx).Count(bg)
			must(t, err)
			equal(t, n, 1)
			return users.Save(tx.Context(), &User{Name: "Bob"})
		}))
		mine := errors.New("mine")
		err := db.Tx(bg, func(tx *thing.Tx) error {
			must(t, users.In(tx).Delete(bg, ann))
			must(t, users.Where(thing.Eq("name", "Bob")).In(tx).Each(bg, func(u *User) error { return users.HardDelete(tx.Context(), u) }))
			return mine
		})
		equal(t, err == mine, true)
		n, err := users.Count(bg)
		must(t, err)
		equal(t, n, 2)
	})
}

func TestPanicsTakeTransactionsBackAndGoOn(t *testing.T) {
	db := memory(t, User{})
	users := thing.Use[User](db)
	value := &struct{ n int }{7}
	func() {
		defer func() { equal(t, recover() == any(value), true) }()
		_ = db.Tx(bg, func(tx *thing.Tx) error {
			user(t, users.In(tx), "Ann")
			panic(value)
		})
	}()
	n, err := users.Count(bg)
	must(t, err)
	equal(t, n, 0)
	must(t, db.Tx(bg, func(*thing.Tx) error { return nil })) // nothing is locked
}

func TestNestedTransactionsAreTakenBackAlone(t *testing.T) {
	everywhere(t, []string{"go_users"}, func(t *testing.T, url string) {
		db := opened(t, url, User{})
		users := thing.Use[User](db)
		must(t, db.Tx(bg, func(tx *thing.Tx) error {
			user(t, users.In(tx), "outer")
			equal(t, errors.Is(tx.Tx(func(inner *thing.Tx) error {
				user(t, users.In(inner), "inner")
				return inner.Tx(func(third *thing.Tx) error {
					user(t, users.In(third), "third")
					return context.DeadlineExceeded
				})
			}), context.DeadlineExceeded), true)
			must(t, db.Tx(tx.Context(), func(inner *thing.Tx) error { return users.Save(inner.Context(), &User{Name: "kept"}) }))
			must(t, tx.Savepoint("here"))
			user(t, users.In(tx), "gone")
			must(t, tx.RollbackTo("here"))
			must(t, tx.Release("here"))
			return nil
		}))
		found, err := users.OrderBy("id").All(bg)
		must(t, err)
		equal(t, names(found, func(u *User) string { return u.Name }), "outer,kept")
	})
}

func TestTransactionsRunAgainWhenTheyLose(t *testing.T) {
	db := memory(t, User{})
	runs := 0
	lose := func(code thing.Code) func(*thing.Tx) error {
		return func(*thing.Tx) error {
			if runs++; runs < 3 {
				return fmt.Errorf("wrapped: %w", code)
			}
			return nil
		}
	}
	must(t, db.TxWith(bg, thing.TxOptions{Attempts: 5}, lose(thing.ErrSerialization)))
	equal(t, runs, 3)
	runs = 0
	equal(t, errors.Is(db.TxWith(bg, thing.TxOptions{Attempts: 2}, lose(thing.ErrBusy)), thing.ErrBusy), true)
	equal(t, runs, 2)
	runs = 0
	equal(t, errors.Is(db.TxWith(bg, thing.TxOptions{Attempts: 5}, lose(thing.ErrConflict)), thing.ErrConflict), true)
	equal(t, runs, 1)
}

func TestCountersSurviveConcurrentTransactions(t *testing.T) {
	everywhere(t, []string{"go_users"}, func(t *testing.T, url string) {
		db := opened(t, url, User{})
		users := thing.Use[User](db)
		ann := user(t, users, "Ann")
		var all sync.WaitGroup
		errs := make(chan error, 4)
		for g := 0; g < 4; g++ {
			all.Add(1)
			go func() {
				defer all.Done()
				for i := 0; i < 10; i++ {
					err := db.TxWith(bg, thing.TxOptions{Attempts: 50}, func(tx *thing.Tx) error {
						u, err := users.In(tx).ByID(thing.With(bg, thing.LockUpdate), ann.ID)
						if err != nil {
							return err
						}
						u.Score++
						return users.In(tx).Save(bg, u)
					})
					if err != nil {
						errs <- err
						return
					}
				}
			}()
		}
		all.Wait()
		close(errs)
		must(t, <-errs)
		must(t, users.Reload(bg, ann))
		equal(t, ann.Score, 40)
	})
}

func TestTransactionsByHandEndOnce(t *testing.T) {
	db := memory(t, User{})
	users := thing.Use[User](db)
	tx, err := db.Begin(bg, thing.TxOptions{})
	must(t, err)
	user(t, users.In(tx), "Ann")
	must(t, tx.Commit())
	fails(t, tx.Commit(), thing.ErrClosed)
	fails(t, tx.Rollback(), thing.ErrClosed)
	_, err = users.In(tx).Count(bg)
	fails(t, err, thing.ErrClosed)
	_, err = users.Count(tx.Context())
	fails(t, err, thing.ErrClosed)
	tx, err = db.Begin(bg, thing.TxOptions{ReadOnly: true})
	must(t, err)
	fails(t, users.In(tx).Save(bg, &User{Name: "Bob"}), thing.ErrReadOnly)
	must(t, tx.Rollback())
}

func TestOverlappingCallsOfATransactionAreBusy(t *testing.T) {
	db := memory(t, User{})
	users := thing.Use[User](db)
	_, err := users.On(thing.OnBeforeSave, func(ctx context.Context, _ thing.Event, u *User) error {
		if tx, ok := ctx.Value(txKey{}).(*thing.Tx); ok {
			fails(t, users.In(tx).Save(bg, &User{Name: "other"}), thing.ErrBusy)
		}
		return nil
	})
	must(t, err)
	must(t, db.Tx(bg, func(tx *thing.Tx) error {
		return users.In(tx).Save(context.WithValue(bg, txKey{}, tx), &User{Name: "Ann"})
	}))
}

type txKey struct{}

// A transaction that nobody ended, and nobody has any more, gives its connection back.
func TestATransactionThatIsLostIsRolledBack(t *testing.T) {
	db, err := thing.Open(bg, "sqlite:"+t.TempDir()+"/lost.db", thing.Setting("connections", 1), thing.Setting("busy_timeout_ms", 100))
	must(t, err)
	defer func() { must(t, db.Close()) }()
	must(t, db.Register(Waiter{}))
	must(t, db.Sync(bg))
	waiters := thing.Use[Waiter](db)
	func() {
		tx, err := db.Begin(bg, thing.TxOptions{})
		must(t, err)
		must(t, waiters.In(tx).Save(bg, &Waiter{Name: "lost"}))
	}()
	for i := 0; ; i++ {
		runtime.GC()
		ctx, cancel := context.WithTimeout(bg, 100*time.Millisecond)
		err := waiters.Save(ctx, &Waiter{Name: "next"})
		cancel()
		if err == nil {
			break
		}
		if i == 20 {
			t.Fatal(err)
		}
	}
	n, err := waiters.Count(bg)
	must(t, err)
	equal(t, n, int64(1))
}
