package thing

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"time"
	"unicode/utf8"
	"unsafe"
)

var stringType = reflect.TypeOf("")

// decode reads row i into a struct. Strings share the batch's memory, which nobody writes to; what can be written to is
// copied. A column that is absent leaves its field as it is.
func (p *plan) decode(b *batch, i int, to unsafe.Pointer) error {
	if err := p.decodeValues(b, i, to); err != nil {
		return err
	}
	if p.tracked >= 0 {
		(*Tracked)(unsafe.Add(to, p.tracked)).loaded = loaded{plan: p, data: b.data, i: i}
	}
	return nil
}

// decodeValues is decode, but for the row that the struct keeps.
func (p *plan) decodeValues(b *batch, i int, to unsafe.Pointer) error {
	row, err := b.row(i)
	if err != nil {
		return err
	}
	slots := row[b.slots:]
	nulls, absents := b.bits(row, 0)
	for k := range p.columns {
		c := &p.columns[k]
		if c.index >= 64 || (nulls|absents)>>(uint(c.index)&63)&1 != 0 || c.opt || !c.quick(b, slots, to) {
			if err := p.decodeColumn(b, row, c, to); err != nil {
				return err
			}
		}
	}
	return nil
}

// quick reads the values that most fields have; false for all else, and for what is wrong.
func (c *column) quick(b *batch, slots []byte, to unsafe.Pointer) bool {
	slot := binary.LittleEndian.Uint64(slots[c.index*8:])
	at := unsafe.Add(to, c.offset)
	switch {
	case c.pointer:
		return false
	case c.op == opString:
		from, length := slot&math.MaxUint32, slot>>32
		if from+length >= uint64(len(b.heap)) || b.heap[from+length] != 0 {
			return false
		}
		text := b.heap[from : from+length]
		if !isASCII(text) && !utf8.Valid(text) {
			return false
		}
		*(*string)(at) = *(*string)(unsafe.Pointer(&text))
	case c.op == opInt64 && c.typ == typeInt:
		*(*int64)(at) = int64(slot)
	case c.op == opTime && int64(slot) >= minDatetime && int64(slot) <= maxDatetime:
		*(*time.Time)(at) = time.UnixMicro(int64(slot)).UTC()
	case c.op == opBool && slot <= 1:
		*(*bool)(at) = slot == 1
	case c.op == opFloat64 && slot>>52&0x7ff != 0x7ff: // finite
		*(*float64)(at) = math.Float64frombits(slot)
	default:
		return false
	}
	return true
}

