package thing_test

import (
	"context"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"thing"
)

// Shop has numbers about the rows of its relations, of each kind.
type Shop struct {
	thing.BaseModel
	Name    string
	TownID  *int64
	Town    *Town
	Sales   []*Sale
	Labels  []Label                  `thing:",many_to_many,table=go_shop_labels"`
	Count   int                      `thing:"_count=sales"`
	Open    thing.Opt[uint8]         `thing:"_count=open,relation=sales,where={\"paid\":false,\"pieces\":{\"gt\":0}}"`
	Big     *int64                   `thing:"_count=big,relation=sales,scope=big"`
	Labeled bool                     `thing:"_exists=labels"`
	Pieces  int64                    `thing:"_sum=sales.pieces"`
	Weight  float64                  `thing:"_sum=sales.weight"`
	Total   thing.Decimal            `thing:"_sum=sales.price"`
	Mean    *float64                 `thing:"_avg=sales.pieces"`
	Price   thing.Opt[thing.Decimal] `thing:"_avg=sales.price"`
	First   *time.Time               `thing:"_min=sales.at"`
	Day     thing.Opt[thing.Date]    `thing:"_max=sales.day"`
	Note    *string                  `thing:"_max=sales.note"`
	Town2   string                   `thing:"_max=town.name"`
	Most    thing.Opt[int32]         `thing:"_max=sales.pieces"`
	Unpaid  thing.Opt[thing.Decimal] `thing:"_sum=open.price,relation=sales,where={\"paid\":false}"`
}

func (Shop) ModelJSON() string { return `{"table": "go_shops"}` }

// Sale is a row of a shop.
type Sale struct {
	thing.BaseModel
	ShopID int64
	Shop   *Shop
	Pieces int
	Weight float64
	Price  thing.Decimal
	Paid   bool
	At     time.Time
	Day    thing.Date
	Note   *string
	Parts  []Part
	Many   int `thing:"_count=parts"`
}

func (Sale) ModelJSON() string {
	return `{"table": "go_sales", "scopes": {"big": {"where": {"pieces": {"gte": 5}}}}}`
}

// Part is a row of a sale.
type Part struct {
	thing.BaseModel
	SaleID int64
	Sale   *Sale
	Word   string
}

func (Part) ModelJSON() string { return `{"table": "go_parts"}` }

// Town is what a shop belongs to.
type Town struct {
	thing.BaseModel
	Name  string
	Shops []*Shop
	Many  int64 `thing:"_count=shops"`
}

func (Town) ModelJSON() string { return `{"table": "go_towns"}` }

// Label is what shops share.
type Label struct {
	thing.Tracked
	Word string `thing:",primary"`
}

func (Label) ModelJSON() string { return `{"table": "go_labels"}` }

var shopTables = []string{"go_shop_labels", "go_parts", "go_sales", "go_labels", "go_shops", "go_towns"}

var noon = time.Date(2024, 2, 29, 12, 0, 0, 1000, time.UTC)

func shops(t *testing.T, url string) (*thing.DB, *thing.Model[Shop]) {
	db := opened(t, url, Shop{})
	all := thing.Use[Shop](db)
	must(t, all.Err())
	town := &Town{Name: "Ulm"}
	must(t, thing.Use[Town](db).Save(bg, town))
	sale := func(pieces int, price thing.Decimal, paid bool, note *string, parts ...Part) *Sale {
		return &Sale{Pieces: pieces, Weight: float64(pieces) / 2, Price: price, Paid: paid, At: noon.Add(time.Duration(pieces) * time.Hour),
			Day: thing.Date(pieces), Note: note, Parts: parts}
	}
	must(t, all.Save(bg, &Shop{Name: "A", Town: town, Labels: []Label{{Word: "new"}, {Word: "old"}}, Sales: []*Sale{
		sale(1, "0.10", true, nil, Part{Word: "x"}, Part{Word: "y"}), sale(7, "0.20", false, ptr("b")), sale(5, "2.50", true, ptr("a"))}}))
	must(t, all.Save(bg, &Shop{Name: "B", Town: town, Sales: []*Sale{sale(0, "3.00", false, nil)}}))
	must(t, all.Save(bg, &Shop{Name: "C"}))
	gone := sale(9, "100.00", false, ptr("z"))
	gone.ShopID = 1
	sales := thing.Use[Sale](db)
	must(t, sales.Save(bg, gone))
	must(t, sales.Delete(bg, gone))
	return db, all
}

