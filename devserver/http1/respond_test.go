package http1_test

import (
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/http1"
)

var dateLine = regexp.MustCompile(`Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n`)

// TestResponses holds the exact bytes of responses. Date, which every one has, is left out of them.
func TestResponses(t *testing.T) {
	const get11, get10 = "GET / HTTP/1.1\r\n" + host + "\r\n", "GET / HTTP/1.0\r\n\r\n"
	type step = func(s *http1.Stream) error
	respond := func(status string, opt http1.Options, block string, headers ...[2]string) step {
		return func(s *http1.Stream) error { return s.Respond(status, headers, opt, []byte(block)) }
	}
	block := func(p string) step { return func(s *http1.Stream) error { return s.Block([]byte(p), false) } }
	end := func(s *http1.Stream) error { return s.End() }
	breakOff := func(s *http1.Stream) error { s.Break(); return nil }
	length := func(n string) [2]string { return [2]string{"Content-Length", n} }
	var whole, sized = http1.Options{Sized: true, End: true}, http1.Options{Sized: true}
	for _, tt := range []struct {
		name, raw string
		steps     []step
		want      string
		sent      int
		err       error
	}{
		{"sized", get11, []step{respond("200 OK", whole, "hi", [2]string{"X-a", "\xe9"})},
			"HTTP/1.1 200 OK\r\nX-a: \xe9\r\nContent-Length: 2\r\n\r\nhi", 2, nil},
		{"sized, ended later", get11, []step{respond("200 OK", sized, "hi"), end},
			"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 2, nil},
		{"length given", get11, []step{respond("200 OK", http1.Options{}, "h", length("2")), block("i"), end},
			"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 2, nil},
		{"chunks", get11, []step{respond("200 OK", http1.Options{}, "hello"), block(""), block("0123456789abcdef"), end},
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n", 21, nil},
		{"one chunk, ended at once", get11, []step{respond("200 OK", http1.Options{End: true}, "hello")},
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 5, nil},
		{"no block at all", get11, []step{respond("200 OK", http1.Options{End: true}, "")},
			"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0, nil},
		{"1.0", get10, []step{respond("200 OK", http1.Options{}, "a"), block("b"), end},
			"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nab", 2, nil},
		{"1.0 sized", get10, []step{respond("200 OK", whole, "a")},
			"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\na", 1, nil},
		{"1.0 kept", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", []step{respond("200 OK", whole, "a")},
			"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\na", 1, nil},
		{"1.0 would be kept but has no length", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
			[]step{respond("200 OK", http1.Options{}, "a"), end},
			"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\na", 1, nil},
		{"the client closes", "GET / HTTP/1.1\r\n" + host + "Connection: x, CLOSE\r\n\r\n", []step{respond("200 OK", whole, "a")},
			"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\na", 1, nil},
		{"the application closes", get11, []step{respond("200 OK", whole, "a", [2]string{"connection", "close"})},
			"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\na", 1, nil},
		{"the gateway closes", get11, []step{respond("200 OK", http1.Options{Sized: true, End: true, Close: true}, "a")},
			"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\na", 1, nil},
		{"HEAD", "HEAD / HTTP/1.1\r\n" + host + "\r\n", []step{respond("200 OK", http1.Options{}, "abc", length("9")), block("de"), end},
			"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 5, nil},
		{"HEAD without length", "HEAD / HTTP/1.1\r\n" + host + "\r\n", []step{respond("200 OK", http1.Options{}, "abc"), end},
			"HTTP/1.1 200 OK\r\n\r\n", 3, nil},
		{"HEAD sized", "HEAD / HTTP/1.1\r\n" + host + "\r\n", []step{respond("200 OK", whole, "abc")},
			"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", 3, nil},
		{"HEAD of nothing", "HEAD / HTTP/1.1\r\n" + host + "\r\n", []step{respond("200 OK", whole, "")},
			"HTTP/1.1 200 OK\r\n\r\n", 0, nil},
		{"HEAD in 1.0 is kept without a length", "HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
			[]step{respond("200 OK", http1.Options{End: true}, "")},
			"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n", 0, nil},
		{"204", get11, []step{respond("204 No Content", whole, "abc", length("3"))},
			"HTTP/1.1 204 No Content\r\n\r\n", 3, nil},
		{"304", get11, []step{respond("304 Not Modified", whole, "", length("3"))},
			"HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", 0, nil},
		{"no phrase", get11, []step{respond("200", whole, "")}, "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", 0, nil},
		{"Server given", get11, []step{respond("200 OK", whole, "", [2]string{"SERVER", "x"})},
			"HTTP/1.1 200 OK\r\nSERVER: x\r\nContent-Length: 0\r\n\r\n", 0, nil},
		{"same length twice", get11, []step{respond("200 OK", whole, "a", length("1"), length("1"))},
			"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", 1, nil},
		{"too much", get11, []step{respond("200 OK", http1.Options{End: true}, "abc", length("2"))},
			"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", 3, http1.ErrOverrun},
		{"too much later", get11, []step{respond("200 OK", http1.Options{}, "ab", length("2")), block("cd"), end},
			"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", 4, http1.ErrOverrun},
		{"too little", get11, []step{respond("200 OK", http1.Options{}, "ab", length("3")), end},
			"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", 2, http1.ErrShort},
		{"broken off", get11, []step{respond("200 OK", http1.Options{}, "ab"), breakOff, end},
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", 2, http1.ErrEnded},
		{"broken off before the head", get11, []step{breakOff}, "", 0, nil},
		{"after the end", get11, []step{respond("200 OK", whole, "a"), block("b")},
			"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", 1, http1.ErrEnded},
		{"two heads", get11, []step{respond("200 OK", sized, "a"), respond("200 OK", sized, "a"), end},
			"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", 1, http1.ErrStarted},
		{"no head", get11, []step{block("a"), respond("200 OK", whole, "a")},
			"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", 1, http1.ErrNotStarted},
		{"CR LF in the status", get11, []step{respond("200 OK\r\nX: y", whole, ""), respond("500 E", whole, "")},
			"HTTP/1.1 500 E\r\nContent-Length: 0\r\n\r\n", 0, http1.ErrHeader},
		{"LF in a value", get11, []step{respond("200 OK", whole, "", [2]string{"A", "b\nC: d"}), respond("500 E", whole, "")},
			"HTTP/1.1 500 E\r\nContent-Length: 0\r\n\r\n", 0, http1.ErrHeader},
		{"NUL in a value", get11, []step{respond("200 OK", whole, "", [2]string{"A", "b\x00"}), respond("500 E", whole, "")},
			"HTTP/1.1 500 E\r\nContent-Length: 0\r\n\r\n", 0, http1.ErrHeader},
		{"CR LF in a name", get11, []step{respond("200 OK", whole, "", [2]string{"A\r\nB", "b"}), respond("500 E", whole, "")},
			"HTTP/1.1 500 E\r\nContent-Length: 0\r\n\r\n", 0, http1.ErrHeader},
		{"Transfer-Encoding given", get11, []step{respond("200 OK", whole, "", [2]string{"transfer-encoding", "chunked"}), respond("500 E", whole, "")},
			"HTTP/1.1 500 E\r\nContent-Length: 0\r\n\r\n", 0, http1.ErrHeader},
		{"a length that is none", get11, []step{respond("200 OK", whole, "", length("1x")), respond("500 E", whole, "")},
			"HTTP/1.1 500 E\r\nContent-Length: 0\r\n\r\n", 0, http1.ErrHeader},
		{"two lengths", get11, []step{respond("200 OK", whole, "", length("1"), length("2")), respond("500 E", whole, "")},
			"HTTP/1.1 500 E\r\nContent-Length: 0\r\n\r\n", 0, http1.ErrHeader},
		{"a status that is none", get11, []step{respond("OK", whole, ""), respond("500 E", whole, "")},
			"HTTP/1.1 500 E\r\nContent-Length: 0\r\n\r\n", 0, http1.ErrHeader},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var errs []error
			var head []byte
			a := &app{}
			var x *call
			done := make(chan struct{})
			a.request = func(s *http1.Stream) {
				defer close(done)
				x = &call{Stream: s, app: a}
				s.Receive(x)
				for _, step := range tt.steps {
					if err := step(s); err != nil {
						errs = append(errs, err)
					}
				}
				head = s.WireHead()
			}
			got := ask(t, serve(t, a, http1.Limits{}), tt.raw)
			<-done
			if tt.want != "" && !dateLine.MatchString(got) {
				t.Errorf("no Date in %q", got)
			}
			if !strings.HasPrefix(got, string(head)) || (len(head) == 0) != (tt.want == "") {
				t.Errorf("WireHead is %q of %q", head, got)
			}
			if d := cmp.Diff(tt.want, dateLine.ReplaceAllString(got, "")); d != "" {
				t.Errorf("response (-want +got):\n%s", d)
			}
			if tt.err == nil && len(errs) > 0 || tt.err != nil && (len(errs) != 1 || !errors.Is(errs[0], tt.err)) {
				t.Errorf("errors %v, want %v", errs, tt.err)
			}
			await(t, "all blocks told as sent", func() bool {
				a.mu.Lock()
				defer a.mu.Unlock()
				return x.sent == tt.sent
			})
			if g := a.goners(); g != nil {
				t.Errorf("gone: %v", g)
			}
		})
	}
}

func TestServerField(t *testing.T) {
	l := loopback(t)
	run(t, &http1.Server{Handler: &app{}, ServerHeader: "snifter"}, l)
	got := ask(t, l.Addr().String(), "GET / HTTP/1.1\r\n"+host+"\r\n")
	if !strings.Contains(got, "\r\nServer: snifter\r\n") {
		t.Errorf("no Server in %q", got)
	}
}

// TestBreakWithoutFraming: where the end of the connection would be the end of the body, breaking off is a reset.
func TestBreakWithoutFraming(t *testing.T) {
	a := &app{answer: func(x *call) {
		_ = x.Respond("200 OK", nil, http1.Options{}, []byte("half"))
		x.Break()
	}}
	c := dial(t, serve(t, a, http1.Limits{}))
	if _, err := io.WriteString(c, "GET / HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(c); err == nil {
		t.Errorf("an orderly end after %q", b)
	}
}
