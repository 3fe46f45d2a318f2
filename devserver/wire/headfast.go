package wire

import "encoding/binary"

// headReader reads a head without a value of its own for each part: every string is a piece of one copy of the
// payload. It knows the forms in which both kinds of workers write heads; what it does not know, it leaves to the general
// decoder.
type headReader struct {
	text string
	at   int
	bad  bool
}

func fastHead(p []byte) (h ResponseHead, ok bool) {
	r := headReader{text: string(p)}
	if r.count('(', ')') != 4 {
		return h, false
	}
	h.Status = r.str()
	n := r.count('[', '[')
	if r.bad || n > len(p)/2 {
		return h, false
	}
	h.Headers = make([][2]string, n)
	for i := range h.Headers {
		if r.count('(', ')') != 2 {
			return h, false
		}
		h.Headers[i] = [2]string{r.str(), r.str()}
	}
	h.Entered, h.Started = r.number(), r.number()
	return h, !r.bad && r.at == len(p)
}

func (r *headReader) take(n int) string {
	if r.bad || n > len(r.text)-r.at {
		r.bad = true
		return "\x00\x00\x00\x00"
	}
	s := r.text[r.at : r.at+n]
	r.at += n
	return s
}

func (r *headReader) u32() uint32 {
	s := r.take(4)
	return binary.LittleEndian.Uint32([]byte{s[0], s[1], s[2], s[3]})
}

// count reads the beginning of a sequence: long has its count in four bytes, short in one.
func (r *headReader) count(long, short byte) int {
	switch c := r.take(1)[0]; {
	case r.bad:
		return -1
	case c == long:
		if n := r.u32(); n < MaxPayload {
			return int(n)
		}
	case c == short:
		return int(r.take(1)[0])
	}
	r.bad = true
	return -1
}

func (r *headReader) str() string {
	switch r.take(1)[0] {
	case 'u', 't', 'a', 'A':
		if n := r.u32(); n < MaxPayload {
			return r.take(int(n))
		}
	case 'z', 'Z':
		return r.take(int(r.take(1)[0]))
	}
	r.bad = true
	return ""
}

// number reads a number that is not negative.
func (r *headReader) number() uint64 {
	switch r.take(1)[0] {
	case 'i':
		if n := r.u32(); n>>31 == 0 {
			return uint64(n)
		}
	case 'l':
		// Digits of 15 bits, the lowest first. Four of them hold any time of 60 bits, over 30 years of nanoseconds.
		n := r.u32()
		if n > 4 {
			break
		}
		v := uint64(0)
		for i := range n {
			s := r.take(2)
			r.bad = r.bad || s[1] >= 0x80
			v |= uint64(s[0]) << (15 * i)
			v |= uint64(s[1]) << (15*i + 8)
		}
		return v
	}
	r.bad = true
	return 0
}