var everyNumber = []string{"_count", "_exists", "_sum", "_avg", "_min", "_max"}

// checkNumbers is of the shops in the order of their names.
func checkNumbers(t *testing.T, found []*Shop) {
	t.Helper()
	a, b, c := found[0], found[1], found[2]
	equal(t, []int{a.Count, b.Count, c.Count}, []int{3, 1, 0})
	equal(t, []thing.Opt[uint8]{a.Open, b.Open, c.Open}, []thing.Opt[uint8]{thing.Some[uint8](1), thing.Some[uint8](0), thing.Some[uint8](0)})
	equal(t, []int64{*a.Big, *b.Big, *c.Big}, []int64{2, 0, 0})
	equal(t, []bool{a.Labeled, b.Labeled, c.Labeled}, []bool{true, false, false})
	equal(t, []int64{a.Pieces, b.Pieces, c.Pieces}, []int64{13, 0, 0})
	equal(t, []float64{a.Weight, b.Weight, c.Weight}, []float64{6.5, 0, 0})
	equal(t, []thing.Decimal{a.Total, b.Total, c.Total}, []thing.Decimal{"2.8", "3", "0"})
	equal(t, []thing.Opt[thing.Decimal]{a.Unpaid, b.Unpaid, c.Unpaid},
		[]thing.Opt[thing.Decimal]{thing.Some[thing.Decimal]("0.2"), thing.Some[thing.Decimal]("3"), thing.Some[thing.Decimal]("0")})
	equal(t, *a.Mean > 4.33 && *a.Mean < 4.34 && *b.Mean == 0 && c.Mean == nil, true)
	equal(t, []thing.State{a.Price.State, b.Price.State, c.Price.State}, []thing.State{thing.Set, thing.Set, thing.Null})
	equal(t, b.Price.Value, "3")
	equal(t, []time.Time{*a.First, *b.First}, []time.Time{noon.Add(time.Hour), noon})
	equal(t, c.First == nil, true)
	equal(t, []thing.Opt[thing.Date]{a.Day, b.Day, c.Day}, []thing.Opt[thing.Date]{thing.Some(thing.Date(7)), thing.Some(thing.Date(0)), thing.None[thing.Date]()})
	equal(t, *a.Note == "b" && b.Note == nil && c.Note == nil, true)
	equal(t, []string{a.Town2, b.Town2, c.Town2}, []string{"Ulm", "Ulm", ""})
	equal(t, []thing.Opt[int32]{a.Most, b.Most, c.Most}, []thing.Opt[int32]{thing.Some[int32](7), thing.Some[int32](0), thing.None[int32]()})
}

func TestNumbersAboutRelationsComeWithAQuery(t *testing.T) {
	everywhere(t, shopTables, func(t *testing.T, url string) {
		_, all := shops(t, url)
		found, err := all.OrderBy("name").Preload(everyNumber...).All(bg)
		must(t, err)
		checkNumbers(t, found)
	})
}

func TestNumbersAboutRelationsAreLoadedLater(t *testing.T) {
	everywhere(t, shopTables, func(t *testing.T, url string) {
		_, all := shops(t, url)
		found, err := all.OrderBy("name").All(bg)
		must(t, err)
		must(t, all.Load(bg, found, everyNumber...))
		checkNumbers(t, found)
	})
}

