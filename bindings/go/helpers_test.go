package thing_test

import (
	"context"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"thing"
)

var bg = context.Background()

// memory is a database in memory with the models of some structs.
func memory(t testing.TB, structs ...any) *thing.DB {
	t.Helper()
	return opened(t, "sqlite::memory:", structs...)
}

func opened(t testing.TB, url string, structs ...any) *thing.DB {
	t.Helper()
	db, err := thing.Open(bg, url)
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	must(t, db.Register(structs...))
	must(t, db.Sync(bg))
	return db
}

// everywhere runs a test on each database that there is. Tables are made anew; their names begin with go_.
func everywhere(t *testing.T, tables []string, body func(t *testing.T, url string)) {
	urls := []struct{ name, url string }{
		{"sqlite", "sqlite::memory:"},
		{"postgres", os.Getenv("THING_TEST_POSTGRES")},
		{"mysql", os.Getenv("THING_TEST_MYSQL")},
	}
	for _, u := range urls {
		t.Run(u.name, func(t *testing.T) {
			if u.url == "" {
				t.Skipf("no THING_TEST_%s", strings.ToUpper(u.name))
			}
			if u.name != "sqlite" {
				drop(t, u.url, tables)
				t.Cleanup(func() { drop(t, u.url, tables) })
			}
			body(t, u.url)
		})
	}
}

func drop(t *testing.T, url string, tables []string) {
	db, err := thing.Open(bg, url)
	must(t, err)
	defer func() { must(t, db.Close()) }()
	for _, table := range tables {
		_, err := db.Exec(bg, "DROP TABLE IF EXISTS "+table)
		must(t, err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fails checks the code of an error.
func fails(t testing.TB, err error, code thing.Code) *thing.Error {
	t.Helper()
	if !errors.Is(err, code) {
		t.Fatalf("found %v, expected %s", err, code)
	}
	var e *thing.Error
	if !errors.As(err, &e) {
		t.Fatalf("found a %T, expected a *thing.Error", err)
	}
	return e
}

func equal[V any](t testing.TB, found, expected V) {
	t.Helper()
	if !reflect.DeepEqual(found, expected) {
		t.Fatalf("found    %v\nexpected %v", found, expected)
	}
}

func ptr[V any](v V) *V { return &v }

func names[T any](objs []*T, name func(*T) string) string {
	var out []string
	for _, o := range objs {
		out = append(out, name(o))
	}
	return strings.Join(out, ",")
}
