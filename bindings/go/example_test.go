package thing_test

import (
	"context"
	"errors"
	"fmt"

	"thing"
)

// Fruit is a model of the examples.
type Fruit struct {
	thing.BaseModel
	Name  string `thing:",unique"`
	Price thing.Decimal
	Stock int
}

func fruits() (*thing.DB, *thing.Model[Fruit]) {
	db, err := thing.Open(context.Background(), "sqlite::memory:")
	if err != nil {
		panic(err)
	}
	m := thing.Use[Fruit](db)
	if err := db.Sync(context.Background()); err != nil {
		panic(err)
	}
	err = m.SaveMany(context.Background(), &Fruit{Name: "apple", Price: "0.30", Stock: 5}, &Fruit{Name: "pear", Price: "0.45"},
		&Fruit{Name: "plum", Price: "0.10", Stock: 80})
	if err != nil {
		panic(err)
	}
	return db, m
}

func ExampleUse() {
	db, fruit := fruits()
	defer db.Close()
	ctx := context.Background()
	apple, err := fruit.ByID(ctx, 1)
	if err != nil {
		panic(err)
	}
	apple.Stock = 4
	changed, _ := fruit.Changed(apple)
	fmt.Println(apple.Name, changed, fruit.Save(ctx, apple))
	// Output: apple [stock] <nil>
}

func ExampleQuery() {
	db, fruit := fruits()
	defer db.Close()
	cheap := fruit.Where(thing.Lt("price", "0.40")).OrderBy("-price")
	found, err := cheap.Where(thing.Gt("stock", 0)).All(context.Background())
	for _, f := range found {
		fmt.Println(f.Name, f.Price)
	}
	fmt.Println(err)
	// Output:
	// apple 0.30
	// plum 0.10
	// <nil>
}

func ExampleDB_Tx() {
	db, fruit := fruits()
	defer db.Close()
	ctx := context.Background()
	soldOut := errors.New("sold out")
	err := db.Tx(ctx, func(tx *thing.Tx) error {
		if _, err := fruit.In(tx).Incr(ctx, 1, "stock", -2); err != nil {
			return err
		}
		left, err := fruit.In(tx).Incr(ctx, 2, "stock", -2)
		if err == nil && left < 0 {
			err = soldOut
		}
		return err
	})
	apple, _ := fruit.ByID(ctx, 1)
	fmt.Println(err, apple.Stock)
	// Output: sold out 5
}

func ExampleError() {
	db, fruit := fruits()
	defer db.Close()
	err := fruit.Save(context.Background(), &Fruit{Name: "plum", Price: "1"})
	var e *thing.Error
	if errors.As(err, &e) {
		fmt.Println(e.Code.String(), e.Model, e.Fields(), e.SQLState, errors.Is(err, thing.ErrUnique))
	}
	// Output: E_UNIQUE Fruit [name] 23505 true
}

func ExampleDB_Call() {
	db, _ := fruits()
	defer db.Close()
	var answer struct {
		Sum struct{ Stock int } `json:"_sum"`
	}
	err := db.Call(context.Background(), "Fruit", "aggregate", thing.M{"_sum": thing.M{"stock": true}}, &answer)
	fmt.Println(answer.Sum.Stock, err)
	// Output: 85 <nil>
}

func ExampleModel_On() {
	db, fruit := fruits()
	defer db.Close()
	ctx := context.Background()
	_, err := fruit.On(thing.OnBeforeUpdate, func(ctx context.Context, _ thing.Event, f *Fruit) error {
		changes, err := thing.Changes(ctx)
		fmt.Printf("%s: %s to %s\n", f.Name, changes["stock"].Old, changes["stock"].New)
		return err
	})
	if err != nil {
		panic(err)
	}
	plum, _ := fruit.Where(thing.Eq("name", "plum")).First(ctx)
	plum.Stock = 79
	fmt.Println(fruit.Save(ctx, plum))
	// Output:
	// plum: 80 to 79
	// <nil>
}

// Writer is a model whose struct has numbers about its stories.
type Writer struct {
	thing.BaseModel
	Name    string
	Stories []*Story
	Count   int      `thing:"_count=stories"`
	Long    int      `thing:"_count=long,relation=stories,where={\"words\":{\"gte\":1000}}"`
	Words   int64    `thing:"_sum=stories.words"`
	Mean    *float64 `thing:"_avg=stories.words"`
}

// Story is what writers have.
type Story struct {
	thing.BaseModel
	Words    int
	WriterID int64
	Writer   *Writer
}

func ExampleQuery_Preload() {
	ctx := context.Background()
	db, err := thing.Open(ctx, "sqlite::memory:")
	if err != nil {
		panic(err)
	}
	defer db.Close()
	writers := thing.Use[Writer](db)
	if err := db.Sync(ctx); err != nil {
		panic(err)
	}
	for _, w := range []*Writer{{Name: "Ann", Stories: []*Story{{Words: 500}, {Words: 2500}}}, {Name: "Bob"}} {
		if err := writers.Save(ctx, w); err != nil {
			panic(err)
		}
	}
	found, err := writers.OrderBy("name").Preload("_count", "_sum.stories.words", "_avg").All(ctx)
	if err != nil {
		panic(err)
	}
	fmt.Println(found[0].Count, found[0].Long, found[0].Words, *found[0].Mean, found[1].Count, found[1].Mean == nil)
	text, err := writers.ToJSON(found[0], "name,_count")
	fmt.Println(string(text), err)
	// Output:
	// 2 1 3000 1500 0 true
	// {"name":"Ann","_count":{"stories":2,"long":1}} <nil>
}