// What is asked for by the library's own JSON is the same as what structs print.
func TestNumbersArePrinted(t *testing.T) {
	_, all := shops(t, "sqlite::memory:")
	byName := all.OrderBy("name").Preload(everyNumber...)
	found, err := byName.All(bg)
	must(t, err)
	const fields = "name,_count,_exists,_sum,_avg{sales{pieces}},_min,_max{town,sales{day,note,pieces}}"
	expected, err := byName.Limit(2).JSON(bg, fields)
	must(t, err)
	a, err := all.ToJSON(found[0], fields)
	must(t, err)
	b, err := all.ToJSON(found[1], fields)
	must(t, err)
	sameJSON(t, "["+string(a)+","+string(b)+"]", string(expected))
	for fields, expected := range map[string]string{
		"_count{sales}":                       `{"_count":{"sales":0}}`,
		"name,_sum{sales{pieces},open{none}}": `{"name":"C","_sum":{"sales":{"pieces":0}}}`,
		"_avg{sales{price}},id":               `{"_avg":{"sales":{"price":null}},"id":3}`,
		"-createdAt,-updatedAt,-deleted,-_sum": `{"id":3,"name":"C","townId":null,"_count":{"open":0,"big":0},` +
			`"_avg":{"sales":{"price":null}},"_max":{"sales":{"day":null,"pieces":null}}}`,
	} {
		text, err := all.ToJSON(found[2], fields)
		must(t, err)
		equal(t, string(text), expected)
	}
	_, err = all.ToJSON(found[2], "_count{sales")
	fails(t, err, thing.ErrSyntax)
	_, err = all.ToJSON(found[2], "_sum{sales{,}}")
	fails(t, err, thing.ErrSyntax)
	plain, err := all.ByID(bg, 1)
	must(t, err)
	text, err := all.ToJSON(plain, "-createdAt,-updatedAt,-deleted")
	must(t, err)
	equal(t, string(text), `{"id":1,"name":"A","townId":1}`)
}

func sameJSON(t *testing.T, found, expected string) {
	t.Helper()
	var a, b any
	must(t, json.Unmarshal([]byte(found), &a))
	must(t, json.Unmarshal([]byte(expected), &b))
	if !reflect.DeepEqual(a, b) {
		t.Fatalf("found    %s\nexpected %s", found, expected)
	}
}

func TestNumbersOfOtherRowsAreAskedForByAQuery(t *testing.T) {
	everywhere(t, shopTables, func(t *testing.T, url string) {
		_, all := shops(t, url)
		one := func(q thing.Query[Shop]) *Shop {
			t.Helper()
			found, err := q.OrderBy("name").First(bg)
			must(t, err)
			return found
		}
		paid := thing.M{"where": thing.Eq("paid", true)}
		equal(t, one(all.Query().PreloadWith("_count.sales", paid)).Count, 2)
		equal(t, one(all.Query().PreloadWith("_count.sales", paid).Preload("_count.sales", "sales")).Count, 2)
		equal(t, one(all.Query().PreloadWith("_count.big", paid).Preload("_count.sales")).Big, ptr(int64(1)))
		equal(t, one(all.Query().PreloadWith("_count.big", thing.M{"scope": "big"})).Big, ptr(int64(2)))
		equal(t, one(all.Query().PreloadWith("_count.open", paid)).Open, thing.Some[uint8](0)) // which the tag says, too
		both := one(all.Query().PreloadWith("_sum.sales", paid))
		equal(t, both.Pieces == 6 && both.Total == "2.6" && both.Weight == 3, true)
		equal(t, both.Count == 0 && both.Mean == nil && both.Open.State == thing.Unset, true)
		equal(t, one(all.WithDeleted().Preload("_count.sales")).Count, 4)

		of := func(q thing.Query[Shop]) error {
			_, err := q.All(bg)
			return err
		}
		for _, wrong := range []thing.Query[Shop]{
			all.Preload("_count.none"),
			all.Preload("_count.sale"),
			all.Preload("_sum.sales.at"),
			all.Preload("sales._count.shops"),
			all.Preload("none._count.shops"),
			all.Query().PreloadWith("_sum.sales.price", paid).Preload("_sum.sales.weight"),
			all.Query().PreloadWith("_count.big", thing.M{"relation": "labels"}),
			all.Query().PreloadWith("_count.sales", thing.M{"take": 1}),
			all.Query().PreloadWith("_count.sales", thing.M{"where": thing.M{"none": 1}}),
			all.Query().PreloadWith("_count.big", thing.M{"scope": "none"}),
			all.Query().PreloadWith("_sum.sales.price", thing.M{"select": "id"}),
		} {
			if e := fails(t, of(wrong), thing.ErrInvalid); e.Message == "" {
				t.Error("no message")
			}
		}
	})
}

