//go:build go1.21

package thing_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"thing"
)

func TestLinesGoToSlog(t *testing.T) {
	var out bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	db, err := thing.Open(bg, "sqlite::memory:", thing.Slog(logger, thing.LogDebug))
	must(t, err)
	users := thing.Use[User](db)
	must(t, db.Sync(bg))
	user(t, users, "Ann")
	_, err = users.ByID(thing.With(thing.WithTag(bg, "mine"), thing.NoCacheRead), 1)
	must(t, err)
	text := out.String()
	equal(t, strings.Contains(text, `msg="thing: sql"`) && strings.Contains(text, "level=DEBUG") && strings.Contains(text, "tag=mine"), true)
	db.SetLog(thing.LogOff, nil)
	out.Reset()
	user(t, users, "Bob")
	equal(t, out.Len(), 0)
	must(t, db.Close())
}
