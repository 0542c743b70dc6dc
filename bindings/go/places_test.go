package thing_test

import (
	"context"
	"fmt"
	"runtime/pprof"
	"sync"
	"testing"
	"time"

	"thing"
)

// Waiter is written by many at once.
type Waiter struct {
	thing.Tracked
	ID   int64 `thing:",primary,default=autoincrement()"`
	Name string
}

func (Waiter) ModelJSON() string { return `{"table": "go_waiters"}` }

// Those who wait do so without a thread: else ten thousand of them would end the process.
func TestManyCallsWaitWithoutThreads(t *testing.T) {
	everywhere(t, []string{"go_waiters"}, func(t *testing.T, url string) {
		if url == "sqlite::memory:" {
			url = "sqlite:" + t.TempDir() + "/waiters.db"
		}
		db, err := thing.Open(bg, url, thing.Setting("connections", 1), thing.Setting("busy_timeout_ms", 60000))
		must(t, err)
		defer func() { must(t, db.Close()) }()
		must(t, db.Register(Waiter{}))
		must(t, db.Sync(bg))
		waiters := thing.Use[Waiter](db)
		const many = 600
		threads := pprof.Lookup("threadcreate")
		before := threads.Count()
		errs := make(chan error, many)
		tx, err := db.Begin(bg, thing.TxOptions{})
		must(t, err)
		must(t, waiters.In(tx).Save(bg, &Waiter{Name: "first"}))
		var begun sync.WaitGroup
		begun.Add(many)
		for i := 0; i < many; i++ {
			go func(i int) {
				begun.Done()
				errs <- db.Tx(bg, func(tx *thing.Tx) error {
					return waiters.In(tx).Save(bg, &Waiter{Name: fmt.Sprint(i)})
				})
			}(i)
		}
		begun.Wait()
		time.Sleep(200 * time.Millisecond) // for those that would take threads
		ctx, cancel := context.WithTimeout(bg, 50*time.Millisecond)
		defer cancel()
		fails(t, db.Tx(ctx, func(tx *thing.Tx) error { return waiters.In(tx).Save(ctx, &Waiter{Name: "late"}) }), thing.ErrTimeout)
		if made := threads.Count() - before; made > 200 {
			t.Errorf("found %d threads for %d calls", made, many)
		}
		must(t, tx.Commit()) // waits for nobody
		for i := 0; i < many; i++ {
			must(t, <-errs)
		}
		n, err := waiters.Count(bg)
		must(t, err)
		equal(t, n, int64(many+1))
	})
}

// Hooks of more calls than there are places begin calls of their own, with a context that says nothing of the hook.
func TestHooksWaitForNoPlaceOfTheirOwnCall(t *testing.T) {
	db, err := thing.Open(bg, "sqlite:"+t.TempDir()+"/hooks.db")
	must(t, err)
	defer func() { must(t, db.Close()) }()
	must(t, db.Register(Waiter{}))
	must(t, db.Sync(bg))
	waiters := thing.Use[Waiter](db)
	const many = 200
	var all sync.WaitGroup
	all.Add(many)
	_, err = waiters.On(thing.OnAfterCommit, func(context.Context, thing.Event, *Waiter) error {
		all.Done()
		all.Wait() // until all of them are in a hook
		_, err := waiters.Count(bg)
		return err
	})
	must(t, err)
	errs := make(chan error, many)
	for i := 0; i < many; i++ {
		go func() { errs <- waiters.Save(bg, &Waiter{Name: "x"}) }()
	}
	for i := 0; i < many; i++ {
		select {
		case err := <-errs:
			must(t, err)
		case <-time.After(time.Minute):
			t.Fatal("the calls wait for each other")
		}
	}
}

// Hooks of loads begin calls in the transaction of the read, and take no place beside it.
func TestHooksOfAReadByIDBeginCalls(t *testing.T) {
	db, err := thing.Open(bg, "sqlite:"+t.TempDir()+"/loads.db", thing.Setting("cache", "off"))
	must(t, err)
	defer func() { must(t, db.Close()) }()
	must(t, db.Register(Waiter{}))
	must(t, db.Sync(bg))
	waiters := thing.Use[Waiter](db)
	one := &Waiter{Name: "x"}
	must(t, waiters.Save(bg, one))
	const many = 200
	var all sync.WaitGroup
	stop, err := waiters.On(thing.OnAfterLoad, func(ctx context.Context, _ thing.Event, _ *Waiter) error {
		_, err := waiters.Count(ctx)
		return err
	})
	must(t, err)
	must(t, db.Tx(bg, func(tx *thing.Tx) error {
		_, err := waiters.Query().All(tx.Context())
		must(t, err)
		_, err = waiters.ByID(tx.Context(), one.ID)
		if err != nil {
			t.Error(err)
		}
		return nil
	}))
	must(t, stop())
	all.Add(many)
	_, err = waiters.On(thing.OnAfterLoad, func(ctx context.Context, _ thing.Event, _ *Waiter) error {
		all.Done()
		all.Wait()
		_, err := waiters.Count(ctx)
		return err
	})
	must(t, err)
	errs := make(chan error, many)
	for i := 0; i < many; i++ {
		go func() { _, err := waiters.ByID(bg, one.ID); errs <- err }()
	}
	for i := 0; i < many; i++ {
		select {
		case err := <-errs:
			must(t, err)
		case <-time.After(10 * time.Second):
			t.Fatal("the calls wait for each other")
		}
	}
}