func TestNumbersAreLoadedByADocument(t *testing.T) {
	everywhere(t, shopTables, func(t *testing.T, url string) {
		db, all := shops(t, url)
		found, err := all.OrderBy("name").All(bg)
		must(t, err)
		before := db.Statements()
		must(t, all.LoadWith(bg, append(found, found[0]), thing.M{
			"_count":  thing.M{"select": thing.M{"sales": true, "open": map[string]any{"where": thing.Lt("pieces", 1)}, "big": false}},
			"_exists": true,
			"_sum":    thing.M{"sales": thing.M{"pieces": true, "price": false}, "open": thing.M{"select": []string{"price"}}},
			"_max":    thing.M{"sales": thing.M{"relation": "sales", "where": thing.Eq("paid", true), "select": thing.M{"pieces": true}}},
			"_min":    false,
			"sales":   thing.M{"take": 1, "include": thing.M{"_count": true}},
		}))
		if sent := db.Statements() - before; sent > 9 {
			t.Fatalf("%d statements", sent)
		}
		a := found[0]
		equal(t, a.Count == 3 && a.Open == thing.Some[uint8](0) && a.Big == nil && a.Labeled, true)
		equal(t, a.Pieces == 13 && a.Total == "" && a.Unpaid == thing.Some[thing.Decimal]("0.2"), true)
		equal(t, a.Most == thing.Some[int32](5) && a.First == nil, true)
		equal(t, len(a.Sales) == 1 && a.Sales[0].Many == 2, true)
		equal(t, found[2].Count == 0 && found[2].Open == thing.Some[uint8](0) && found[2].Most == thing.None[int32](), true)
		for _, wrong := range []thing.M{
			{"_count": thing.M{"sales": true}},
			{"_count": 5},
			{"_count": thing.M{"select": thing.M{"sales": true}, "where": thing.M{}}},
			{"_count": thing.M{"select": thing.M{"town": true}}},
			{"_sum": thing.M{"sales": thing.M{"day": true}}},
			{"_sum": 5},
		} {
			fails(t, all.LoadWith(bg, found, wrong), thing.ErrInvalid)
		}
	})
}

func TestNumbersComeWithRowsOfRelations(t *testing.T) {
	everywhere(t, shopTables, func(t *testing.T, url string) {
		db, all := shops(t, url)
		found, err := all.OrderBy("name").Preload("sales._count.parts", "town._count.shops", "_count.sales").All(bg)
		must(t, err)
		equal(t, []int{found[0].Sales[0].Many, found[0].Sales[1].Many, found[1].Sales[0].Many}, []int{2, 0, 0})
		equal(t, found[0].Town.Many == 2 && found[1].Town.Many == 2 && found[2].Town == nil, true) // one row, of two
		equal(t, found[0].Count == 3 && len(found[2].Sales) == 0, true)
		sales, err := thing.Use[Sale](db).OrderBy("id").Preload("shop._count", "shop._sum.sales.pieces").All(bg)
		must(t, err)
		for _, sale := range sales[:3] {
			equal(t, sale.Shop.Count == 3 && *sale.Shop.Big == 2 && sale.Shop.Pieces == 13 && sale.Shop.Total == "", true)
		}
		towns := thing.Use[Town](db)
		with, err := towns.Query().PreloadWith("shops", thing.M{"where": thing.Eq("name", "B"),
			"include": thing.M{"_count": thing.M{"select": thing.M{"sales": true}}}}).Preload("_count.shops").First(bg)
		must(t, err)
		equal(t, with.Many == 2 && len(with.Shops) == 1 && with.Shops[0].Count == 1, true)
		must(t, towns.LoadOne(bg, with, "shops._count.sales"))
		equal(t, len(with.Shops) == 2 && with.Shops[0].Count == 3, true)
	})
}

