package http1_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/http1"
)

const host = "Host: a.example\r\n"

// wire is what comes over a connection, and what it must be taken for: the statuses that go back, and the requests
// that reach the handler.
type wire struct {
	name   string
	raw    string
	status string
	calls  []string
}

func calls(s ...string) []string { return s }

var get = calls(`GET / ""`)

var wires = []wire{
	// Request lines, RFC 9112 section 3.
	{"plain", "GET / HTTP/1.1\r\n" + host + "\r\n", "200", get},
	{"http10", "GET / HTTP/1.0\r\n\r\n", "200", get},
	{"http12 is served as 1.1", "GET / HTTP/1.2\r\n" + host + "\r\n", "200", get},
	{"http19", "GET / HTTP/1.9\r\n" + host + "\r\n", "200", get},
	{"http2", "GET / HTTP/2.0\r\n" + host + "\r\n", "505", nil},
	{"http3", "GET / HTTP/3.0\r\n" + host + "\r\n", "505", nil},
	{"http0.9 by name", "GET / HTTP/0.9\r\n\r\n", "505", nil},
	{"h2 prior knowledge", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505", nil},
	{"http0.9 simple", "GET /\r\n", "400", nil},
	{"method alone", "GET\r\n\r\n", "400", nil},
	{"version without minor", "GET / HTTP/1\r\n" + host + "\r\n", "400", nil},
	{"version with two digits", "GET / HTTP/1.10\r\n" + host + "\r\n", "400", nil},
	{"version in lower case", "GET / http/1.1\r\n" + host + "\r\n", "400", nil},
	{"version of another protocol", "GET / HTTPS/1.1\r\n" + host + "\r\n", "400", nil},
	{"version with junk", "GET / HTTP/1.1x\r\n" + host + "\r\n", "400", nil},
	{"version with a letter", "GET / HTTP/1.x\r\n" + host + "\r\n", "400", nil},
	{"trailing space", "GET / HTTP/1.1 \r\n" + host + "\r\n", "400", nil},
	{"two spaces before target", "GET  / HTTP/1.1\r\n" + host + "\r\n", "400", nil},
	{"two spaces before version", "GET /  HTTP/1.1\r\n" + host + "\r\n", "400", nil},
	{"tab for space", "GET\t/\tHTTP/1.1\r\n" + host + "\r\n", "400", nil},
	{"space in target", "GET /a b HTTP/1.1\r\n" + host + "\r\n", "400", nil},
	{"leading space", " GET / HTTP/1.1\r\n" + host + "\r\n", "400", nil},
	{"no target", "GET  HTTP/1.1\r\n" + host + "\r\n", "400", nil},
	{"method with a separator", "GE(T / HTTP/1.1\r\n" + host + "\r\n", "400", nil},
	{"method with a control", "GE\x01T / HTTP/1.1\r\n" + host + "\r\n", "400", nil},
	{"method beyond ASCII", "G\xc9T / HTTP/1.1\r\n" + host + "\r\n", "400", nil},
	{"any token is a method", "M-SEARCH / HTTP/1.1\r\n" + host + "\r\n", "200", calls(`M-SEARCH / ""`)},
	{"methods have case", "get / HTTP/1.1\r\n" + host + "\r\n", "200", calls(`get / ""`)},
	{"NUL in target", "GET /\x00 HTTP/1.1\r\n" + host + "\r\n", "400", nil},
	{"DEL in target", "GET /\x7f HTTP/1.1\r\n" + host + "\r\n", "400", nil},
	{"CR in target", "GET /\rx HTTP/1.1\r\n" + host + "\r\n", "400", nil},
	{"bytes from 0x80 in target", "GET /\xc3\xa9 HTTP/1.1\r\n" + host + "\r\n", "200", calls("GET /\xc3\xa9 \"\"")},
	{"empty lines first", "\r\n\r\nGET / HTTP/1.1\r\n" + host + "\r\n", "200", get},
	{"too many empty lines", strings.Repeat("\r\n", 5) + "GET / HTTP/1.1\r\n" + host + "\r\n", "400", nil},
	{"bare LF first", "\nGET / HTTP/1.1\r\n" + host + "\r\n", "400", nil},
	{"bare CR first", "\rGET / HTTP/1.1\r\n" + host + "\r\n", "400", nil},
	{"NUL first", "\x00GET / HTTP/1.1\r\n" + host + "\r\n", "400", nil},
	{"byte order mark", "\xef\xbb\xbfGET / HTTP/1.1\r\n" + host + "\r\n", "400", nil},
	{"a TLS handshake", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "", nil},
	{"nothing", "", "", nil},
	{"a head cut short", "GET / HTTP/1.1\r\nHos", "400", nil},
	{"a request line cut short", "GET / HT", "400", nil},

	// Targets, RFC 9112 section 3.2.
	{"absolute", "GET http://b.example/x?y HTTP/1.1\r\n" + host + "\r\n", "200", calls(`GET http://b.example/x?y ""`)},
	{"absolute without host field", "GET http://b.example/ HTTP/1.1\r\n\r\n", "400", nil},
	{"absolute with user", "GET http://u@b.example/ HTTP/1.1\r\n" + host + "\r\n", "400", nil},
	{"absolute without host", "GET http:///x HTTP/1.1\r\n" + host + "\r\n", "400", nil},
	{"absolute with port alone", "GET http://:80/x HTTP/1.1\r\n" + host + "\r\n", "400", nil},
	{"another scheme", "GET ftp://b.example/ HTTP/1.1\r\n" + host + "\r\n", "400", nil},
	{"neither path nor URI", "GET index.html HTTP/1.1\r\n" + host + "\r\n", "400", nil},
	{"asterisk", "OPTIONS * HTTP/1.1\r\n" + host + "\r\n", "200", calls(`OPTIONS * ""`)},
	{"asterisk for another method", "GET * HTTP/1.1\r\n" + host + "\r\n", "400", nil},
	{"connect", "CONNECT b.example:443 HTTP/1.1\r\n" + host + "\r\n", "200", calls(`CONNECT b.example:443 ""`)},
	{"connect without port", "CONNECT b.example HTTP/1.1\r\n" + host + "\r\n", "400", nil},
	{"connect to a path", "CONNECT /x HTTP/1.1\r\n" + host + "\r\n", "400", nil},
	{"authority for another method", "GET b.example:443 HTTP/1.1\r\n" + host + "\r\n", "400", nil},

	// Line ends, section 2.2.
	{"bare LF after request line", "GET / HTTP/1.1\n" + host + "\r\n", "400", nil},
	{"bare LF after field", "GET / HTTP/1.1\r\nHost: a\n\r\n", "400", nil},
	{"bare LF for the empty line", "GET / HTTP/1.1\r\n" + host + "\n", "400", nil},
	{"only bare LF", "GET / HTTP/1.1\nHost: a\n\n", "400", nil},
	{"CR CR LF", "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", "400", nil},
	{"CR within the empty line", "GET / HTTP/1.1\r\n" + host + "\rX\r\n\r\n", "400", nil},

	// Fields, section 5.
	{"obs-fold", "GET / HTTP/1.1\r\n" + host + "A: b\r\n c\r\n\r\n", "400", nil},
	{"obs-fold by a tab", "GET / HTTP/1.1\r\n" + host + "A: b\r\n\tc\r\n\r\n", "400", nil},
	{"white space before the first field", "GET / HTTP/1.1\r\n " + host + "\r\n", "400", nil},
	{"space before the colon", "GET / HTTP/1.1\r\n" + host + "A : b\r\n\r\n", "400", nil},
	{"tab before the colon", "GET / HTTP/1.1\r\n" + host + "A\t: b\r\n\r\n", "400", nil},
	{"no colon", "GET / HTTP/1.1\r\n" + host + "Abc\r\n\r\n", "400", nil},
	{"no name", "GET / HTTP/1.1\r\n" + host + ": b\r\n\r\n", "400", nil},
	{"name with a slash", "GET / HTTP/1.1\r\n" + host + "A/B: c\r\n\r\n", "400", nil},
	{"name with NUL", "GET / HTTP/1.1\r\n" + host + "A\x00: c\r\n\r\n", "400", nil},
	{"name beyond ASCII", "GET / HTTP/1.1\r\n" + host + "\xc4: c\r\n\r\n", "400", nil},
	{"NUL in a value", "GET / HTTP/1.1\r\n" + host + "A: b\x00c\r\n\r\n", "400", nil},
	{"CR in a value", "GET / HTTP/1.1\r\n" + host + "A: b\rc\r\n\r\n", "400", nil},
	{"ESC in a value", "GET / HTTP/1.1\r\n" + host + "A: \x1b[2J\r\n\r\n", "400", nil},
	{"DEL in a value", "GET / HTTP/1.1\r\n" + host + "A: \x7f\r\n\r\n", "400", nil},
	{"tab and obs-text in a value", "GET / HTTP/1.1\r\n" + host + "A: b\tc \xe9\r\n\r\n", "200", get},
	{"empty value", "GET / HTTP/1.1\r\n" + host + "A:\r\nB: \t \r\n\r\n", "200", get},

	// Host, section 3.2.
	{"no Host", "GET / HTTP/1.1\r\n\r\n", "400", nil},
	{"no Host in 1.0", "GET / HTTP/1.0\r\n\r\n", "200", get},
	{"two Hosts", "GET / HTTP/1.1\r\n" + host + host + "\r\n", "400", nil},
	{"two Hosts in 1.0", "GET / HTTP/1.0\r\n" + host + host + "\r\n", "400", nil},
	{"Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "400", nil},
	{"Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", "400", nil},
	{"Host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "400", nil},
	{"Host list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "400", nil},
	{"Host with a bad port", "GET / HTTP/1.1\r\nHost: a:80x\r\n\r\n", "400", nil},
	{"Host with a high port", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", "400", nil},
	{"Host beyond ASCII", "GET / HTTP/1.1\r\nHost: \xc3\xa9\r\n\r\n", "400", nil},
	{"Host with a bad escape", "GET / HTTP/1.1\r\nHost: a%zz\r\n\r\n", "400", nil},
	{"Host IPv6", "GET / HTTP/1.1\r\nHost: [::1]:8000\r\n\r\n", "200", get},
	{"Host bad IPv6", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "400", nil},
	{"Host IPv6 and junk", "GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n", "400", nil},
	{"Host IPv4 in brackets", "GET / HTTP/1.1\r\nHost: [1.2.3.4]\r\n\r\n", "400", nil},
	{"Host empty", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "200", get},
	{"Content-Type twice", "GET / HTTP/1.1\r\n" + host + "Content-Type: a/b\r\nContent-Type: a/c\r\n\r\n", "400", nil},

	// Lengths, section 6.
	{"length", "POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\nhello", "200", calls(`POST / "hello"`)},
	{"length of nothing", "POST / HTTP/1.1\r\n" + host + "Content-Length: 0\r\n\r\n", "200", calls(`POST / ""`)},
	{"length in 1.0", "POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello", "200", calls(`POST / "hello"`)},
	{"same length twice", "POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\ncontent-length: 5\r\n\r\nhello", "200", calls(`POST / "hello"`)},
	{"two lengths", "POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", "400", nil},
	{"two spellings of a length", "POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\nContent-Length: 05\r\n\r\nhello", "400", nil},
	{"a list of lengths", "POST / HTTP/1.1\r\n" + host + "Content-Length: 5, 5\r\n\r\nhello", "400", nil},
	{"length with plus", "POST / HTTP/1.1\r\n" + host + "Content-Length: +5\r\n\r\nhello", "400", nil},
	{"length with minus", "POST / HTTP/1.1\r\n" + host + "Content-Length: -5\r\n\r\nhello", "400", nil},
	{"length in hex", "POST / HTTP/1.1\r\n" + host + "Content-Length: 0x5\r\n\r\nhello", "400", nil},
	{"length with underscore", "POST / HTTP/1.1\r\n" + host + "Content-Length: 1_0\r\n\r\nhellohello", "400", nil},
	{"length with a point", "POST / HTTP/1.1\r\n" + host + "Content-Length: 5.0\r\n\r\nhello", "400", nil},
	{"length with a space", "POST / HTTP/1.1\r\n" + host + "Content-Length: 1 0\r\n\r\nhellohello", "400", nil},
	{"length in other digits", "POST / HTTP/1.1\r\n" + host + "Content-Length: \xd9\xa5\r\n\r\nhello", "400", nil},
	{"length empty", "POST / HTTP/1.1\r\n" + host + "Content-Length:\r\n\r\n", "400", nil},
	{"length beyond 2^63", "POST / HTTP/1.1\r\n" + host + "Content-Length: 9223372036854775808\r\n\r\n", "400", nil},
	{"length beyond 2^64", "POST / HTTP/1.1\r\n" + host + "Content-Length: 18446744073709551621\r\n\r\nhello", "400", nil},
	{"body cut short", "POST / HTTP/1.1\r\n" + host + "Content-Length: 50\r\n\r\nhello", "400", nil},

	// Transfer-Encoding, sections 6.1 and 7.
	{"chunked", chunkedHead + "5\r\nhello\r\n0\r\n\r\n", "200", calls(`POST / "hello"`)},
	{"chunked in capitals", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: CHUNKED\r\n\r\n1\r\na\r\n0\r\n\r\n", "200", calls(`POST / "a"`)},
	{"several chunks", chunkedHead + "5\r\nhello\r\n00A\r\n, chunked \r\n5\r\nworld\r\n0\r\n\r\n", "200", calls(`POST / "hello, chunked world"`)},
	{"no chunk", chunkedHead + "0\r\n\r\n", "200", calls(`POST / ""`)},
	{"many zeros", chunkedHead + "0000\r\n\r\n", "200", calls(`POST / ""`)},
	{"extensions", chunkedHead + "5;a=b;c=\"d e\"\r\nhello\r\n0 ; x\r\n\r\n", "200", calls(`POST / "hello"`)},
	{"trailers", chunkedHead + "1\r\na\r\n0\r\nX-Sum: 1\r\nContent-Length: 9\r\n\r\n", "200", calls(`POST / "a"`)},
	{"chunked in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400", nil},
	{"chunked and length", "POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400", nil},
	{"length and chunked", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", "400", nil},
	{"chunked twice", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400", nil},
	{"chunked and identity", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", "400", nil},
}

const chunkedHead = "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n"

func init() {
	for _, v := range []string{
		"", "identity", "gzip", "gzip, chunked", "chunked, chunked", "chunked, identity", "chunked,", ",chunked", "xchunked",
		"chunkedx", "chunked;q=1", "\"chunked\"", "'chunked'", "chunked x", "x chunked", "chunk", "\xa0chunked", "chunked\xa0",
		"ch\xffunked", "cow", "chunKed,",
	} {
		wires = append(wires, wire{"encoding " + v,
			"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: " + v + "\r\n\r\n0\r\n\r\n", "400", nil})
	}
	for _, v := range []string{"\x0bchunked", "chunked\x0c", "\x00chunked", "chunked\x1f"} {
		wires = append(wires, wire{fmt.Sprintf("encoding %q", v),
			"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: " + v + "\r\n\r\n0\r\n\r\n", "400", nil})
	}
	for name, chunks := range map[string]string{
		"size in hex notation":        "0x5\r\nhello\r\n0\r\n\r\n",
		"size negative":               "-5\r\nhello\r\n0\r\n\r\n",
		"size with plus":              "+5\r\nhello\r\n0\r\n\r\n",
		"size with underscore":        "1_0\r\nhellohellohello!\r\n0\r\n\r\n",
		"size empty":                  "\r\nhello\r\n0\r\n\r\n",
		"size of an extension alone":  ";a\r\nhello\r\n0\r\n\r\n",
		"size not hex":                "g\r\nhello\r\n0\r\n\r\n",
		"size with space before":      " 5\r\nhello\r\n0\r\n\r\n",
		"size with space after":       "5 \r\nhello\r\n0\r\n\r\n",
		"size with bare LF":           "5\nhello\r\n0\r\n\r\n",
		"size with CR CR LF":          "5\r\r\nhello\r\n0\r\n\r\n",
		"size with bare CR":           "5\rhello\r\n0\r\n\r\n",
		"size with NUL":               "5\x00\r\nhello\r\n0\r\n\r\n",
		"size over 2^63":              "8000000000000000\r\nhello\r\n0\r\n\r\n",
		"size that wraps":             "10000000000000005\r\nhello\r\n0\r\n\r\n",
		"size of many digits":         "00000000000000005\r\nhello\r\n0\r\n\r\n",
		"data too long":               "4\r\nhello\r\n0\r\n\r\n",
		"data too short":              "6\r\nhello\r\n0\r\n\r\n",
		"data ends with bare LF":      "5\r\nhello\n0\r\n\r\n",
		"data ends with two bytes":    "5\r\nhelloXX0\r\n\r\n",
		"extension with LF":           "5;a\nb\r\nhello\r\n0\r\n\r\n",
		"extension with CR":           "5;a\rb\r\nhello\r\n0\r\n\r\n",
		"extension with NUL":          "5;a\x00\r\nhello\r\n0\r\n\r\n",
		"extension ends with LF":      "5;\nhello\r\n0\r\n\r\n",
		"last chunk with bare LF":     "5\r\nhello\r\n0\n\r\n",
		"end with bare LF":            "5\r\nhello\r\n0\r\n\n",
		"trailer with bare LF":        "5\r\nhello\r\n0\r\nA: b\n\r\n",
		"trailer folded":              "5\r\nhello\r\n0\r\nA: b\r\n c\r\n\r\n",
		"trailer without colon":       "5\r\nhello\r\n0\r\nAbc\r\n\r\n",
		"trailer with space in name":  "5\r\nhello\r\n0\r\nA : b\r\n\r\n",
		"trailer with NUL":            "5\r\nhello\r\n0\r\nA: \x00\r\n\r\n",
		"trailers too large":          "0\r\nA: " + strings.Repeat("x", 300) + "\r\n\r\n",
		"extension too long":          "5;" + strings.Repeat("x", 300) + "\r\nhello\r\n0\r\n\r\n",
		"extensions too long in all":  strings.Repeat("1;"+strings.Repeat("x", 100)+"\r\na\r\n", 3) + "0\r\n\r\n",
		"the end missing":             "5\r\nhello\r\n",
		"the end of the end missing":  "5\r\nhello\r\n0\r\n",
		"a request where chunks were": "GET / HTTP/1.1\r\n" + host + "\r\n",
	} {
		wires = append(wires, wire{"chunk: " + name, chunkedHead + chunks, "400", nil})
	}
}

// narrow are limits that the table's long ones exceed and its others do not.
var narrow = http1.Limits{
	RequestLine: 120, HeaderBlock: 400, Fields: 6, ChunkLine: 256, ChunkExtensions: 256, Trailers: 256,
}

func init() {
	wires = append(wires,
		wire{"line at its limit", "GET /" + strings.Repeat("a", 106) + " HTTP/1.1\r\n" + host + "\r\n", "200",
			calls("GET /" + strings.Repeat("a", 106) + ` ""`)},
		wire{"line beyond its limit", "GET /" + strings.Repeat("a", 107) + " HTTP/1.1\r\n" + host + "\r\n", "414", nil},
		wire{"line without end", "GET /" + strings.Repeat("a", 300), "414", nil},
		wire{"fields at their limit", "GET / HTTP/1.1\r\n" + host + strings.Repeat("A: b\r\n", 5) + "\r\n", "200", get},
		wire{"one field too many", "GET / HTTP/1.1\r\n" + host + strings.Repeat("A: b\r\n", 6) + "\r\n", "431", nil},
		wire{"block at its limit", "GET / HTTP/1.1\r\n" + host + "A: " + strings.Repeat("b", 376) + "\r\n\r\n", "200", get},
		wire{"block beyond its limit", "GET / HTTP/1.1\r\n" + host + "A: " + strings.Repeat("b", 377) + "\r\n\r\n", "431", nil},
		wire{"block without end", "GET / HTTP/1.1\r\n" + host + "A: " + strings.Repeat("b", 600), "431", nil},
		wire{"expect", "POST / HTTP/1.1\r\n" + host + "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\na", "200", calls(`POST / "a"`)},
		wire{"another expectation", "POST / HTTP/1.1\r\n" + host + "Expect: 200-ok\r\nContent-Length: 1\r\n\r\na", "417", nil},
		wire{"an empty expectation", "POST / HTTP/1.1\r\n" + host + "Expect:\r\nContent-Length: 1\r\n\r\na", "417", nil},
		wire{"an expectation in 1.0", "POST / HTTP/1.0\r\nExpect: 200-ok\r\nContent-Length: 1\r\n\r\na", "200", calls(`POST / "a"`)},
	)
}

// finals leaves interim responses out: whether a 100 goes out depends on whether the body was there already.
func finals(as []answer) []answer {
	return slices.DeleteFunc(as, func(a answer) bool { return a.status == 100 })
}

func TestWire(t *testing.T) {
	for _, w := range wires {
		t.Run(w.name, func(t *testing.T) {
			a := &app{}
			got := ask(t, serve(t, a, narrow), w.raw)
			if s := statuses(finals(answers(strings.NewReader(got)))); s != w.status {
				t.Errorf("answered %q, want %q\n%s", s, w.status, got)
			}
			if d := cmp.Diff(w.calls, a.requests()); d != "" {
				t.Errorf("requests (-want +got):\n%s", d)
			}
			if w.status != "200" && strings.Contains(got, "keep-alive") {
				t.Errorf("a refusal keeps the connection:\n%s", got)
			}
		})
	}
}

// TestSplit sends everything in the table cut in two at every byte, and byte by byte: what it is taken for does not
// depend on packets.
func TestSplit(t *testing.T) {
	a := &app{}
	m := newMemory()
	run(t, &http1.Server{Handler: a, Limits: narrow}, m)
	check := func(t *testing.T, w wire, parts ...string) {
		t.Helper()
		a.mu.Lock()
		a.seen = nil
		a.mu.Unlock()
		got := m.dial().say(parts...)
		if s := statuses(finals(answers(strings.NewReader(got)))); s != w.status {
			t.Fatalf("%q: answered %q, want %q", parts, s, w.status)
		}
		if d := cmp.Diff(w.calls, a.requests()); d != "" {
			t.Fatalf("%q: requests (-want +got):\n%s", parts, d)
		}
	}
	for _, w := range wires {
		t.Run(w.name, func(t *testing.T) {
			for i := range w.raw {
				check(t, w, w.raw[:i], w.raw[i:])
			}
			check(t, w, strings.Split(w.raw, "")...)
		})
	}
}
