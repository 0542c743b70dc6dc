// Package show is what the examples have in common: they print what they do, and end with 1 when something fails or is
// not as expected. They print what those in examples/c print.
package show

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"thing"
)

// Open opens the database of the first argument, or one in memory, with the tables of some structs.
func Open(ctx context.Context, structs ...any) *thing.DB {
	url := "sqlite::memory:"
	if len(os.Args) > 1 {
		url = os.Args[1]
	}
	db, err := thing.Open(ctx, url)
	Check(err)
	Check(db.Register(structs...))
	Check(db.Sync(ctx))
	return db
}

// Check ends the program with an error.
func Check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Expect prints what was found.
func Expect(found, expected string) {
	fmt.Println("  " + found)
	if found != expected {
		Check(errors.New("expected " + expected))
	}
}

// Act runs an action, whose answer has to be as expected.
func Act(ctx context.Context, db *thing.DB, model, action, arguments, expected string) {
	fmt.Println(model, action, arguments)
	var answer json.RawMessage
	err := db.Call(ctx, model, action, arguments, &answer)
	if errors.Is(err, thing.ErrNotFound) {
		answer, err = json.RawMessage("not found"), nil
	}
	Check(err)
	Expect(string(answer), expected)
}

// Refuse runs an action that fails with a message that begins so.
func Refuse(ctx context.Context, db *thing.DB, model, action, arguments, expected string) {
	fmt.Println(model, action, arguments)
	message := "no error"
	if err := db.Call(ctx, model, action, arguments, nil); err != nil {
		message = err.Error()
	}
	fmt.Println("  " + message)
	if !strings.HasPrefix(message, expected) {
		Check(errors.New("expected " + expected))
	}
}
