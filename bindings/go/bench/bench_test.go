// Package bench measures the package thing beside the driver mattn/go-sqlite3 with database/sql, in the same run and on
// the same file. A module of its own, so that thing needs no other.
package bench

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"thing"
	"thing/internal/raw"
)

var bg = context.Background()

// User has six fields, as the users of other tools' benchmarks do.
type User struct {
	thing.Tracked
	ID      int64 `thing:",primary,default=autoincrement()"`
	Name    string
	Email   *string
	Score   float64
	Made    time.Time
	IsAdmin bool
}

func (User) ModelJSON() string { return `{"table": "users"}` }

const rows = 5000

type place struct {
	cached, uncached *thing.DB
	driver           *sql.DB
	byID, list       *sql.Stmt
}

func open(b testing.TB) *place {
	b.Helper()
	file := filepath.Join(b.TempDir(), "bench.db")
	p := &place{}
	var err error
	p.cached, err = thing.Open(bg, "sqlite:"+file)
	check(b, err)
	p.uncached, err = thing.Open(bg, "sqlite:"+file, thing.Setting("cache", "off"))
	check(b, err)
	users := thing.Use[User](p.cached)
	check(b, p.cached.Sync(bg))
	var many []*User
	for i := 0; i < rows; i++ {
		email := fmt.Sprintf("user%d@example.com", i)
		many = append(many, &User{Name: fmt.Sprintf("user number %08d", i), Email: &email, Score: float64(i) / 3, Made: time.Unix(int64(i), 0)})
	}
	check(b, users.SaveMany(bg, many...))
	p.driver, err = sql.Open("sqlite3", file+"?_busy_timeout=5000")
	check(b, err)
	const columns = "SELECT id, name, email, score, made, is_admin FROM users "
	p.byID, err = p.driver.Prepare(columns + "WHERE id = ?")
	check(b, err)
	p.list, err = p.driver.Prepare(columns + "ORDER BY id LIMIT 1000")
	check(b, err)
	b.Cleanup(func() { _, _, _ = p.cached.Close(), p.uncached.Close(), p.driver.Close() })
	return p
}

func check(b testing.TB, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// scan leaves the time as text, which is less work than the package does.
func scan(row interface{ Scan(...any) error }) (*User, error) {
	var u User
	var made string
	return &u, row.Scan(&u.ID, &u.Name, &u.Email, &u.Score, &made, &u.IsAdmin)
}

// work is what is measured; driver says what it is compared with, if not with a crossing that does nothing.
var work = []struct {
	name, floor string
	goal        float64
	run         func(p *place, n int) error
}{
	{"crossing", "", 0, func(_ *place, n int) error {
		for i := 0; i < n; i++ {
			raw.Thing_abi_version()
		}
		return nil
	}},
	{"by id, driver", "", 0, func(p *place, n int) error {
		for i := 0; i < n; i++ {
			if _, err := scan(p.byID.QueryRow(i%100 + 1)); err != nil {
				return err
			}
		}
		return nil
	}},
	{"1000 rows, driver", "", 0, func(p *place, n int) error {
		for i := 0; i < n; i++ {
			found, err := p.list.Query()
			if err != nil {
				return err
			}
			all := make([]*User, 0, 1000)
			for found.Next() {
				u, err := scan(found)
				if err != nil {
					return err
				}
				all = append(all, u)
			}
			if err := found.Err(); err != nil || len(all) != 1000 {
				return fmt.Errorf("%d rows, %v", len(all), err)
			}
		}
		return nil
	}},
	{"insert, driver", "", 0, func(p *place, n int) error {
		for i := 0; i < n; i++ {
			if _, err := p.driver.Exec("INSERT INTO users (name, score, made, is_admin) VALUES (?, ?, ?, ?)", "x", 1.5, "2024-05-06 07:08:09", 0); err != nil {
				return err
			}
		}
		return nil
	}},
	{"by id, cached", "crossing", 14, byID(func(p *place) *thing.DB { return p.cached }, bg)},
	{"by id, cached, context that ends", "crossing", 18, func(p *place, n int) error {
		ctx, cancel := context.WithTimeout(bg, time.Hour)
		defer cancel()
		return byID(func(p *place) *thing.DB { return p.cached }, ctx)(p, n)
	}},
	{"by id, not cached", "by id, driver", 1, byID(func(p *place) *thing.DB { return p.uncached }, bg)},
	{"1000 rows, cached", "1000 rows, driver", 0.4, list(func(p *place) *thing.DB { return p.cached })},
	{"1000 rows, not cached", "1000 rows, driver", 0.6, list(func(p *place) *thing.DB { return p.uncached })},
	{"insert", "insert, driver", 1.5, func(p *place, n int) error {
		users := thing.Use[User](p.cached)
		for i := 0; i < n; i++ {
			if err := users.Save(bg, &User{Name: "x", Score: 1.5}); err != nil {
				return err
			}
		}
		return nil
	}},
	{"save without changes", "crossing", 20, func(p *place, n int) error {
		users := thing.Use[User](p.cached)
		u, err := users.ByID(bg, 7)
		for i := 0; i < n && err == nil; i++ {
			err = users.Save(bg, u)
		}
		return err
	}},
}

// byID reads few rows again and again, which are cached where there is a cache.
func byID(of func(p *place) *thing.DB, ctx context.Context) func(p *place, n int) error {
	return func(p *place, n int) error {
		users := thing.Use[User](of(p))
		for i := 0; i < n; i++ {
			u, err := users.ByID(ctx, int64(i%100)+1)
			if err != nil || u.Name == "" {
				return fmt.Errorf("%v", err)
			}
		}
		return nil
	}
}

func list(of func(p *place) *thing.DB) func(p *place, n int) error {
	return func(p *place, n int) error {
		q := thing.Use[User](of(p)).OrderBy("id").Limit(1000)
		for i := 0; i < n; i++ {
			all, err := q.All(bg)
			if err != nil || len(all) != 1000 {
				return fmt.Errorf("%d rows, %v", len(all), err)
			}
		}
		return nil
	}
}

func Benchmark(b *testing.B) {
	p := open(b)
	for _, w := range work {
		b.Run(w.name, func(b *testing.B) {
			b.ReportAllocs()
			check(b, w.run(p, b.N))
		})
	}
}

// TestRatios prints a table and holds each figure to its goal, which leaves room for machines that do other things.
func TestRatios(t *testing.T) {
	p := open(t)
	took := map[string]time.Duration{}
	for round := 0; round < 5; round++ {
		for _, w := range work {
			one := per(t, p, w.run)
			if old, known := took[w.name]; !known || one < old {
				took[w.name] = one // the best of some: what others did meanwhile is no part of it
			}
		}
	}
	fmt.Printf("%-34s %12s %8s\n", "", "ns", "ratio")
	for _, w := range work {
		ratio := 0.0
		if w.floor != "" {
			ratio = float64(took[w.name]) / float64(took[w.floor])
		}
		fmt.Printf("%-34s %12d %8.2f  %s\n", w.name, took[w.name].Nanoseconds(), ratio, w.floor)
		if w.goal > 0 && ratio > w.goal {
			t.Errorf("%s: %.2f of %s, expected at most %.2f", w.name, ratio, w.floor, w.goal)
		}
	}
}

// per is the time of one, of as many as fit into some milliseconds.
func per(t *testing.T, p *place, run func(p *place, n int) error) time.Duration {
	t.Helper()
	for n := 20; ; n *= 4 {
		started := time.Now()
		check(t, run(p, n))
		if took := time.Since(started); took > 20*time.Millisecond {
			return took / time.Duration(n)
		}
	}
}
