package thing_test

import (
	"context"
	"errors"
	"testing"

	"thing"
)

var bg = context.Background()

type User struct {
	thing.BaseModel
	Name  string `thing:",unique"`
	Age   *int
	Score float64
	Tags  []string
}

func memory(t testing.TB, structs ...any) *thing.DB {
	t.Helper()
	db, err := thing.Open(bg, "sqlite::memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Register(structs...); err != nil {
		t.Fatal(err)
	}
	if err := db.Sync(bg); err != nil {
		t.Fatal(err)
	}
	return db
}

func TestX(t *testing.T) {
	db := memory(t, User{})
	users := thing.Use[User](db)
	u := &User{Name: "Ann"}
	if err := users.Save(bg, u); err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", *u)
	n := db.Statements()
	if err := users.Save(bg, u); err != nil || db.Statements() != n {
		t.Fatal(err, db.Statements()-n)
	}
	u.Tags = []string{"a", "b<"}
	u.Score = 1.5
	if err := users.Save(bg, u); err != nil {
		t.Fatal(err)
	}
	got, err := users.ByID(bg, u.ID)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", *got)
	err = users.Save(bg, &User{Name: "Ann"})
	if !errors.Is(err, thing.ErrUnique) {
		t.Fatal(err)
	}
	t.Logf("%#v", err)
	all, err := users.Where(thing.Gt("score", 1)).OrderBy("-name").All(bg)
	t.Log(len(all), err)
	j, err := users.ToJSON(got, "")
	t.Log(string(j), err)
	if err := users.Delete(bg, got); err != nil {
		t.Fatal(err)
	}
	_, err = users.ByID(bg, u.ID)
	t.Log(err, errors.Is(err, thing.ErrNotFound))
}
