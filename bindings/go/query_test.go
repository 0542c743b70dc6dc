package thing_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"thing"
)

type Item struct {
	thing.BaseModel
	Name  string
	Group string
	Price thing.Decimal
	Count int
	Seen  *time.Time
	Words []string
}

func (Item) ModelJSON() string {
	return `{"table": "go_items", "scopes": {"dear": {"where": {"price": {"gte": "10"}}}}}`
}

func items(t testing.TB, url string) (*thing.DB, *thing.Model[Item]) {
	db := opened(t, url, Item{})
	m := thing.Use[Item](db)
	var all []*Item
	for i := 0; i < 20; i++ {
		item := &Item{Name: fmt.Sprintf("item %02d%%", i), Group: string(rune('A' + i%3)), Price: thing.Decimal(fmt.Sprint(i)), Count: i}
		if i%2 == 0 {
			item.Seen = ptr(time.UnixMicro(int64(i) * 1e6).UTC())
			item.Words = []string{"even"}
		}
		all = append(all, item)
	}
	must(t, m.SaveMany(bg, all...))
	return db, m
}

func itemNames(t testing.TB, q thing.Query[Item]) string {
	t.Helper()
	found, err := q.All(bg)
	must(t, err)
	return names(found, func(i *Item) string { return i.Name[5:7] })
}

func TestConditionsFindRecords(t *testing.T) {
	everywhere(t, []string{"go_items"}, func(t *testing.T, url string) {
		_, m := items(t, url)
		for _, c := range []struct {
			where    thing.M
			expected string
		}{
			{thing.Eq("count", 7), "07"},
			{thing.M{"count": 7, "group": "B"}, "07"},
			{thing.And(thing.Gt("count", 17), thing.Lte("count", 18)), "18"},
			{thing.Between("price", thing.Decimal("3"), "4.5"), "03,04"},
			{thing.In("count", 3, 1, 99), "01,03"},
			{thing.In[int]("count"), ""},
			{thing.And(thing.NotIn("group", "A", "B"), thing.Lt("count", 6)), "02,05"},
			{thing.Or(thing.Eq("count", 1), thing.EndsWith("name", "19%")), "01,19"},
			{thing.And(thing.Not(thing.Eq("group", "A")), thing.Lt("count", 3)), "01,02"},
			{thing.Contains("name", "9%"), "09,19"},
			{thing.StartsWith("name", "item 1"), "10,11,12,13,14,15,16,17,18,19"},
			{thing.And(thing.IsNull("seen"), thing.Lt("count", 4)), "01,03"},
			{thing.And(thing.NotNull("seen"), thing.Gte("count", 16)), "16,18"},
			{thing.Eq("seen", time.Unix(4, 0).In(time.FixedZone("x", 3600))), "04"},
			{thing.Eq("seen", ptr(time.Unix(4, 0))), "04"},
			{thing.And(thing.M{"words": thing.M{"has": "even"}}, thing.Ne("count", 2), thing.Lt("count", 5)), "00,04"},
		} {
			equal(t, itemNames(t, m.Where(c.where)), c.expected)
		}
	})
}

func TestQueriesNeverChange(t *testing.T) {
	_, m := items(t, "sqlite::memory:")
	all := m.Query()
	few := all.Where(thing.Lt("count", 6))
	a := few.Where(thing.Eq("group", "A"))
	b := few.Where(thing.Eq("group", "B"))
	desc := a.OrderBy("-count")
	equal(t, itemNames(t, b), "01,04")
	equal(t, itemNames(t, a), "00,03")
	equal(t, itemNames(t, desc), "03,00")
	equal(t, itemNames(t, few), "00,01,02,03,04,05")
	equal(t, itemNames(t, few.Limit(2).Offset(1)), "01,02")
	equal(t, itemNames(t, all.OrderBy("group", "-count").Limit(3)), "18,15,12")
	equal(t, itemNames(t, all.OrderByJSON(thing.M{"seen": thing.M{"sort": "desc", "nulls": "first"}}).Limit(2)), "01,03")
	equal(t, itemNames(t, all.Scope("dear").Limit(2)), "10,11")
	equal(t, itemNames(t, all.Distinct("group").OrderBy("count")), "00,01,02")
}

func TestWindowsPagesAndSingles(t *testing.T) {
	everywhere(t, []string{"go_items"}, func(t *testing.T, url string) {
		_, m := items(t, url)
		q := m.OrderBy("count")
		window, err := q.Fetch(bg, 18, 10)
		must(t, err)
		equal(t, len(window), 2)
		_, err = q.Fetch(bg, -1, 10)
		fails(t, err, thing.ErrRange)
		_, err = q.Fetch(bg, 0, -1)
		fails(t, err, thing.ErrRange)
		first, err := q.First(bg)
		must(t, err)
		equal(t, first.Count, 0)
		_, err = q.Where(thing.Eq("count", 99)).First(bg)
		fails(t, err, thing.ErrNotFound)
		_, err = q.Where(thing.Gt("count", 17)).Sole(bg)
		fails(t, err, thing.ErrRange)
		sole, err := q.Where(thing.Gt("count", 18)).Sole(bg)
		must(t, err)
		equal(t, sole.Count, 19)
		seen, token := 0, ""
		for {
			page, next, err := q.After(token).Page(bg, 7)
			must(t, err)
			seen += len(page)
			if token = next; next == "" {
				break
			}
		}
		equal(t, seen, 20)
		n, err := q.Where(thing.Eq("group", "A")).Limit(2).Count(bg)
		must(t, err)
		equal(t, n, 7)
		is, err := q.Where(thing.Eq("group", "Z")).Exists(bg)
		must(t, err)
		equal(t, is, false)
		counts, err := thing.Pluck[int](bg, q.Where(thing.Lt("count", 3)), "count")
		must(t, err)
		equal(t, counts, []int{0, 1, 2})
	})
}

