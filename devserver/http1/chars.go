package http1

// class says where a byte may stand.
type class uint8

const (
	tokenChar  class = 1 << iota // tchar (RFC 9110, section 5.6.2)
	valueChar                    // in a field value: HTAB, SP, VCHAR, obs-text (RFC 9110, section 5.5)
	targetChar                   // in a request target: VCHAR, and bytes from 0x80 on, which browsers and Python accept
	hostChar                     // in a reg-name: unreserved, sub-delims (RFC 3986, section 3.2.2); "%" is not here
	hexDigit
)

var classes = func() (t [256]class) {
	for c := range 256 {
		b := byte(c)
		alnum := 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9'
		if alnum || within(b, "!#$%&'*+-.^_`|~") {
			t[c] |= tokenChar
		}
		if b == '\t' || b >= ' ' && b != 0x7f {
			t[c] |= valueChar
		}
		if b > ' ' && b != 0x7f {
			t[c] |= targetChar
		}
		if alnum || within(b, "-._~!$&'()*+,;=") {
			t[c] |= hostChar
		}
		if '0' <= b && b <= '9' || 'A' <= b && b <= 'F' || 'a' <= b && b <= 'f' {
			t[c] |= hexDigit
		}
	}
	return t
}()

func within(c byte, set string) bool {
	for i := range len(set) {
		if set[i] == c {
			return true
		}
	}
	return false
}

// is says whether all of p is of a class.
func is(p []byte, c class) bool {
	for _, b := range p {
		if classes[b]&c == 0 {
			return false
		}
	}
	return true
}

// hexValue is the value of a hexDigit.
func hexValue(b byte) int64 {
	switch {
	case b <= '9':
		return int64(b - '0')
	case b <= 'F':
		return int64(b-'A') + 10
	}
	return int64(b-'a') + 10
}

func trim(p []byte) []byte {
	for len(p) > 0 && (p[0] == ' ' || p[0] == '\t') {
		p = p[1:]
	}
	for len(p) > 0 && (p[len(p)-1] == ' ' || p[len(p)-1] == '\t') {
		p = p[:len(p)-1]
	}
	return p
}
