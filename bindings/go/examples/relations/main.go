// Authors, their books and the books' tags: saved together, asked for together, linked and taken apart again.
//
// usage: relations [URL]
package main

import (
	"context"
	"errors"
	"fmt"

	"thing"
	"thing/examples/internal/show"
)

// Author has books.
type Author struct {
	thing.Tracked
	ID    int64 `thing:",primary,default=autoincrement()"`
	Name  string
	Books []*Volume
}

// Volume is a book of an author, and has tags.
type Volume struct {
	thing.Tracked
	ID       int64 `thing:",primary,default=autoincrement(),hidden"`
	Title    string
	AuthorID *int64  `thing:",hidden"`
	Author   *Author `thing:",on_delete=cascade"`
	Tags     []*Tag  `thing:",many_to_many,table=example_tagged"`
}

// Tag is a word.
type Tag struct {
	thing.Tracked
	Word string `thing:",primary"`
}

// ModelJSON says what the tags do not.
func (Author) ModelJSON() string { return `{"table": "example_authors"}` }

// ModelJSON says what the tags do not.
func (Volume) ModelJSON() string { return `{"table": "example_volumes"}` }

// ModelJSON says what the tags do not.
func (Tag) ModelJSON() string { return `{"table": "example_tags"}` }

var ctx = context.Background()

// saveTogether saves an author with a book that has a tag: one call, one transaction, parents first.
func saveTogether(db *thing.DB) {
	ann := &Author{Name: "Ann", Books: []*Volume{{Title: "Alpha", Tags: []*Tag{{Word: "new"}}}}}
	show.Check(thing.Use[Author](db).Save(ctx, ann))
	show.Act(ctx, db, "Author", "findMany", `{"select": {"name": true, "books": {"include": {"tags": true}}}}`,
		`[{"name":"Ann","books":[{"title":"Alpha","tags":[{"word":"new"}]}]}]`)
}

func addMore(db *thing.DB) {
	show.Act(ctx, db, "Author", "create", `{"data": {"name": "Bob"}, "select": ["name"]}`, `{"name":"Bob"}`)
	show.Act(ctx, db, "Volume", "createMany",
		`{"data": [{"title": "Beta", "authorId": 1}, {"title": "Gamma", "authorId": 1}, {"title": "Delta", "authorId": 2}]}`,
		`{"count":3}`)
	show.Act(ctx, db, "Tag", "createMany", `{"data": [{"word": "old"}, {"word": "rare"}]}`, `{"count":2}`)
}

// ask: however many authors there are, their books take one statement.
func ask(db *thing.DB) {
	before := db.Statements()
	q := thing.Use[Author](db).OrderBy("name").PreloadWith("books", thing.M{"orderBy": thing.M{"title": "desc"}, "take": 2})
	found, err := q.All(ctx)
	show.Check(err)
	sent := db.Statements() - before
	fmt.Printf("authors and two books of each, in %d statements\n", sent)
	if sent > 2 || len(found) != 2 || len(found[0].Books) != 2 {
		show.Check(errors.New("more than a statement a table"))
	}
	text, err := q.JSON(ctx, "")
	show.Check(err)
	show.Expect(string(text), `[{"id":1,"name":"Ann","books":[{"title":"Gamma"},{"title":"Beta"}]},`+
		`{"id":2,"name":"Bob","books":[{"title":"Delta"}]}]`)
	show.Act(ctx, db, "Author", "findMany",
		`{"where": {"books": {"none": {"title": {"startsWith": "A"}}}}, "select": ["name"]}`, `[{"name":"Bob"}]`)
}

// linkTags: the book's tags are these and no others.
func linkTags(db *thing.DB) {
	books := thing.Use[Volume](db)
	book, err := books.ByID(ctx, 1)
	show.Check(err)
	added, removed, err := books.Link(ctx, book, "tags", thing.LinkSet, "old", "rare")
	show.Check(err)
	fmt.Printf("tags of the first book: %d added, %d removed\n", added, removed)
	show.Act(ctx, db, "Volume", "findUnique",
		`{"where": {"id": 1}, "include": {"tags": {"orderBy": {"word": "asc"}}}}`,
		`{"title":"Alpha","tags":[{"word":"old"},{"word":"rare"}]}`)
}

// takeApart: books go with their author; tags stay.
func takeApart(db *thing.DB) {
	show.Act(ctx, db, "Author", "deleteMany", `{"all": true}`, `{"count":2}`)
	show.Act(ctx, db, "Volume", "count", `{}`, `0`)
	show.Act(ctx, db, "Tag", "deleteMany", `{"all": true}`, `{"count":3}`)
}

func main() {
	db := show.Open(ctx, Author{})
	saveTogether(db)
	addMore(db)
	ask(db)
	linkTags(db)
	takeApart(db)
	show.Check(db.Close())
}
