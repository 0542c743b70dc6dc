package thing_test

import (
	"testing"

	"thing"
)

type Author struct {
	thing.BaseModel
	Name    string
	Books   []*Book
	Profile *Profile
}

func (Author) ModelJSON() string { return `{"table": "go_authors"}` }

type Book struct {
	thing.BaseModel
	Title    string
	AuthorID *int64
	Author   *Author `thing:",on_delete=cascade"`
	Tags     []Tag   `thing:",many_to_many,table=go_tagged"`
}

func (Book) ModelJSON() string { return `{"table": "go_books"}` }

type Profile struct {
	thing.BaseModel
	Text     string
	AuthorID int64
	Author   *Author `thing:",unique"`
}

func (Profile) ModelJSON() string { return `{"table": "go_profiles"}` }

type Tag struct {
	thing.Tracked
	Word string `thing:",primary"`
}

func (Tag) ModelJSON() string { return `{"table": "go_tags"}` }

var libraryTables = []string{"go_tagged", "go_books", "go_profiles", "go_tags", "go_authors"}

func library(t *testing.T, url string) (*thing.DB, *thing.Model[Author], *thing.Model[Book]) {
	db := opened(t, url, Author{})
	authors, books := thing.Use[Author](db), thing.Use[Book](db)
	must(t, books.Err())
	rare := Tag{Word: "rare"}
	ann := &Author{Name: "Ann", Profile: &Profile{Text: "writes"}, Books: []*Book{
		{Title: "Alpha", Tags: []Tag{{Word: "new"}, rare}}, {Title: "Beta"}, {Title: "Gamma"}}}
	must(t, authors.Save(bg, ann))
	equal(t, *ann.Books[0].AuthorID, ann.ID)
	equal(t, ann.Books[2].ID > 0 && ann.Profile.AuthorID == ann.ID && ann.Books[0].Tags[1].IsLoaded(), true)
	must(t, authors.Save(bg, &Author{Name: "Bob", Books: []*Book{{Title: "Delta"}}}))
	must(t, authors.Save(bg, &Author{Name: "Cyd"}))
	return db, authors, books
}

func TestRelationsAreSavedAndLoadedTogether(t *testing.T) {
	everywhere(t, libraryTables, func(t *testing.T, url string) {
		db, authors, books := library(t, url)
		before := db.Statements()
		all, err := authors.OrderBy("name").Preload("books.tags", "profile").All(bg)
		must(t, err)
		if sent := db.Statements() - before; sent > 6 {
			t.Fatalf("%d statements", sent)
		}
		equal(t, len(all), 3)
		title := func(b *Book) string { return b.Title }
		equal(t, names(all[0].Books, title), "Alpha,Beta,Gamma")
		equal(t, len(all[0].Books[0].Tags), 2)
		equal(t, all[0].Books[1].Tags != nil && len(all[0].Books[1].Tags) == 0, true) // loaded, and none
		equal(t, all[0].Profile.Text, "writes")
		equal(t, all[1].Profile, nil)
		equal(t, len(all[2].Books), 0)
		few, err := authors.OrderBy("name").PreloadWith("books", thing.M{"orderBy": thing.M{"title": "desc"}, "take": 2}).All(bg)
		must(t, err)
		equal(t, names(few[0].Books, title), "Gamma,Beta")
		book, err := books.Where(thing.Is("author", thing.Eq("name", "Bob"))).Preload("author").Sole(bg)
		must(t, err)
		equal(t, book.Author.Name, "Bob")
		none, err := authors.Where(thing.NoneOf("books", thing.StartsWith("title", "A"))).Count(bg)
		must(t, err)
		equal(t, none, 2)
		some, err := authors.Where(thing.Any("books")).Count(bg)
		must(t, err)
		equal(t, some, 2)
	})
}

func TestRelationsAreLoadedLater(t *testing.T) {
	everywhere(t, libraryTables, func(t *testing.T, url string) {
		db, authors, books := library(t, url)
		all, err := authors.OrderBy("name").All(bg)
		must(t, err)
		equal(t, all[0].Books == nil, true)
		before := db.Statements()
		must(t, authors.Load(bg, append(all, all[0]), "books.tags"))
		if sent := db.Statements() - before; sent > 5 {
			t.Fatalf("%d statements", sent)
		}
		equal(t, len(all[0].Books), 3)
		equal(t, len(all[0].Books[0].Tags), 2)
		equal(t, all[2].Books != nil, true)
		book, err := books.Where(thing.Eq("title", "Delta")).First(bg)
		must(t, err)
		must(t, books.LoadOne(bg, book, "author"))
		equal(t, book.Author.Name, "Bob")
		e := fails(t, books.LoadOne(bg, book, "autor"), thing.ErrInvalid)
		equal(t, e.Model, "Book")
		must(t, books.Load(bg, nil, "author"))
	})
}

