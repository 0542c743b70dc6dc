package thing

import (
	"encoding/binary"
	"fmt"
	"math"
	"unsafe"
)

// Packed rows, docs/reference/pack.md: one batch of rows as bytes, as the library gives and takes them.
//
//	header 64 B   magic, version, flags, rows, columns, stride, offset of rows, offset and length of heap, model's hash
//	row           null bits, absent bits when the flags say so, then a slot of 8 B a column
//	heap          what slots point to: u32 offset, u32 length, and a NUL behind each value
//
// A reader trusts nothing: each number is checked before it is used.
const (
	packMagic      = 0x31474854
	packVersion    = 1
	packHasAbsent  = 1
	packHeaderSize = 64
)

// Types of fields, as THING_TYPE_*.
const (
	typeBool     = 1
	typeInt      = 2
	typeFloat    = 3
	typeDecimal  = 4
	typeText     = 5
	typeBytes    = 6
	typeDatetime = 7
	typeDate     = 8
	typeTime     = 9
	typeUUID     = 10
	typeJSON     = 11
	typeEnum     = 12
)

// Limits of the ints that stand for times: years 1 to 9999, and a day.
const (
	minDatetime  = -62135596800000000
	maxDatetime  = 253402300799999999
	minDate      = -719162
	maxDate      = 2932896
	microsPerDay = 24 * 60 * 60 * 1000000
)

// batch is a batch whose header was checked.
type batch struct {
	source string // what its rows are kept as, with which number the first has
	first  int
	data   []byte // rows and heap
	heap   []byte
	rows   int
	cols   int
	stride int
	words  int // of null bits in a row
	slots  int // where a row's slots begin
	absent bool
}

func packError(format string, args ...any) error {
	return failure(ErrInvalid, "", "", "packed batch: "+fmt.Sprintf(format, args...))
}

// rowLayout is where the slots of a row begin, and how many bytes a row has.
func rowLayout(cols int, absent bool) (slots, stride int) {
	slots = (cols + 63) / 64 * 8
	if absent {
		slots *= 2
	}
	return slots, slots + cols*8
}

func textOf(data []byte) string { return *(*string)(unsafe.Pointer(&data)) }

// bytesOf are those of a text, which are only read.
func bytesOf(text string) []byte {
	return *(*[]byte)(unsafe.Pointer(&struct {
		string
		int
	}{text, len(text)}))
}

// onlyRow is how one row is laid out that has no absent columns.
type onlyRow struct{ slots, stride int }

func onlyRowOf(cols int) (o onlyRow) {
	o.slots, o.stride = rowLayout(cols, false)
	return o
}

// batch is of a row and its heap, without a header.
func (o *onlyRow) batch(data []byte, cols int) batch {
	return batch{source: textOf(data), first: alone, data: data, heap: data[o.stride:], rows: 1, cols: cols,
		stride: o.stride, words: (cols + 63) / 64, slots: o.slots}
}

// writeHeader writes the header of rows that are followed by their heap.
func writeHeader(out []byte, hash int64, rows, cols int, absent bool, heapLen int) {
	_, stride := rowLayout(cols, absent)
	le := binary.LittleEndian
	le.PutUint32(out, packMagic)
	le.PutUint16(out[4:], packVersion)
	if absent {
		le.PutUint16(out[6:], packHasAbsent)
	}
	le.PutUint32(out[8:], uint32(rows))
	le.PutUint32(out[12:], uint32(cols))
	le.PutUint32(out[16:], uint32(stride))
	le.PutUint32(out[20:], packHeaderSize)
	le.PutUint64(out[24:], uint64(packHeaderSize+rows*stride))
	le.PutUint64(out[32:], uint64(heapLen))
	le.PutUint64(out[40:], uint64(hash))
}

// readBatch checks a header: no sum overflows, as rows and stride are below 2^32.
func readBatch(data []byte, hash int64, cols int) (batch, error) {
	if len(data) < packHeaderSize {
		return batch{}, packError("found %d bytes, expected at least %d", len(data), packHeaderSize)
	}
	le := binary.LittleEndian
	flags := le.Uint16(data[6:])
	switch {
	case le.Uint32(data) != packMagic:
		return batch{}, packError("found magic %#x", le.Uint32(data))
	case le.Uint16(data[4:]) != packVersion:
		return batch{}, packError("found version %d, expected %d", le.Uint16(data[4:]), packVersion)
	case flags&^packHasAbsent != 0:
		return batch{}, packError("found unknown flags %#x", flags)
	case le.Uint64(data[48:])|le.Uint64(data[56:]) != 0:
		return batch{}, packError("found reserved bits")
	case int64(le.Uint64(data[40:])) != hash:
		return batch{}, packError("found rows of another model")
	case le.Uint32(data[12:]) != uint32(cols):
		return batch{}, packError("found %d columns, expected %d", le.Uint32(data[12:]), cols)
	}
	b := batch{source: textOf(data), data: data[packHeaderSize:], cols: cols, words: (cols + 63) / 64, absent: flags != 0}
	b.slots, b.stride = rowLayout(cols, b.absent)
	rows, heapAt, heapLen := uint64(le.Uint32(data[8:])), le.Uint64(data[24:]), le.Uint64(data[32:])
	end := packHeaderSize + rows*uint64(b.stride)
	switch {
	case le.Uint32(data[16:]) != uint32(b.stride) || le.Uint32(data[20:]) != packHeaderSize || heapAt != end:
		return batch{}, packError("found rows and heap at other places than expected")
	case b.stride == 0 && rows != 0:
		return batch{}, packError("found rows without columns")
	case heapLen > math.MaxUint32 || end > uint64(len(data)) || heapLen > uint64(len(data))-end:
		return batch{}, packError("found %d bytes, expected %d rows and %d bytes of heap", len(data), rows, heapLen)
	case uint64(len(data))-end-heapLen >= 8:
		return batch{}, packError("found %d bytes behind the heap, expected fewer than 8", uint64(len(data))-end-heapLen)
	}
	b.rows, b.heap = int(rows), data[end:end+heapLen:end+heapLen]
	return b, nil
}

