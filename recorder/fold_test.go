package recorder_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/recorder"
)

var bigInts = cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })

func sum(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

func TestFold(t *testing.T) {
	origin := uint64(5)
	env := marshal.Append(nil, marshal.Dict{
		{Key: "REQUEST_METHOD", Value: "POST"}, {Key: "wsgi.version", Value: marshal.Tuple{int64(1), int64(0)}},
		{Key: "x.bytes", Value: []byte("a\xff")}, {Key: "x.odd", Value: "\xed\xa0\x80"},
	})
	got := recorder.Fold([]event.Event{
		{Exchange: 12, Kind: event.Enter, Payload: &event.Request{Started: epoch, Build: 3, Origin: 5, Remote: "127.0.0.1:5",
			Head: []byte("POST /a HTTP/1.1\r\nHost: x\r\nhost:  y \r\nX_Y: 1\r\n\r\n"), Environ: env,
			Objects:  map[string]string{"wsgi.input": "<I>", "wsgi.errors": "<E>"},
			Withheld: []event.Withheld{{Name: "X_Y", Reason: "an underscore"}}}},
		{Exchange: 12, Seq: 1, Kind: event.Input, At: 1e6, Payload: &event.Data{Bytes: []byte("ab"), Size: 2}},
		{Exchange: 12, Seq: 2, Kind: event.Input, At: 2e6, Payload: &event.Data{Bytes: []byte("c"), Size: 1}},
		{Exchange: 12, Seq: 3, Kind: event.StartResponse, At: 3e6, Payload: &event.Response{Status: "200 OK"}},
		{Exchange: 12, Seq: 4, Kind: event.StartResponse, At: 3100 * time.Microsecond, Payload: &event.Response{
			Status: "500 Oops", Headers: []event.Header{{Name: "A", Value: "1"}, {Name: "A", Value: "2"}}, ExcInfo: true}},
		{Exchange: 12, Seq: 5, Kind: event.Write, At: 3200 * time.Microsecond, Payload: &event.Data{Bytes: []byte("x"), Size: 1}},
		{Exchange: 12, Seq: 6, Kind: event.Chunk, At: 3300 * time.Microsecond, Payload: &event.Data{Bytes: []byte("yz"), Size: 2}},
		{Exchange: 12, Seq: 7, Kind: event.Errors, At: 35e5, Payload: &event.Text{Text: "oh "}},
		{Exchange: 12, Seq: 8, Kind: event.Errors, At: 35e5, Payload: &event.Text{Text: "no\n"}},
		{Exchange: 12, Seq: 9, Kind: event.Output, At: 36e5, Payload: &event.Text{Stream: "stdout", Text: "hi"}},
		{Exchange: 12, Seq: 10, Stage: 2, Kind: event.Exception, At: 37e5, Payload: &event.Raised{Where: event.InIterate,
			Type: "ValueError", Message: "bad", Frames: []event.Frame{{File: "a.py", Line: 1, Function: "f", Source: "raise"}},
			Cause: &event.Raised{Type: "KeyError"}, Explicit: true}},
		{Exchange: 12, Seq: 11, Kind: event.Exception, At: 37e5, Payload: &event.Raised{Where: event.InClose, Type: "Later"}},
		{Exchange: 12, Seq: 12, Stage: 1, Kind: event.Lint, At: 38e5, Payload: &event.Finding{Rule: "r", Message: "m", PEP: "p"}},
		{Exchange: 12, Seq: 15, Kind: event.Exit, At: 4200123, Payload: &event.Ending{Outcome: event.Broken, Reason: "it failed", Closed: true,
			WireHead: []byte("HTTP/1.1 500 Oops\r\n\r\n")}},
	})
	chunks := []recorder.Chunk{{AtMS: 3.2, Size: 1, Via: "write"}, {AtMS: 3.3, Size: 2, Via: "yield"}}
	later := &recorder.Exception{Where: "close", Type: "Later", Frames: []recorder.Frame{}}
	hs := []recorder.Header{{"A", "1"}, {"A", "2"}}
	want := &recorder.Exchange{
		ID: 12, Build: 3, Origin: &origin, State: recorder.Aborted, Started: epoch, DurationMS: 4.2, Reason: "it failed",
		Request: recorder.Request{Method: "POST", Target: "/a", Protocol: "HTTP/1.1", Remote: "127.0.0.1:5",
			Headers:  []recorder.Header{{"Host", "x"}, {"host", "y"}, {"X_Y", "1"}},
			Withheld: []recorder.Withheld{{Name: "X_Y", Reason: "an underscore"}},
			Head:     []byte("POST /a HTTP/1.1\r\nHost: x\r\nhost:  y \r\nX_Y: 1\r\n\r\n"),
			Body:     recorder.Body{Size: 3, Cut: true, Bytes: []byte("abc")}},
		Environ: recorder.Environ{{"REQUEST_METHOD", "POST"}, {"wsgi.version", []any{int64(1), int64(0)}},
			{"x.bytes", recorder.Repr{`b'a\xff'`}}, {"x.odd", recorder.Repr{`'\ud800'`}},
			{"wsgi.errors", recorder.Repr{"<E>"}}, {"wsgi.input", recorder.Repr{"<I>"}}},
		Response: recorder.Response{Status: "500 Oops", Headers: hs, Chunks: chunks, Head: []byte("HTTP/1.1 500 Oops\r\n\r\n"),
			Body: recorder.Body{Size: 3, Cut: true, Bytes: []byte("xyz")}},
		Stages: []recorder.Stage{{Name: "server", Kind: "server", ExitMS: 4.2, TotalMS: 4.2, SelfMS: 4.2, Input: recorder.Input{Reads: 2, Bytes: 3},
			Status: "500 Oops", Headers: hs, Chunks: chunks, Closed: true, Exception: later}},
		Errors: "oh no\n", Output: []recorder.Output{{AtMS: 3.6, Stream: "stdout", Text: "hi"}},
		Exception: &recorder.Exception{Where: "iterate", Stage: 2, Type: "ValueError", Message: "bad", Explicit: true,
			Frames: []recorder.Frame{{File: "a.py", Line: 1, Function: "f", Source: "raise"}},
			Cause:  &recorder.Exception{Where: "call", Stage: 2, Type: "KeyError", Frames: []recorder.Frame{}}},
		Lint: []recorder.Lint{{Stage: 1, Rule: "r", Message: "m", PEP: "p"}},
		Lost: 2,
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("fold (-want +got):\n%s", diff)
	}
}

func TestFoldBodies(t *testing.T) {
	whole := sha256.Sum256([]byte("0123456789"))
	cut := []event.Event{
		{Kind: event.Enter, Payload: &event.Request{}},
		{Seq: 1, Kind: event.Chunk, Payload: &event.Data{Bytes: []byte("0123"), Size: 6}},
		{Seq: 2, Kind: event.Chunk, Payload: &event.Data{Size: 4}},
	}
	open := recorder.Fold(cut).Response.Body
	if want := (recorder.Body{Size: 10, Cut: true, Bytes: []byte("0123")}); !cmp.Equal(open, want) {
		t.Errorf("under way: %+v, want %+v: what is not whole has no hash yet", open, want)
	}
	ended := recorder.Fold(append(cut, event.Event{Seq: 3, Kind: event.Exit, Payload: &event.Ending{
		ResponseBody: &event.BodySum{Size: 10, SHA256: whole}}}))
	want := recorder.Body{Size: 10, Cut: true, Bytes: []byte("0123"), SHA256: hex.EncodeToString(whole[:])}
	if diff := cmp.Diff(want, ended.Response.Body); diff != "" {
		t.Errorf("ended (-want +got):\n%s", diff)
	}
	if ended.Request.Body.SHA256 != sum("") || ended.Request.Body.Bytes == nil {
		t.Errorf("an empty body is %+v", ended.Request.Body)
	}
}

// TestFoldBodiesOfWhichEventsAreLost: a body is called whole only where nothing of it can be missing.
func TestFoldBodiesOfWhichEventsAreLost(t *testing.T) {
	for name, c := range map[string]struct {
		head, body, wire string
		cutIn, cutOut    bool
	}{
		"all of it was lost":      {head: "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n", cutIn: true, cutOut: true},
		"a part was lost":         {head: "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n", body: "abc", cutIn: true, cutOut: true},
		"none of it was lost":     {head: "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n", body: "abc", wire: "Content-Length: 2\r\n"},
		"none was announced":      {head: "GET / HTTP/1.1\r\n\r\n", wire: "Content-Length: 2\r\n"},
		"chunks have no length":   {head: "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", body: "abc", cutIn: true, cutOut: true},
		"the response is shorter": {head: "GET / HTTP/1.1\r\n\r\n", wire: "Content-Length: 9\r\n", cutOut: true},
	} {
		x := recorder.Fold([]event.Event{
			{Kind: event.Enter, Payload: &event.Request{Head: []byte(c.head)}},
			{Seq: 1, Kind: event.Input, Payload: &event.Data{Bytes: []byte(c.body), Size: len(c.body)}},
			{Seq: 3, Kind: event.Chunk, Payload: &event.Data{Bytes: []byte("ok"), Size: 2}},
			{Seq: 4, Kind: event.Exit, Payload: &event.Ending{WireHead: []byte("HTTP/1.1 200 OK\r\n" + c.wire + "\r\n")}},
		})
		for _, b := range []struct {
			of   string
			body recorder.Body
			cut  bool
		}{{"request", x.Request.Body, c.cutIn}, {"response", x.Response.Body, c.cutOut}} {
			if b.body.Cut != b.cut || (b.body.SHA256 == "") != b.cut {
				t.Errorf("%s: the %s's body is cut: %v, its hash %q; want it cut: %v", name, b.of, b.body.Cut, b.body.SHA256, b.cut)
			}
		}
	}
}

func TestFoldRefused(t *testing.T) {
	x := recorder.Fold([]event.Event{
		{Exchange: 1, Kind: event.Enter, Payload: &event.Request{Started: epoch, Refused: "two lengths", Head: []byte("GET / HTTP/1.1\r\n\r\n")}},
		{Exchange: 1, Seq: 1, Kind: event.StartResponse, Payload: &event.Response{Status: "400 Bad Request", Server: true}},
		{Exchange: 1, Seq: 2, Kind: event.Exit, Payload: &event.Ending{}},
	})
	if x.State != recorder.Done || x.Reason != "two lengths" || !x.Response.Server || x.Stages[0].Status != "" {
		t.Errorf("state %q, reason %q, server %v, the application's status %q", x.State, x.Reason, x.Response.Server, x.Stages[0].Status)
	}
}

// Whoever reads the JSON finds lists and objects everywhere, never null.
func TestJSONHasNoNullLists(t *testing.T) {
	for name, x := range map[string]any{"folded": recorder.Fold(nil), "by hand": recorder.Exchange{Stages: []recorder.Stage{{}}}} {
		p, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"headers", "withheld", "chunks", "stages", "environ", "output", "lint", "removed", "added", "changed"} {
			if strings.Contains(string(p), `"`+key+`":null`) {
				t.Errorf("%s: %s is null in %s", name, key, p)
			}
		}
	}
}