func TestNumbersComeByEachWayOfAQuery(t *testing.T) {
	everywhere(t, shopTables, func(t *testing.T, url string) {
		db, all := shops(t, url)
		asked := all.OrderBy("name").Preload("_count.sales", "_max.town.name")
		var counts []int
		must(t, db.Tx(bg, func(tx *thing.Tx) error {
			return asked.In(tx).Each(bg, func(s *Shop) error {
				counts = append(counts, s.Count)
				return nil
			})
		}))
		equal(t, counts, []int{3, 1, 0})
		page, next, err := asked.Page(bg, 2)
		must(t, err)
		equal(t, len(page) == 2 && page[0].Count == 3 && page[1].Town2 == "Ulm", true)
		page, _, err = asked.After(next).Page(bg, 2)
		must(t, err)
		equal(t, len(page) == 1 && page[0].Count == 0, true)
		few, err := asked.Select("name").All(bg) // what they are found by comes along
		must(t, err)
		equal(t, few[0].Count == 3 && few[0].Town2 == "Ulm" && few[0].CreatedAt.IsZero(), true)
		n, err := asked.Count(bg)
		must(t, err)
		equal(t, n, 3)
		must(t, db.Tx(bg, func(tx *thing.Tx) error {
			must(t, thing.Use[Sale](tx).Save(tx.Context(), &Sale{ShopID: 3, Price: "1", At: noon}))
			c, err := asked.In(tx).Where(thing.Eq("name", "C")).Sole(bg)
			must(t, err)
			equal(t, c.Count, 1)
			return all.In(tx).LoadOne(bg, c, "_count.sales")
		}))
		c, err := asked.Where(thing.Eq("name", "C")).Sole(bg) // never stale
		must(t, err)
		equal(t, c.Count, 1)
	})
}

func TestNumbersAreReadOnlyAndLeftAloneOtherwise(t *testing.T) {
	db, all := shops(t, "sqlite::memory:")
	document, err := db.ModelDocument("Shop")
	must(t, err)
	if strings.Contains(string(document), "ount") {
		t.Fatalf("%s", document)
	}
	before := db.Statements()
	a, err := all.Where(thing.Eq("name", "A")).Sole(bg)
	must(t, err)
	equal(t, db.Statements()-before, 1)
	equal(t, a.Count == 0 && a.Open.State == thing.Unset && a.Big == nil && !a.Labeled && a.First == nil, true)
	must(t, all.LoadOne(bg, a, "_count.sales"))
	equal(t, a.Count, 3)
	a.Count, a.Labeled = 7, true
	changed, err := all.Changed(a)
	must(t, err)
	equal(t, len(changed), 0)
	before = db.Statements()
	must(t, all.Save(bg, a))
	equal(t, db.Statements(), before)
	a.Name = "AA"
	must(t, all.Save(bg, a))
	must(t, all.Reload(bg, a))
	must(t, all.Revert(a))
	equal(t, a.Count, 7)
	copied, err := all.Replicate(a)
	must(t, err)
	equal(t, copied.Count == 0 && copied.Name == "AA", true)
	must(t, all.Delete(bg, a))
	must(t, all.LoadOne(bg, a, "_count.sales")) // a record at hand, though deleted
	equal(t, a.Count, 3)
	var heard int
	remove, err := all.On(thing.OnAfterLoad, func(_ context.Context, _ thing.Event, s *Shop) error {
		heard += s.Count
		return nil
	})
	must(t, err)
	_, err = all.Preload("_count.sales").All(bg)
	must(t, err)
	must(t, remove())
	equal(t, heard, 1)
}

