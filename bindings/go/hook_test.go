package thing_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"thing"
)

// Post records what its methods hear, and does what it is told.
type Post struct {
	thing.BaseModel
	Title string
	Slug  string `thing:",unique"`
	heard *[]string
	fail  error
	burst any
}

func (Post) ModelJSON() string { return `{"table": "go_posts"}` }

func (p *Post) hear(event string) error {
	if p.heard != nil {
		*p.heard = append(*p.heard, event)
	}
	return nil
}

func (p *Post) BeforeSave(context.Context) error {
	p.Slug = strings.ToLower(strings.ReplaceAll(p.Title, " ", "-"))
	return p.hear("before save")
}

func (p *Post) BeforeCreate(context.Context) error { return p.hear("before create") }

func (p *Post) AfterCreate(context.Context) error {
	return p.hear(fmt.Sprint("after create ", p.ID > 0))
}

func (p *Post) BeforeUpdate(ctx context.Context) error {
	changes, err := thing.Changes(ctx)
	if err != nil {
		return err
	}
	return p.hear("before update of " + string(changes["title"].Old) + " to " + string(changes["title"].New))
}

func (p *Post) AfterSave(context.Context) error {
	if p.burst != nil {
		panic(p.burst)
	}
	if p.fail != nil {
		return p.fail
	}
	return p.hear("after save")
}

func (p *Post) BeforeSoftDelete(context.Context) error { return p.hear("before soft delete") }
func (p *Post) AfterDelete(context.Context) error      { return p.hear("after delete") }
func (p *Post) AfterRestore(context.Context) error     { return p.hear("after restore") }
func (p *Post) AfterCommit(context.Context)            { _ = p.hear("after commit") }
func (p *Post) AfterRollback(context.Context)          { _ = p.hear("after rollback") }
func (p *Post) AfterLoad(context.Context) error        { return p.hear("after load") }

func TestMethodsHearOfWrites(t *testing.T) {
	everywhere(t, []string{"go_posts"}, func(t *testing.T, url string) {
		db := opened(t, url, Post{})
		posts := thing.Use[Post](db)
		var heard []string
		expect := func(expected ...string) {
			t.Helper()
			equal(t, heard, expected)
			heard = nil
		}
		post := &Post{Title: "Of Mice", heard: &heard}
		must(t, posts.Save(bg, post))
		equal(t, post.Slug, "of-mice")
		expect("before save", "before create", "after create true", "after save", "after commit")
		must(t, posts.Save(bg, post))
		expect()
		post.Title = "And Men"
		must(t, posts.Save(bg, post))
		expect("before save", `before update of "Of Mice" to "And Men"`, "after save", "after commit")
		read, err := posts.Where(thing.Eq("slug", "and-men")).First(bg)
		must(t, err)
		equal(t, read.Title, "And Men")
		must(t, posts.Delete(bg, post))
		expect("before soft delete", "after delete", "after commit")
		must(t, posts.Restore(bg, post))
		equal(t, heard[len(heard)-2], "after restore")
		heard = nil
		post.Title = "Silent"
		must(t, posts.Save(thing.With(bg, thing.NoHooks), post))
		expect()
		equal(t, post.Slug, "and-men")
		must(t, db.Tx(bg, func(tx *thing.Tx) error {
			return tx.Tx(func(inner *thing.Tx) error {
				post.Title = "Loud"
				must(t, posts.In(inner).Save(bg, post))
				heard = nil
				post.Title = "Not yet saved"
				return nil
			})
		}))
		expect("after commit")
		equal(t, post.Title, "Not yet saved")
		_ = db.Tx(bg, func(tx *thing.Tx) error {
			must(t, posts.In(tx).Save(bg, post))
			heard = nil
			return errors.New("back")
		})
		expect("after rollback")
	})
}

func TestWhatAHookReturnsIsFoundInTheError(t *testing.T) {
	everywhere(t, []string{"go_posts"}, func(t *testing.T, url string) {
		db := opened(t, url, Post{})
		posts := thing.Use[Post](db)
		mine := &mineError{7}
		post := &Post{Title: "A", fail: fmt.Errorf("after all: %w", mine)}
		err := posts.Save(bg, post)
		e := fails(t, err, thing.ErrCallback)
		equal(t, strings.Contains(e.Message, "after all: mine 7"), true)
		var found *mineError
		equal(t, errors.As(err, &found) && found == mine, true)
		equal(t, post.IsLoaded() || post.ID != 0 || post.Slug != "", false) // as it was before the call
		n, err := posts.Count(bg)
		must(t, err)
		equal(t, n, 0) // it was taken back
		post.fail = nil
		must(t, posts.Save(bg, post))
	})
}

type mineError struct{ n int }

func (m *mineError) Error() string { return fmt.Sprint("mine ", m.n) }