// A record at hand may be deleted itself; of what belongs to it deleted rows come where the call asks for all rows.
func TestRowsThatWereDeletedAreNotLoadedLater(t *testing.T) {
	everywhere(t, libraryTables, func(t *testing.T, url string) {
		_, authors, books := library(t, url)
		ann, err := authors.OrderBy("name").Preload("books").First(bg)
		must(t, err)
		must(t, books.Delete(bg, ann.Books[1]))
		title := func(b *Book) string { return b.Title }
		must(t, authors.LoadOne(bg, ann, "books"))
		equal(t, names(ann.Books, title), "Alpha,Gamma")
		must(t, authors.Delete(bg, ann))
		must(t, authors.LoadOne(bg, ann, "books"))
		equal(t, names(ann.Books, title), "Alpha,Gamma")
		must(t, authors.LoadOne(thing.With(bg, thing.WithDeleted), ann, "books"))
		equal(t, names(ann.Books, title), "Alpha,Beta,Gamma")
	})
}

func TestRowsAreLinked(t *testing.T) {
	everywhere(t, libraryTables, func(t *testing.T, url string) {
		db, authors, books := library(t, url)
		must(t, thing.Use[Tag](db).SaveMany(bg, &Tag{Word: "old"}, &Tag{Word: "blue"}))
		alpha, err := books.Where(thing.Eq("title", "Alpha")).Preload("tags").First(bg)
		must(t, err)
		added, removed, err := books.Link(bg, alpha, "tags", thing.LinkSet, "rare", "old", "blue")
		must(t, err)
		equal(t, added*10+removed, 21)
		added, removed, err = books.Link(bg, alpha, "tags", thing.LinkToggle, "old", "new")
		must(t, err)
		equal(t, added*10+removed, 11)
		_, _, err = books.Link(bg, alpha, "tags", thing.LinkAdd, "none")
		fails(t, err, thing.ErrNotFound)
		must(t, books.LoadOne(bg, alpha, "tags"))
		equal(t, len(alpha.Tags), 3)
		bob, err := authors.Where(thing.Eq("name", "Bob")).First(bg)
		must(t, err)
		added, _, err = authors.Link(bg, bob, "books", thing.LinkAdd, alpha.ID)
		must(t, err)
		equal(t, added, 1)
		must(t, books.Reload(bg, alpha))
		equal(t, *alpha.AuthorID, bob.ID)
	})
}

func TestAChildOfASavedOwnerTakesItsKey(t *testing.T) {
	_, authors, books := library(t, "sqlite::memory:")
	bob, err := authors.Where(thing.Eq("name", "Bob")).Preload("books").First(bg)
	must(t, err)
	book := &Book{Title: "Epsilon", Author: bob}
	must(t, books.Save(bg, book))
	equal(t, *book.AuthorID, bob.ID)
	bob.Books = append(bob.Books, &Book{Title: "Zeta"})
	must(t, authors.Save(bg, bob))
	n, err := books.Where(thing.Eq("authorId", bob.ID)).Count(bg)
	must(t, err)
	equal(t, n, 3)
	failed := &Author{Name: "Dan", Books: []*Book{{Title: "Eta", Tags: []Tag{{Word: "rare"}}}}}
	fails(t, authors.Save(bg, failed), thing.ErrUnique) // the tag is there already
	equal(t, failed.IsLoaded() || failed.Books[0].IsLoaded(), false)
	n, err = authors.Count(bg)
	must(t, err)
	equal(t, n, 3)
	fails(t, authors.Save(bg, &Author{Name: "Eve", Books: []*Book{nil}}), thing.ErrInvalid)
}

func TestJSONOfChosenFields(t *testing.T) {
	_, authors, _ := library(t, "sqlite::memory:")
	ann, err := authors.OrderBy("name").Preload("books.tags", "profile").First(bg)
	must(t, err)
	for fields, expected := range map[string]string{
		"name":                   `{"name":"Ann"}`,
		" name , id ":            `{"name":"Ann","id":1}`,
		"books{title,tags},name": `{"books":[{"title":"Alpha","tags":[{"word":"new"},{"word":"rare"}]},{"title":"Beta","tags":[]},{"title":"Gamma","tags":[]}],"name":"Ann"}`,
		"profile{text},nothing":  `{"profile":{"text":"writes"},"nothing":null}`,
		"-books,-createdAt,-updatedAt,-profile,-deleted": `{"id":1,"name":"Ann"}`,
		"id,id,-name": `{"id":1}`,
	} {
		text, err := authors.ToJSON(ann, fields)
		must(t, err)
		equal(t, string(text), expected)
	}
	for _, fields := range []string{"name,", ",", "books{title", "books}title{", "{name}", "-"} {
		_, err := authors.ToJSON(ann, fields)
		fails(t, err, thing.ErrSyntax)
	}
	ann.Name = "Anna"
	text, err := authors.ToJSON(ann, "name")
	must(t, err)
	equal(t, string(text), `{"name":"Anna"}`)
	text, err = authors.ToJSON(&Author{Name: "New"}, "name,id,books")
	must(t, err)
	equal(t, string(text), `{"name":"New"}`)
	text, err = authors.ToJSON(nil, "")
	must(t, err)
	equal(t, string(text), "null")
	text, err = authors.OrderBy("name").Preload("books").JSON(bg, "name,books{title}")
	must(t, err)
	equal(t, string(text), `[{"name":"Ann","books":[{"title":"Alpha"},{"title":"Beta"},{"title":"Gamma"}]},{"name":"Bob","books":[{"title":"Delta"}]},{"name":"Cyd","books":[]}]`)
}
