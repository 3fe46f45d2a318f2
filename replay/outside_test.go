package replay_test

import (
	"bufio"
	"fmt"
	"net"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

// within is an exchange as a server records it from within: with the environ, and what went wrong there.
func within(method string, a answer) *recorder.Exchange {
	x := exchange(1, method+" / HTTP/1.1\r\nHost: a\r\n\r\n", "", a)
	x.Environ = recorder.Environ{{Key: "REQUEST_METHOD", Value: method}}
	x.Exception = &recorder.Exception{Where: "call", Type: "ValueError", Handled: true}
	x.Lint = []recorder.Lint{{Stage: 1, Rule: "write-used", Message: "write() was called"}}
	x.Stages = []recorder.Stage{{}, {Index: 1, Name: "app.app", Kind: "wsgi"}}
	return x
}

// TestCompareFromOutside: what a server without snifter answered is compared as far as a client can tell, whichever of the
// two it was that answered.
func TestCompareFromOutside(t *testing.T) {
	const untold = "not compared, since one of them does not tell it: exception, lint"
	served := func(x *recorder.Exchange) *recorder.Exchange {
		x.Response.Server = true
		return x
	}
	length := func(n string) []recorder.Header { return append(plain[:1:1], recorder.Header{"Content-Length", n}) }
	for name, test := range map[string]struct {
		inside  *recorder.Exchange
		outside answer
		method  string
		want    []string
	}{
		"the same": {inside: within("GET", answer{status: "200 OK", headers: plain, body: "hello\n"}),
			outside: answer{status: "200 OK", headers: plain, body: "hello\n"}, want: []string{"same"}},
		"another body": {inside: within("GET", answer{status: "200 OK", headers: plain, body: "hello\n"}),
			outside: answer{status: "200 OK", headers: plain, body: "hallo\n"}, want: []string{"changed", " changed body line 1: hello -> hallo"}},
		"white space around a value": {inside: within("GET", answer{status: "200 OK", headers: []recorder.Header{{"X-A", " a "}}}),
			outside: answer{status: "200 OK", headers: []recorder.Header{{"X-A", "a"}}}, want: []string{"same"}},
		"the body that HEAD leaves out": {method: "HEAD", inside: within("HEAD", answer{status: "200 OK", headers: length("6"), body: "hello\n"}),
			outside: answer{status: "200 OK", headers: length("6")}, want: []string{"same"}},
		"the body of a 204": {inside: within("GET", answer{status: "204 No Content", body: "hello\n"}),
			outside: answer{status: "204 No Content"}, want: []string{"same"}},
		"more than the Content-Length": {inside: within("GET", answer{status: "200 OK", headers: length("5"), body: "hello\n"}),
			outside: answer{status: "200 OK", headers: length("5"), body: "hello"}, want: []string{"same"}},
		"the page on a failure": {inside: served(within("GET", answer{status: "500 Internal Server Error", headers: plain, body: "ValueError\n"})),
			outside: answer{status: "500 Internal Server Error", headers: []recorder.Header{{"Content-Type", "text/html"}}, body: "<p>oh</p>\n"},
			want:    []string{"noise", "~changed header Content-Type: text/plain -> text/html", "~changed body line 1: ValueError -> <p>oh</p>"}},
		"the page on a failure, with another reason": {inside: served(within("GET", answer{status: "500 Internal Server Error", headers: plain, body: "oh\n"})),
			outside: answer{status: "500 INTERNAL SERVER ERROR", headers: plain, body: "oh\n"},
			want:    []string{"noise", "~changed status : 500 Internal Server Error -> 500 INTERNAL SERVER ERROR"}},
		"another reason of the application's": {inside: within("GET", answer{status: "200 OK", headers: plain, body: "oh\n"}),
			outside: answer{status: "200 Fine", headers: plain, body: "oh\n"},
			want:    []string{"changed", " changed status : 200 OK -> 200 Fine"}},
		"a failure no more": {inside: served(within("GET", answer{status: "500 Internal Server Error", headers: plain, body: "ValueError\n"})),
			outside: answer{status: "200 OK", headers: plain, body: "hello\n"},
			want:    []string{"changed", " changed status : 500 Internal Server Error -> 200 OK", " changed body line 1: ValueError -> hello"}},
	} {
		t.Run(name, func(t *testing.T) {
			test.inside.Response.Head = wireHead(&test.inside.Response)
			method := test.method
			if method == "" {
				method = "GET"
			}
			outside := exchange(2, method+" / HTTP/1.1\r\nHost: a\r\n\r\n", "", test.outside)
			c := replay.Compare(test.inside, outside, replay.Options{})
			check(t, c, test.want...)
			if n := len(c.Reasons); n == 0 || c.Reasons[n-1] != untold {
				t.Errorf("it does not say what is not compared: %q", c.Reasons)
			}
			if back := replay.Compare(outside, test.inside, replay.Options{}); back.Verdict != c.Verdict && back.Verdict != replay.Broken {
				t.Errorf("the other way round it is %s", back.Verdict)
			}
			if len(test.inside.Lint) != 1 || test.inside.Exception == nil {
				t.Error("the exchange itself was changed")
			}
		})
	}
}

// wireHead is the head of a response as a server sends it.
func wireHead(r *recorder.Response) []byte {
	head := "HTTP/1.1 " + r.Status + "\r\n"
	for _, h := range r.Headers {
		head += h[0] + ": " + h[1] + "\r\n"
	}
	return []byte(head + "\r\n")
}

// TestCompareChunksFromOutside: blocks are told apart on the wire by chunked coding alone.
func TestCompareChunksFromOutside(t *testing.T) {
	inside := within("GET", answer{status: "200 OK", headers: plain, body: "hello\n"})
	outside := exchange(2, "GET / HTTP/1.1\r\n\r\n", "", answer{status: "200 OK", headers: plain, body: "hello\n"})
	outside.Response.Chunks = []recorder.Chunk{{Size: 2, Via: "yield"}, {Size: 4, Via: "yield"}}
	o := replay.Options{Chunks: true, Stages: true}
	c := replay.Compare(inside, outside, o)
	check(t, c, "same")
	want := []string{"not compared, since one of them does not tell it: exception, lint, chunks, stages"}
	if diff := cmp.Diff(want, c.Reasons); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	neither := replay.Compare(outside, outside, replay.Options{Stages: true}).Reasons
	if diff := cmp.Diff([]string{"not compared, since one of them does not tell it: stages"}, neither); diff != "" {
		t.Errorf("stages of neither (-want +got):\n%s", diff)
	}
	coded := append(plain[:1:1], recorder.Header{"Transfer-Encoding", "chunked"})
	inside.Response.Head = wireHead(&recorder.Response{Status: "200 OK", Headers: coded})
	outside.Response.Headers = coded
	check(t, replay.Compare(inside, outside, o), "changed", " changed chunks 1, 2 blocks: yield:6 -> yield:2 yield:4")
	inside.Response.Chunks = []recorder.Chunk{{Via: "yield"}, {Size: 2, Via: "write"}, {Size: 4, Via: "yield"}}
	check(t, replay.Compare(inside, outside, o), "same")
}

// TestCompareLintWithoutStages: where stages are not told apart, a finding names the server's boundary, and those between
// stages are not made.
func TestCompareLintWithoutStages(t *testing.T) {
	a := within("GET", answer{status: "200 OK", headers: plain, body: "x"})
	b := within("GET", answer{status: "200 OK", headers: plain, body: "x"})
	a.Lint = append(a.Lint, recorder.Lint{Stage: 1, Rule: "close-not-called", Message: "of the body of app.inner"})
	b.Lint[0].Stage, b.Stages = 0, b.Stages[:1]
	check(t, replay.Compare(a, b, replay.Options{}), "same")
	check(t, replay.Compare(b, a, replay.Options{}), "same")
	b.Lint = append(b.Lint, recorder.Lint{Rule: "status-invalid", Message: "no reason"})
	check(t, replay.Compare(a, b, replay.Options{}), "changed", " added lint stage 0:  -> status-invalid: no reason")
}

// TestRunAgainstForeign: an origin with findings, replayed against a server that makes none, is the same.
func TestRunAgainstForeign(t *testing.T) {
	server := serve(t, func(_ []byte, _ *bufio.Reader, w net.Conn) {
		fmt.Fprint(w, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nhello\n")
	})
	r := &replay.Runner{Sender: &replay.Sender{Target: server.target}, Foreign: &replay.Foreign{NextID: func() uint64 { return 2 }, Sink: sinkFunc(func(...event.Event) {})}}
	sum, err := r.Run(t.Context(), sequence(within("GET", answer{status: "200 OK", headers: plain, body: "hello\n"})))
	if err != nil || sum.Failed() {
		t.Errorf("%+v, %v", sum, err)
	}
}
