//go:build go1.23

package thing_test

import (
	"testing"

	"thing"
)

func TestIteratorsGiveEachRecord(t *testing.T) {
	_, m := items(t, "sqlite::memory:")
	sum := 0
	for item, err := range m.Query().Iter(bg) {
		must(t, err)
		if item.Count == 10 {
			break
		}
		sum += item.Count
	}
	equal(t, sum, 45)
	for item, err := range m.Where(thing.Eq("cuont", 1)).Iter(bg) {
		equal(t, item, nil)
		fails(t, err, thing.ErrInvalid)
	}
}
