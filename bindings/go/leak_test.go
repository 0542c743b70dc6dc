package thing_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"thing"
)

// resident is the memory of the process, that of the library included.
func resident(t *testing.T) int64 {
	runtime.GC()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("no /proc/self/statm")
	}
	pages, err := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	must(t, err)
	return pages * int64(os.Getpagesize())
}

// rounds is how often a test of memory repeats itself: more by THING_STRESS_SECONDS.
func rounds(t *testing.T, usual int) int {
	if seconds, err := strconv.Atoi(os.Getenv("THING_STRESS_SECONDS")); err == nil && seconds > 10 {
		return usual * seconds / 10
	}
	if testing.Short() {
		return usual / 10
	}
	return usual
}

func TestAMillionRecordsLeaveNoMemoryBehind(t *testing.T) {
	db := memory(t, User{})
	users := thing.Use[User](db)
	var many []*User
	for i := 0; i < 1000; i++ {
		many = append(many, &User{Name: "name " + strconv.Itoa(i), Tags: []string{"a", "b"}})
	}
	must(t, users.SaveMany(bg, many...))
	many = nil
	round := func() {
		all, err := users.All(bg)
		must(t, err)
		equal(t, len(all), 1000)
	}
	for i := 0; i < 50; i++ {
		round()
	}
	before := resident(t)
	for i := 0; i < rounds(t, 1000); i++ {
		round()
	}
	flat(t, before)
}

func flat(t *testing.T, before int64) {
	t.Helper()
	debugFree()
	if grown := resident(t) - before; grown > 24<<20 {
		t.Fatalf("%d bytes more than before", grown)
	}
}

func TestCallsOfEveryKindLeaveNoMemoryBehind(t *testing.T) {
	db := memory(t, Post{}, User{})
	users, posts := thing.Use[User](db), thing.Use[Post](db)
	ann := user(t, users, "Ann")
	back := errors.New("back")
	ctx, cancel := context.WithTimeout(bg, time.Hour)
	defer cancel()
	n := 0
	round := func() {
		n++
		must(t, db.ClearCache(ctx))
		u, err := users.ByID(ctx, ann.ID)
		must(t, err)
		u.Score = float64(n)
		must(t, users.Save(ctx, u))
		fails(t, users.Save(bg, &User{Name: "Ann"}), thing.ErrUnique)
		_, err = users.ByID(bg, 999)
		fails(t, err, thing.ErrNotFound)
		must(t, db.Call(bg, "User", "findMany", thing.M{"where": thing.M{"score": n}}, nil))
		must(t, users.Query().Each(ctx, func(*User) error { return nil }))
		equal(t, db.Tx(ctx, func(tx *thing.Tx) error {
			must(t, posts.In(tx).Save(bg, &Post{Title: strconv.Itoa(n)}))
			return back
		}), back)
		fails(t, posts.Save(bg, &Post{Title: "x", fail: back}), thing.ErrCallback)
		remove, err := db.On(thing.OnBeforeSave, func(context.Context, thing.Event, *thing.Record) error { return nil })
		must(t, err)
		must(t, remove())
		_, err = users.ToJSON(u, "name,tags")
		must(t, err)
	}
	for i := 0; i < 300; i++ {
		round()
	}
	before := resident(t)
	for i := 0; i < rounds(t, 3000); i++ {
		round()
	}
	flat(t, before)
}

func TestDatabasesAndTransactionsThatAreForgottenGo(t *testing.T) {
	round := func() {
		db, err := thing.Open(bg, "sqlite::memory:")
		must(t, err)
		users := thing.Use[User](db)
		must(t, db.Sync(bg))
		user(t, users, "Ann")
		tx, err := db.Begin(bg, thing.TxOptions{})
		must(t, err)
		user(t, users.In(tx), "Bob")
	}
	for i := 0; i < 20; i++ {
		round()
	}
	debugFree()
	before := resident(t)
	for i := 0; i < rounds(t, 100); i++ {
		round()
		if i%20 == 0 {
			debugFree()
		}
	}
	flat(t, before)
}

// debugFree has finalizers run, and gives memory back.
func debugFree() {
	for i := 0; i < 3; i++ {
		runtime.GC()
		time.Sleep(10 * time.Millisecond)
	}
}
