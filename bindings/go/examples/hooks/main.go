// Articles with hooks: one makes the slug, one refuses, one keeps a journal that goes with the write or is taken back
// with it, and one tells of what was committed.
//
// usage: hooks [URL]
package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"thing"
	"thing/examples/internal/show"
)

// Article has hooks: methods that the library calls beside a write.
type Article struct {
	thing.Tracked
	ID    int64 `thing:",primary,default=autoincrement()"`
	Title string
	Slug  string `thing:",unique"`
}

// Entry is a line of the journal.
type Entry struct {
	thing.Tracked
	ID   int64 `thing:",primary,default=autoincrement(),hidden"`
	Line string
}

// ModelJSON says what the tags do not.
func (Article) ModelJSON() string { return `{"table": "example_articles"}` }

// ModelJSON says what the tags do not.
func (Entry) ModelJSON() string { return `{"table": "example_journal"}` }

var (
	ctx       = context.Background()
	entries   *thing.Model[Entry]
	committed int
)

// BeforeSave makes "of-mice-and-men" of "Of Mice and Men", and refuses drafts.
func (a *Article) BeforeSave(context.Context) error {
	a.Slug = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return '-'
	}, a.Title)
	if strings.HasPrefix(a.Title, "Draft") {
		return errors.New("drafts are not kept")
	}
	return nil
}

// AfterSave keeps the journal: by the context that it is given, what a hook writes is part of the same transaction.
func (a *Article) AfterSave(ctx context.Context) error {
	return entries.Save(ctx, &Entry{Line: fmt.Sprintf("saved %d", a.ID)})
}

// AfterDelete does, too.
func (a *Article) AfterDelete(ctx context.Context) error {
	return entries.Save(ctx, &Entry{Line: fmt.Sprintf("deleted %d", a.ID)})
}

// AfterCommit comes when nothing can be taken back any more: here mail would be sent.
func (a *Article) AfterCommit(context.Context) { committed++ }

func journalIs(db *thing.DB, expected string) {
	show.Act(ctx, db, "Entry", "findMany", "{}", expected)
}

func main() {
	db := show.Open(ctx, Article{}, Entry{})
	entries = thing.Use[Entry](db)
	show.Act(ctx, db, "Article", "create", `{"data": {"title": "Of Mice and Men"}}`,
		`{"id":1,"title":"Of Mice and Men","slug":"of-mice-and-men"}`)
	show.Refuse(ctx, db, "Article", "create", `{"data": {"title": "Draft 7"}}`, "drafts are not kept")
	journalIs(db, `[{"line":"saved 1"}]`)

	// All of it, or nothing: the journal goes back too.
	back := errors.New("back")
	err := db.Tx(ctx, func(tx *thing.Tx) error {
		show.Act(tx.Context(), db, "Article", "delete", `{"where": {"id": 1}, "select": ["title"]}`,
			`{"title":"Of Mice and Men"}`)
		return back
	})
	if err != back {
		show.Check(err)
	}
	journalIs(db, `[{"line":"saved 1"}]`)

	show.Act(ctx, db, "Article", "delete", `{"where": {"id": 1}, "select": ["slug"]}`, `{"slug":"of-mice-and-men"}`)
	journalIs(db, `[{"line":"saved 1"},{"line":"deleted 1"}]`)
	fmt.Printf("told of %d commits\n", committed)
	show.Act(ctx, db, "Entry", "deleteMany", `{"all": true}`, `{"count":2}`)
	show.Check(db.Close())
	if committed != 2 {
		show.Check(errors.New("expected 2 commits"))
	}
}
