package thing_test

import (
	"strings"
	"testing"
	"time"

	"thing"
)

type User struct {
	thing.BaseModel
	Name  string `thing:",unique,maxLength=100"`
	Age   *int
	Score float64
	Tags  []string
}

func (User) ModelJSON() string { return `{"table": "go_users", "version": true}` }

func user(t testing.TB, users *thing.Model[User], name string) *User {
	t.Helper()
	u := &User{Name: name}
	must(t, users.Save(bg, u))
	return u
}

func TestRecordsAreWrittenReadAndDeleted(t *testing.T) {
	everywhere(t, []string{"go_users"}, func(t *testing.T, url string) {
		db := opened(t, url, User{})
		users := thing.Use[User](db)
		before := time.Now().Add(-time.Minute)
		ann := user(t, users, "Ann")
		equal(t, ann.ID > 0 && ann.CreatedAt.After(before) && ann.CreatedAt.Equal(ann.UpdatedAt), true)
		equal(t, ann.IsLoaded(), true)
		bob := user(t, users, "Bob")
		read, err := users.ByID(bg, ann.ID)
		must(t, err)
		found, expected := *read, *ann
		found.Tracked, expected.Tracked = thing.Tracked{}, thing.Tracked{} // which keeps what the save did
		equal(t, found, expected)
		several, err := users.ByIDs(bg, bob.ID, 999999, ann.ID, bob.ID)
		must(t, err)
		equal(t, names(several, func(u *User) string { return u.Name }), "Bob,Ann,Bob")
		must(t, users.Delete(bg, read))
		equal(t, read.Deleted, true)
		_, err = users.ByID(bg, ann.ID)
		fails(t, err, thing.ErrNotFound)
		again, err := users.ByID(thing.With(bg, thing.WithDeleted), ann.ID)
		must(t, err)
		must(t, users.Restore(bg, again))
		equal(t, again.Deleted, false)
		must(t, users.HardDelete(bg, again))
		equal(t, again.IsDeleted(), true)
		fails(t, users.Save(bg, again), thing.ErrState)
		fails(t, users.Delete(bg, ann), thing.ErrNotFound)
		fails(t, users.DeleteByKey(bg, ann.ID), thing.ErrNotFound)
		must(t, users.DeleteByKey(bg, bob.ID))
		n, err := users.Count(bg)
		must(t, err)
		equal(t, n, 0)
	})
}

func TestASaveWritesWhatChangedAndNothingElse(t *testing.T) {
	var sql []string
	db := memory(t, User{})
	db.SetLog(thing.LogDebug, func(line thing.LogLine) {
		if text := string(line.JSON); strings.Contains(text, "UPDATE") || strings.Contains(text, "INSERT") {
			sql = append(sql, text)
		}
	})
	users := thing.Use[User](db)
	ann := user(t, users, "Ann")
	other, err := users.ByID(bg, ann.ID)
	must(t, err)
	updated := ann.UpdatedAt
	sql = nil
	must(t, users.Save(bg, ann))
	equal(t, len(sql), 0)
	equal(t, ann.UpdatedAt, updated)
	ann.Score = 2
	ann.Score = 0 // taken back
	must(t, users.Save(bg, ann))
	equal(t, len(sql), 0)
	ann.Age = ptr(30)
	changed, err := users.Changed(ann)
	must(t, err)
	equal(t, changed, []string{"age"})
	must(t, users.Save(bg, ann))
	equal(t, len(sql), 1)
	equal(t, strings.Contains(sql[0], "age") && !strings.Contains(sql[0], "score") && !strings.Contains(sql[0], "tags"), true)
	// Somebody else changed another field since: it stays, but for the version.
	other.Score = 7
	e := fails(t, users.Save(bg, other), thing.ErrConflict)
	equal(t, e.Model, "User")
	must(t, users.Reload(bg, other))
	equal(t, *other.Age, 30)
	equal(t, other.Score, 0)
}

