package wire

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"
	"unsafe"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
)

// scan reads marshal data in place, for payloads that come with every request: what it gives out are parts of one copy
// of the payload, and nothing is made into a value on the way. Once something is not as it is asked for, it is bad, and
// all that is read from then on is nothing.
//
// It does not know references, which Python's marshal writes from format 3 on; see scanned.
type scan struct {
	p    []byte
	at   int
	bad  bool
	refs bool // it is bad since there are references
	// rooms is where what is made of it lies.
	rooms *stageRooms
}

// scanned reads a payload with f. One that holds references is written anew without them before.
func scanned(p []byte, f func(*scan)) bool { return scannedBy(&scan{rooms: new(stageRooms)}, p, f) }

// scannedBy is scanned by a scan that may have read before.
func scannedBy(s *scan, p []byte, f func(*scan)) bool {
	*s = scan{p: append([]byte(nil), p...), rooms: s.rooms}
	f(s)
	if s.refs {
		v, rest, err := marshal.Decode(p)
		if err != nil || len(rest) > 0 {
			return false
		}
		*s = scan{p: marshal.Append(nil, v), rooms: s.rooms}
		f(s)
	}
	whole := !s.bad && s.at == len(s.p)
	s.p = nil // which is whoever's who keeps what was made of it
	return whole
}

func (s *scan) take(n int) []byte {
	if s.bad || n < 0 || n > len(s.p)-s.at {
		s.bad = true
		return nil
	}
	b := s.p[s.at : s.at+n : s.at+n]
	s.at += n
	return b
}

// code takes the type of the next value.
func (s *scan) code() byte {
	if s.bad || s.at >= len(s.p) {
		s.bad = true
		return 0
	}
	b := s.p[s.at]
	s.at++
	if b&0x80 != 0 || b == 'r' {
		s.bad, s.refs = true, true
		return 0
	}
	return b
}

// peek is the type of the next value, which is not taken; 0 where there is none.
func (s *scan) peek() byte {
	if s.bad || s.at >= len(s.p) {
		return 0
	}
	return s.p[s.at]
}

// size takes a size of four bytes: of something that each takes a byte at least.
func (s *scan) size() int {
	b := s.take(4)
	if b == nil {
		return 0
	}
	n := binary.LittleEndian.Uint32(b)
	if uint64(n) > uint64(len(s.p)-s.at) {
		s.bad = true
		return 0
	}
	return int(n)
}

// count begins a tuple or a list, whose values follow.
func (s *scan) count() int {
	switch s.code() {
	case '(', '[':
		return s.size()
	case ')':
		if b := s.take(1); b != nil {
			return int(b[0])
		}
	}
	s.bad = true
	return 0
}

// tuple begins a tuple or list of n values at least, and returns how many there are beyond.
func (s *scan) tuple(n int) (beyond int) {
	if beyond = s.count() - n; beyond < 0 {
		s.bad = true
	}
	return beyond
}

// text takes a text. It is a part of the scan's own copy, which nobody writes to.
func (s *scan) text() string {
	b := s.textBytes(s.code())
	if len(b) == 0 {
		return ""
	}
	return unsafe.String(unsafe.SliceData(b), len(b))
}

func (s *scan) textBytes(code byte) []byte {
	switch code {
	case 'u', 't', 'a', 'A':
		return s.take(s.size())
	case 'z', 'Z':
		if b := s.take(1); b != nil {
			return s.take(int(b[0]))
		}
	}
	s.bad = true
	return nil
}

// int takes a number of at most 64 bits.
func (s *scan) int() int64 {
	switch s.code() {
	case 'i':
		if b := s.take(4); b != nil {
			return int64(int32(binary.LittleEndian.Uint32(b)))
		}
	case 'I':
		if b := s.take(8); b != nil {
			return int64(binary.LittleEndian.Uint64(b))
		}
	case 'l':
		return s.long()
	}
	s.bad = true
	return 0
}

// long takes a number in digits of 15 bits, the lowest first.
func (s *scan) long() int64 {
	b := s.take(4)
	if b == nil {
		return 0
	}
	n := int32(binary.LittleEndian.Uint32(b))
	negative := n < 0
	if negative {
		n = -n
	}
	if n < 0 || n > 5 {
		s.bad = true
		return 0
	}
	v := uint64(0)
	digits := s.take(2 * int(n))
	for i := 0; i < len(digits); i += 2 {
		d := uint64(binary.LittleEndian.Uint16(digits[i:]))
		if d > 0x7fff || i == 8 && d > 7 {
			s.bad = true
			return 0
		}
		v |= d << (15 * (i / 2))
	}
	if negative {
		return -int64(v)
	}
	return int64(v)
}

// within takes a number from 0 to most.
func (s *scan) within(most int64) int64 {
	n := s.int()
	if n < 0 || n > most {
		s.bad = true
		return 0
	}
	return n
}

