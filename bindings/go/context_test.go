package thing_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"thing"
)

// slow is a statement that would run for a minute or longer.
var slow = map[string]string{
	"sqlite":   "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT count(*) AS c FROM n",
	"postgres": "SELECT pg_sleep(60) AS c",
	"mysql":    "SELECT SLEEP(60) AS c",
}

func slowOf(t *testing.T) string {
	return slow[t.Name()[len(t.Name())-len(lastPart(t.Name())):]]
}

func lastPart(name string) string {
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == '/' {
			return name[i+1:]
		}
	}
	return name
}

// endsIn asks for what takes long, with a context that ends while it runs.
func endsIn(t *testing.T, ctx func() context.Context, code thing.Code, cause error) {
	everywhere(t, nil, func(t *testing.T, url string) {
		db, ending := opened(t, url), ctx()
		started := time.Now()
		var rows []map[string]any
		err := db.Query(ending, &rows, slowOf(t))
		fails(t, err, code)
		equal(t, errors.Is(err, cause), true)
		if took := time.Since(started); took > 5*time.Second {
			t.Fatalf("it took %s", took)
		}
		must(t, db.Ping(bg))
		fails(t, db.Ping(ending), code)
	})
}

func TestCancellingEndsTheStatement(t *testing.T) {
	endsIn(t, func() context.Context {
		ctx, cancel := context.WithCancel(bg)
		time.AfterFunc(50*time.Millisecond, cancel)
		return ctx
	}, thing.ErrCancelled, context.Canceled)
}

func TestDeadlinesEndTheStatement(t *testing.T) {
	endsIn(t, func() context.Context {
		ctx, cancel := context.WithTimeout(bg, 50*time.Millisecond)
		t.Cleanup(cancel)
		return ctx
	}, thing.ErrTimeout, context.DeadlineExceeded)
}

func TestACancelledCallLeavesItsTransactionGood(t *testing.T) {
	db := memory(t, User{})
	users := thing.Use[User](db)
	must(t, db.Tx(bg, func(tx *thing.Tx) error {
		user(t, users.In(tx), "Ann")
		ctx, cancel := context.WithTimeout(tx.Context(), 30*time.Millisecond)
		defer cancel()
		var rows []map[string]any
		fails(t, db.Query(ctx, &rows, slow["sqlite"]), thing.ErrTimeout)
		return users.Save(tx.Context(), &User{Name: "Bob"})
	}))
	n, err := users.Count(bg)
	must(t, err)
	equal(t, n, 2)
}

func TestWatchedCallsFindTheSame(t *testing.T) {
	db := memory(t, User{})
	users := thing.Use[User](db)
	ann := user(t, users, "Ann")
	ctx, cancel := context.WithTimeout(bg, time.Minute)
	defer cancel()
	for i := 0; i < 3; i++ { // from the cache and, once, from the database
		must(t, db.ClearCache(thing.WithTag(ctx, "tag")))
		found, err := users.ByID(ctx, ann.ID)
		must(t, err)
		equal(t, found.Name, "Ann")
		found, err = users.ByID(ctx, ann.ID)
		must(t, err)
		equal(t, found.Name, "Ann")
		_, err = users.ByID(ctx, 99)
		fails(t, err, thing.ErrNotFound)
	}
	cancel()
	_, err := users.ByID(ctx, ann.ID)
	fails(t, err, thing.ErrCancelled)
}

func TestCallsAfterCloseAreErrors(t *testing.T) {
	db, err := thing.Open(bg, "sqlite::memory:")
	must(t, err)
	users := thing.Use[User](db)
	must(t, db.Sync(bg))
	ann := user(t, users, "Ann")
	tx, err := db.Begin(bg, thing.TxOptions{})
	must(t, err)
	must(t, db.Close())
	must(t, db.Close())
	_, err = users.ByID(bg, 1)
	fails(t, err, thing.ErrClosed)
	ctx, cancel := context.WithCancel(bg)
	defer cancel()
	_, err = users.ByID(ctx, 1)
	fails(t, err, thing.ErrClosed)
	_, err = users.All(bg)
	fails(t, err, thing.ErrClosed)
	ann.Score = 1
	fails(t, users.Save(bg, ann), thing.ErrClosed)
	fails(t, db.Call(bg, "User", "count", nil, nil), thing.ErrClosed)
	fails(t, db.Tx(bg, func(*thing.Tx) error { return nil }), thing.ErrClosed)
	if tx.Commit() == nil {
		t.Fatal("a transaction was committed after its database was closed")
	}
	fails(t, thing.Use[Item](db).Err(), thing.ErrClosed)
	db.SetLog(thing.LogDebug, func(thing.LogLine) {})
	if _, err := users.ToJSON(ann, "name"); err != nil {
		t.Fatal(err) // what was loaded can still be printed
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	_, err := thing.Open(bg, "sqlite::memory:", thing.Setting("colour", "red"))
	fails(t, err, thing.ErrInvalid)
	_, err = thing.Open(bg, "oracle://x/y")
	if err == nil {
		t.Fatal("no error")
	}
	_, err = thing.Open(bg, "sqlite:/nowhere/at/all/x.db")
	fails(t, err, thing.ErrConnection)
	ctx, cancel := context.WithCancel(bg)
	cancel()
	_, err = thing.Open(ctx, "sqlite::memory:")
	fails(t, err, thing.ErrCancelled)
	ctx, cancel = context.WithCancel(bg)
	defer cancel()
	db, err := thing.Open(ctx, "sqlite::memory:", thing.Setting("cache", "off"))
	must(t, err)
	must(t, db.Close())
}

func TestManyGoroutinesShareADatabase(t *testing.T) {
	everywhere(t, []string{"go_users"}, func(t *testing.T, url string) {
		db := opened(t, url, User{})
		users := thing.Use[User](db)
		ann := user(t, users, "Ann")
		var all sync.WaitGroup
		errs := make(chan error, 16)
		for g := 0; g < 16; g++ {
			all.Add(1)
			go func(g int) {
				defer all.Done()
				ctx, cancel := context.WithTimeout(bg, time.Minute)
				defer cancel()
				for i := 0; i < 20; i++ {
					if _, err := users.ByID(ctx, ann.ID); err != nil {
						errs <- err
					}
					if _, err := users.Where(thing.Eq("name", "Ann")).First(ctx); err != nil {
						errs <- err
					}
					if _, err := users.Incr(ctx, ann.ID, "age", 1); err != nil {
						errs <- err
					}
				}
			}(g)
		}
		all.Wait()
		close(errs)
		must(t, <-errs)
		must(t, users.Reload(bg, ann))
		equal(t, *ann.Age, 320)
	})
}
