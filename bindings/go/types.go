package thing

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// BaseModel has what most models have; embed it. An object that was loaded or saved keeps the row that it came with, so
// that Save writes the fields that changed since, and no others.
type BaseModel struct {
	Tracked
	ID        int64     `thing:"id,primary,default=autoincrement()"`
	CreatedAt time.Time `thing:"createdAt,created"`
	UpdatedAt time.Time `thing:"updatedAt,updated"`
	Deleted   bool      `thing:"deleted,deleted,default=false"`
}

// Tracked keeps the row that an object was loaded with; embed it in models with other keys than BaseModel's. Of a
// struct without it nobody knows what changed, so all of its fields are written.
//
// A copy of an object has a row of its own. Objects of one list share the memory of its rows.
type Tracked struct {
	loaded loaded
}

// loaded is a row as it was read. Structs have one each, so it is small.
type loaded struct {
	plan *plan
	rows string // packed rows, which nobody writes to
	i    int    // which of them; alone: the bytes of one row, without the header that the plan knows
	past *past  // nil for most
}

const alone = -1

// past is what became of a struct since it was loaded.
type past struct {
	before  *loaded // what it was when the last save began; of a new row one without a plan
	deleted bool    // by Delete
}

// IsLoaded reports whether the object stands for a row: it was loaded, or saved.
func (t *Tracked) IsLoaded() bool { return t.loaded.plan != nil }

// IsDeleted reports whether the object was deleted, softly or for good, since it was loaded. Save is ErrState then.
func (t *Tracked) IsDeleted() bool { return t.loaded.isDeleted() }

func (l *loaded) isDeleted() bool { return l.past != nil && l.past.deleted }

// delete notes that the row is there no longer.
func (l *loaded) delete() {
	deleted := past{deleted: true}
	if l.past != nil {
		deleted.before = l.past.before
	}
	l.past = &deleted
}

// before is what the row was when the last save began, if there was one.
func (l *loaded) before() *loaded {
	if l.past == nil {
		return nil
	}
	return l.past.before
}

// Decimal is an exact number as text, "-12.50".
type Decimal string

// UUID is 16 bytes; as text, 36 characters.
type UUID [16]byte

// ParseUUID reads 36 characters.
func ParseUUID(text string) (UUID, error) {
	var u UUID
	plain := strings.ReplaceAll(text, "-", "")
	if len(text) != 36 || len(plain) != 32 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return u, failure(ErrSyntax, "", "", fmt.Sprintf("found %q, expected a UUID", text))
	}
	if _, err := hex.Decode(u[:], []byte(plain)); err != nil {
		return u, failure(ErrSyntax, "", "", fmt.Sprintf("found %q, expected a UUID", text))
	}
	return u, nil
}

// String is the UUID in lower case.
func (u UUID) String() string {
	digits := hex.EncodeToString(u[:])
	return digits[:8] + "-" + digits[8:12] + "-" + digits[12:16] + "-" + digits[16:20] + "-" + digits[20:]
}

// MarshalText is String.
func (u UUID) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalText is ParseUUID.
func (u *UUID) UnmarshalText(text []byte) error {
	parsed, err := ParseUUID(string(text))
	*u = parsed
	return err
}

// Date is a day without a time: days since 1970-01-01.
type Date int32

const secondsPerDay = 24 * 60 * 60

// NewDate is a day of the calendar.
func NewDate(year int, month time.Month, day int) Date {
	return Date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

// DateOf is the day that t shows in its place.
func DateOf(t time.Time) Date { return NewDate(t.Date()) }

// Time is the beginning of the day in UTC.
func (d Date) Time() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

// String is "2024-02-29".
func (d Date) String() string { return d.Time().Format("2006-01-02") }

// MarshalText is String.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads "2024-02-29".
func (d *Date) UnmarshalText(text []byte) error {
	t, err := time.Parse("2006-01-02", string(text))
	if err != nil {
		return failure(ErrSyntax, "", "", fmt.Sprintf("found %q, expected a date", text))
	}
	*d = DateOf(t)
	return nil
}

// Clock is a time of day: microseconds since midnight.
type Clock int64

// NewClock is a time of day.
func NewClock(hour, minute, second, microsecond int) Clock {
	return Clock(((int64(hour)*60+int64(minute))*60+int64(second))*1e6 + int64(microsecond))
}

// ClockOf is the time of day that t shows in its place.
func ClockOf(t time.Time) Clock {
	return NewClock(t.Hour(), t.Minute(), t.Second(), t.Nanosecond()/1000)
}

// Duration is the time since midnight.
func (c Clock) Duration() time.Duration { return time.Duration(c) * time.Microsecond }

// String is "07:08:09", or "07:08:09.000001".
func (c Clock) String() string {
	seconds, micros := int64(c)/1e6, int64(c)%1e6
	text := fmt.Sprintf("%02d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
	if micros == 0 {
		return text
	}
	return fmt.Sprintf("%s.%06d", text, micros)
}

// MarshalText is String.
func (c Clock) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads "07:08:09.25".
func (c *Clock) UnmarshalText(text []byte) error {
	t, err := time.Parse("15:04:05.999999", string(text))
	if err != nil {
		return failure(ErrSyntax, "", "", fmt.Sprintf("found %q, expected a time of day", text))
	}
	*c = ClockOf(t)
	return nil
}

// State tells what an Opt holds.
type State uint8

// The states of an Opt.
const (
	Unset State = iota // was not given, or not selected: a new row gets the default
	Null
	Set
)

// Opt is a value that tells unset, NULL and zero apart. The zero Opt is unset.
type Opt[T any] struct {
	Value T
	State State
}

// Some is an Opt that is set.
func Some[T any](value T) Opt[T] { return Opt[T]{value, Set} }

// None is an Opt that is NULL.
func None[T any]() Opt[T] { return Opt[T]{State: Null} }

// MarshalJSON is that of the value, or null.
func (o Opt[T]) MarshalJSON() ([]byte, error) {
	if o.State != Set {
		return []byte("null"), nil
	}
	return json.Marshal(o.Value)
}

// UnmarshalJSON takes null for Null.
func (o *Opt[T]) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*o = None[T]()
		return nil
	}
	o.State = Set
	return json.Unmarshal(text, &o.Value)
}

func (Opt[T]) isOpt() {}

type anyOpt interface{ isOpt() }
