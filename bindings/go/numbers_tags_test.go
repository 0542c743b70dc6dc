package thing_test

import (
	"strings"
	"testing"

	"thing"
)

// tree is what structs that are wrong in one tag have right.
type tree struct {
	thing.Tracked
	ID int64 `thing:",primary"`
}

func (tree) ModelJSON() string { return `{"name": "Tree"}` }

const trees = `[{"name": "Tree", "fields": {"id": {"type": "int", "primary": true}}, "relations": {"leaves": {"has_many": "Leaf", "inverse": "tree"}}},
	{"name": "Leaf", "fields": {"id": {"type": "int", "primary": true}, "treeId": {"type": "int", "null": true}, "word": {"type": "text"},
		"wide": {"type": "int", "list": true}, "key": {"type": "uuid"}, "size": {"type": "int"}, "price": {"type": "decimal"},
		"aboutId": {"type": "int", "null": true}, "aboutType": {"type": "text", "null": true}},
		"relations": {"tree": {"belongs_to": "Tree"}, "about": {"belongs_to": ["Tree", "Leaf"]}}}]`

type leaf struct {
	thing.Tracked
	ID int64 `thing:",primary"`
}

func (leaf) ModelJSON() string { return `{"name": "Leaf"}` }

// refused checks that a struct is an error that names it and its field.
func refused[T any](t *testing.T, db *thing.DB, message string) {
	t.Helper()
	e := fails(t, thing.Use[T](db).Err(), thing.ErrModel)
	if !strings.Contains(e.Message, ".Value: ") || !strings.Contains(e.Message, message) {
		t.Errorf("found    %s\nexpected %s", e.Message, message)
	}
}

func TestTagsOfNumbersThatAreWrongNameTheField(t *testing.T) {
	db := memory(t)
	must(t, db.RegisterJSON(trees))
	type noRelation struct {
		tree
		Value int `thing:"_count="`
	}
	refused[noRelation](t, db, "expected '_count=RELATION'")
	type bare struct {
		tree
		Value int `thing:"_count"`
	}
	refused[bare](t, db, "expected '_count=RELATION'")
	type counted struct {
		tree
		Value int `thing:"_count=leaves.size"`
	}
	refused[counted](t, db, "expected '_count=RELATION'")
	type noField struct {
		tree
		Value int `thing:"_sum=leaves"`
	}
	refused[noField](t, db, "expected '_sum=RELATION.FIELD'")
	type unknown struct {
		tree
		Value int `thing:"_median=leaves.size"`
	}
	refused[unknown](t, db, "found '_median=leaves.size', expected one of _count, _exists,")
	type option struct {
		tree
		Value int `thing:"_count=leaves,default=1"`
	}
	refused[option](t, db, "found option 'default', expected one of relation,")
	type otherRelation struct {
		tree
		Value int `thing:"_count=leafs"`
	}
	refused[otherRelation](t, db, "the model 'Tree' has no relation 'leafs'")
	type otherField struct {
		tree
		Value int64 `thing:"_sum=leaves.sizes"`
	}
	refused[otherField](t, db, "the model 'Leaf' has no field 'sizes'")
	type noSum struct {
		tree
		Value string `thing:"_sum=leaves.word"`
	}
	refused[noSum](t, db, "found 'word' that is text")
	type noLeast struct {
		tree
		Value thing.UUID `thing:"_min=leaves.key"`
	}
	refused[noLeast](t, db, "found 'key' that is uuid")
	type noList struct {
		tree
		Value []int `thing:"_max=leaves.wide"`
	}
	refused[noList](t, db, "found 'wide' that is list of int")
	type notJSON struct {
		tree
		Value int `thing:"_count=leaves,where={word: 1, a}"`
	}
	refused[notJSON](t, db, "found a 'where' that is no JSON: {word: 1, a}")
	type badWhere struct {
		tree
		Value int `thing:"_count=leaves,where={\"words\":\"a\",\"size\":1}"`
	}
	refused[badWhere](t, db, "found field 'words'")
	type badScope struct {
		tree
		Value int `thing:"_count=leaves,scope=green"`
	}
	refused[badScope](t, db, "found scope 'green'")
	type several struct {
		leaf
		Value int `thing:"_count=about"`
	}
	refused[several](t, db, "found a relation to several models, expected one")
}

func TestTypesThatDoNotHoldANumberNameTheField(t *testing.T) {
	db := memory(t)
	must(t, db.RegisterJSON(trees))
	type text struct {
		tree
		Value string `thing:"_count=leaves"`
	}
	refused[text](t, db, "found a string, expected one that holds int")
	type float struct {
		tree
		Value float64 `thing:"_sum=leaves.size"`
	}
	refused[float](t, db, "found a float64, expected one that holds int")
	type average struct {
		tree
		Value *int `thing:"_avg=leaves.size"`
	}
	refused[average](t, db, "found a int, expected one that holds float")
	type price struct {
		tree
		Value thing.Opt[float64] `thing:"_avg=leaves.price"`
	}
	refused[price](t, db, "found a float64, expected one that holds decimal")
	type exists struct {
		tree
		Value int `thing:"_exists=leaves"`
	}
	refused[exists](t, db, "found a int, expected one that holds bool")
	type list struct {
		tree
		Value []int `thing:"_count=leaves"`
	}
	refused[list](t, db, "found a []int, expected one that holds int")
	type twice struct {
		tree
		Other int64 `thing:"_sum=small.size,relation=leaves,where={\"size\":1}"`
		Value int64 `thing:"_sum=small.id,relation=leaves"`
	}
	refused[twice](t, db, "'_sum.small' is of other rows in another field")
	type right struct {
		tree
		Value int `thing:"_count=small,relation=leaves,where={\"size\":{\"lt\":3},\"word\":\"a\"}"`
	}
	must(t, thing.Use[right](db).Err())
}
