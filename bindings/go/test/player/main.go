// The player in Go of tests/bindings/scenario.json: does its steps through the package, as its users would, and prints a
// trace (tests/bindings/README.md).
//
// usage: player SCENARIO URL
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"thing"
)

// step is one of the scenario; each verb has some of the members.
type step struct {
	Do, As, Of, Model, Field, Fields, Relation, Child, Mode, Text, Code, Act, Into string
	Document, Config, Data, Value, Criteria, Set, Args, JSON                       json.RawMessage
	In                                                                             json.RawMessage // null: no transaction
	Action, SQL, Tables                                                            string
	Key                                                                            json.RawMessage
	Keys                                                                           *[]json.RawMessage
	Rows                                                                           []map[string]json.RawMessage
	By                                                                             json.RawMessage
	Except, On                                                                     []string
	Params                                                                         []any
	Include                                                                        json.RawMessage
	Pivot                                                                          map[string]any
	Other                                                                          *string
	Hidden, Changed, Strict, All, Again                                            bool
	IfAbsent                                                                       bool `json:"if_absent"`
	MayFail                                                                        bool `json:"may_fail"`
	Times, Attempts                                                                *int
	Flags                                                                          []string
	Steps                                                                          []step
	Ctx                                                                            *struct {
		TimeoutMS *int64 `json:"timeout_ms"`
		Cancelled bool
		Flags     []string
		Mute      string
	}
	of []string
}

// UnmarshalJSON takes "of" for a name or several.
func (s *step) UnmarshalJSON(text []byte) error {
	type plain step
	var of struct{ Of json.RawMessage }
	if err := json.Unmarshal(text, &of); err != nil {
		return err
	}
	if len(of.Of) > 0 && of.Of[0] == '[' {
		var members map[string]json.RawMessage
		if err := json.Unmarshal(text, &members); err != nil {
			return err
		}
		delete(members, "of")
		text, _ = json.Marshal(members)
		if err := json.Unmarshal(of.Of, &s.of); err != nil {
			return err
		}
	}
	names := s.of
	err := json.Unmarshal(text, (*plain)(s))
	s.of = names
	return err
}

// thrown is the player's own error.
type thrown struct{ text string }

func (t *thrown) Error() string { return t.text }

var (
	errRollback = errors.New("rollback")
	errVerb     = errors.New("no such verb")
)

// object is a record that steps know by a name.
type object struct {
	table table
	obj   any
	none  map[string]any // relations to one row that were loaded, and have none
	added []string       // relations that records were put into, which are no loaded ones
}

