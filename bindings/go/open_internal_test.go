package thing

import (
	"context"
	"testing"
)

// What a database says of itself decides whether reads look into memory first, and how many calls may be in it.
func TestADatabaseKnowsItsCacheAndItsPlaces(t *testing.T) {
	for _, cache := range []string{"off", "memory"} {
		db, err := Open(context.Background(), "sqlite::memory:", Setting("cache", cache), Setting("connections", 3))
		if err != nil {
			t.Fatal(err)
		}
		if found, expected := db.hasCache, cache != "off"; found != expected {
			t.Errorf("cache %s: found %v, expected %v", cache, found, expected)
		}
		if db.places.most != 3+placesBeside {
			t.Errorf("found %d places, expected %d", db.places.most, 3+placesBeside)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}