// isASCII looks at eight bytes at a time.
func isASCII(text []byte) bool {
	for len(text) >= 8 {
		if binary.LittleEndian.Uint64(text)&0x8080808080808080 != 0 {
			return false
		}
		text = text[8:]
	}
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func (p *plan) decodeColumn(b *batch, row []byte, c *column, to unsafe.Pointer) error {
	slot, state, err := b.cell(row, c.index)
	if err == nil {
		err = c.read(b, slot, state, to)
	}
	if err != nil {
		return p.located(c, err)
	}
	return nil
}

// located says of which field an error is.
func (p *plan) located(c *column, err error) error {
	if e, ok := err.(*Error); ok && e.Model == "" {
		e.Model, e.Field = p.name, c.name
		e.Message = p.name + ": '" + c.name + "': " + e.Message
	}
	return err
}

func (c *column) read(b *batch, slot uint64, state presence, to unsafe.Pointer) error {
	at := unsafe.Add(to, c.offset)
	if state != isSet {
		if c.opt {
			*(*State)(unsafe.Add(to, c.stateAt)) = [...]State{isNull: Null, isAbsent: Unset}[state]
		}
		if state == isNull {
			c.clear(at)
		}
		return nil
	}
	if c.opt {
		*(*State)(unsafe.Add(to, c.stateAt)) = Set
	}
	if c.pointer && c.op == opString && c.goType == stringType {
		made := new(string)
		*(**string)(at) = made
		at = unsafe.Pointer(made)
	} else if c.pointer {
		made := reflect.New(c.goType).UnsafePointer()
		*(*unsafe.Pointer)(at) = made
		at = made
	}
	return c.value(b, slot, at)
}

// clear makes a field nil or zero.
func (c *column) clear(at unsafe.Pointer) {
	if c.pointer {
		*(*unsafe.Pointer)(at) = nil
		return
	}
	reflect.NewAt(c.goType, at).Elem().Set(reflect.Zero(c.goType))
}

// value reads a slot that holds a value.
func (c *column) value(b *batch, slot uint64, at unsafe.Pointer) error {
	switch c.op {
	case opString:
		text, err := c.text(b, slot)
		if err == nil {
			*(*string)(at) = *(*string)(unsafe.Pointer(&text))
		}
		return err
	case opInt64:
		*(*int64)(at) = int64(slot)
		if c.typ == typeInt {
			return nil
		}
		return checkInt(c.typ, int64(slot))
	case opTime:
		*(*time.Time)(at) = time.UnixMicro(int64(slot)).UTC()
		return checkInt(c.typ, int64(slot))
	case opBool:
		*(*bool)(at) = slot != 0
		return checkInt(c.typ, int64(slot))
	case opFloat64, opFloat32:
		return c.float(math.Float64frombits(slot), at)
	case opInt8, opInt16, opInt32, opUint8, opUint16, opUint32, opUint64:
		return c.int(int64(slot), at)
	}
	return c.other(b, slot, at)
}

// text is bytes that were checked to be UTF-8.
func (c *column) text(b *batch, slot uint64) ([]byte, error) {
	text, err := b.bytes(slot)
	if err == nil && !isASCII(text) && !utf8.Valid(text) {
		err = packError("found invalid UTF-8")
	}
	return text, err
}

func (c *column) float(v float64, at unsafe.Pointer) error {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return packError("found %v, expected a finite number", v)
	}
	if c.op == opFloat32 {
		*(*float32)(at) = float32(v)
	} else {
		*(*float64)(at) = v
	}
	return nil
}

// int reads a number into a smaller type, or one without sign, when it fits.
func (c *column) int(v int64, at unsafe.Pointer) error {
	fits := true
	switch c.op {
	case opInt8:
		*(*int8)(at), fits = int8(v), v == int64(int8(v))
	case opInt16:
		*(*int16)(at), fits = int16(v), v == int64(int16(v))
	case opInt32:
		*(*int32)(at), fits = int32(v), v == int64(int32(v))
	case opUint8:
		*(*uint8)(at), fits = uint8(v), v == int64(uint8(v))
	case opUint16:
		*(*uint16)(at), fits = uint16(v), v == int64(uint16(v))
	case opUint32:
		*(*uint32)(at), fits = uint32(v), v == int64(uint32(v))
	case opUint64:
		*(*uint64)(at), fits = uint64(v), v >= 0
	}
	if !fits {
		return failure(ErrRange, "", "", fmt.Sprintf("found a number that a %s does not hold", c.goType))
	}
	return checkInt(c.typ, v)
}

// other reads what is copied.
func (c *column) other(b *batch, slot uint64, at unsafe.Pointer) error {
	data, err := b.bytes(slot)
	if err != nil {
		return err
	}
	if c.op != opUUID && c.typ != typeBytes && !utf8.Valid(data) {
		return packError("found invalid UTF-8")
	}
	switch c.op {
	case opBytes:
		*(*[]byte)(at) = append(make([]byte, 0, len(data)), data...)
		return nil
	case opUUID:
		if len(data) != 16 {
			return packError("found a UUID of %d bytes, expected 16", len(data))
		}
		copy((*[16]byte)(at)[:], data)
		return nil
	}
	into := reflect.NewAt(c.goType, at)
	into.Elem().Set(reflect.Zero(c.goType)) // JSON is laid over what is there otherwise
	if err := json.Unmarshal(data, into.Interface()); err != nil {
		return failure(ErrType, "", "", err.Error())
	}
	return nil
}

// decodeAll makes a struct of each row, all in one piece of memory.
func (p *plan) decodeAll(b *batch) (reflect.Value, error) {
	all := reflect.MakeSlice(reflect.SliceOf(p.typ), b.rows, b.rows)
	base := all.UnsafePointer()
	for i := 0; i < b.rows; i++ {
		if err := p.decode(b, i, unsafe.Add(base, uintptr(i)*p.typ.Size())); err != nil {
			return all, err
		}
	}
	return all, nil
}
