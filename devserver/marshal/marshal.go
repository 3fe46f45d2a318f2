// Package marshal reads and writes the part of Python's marshal format that snifter's processes exchange: None, bool,
// int, float, str, bytes, tuple, list and dict.
//
// Marshal is used because CPython and PyPy read and write it in C, several times faster than JSON, and because it
// tells bytes from text. What is written here is understood by every Python from 3.4 on; what is read here may come
// from any of them.
//
// Text. A Python str is a string of code points, and a Go string here is its UTF-8, lone surrogates included (as
// Python's "surrogatepass" writes them). A "native string" of PEP 3333, in which each code point stands for one byte,
// is made from bytes by [Latin1] and turned back by [Bytes].
//
// Go values: nil, bool, int64, *big.Int, float64, string, []byte, [Tuple], [List], [Dict].
package marshal

import (
	"encoding/binary"
	"math"
	"math/big"
	"unicode/utf8"
	"unsafe"
)

// Tuple is a Python tuple.
type Tuple []any

// List is a Python list.
type List []any

// Dict is a Python dict in its order.
type Dict []Pair

// Pair is one item of a Dict.
type Pair struct {
	Key   any
	Value any
}

// Get returns the value of a text key, and whether it is there.
func (d Dict) Get(key string) (any, bool) {
	for _, p := range d {
		if k, ok := p.Key.(string); ok && k == key {
			return p.Value, true
		}
	}
	return nil, false
}

// Str returns the text under key, or "".
func (d Dict) Str(key string) string {
	v, _ := d.Get(key)
	s, _ := v.(string)
	return s
}

// Int returns the integer under key, or 0.
func (d Dict) Int(key string) int64 {
	v, _ := d.Get(key)
	n, _ := v.(int64)
	return n
}

const (
	typeNull       = '0'
	typeNone       = 'N'
	typeFalse      = 'F'
	typeTrue       = 'T'
	typeInt        = 'i'
	typeInt64      = 'I'
	typeLong       = 'l'
	typeFloat      = 'g'
	typeOldFloat   = 'f'
	typeBytes      = 's'
	typeText       = 'u'
	typeInterned   = 't'
	typeRef        = 'r'
	typeTuple      = '('
	typeSmallTuple = ')'
	typeList       = '['
	typeDict       = '{'
	typeASCII      = 'a'
	typeASCIIInt   = 'A'
	typeShort      = 'z'
	typeShortInt   = 'Z'
	typeSet        = '<'
	typeFrozenset  = '>'
	flagRef        = 0x80
)

// AppendDictStart begins a dict; its items follow, key and value in turn, then [AppendDictEnd].
func AppendDictStart(b []byte) []byte { return append(b, typeDict) }

// AppendDictEnd ends a dict.
func AppendDictEnd(b []byte) []byte { return append(b, typeNull) }

// AppendTupleStart begins a tuple of n values, which follow.
func AppendTupleStart(b []byte, n int) []byte {
	return binary.LittleEndian.AppendUint32(append(b, typeTuple), uint32(n))
}

// AppendListStart begins a list of n values, which follow.
func AppendListStart(b []byte, n int) []byte {
	return binary.LittleEndian.AppendUint32(append(b, typeList), uint32(n))
}

// AppendNone appends None.
func AppendNone(b []byte) []byte { return append(b, typeNone) }

// AppendBool appends True or False.
func AppendBool(b []byte, v bool) []byte {
	if v {
		return append(b, typeTrue)
	}
	return append(b, typeFalse)
}

// AppendInt appends an int.
func AppendInt(b []byte, v int64) []byte {
	if v >= math.MinInt32 && v <= math.MaxInt32 {
		return binary.LittleEndian.AppendUint32(append(b, typeInt), uint32(int32(v)))
	}
	return appendLong(b, v)
}

// appendLong writes base-32768 digits, the form in which Python writes what does not fit into 32 bits.
func appendLong(b []byte, v int64) []byte {
	u, sign := uint64(v), int32(1)
	if v < 0 {
		u, sign = -u, -1
	}
	b = append(b, typeLong)
	at := len(b)
	b = append(b, 0, 0, 0, 0)
	n := int32(0)
	for ; u != 0; u >>= 15 {
		b = binary.LittleEndian.AppendUint16(b, uint16(u&0x7fff))
		n++
	}
	binary.LittleEndian.PutUint32(b[at:], uint32(n*sign))
	return b
}

// AppendFloat appends a float.
func AppendFloat(b []byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(append(b, typeFloat), math.Float64bits(v))
}

