package thing

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"math/rand"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"
)

// The packed batches of tests/vectors, which nothing of the library made.

const vectorFolder = "../../tests/vectors"

type AllTypes struct {
	Tracked
	ID     int64
	Flag   Opt[bool]
	Number Opt[int64]
	Real   Opt[float64]
	Exact  Opt[Decimal]
	Words  Opt[string]
	Bytes  Opt[[]byte]
	Moment Opt[time.Time]
	Day    Opt[Date]
	Clock  Opt[Clock]
	Key    Opt[UUID]
	Tree   Opt[json.RawMessage]
	Kind   Opt[string]
}

type Lists struct {
	Tracked
	ID      int64
	Flags   Opt[[]bool]
	Numbers Opt[[]int64]
	Reals   Opt[[]float64]
	Exacts  Opt[[]Decimal]
	Words   Opt[[]string]
	Bytes   Opt[[][]byte]
	Moments Opt[[]time.Time]
	Days    Opt[[]Date]
	Clocks  Opt[[]Clock]
	Keys    Opt[[]UUID]
	Kinds   Opt[[]string]
}

// vectorModels opens a database with the models of the vectors; Wide has a struct that is made here, of 66 fields.
func vectorModels(t testing.TB) (*DB, map[string]*plan) {
	t.Helper()
	db, err := Open(context.Background(), "sqlite::memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	documents, err := os.ReadFile(filepath.Join(vectorFolder, "models.json"))
	if err != nil {
		t.Skip("the vectors of the repository are not here: ", err)
	}
	if err := db.RegisterJSON(string(documents)); err != nil {
		t.Fatal(err)
	}
	plans := map[string]*plan{}
	for name, typ := range map[string]reflect.Type{
		"AllTypes": reflect.TypeOf(AllTypes{}), "Lists": reflect.TypeOf(Lists{}), "Wide": wideType(),
	} {
		l, err := layoutOf(typ)
		if err != nil {
			t.Fatal(err)
		}
		l.name = name
		if plans[name], err = db.bind(l); err != nil {
			t.Fatal(err)
		}
	}
	return db, plans
}

func wideType() reflect.Type {
	fields := []reflect.StructField{{Name: "ID", Type: reflect.TypeOf(int64(0))}}
	for i := 1; i <= 65; i++ {
		typ := reflect.TypeOf(Opt[int64]{})
		if i == 63 || i == 64 {
			typ = reflect.TypeOf(Opt[string]{})
		}
		fields = append(fields, reflect.StructField{Name: "C" + string(plainJSON(i)), Type: typ})
	}
	return reflect.StructOf(fields)
}

type vector struct {
	name string
	plan *plan
	data []byte
	rows []string
}

func vectors(t testing.TB) (*DB, []vector) {
	t.Helper()
	db, plans := vectorModels(t)
	files, err := filepath.Glob(filepath.Join(vectorFolder, "*.hex"))
	if err != nil || len(files) == 0 {
		t.Fatal("no vectors: ", err)
	}
	var out []vector
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := os.ReadFile(strings.TrimSuffix(file, ".hex") + ".json")
		if err != nil {
			t.Fatal(err)
		}
		v := vector{name: strings.TrimSuffix(filepath.Base(file), ".hex")}
		v.plan = plans[strings.Split(v.name, "-")[0]]
		if v.data, err = hex.DecodeString(strings.ReplaceAll(string(text), "\n", "")); err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(string(rows), "\n") {
			if line = strings.TrimSuffix(line, ","); strings.HasPrefix(line, "{") {
				v.rows = append(v.rows, line)
			}
		}
		out = append(out, v)
	}
	return db, out
}

// decoded is the rows of a batch as structs.
func (v *vector) decoded(data []byte) (reflect.Value, error) {
	b, err := readBatch(data, v.plan.hash, v.plan.cols)
	if err != nil {
		return reflect.Value{}, err
	}
	return v.plan.decodeAll(&b)
}

func TestVectorsAreReadAsTheirJSON(t *testing.T) {
	_, all := vectors(t)
	for _, v := range all {
		t.Run(v.name, func(t *testing.T) {
			rows, err := v.decoded(v.data)
			if err != nil {
				t.Fatal(err)
			}
			if rows.Len() != len(v.rows) {
				t.Fatalf("found %d rows, expected %d", rows.Len(), len(v.rows))
			}
			for i, expected := range v.rows {
				ptr := rows.Index(i).Addr().UnsafePointer()
				text, err := v.plan.print(ptr, "", 0)
				if err != nil {
					t.Fatal(err)
				}
				if string(text) != expected {
					t.Fatalf("row %d\nfound    %s\nexpected %s", i, text, expected)
				}
			}
		})
	}
}

// What was read and is written again is the same row.
func TestVectorsAreWrittenAsTheyWereRead(t *testing.T) {
	_, all := vectors(t)
	for _, v := range all {
		t.Run(v.name, func(t *testing.T) {
			rows, err := v.decoded(v.data)
			if err != nil {
				t.Fatal(err)
			}
			for i := range v.rows {
				obj, err := v.plan.newObject(rows.Index(i).Addr().UnsafePointer(), forInsert)
				if err != nil {
					t.Fatal(err)
				}
				data, err := packed(obj)
				if err != nil {
					t.Fatal(err)
				}
				again, err := v.decoded(data)
				if err != nil {
					t.Fatal(err)
				}
				text, err := v.plan.print(again.Index(0).Addr().UnsafePointer(), "", 0)
				if err != nil || string(text) != v.rows[i] {
					t.Fatalf("%v\nfound    %s\nexpected %s", err, text, v.rows[i])
				}
			}
		})
	}
}