// row is the bytes of row i, once its bits were checked.
func (b *batch) row(i int) ([]byte, error) {
	at := i * b.stride
	row := b.data[at : at+b.stride : at+b.stride]
	for w := 0; w < b.words; w++ {
		nulls, absents := b.bits(row, w)
		if nulls&absents != 0 {
			return nil, packError("row %d: found null and absent, expected one of them", i)
		}
		if w == b.words-1 && b.cols%64 != 0 && (nulls|absents)>>(b.cols%64) != 0 {
			return nil, packError("row %d: found a bit behind the last column", i)
		}
	}
	return row, nil
}

func (b *batch) bits(row []byte, w int) (nulls, absents uint64) {
	nulls = binary.LittleEndian.Uint64(row[w*8:])
	if b.absent {
		absents = binary.LittleEndian.Uint64(row[(b.words+w)*8:])
	}
	return nulls, absents
}

// presence of a cell.
type presence uint8

const (
	isSet presence = iota
	isNull
	isAbsent
)

// cell is a column's slot, and whether it holds a value; without one the slot is zero.
func (b *batch) cell(row []byte, col int) (uint64, presence, error) {
	slot := binary.LittleEndian.Uint64(row[b.slots+col*8:])
	nulls, absents := b.bits(row, col>>6)
	if (nulls|absents)>>(uint(col)&63)&1 == 0 {
		return slot, isSet, nil
	}
	state := isAbsent
	if nulls>>(uint(col)&63)&1 != 0 {
		state = isNull
	}
	if slot != 0 {
		return 0, state, packError("column %d: found %#x without a value, expected zero", col, slot)
	}
	return slot, state, nil
}

// bytes are what a slot points to.
func (b *batch) bytes(slot uint64) ([]byte, error) {
	at, length := slot&math.MaxUint32, slot>>32
	if at+length >= uint64(len(b.heap)) {
		return nil, packError("found %d bytes at %d and a NUL, expected them in a heap of %d", length, at, len(b.heap))
	}
	if b.heap[at+length] != 0 {
		return nil, packError("found no NUL behind %d bytes at %d", length, at)
	}
	return b.heap[at : at+length : at+length], nil
}

// checkInt is whether an int may stand for a value of the type.
func checkInt(typ int32, v int64) error {
	low, high := int64(math.MinInt64), int64(math.MaxInt64)
	switch typ {
	case typeBool:
		low, high = 0, 1
	case typeDatetime:
		low, high = minDatetime, maxDatetime
	case typeDate:
		low, high = minDate, maxDate
	case typeTime:
		low, high = 0, microsPerDay-1
	}
	if v < low || v > high {
		return failure(ErrRange, "", "", fmt.Sprintf("found %d, expected %d to %d", v, low, high))
	}
	return nil
}

// packer writes a batch of one row; columns that are not set are absent.
type packer struct {
	out   []byte // header and row
	heap  []byte
	cols  int
	words int
	n     int // columns that were set
}

// start begins a row of a model.
func (p *packer) start(hash int64, cols int) {
	p.cols, p.words, p.n, p.heap = cols, (cols+63)/64, 0, p.heap[:0]
	_, stride := rowLayout(cols, true)
	size := packHeaderSize + stride
	if cap(p.out) < size {
		p.out = make([]byte, size)
	}
	p.out = p.out[:size]
	for i := range p.out {
		p.out[i] = 0
	}
	writeHeader(p.out, hash, 1, cols, true, 0)
	le := binary.LittleEndian
	for w := 0; w < p.words; w++ {
		bits := ^uint64(0)
		if left := cols - w*64; left < 64 {
			bits = 1<<left - 1
		}
		le.PutUint64(p.out[packHeaderSize+(p.words+w)*8:], bits)
	}
}

func (p *packer) flip(bitsAt, col int) {
	p.out[packHeaderSize+bitsAt+col/8] ^= 1 << (col % 8)
}

func (p *packer) slot(col int, slot uint64) {
	p.n++
	p.flip(p.words*8, col)
	binary.LittleEndian.PutUint64(p.out[packHeaderSize+p.words*16+col*8:], slot)
}

func (p *packer) null(col int) {
	p.slot(col, 0)
	p.flip(0, col)
}

func (p *packer) bytes(col int, value []byte) {
	p.slot(col, uint64(len(p.heap))|uint64(len(value))<<32)
	p.heap = append(append(p.heap, value...), 0)
}

func (p *packer) text(col int, value string) {
	p.slot(col, uint64(len(p.heap))|uint64(len(value))<<32)
	p.heap = append(append(p.heap, value...), 0)
}

// finish is the batch, good until the next start.
func (p *packer) finish() []byte {
	binary.LittleEndian.PutUint64(p.out[32:], uint64(len(p.heap)))
	p.out = append(p.out, p.heap...)
	return p.out
}