// AppendBytes appends a bytes object.
func AppendBytes(b, v []byte) []byte {
	b = binary.LittleEndian.AppendUint32(append(b, typeBytes), uint32(len(v)))
	return append(b, v...)
}

// AppendText appends a str given as UTF-8.
func AppendText(b []byte, s string) []byte {
	if isASCII(s) {
		return appendASCII(b, s)
	}
	b = binary.LittleEndian.AppendUint32(append(b, typeText), uint32(len(s)))
	return append(b, s...)
}

// AppendNative appends a native string of PEP 3333: each byte of s is one code point.
func AppendNative(b []byte, s []byte) []byte {
	str := unsafe.String(unsafe.SliceData(s), len(s)) // read only, and not kept
	if isASCII(str) {
		return appendASCII(b, str)
	}
	b = append(b, typeText)
	at := len(b)
	b = append(b, 0, 0, 0, 0)
	for _, c := range s {
		b = utf8.AppendRune(b, rune(c))
	}
	binary.LittleEndian.PutUint32(b[at:], uint32(len(b)-at-4))
	return b
}

func appendASCII(b []byte, s string) []byte {
	if len(s) < 256 {
		b = append(b, typeShort, byte(len(s)))
	} else {
		b = binary.LittleEndian.AppendUint32(append(b, typeASCII), uint32(len(s)))
	}
	return append(b, s...)
}

// Append appends any of the Go values that the package comment names, and int. It panics on another type: what is
// sent is ours to choose.
func Append(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return AppendNone(b)
	case bool:
		return AppendBool(b, v)
	case int:
		return AppendInt(b, int64(v))
	case int64:
		return AppendInt(b, v)
	case *big.Int:
		return appendBig(b, v)
	case float64:
		return AppendFloat(b, v)
	case string:
		return AppendText(b, v)
	case []byte:
		return AppendBytes(b, v)
	case Tuple:
		b = AppendTupleStart(b, len(v))
		for _, e := range v {
			b = Append(b, e)
		}
		return b
	case List:
		b = AppendListStart(b, len(v))
		for _, e := range v {
			b = Append(b, e)
		}
		return b
	case Dict:
		b = AppendDictStart(b)
		for _, p := range v {
			b = Append(Append(b, p.Key), p.Value)
		}
		return AppendDictEnd(b)
	}
	panic("marshal: no Python type for this Go value")
}

func appendBig(b []byte, v *big.Int) []byte {
	if v.IsInt64() {
		return AppendInt(b, v.Int64())
	}
	sign := int32(1)
	if v.Sign() < 0 {
		sign = -1
	}
	rest, digit, mask := new(big.Int).Abs(v), new(big.Int), big.NewInt(0x7fff)
	b = append(b, typeLong)
	at := len(b)
	b = append(b, 0, 0, 0, 0)
	n := int32(0)
	for ; rest.Sign() != 0; rest.Rsh(rest, 15) {
		b = binary.LittleEndian.AppendUint16(b, uint16(digit.And(rest, mask).Uint64()))
		n++
	}
	binary.LittleEndian.PutUint32(b[at:], uint32(n*sign))
	return b
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// FromSystem makes a str of what the system calls a file, or has in its environment, as Python does: a byte that is
// part of no character becomes a lone surrogate (PEP 383).
func FromSystem(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	b := make([]byte, 0, len(s)+8)
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && size == 1 {
			b = append(b, 0xed, 0xb0|s[0]>>6, 0x80|s[0]&0x3f)
		} else {
			b = append(b, s[:size]...)
		}
		s = s[size:]
	}
	return string(b)
}

// ToSystem turns what FromSystem has made, or Python, back into what the system has.
func ToSystem(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if i+2 < len(s) && s[i] == 0xed && s[i+1]&^1 == 0xb2 && s[i+2]&0xc0 == 0x80 {
			b = append(b, s[i+1]<<6|s[i+2]&0x3f)
			i += 2
		} else {
			b = append(b, s[i])
		}
	}
	return string(b)
}

// Latin1 makes a native string of bytes: each byte becomes the code point of its number.
func Latin1(p []byte) string {
	for _, c := range p {
		if c >= utf8.RuneSelf {
			return latin1(p)
		}
	}
	return string(p)
}

func latin1(p []byte) string {
	b := make([]byte, 0, len(p)+len(p)/2)
	for _, c := range p {
		b = utf8.AppendRune(b, rune(c))
	}
	return string(b)
}

// Bytes turns a native string back into its bytes. ok is false where a code point stands for no byte; such a one
// becomes '?'.
func Bytes(s string) (p []byte, ok bool) {
	ok = true
	p = make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xff {
			r, ok = '?', false
		}
		p = append(p, byte(r))
	}
	return p, ok
}
