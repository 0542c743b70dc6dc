// The worker in Go of tests/bindings/together.py: does operations at random beside those of other languages, on one
// database with one cache, and prints what it saw and when (tests/bindings/README.md).
//
// usage: worker together.json URL SECONDS NUMBER
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"thing"
)

// Tally is a number that everybody counts up.
type Tally struct {
	thing.Tracked
	ID, Grp, N int64
}

// Page has a text, and a version.
type Page struct {
	thing.Tracked
	ID      int64
	Text    string
	Version int64
}

// Mark comes and goes.
type Mark struct {
	thing.Tracked
	ID, Grp int64
}

// operation is one that comes up in so many of a hundred.
type operation struct {
	name  string
	often int
	do    func(w *worker) (string, error)
}

type worker struct {
	ctx        context.Context
	tallies    *thing.Model[Tally]
	pages      *thing.Model[Page]
	marks      *thing.Model[Mark]
	random     *rand.Rand
	number     int64
	made       []*Mark // that are there, the first first
	last       int64
	start, end int64
}

var operations = []operation{{"incr", 12, (*worker).incr}, {"read", 35, (*worker).read}, {"list", 12, (*worker).list},
	{"save", 8, (*worker).save}, {"page", 13, (*worker).page}, {"make", 5, (*worker).make}, {"drop", 5, (*worker).drop},
	{"count", 6, (*worker).count}, {"marks", 4, (*worker).listMarks}}

func main() {
	if len(os.Args) == 6 {
		fmt.Println("unknown stale")
		os.Exit(77)
	}
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: worker together.json URL SECONDS NUMBER")
		os.Exit(2)
	}
	ctx := context.Background()
	models, err := os.ReadFile(os.Args[1])
	check(err)
	db, err := thing.Open(ctx, os.Args[2])
	check(err)
	check(db.RegisterJSON(string(models)))
	seconds, err := strconv.ParseFloat(os.Args[3], 64)
	check(err)
	number, err := strconv.ParseInt(os.Args[4], 10, 64)
	check(err)
	w := &worker{ctx: ctx, tallies: thing.Use[Tally](db), pages: thing.Use[Page](db), marks: thing.Use[Mark](db), number: number,
		random: rand.New(rand.NewSource(number))}
	for _, err := range []error{w.tallies.Err(), w.pages.Err(), w.marks.Err()} {
		check(err)
	}
	fmt.Println("ready")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	lines := w.run(time.Duration(seconds * float64(time.Second)))
	out := bufio.NewWriter(os.Stdout)
	for _, line := range lines {
		fmt.Fprintln(out, line)
	}
	stats, err := db.Stats(false)
	check(err)
	fmt.Fprintf(out, "stats %s\n", stats)
	check(out.Flush())
	check(db.Close())
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run does operations for a while; it gives a line for each.
func (w *worker) run(long time.Duration) (lines []string) {
	for until := now() + int64(long); now() < until; {
		at := w.random.Intn(100)
		for _, o := range operations {
			if at -= o.often; at >= 0 {
				continue
			}
			line, err := o.do(w)
			if err != nil {
				line = "fail " + o.name + " " + nameOf(err)
			}
			if line != "" {
				lines = append(lines, fmt.Sprintf("%s %d %d", line, w.start, w.end))
			}
			break
		}
	}
	return lines
}

func nameOf(err error) string {
	var e *thing.Error
	if errors.As(err, &e) {
		return e.Code.String()
	}
	return "E_INTERNAL"
}

// now is CLOCK_MONOTONIC, which all processes share.
func now() int64 {
	const clockMonotonic = 1
	var t syscall.Timespec
	_, _, _ = syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&t)), 0)
	return t.Nano()
}

// timed is the call that reads or writes.
func (w *worker) timed(call func() error) error {
	w.start = now()
	err := call()
	w.end = now()
	return err
}

func (w *worker) any() int64 { return w.random.Int63n(12) + 1 }

func (w *worker) incr() (string, error) {
	id, n := w.any(), int64(0)
	err := w.timed(func() (err error) { n, err = w.tallies.Incr(w.ctx, id, "n", 1); return err })
	return fmt.Sprintf("incr %d %d", id, n), err
}

func (w *worker) read() (string, error) {
	id := w.any()
	var found *Tally
	err := w.timed(func() (err error) { found, err = w.tallies.ByID(w.ctx, id); return err })
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("read %d %d", id, found.N), nil
}

func joined(items []string) string {
	if len(items) == 0 {
		return "-"
	}
	return strings.Join(items, ",")
}

func (w *worker) list() (string, error) {
	group := w.random.Int63n(3)
	var found []*Tally
	err := w.timed(func() (err error) {
		found, err = w.tallies.Where(thing.Eq("grp", group)).All(w.ctx)
		return err
	})
	var items []string
	for _, t := range found {
		items = append(items, fmt.Sprintf("%d:%d", t.ID, t.N))
	}
	return fmt.Sprintf("list %d %s", group, joined(items)), err
}

func (w *worker) save() (string, error) {
	id := w.any()
	var page *Page
	err := w.timed(func() (err error) { page, err = w.pages.ByID(w.ctx, id); return err })
	if err != nil {
		return "", err
	}
	page.Text = fmt.Sprintf("%d by %d at %d", page.Version, w.number, w.end)
	err = w.timed(func() error { return w.pages.Save(w.ctx, page) })
	return fmt.Sprintf("save %d %d", id, page.Version), err
}

func (w *worker) page() (string, error) {
	id := w.any()
	var page *Page
	err := w.timed(func() (err error) { page, err = w.pages.ByID(w.ctx, id); return err })
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("page %d %d", id, page.Version), nil
}

func (w *worker) make() (string, error) {
	id := w.number*1000000 + w.last + 1
	w.last++
	mark := &Mark{ID: id, Grp: id % 3}
	err := w.timed(func() error { return w.marks.Save(w.ctx, mark) })
	if err == nil {
		w.made = append(w.made, mark)
	}
	return fmt.Sprintf("make %d %d", id, mark.Grp), err
}

func (w *worker) drop() (string, error) {
	if len(w.made) == 0 {
		return "", nil
	}
	mark := w.made[0]
	err := w.timed(func() error { return w.marks.Delete(w.ctx, mark) })
	if err == nil {
		w.made = w.made[1:]
	}
	return fmt.Sprintf("drop %d %d", mark.ID, mark.Grp), err
}

func (w *worker) count() (string, error) {
	group, n := w.random.Int63n(3), int64(0)
	err := w.timed(func() (err error) {
		n, err = w.marks.Where(thing.Eq("grp", group)).Count(w.ctx)
		return err
	})
	return fmt.Sprintf("count %d %d", group, n), err
}

func (w *worker) listMarks() (string, error) {
	group := w.random.Int63n(3)
	var found []*Mark
	err := w.timed(func() (err error) {
		found, err = w.marks.Where(thing.Eq("grp", group)).All(w.ctx)
		return err
	})
	var ids []string
	for _, m := range found {
		ids = append(ids, fmt.Sprint(m.ID))
	}
	sort.Strings(ids)
	return fmt.Sprintf("marks %d %s", group, joined(ids)), err
}
