package thing_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"thing"
)

func TestErrorsSayWhatTheyAre(t *testing.T) {
	everywhere(t, []string{"go_users"}, func(t *testing.T, url string) {
		db := opened(t, url, User{})
		users := thing.Use[User](db)
		user(t, users, "Ann")
		err := fmt.Errorf("signing up: %w", users.Save(bg, &User{Name: "Ann"}))
		e := fails(t, err, thing.ErrUnique)
		equal(t, errors.Is(err, thing.ErrNotNull), false)
		equal(t, e.Code, thing.ErrUnique)
		equal(t, e.SQLState, "23505")
		equal(t, e.Model+"."+e.Field, "User.name")
		equal(t, e.Table+"."+e.Column, "go_users.name")
		equal(t, e.Constraint, "go_users_name_key")
		equal(t, (e.Native != 0 || lastPart(t.Name()) == "postgres") && e.Message != "" && !e.Retryable, true)
		var all struct{ Code, Model, Context string }
		must(t, json.Unmarshal(e.JSON, &all))
		equal(t, all.Code+all.Model, "E_UNIQUEUser")
		equal(t, all.Context != "", true)
	})
}

func TestNotFoundIsAnErrorOfItsOwn(t *testing.T) {
	users := thing.Use[User](memory(t, User{}))
	_, err := users.ByID(bg, 1)
	e := fails(t, err, thing.ErrNotFound)
	equal(t, e.Model, "User")
	equal(t, e.Error(), "User: not found")
	equal(t, thing.ErrNotFound.Error(), "thing: NOT_FOUND")
	equal(t, thing.ErrCommitUnknown.String(), "E_COMMIT_UNKNOWN")
}

func TestActions(t *testing.T) {
	db := memory(t, User{})
	var made struct {
		ID   int64
		Name string
	}
	must(t, db.Call(bg, "User", "create", thing.M{"data": thing.M{"name": "Zoë \x00 😀", "score": 0.5, "tags": []string{"<&>"}}}, &made))
	equal(t, made.Name, "Zoë \x00 😀")
	var list []map[string]any
	must(t, db.Call(bg, "User", "findMany", `{"select": ["score", "tags", "id"]}`, &list))
	equal(t, list[0]["id"].(json.Number).String(), fmt.Sprint(made.ID))
	equal(t, list[0]["tags"].([]any)[0].(string), "<&>")
	var text json.RawMessage
	must(t, db.Call(bg, "User", "findFirst", map[string]any{"where": map[string]any{"id": 99}}, &text))
	equal(t, string(text), "null")
	fails(t, db.Call(bg, "User", "update", thing.M{"where": thing.M{"id": 99}, "data": thing.M{}}, nil), thing.ErrNotFound)
	e := fails(t, db.Call(bg, "User", "findMany", thing.M{"where": thing.M{"agee": 1}}, nil), thing.ErrInvalid)
	equal(t, e.Model, "User")
	fails(t, db.Call(bg, "User", "invent", nil, nil), thing.ErrInvalid)
	fails(t, db.Call(bg, "User", "findMany", thing.M{"take": func() {}}, nil), thing.ErrType)
	fails(t, db.Call(bg, "User", "findMany", "{", nil), thing.ErrSyntax)
}