func TestBodyJSON(t *testing.T) {
	for _, c := range []struct{ bytes, want string }{
		{"caf\u00e9 <b>\u2028", `{"size":10,"sha256":"","cut":false,"encoding":"utf-8","data":"café \u003cb\u003e\u2028"}`},
		{"\xff\x00", `{"size":10,"sha256":"","cut":false,"encoding":"base64","data":"/wA="}`},
		{"", `{"size":10,"sha256":"","cut":false,"encoding":"utf-8","data":""}`},
	} {
		b := recorder.Body{Size: 10, Bytes: []byte(c.bytes)}
		p, err := json.Marshal(b)
		if err != nil || string(p) != c.want {
			t.Errorf("%q: %s, %v, want %s", c.bytes, p, err, c.want)
		}
		var back recorder.Body
		if err := json.Unmarshal(p, &back); err != nil || !cmp.Equal(b, back) {
			t.Errorf("%q came back as %+v, %v", c.bytes, back, err)
		}
	}
	for _, bad := range []string{`{"encoding":"rot13"}`, `{"encoding":"base64","data":"?"}`, `[]`} {
		if err := json.Unmarshal([]byte(bad), new(recorder.Body)); err == nil {
			t.Errorf("%s passed", bad)
		}
	}
}

// What show --json prints can be read back and printed the same.
func TestExchangeJSONRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := recorder.Fold(genEvents().Draw(t, "events"))
		p, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		var back recorder.Exchange
		if err := json.Unmarshal(p, &back); err != nil {
			t.Fatal(err)
		}
		q, err := json.Marshal(back)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(p, q) {
			t.Fatalf("reads back as another:\n%s\n%s", p, q)
		}
		if !bytes.Equal(x.Response.Body.Bytes, back.Response.Body.Bytes) {
			t.Fatal("the body came back as another")
		}
	})
}

