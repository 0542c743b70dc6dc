// Package thing reads and writes records of SQLite, PostgreSQL and MySQL/MariaDB through libthing: as structs, with a
// cache that is never stale, relations, hooks, transactions and JSON actions.
//
//	type Cat struct {
//		thing.BaseModel
//		Name string `thing:",unique"`
//	}
//
//	db, err := thing.Open(ctx, "sqlite:cats.db")
//	cats := thing.Use[Cat](db)
//	err = db.Sync(ctx)
//	err = cats.Save(ctx, &Cat{Name: "Tom"})
//	tom, err := cats.Where(thing.Eq("name", "Tom")).First(ctx)
//
// # Models
//
// Exported fields of a struct are fields of its model: Name is "name" in documents and "name" in the table, UserID
// "userId" and "user_id". A tag `thing:"name,option,option=value"` gives another name and options:
//
//	column=C  type=T  primary  default=V  null  unique  unique=INDEX  index  index=INDEX  alive
//	required  min=V  max=V  minLength=N  maxLength=N  in=a|b  enum=a|b  trim  case=lower  pattern=REST OF THE TAG
//	hidden  guarded  created  updated  deleted  version  json
//
// Defaults are values, or now(), uuid(), autoincrement(), sql(EXPRESSION). `thing:"-"` leaves a field out. What tags do
// not say, ModelJSON does. Types: bool, ints, floats, string, []byte, time.Time, Decimal, UUID, Date, Clock,
// json.RawMessage, any type with the option json, and slices of all but the last two, which are lists. A pointer may be
// nil for NULL; an Opt also tells unset.
//
// A *S, []*S or []S, where S is another model, is a relation: has_many of a slice; belongs_to of a pointer X beside a field
// XID; else has_one. The options belongs_to, has_one, has_many and many_to_many say it, with others of relations
// (docs/reference/models.md): `thing:"tags,many_to_many,table=tagged"`.
//
// Numbers about the rows of a relation are fields that are not of the model: written by queries that ask for them (Preload,
// Load), zero, nil or unset otherwise, and never saved. Where there are no values _avg, _min and _max are nil for a pointer,
// Null for an Opt, else zero.
//
//	Books  int              `thing:"_count=books"`
//	Drafts thing.Opt[int]   `thing:"_count=drafts,relation=books,where={\"done\":false}"`
//	Writes bool             `thing:"_exists=books"`
//	Pages  int64            `thing:"_sum=books.pages"`
//	Price  *thing.Decimal   `thing:"_avg=books.price"`
//	Newest *time.Time       `thing:"_max=books.published"`
//
// A name that is not the relation's needs the option relation. The options scope=a|b, unscoped, unscoped=a|b and
// where=REST OF THE TAG, as JSON, say which rows are meant. Ints and decimals stay so, an average of ints is a float.
//
// # Contexts
//
// A deadline ends the statement that runs, as does cancelling; a context that can not end costs nothing. The
// context of a transaction, or of a hook, has calls take part in it.
//
// # Memory
//
// Records are plain Go memory. Strings of one list share the memory of its rows: who keeps one of many clones it. Only
// DB and Tx hold something of the library, which goes with them.
package thing