func TestStreams(t *testing.T) {
	_, m := items(t, "sqlite::memory:")
	var many []*Item
	for i := 0; i < 1200; i++ {
		many = append(many, &Item{Name: "item xx", Group: "S", Price: "1", Count: i})
	}
	must(t, m.SaveMany(bg, many...))
	sum := 0
	q := m.Where(thing.Eq("group", "S"))
	must(t, q.Each(bg, func(i *Item) error { sum += i.Count; return nil }))
	equal(t, sum, 1199*600)
	enough := errors.New("enough")
	n := 0
	err := q.Each(bg, func(*Item) error {
		if n++; n == 700 {
			return enough
		}
		return nil
	})
	equal(t, err, enough)
	equal(t, n, 700)
}

func TestPartsOfRecordsAreSavedAsParts(t *testing.T) {
	_, m := items(t, "sqlite::memory:")
	part, err := m.Where(thing.Eq("count", 4)).Select("name").First(bg)
	must(t, err)
	equal(t, part.Count, 0)
	part.Name = "item zz"
	must(t, m.Save(bg, part))
	whole, err := m.ByID(bg, part.ID)
	must(t, err)
	equal(t, whole.Name, "item zz")
	equal(t, whole.Count, 4)
	equal(t, whole.Seen != nil, true)
}

func TestBulkWritesAndAggregates(t *testing.T) {
	everywhere(t, []string{"go_items"}, func(t *testing.T, url string) {
		_, m := items(t, url)
		n, err := m.Where(thing.Eq("group", "A")).Update(bg, thing.M{"count": thing.M{"increment": 100}, "words": []string{"a"}})
		must(t, err)
		equal(t, n, 7)
		_, err = m.Query().Update(bg, thing.M{"count": 0})
		fails(t, err, thing.ErrInvalid)
		var sums []struct {
			Group string
			Sum   map[string]json.Number `json:"_sum"`
		}
		must(t, m.Query().Aggregate(bg, thing.M{"by": []string{"group"}, "_sum": thing.M{"count": true}}, &sums))
		equal(t, sums[0].Group, "A")
		equal(t, sums[0].Sum["count"].String(), "763")
		n, err = m.Where(thing.Ne("group", "A")).Delete(bg)
		must(t, err)
		equal(t, n, 13)
		_, err = m.Query().Delete(bg)
		fails(t, err, thing.ErrInvalid)
		left, err := m.WithDeleted().Count(bg)
		must(t, err)
		equal(t, left, 20)
		gone, err := m.Query().OnlyDeleted().Count(bg)
		must(t, err)
		equal(t, gone, 13)
		n, err = m.Query().DeleteAll(bg)
		must(t, err)
		equal(t, n, 7)
	})
}

func TestMistakesInQueriesAreErrors(t *testing.T) {
	_, m := items(t, "sqlite::memory:")
	for _, q := range []thing.Query[Item]{
		m.Where(thing.Eq("cuont", 1)), m.Where(thing.M{"count": thing.M{"above": 1}}), m.OrderBy("nmae"),
		m.Preload("owner"), m.Query().Scope("cheap"), m.Query().Select("nmae"), m.Where(thing.Eq("count", 1.5)),
	} {
		if _, err := q.All(bg); err == nil {
			t.Fatal("no error")
		}
	}
	explained, err := m.Where(thing.Eq("count", 1)).Explain(bg)
	must(t, err)
	equal(t, json.Valid(explained), true)
}

func TestRowsAsJSONNeedNoStructs(t *testing.T) {
	_, m := items(t, "sqlite::memory:")
	text, err := m.Where(thing.Lt("count", 2)).JSON(bg, "name,count")
	must(t, err)
	equal(t, string(text), `[{"name":"item 00%","count":0},{"name":"item 01%","count":1}]`)
}

func TestSQL(t *testing.T) {
	everywhere(t, []string{"go_items"}, func(t *testing.T, url string) {
		db, m := items(t, url)
		n, err := db.ExecOn(bg, []string{"go_items"}, "UPDATE go_items SET name = ? WHERE count = ?", "Ω 😀", 3)
		must(t, err)
		equal(t, n, 1)
		var rows []struct {
			Name  string
			Count int64
		}
		must(t, db.Query(bg, &rows, "SELECT name, count FROM go_items WHERE count > ? AND count < ? ORDER BY count", 2, 5))
		equal(t, len(rows), 2)
		equal(t, rows[0].Name, "Ω 😀")
		fails(t, db.Query(bg, &rows, "DELETE FROM go_items"), thing.ErrReadOnly)
		_, err = db.Exec(bg, "COMMIT")
		fails(t, err, thing.ErrUnsupported)
		item, err := m.Where(thing.Eq("count", 3)).First(bg)
		must(t, err)
		equal(t, item.Name, "Ω 😀")
	})
}