// Programs and people read it, not HTML pages: "<" stays as it is, where the encoder lets it.
func TestJSONIsNotEscapedForHTML(t *testing.T) {
	const html = "<a href='?a=1&b=2'>"
	x := recorder.Exchange{
		Environ:  recorder.Environ{{Key: "HTTP_<X>", Value: html}, {Key: "x", Value: recorder.Repr{Repr: html}}},
		Response: recorder.Response{Body: recorder.Body{Bytes: []byte(html)}},
		Errors:   html,
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(x); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), html); n != 4 || strings.Contains(b.String(), `\u00`) {
		t.Errorf("%d of 4 are as they were: %s", n, &b)
	}
}

func TestEnvironJSONKeepsOrderAndTypes(t *testing.T) {
	in := `{"b":1,"a":1.0,"big":123456789012345678901234567890,"r":{"repr":"x"},"l":[null,true,1e+30],"m":{"k":"v"}}`
	var e recorder.Environ
	if err := json.Unmarshal([]byte(in), &e); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(e)
	if err != nil || string(out) != in {
		t.Errorf("%s, %v, want %s", out, err, in)
	}
	if v, _ := e.Get("a"); v != 1.0 {
		t.Errorf("1.0 is read as %T %v", v, v)
	}
}

// The row that is kept up to date event by event is the row of the folded exchange.
func TestFolderAgreesWithFold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var f recorder.Folder
		for _, e := range genEvents().Draw(t, "events") {
			f.Add(e)
			x := f.Exchange()
			if diff := cmp.Diff(x.Row(), f.Row(), cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("row (-folded +kept):\n%s", diff)
			}
		}
		if diff := cmp.Diff(recorder.Fold(f.Events()), f.Exchange(), bigInts); diff != "" {
			t.Fatalf("exchange (-folded +kept):\n%s", diff)
		}
	})
}

