package thing

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"
	"unsafe"
)

// textSet is a field that is set from text, which the library brings into its form.
type textSet struct {
	index int
	text  string
}

// encoder writes what is to be set in an object.
type encoder struct {
	packer
	texts []textSet
}

func (e *encoder) isEmpty() bool { return e.n == 0 && len(e.texts) == 0 }

// which chooses the fields that are written.
type which uint8

const (
	forInsert which = iota // what was set: no zero in the place of a default or of a managed time
	forAll                 // all that the struct has
	forChange              // what differs from the row that was loaded
)

// encode writes fields of a struct; was is the row that it is compared with, for changes alone.
func (p *plan) encode(e *encoder, from unsafe.Pointer, how which, was *loaded) error {
	e.start(p.hash, p.cols)
	e.texts = e.texts[:0]
	var b batch
	var row []byte
	if how == forChange {
		var err error
		var i int
		if b, i, err = was.batch(); err == nil {
			row, err = b.row(i)
		}
		if err != nil {
			return err
		}
	}
	for k := range p.columns {
		c := &p.columns[k]
		if err := p.encodeColumn(e, c, from, how, &b, row); err != nil {
			return p.located(c, err)
		}
	}
	return nil
}

func (p *plan) encodeColumn(e *encoder, c *column, from unsafe.Pointer, how which, b *batch, row []byte) error {
	at, state := c.present(from)
	if state == isAbsent {
		return nil
	}
	switch how {
	case forInsert:
		if c.isLeftToDefault(at, state) {
			return nil
		}
	case forAll:
		if c.flags&fieldManaged != 0 && c.isZero(at) {
			return nil
		}
	case forChange:
		slot, was, err := b.cell(row, c.index)
		if err != nil {
			return err
		}
		if c.isSame(b, slot, was, at, state) {
			return nil
		}
	}
	if state == isNull {
		e.null(c.index)
		return nil
	}
	return c.write(e, at)
}

// present is where a value is, if there is one.
func (c *column) present(from unsafe.Pointer) (unsafe.Pointer, presence) {
	at := unsafe.Add(from, c.offset)
	switch {
	case c.opt:
		return at, [...]presence{Unset: isAbsent, Null: isNull, Set: isSet}[*(*State)(unsafe.Add(from, c.stateAt))%3]
	case c.pointer:
		at = *(*unsafe.Pointer)(at)
		if at == nil {
			return nil, isNull
		}
	case c.flags&fieldNullable != 0 && (c.op == opBytes || c.op == opList || c.op == opJSON) && c.isNil(at):
		return at, isNull
	}
	return at, isSet
}

func (c *column) isNil(at unsafe.Pointer) bool {
	switch c.goType.Kind() {
	case reflect.Slice, reflect.Map, reflect.Interface:
		return reflect.NewAt(c.goType, at).Elem().IsNil()
	}
	return false
}

func (c *column) isZero(at unsafe.Pointer) bool {
	return reflect.NewAt(c.goType, at).Elem().IsZero()
}

// isLeftToDefault is of a new row: a zero is no value where something else gives one. An Opt or a pointer says zero.
func (c *column) isLeftToDefault(at unsafe.Pointer, state presence) bool {
	if c.flags&(fieldDefaulted|fieldGenerated|fieldManaged) == 0 {
		return state == isSet && c.typ == typeJSON && c.op != opString && c.isNil(at)
	}
	if c.opt {
		return false
	}
	return state == isNull || !c.pointer && c.isZero(at)
}

// isSame reports whether a field holds what the row has. A field that can not hold NULL, or was not selected, and is
// zero says nothing.
func (c *column) isSame(b *batch, slot uint64, was presence, at unsafe.Pointer, state presence) bool {
	if was != isSet || state != isSet {
		silent := !c.opt && state == isSet && !c.pointer && c.isZero(at)
		return was == state || silent && was != isSet || was == isAbsent && state == isNull && !c.opt
	}
	switch c.op {
	case opString, opBytes, opUUID, opJSON, opList:
		old, err := b.bytes(slot)
		return err == nil && c.isSameBytes(old, at)
	case opFloat32:
		return float32(math.Float64frombits(slot)) == *(*float32)(at)
	case opFloat64:
		return math.Float64frombits(slot) == *(*float64)(at)
	case opUint64:
		return slot == *(*uint64)(at)
	}
	return int64(slot) == c.int64(at)
}

func (c *column) isSameBytes(old []byte, at unsafe.Pointer) bool {
	switch c.op {
	case opString:
		return string(old) == *(*string)(at)
	case opBytes:
		return string(old) == string(*(*[]byte)(at))
	case opUUID:
		return string(old) == string((*[16]byte)(at)[:])
	}
	text, err := c.json(at)
	return err == nil && string(old) == text
}

