package marshal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
)

// ErrFormat is wrapped by every error of [Decode]: the bytes are cut, or hold what this package does not read.
var ErrFormat = errors.New("not marshal data of a kind that is read here")

const maxDepth = 200

type reader struct {
	p    []byte
	at   int
	refs []any
	// shared is p as text, of which the texts that are read are parts; "" where each is to have memory of its own.
	shared string
}

// Decode reads one value from the front of p and returns what follows it. Nothing of the value shares memory with p.
func Decode(p []byte) (v any, rest []byte, err error) {
	r := reader{p: p}
	v, err = r.value(0)
	if err != nil {
		return nil, p, err
	}
	if _, null := v.(nullValue); null {
		return nil, p, r.fail("a stray end mark")
	}
	return v, p[r.at:], nil
}

// DecodeDict reads one dict from the front of p.
func DecodeDict(p []byte) (d Dict, rest []byte, err error) {
	v, rest, err := Decode(p)
	if err != nil {
		return nil, p, err
	}
	d, ok := v.(Dict)
	if !ok {
		return nil, p, fmt.Errorf("%w: %T where a dict is due", ErrFormat, v)
	}
	return d, rest, nil
}

type nullValue struct{}

func (r *reader) fail(what string) error {
	return fmt.Errorf("%w: %s at byte %d of %d", ErrFormat, what, r.at, len(r.p))
}

func (r *reader) take(n int) ([]byte, error) {
	if n < 0 || n > len(r.p)-r.at {
		return nil, r.fail("cut short")
	}
	b := r.p[r.at : r.at+n]
	r.at += n
	return b, nil
}

func (r *reader) size() (int, error) {
	b, err := r.take(4)
	if err != nil {
		return 0, err
	}
	n := int(int32(binary.LittleEndian.Uint32(b)))
	if n < 0 || n > len(r.p)-r.at {
		return 0, r.fail("a size larger than what follows")
	}
	return n, nil
}

func (r *reader) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, r.fail("nested too deeply")
	}
	code, err := r.take(1)
	if err != nil {
		return nil, err
	}
	kind, ref := code[0]&^flagRef, -1
	if code[0]&flagRef != 0 {
		ref = len(r.refs)
		r.refs = append(r.refs, nil)
	}
	v, err := r.body(kind, depth)
	if err == nil && ref >= 0 {
		r.refs[ref] = v
	}
	return v, err
}

func (r *reader) body(kind byte, depth int) (any, error) {
	switch kind {
	case typeNull:
		return nullValue{}, nil
	case typeNone:
		return nil, nil
	case typeTrue:
		return true, nil
	case typeFalse:
		return false, nil
	case typeInt:
		b, err := r.take(4)
		if err != nil {
			return nil, err
		}
		return int64(int32(binary.LittleEndian.Uint32(b))), nil
	case typeInt64:
		b, err := r.take(8)
		if err != nil {
			return nil, err
		}
		return int64(binary.LittleEndian.Uint64(b)), nil
	case typeLong:
		return r.long()
	case typeFloat:
		b, err := r.take(8)
		if err != nil {
			return nil, err
		}
		return math.Float64frombits(binary.LittleEndian.Uint64(b)), nil
	case typeOldFloat:
		b, err := r.short()
		if err != nil {
			return nil, err
		}
		f, err := strconv.ParseFloat(string(b), 64)
		if err != nil {
			return nil, r.fail("a float that is none")
		}
		return f, nil
	case typeBytes:
		b, err := r.counted()
		return append([]byte{}, b...), err
	case typeText, typeInterned, typeASCII, typeASCIIInt, typeShort, typeShortInt:
		return r.text(kind)
	case typeRef:
		b, err := r.take(4)
		if err != nil {
			return nil, err
		}
		n := binary.LittleEndian.Uint32(b)
		if uint64(n) >= uint64(len(r.refs)) {
			return nil, r.fail("a reference to nothing")
		}
		return r.refs[n], nil
	case typeSmallTuple:
		b, err := r.take(1)
		if err != nil {
			return nil, err
		}
		vs, err := r.values(int(b[0]), depth)
		return Tuple(vs), err
	case typeTuple:
		n, err := r.size()
		if err != nil {
			return nil, err
		}
		vs, err := r.values(n, depth)
		return Tuple(vs), err
	case typeList, typeSet, typeFrozenset:
		n, err := r.size()
		if err != nil {
			return nil, err
		}
		vs, err := r.values(n, depth)
		return List(vs), err
	case typeDict:
		return r.dict(depth)
	}
	r.at--
	return nil, r.fail("an unknown type " + strconv.QuoteRune(rune(kind)))
}

func (r *reader) counted() ([]byte, error) {
	n, err := r.size()
	if err != nil {
		return nil, err
	}
	return r.take(n)
}

func (r *reader) short() ([]byte, error) {
	n, err := r.take(1)
	if err != nil {
		return nil, err
	}
	return r.take(int(n[0]))
}

// text reads a text whose type was taken.
func (r *reader) text(kind byte) (string, error) {
	read := r.counted
	if kind == typeShort || kind == typeShortInt {
		read = r.short
	}
	b, err := read()
	if err != nil || r.shared == "" {
		return string(b), err
	}
	return r.shared[r.at-len(b) : r.at], nil
}

func (r *reader) values(n, depth int) ([]any, error) {
	vs := make([]any, 0, min(n, len(r.p)-r.at))
	for range n {
		v, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if _, null := v.(nullValue); null {
			return nil, r.fail("an end mark within a sequence")
		}
		vs = append(vs, v)
	}
	return vs, nil
}

func (r *reader) dict(depth int) (any, error) {
	d := Dict{}
	for {
		k, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if _, null := k.(nullValue); null {
			return d, nil
		}
		v, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if _, null := v.(nullValue); null {
			return nil, r.fail("a key without a value")
		}
		d = append(d, Pair{k, v})
	}
}

func (r *reader) long() (any, error) {
	b, err := r.take(4)
	if err != nil {
		return nil, err
	}
	n := int(int32(binary.LittleEndian.Uint32(b)))
	negative := n < 0
	if negative {
		n = -n
	}
	if n > (len(r.p)-r.at)/2 {
		return nil, r.fail("a size larger than what follows")
	}
	digits, err := r.take(2 * n)
	if err != nil {
		return nil, err
	}
	v, digit := new(big.Int), new(big.Int)
	for i := n - 1; i >= 0; i-- {
		d := binary.LittleEndian.Uint16(digits[2*i:])
		if d > 0x7fff {
			return nil, r.fail("a digit out of range")
		}
		v.Or(v.Lsh(v, 15), digit.SetUint64(uint64(d)))
	}
	if negative {
		v.Neg(v)
	}
	if v.IsInt64() {
		return v.Int64(), nil
	}
	return v, nil
}
