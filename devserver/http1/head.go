package http1

// Field is one field line. Both slices lie in the head's Raw; white space around the value is cut.
type Field struct {
	Name, Value []byte
}

// Form is the form of a request target (RFC 9112, section 3.2).
type Form uint8

// The forms.
const (
	OriginForm    Form = iota // /path?query
	AbsoluteForm              // http://host/path?query
	AuthorityForm             // host:port, of CONNECT alone
	AsteriskForm              // *, of OPTIONS alone
)

// String returns the form's name in RFC 9112.
func (f Form) String() string {
	return [...]string{"origin-form", "absolute-form", "authority-form", "asterisk-form"}[f&3]
}

// Head is a request's head that was accepted. It may be kept for ever, and must not be changed: its slices share Raw.
type Head struct {
	// Raw is the request line and the field lines up to and including the empty line, byte for byte. Empty lines
	// before the request line (RFC 9112, section 2.2) are not in it. It has its own allocation.
	Raw []byte

	Method string
	// Target is the request target as it came, with its fragment if it has one.
	Target string
	// Major and Minor are the version as it came. Any 1.x above 1.1 is served as 1.1: see Protocol.
	Major, Minor int
	Fields       []Field

	// ContentLength is -1 where there is none. Repeated fields with identical values are one.
	ContentLength int64
	Chunked       bool
	// Expect100 says that the client waits for "100 Continue"; never for HTTP/1.0.
	Expect100 bool
	// KeepAlive says that the client would have the connection kept.
	KeepAlive bool

	Form Form
	// Path and Query are raw; a fragment is cut. Path is "/" for an absolute-form without one, "*" for the
	// asterisk-form, and empty for the authority-form.
	Path, Query []byte
	HasQuery    bool
	// Authority is that of an absolute-form or authority-form target; it wins over Host (RFC 9112, section 3.2.2).
	Authority []byte
	// Host is the value of the Host field, nil where there was none (only HTTP/1.0).
	Host []byte
}

// Protocol is the version that the request is served as: "HTTP/1.0" or "HTTP/1.1".
func (h *Head) Protocol() string {
	if h.Minor == 0 {
		return "HTTP/1.0"
	}
	return "HTTP/1.1"
}

// HasBody says whether a body of at least one byte, or of unknown size, follows the head.
func (h *Head) HasBody() bool { return h.Chunked || h.ContentLength > 0 }

// Get returns the value of the first field of the given name, in lower case, and whether there is one.
func (h *Head) Get(lowerName string) ([]byte, bool) {
	for _, f := range h.Fields {
		if equalFold(f.Name, lowerName) {
			return f.Value, true
		}
	}
	return nil, false
}

// equalFold compares ASCII without regard to case; lower is in lower case already.
func equalFold(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i := range b {
		c := b[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