func TestAPanicCrossesUnchanged(t *testing.T) {
	everywhere(t, []string{"go_posts"}, func(t *testing.T, url string) {
		db := opened(t, url, Post{})
		posts := thing.Use[Post](db)
		value := &mineError{1}
		burst := func(call func()) {
			t.Helper()
			defer func() {
				t.Helper()
				equal(t, recover() == any(value), true)
			}()
			call()
			t.Fatal("no panic")
		}
		burst(func() { _ = posts.Save(bg, &Post{Title: "A", burst: value}) })
		burst(func() { _ = posts.SaveMany(bg, &Post{Title: "B"}, &Post{Title: "C", burst: value}) })
		burst(func() {
			_ = db.Tx(bg, func(tx *thing.Tx) error { return posts.In(tx).Save(bg, &Post{Title: "D", burst: value}) })
		})
		remove, err := db.On(thing.OnBeforeSave, func(context.Context, thing.Event, *thing.Record) error { panic(value) })
		must(t, err)
		burst(func() { _ = db.Call(bg, "Post", "create", thing.M{"data": thing.M{"title": "E", "slug": "e"}}, nil) })
		must(t, remove())
		fails(t, remove(), thing.ErrNotFound)
		n, err := posts.Count(bg)
		must(t, err)
		equal(t, n, 0)
		must(t, posts.Save(bg, &Post{Title: "A"}))
	})
}

func TestHooksWriteInTheTransactionOfTheWrite(t *testing.T) {
	everywhere(t, []string{"go_posts", "go_users"}, func(t *testing.T, url string) {
		db := opened(t, url, Post{}, User{})
		posts, users := thing.Use[Post](db), thing.Use[User](db)
		_, err := posts.On(thing.OnAfterSave|thing.MayFail, func(ctx context.Context, event thing.Event, p *Post) error {
			equal(t, event, thing.OnAfterSave)
			if err := users.Save(ctx, &User{Name: p.Title}); err != nil {
				return err
			}
			n, err := users.WithDeleted().Where(thing.Eq("name", p.Title)).Count(ctx)
			must(t, err)
			equal(t, n, 1)
			return nil
		})
		must(t, err)
		must(t, posts.Save(bg, &Post{Title: "One"}))
		must(t, posts.Save(thing.WithTag(bg, "x"), &Post{Title: "Two"}))
		user(t, users, "Three")
		e := fails(t, posts.Save(bg, &Post{Title: "Three"}), thing.ErrUnique) // as what the hook wrote was
		equal(t, e.Field, "")
		mine := errors.New("mine")
		equal(t, db.Tx(bg, func(tx *thing.Tx) error {
			must(t, posts.In(tx).Save(bg, &Post{Title: "Four"}))
			return mine
		}), mine)
		found, err := users.OrderBy("name").All(bg)
		must(t, err)
		equal(t, names(found, func(u *User) string { return u.Name }), "One,Three,Two")
	})
}

func TestHooksOfAllModelsSeeRecords(t *testing.T) {
	db := memory(t, User{}, Item{})
	users := thing.Use[User](db)
	var heard []string
	remove, err := db.On(thing.OnBeforeCreate|thing.OnAfterCommit, func(ctx context.Context, event thing.Event, r *thing.Record) error {
		heard = append(heard, r.Model())
		if event != thing.OnBeforeCreate || r.Model() != "User" {
			return nil
		}
		return r.Set(thing.M{"score": 2.5})
	})
	must(t, err)
	ann := user(t, users, "Ann")
	equal(t, ann.Score, 2.5)
	must(t, thing.Use[Item](db).Save(bg, &Item{Name: "x", Price: "1"}))
	equal(t, heard, []string{"User", "User", "Item", "Item"})
	must(t, remove())
	equal(t, user(t, users, "Bob").Score, 0)
	_, err = thing.Changes(bg)
	fails(t, err, thing.ErrState)
}

func TestAHookOfAnActionSetsWhatIsWritten(t *testing.T) {
	db := memory(t, Post{})
	var made struct{ Slug string }
	must(t, db.Call(bg, "Post", "create", thing.M{"data": thing.M{"title": "The Wind", "slug": "?"}}, &made))
	equal(t, made.Slug, "the-wind")
}

func TestLoadsAreHeard(t *testing.T) {
	db := memory(t, Loud{})
	louds := thing.Use[Loud](db)
	must(t, louds.SaveMany(bg, &Loud{}, &Loud{}))
	one, err := louds.ByID(bg, 1)
	must(t, err)
	equal(t, one.loads, 1)
	all, err := louds.All(bg)
	must(t, err)
	equal(t, all[1].loads, 1)
	equal(t, one.Level, 0)
	one.Level = -1
	must(t, louds.Save(bg, one))
	_, err = louds.ByID(bg, 1)
	equal(t, errors.Is(err, errQuiet), true)
}

type Loud struct {
	thing.BaseModel
	Level int
	loads int
}

var errQuiet = errors.New("quiet")

func (l *Loud) AfterLoad(context.Context) error {
	l.loads++
	if l.Level < 0 {
		return errQuiet
	}
	return nil
}
