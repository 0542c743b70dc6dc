package thing_test

import (
	"math/rand"
	"runtime"
	"strings"
	"sync"
	"testing"

	"thing"
)

// Rows of all lengths, with texts that may be NULL: no *string, one, a few, and many of them.
type (
	Plain struct {
		thing.Tracked
		ID   int64 `thing:",primary,default=autoincrement()"`
		Body string
	}
	OneText struct {
		thing.Tracked
		ID   int64 `thing:",primary,default=autoincrement()"`
		Body *string
	}
	SomeTexts struct {
		thing.Tracked
		ID         int64 `thing:",primary,default=autoincrement()"`
		Body, A, B *string
	}
	ManyTexts struct {
		thing.Tracked
		ID                  int64 `thing:",primary,default=autoincrement()"`
		Body, A, B, C, D, E *string
	}
)

func TestRowsOfAllLengthsAreReadByID(t *testing.T) {
	for _, cache := range []string{"memory", "off"} {
		db, err := thing.Open(bg, "sqlite:"+t.TempDir()+"/lengths.db", thing.Setting("cache", cache))
		must(t, err)
		must(t, db.Register(Plain{}, OneText{}, SomeTexts{}, ManyTexts{}))
		must(t, db.Sync(bg))
		t.Run(cache+"/none", func(t *testing.T) {
			lengths(t, db, func(text string) *Plain { return &Plain{Body: text} },
				func(p *Plain) (int64, []*string) { return p.ID, []*string{&p.Body} })
		})
		t.Run(cache+"/one", func(t *testing.T) {
			lengths(t, db, func(text string) *OneText { return &OneText{Body: &text} },
				func(o *OneText) (int64, []*string) { return o.ID, []*string{o.Body} })
		})
		t.Run(cache+"/some", func(t *testing.T) {
			lengths(t, db, func(text string) *SomeTexts { return &SomeTexts{Body: &text, B: ptr("b" + text)} },
				func(s *SomeTexts) (int64, []*string) { return s.ID, []*string{s.Body, s.A, s.B} })
		})
		t.Run(cache+"/many", func(t *testing.T) {
			lengths(t, db, func(text string) *ManyTexts { return &ManyTexts{Body: &text, C: ptr(""), E: ptr("e" + text)} },
				func(m *ManyTexts) (int64, []*string) { return m.ID, []*string{m.Body, m.A, m.B, m.C, m.D, m.E} })
		})
		must(t, db.Close())
	}
}

func lengths[T any](t *testing.T, db *thing.DB, made func(text string) *T, parts func(*T) (int64, []*string)) {
	model := thing.Use[T](db)
	var all []*T
	for _, length := range []int{0, 1, 7, 8, 9, 30, 70, 95, 96, 97, 130, 200, 300, 400, 1900, 2100, 9000} {
		all = append(all, made(strings.Repeat("é", length%2)+strings.Repeat("x", length)))
	}
	must(t, model.SaveMany(bg, all...))
	check := func(expected *T) *T {
		id, texts := parts(expected)
		found, err := model.ByID(bg, id)
		if err != nil {
			t.Error(err)
			return nil
		}
		if _, others := parts(found); !same(texts, others) {
			t.Errorf("found other texts in %d than were saved", id)
		}
		return found
	}
	var wait sync.WaitGroup
	for seed := int64(0); seed < 3; seed++ {
		wait.Add(1)
		go func(random *rand.Rand) {
			defer wait.Done()
			var kept []*T
			for i := 0; i < 300; i++ {
				kept = append(kept, check(all[random.Intn(len(all))]))
				if i%100 == 0 {
					runtime.GC()
				}
			}
			for _, obj := range kept { // still what it was
				if names, err := model.Changed(obj); err != nil || len(names) != 0 {
					t.Errorf("found changes %v, %v", names, err)
				}
			}
		}(rand.New(rand.NewSource(seed)))
	}
	wait.Wait()
	for _, expected := range all {
		found := check(expected)
		_, texts := parts(found)
		*texts[0] += "!" // belongs to this object alone
		changed, err := model.Changed(found)
		must(t, err)
		equal(t, strings.Join(changed, ","), "body")
		check(expected)
	}
	_, err := model.ByID(bg, 1<<40)
	fails(t, err, thing.ErrNotFound)
}

func same(a, b []*string) bool {
	for i := range a {
		if (a[i] == nil) != (b[i] == nil) || a[i] != nil && *a[i] != *b[i] {
			return false
		}
	}
	return true
}

// Rows of one length and another, read by id from memory while others replace them.
func TestRowsAreReadByIDWhileTheyChange(t *testing.T) {
	db := memory(t, Waiter{})
	waiters := thing.Use[Waiter](db)
	w := &Waiter{Name: "x"}
	must(t, waiters.Save(bg, w))
	id := w.ID
	long := make([]byte, 3000)
	for i := range long {
		long[i] = 'a' + byte(i%26)
	}
	var all sync.WaitGroup
	stop := make(chan bool)
	for g := 0; g < 3; g++ {
		all.Add(1)
		go func() {
			defer all.Done()
			var kept []*Waiter
			for i := 0; ; i++ {
				select {
				case <-stop:
					for _, k := range kept {
						if k.Name != string(long[:len(k.Name)]) {
							t.Errorf("found %q", k.Name)
						}
					}
					return
				default:
				}
				read, err := waiters.ByID(bg, id)
				if err != nil || read.Name != "x" && read.Name != string(long[:len(read.Name)]) {
					t.Errorf("found %v, %v", read, err)
					return
				}
				if read.Name == "x" {
					continue
				}
				if kept = append(kept, read); len(kept) > 300 {
					kept = kept[1:]
				}
			}
		}()
	}
	for i := 0; i < 1500; i++ {
		w.Name = string(long[:(i*37)%500+1])
		if i%50 == 0 {
			w.Name = string(long)
		}
		must(t, waiters.Save(bg, w))
	}
	close(stop)
	all.Wait()
}
