// A shelf of books through one function: makes them, asks and changes them, all as documents.
//
// usage: actions [URL]
package main

import (
	"context"
	"errors"
	"fmt"

	"thing"
	"thing/examples/internal/show"
)

// Book is a model of this program.
type Book struct {
	thing.Tracked
	ID    int64  `thing:",primary,default=autoincrement()"`
	ISBN  string `thing:",unique"`
	Title string
	Shelf string
	Price thing.Decimal
	Lent  int `thing:",default=0"`
}

// ModelJSON says what the tags do not.
func (Book) ModelJSON() string { return `{"table": "example_books"}` }

var ctx = context.Background()

func fill(db *thing.DB) {
	show.Act(ctx, db, "Book", "deleteMany", `{"all": true}`, `{"count":0}`)
	show.Act(ctx, db, "Book", "createMany", `{"data": [`+
		`{"isbn": "1", "title": "Dune", "shelf": "A", "price": "12.50"},`+
		`{"isbn": "2", "title": "Emma", "shelf": "B", "price": "7.25"},`+
		`{"isbn": "3", "title": "Ulysses", "shelf": "B", "price": "20.00"}]}`, `{"count":3}`)
	show.Act(ctx, db, "Book", "createMany", `{"skipDuplicates": true, "data": [`+
		`{"isbn": "3", "title": "Ulysses", "shelf": "B", "price": "1"},`+
		`{"isbn": "4", "title": "Walden", "shelf": "A", "price": "9.75"}]}`, `{"count":1}`)
}

func ask(db *thing.DB) {
	show.Act(ctx, db, "Book", "findUnique", `{"where": {"isbn": "2"}, "select": ["title", "price"]}`,
		`{"title":"Emma","price":"7.25"}`)
	show.Act(ctx, db, "Book", "findUnique", `{"where": {"isbn": "none"}}`, `null`)
	show.Act(ctx, db, "Book", "findMany",
		`{"where": {"price": {"lt": 15}}, "orderBy": {"price": "desc"}, "take": 2, "select": {"title": true}}`,
		`[{"title":"Dune"},{"title":"Walden"}]`)
	show.Act(ctx, db, "Book", "findMany",
		`{"distinct": ["shelf"], "orderBy": {"price": "asc"}, "select": ["title"]}`,
		`[{"title":"Emma"},{"title":"Walden"}]`)
	show.Act(ctx, db, "Book", "groupBy",
		`{"by": ["shelf"], "_count": true, "_sum": {"price": true}, "orderBy": {"_sum": {"price": "desc"}}}`,
		`[{"shelf":"B","_count":2,"_sum":{"price":"27.25"}},{"shelf":"A","_count":2,"_sum":{"price":"22.25"}}]`)
	show.Refuse(ctx, db, "Book", "findMany", `{"where": {"price": {"below": 15}}}`, "where.price: found operator 'below'")
}

var errKept = errors.New("not lent")

// lend lends two books, or none.
func lend(db *thing.DB, isbn, other string, keep bool) {
	err := db.Tx(ctx, func(tx *thing.Tx) error {
		for i, isbn := range []string{isbn, other} {
			expected := `{"lent":1}`
			if i == 1 && !keep {
				expected = "not found"
			}
			show.Act(tx.Context(), db, "Book", "update", fmt.Sprintf(
				`{"where": {"isbn": "%s"}, "data": {"lent": {"increment": 1}}, "select": ["lent"]}`, isbn), expected)
		}
		if !keep {
			return errKept
		}
		return nil
	})
	if err != errKept {
		show.Check(err)
	}
}

func change(db *thing.DB) {
	lend(db, "1", "missing", false)
	show.Act(ctx, db, "Book", "aggregate", `{"_sum": {"lent": true}}`, `{"_sum":{"lent":0}}`)
	lend(db, "1", "2", true)
	show.Act(ctx, db, "Book", "aggregate", `{"_sum": {"lent": true}}`, `{"_sum":{"lent":2}}`)
	show.Act(ctx, db, "Book", "upsert",
		`{"where": {"isbn": "4"}, "create": {}, "update": {"shelf": "C"}, "select": ["shelf"]}`, `{"shelf":"C"}`)
	show.Act(ctx, db, "Book", "delete", `{"where": {"isbn": "4"}, "select": ["title"]}`, `{"title":"Walden"}`)
	show.Act(ctx, db, "Book", "delete", `{"where": {"isbn": "4"}}`, "not found")
	show.Refuse(ctx, db, "Book", "deleteMany", `{}`, "deleteMany: found no condition")
	show.Act(ctx, db, "Book", "deleteMany", `{"where": {"shelf": {"in": ["A", "B"]}}}`, `{"count":3}`)
}

func main() {
	db := show.Open(ctx, Book{})
	fill(db)
	ask(db)
	change(db)
	show.Check(db.Close())
}