func TestWhatOthersWroteToOtherFieldsStays(t *testing.T) {
	type Plain struct {
		thing.Tracked
		ID   int64
		A, B string
	}
	db := memory(t, Plain{})
	plains := thing.Use[Plain](db)
	must(t, plains.Save(bg, &Plain{ID: 1, A: "a", B: "b"}))
	one, err := plains.ByID(bg, 1)
	must(t, err)
	two, err := plains.ByID(bg, 1)
	must(t, err)
	one.A, two.B = "x", "y"
	must(t, plains.Save(bg, one))
	must(t, plains.Save(bg, two))
	fresh, err := plains.Fresh(bg, one)
	must(t, err)
	equal(t, fresh.A+fresh.B, "xy")
	equal(t, one.B, "b")
	copied := *one // a copy knows its row, too
	copied.B = "z"
	must(t, plains.Save(bg, &copied))
	must(t, plains.Reload(bg, one))
	equal(t, one.A+one.B, "xz")
}

type Coin struct {
	Country string `thing:",primary"`
	Cents   int    `thing:",primary"`
	Metal   string
}

func TestUntrackedStructsAreWrittenByKey(t *testing.T) {
	db := memory(t, Coin{})
	coins := thing.Use[Coin](db)
	must(t, coins.Save(bg, &Coin{"FI", 5, "brass"}))
	must(t, coins.Save(bg, &Coin{"FI", 5, "steel"}))
	coin, err := coins.ByKey(bg, []any{"FI", 5})
	must(t, err)
	equal(t, coin.Metal, "steel")
	coin, err = coins.ByKey(bg, thing.M{"cents": 5, "country": "FI"})
	must(t, err)
	fails(t, coins.Create(bg, coin), thing.ErrUnique)
	fails(t, coins.Update(bg, &Coin{"SE", 1, ""}), thing.ErrNotFound)
	must(t, coins.Upsert(bg, &Coin{"FI", 5, "gold"}))
	must(t, coins.Upsert(bg, &Coin{"FI", 10, "gold"}))
	all, err := coins.ByKeys(bg, []any{"FI", 10}, []any{"XX", 1}, []any{"FI", 5})
	must(t, err)
	equal(t, names(all, func(c *Coin) string { return c.Metal }), "gold,gold")
	must(t, coins.Delete(bg, coin))
	n, err := coins.Incr(bg, []any{"FI", 10}, "cents", 5)
	fails(t, err, thing.ErrType) // a key is no counter
	equal(t, n, 0)
}

func TestManyAreSavedOrNone(t *testing.T) {
	everywhere(t, []string{"go_users"}, func(t *testing.T, url string) {
		db := opened(t, url, User{})
		users := thing.Use[User](db)
		var many []*User
		for i := 0; i < 300; i++ {
			many = append(many, &User{Name: strings.Repeat("x", i%90) + string(rune('a'+i/90))})
		}
		before := db.Statements()
		must(t, users.SaveMany(bg, many...))
		if sent := db.Statements() - before; sent > 20 {
			t.Fatalf("%d statements", sent)
		}
		equal(t, many[299].ID-many[0].ID, 299)
		must(t, users.SaveMany(bg, many...)) // nothing changed
		many[0].Score = 1
		fails(t, users.SaveMany(bg, many[0], &User{Name: many[1].Name}), thing.ErrUnique)
		read, err := users.ByID(thing.With(bg, thing.NoCacheRead), many[0].ID)
		must(t, err)
		equal(t, read.Score, 0)
		must(t, users.SaveMany(bg, many[0]))
		fails(t, users.SaveMany(bg, many[0], nil), thing.ErrInvalid)
		must(t, users.DeleteMany(bg, many...))
		n, err := users.Count(bg)
		must(t, err)
		equal(t, n, 0)
		must(t, users.SaveMany(bg))
	})
}

func TestIncrAddsInTheDatabase(t *testing.T) {
	db := memory(t, User{})
	users := thing.Use[User](db)
	ann := user(t, users, "Ann")
	n, err := users.Incr(bg, ann.ID, "age", 5)
	must(t, err)
	equal(t, n, 5)
	n, err = users.Incr(bg, ann.ID, "age", -7)
	must(t, err)
	equal(t, n, -2)
	_, err = users.Incr(bg, ann.ID, "agee", 1)
	e := fails(t, err, thing.ErrInvalid)
	equal(t, e.Field, "agee")
	_, err = users.Incr(bg, 99, "age", 1)
	fails(t, err, thing.ErrNotFound)
}

