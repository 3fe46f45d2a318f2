package replay_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

const hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

func TestSendKeepsBytes(t *testing.T) {
	head := "POST /a%20b?x=1&y HTTP/1.1\r\nhOST: site.example:81\r\nX-b: 1\r\nx-A:2\r\nX-b:  3 \r\n" +
		"Cookie: caf\xe9=1\r\nContent-Length: 4\r\nConnection: keep-alive\r\n\r\n"
	bodies := make(chan []byte, 1)
	s := serve(t, func(head []byte, r *bufio.Reader, w net.Conn) {
		bodies <- readBody(head, r)
		io.WriteString(w, hello)
	})
	x := exchange(7, head, "\x00\xff\r\n", answer{status: "200 OK"})
	sender := &replay.Sender{Target: s.target, Token: "secret"}
	if _, err := sender.Send(t.Context(), x); err != nil {
		t.Fatal(err)
	}
	line, rest, _ := strings.Cut(head, "\r\n")
	want := line + "\r\nSnifter-Origin: 7 secret\r\n" + rest
	if diff := cmp.Diff(want, s.lastHead()); diff != "" {
		t.Errorf("the head (-want +got):\n%s", diff)
	}
	if got := string(<-bodies); got != "\x00\xff\r\n" {
		t.Errorf("the body is %q", got)
	}

	sender.Token = ""
	if _, err := sender.Send(t.Context(), x); err != nil {
		t.Fatal(err)
	}
	<-bodies
	if diff := cmp.Diff(head, s.lastHead()); diff != "" {
		t.Errorf("to a foreign server (-want +got):\n%s", diff)
	}
}

func TestSendTakesAnOldOriginOff(t *testing.T) {
	s := serve(t, func(_ []byte, _ *bufio.Reader, w net.Conn) { io.WriteString(w, hello) })
	x := exchange(7, "GET / HTTP/1.1\r\nHost: a\r\nsnifter-origin: 1 stolen\r\nA: b\r\n\r\n", "", answer{})
	if _, err := (&replay.Sender{Target: s.target}).Send(t.Context(), x); err != nil {
		t.Fatal(err)
	}
	if want := "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n"; s.lastHead() != want {
		t.Errorf("sent %q, want %q", s.lastHead(), want)
	}
}

func TestSendComposesAnImportedHead(t *testing.T) {
	s := serve(t, func(_ []byte, _ *bufio.Reader, w net.Conn) { io.WriteString(w, hello) })
	x := &recorder.Exchange{Request: recorder.Request{
		Method: "GET", Target: "/x", Headers: []recorder.Header{{"host", "a"}, {"X-É", "é"}},
	}}
	if _, err := (&replay.Sender{Target: s.target}).Send(t.Context(), x); err != nil {
		t.Fatal(err)
	}
	if want := "GET /x HTTP/1.1\r\nhost: a\r\nX-\xc9: \xe9\r\n\r\n"; s.lastHead() != want {
		t.Errorf("sent %q, want %q", s.lastHead(), want)
	}
}