func (s *scan) stage() uint16 { return uint16(s.within(math.MaxUint16)) }

func (s *scan) flag() bool {
	switch s.code() {
	case 'T':
		return true
	case 'F':
		return false
	}
	s.bad = true
	return false
}

// none takes None where that comes next.
func (s *scan) none() bool {
	if s.peek() != 'N' {
		return false
	}
	s.at++
	return true
}

// bytes takes bytes, which are not nil, or None, which is.
func (s *scan) bytes() []byte {
	if s.none() {
		return nil
	}
	if s.code() != 's' {
		s.bad = true
		return nil
	}
	return s.take(s.size())
}

// dict takes a dict with text keys: each takes the value of a key.
func (s *scan) dict(each func(key string)) {
	if s.code() != '{' {
		s.bad = true
		return
	}
	s.items(func() {
		if key := s.text(); !s.bad {
			each(key)
		}
	})
}

// items takes what a dict holds, up to its end: each takes a key and its value.
func (s *scan) items(each func()) {
	for !s.bad {
		if s.peek() == '0' {
			s.at++
			return
		}
		each()
	}
}

// reprs takes a dict of texts; nil where it is empty.
func (s *scan) reprs() map[string]string {
	var m map[string]string
	s.dict(func(key string) {
		if m == nil {
			m = map[string]string{}
		}
		m[key] = s.text()
	})
	return m
}

// texts takes a sequence of texts; nil where it is empty.
func (s *scan) texts() []string {
	n := s.count()
	if n == 0 || s.bad {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = s.text()
	}
	return list
}

// headers takes a sequence of names and values; nil where it is empty. They are what an application gave, so they may be
// anything: what is no header is shown as a value without a name.
func (s *scan) headers() []event.Header {
	if code := s.peek() &^ 0x80; code != '(' && code != '[' && code != ')' {
		if text := s.given(); text != "" {
			return []event.Header{{Value: text}}
		}
		return nil
	}
	n := s.count()
	if n == 0 || s.bad {
		return nil
	}
	list := s.rooms.headers.slice(n)
	for i := range list {
		at := s.at
		if code := s.peek() &^ 0x80; (code == '(' || code == '[' || code == ')') && s.count() == 2 {
			list[i] = event.Header{Name: s.given(), Value: s.given()}
			continue
		}
		if !s.bad {
			s.at = at
		}
		list[i].Value = s.given()
	}
	return list
}

// given takes what an application gave for a text. What is none is shown as it stands, and None as nothing.
func (s *scan) given() string {
	switch s.peek() {
	case 'u', 't', 'a', 'A', 'z', 'Z', 'r':
		return s.text()
	case 'N':
		s.at++
		return ""
	}
	p := s.raw()
	if s.bad {
		return ""
	}
	v, _, err := marshal.Decode(p)
	if err != nil {
		s.bad = true
		return ""
	}
	if b, ok := v.([]byte); ok {
		return marshal.Latin1(b)
	}
	return fmt.Sprint(v)
}

// duration takes nanoseconds, none where there are less than none.
func (s *scan) duration() time.Duration { return time.Duration(max(s.int(), 0)) }

// raw takes any value as it stands.
func (s *scan) raw() []byte {
	from := s.at
	s.skip(0)
	if s.bad {
		return nil
	}
	return s.p[from:s.at:s.at]
}

// asDict makes a dict of the key and the value that were taken from a place on, right behind a number. That is over: the
// mark of a dict and the end's have its place.
func (s *scan) asDict(from int) []byte {
	dict := s.p[from-2 : s.at : s.at]
	copy(dict[1:], dict[2:])
	dict[0], dict[len(dict)-1] = '{', '0'
	return dict
}

// deepest is how deep values may lie within one another, as package marshal has it.
const deepest = 200

// skip takes any value.
func (s *scan) skip(depth int) {
	if depth > deepest {
		s.bad = true
	}
	switch code := s.code(); code {
	case 'N', 'T', 'F':
	case 'i':
		s.take(4)
	case 'I', 'g':
		s.take(8)
	case 'l':
		if b := s.take(4); b != nil {
			n := int64(int32(binary.LittleEndian.Uint32(b)))
			s.take(int(2 * max(n, -n)))
		}
	case 's':
		s.take(s.size())
	case 'u', 't', 'a', 'A', 'z', 'Z':
		s.textBytes(code)
	case '(', '[', ')', '<', '>':
		n := 0
		if code == ')' {
			if b := s.take(1); b != nil {
				n = int(b[0])
			}
		} else {
			n = s.size()
		}
		for i := 0; i < n && !s.bad; i++ {
			s.skip(depth + 1)
		}
	case '{':
		s.items(func() {
			s.skip(depth + 1)
			s.skip(depth + 1)
		})
	default:
		s.bad = true
	}
}
