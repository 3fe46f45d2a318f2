package http1_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/devserver/http1"
)

const smuggled = "GET /smuggled HTTP/1.1\r\n" + host + "\r\n"

// catalogue holds the known ways to have one request taken for two, by the names that they are published under. Each
// carries the smuggled request where a server that is deceived would find it.
var catalogue = []struct {
	name, raw string
	legal     bool // the outer request is in order, and is answered
}{
	{"CL.TE", "POST / HTTP/1.1\r\n" + host + "Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, false},
	{"TE.CL", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n37\r\n" + smuggled + "\r\n0\r\n\r\n", false},
	{"TE.TE, an unknown coding last", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n\r\n0\r\n\r\n" + smuggled, false},
	{"TE.TE, space before the colon", "POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + smuggled, false},
	{"TE.TE, vertical tab", "POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\nTransfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n" + smuggled, false},
	{"TE.TE, folded", "POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + smuggled, false},
	{"TE.TE, hidden behind a bare LF", "POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\nX: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, false},
	{"TE.TE, hidden behind a bare CR", "POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\nX: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, false},
	{"TE.0, in HTTP/1.0", "POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n37\r\n" + smuggled + "\r\n0\r\n\r\n", false},
	{"CL.CL", "POST / HTTP/1.1\r\n" + host + "Content-Length: 0\r\nContent-Length: 55\r\n\r\n" + smuggled, false},
	{"CL.CL, a list", "POST / HTTP/1.1\r\n" + host + "Content-Length: 0, 55\r\n\r\n" + smuggled, false},
	{"CL with a sign", "POST / HTTP/1.1\r\n" + host + "Content-Length: +0\r\n\r\n" + smuggled, false},
	{"CL that is cut at a NUL", "POST / HTTP/1.1\r\n" + host + "Content-Length: 0\x0055\r\n\r\n" + smuggled, false},
	{"CL that wraps at 2^32", "POST / HTTP/1.1\r\n" + host + "Content-Length: 4294967296\r\n\r\n" + smuggled, true},
	{"CL that wraps at 2^64", "POST / HTTP/1.1\r\n" + host + "Content-Length: 18446744073709551616\r\n\r\n" + smuggled, false},
	{"CL.0, a body in GET", "GET / HTTP/1.1\r\n" + host + "Content-Length: %d\r\n\r\n" + smuggled, true},
	{"CL.0, a body in HEAD", "HEAD / HTTP/1.1\r\n" + host + "Content-Length: %d\r\n\r\n" + smuggled, true},
	{"CL.0, a body in OPTIONS *", "OPTIONS * HTTP/1.1\r\n" + host + "Content-Length: %d\r\n\r\n" + smuggled, true},
	{"0.CL, an early answer to Expect", "POST / HTTP/1.1\r\n" + host + "Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" + smuggled, true},
	{"0.CL, an obfuscated Expect", "POST / HTTP/1.1\r\n" + host + "Expect: y 100-continue\r\nContent-Length: %d\r\n\r\n" + smuggled, false},
	{"TERM.EXT: a bare LF ends an extension", chunkedHead + "5;\nhello\r\n0\r\n\r\n" + smuggled, false},
	{"EXT.TERM: a bare LF within an extension", chunkedHead + "2;\nxx\r\n37\r\n0\r\n\r\n" + smuggled + "\r\n0\r\n\r\n", false},
	{"EXT.TERM, with a bare CR", chunkedHead + "2;\rxx\r\n37\r\n0\r\n\r\n" + smuggled + "\r\n0\r\n\r\n", false},
	{"TERM.SPILL: no CRLF after the data", chunkedHead + "5\r\nhello0\r\n\r\n" + smuggled, false},
	{"SPILL.TERM: two other bytes after the data", chunkedHead + "5\r\nhelloAB37\r\n0\r\n\r\n" + smuggled + "\r\n0\r\n\r\n", false},
	{"a bare LF after the data", chunkedHead + "5\r\nhello\n0\r\n\r\n" + smuggled, false},
	{"a bare CR after the data", chunkedHead + "5\r\nhello\r0\r\n\r\n" + smuggled, false},
	{"a chunk size that wraps", chunkedHead + "10000000000000000\r\n\r\n" + smuggled, false},
	{"a chunk size in hex notation", chunkedHead + "0x37\r\n" + smuggled + "\r\n0\r\n\r\n", false},
	{"a chunk size with a sign", chunkedHead + "-0\r\n\r\n" + smuggled, false},
	{"a chunk size with an underscore", chunkedHead + "0_0\r\n\r\n" + smuggled, false},
	{"the trailer section ends with a bare LF", chunkedHead + "0\r\n\n" + smuggled, false},
	{"a trailer that frames", chunkedHead + "0\r\nContent-Length: 55\r\nTransfer-Encoding: chunked\r\n\r\n", true},
	{"a trailer folded", chunkedHead + "0\r\nA: b\r\n " + smuggled, false},
	{"an underscore for a dash frames nothing", "POST / HTTP/1.1\r\n" + host + "Content-Length: %d\r\nTransfer_Encoding: chunked\r\n\r\n" + smuggled, true},
	{"Connection names Content-Length", "POST / HTTP/1.1\r\n" + host + "Connection: Content-Length\r\nContent-Length: %d\r\n\r\n" + smuggled, true},
	{"Upgrade: h2c", "GET / HTTP/1.1\r\n" + host + "Upgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: %d\r\n\r\n" + smuggled, true},
	{"a head that ends with LF CR LF", "GET / HTTP/1.1\r\n" + host + "X: y\n\r\n" + smuggled, false},
	{"a request in a folded field", "GET / HTTP/1.1\r\n" + host + "X:\r\n\t" + smuggled, false},
	{"a request in a field by bare LF", "GET / HTTP/1.1\r\n" + host + "X: \n\n" + smuggled + "\r\n", false},
	{"a request in the version", "GET / HTTP/1.1" + "\n" + smuggled, false},
	{"a field before Host begins with a space", "GET / HTTP/1.1\r\n Content-Length: 55\r\n" + host + "\r\n" + smuggled, false},
	{"CONNECT is no tunnel", "CONNECT a.example:80 HTTP/1.1\r\n" + host + "Content-Length: %d\r\n\r\n" + smuggled, true},
}

// TestSmuggling: one request on the wire is never two, whether the handler takes the body or not.
func TestSmuggling(t *testing.T) {
	for _, unread := range []bool{false, true} {
		for _, tt := range catalogue {
			t.Run(fmt.Sprintf("%s/unread=%v", tt.name, unread), func(t *testing.T) {
				raw := tt.raw
				if strings.Contains(raw, "%d") {
					raw = fmt.Sprintf(raw, len(smuggled))
				}
				a := &app{}
				if unread {
					a.request = func(s *http1.Stream) {
						a.mu.Lock()
						a.seen = append(a.seen, s.Head().Target)
						a.mu.Unlock()
						_ = s.Respond("200 OK", nil, whole, nil)
					}
				}
				got := ask(t, serve(t, a, http1.Limits{}), raw)
				seen := a.requests()
				if n := strings.Count(got, "HTTP/1.1 "); n > 1 && !strings.Contains(got, "100 Continue") {
					t.Errorf("%d answers:\n%s", n, got)
				}
				for _, s := range seen {
					if strings.Contains(strings.Split(s, `"`)[0], "smuggled") {
						t.Errorf("it was smuggled in: %s", s)
					}
				}
				if !tt.legal && (len(seen) > 0 || !strings.HasPrefix(got, "HTTP/1.1 4")) {
					t.Errorf("not refused: %q, seen %q", got, seen)
				}
				if tt.legal && len(seen) != 1 && !strings.HasPrefix(got, "HTTP/1.1 400") {
					t.Errorf("seen %q: %q", seen, got)
				}
			})
		}
	}
}

// TestNothingAfterRefusal: what follows a refused request is never looked at.
func TestNothingAfterRefusal(t *testing.T) {
	a := &app{}
	m := newMemory()
	run(t, &http1.Server{Handler: a, Limits: narrow}, m)
	for _, w := range wires {
		if w.status == "200" || w.raw == "" {
			continue
		}
		before := len(a.requests())
		m.dial().say(w.raw, smuggled)
		m.dial().say(w.raw + smuggled)
		if after := a.requests(); len(after) != before {
			// A head or body that was cut short is made whole by what follows, and that is one request still.
			for _, s := range after[before:] {
				if strings.Contains(strings.Split(s, `"`)[0], "smuggled") {
					t.Errorf("%s: %s", w.name, s)
				}
			}
		}
	}
}

// TestFollower: what follows a request that is in order is the next one, whole; but after CONNECT nothing is a request.
func TestFollower(t *testing.T) {
	for _, w := range wires {
		if w.status != "200" || strings.Contains(w.raw, "HTTP/1.0") {
			continue
		}
		answered, requests := "200 200", 2
		if strings.HasPrefix(w.raw, "CONNECT ") {
			answered, requests = "200", 1
		}
		a := &app{}
		c := dial(t, serve(t, a, narrow))
		send(t, c, w.raw+"GET /next HTTP/1.1\r\n"+host+"\r\n")
		_ = c.CloseWrite()
		b, err := io.ReadAll(c)
		if err != nil {
			t.Fatal(err)
		}
		if s := statuses(finals(answers(strings.NewReader(string(b))))); s != answered {
			t.Errorf("%s: answered %q", w.name, s)
		}
		if seen := a.requests(); len(seen) != requests || requests > 1 && seen[1] != `GET /next ""` {
			t.Errorf("%s: seen %q", w.name, seen)
		}
	}
}