func TestSendFramesTheBody(t *testing.T) {
	big := strings.Repeat("0123456789", 20_000)
	for _, test := range []struct {
		name, head, body, wire string
	}{
		{"chunked stays chunked", "Transfer-Encoding: chunked\r\n", "hello", "5\r\nhello\r\n0\r\n\r\n"},
		{"an empty chunked body", "transfer-encoding: Chunked\r\n", "", "0\r\n\r\n"},
		{"many chunks", "Transfer-Encoding: chunked\r\n", big, "10000\r\n" + big[:65536] + "\r\n10000\r\n" +
			big[65536:131072] + "\r\n10000\r\n" + big[131072:196608] + "\r\nd40\r\n" + big[196608:] + "\r\n0\r\n\r\n"},
		{"sized", "Content-Length: 5\r\n", "hello", "hello"},
		{"the client sent less than it said", "Content-Length: 9\r\n", "hello", "hello"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := make(chan string, 1)
			s := serve(t, func(_ []byte, r *bufio.Reader, w net.Conn) {
				var b []byte
				if test.name == "the client sent less than it said" {
					b, _ = io.ReadAll(r) // it must end
				} else {
					b = make([]byte, len(test.wire))
					io.ReadFull(r, b)
				}
				got <- string(b)
				io.WriteString(w, hello)
			})
			x := exchange(1, "POST / HTTP/1.1\r\nHost: a\r\n"+test.head+"\r\n", test.body, answer{})
			if _, err := (&replay.Sender{Target: s.target, Token: "t"}).Send(t.Context(), x); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.wire, <-got); diff != "" {
				t.Errorf("on the wire (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSendWaitsToContinue(t *testing.T) {
	continued := make(chan bool, 1)
	s := serve(t, func(head []byte, r *bufio.Reader, w net.Conn) {
		continued <- r.Buffered() == 0
		io.WriteString(w, "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")
		fmt.Fprintf(w, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n%s", readBody(head, r))
	})
	x := exchange(1, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n\r\n", "hello", answer{})
	r, err := (&replay.Sender{Target: s.target}).Send(t.Context(), x)
	if err != nil {
		t.Fatal(err)
	}
	if !<-continued || string(r.Chunks[0].Bytes) != "hello" {
		t.Errorf("the body came before it was asked for, or not at all: %+v", r)
	}
}

func TestSendAnswerBeforeTheBody(t *testing.T) {
	s := serve(t, func(_ []byte, _ *bufio.Reader, w net.Conn) {
		io.WriteString(w, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
		io.Copy(io.Discard, w) // else the reset could overtake the answer
	})
	body := strings.Repeat("x", 1<<20)
	x := exchange(1, fmt.Sprintf("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", len(body)), body, answer{})
	r, err := (&replay.Sender{Target: s.target}).Send(t.Context(), x)
	if err != nil || r.Status != "413 Content Too Large" {
		t.Errorf("got %v, %v", r, err)
	}
}

func TestReceive(t *testing.T) {
	type body struct {
		Chunks []string
		Size   int64
		Err    string
	}
	for _, test := range []struct {
		name, method, wire string
		want               body
	}{
		{"sized", "GET", hello, body{[]string{"hello"}, 5, ""}},
		{"chunks keep their boundaries", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
			"2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: x\r\n\r\n", body{[]string{"he", "llo"}, 5, ""}},
		{"until the connection ends", "GET", "HTTP/1.0 200 OK\r\n\r\nhello", body{[]string{"hello"}, 5, ""}},
		{"HEAD has no body", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", body{nil, 0, ""}},
		{"304 has none", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", body{nil, 0, ""}},
		{"bare line feeds", "GET", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", body{[]string{"hello"}, 5, ""}},
		{
			"sized, and breaks off", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
			body{[]string{"hello"}, 5, "the body ended after 5 of 9 bytes: unexpected EOF"},
		},
		{
			"chunked, and breaks off", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
			body{[]string{"hello"}, 5, "the body broke off: unexpected EOF"},
		},
		{
			"a bad chunk", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n",
			body{nil, 0, `the response is malformed: a chunk of size "+5"`},
		},
		{
			"a chunk that is longer than it says", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhello\r\n",
			body{[]string{"hell"}, 4, "the response is malformed: a chunk does not end where it says"},
		},
		{
			"a bad length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\nhello",
			body{nil, 0, `the response is malformed: Content-Length "5x"`},
		},
		{
			"an unknown coding", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
			body{nil, 0, `the response is malformed: Transfer-Encoding "gzip, chunked"`},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, func(_ []byte, _ *bufio.Reader, w net.Conn) { io.WriteString(w, test.wire) })
			x := exchange(1, test.method+" / HTTP/1.1\r\nHost: a\r\n\r\n", "", answer{})
			r, err := (&replay.Sender{Target: s.target}).Send(t.Context(), x)
			if err != nil {
				t.Fatal(err)
			}
			got := body{Size: r.Size}
			for _, c := range r.Chunks {
				got.Chunks = append(got.Chunks, string(c.Bytes))
			}
			if r.Err != nil {
				got.Err = r.Err.Error()
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestReceiveHead(t *testing.T) {
	head := "HTTP/1.1 404 Not Found, sorry\r\nx-B: 1\r\nSet-Cookie: a=\xe9\r\nX-a: 2\r\nset-cookie:b=2 \r\nContent-Length: 0\r\n\r\n"
	s := serve(t, func(_ []byte, _ *bufio.Reader, w net.Conn) { io.WriteString(w, head) })
	r, err := (&replay.Sender{Target: s.target}).Send(t.Context(), get(1, "/"))
	if err != nil {
		t.Fatal(err)
	}
	want := []recorder.Header{{"x-B", "1"}, {"Set-Cookie", "a=é"}, {"X-a", "2"}, {"set-cookie", "b=2"}, {"Content-Length", "0"}}
	if diff := cmp.Diff(want, r.Headers); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if r.Status != "404 Not Found, sorry" || string(r.Head) != head {
		t.Errorf("got status %q and head %q", r.Status, r.Head)
	}
}

func TestReceiveKeepsNoMoreThanItMay(t *testing.T) {
	s := serve(t, func(_ []byte, _ *bufio.Reader, w net.Conn) {
		fmt.Fprintf(w, "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n%s", strings.Repeat("x", 300_000))
	})
	r, err := (&replay.Sender{Target: s.target, MaxBody: 1000}).Send(t.Context(), get(1, "/"))
	if err != nil {
		t.Fatal(err)
	}
	kept := 0
	for _, c := range r.Chunks {
		kept += len(c.Bytes)
	}
	x := recorder.Fold(r.Events(5, 1, false))
	if kept != 1000 || x.Response.Body.Size != 300_000 || !x.Response.Body.Cut || x.Response.Body.SHA256 != r.SHA256 {
		t.Errorf("kept %d bytes; recorded %d, cut %v", kept, x.Response.Body.Size, x.Response.Body.Cut)
	}
	if *x.Origin != 1 || x.Request.Target != "/" || x.Response.Status != "200 OK" || x.State != recorder.Done {
		t.Errorf("recorded %+v", x)
	}
}

// What the target holds back at a breakpoint is waited for, however long that takes.
func TestSendWaitsForWhatIsHeld(t *testing.T) {
	goOn := make(chan struct{})
	s := serve(t, func(_ []byte, _ *bufio.Reader, w net.Conn) {
		<-goOn
		io.WriteString(w, hello)
	})
	asked := 0
	held := func(origin uint64) bool {
		if asked++; asked == 3 {
			close(goOn)
		}
		return origin == 7
	}
	sender := &replay.Sender{Target: s.target, Timeout: 10 * time.Millisecond, Held: held}
	r, err := sender.Send(t.Context(), get(7, "/"))
	if err != nil || r.Err != nil || r.Status != "200 OK" || asked < 3 {
		t.Errorf("%+v, %v, after it was asked %d times", r, err, asked)
	}
}

func TestSendFailures(t *testing.T) {
	silent := func(_ []byte, r *bufio.Reader, _ net.Conn) { io.Copy(io.Discard, r) }
	closed := func([]byte, *bufio.Reader, net.Conn) {}
	junk := func(_ []byte, _ *bufio.Reader, w net.Conn) { io.WriteString(w, "SSH-2.0-OpenSSH\r\n\r\n") }
	half := func(_ []byte, _ *bufio.Reader, w net.Conn) { io.WriteString(w, "HTTP/1.1 200 OK\r\nA: b\r\n") }
	for _, test := range []struct {
		name string
		f    func([]byte, *bufio.Reader, net.Conn)
		want string
	}{
		{"silent", silent, "it took longer than 100ms"},
		{"closed", closed, "the connection was closed without an answer"},
		{"another protocol", junk, `the response is malformed: it begins with "SSH-2.0`},
		{"half a head", half, "the connection ended within the head"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, test.f)
			sender := &replay.Sender{Target: s.target, Timeout: time.Minute}
			if test.name == "silent" {
				sender.Timeout = 100 * time.Millisecond
			}
			_, err := sender.Send(t.Context(), get(1, "/"))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	target, err := replay.ParseTarget(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err = (&replay.Sender{Target: target}).Send(t.Context(), get(1, "/")); err == nil ||
		!strings.Contains(err.Error(), "connecting to http://127.0.0.1:") {
		t.Errorf("nobody listens: %v", err)
	}

	cut := get(1, "/")
	cut.Request.Body.Cut = true
	if _, err = (&replay.Sender{Target: target}).Send(t.Context(), cut); !errors.Is(err, replay.ErrCut) {
		t.Errorf("a cut body: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = (&replay.Sender{Target: target}).Send(ctx, get(1, "/")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestSendToUnixSocketAndTLS(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	serveOn(t, l, func(_ []byte, _ *bufio.Reader, w net.Conn) { io.WriteString(w, hello) })
	target, err := replay.ParseTarget("unix:" + path)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := (&replay.Sender{Target: target}).Send(t.Context(), get(1, "/")); err != nil || r.Size != 5 {
		t.Errorf("over a Unix socket: %v, %v", r, err)
	}

	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		io.WriteString(w, q.Host)
	}))
	defer secure.Close()
	if target, err = replay.ParseTarget(secure.URL + "/"); err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{RootCAs: secure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, ServerName: "example.com"}
	r, err := (&replay.Sender{Target: target, TLS: config}).Send(t.Context(), get(1, "/"))
	if err != nil || string(r.Chunks[0].Bytes) != "site.example" {
		t.Errorf("over TLS: %v, %v", r, err)
	}
	if _, err = (&replay.Sender{Target: target}).Send(t.Context(), get(1, "/")); err == nil {
		t.Error("an unknown certificate was accepted")
	}
}

func TestParseTarget(t *testing.T) {
	for in, want := range map[string]string{
		"127.0.0.1:8000":          "http://127.0.0.1:8000",
		":8000":                   "http://127.0.0.1:8000",
		"[::1]:80":                "http://[::1]:80",
		"unix:/tmp/s":             "unix:/tmp/s",
		"unix:///tmp/s":           "unix:/tmp/s",
		"http://localhost":        "http://localhost:80",
		"https://site.example/":   "https://site.example:443",
		"http://site.example:81":  "http://site.example:81",
		"":                        "error",
		"localhost":               "error",
		"unix:":                   "error",
		"ftp://site.example":      "error",
		"http://":                 "error",
		"http://site.example/app": "error",
		"http://u:p@site.example": "error",
		"http://[::1":             "error",
	} {
		got, err := replay.ParseTarget(in)
		text := got.String()
		if err != nil {
			text = "error"
		}
		if text != want {
			t.Errorf("%q: got %s (%v), want %s", in, text, err, want)
		}
	}
}

func TestOrigin(t *testing.T) {
	token := replay.NewToken()
	if id, ok := replay.ParseOrigin(replay.FormatOrigin(12, token), token); id != 12 || !ok {
		t.Errorf("got %d, %v", id, ok)
	}
	for _, bad := range []string{"", "12", "12 ", "12 x" + token, "0 " + token, "-1 " + token, "x " + token, token} {
		if _, ok := replay.ParseOrigin(bad, token); ok {
			t.Errorf("%q was accepted", bad)
		}
	}
	if _, ok := replay.ParseOrigin("12 ", ""); ok {
		t.Error("an empty token was accepted")
	}
}
