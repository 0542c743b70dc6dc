package thing_test

import (
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
