package thing_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"thing"
)

type Plant struct {
	thing.BaseModel
	Name     string         `thing:"title,column=called,unique,trim,maxLength=40"`
	Family   string         `thing:",index=kin"`
	Height   *float64       `thing:",min=0"`
	Kind     string         `thing:",enum=tree|herb,default=herb"`
	Price    thing.Decimal  `thing:",default=0.00,index=kin"`
	Notes    map[string]int `thing:",json,null"`
	Code     string         `thing:",pattern=^[a-z,]+$"`
	Local    string         `thing:"-"`
	HTTPPort int
	private  int //nolint:unused // private fields are no fields of the model
}

func (Plant) ModelJSON() string {
	return `{"table": "go_plants", "order": [{"title": "asc"}], "fields": {"family": {"default": "none"}}}`
}

func TestTagsBecomeAModel(t *testing.T) {
	db := memory(t, Plant{})
	text, err := db.ModelDocument("Plant")
	must(t, err)
	var doc struct {
		Table      string
		Fields     map[string]map[string]any
		Timestamps map[string]string
		SoftDelete string
		Indexes    []struct {
			Name   string
			Fields []string
		}
		Order []map[string]any
	}
	must(t, json.Unmarshal(text, &doc))
	equal(t, doc.Table, "go_plants")
	equal(t, doc.Timestamps["created"], "createdAt")
	equal(t, doc.SoftDelete, "deleted")
	equal(t, doc.Fields["title"]["column"], any("called"))
	equal(t, doc.Fields["title"]["unique"], any(true))
	equal(t, doc.Fields["height"]["null"], any(true))
	equal(t, doc.Fields["kind"]["type"], any("enum"))
	equal(t, doc.Fields["price"]["type"], any("decimal"))
	equal(t, doc.Fields["notes"]["type"], any("json"))
	equal(t, doc.Fields["code"]["pattern"], any("^[a-z,]+$"))
	equal(t, doc.Fields["family"]["default"], any("none"))
	equal(t, doc.Fields["httpPort"]["type"], any("int"))
	equal(t, len(doc.Fields), 12)
	found := 0
	for _, index := range doc.Indexes {
		if index.Name == "kin" {
			equal(t, index.Fields, []string{"family", "price"})
			found++
		}
	}
	equal(t, found, 1)
	equal(t, len(doc.Order), 1)
}

func TestWrongModelsSayWhere(t *testing.T) {
	db := memory(t)
	type Bad struct {
		thing.BaseModel
		Size int `thing:",lenght=3"`
	}
	fails(t, thing.Use[Bad](db).Err(), thing.ErrModel)
	type Chan struct {
		thing.BaseModel
		C chan int
	}
	e := fails(t, thing.Use[Chan](db).Err(), thing.ErrModel)
	equal(t, e.Field, "C")
	_, err := thing.Use[Chan](db).All(bg)
	fails(t, err, thing.ErrModel)
	type NoKey struct{ Name string }
	fails(t, thing.Use[NoKey](db).Save(bg, &NoKey{}), thing.ErrModel)
	fails(t, db.Register(nil), thing.ErrInvalid)
	fails(t, db.Register(7), thing.ErrModel)
}

func TestAStructTakesPartOfAModelInJSON(t *testing.T) {
	db := memory(t)
	must(t, db.RegisterJSON(`{"name": "Star", "fields": {"id": "int", "name": "text", "mass": "float?", "seen": "datetime?"}}`))
	must(t, db.Sync(bg))
	type Star struct {
		thing.Tracked
		ID   int64
		Name string
	}
	stars := thing.Use[Star](db)
	must(t, stars.Err())
	must(t, db.Call(bg, "Star", "create", thing.M{"data": thing.M{"id": 7, "name": "Vega", "mass": 2.1}}, nil))
	vega, err := stars.ByID(bg, 7)
	must(t, err)
	vega.Name = "Wega"
	must(t, stars.Save(bg, vega))
	var answer struct{ Mass float64 }
	must(t, db.Call(bg, "Star", "findUnique", `{"where": {"id": 7, "name": "Wega"}}`, &answer))
	equal(t, answer.Mass, 2.1)
}

func TestAStructThatDoesNotFitItsModelIsRefused(t *testing.T) {
	db := memory(t)
	must(t, db.RegisterJSON(`[{"name": "Lamp", "fields": {"id": "int", "watt": "int"}}, {"name": "Bulb", "fields": {"id": "int"}}]`))
	type Lamp struct {
		ID   int64
		Watt string
	}
	e := fails(t, thing.Use[Lamp](db).Err(), thing.ErrModel)
	equal(t, e.Field, "watt")
	type Bulb struct{ ID, Socket int64 }
	fails(t, thing.Use[Bulb](db).Err(), thing.ErrModel)
}

type Values struct {
	thing.Tracked
	ID      int64
	Yes     bool
	Small   int8
	Word    uint16
	Big     int64
	Ratio   float32
	Real    float64
	Exact   thing.Decimal
	Text    string
	Bytes   []byte
	At      time.Time
	Day     thing.Date
	Clock   thing.Clock
	Token   thing.UUID
	Doc     json.RawMessage `thing:",null"`
	Any     map[string]any  `thing:",json,null"`
	Words   []string
	Numbers []int64
	Days    []thing.Date
	MaybeN  *int64
	MaybeT  *string
	Opt     thing.Opt[int64]
}

func (Values) ModelJSON() string { return `{"table": "go_values"}` }