// Each row alone is what it was among others.
func TestRowsAreTakenOutOfBatches(t *testing.T) {
	_, all := vectors(t)
	for _, v := range all {
		if v.plan.tracked < 0 {
			continue
		}
		rows, err := v.decoded(v.data)
		if err != nil {
			t.Fatal(err)
		}
		for i, expected := range v.rows {
			one, err := v.plan.row(rows.Index(i).Addr().UnsafePointer()).one()
			if err != nil {
				t.Fatal(err)
			}
			alone, err := v.decoded(one)
			if err != nil {
				t.Fatal(err)
			}
			text, err := v.plan.print(alone.Index(0).Addr().UnsafePointer(), "", 0)
			if err != nil || string(text) != expected {
				t.Fatalf("%s %d: %v\nfound    %s\nexpected %s", v.name, i, err, text, expected)
			}
		}
	}
}

func TestBatchesThatAreCutAreRefused(t *testing.T) {
	_, all := vectors(t)
	for _, v := range all {
		for n := 0; n < len(v.data); n++ {
			if len(v.data)-n < 8 && n >= int(heapEnd(v.data)) {
				continue // fewer than 8 bytes may follow the heap
			}
			if _, err := v.decoded(v.data[:n:n]); err == nil {
				t.Fatalf("%s: %d of %d bytes were taken", v.name, n, len(v.data))
			}
		}
		if _, err := v.decoded(append(append([]byte(nil), v.data...), make([]byte, 8)...)); err == nil {
			t.Fatalf("%s: bytes behind the heap were taken", v.name)
		}
	}
}

func heapEnd(data []byte) uint64 {
	b := batch{data: data}
	at := func(i int) (n uint64) {
		for k := 7; k >= 0; k-- {
			n = n<<8 | uint64(b.data[i+k])
		}
		return n
	}
	return at(24) + at(32)
}

// The header's bytes each have one meaning; any other is refused.
func TestHeadersThatAreOtherwiseAreRefused(t *testing.T) {
	_, all := vectors(t)
	for _, v := range all {
		for at := 0; at < packHeaderSize; at++ {
			for bit := 0; bit < 8; bit++ {
				data := append([]byte(nil), v.data...)
				data[at] ^= 1 << bit
				rows, err := v.decoded(data)
				heapBits := at >= 32 && at < 40 // a shorter heap may still hold all
				if err == nil && !heapBits && !(at == 6 && bit == 0 && rows.Len() == 0) {
					t.Fatalf("%s: byte %d with bit %d was taken", v.name, at, bit)
				}
			}
		}
	}
}

// Whatever bytes say: an error or values, and no read beyond them.
func TestBytesThatChangeAtRandomDoNoHarm(t *testing.T) {
	_, all := vectors(t)
	seed := time.Now().UnixNano()
	t.Log("seed ", seed)
	random := rand.New(rand.NewSource(seed))
	refused := 0
	for i := 0; i < 20000; i++ {
		v := all[random.Intn(len(all))]
		data := append([]byte(nil), v.data...)
		for k := random.Intn(3); k >= 0; k-- {
			data[random.Intn(len(data))] ^= 1 << random.Intn(8)
		}
		rows, err := v.decoded(data)
		if err != nil {
			refused++
			continue
		}
		for r := 0; r < rows.Len(); r++ {
			touch(v.plan, rows.Index(r).Addr().UnsafePointer())
		}
	}
	if refused == 0 {
		t.Fatal("nothing was refused")
	}
}

// touch reads all of a struct.
func touch(p *plan, ptr unsafe.Pointer) {
	e := takeEncoder()
	defer giveEncoder(e)
	_ = p.encode(e, ptr, forAll, nil)
}

func TestBitsOfRowsAreChecked(t *testing.T) {
	_, all := vectors(t)
	for _, v := range all {
		if v.name != "AllTypes-nulls" && v.name != "AllTypes-absent" && v.name != "AllTypes-full" {
			continue
		}
		flip := func(what string, at int, bits byte) {
			data := append([]byte(nil), v.data...)
			data[at] ^= bits
			if _, err := v.decoded(data); err == nil {
				t.Fatalf("%s: %s was taken", v.name, what)
			}
		}
		flip("a bit behind the last column", packHeaderSize+1, 1<<6)
		if v.name == "AllTypes-nulls" {
			flip("a slot of NULL that is not zero", packHeaderSize+8+8*2, 1)
		}
		if v.name == "AllTypes-absent" {
			flip("null and absent", packHeaderSize, 1<<1)
		}
		if v.name == "AllTypes-full" {
			flip("a bool that is 3", packHeaderSize+8+8, 2)
			flip("a value beyond the heap", packHeaderSize+8+8*5+3, 0x80)
			flip("invalid UTF-8", int(heapEnd(v.data))-2, 0x40)
		}
	}
}
