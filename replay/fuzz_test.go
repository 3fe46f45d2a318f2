package replay

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/recorder"
)

// FuzzResponse: whatever a server sends, reading it ends, keeps the head byte for byte, and counts what it kept.
func FuzzResponse(f *testing.F) {
	for _, s := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		"HTTP/1.0 204 No\n\n", "HTTP/1.1 200\r\n\r\n", "HTTP/1.1 99 x\r\n\r\n", "\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", "SSH-2.0-x\r\n\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		out := &Received{}
		p := newResponseReader(bytes.NewReader(wire), time.Now(), 10, out)
		if err := p.head(); err != nil {
			return
		}
		if !bytes.Contains(wire, out.Head) || len(out.Status) < 3 {
			t.Fatalf("the head %q, status %q", out.Head, out.Status)
		}
		err := p.body("GET")
		var kept, size int
		for _, c := range out.Chunks {
			kept, size = kept+len(c.Bytes), size+c.Size
		}
		if kept > 10 || int64(size) != out.Size || out.Size > int64(len(wire)) || errors.Is(err, io.EOF) {
			t.Fatalf("kept %d, %d of %d bytes, %v", kept, size, len(wire), err)
		}
	})
}

// FuzzCompare: any two bodies can be compared, they differ exactly when their bytes do, and what is learned of two
// bodies leaves nothing but noise between them.
func FuzzCompare(f *testing.F) {
	f.Add("application/json", []byte(`{"a":[1,2.0,{"id":1}]}`), []byte(`{"a":[2,{"id":1}]}`))
	f.Add("text/html", []byte("<input name=csrf_token value='a'>\nx\n1 2 3"), []byte("<input name=csrf_token value='b'>\ny\n1 3\n"))
	f.Add("image/png", []byte("\x00\x01"), []byte("\x00\x02\x03"))
	f.Add("text/plain", []byte("at 10:15:03\nb"), []byte("at 10:15:04\nb"))
	f.Add("application/json", []byte("[1,1e9999999999]"), []byte("[]"))
	f.Fuzz(func(t *testing.T, kind string, old, now []byte) {
		of := func(body []byte) *recorder.Exchange {
			return &recorder.Exchange{State: recorder.Done, Response: recorder.Response{
				Status: "200 OK", Headers: []recorder.Header{{"Content-Type", kind}},
				Body: recorder.Body{Size: int64(len(body)), Bytes: body},
			}}
		}
		a, b := of(old), of(now)
		c := Compare(a, b, Options{})
		if (c.Verdict == Same) != bytes.Equal(old, now) {
			t.Fatalf("%s: %+v", c.Verdict, c.Parts)
		}
		if c = Compare(a, b, Options{Masks: Learn(a, b, Options{})}); c.Verdict == Changed {
			t.Fatalf("learned, and still changed: %+v", c.Parts)
		}
		for _, d := range c.Parts {
			for _, l := range d.Lines {
				for _, m := range l.Marks {
					if m[0] < 0 || m[0] >= m[1] || m[1] > len(l.Text) {
						t.Fatalf("the mark %v in %q", m, l.Text)
					}
				}
			}
		}
		if err := WriteReport(io.Discard, Outcome{}, c, ReportOptions{Noise: true, Color: true}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestMatchPointer(t *testing.T) {
	for _, test := range []struct {
		pattern, pointer string
		want             bool
	}{
		{"/a", "/a", true},
		{"/a", "/a/b", true},
		{"/a", "/ab", false},
		{"/a/b", "/a", false},
		{"/*/id", "/3/id", true},
		{"/*/id", "/3/4/id", false},
		{"/**/id", "/id", true},
		{"/**/id", "/1/2/id", true},
		{"/**/a/b", "/a/c/a/b", true},
		{"/**/a/**/z", "/a/b/c/z", true},
		{"/**/z", "/a", false},
		{"", "/anything", true},
	} {
		if got := matchPointer(segments(test.pattern), segments(test.pointer)); got != test.want {
			t.Errorf("%q matches %q: %v", test.pattern, test.pointer, got)
		}
	}
}

func TestPatternOf(t *testing.T) {
	for _, test := range []struct{ a, b, later string }{
		{"at 10:15:03 <b>", "at 10:15:07 <b>", "at 23:59:59 <b>"},
		{"on 2026-11-21 10:15:03", "on 2026-11-21 10:15:07", "on 2025-01-02 00:00:00"},
		{"Sat Nov 21 10:15:03 2026 is now", "Sat Nov 21 10:15:07 2026 is now", "Mon Jan 5 01:00:00 2025 is now"},
		{`<a id="x-12ab">go</a>`, `<a id="x-12cd">go</a>`, `<a id="y-99">go</a>`},
	} {
		p := patternOf(test.a, test.b)
		if p.weak || !p.matches(test.later, "") {
			t.Errorf("%q and %q give %+v", test.a, test.b, p)
		}
		if p.matches(strings.ToUpper(test.a), "") {
			t.Errorf("%+v matches %q", p, strings.ToUpper(test.a))
		}
	}
}

func TestPatternOfNumbers(t *testing.T) {
	for _, test := range []struct {
		a, b, later string
		want        bool
	}{
		{"12", "13", "1400", true},
		{"12", "13", "oops", false},
		{"12", "13", "", false},
		{"seen 12 times", "seen 9 times", "seen many times", false},
		{"seen 12 times", "seen twelve times", "seen many times", true},
	} {
		p := patternOf(test.a, test.b)
		p.after = firstLine
		if got := p.matches(test.later, firstLine); got != test.want {
			t.Errorf("%q and %q give %+v, which matches %q: %v", test.a, test.b, p, test.later, got)
		}
	}
}