type player struct {
	db      *thing.DB
	models  json.RawMessage
	out     *bufio.Writer
	tables  map[string]table
	objects map[string]*object
	txs     map[string]*thing.Tx
	hooks   map[string]func() error
	reached map[string]int
	heard   []string
	ctx     context.Context
	place   string
	unknown bool
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: player SCENARIO URL")
		os.Exit(2)
	}
	text, err := os.ReadFile(os.Args[1])
	check(err)
	var scenario struct {
		Models json.RawMessage
		Steps  []step
	}
	check(json.Unmarshal(text, &scenario))
	p := &player{models: scenario.Models, out: bufio.NewWriter(os.Stdout), tables: map[string]table{}, objects: map[string]*object{},
		txs: map[string]*thing.Tx{}, hooks: map[string]func() error{}, reached: map[string]int{}, ctx: context.Background()}
	p.db, err = thing.Open(p.ctx, os.Args[2])
	check(err)
	_ = p.play(scenario.Steps)
	check(p.out.Flush())
	check(p.db.Close())
	if p.unknown {
		os.Exit(1)
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// play does steps until one leaves the body that they are in; it gives why.
func (p *player) play(steps []step) error {
	outer := p.place
	defer func() { p.place = outer }()
	for i := range steps {
		p.place = fmt.Sprintf("%s%d", outer, i+1)
		number := p.place
		answer, err, leaves := p.do(&steps[i])
		p.print(number, answer, err)
		if leaves != nil {
			return leaves
		}
	}
	return nil
}

// do does one step. A panic of the player's own comes out of calls as what was thrown.
func (p *player) do(s *step) (answer string, err, leaves error) {
	switch s.Do {
	case "rollback":
		return "null", nil, errRollback
	case "fail":
		return p.fail(s)
	case "throw":
		leaves = &thrown{s.Text}
		return "", leaves, leaves
	}
	outer := p.ctx
	defer func() { p.ctx = outer }()
	if string(s.In) == "null" {
		p.ctx = context.Background()
	} else if len(s.In) > 0 {
		var name string
		check(json.Unmarshal(s.In, &name))
		p.ctx = p.txs[name].Context()
	}
	if s.Ctx != nil {
		defer p.options(s)()
	}
	defer func() {
		if value := recover(); value != nil {
			mine, ok := value.(*thrown)
			if !ok {
				panic(value)
			}
			answer, err = "", mine
		}
	}()
	verb, known := verbs[s.Do]
	if !known {
		p.unknown = true
		return "", errVerb, nil
	}
	answer, err = verb(p, s)
	return answer, err, nil
}

var ctxFlags = map[string]thing.Flags{"no_cache_read": thing.NoCacheRead, "no_cache_write": thing.NoCacheWrite,
	"with_deleted": thing.WithDeleted, "only_deleted": thing.OnlyDeleted, "no_hooks": thing.NoHooks, "no_timestamps": thing.NoTimestamps,
	"lock_share": thing.LockShare, "lock_update": thing.LockUpdate, "nowait": thing.NoWait, "skip_locked": thing.SkipLocked,
	"no_copies": thing.NoCopies, "unscoped": thing.Unscoped}

// options makes a context of what a step says; what it gives is to be called when the step is done.
func (p *player) options(s *step) context.CancelFunc {
	done := func() {}
	for _, flag := range s.Ctx.Flags {
		p.ctx = thing.With(p.ctx, ctxFlags[flag])
	}
	if s.Ctx.Mute != "" {
		p.ctx = thing.Mute(p.ctx, s.Ctx.Mute)
	}
	if s.Ctx.TimeoutMS != nil {
		p.ctx, done = context.WithTimeout(p.ctx, time.Duration(*s.Ctx.TimeoutMS)*time.Millisecond)
	}
	if s.Ctx.Cancelled {
		p.ctx, done = context.WithCancel(p.ctx)
		done()
	}
	return done
}

// print is the line of a step.
func (p *player) print(number, answer string, err error) {
	var mine *thrown
	var e *thing.Error
	var code thing.Code
	switch {
	case err == nil || err == errRollback:
		if answer == "" {
			answer = "null"
		}
		fmt.Fprintf(p.out, "%s OK %s\n", number, answer)
	case errors.As(err, &mine):
		fmt.Fprintf(p.out, "%s THROWN %s\n", number, quote(mine.text))
	case errors.Is(err, thing.ErrNotFound):
		fmt.Fprintf(p.out, "%s NOT_FOUND null\n", number)
	case errors.As(err, &e):
		fmt.Fprintf(p.out, `%s %s {"sqlstate":%s,"model":%s,"field":%s,"constraint":%s,"table":%s,"retryable":%v}`+"\n", number,
			e.Code.String(), quote(e.SQLState), quote(e.Model), quote(e.Field), quote(e.Constraint), quote(e.Table), e.Retryable)
	case errors.As(err, &code):
		fmt.Fprintf(p.out, "%s %s null\n", number, code.String())
	default:
		fmt.Fprintln(os.Stderr, number, err)
		fmt.Fprintf(p.out, "%s E_INVALID null\n", number)
	}
}

// table is a model that the scenario has registered.
func (p *player) table(name string) (table, error) {
	if t, known := p.tables[name]; known {
		return t, nil
	}
	open, known := opens[name]
	if !known {
		return nil, thing.ErrInvalid
	}
	t := open(p.db)
	if err := t.fit(); err != nil {
		return nil, err
	}
	p.tables[name] = t
	return t, nil
}

// keep gives a record a name.
func (p *player) keep(name string, t table, obj any) *object {
	o := &object{table: t, obj: obj, none: map[string]any{}}
	if name != "" {
		p.objects[name] = o
	}
	return o
}

func (o *object) row(s *step) (string, error) {
	return o.table.print(o.obj, s.Fields, thing.JSONOptions{})
}

func rowsOf(t table, objs []any, fields string) (string, error) {
	out := []byte{'['}
	for i, obj := range objs {
		text, err := t.print(obj, fields, thing.JSONOptions{})
		if err != nil {
			return "", err
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, text...)
	}
	return string(append(out, ']')), nil
}
