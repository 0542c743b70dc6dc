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

// stepKind is how a column is read without further questions.
type stepKind uint8

const (
	stepOther stepKind = iota // by decodeColumn
	stepInt
	stepBool
	stepFloat
	stepTime
	stepText
	stepTextPointer
)

// step is a column in few bytes: a row is read by looking at its steps alone, unless something is rare, or wrong.
type step struct {
	kind   stepKind
	index  uint8 // of the column in the model
	offset uint32
}

func (c *column) step() step {
	s := step{index: uint8(c.index), offset: uint32(c.offset)}
	switch {
	case c.index >= 64 || c.opt || c.offset > math.MaxUint32:
	case c.pointer:
		if c.op == opString && c.goType == stringType {
			s.kind = stepTextPointer
		}
	case c.op == opString:
		s.kind = stepText
	case c.op == opInt64 && c.typ == typeInt:
		s.kind = stepInt
	case c.op == opTime:
		s.kind = stepTime
	case c.op == opBool:
		s.kind = stepBool
	case c.op == opFloat64:
		s.kind = stepFloat
	}
	return s
}

// headers is memory for what a *string points to, so that not each of them is allocated by itself.
type headers []string

// spare is what so many rows may need.
func (p *plan) spare(rows int) headers { return make(headers, rows*p.textPointers) }

func (h *headers) take() *string {
	if len(*h) == 0 {
		return new(string)
	}
	header := &(*h)[0]
	*h = (*h)[1:]
	return header
}

// decode reads row i into a struct. Strings share the batch's memory, which nobody writes to; what can be written to is
// copied. A column that is absent leaves its field as it is.
func (p *plan) decode(b *batch, i int, to unsafe.Pointer, spare *headers) error {
	if err := p.decodeValues(b, i, to, spare); err != nil {
		return err
	}
	if p.tracked >= 0 {
		*p.row(to) = loaded{plan: p, rows: b.source, i: i + b.first}
	}
	return nil
}

// decodeValues is decode, but for the row that the struct keeps.
func (p *plan) decodeValues(b *batch, i int, to unsafe.Pointer, spare *headers) error {
	row, err := b.row(i)
	if err != nil {
		return err
	}
	nulls, absents := b.bits(row, 0)
	slots, heap := row[b.slots:], b.heap
	for k := range p.steps {
		s := p.steps[k]
		at := unsafe.Add(to, s.offset)
		if (nulls|absents)>>(s.index&63)&1 != 0 {
			s.kind = stepOther
		}
		slot := binary.LittleEndian.Uint64(slots[int(s.index)*8:])
		isRead := false // or it is rare, or wrong
		switch s.kind {
		case stepText, stepTextPointer:
			from, length := slot&math.MaxUint32, slot>>32
			if from+length >= uint64(len(heap)) || heap[from+length] != 0 {
				break
			}
			text := heap[from : from+length]
			if isRead = isASCII(text) || utf8.Valid(text); !isRead {
				break
			}
			if s.kind == stepTextPointer {
				header := spare.take()
				*(**string)(at) = header
				at = unsafe.Pointer(header)
			}
			*(*string)(at) = *(*string)(unsafe.Pointer(&text))
		case stepInt:
			*(*int64)(at) = int64(slot)
			isRead = true
		case stepTime:
			*(*time.Time)(at) = time.UnixMicro(int64(slot)).UTC()
			isRead = int64(slot) >= minDatetime && int64(slot) <= maxDatetime
		case stepBool:
			*(*bool)(at) = slot != 0
			isRead = slot <= 1
		case stepFloat:
			*(*float64)(at) = math.Float64frombits(slot)
			isRead = slot>>52&0x7ff != 0x7ff // finite
		}
		if !isRead {
			if err := p.decodeColumn(b, row, &p.columns[k], to); err != nil {
				return err
			}
		}
	}
	return nil
}

// isASCII looks at eight bytes at a time, the last eight of which may overlap with those before.
func isASCII(text []byte) bool {
	const high = 0x8080808080808080
	if len(text) >= 8 {
		all := binary.LittleEndian.Uint64(text[len(text)-8:])
		for ; len(text) > 8; text = text[8:] {
			all |= binary.LittleEndian.Uint64(text)
		}
		return all&high == 0
	}
	all := byte(0)
	for _, c := range text {
		all |= c
	}
	return all < utf8.RuneSelf
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
	if c.pointer {
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
	base, spare := all.UnsafePointer(), p.spare(b.rows)
	for i := 0; i < b.rows; i++ {
		if err := p.decode(b, i, unsafe.Add(base, uintptr(i)*p.typ.Size()), &spare); err != nil {
			return all, err
		}
	}
	return all, nil
}