func edges() *Values {
	return &Values{
		ID: 1, Yes: true, Small: -128, Word: 65535, Big: -1 << 63, Ratio: 1.5, Real: 5e-324, Exact: "-12345678901234567890.123",
		Text: "Zoë 𝄞 \u2028 \" \\ end", Bytes: []byte{0, 1, 255, 0}, At: time.UnixMicro(-62135596800000000).UTC(),
		Day: thing.NewDate(9999, 12, 31), Clock: thing.NewClock(23, 59, 59, 999999), Token: thing.UUID{1, 2, 15: 255},
		Doc: json.RawMessage(`{"a":[1,null,"<b>"]}`), Any: map[string]any{"k": "v"}, Words: []string{"", "x,y", "😀"},
		Numbers: []int64{1<<63 - 1, -1 << 63}, Days: []thing.Date{0, thing.NewDate(1, 1, 1)}, MaybeN: ptr(int64(0)), MaybeT: ptr(""),
		Opt: thing.Some(int64(0)),
	}
}

func TestValuesSurviveEverywhere(t *testing.T) {
	everywhere(t, []string{"go_values"}, func(t *testing.T, url string) {
		db := opened(t, url, Values{})
		values := thing.Use[Values](db)
		written := edges()
		must(t, values.Save(bg, written))
		for _, ctx := range []int{0, 1} {
			read, err := values.ByID(thing.With(bg, thing.Flags(ctx)), 1) // from the cache, and from the database
			must(t, err)
			sameValues(t, read, edges())
			names, err := values.Changed(read)
			must(t, err)
			equal(t, len(names), 0)
		}
		sameValues(t, written, edges())
		must(t, values.Save(bg, &Values{ID: 2, Exact: "0"}))
		none, err := values.ByKey(bg, 2)
		must(t, err)
		equal(t, none.MaybeN, nil)
		equal(t, none.MaybeT, nil)
		equal(t, none.Opt.State, thing.Null)
		equal(t, none.Text, "")
		equal(t, none.At.Year(), 1)
	})
}

func sameValues(t *testing.T, found, expected *Values) {
	t.Helper()
	f, e := *found, *expected
	equal(t, *f.MaybeN, *e.MaybeN)
	equal(t, *f.MaybeT, *e.MaybeT)
	f.Tracked, e.Tracked = thing.Tracked{}, thing.Tracked{}
	a, err := json.Marshal(f)
	must(t, err)
	b, err := json.Marshal(e)
	must(t, err)
	equal(t, string(a), string(b))
	equal(t, f.Opt, e.Opt)
	equal(t, f.At.Equal(e.At), true)
}

func TestValuesOutsideOfTheirTypeAreRefused(t *testing.T) {
	db := memory(t, Values{})
	values := thing.Use[Values](db)
	for _, c := range []struct {
		field string
		code  thing.Code
		set   func(v *Values)
	}{
		{"text", thing.ErrInvalid, func(v *Values) { v.Text = "\xff" }},
		{"real", thing.ErrRange, func(v *Values) { v.Real = math.Inf(1) }},
		{"at", thing.ErrRange, func(v *Values) { v.At = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }},
		{"clock", thing.ErrRange, func(v *Values) { v.Clock = -1 }},
		{"exact", thing.ErrSyntax, func(v *Values) { v.Exact = "1,5" }},
		{"doc", thing.ErrSyntax, func(v *Values) { v.Doc = json.RawMessage("{") }},
	} {
		v := edges()
		c.set(v)
		e := fails(t, values.Save(bg, v), c.code)
		equal(t, e.Field, c.field)
	}
	must(t, db.Call(bg, "Values", "create", string(edgeJSON(t, values)), nil))
	must(t, db.Call(bg, "Values", "update", thing.M{"where": thing.M{"id": 1}, "data": thing.M{"small": 128}}, nil))
	_, err := values.ByID(bg, 1)
	fails(t, err, thing.ErrRange)
}

func edgeJSON(t *testing.T, values *thing.Model[Values]) []byte {
	text, err := values.ToJSON(edges(), "")
	must(t, err)
	return append(append([]byte(`{"data":`), text...), '}')
}

type Zeros struct {
	thing.BaseModel
	Plain int64            `thing:",default=5"`
	Point *int64           `thing:",default=5"`
	Opt   thing.Opt[int64] `thing:",default=5"`
	Zero  int64
}

func TestUnsetNullAndZeroAreThreeThings(t *testing.T) {
	db := memory(t, Zeros{})
	zeros := thing.Use[Zeros](db)
	unset := &Zeros{}
	must(t, zeros.Save(bg, unset))
	equal(t, unset.Plain, 5)
	equal(t, *unset.Point, 5)
	equal(t, unset.Opt, thing.Some(int64(5)))
	equal(t, unset.Zero, 0)
	set := &Zeros{Point: ptr(int64(0)), Opt: thing.None[int64]()}
	must(t, zeros.Save(bg, set))
	equal(t, *set.Point, 0)
	equal(t, set.Opt.State, thing.Null)
	set.Point, set.Opt = nil, thing.Some(int64(0))
	must(t, zeros.Save(bg, set))
	read, err := zeros.ByID(bg, set.ID)
	must(t, err)
	equal(t, read.Point, nil)
	equal(t, read.Opt, thing.Some(int64(0)))
	set.Plain = 0 // of a row that is there zero is zero
	must(t, zeros.Save(bg, set))
	read, err = zeros.ByID(bg, set.ID)
	must(t, err)
	equal(t, read.Plain, 0)
}