func TestNilIsRefusedAndNoCrash(t *testing.T) {
	users := thing.Use[User](memory(t, User{}))
	fails(t, users.Save(bg, nil), thing.ErrInvalid)
	fails(t, users.Create(bg, nil), thing.ErrInvalid)
	fails(t, users.Update(bg, nil), thing.ErrInvalid)
	fails(t, users.Delete(bg, nil), thing.ErrInvalid)
	fails(t, users.Upsert(bg, nil), thing.ErrInvalid)
	fails(t, users.DeleteMany(bg, nil), thing.ErrInvalid)
	fails(t, users.LoadOne(bg, nil), thing.ErrInvalid)
	fails(t, users.Validate(nil), thing.ErrInvalid)
	fails(t, users.Normalize(nil), thing.ErrInvalid)
	fails(t, users.Revert(nil), thing.ErrInvalid)
	fails(t, users.Fill(nil, nil, thing.FillOptions{}), thing.ErrInvalid)
	fails(t, users.Restore(bg, nil), thing.ErrInvalid)
	fails(t, users.SoftDelete(bg, nil), thing.ErrInvalid)
	_, err := users.Fresh(bg, nil)
	fails(t, err, thing.ErrInvalid)
	_, err = users.Changed(nil)
	fails(t, err, thing.ErrInvalid)
	_, err = users.SavedChanges(nil)
	must(t, err)
	_, _, err = users.Link(bg, nil, "x", thing.LinkAdd)
	fails(t, err, thing.ErrInvalid)
	type Wrong struct{ C chan int }
	wrong := thing.Use[Wrong](memory(t))
	for _, err := range []error{wrong.Err(), wrong.Save(bg, &Wrong{}), wrong.Create(bg, nil), wrong.Delete(bg, nil), wrong.Validate(nil),
		wrong.SaveMany(bg), wrong.DeleteMany(bg), wrong.Load(bg, nil, "x"), wrong.DeleteByKey(bg, 1), wrong.Upsert(bg, nil), wrong.Revert(nil)} {
		fails(t, err, thing.ErrModel)
	}
	_, err = wrong.ByID(bg, 1)
	fails(t, err, thing.ErrModel)
	_, err = wrong.ByKey(bg, 1)
	fails(t, err, thing.ErrModel)
	_, err = wrong.Fresh(bg, nil)
	fails(t, err, thing.ErrModel)
	_, err = wrong.Count(bg)
	fails(t, err, thing.ErrModel)
	_, err = wrong.Where().First(bg)
	fails(t, err, thing.ErrModel)
	_, err = wrong.On(thing.OnBeforeSave, nil)
	fails(t, err, thing.ErrModel)
	_, err = wrong.ToJSON(nil, "")
	fails(t, err, thing.ErrModel)
}

func TestRecordsOfOneDatabaseAreNoneOfAnother(t *testing.T) {
	a, b := thing.Use[User](memory(t, User{})), thing.Use[User](memory(t, User{}))
	ann := user(t, a, "Ann")
	fails(t, b.Save(bg, ann), thing.ErrInvalid)
	fails(t, b.Delete(bg, ann), thing.ErrInvalid)
}

func TestRulesAreCheckedBeforeTheDatabaseIsAsked(t *testing.T) {
	db := memory(t, User{})
	users := thing.Use[User](db)
	long := &User{Name: strings.Repeat("x", 101)}
	e := fails(t, users.Validate(long), thing.ErrCheck)
	equal(t, e.Fields(), []string{"name"})
	equal(t, e.Constraint, "maxLength")
	before := db.Statements()
	fails(t, users.Save(bg, long), thing.ErrCheck)
	equal(t, db.Statements(), before)
	equal(t, long.IsLoaded(), false)
	must(t, users.Validate(&User{Name: "x"}))
}