func TestANumberThatAFieldDoesNotHoldIsAnError(t *testing.T) {
	db, all := shops(t, "sqlite::memory:")
	must(t, thing.Use[Sale](db).Save(bg, &Sale{ShopID: 3, Pieces: 1 << 40, Price: "1", At: noon}))
	_, err := all.Preload("_max.sales.pieces").All(bg)
	e := fails(t, err, thing.ErrRange)
	equal(t, e.Model+" "+e.Field, "Shop _max.sales.pieces")
	must(t, thing.Use[Sale](db).Save(bg, &Sale{ShopID: 3, Pieces: math.MaxInt64, Price: "1", At: noon}))
	_, err = all.Preload("_sum.sales.pieces").All(bg)
	fails(t, err, thing.ErrRange)
}

type head struct {
	thing.Tracked
	ID    int64 `thing:",primary"`
	Count int   `thing:"_count=rows"`
	All   int   `thing:"_count=all,relation=rows,unscoped"`
	Old   int   `thing:"_count=old,relation=rows,unscoped=fresh,scope=large|odd"`
	First int   `thing:"_min=rows.id"`
}

func (head) ModelJSON() string { return `{"name": "Head"}` }

const headAndRows = `[{"name": "Head", "fields": {"id": {"type": "int", "primary": true}}, "relations": {"rows": {"has_many": "Row"}}},
	{"name": "Row", "fields": {"id": {"type": "int", "primary": true}, "headId": {"type": "int"}, "old": {"type": "bool"}, "odd": {"type": "bool"}},
		"relations": {"head": {"belongs_to": "Head"}},
		"scopes": {"fresh": {"where": {"old": false}, "default": true}, "large": {"where": {"id": {"gt": 2}}}, "odd": {"where": {"odd": true}}}}]`

// A struct needs no field for the relation itself.
func TestNumbersAreOfRowsInScopesWithoutAFieldForTheRelation(t *testing.T) {
	db := memory(t)
	must(t, db.RegisterJSON(headAndRows))
	must(t, db.Sync(bg))
	heads := thing.Use[head](db)
	must(t, heads.Save(bg, &head{ID: 1}))
	for id := 1; id <= 6; id++ {
		must(t, db.Call(bg, "Row", "create", thing.M{"data": thing.M{"id": id, "headId": 1, "old": id != 2 && id != 5, "odd": id%2 == 1}}, nil))
	}
	found, err := heads.Preload("_count", "_min").First(bg)
	must(t, err)
	equal(t, []int{found.Count, found.All, found.Old, found.First}, []int{2, 6, 2, 2})
	for _, some := range []struct {
		path            string
		options         thing.M
		count, all, old int
	}{
		{"_count.rows", thing.M{"unscoped": true}, 6, 0, 0},
		{"_count.rows", thing.M{"unscoped": []string{"fresh"}, "scope": "odd"}, 3, 0, 0},
		{"_count.all", thing.M{"scope": []any{"large", "odd"}}, 0, 2, 0},
		{"_count.old", thing.M{"scope": "fresh", "where": thing.Ne("id", 3)}, 0, 0, 1},
		{"_count.old", thing.M{"unscoped": true, "relation": "rows"}, 0, 0, 2},
		{"_count", thing.M{"where": thing.Lt("id", 4)}, 1, 3, 1},
	} {
		found, err := heads.Query().PreloadWith(some.path, some.options).First(bg)
		must(t, err)
		equal(t, []int{found.Count, found.All, found.Old}, []int{some.count, some.all, some.old})
	}
}