func TestFolderMergesChunksBeyondTheBound(t *testing.T) {
	const n = recorder.MaxChunks + 500
	var f recorder.Folder
	f.Add(event.Event{Exchange: 1, Kind: event.Enter, Payload: &event.Request{Started: epoch}})
	var want bytes.Buffer
	for i := range n {
		b := []byte{byte(i), byte(i >> 8)}
		want.Write(b)
		f.Add(event.Event{Exchange: 1, Seq: uint32(i + 1), Kind: event.Chunk, At: time.Duration(i), Payload: &event.Data{Bytes: b, Size: 2}})
	}
	f.Add(event.Event{Exchange: 1, Seq: n + 1, Kind: event.Exit, At: n, Payload: &event.Ending{}})
	if !f.Ended() {
		t.Error("it has not ended")
	}
	x := f.Exchange()
	if got := len(x.Response.Chunks); got != recorder.MaxChunks+1 {
		t.Errorf("%d chunks kept", got)
	}
	if last := x.Response.Chunks[recorder.MaxChunks]; last.Merged != 499 || last.Size != 1000 {
		t.Errorf("the last chunk is %+v", last)
	}
	if !bytes.Equal(x.Response.Body.Bytes, want.Bytes()) {
		t.Error("the body lost its order")
	}
	if x.Lost != 0 || x.Row().Chunks != n || f.Row().Chunks != n {
		t.Errorf("lost %d, %d and %d chunks in the rows, want 0 and %d", x.Lost, x.Row().Chunks, f.Row().Chunks, n)
	}
}

func TestFolderBoundsNotes(t *testing.T) {
	var f recorder.Folder
	f.Add(event.Event{Exchange: 1, Kind: event.Enter, Payload: &event.Request{Started: epoch}})
	text := strings.Repeat("x", 1000)
	for i := range 5000 {
		f.Add(event.Event{Exchange: 1, Seq: uint32(i + 1), Kind: event.Errors, Payload: &event.Text{Text: text}})
	}
	f.Add(event.Event{Exchange: 1, Seq: 5001, Kind: event.StartResponse, Payload: &event.Response{Status: "200 OK"}})
	f.Add(event.Event{Exchange: 1, Seq: 5002, Kind: event.Exit, Payload: &event.Ending{}})
	x := f.Exchange()
	kept := len(x.Errors) / len(text)
	if kept == 0 || len(x.Errors) > recorder.MaxNoteBytes || x.Lost != 5000-kept {
		t.Errorf("%d kept, %d lost", kept, x.Lost)
	}
	if x.Response.Status != "200 OK" {
		t.Error("the response fell to the bound of the notes")
	}
}
