// Money between accounts: what moves moves as a whole, a part can be taken back alone, and who loses against others is
// run again.
//
// usage: transactions [URL]
package main

import (
	"context"
	"errors"
	"fmt"

	"thing"
	"thing/examples/internal/show"
)

// Account holds no debts.
type Account struct {
	thing.Tracked
	ID    int64 `thing:",primary"`
	Owner string
	Cents int64 `thing:",min=0"`
}

// ModelJSON says what the tags do not.
func (Account) ModelJSON() string { return `{"table": "example_accounts"}` }

var ctx = context.Background()

func add(tx *thing.Tx, id, cents int64) error {
	accounts := thing.Use[Account](tx)
	account, err := accounts.ByID(thing.With(ctx, thing.LockUpdate), id) // what is read is not changed by others
	if errors.Is(err, thing.ErrNotFound) {
		return errors.New("there is no such account")
	}
	if err != nil {
		return err
	}
	account.Cents += cents
	return accounts.Save(ctx, account)
}

// run moves money; at most five times, when others were faster.
func run(db *thing.DB, from, to, cents int64) error {
	fmt.Printf("%d cents from %d to %d\n", cents, from, to)
	return db.TxWith(ctx, thing.TxOptions{Attempts: 5}, func(tx *thing.Tx) error {
		if err := add(tx, to, cents); err != nil {
			return err
		}
		return add(tx, from, -cents)
	})
}

func fail(db *thing.DB, from, to, cents int64, expected string) {
	found := "no error"
	if err := run(db, from, to, cents); err != nil {
		found = err.Error()
	}
	show.Expect(found, expected)
}

func balancesAre(ctx context.Context, db *thing.DB, expected string) {
	show.Act(ctx, db, "Account", "findMany", `{"select": ["cents"]}`, expected)
}

// saveAPart: the gift is taken back alone, the rest of the transaction stays.
func saveAPart(db *thing.DB) {
	show.Check(db.Tx(ctx, func(tx *thing.Tx) error {
		show.Check(add(tx, 1, 5))
		taken := tx.Tx(func(gift *thing.Tx) error {
			show.Check(add(gift, 2, 1000))
			balancesAre(gift.Context(), db, `[{"cents":705},{"cents":1800}]`)
			return errors.New("no gift")
		})
		if taken == nil {
			return errors.New("expected the gift to be taken back")
		}
		return nil
	}))
}

func main() {
	db := show.Open(ctx, Account{})
	show.Act(ctx, db, "Account", "createMany",
		`{"data": [{"id": 1, "owner": "Ann", "cents": 1000}, {"id": 2, "owner": "Bob", "cents": 500}]}`, `{"count":2}`)
	show.Check(run(db, 1, 2, 300))
	balancesAre(ctx, db, `[{"cents":700},{"cents":800}]`)
	fail(db, 1, 2, 5000, "Account: 'cents': expected at least 0")
	fail(db, 3, 1, 10, "there is no such account")
	balancesAre(ctx, db, `[{"cents":700},{"cents":800}]`)
	saveAPart(db)
	balancesAre(ctx, db, `[{"cents":705},{"cents":800}]`)
	show.Act(ctx, db, "Account", "deleteMany", `{"all": true}`, `{"count":2}`)
	show.Check(db.Close())
}