// int64 is the slot of a type that is an int there.
func (c *column) int64(at unsafe.Pointer) int64 {
	switch c.op {
	case opBool:
		if *(*bool)(at) {
			return 1
		}
		return 0
	case opInt8:
		return int64(*(*int8)(at))
	case opInt16:
		return int64(*(*int16)(at))
	case opInt32:
		return int64(*(*int32)(at))
	case opUint8:
		return int64(*(*uint8)(at))
	case opUint16:
		return int64(*(*uint16)(at))
	case opUint32:
		return int64(*(*uint32)(at))
	case opTime:
		return (*time.Time)(at).UnixMicro()
	}
	return *(*int64)(at)
}

// json is the document of an opJSON or an opList.
func (c *column) json(at unsafe.Pointer) (string, error) {
	if c.op == opList && c.isNil(at) {
		return "[]", nil
	}
	var out strings.Builder
	if err := jsonEncoder(&out).Encode(reflect.NewAt(c.goType, at).Interface()); err != nil {
		return "", failure(ErrType, "", "", err.Error())
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

// write puts a value into the row, or among the texts.
func (c *column) write(e *encoder, at unsafe.Pointer) error {
	switch c.op {
	case opString:
		return c.writeText(e, *(*string)(at))
	case opBytes:
		data := *(*[]byte)(at)
		if c.typ == typeJSON {
			return c.writeText(e, string(data))
		}
		e.bytes(c.index, data)
		return nil
	case opUUID:
		e.bytes(c.index, (*[16]byte)(at)[:])
		return nil
	case opJSON, opList:
		text, err := c.json(at)
		if err == nil {
			e.texts = append(e.texts, textSet{c.index, text})
		}
		return err
	case opFloat32, opFloat64:
		return c.writeFloat(e, at)
	case opUint64:
		if *(*uint64)(at) > math.MaxInt64 {
			return failure(ErrRange, "", "", fmt.Sprintf("found %d, expected at most %d", *(*uint64)(at), int64(math.MaxInt64)))
		}
	}
	v := c.int64(at)
	e.slot(c.index, uint64(v))
	return checkInt(c.typ, v)
}

func (c *column) writeText(e *encoder, text string) error {
	if !isUTF8(text) {
		return failure(ErrInvalid, "", "", "found invalid UTF-8")
	}
	if c.typ == typeJSON || c.typ == typeDecimal && !isPlainDecimal(text) {
		e.texts = append(e.texts, textSet{c.index, text})
		return nil
	}
	e.text(c.index, text)
	return nil
}

func (c *column) writeFloat(e *encoder, at unsafe.Pointer) error {
	v := 0.0
	if c.op == opFloat32 {
		v = float64(*(*float32)(at))
	} else {
		v = *(*float64)(at)
	}
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return failure(ErrRange, "", "", fmt.Sprintf("found %v, expected a finite number", v))
	}
	e.slot(c.index, math.Float64bits(v))
	return nil
}

// isPlainDecimal is whether a decimal needs no bringing into form: "12.50", "-0.5", not "+1", "01" or "1e3".
func isPlainDecimal(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	whole, fraction, hasPoint := strings.Cut(digits, ".")
	if whole == "" || len(whole) > 1 && whole[0] == '0' || hasPoint && fraction == "" || len(text) > 100 {
		return false
	}
	isZero := true
	for _, part := range [2]string{whole, fraction} {
		for i := 0; i < len(part); i++ {
			if part[i] < '0' || part[i] > '9' {
				return false
			}
			isZero = isZero && part[i] == '0'
		}
	}
	return !isZero || digits == text
}

// batch is the batch that the row is read of, and which of its rows it is.
func (l *loaded) batch() (batch, int, error) {
	if l.i == alone {
		return l.plan.only.batch(bytesOf(l.rows), l.plan.cols), 0, nil
	}
	b, err := readBatch(bytesOf(l.rows), l.plan.hash, l.plan.cols)
	return b, l.i, err
}

// one is the row alone, in the form of a packed batch; it shares nothing with others.
func (l *loaded) one() ([]byte, error) {
	b, i, err := l.batch()
	if err != nil {
		return nil, err
	}
	row, err := b.row(i)
	if err != nil {
		return nil, err
	}
	out := append(make([]byte, packHeaderSize, packHeaderSize+b.stride+128), row...)
	for col := 0; col < b.cols; col++ {
		slot, state, err := b.cell(row, col)
		if err != nil {
			return nil, err
		}
		if state != isSet || !l.plan.heap[col] {
			continue
		}
		data, err := b.bytes(slot)
		if err != nil {
			return nil, err
		}
		at := uint64(len(out) - packHeaderSize - b.stride)
		binary.LittleEndian.PutUint64(out[packHeaderSize+b.slots+col*8:], at|uint64(len(data))<<32)
		out = append(append(out, data...), 0)
	}
	writeHeader(out, l.plan.hash, 1, b.cols, b.absent, len(out)-packHeaderSize-b.stride)
	return out, nil
}
