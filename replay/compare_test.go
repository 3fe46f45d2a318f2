package replay_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

func of(kind, body string, more ...recorder.Header) *recorder.Exchange {
	headers := append([]recorder.Header{{"Content-Type", kind}}, more...)
	return exchange(1, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "", answer{status: "200 OK", headers: headers, body: body})
}

// brief is a comparison in a few lines, for tables.
func brief(c *replay.Comparison) string {
	var b strings.Builder
	fmt.Fprintln(&b, c.Verdict)
	for _, d := range c.Parts {
		mark := " "
		if d.Noise {
			mark = "~"
		}
		fmt.Fprintf(&b, "%s%s %s %s: %s -> %s\n", mark, d.Kind, d.Part, d.Where, d.Old, d.New)
	}
	return b.String()
}

func check(t *testing.T, c *replay.Comparison, want ...string) {
	t.Helper()
	if diff := cmp.Diff(strings.Join(want, "\n")+"\n", brief(c)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCompareJSON(t *testing.T) {
	for _, test := range []struct {
		name, old, now string
		want           []string
	}{
		{"same", `{"a":1,"b":[1,2]}`, `{"a":1,"b":[1,2]}`, []string{"same"}},
		{"written in another way", `{"a":1,"b":2.0}`, "{\"b\": 2,\n\"a\": 1}", []string{"noise", "~changed body : 15 bytes, sha256 17c703882212 -> 16 bytes, sha256 a29f296986c1"}},
		{"a value", `{"a":{"b/c":1}}`, `{"a":{"b/c":"1"}}`, []string{"changed", ` changed body /a/b~1c: 1 -> "1"`}},
		{
			"members", `{"a":null,"c":{"x":1}}`, `{"b":false,"c":{"x":1}}`,
			[]string{"changed", " removed body /a: null -> ", " added body /b:  -> false"},
		},
		{
			"big numbers are exact", `{"n":9007199254740993}`, `{"n":9007199254740992}`,
			[]string{"changed", " changed body /n: 9007199254740993 -> 9007199254740992"},
		},
		{"digits are exact", `[0.1000000000000000055]`, `[0.1]`, []string{"changed", " changed body /0: 0.1000000000000000055 -> 0.1"}},
		{
			"exponents that no machine holds", `[1e999999999]`, `[2e999999999]`,
			[]string{"changed", " changed body /0: 1e999999999 -> 2e999999999"},
		},
		{"an element in front", `[1,2,3]`, `[0,1,2,3]`, []string{"changed", " added body /0:  -> 0"}},
		{"an element less", `["a","b","c"]`, `["a","c"]`, []string{"changed", ` removed body /1: "b" -> `}},
		{
			"objects are known by their ids", `[{"id":1,"t":5},{"id":2,"t":6}]`, `[{"id":9,"t":1},{"id":1,"t":7},{"id":2,"t":8}]`,
			[]string{"changed", ` added body /0:  -> {"id":9,"t":1}`, " changed body /0/t: 5 -> 7", " changed body /1/t: 6 -> 8"},
		},
		{"another type", `{"a":[]}`, `{"a":{}}`, []string{"changed", " changed body /a: [] -> {}"}},
		{"the whole", `1`, `[1]`, []string{"changed", " changed body (whole): 1 -> [1]"}},
		{"a token", `{"csrfToken":"x"}`, `{"csrfToken":"y"}`, []string{"noise", `~changed body /csrfToken: "x" -> "y"`}},
		{
			"an address", `["<X at 0x7f00aa00>"]`, `["<X at 0x7f11bb11>"]`,
			[]string{"noise", `~changed body /0: "<X at 0x7f00aa00>" -> "<X at 0x7f11bb11>"`},
		},
		{"no JSON after all", `{"a":1`, `{"a":2`, []string{"changed", ` changed body line 1: {"a":1 -> {"a":2`}},
		{"half surrogates", `["\ud800"]`, `["\ud801"]`, []string{"changed", ` changed body line 1: ["\ud800"] -> ["\ud801"]`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := replay.Compare(of("application/json", test.old), of("application/json", test.now), replay.Options{})
			check(t, c, test.want...)
		})
	}
}

func TestCompareText(t *testing.T) {
	for _, test := range []struct {
		name, kind, old, now string
		want                 []string
	}{
		{"same", "text/plain", "a\n", "a\n", []string{"same"}},
		{"a line", "text/plain", "a\nb\nc\n", "a\nB\nc\n", []string{"changed", " changed body line 2: b -> B"}},
		{"a line more", "text/html", "a\nc\n", "a\nb\nc\n", []string{"changed", " added body line 2:  -> b"}},
		{"a line less", "text/css", "a\nb\nc\n", "a\nc\n", []string{"changed", " removed body line 2: b -> "}},
		{
			"two places", "text/csv", "1\n" + strings.Repeat("x\n", 20) + "2", "3\n" + strings.Repeat("x\n", 20) + "4",
			[]string{"changed", " changed body line 1: 1 -> 3", " changed body line 22: 2 -> 4"},
		},
		{"from nothing", "text/plain", "", "a", []string{"changed", " added body line 1:  -> a"}},
		{"to nothing", "text/plain", "a", "", []string{"changed", " removed body line 1: a -> "}},
		{"not UTF-8", "text/plain", "caf\xe9", "caf\xe8", []string{"changed", " changed body line 1: caf\u00e9 -> caf\u00e8"}},
		{
			"a form's token", "text/html", `<input type="hidden" name="csrfmiddlewaretoken" value="aaa">`,
			`<input type="hidden" name="csrfmiddlewaretoken" value="bbb">`,
			[]string{
				"noise",
				`~changed body line 1: <input type="hidden" name="csrfmiddlewaretoken" value="aaa"> -> ` +
					`<input type="hidden" name="csrfmiddlewaretoken" value="bbb">`,
			},
		},
		{
			"a token, the other way round", "text/html", "<meta content='aaa'\n name='csrf-token'>", "<meta content='bbb'\n name='csrf-token'>",
			[]string{"noise", "~changed body line 1: <meta content='aaa' -> <meta content='bbb'"},
		},
		{
			"a token and a change", "text/html", "<script nonce='a'>\n1", "<script nonce='b'>\n2",
			[]string{"changed", " changed body line 2: 1 -> 2", "~changed body line 1: <script nonce='a'> -> <script nonce='b'>"},
		},
		{
			"a field that is no token", "text/html", `<input name="q" value="a">`, `<input name="q" value="b">`,
			[]string{"changed", ` changed body line 1: <input name="q" value="a"> -> <input name="q" value="b">`},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			check(t, replay.Compare(of(test.kind, test.old), of(test.kind, test.now), replay.Options{}), test.want...)
		})
	}
}

func TestCompareTextLines(t *testing.T) {
	old := "1\n2\n3\n4\nthe old price is 10 euros\n6\n7\n8\n9\n"
	now := "1\n2\n3\n4\nthe new price is 12 euros\nand more\n6\n7\n8\n9\n"
	c := replay.Compare(of("text/plain", old), of("text/plain", now), replay.Options{})
	want := []replay.DiffLine{
		{Op: "@", Text: "-2,7 +2,8"},
		{Op: " ", Text: "2"},
		{Op: " ", Text: "3"},
		{Op: " ", Text: "4"},
		{Op: "-", Text: "the old price is 10 euros", Marks: [][2]int{{4, 7}, {17, 19}}},
		{Op: "+", Text: "the new price is 12 euros", Marks: [][2]int{{4, 7}, {17, 19}}},
		{Op: "+", Text: "and more"},
		{Op: " ", Text: "6"},
		{Op: " ", Text: "7"},
		{Op: " ", Text: "8"},
	}
	if diff := cmp.Diff(want, c.Parts[0].Lines); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCompareBinary(t *testing.T) {
	old := bytes.Repeat([]byte("0123456789abcdef"), 8)
	now := bytes.Clone(old)
	now[50] = 0
	c := replay.Compare(of("image/png", string(old)), of("image/png", string(now)), replay.Options{})
	check(t, c, "changed", " changed body byte 50: 128 bytes, sha256 b320e85978db -> 128 bytes, sha256 "+c.Parts[0].New[len(c.Parts[0].New)-12:])
	want := []replay.DiffLine{
		{Op: "@", Text: "the first difference is at byte 50 (0x32)"},
		{Op: " ", Text: "00000020  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|"},
		{Op: "-", Text: "00000030  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|"},
		{Op: "+", Text: "00000030  30 31 00 33 34 35 36 37  38 39 61 62 63 64 65 66  |01.3456789abcdef|"},
		{Op: " ", Text: "00000040  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|"},
		{Op: " ", Text: "00000050  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|"},
	}
	if diff := cmp.Diff(want, c.Parts[0].Lines); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCompareHeaders(t *testing.T) {
	h := func(pairs ...string) []recorder.Header {
		var out []recorder.Header
		for i := 0; i < len(pairs); i += 2 {
			out = append(out, recorder.Header{pairs[i], pairs[i+1]})
		}
		return out
	}
	for _, test := range []struct {
		name     string
		old, now []recorder.Header
		want     []string
	}{
		{"the order between names", h("A", "1", "B", "2"), h("B", "2", "A", "1"), []string{"same"}},
		{
			"the order of one name's values", h("Link", "1", "Link", "2"), h("Link", "2", "Link", "1"),
			[]string{"changed", " changed header Link: 1 -> 2", " changed header Link: 2 -> 1"},
		},
		{"one more, one less", h("A", "1"), h("B", "1"), []string{"changed", " removed header A: 1 -> ", " added header B:  -> 1"}},
		{"the case of a name", h("x-a", "1"), h("X-A", "1"), []string{"noise", "~changed header x-a: x-a -> X-A"}},
		{
			"volatile ones", h("Date", "a", "X-Request-ID", "1", "Server", "x"), h("Date", "b", "X-Request-ID", "2", "Server", "y"),
			[]string{"noise", "~changed header Date: a -> b", "~changed header X-Request-ID: 1 -> 2", "~changed header Server: x -> y"},
		},
		{"a length that a server adds", nil, h("Content-Length", "1"), []string{"noise", "~added header Content-Length:  -> 1"}},
		{"a length that is wrong", nil, h("Content-Length", "7"), []string{"changed", " added header Content-Length:  -> 7"}},
		{"an ETag of the same body", h("ETag", "a"), h("ETag", "b"), []string{"changed", " changed header ETag: a -> b"}},
		{
			"a policy's nonce", h("Content-Security-Policy", "script-src 'nonce-a'"), h("Content-Security-Policy", "script-src 'nonce-b'"),
			[]string{"noise", "~changed header Content-Security-Policy: script-src 'nonce-a' -> script-src 'nonce-b'"},
		},
		{
			"a policy", h("Content-Security-Policy", "script-src 'nonce-a'"), h("Content-Security-Policy", "img-src 'nonce-b'"),
			[]string{"changed", " changed header Content-Security-Policy: script-src 'nonce-a' -> img-src 'nonce-b'"},
		},
		{
			"cookies are known by their names", h("Set-Cookie", "a=1", "Set-Cookie", "b=2"), h("Set-Cookie", "b=2", "Set-Cookie", "a=1"),
			[]string{"same"},
		},
		{
			"a session", h("Set-Cookie", "sessionid=aa; Path=/; expires=Mon"), h("Set-Cookie", "sessionid=bb; Path=/; expires=Tue"),
			[]string{"noise", "~changed header Set-Cookie: sessionid: sessionid=aa; Path=/; expires=Mon -> sessionid=bb; Path=/; expires=Tue"},
		},
		{
			"a session that lost an attribute", h("Set-Cookie", "sessionid=aa; HttpOnly"), h("Set-Cookie", "sessionid=bb"),
			[]string{"changed", " changed header Set-Cookie: sessionid: sessionid=aa; HttpOnly -> sessionid=bb"},
		},
		{
			"a session that ends", h("Set-Cookie", "sessionid=aa"), h("Set-Cookie", "sessionid=; Max-Age=0"),
			[]string{"changed", " changed header Set-Cookie: sessionid: sessionid=aa -> sessionid=; Max-Age=0"},
		},
		{
			"another cookie", h("Set-Cookie", "theme=dark"), h("Set-Cookie", "theme=light", "Set-Cookie", "new=1"),
			[]string{"changed", " changed header Set-Cookie: theme: theme=dark -> theme=light", " added header Set-Cookie: new:  -> new=1"},
		},
		{
			"signed anew", h("Set-Cookie", "x=eyJ9.aaa.abcdefghijklmnopqrst"), h("Set-Cookie", "x=eyJ9.bbb.zbcdefghijklmnopqrst"),
			[]string{"noise", "~changed header Set-Cookie: x: x=eyJ9.aaa.abcdefghijklmnopqrst -> x=eyJ9.bbb.zbcdefghijklmnopqrst"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			check(t, replay.Compare(of("text/plain", "x", test.old...), of("text/plain", "x", test.now...), replay.Options{}), test.want...)
		})
	}
}

// A session is renewed when the clock says so; one that is begun, ended or of another name is news.
func TestCompareRenewedSession(t *testing.T) {
	came := recorder.Header{"Cookie", "theme=dark; session=aa"}
	for _, test := range []struct {
		set  string
		came bool
		want recorder.Header
	}{
		{"session=bb; Path=/", true, recorder.Header{"noise", "noise"}},
		{"session=bb; Path=/", false, recorder.Header{"changed", "changed"}},
		{"session=; Max-Age=0", true, recorder.Header{"changed", "changed"}},
		{"theme=light", true, recorder.Header{"changed", "changed"}},
	} {
		a, b := of("text/plain", "x"), of("text/plain", "x", recorder.Header{"Set-Cookie", test.set})
		if test.came {
			a.Request.Headers, b.Request.Headers = []recorder.Header{came}, []recorder.Header{came}
		}
		got := recorder.Header{
			string(replay.Compare(a, b, replay.Options{}).Verdict), string(replay.Compare(b, a, replay.Options{}).Verdict),
		}
		if got != test.want {
			t.Errorf("%s, which the request had %v: added and removed are %v, want %v", test.set, test.came, got, test.want)
		}
	}
}

func TestCompareFollowsTheBody(t *testing.T) {
	a := of("application/json", `{"csrf_token": "a"}`, recorder.Header{"Content-Length", "19"}, recorder.Header{"ETag", "x"})
	b := of("application/json", `{"csrf_token": "ab"}`, recorder.Header{"Content-Length", "20"}, recorder.Header{"ETag", "y"})
	if c := replay.Compare(a, b, replay.Options{}); c.Verdict != replay.Noise || len(c.Parts) != 3 {
		t.Error(brief(c))
	}
	c := replay.Compare(a, b, replay.Options{Noise: replay.Rules{NoDefaults: true}})
	if c.Verdict != replay.Changed {
		t.Error(brief(c))
	}
}

func TestCompareLengthOfHead(t *testing.T) {
	of := func(length ...string) *recorder.Exchange {
		a := answer{status: "200 OK"}
		for _, l := range length {
			a.headers = append(a.headers, recorder.Header{"Content-Length", l})
		}
		return exchange(1, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "", a)
	}
	check(t, replay.Compare(of(), of("5"), replay.Options{}), "noise", "~added header Content-Length:  -> 5")
	check(t, replay.Compare(of("4"), of("5"), replay.Options{}), "changed", " changed header Content-Length: 4 -> 5")
}

func TestCompareRules(t *testing.T) {
	a := of("application/json", `{"items":[{"at":1,"n":1},{"at":2,"n":2}],"deep":{"x":{"id":1}},"s":"v1 a"}`, recorder.Header{"X-Build", "1"})
	b := of("application/json", `{"items":[{"at":3,"n":1},{"at":4,"n":3}],"deep":{"x":{"id":2}},"s":"v2 a"}`, recorder.Header{"X-Build", "2"})
	rules, err := replay.ParseRules([]string{"x-build"}, []string{"/items/*/at", "/**/id"}, []string{`v(\d+)`})
	if err != nil {
		t.Fatal(err)
	}
	c := replay.Compare(a, b, replay.Options{Noise: rules})
	check(t, c, "changed", "~changed header X-Build: 1 -> 2", "~changed body /deep/x/id: 1 -> 2",
		"~changed body /items/0/at: 1 -> 3", "~changed body /items/1/at: 2 -> 4", " changed body /items/1/n: 2 -> 3",
		`~changed body /s: "v1 a" -> "v2 a"`)
	for _, d := range c.Parts {
		if d.Noise == (d.NoiseWhy == "") {
			t.Errorf("%s is noise %v since %q", d.Where, d.Noise, d.NoiseWhy)
		}
	}
	_, err = replay.ParseRules([]string{"X A"}, []string{"a"}, []string{"("})
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("three mistakes: %v", err)
	}
}

func TestCompareDecodes(t *testing.T) {
	encode := map[string]func(string) string{
		"gzip": func(s string) string {
			var b bytes.Buffer
			w := gzip.NewWriter(&b)
			w.Write([]byte(s))
			w.Close()
			return b.String()
		},
		"deflate": func(s string) string {
			var b bytes.Buffer
			w := zlib.NewWriter(&b)
			w.Write([]byte(s))
			w.Close()
			return b.String()
		},
		"Deflate": func(s string) string {
			var b bytes.Buffer
			w, _ := flate.NewWriter(&b, 6)
			w.Write([]byte(s))
			w.Close()
			return b.String()
		},
		"br": func(s string) string {
			var b bytes.Buffer
			w := brotli.NewWriter(&b)
			w.Write([]byte(s))
			w.Close()
			return b.String()
		},
		"zstd": func(s string) string {
			var b bytes.Buffer
			w, _ := zstd.NewWriter(&b)
			w.Write([]byte(s))
			w.Close()
			return b.String()
		},
	}
	encode["gzip, br"] = func(s string) string { return encode["br"](encode["gzip"](s)) }
	for coding, f := range encode {
		header := recorder.Header{"Content-Encoding", coding}
		a := of("application/json", f(`{"a":1,"b":"`+strings.Repeat("x", 5000)+`"}`), header)
		b := of("application/json", f(`{"a":2,"b":"`+strings.Repeat("x", 5000)+`"}`), header)
		c := replay.Compare(a, b, replay.Options{})
		if coding == "Deflate" { // one writer, the same size by chance or not: only the body counts
			c.Parts = c.Parts[len(c.Parts)-1:]
		}
		check(t, c, "changed", " changed body /a: 1 -> 2")
	}

	plain := of("text/plain", "hello")
	zipped := of("text/plain", encode["gzip"]("hello"), recorder.Header{"Content-Encoding", "gzip"})
	c := replay.Compare(plain, zipped, replay.Options{})
	if c.Verdict != replay.Changed || c.Parts[0].Where != "Content-Encoding" || !c.Parts[1].Noise {
		t.Error(brief(c))
	}
	broken := of("text/plain", "\x1f\x8bnot", recorder.Header{"Content-Encoding", "gzip"})
	if c = replay.Compare(zipped, broken, replay.Options{}); c.Verdict != replay.Changed {
		t.Error(brief(c))
	}
}

func TestCompareBombs(t *testing.T) {
	var small bytes.Buffer
	w, err := zstd.NewWriter(&small)
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range 64 {
		w.Write(zeros)
	}
	w.Close()
	header := recorder.Header{"Content-Encoding", "zstd"}
	began := time.Now()
	c := replay.Compare(of("text/plain", small.String(), header), of("text/plain", small.String()+"x", header), replay.Options{})
	if c.Verdict != replay.Changed || time.Since(began) > 10*time.Second {
		t.Errorf("after %v: %s", time.Since(began), brief(c))
	}
	deep := strings.Repeat("[", 1_000_000)
	c = replay.Compare(of("application/json", deep+"1"), of("application/json", deep+"2"), replay.Options{})
	if c.Verdict != replay.Changed {
		t.Error(brief(c))
	}
}

func TestCompareLarge(t *testing.T) {
	var a, b strings.Builder
	a.WriteString("[0")
	b.WriteString("[1")
	for i := range 20_000 {
		fmt.Fprintf(&a, ",%d", i)
		fmt.Fprintf(&b, ",%d", i+i%2)
	}
	a.WriteString("]")
	b.WriteString("]")
	began := time.Now()
	c := replay.Compare(of("application/json", a.String()), of("application/json", b.String()), replay.Options{})
	if n := len(c.Parts); n != 1001 || c.Parts[1000].New != "and 9001 more differences" {
		t.Errorf("%d differences; the last: %+v", n, c.Parts[n-1])
	}
	lines := strings.Repeat("x\n", 60_000)
	c = replay.Compare(of("text/plain", lines+"a"), of("text/plain", lines+"b"), replay.Options{})
	if len(c.Parts) != 1 || c.Parts[0].Where != "line 60001" || c.Parts[0].Lines[0].Text != "more than 50000 lines: not compared line by line" {
		t.Errorf("%+v", c.Parts)
	}
	a.Reset()
	b.Reset()
	for i := range 40_000 {
		fmt.Fprintf(&a, "%d\n", i)
		fmt.Fprintf(&b, "%d\n", i*7)
	}
	if c = replay.Compare(of("text/plain", a.String()), of("text/plain", b.String()), replay.Options{}); c.Verdict != replay.Changed {
		t.Error(c.Verdict)
	}
	if d := time.Since(began); d > 20*time.Second {
		t.Errorf("it took %v", d)
	}
}

func TestCompareCut(t *testing.T) {
	cut := func(front string, sum byte) *recorder.Exchange {
		x := of("text/plain", front)
		x.Response.Body.Cut, x.Response.Body.Size = true, 1000
		x.Response.Body.SHA256 = strings.Repeat(string(sum), 64)
		return x
	}
	check(t, replay.Compare(cut("abc", 'a'), cut("abc", 'a'), replay.Options{}), "same")
	c := replay.Compare(cut("abc", 'a'), cut("abc", 'b'), replay.Options{})
	check(t, c, "changed", " changed body : 1000 bytes, sha256 aaaaaaaaaaaa -> 1000 bytes, sha256 bbbbbbbbbbbb")
	if !strings.Contains(c.Parts[0].Lines[0].Text, "--max-body") {
		t.Errorf("%+v", c.Parts[0])
	}
	check(t, replay.Compare(cut("abc", 'a'), cut("xbc", 'b'), replay.Options{}), "changed", " changed body line 1: abc -> xbc")
}

func TestCompareBroken(t *testing.T) {
	raised := func(message, file string, line int) *event.Raised {
		return &event.Raised{
			Where: event.InCall, Type: "ValueError", Message: message,
			Frames: []event.Frame{{File: file, Line: line, Function: "view"}},
		}
	}
	handled := func(message, file string, line int) *event.Raised {
		r := raised(message, file, line)
		r.Handled = true
		return r
	}
	ok := answer{status: "200 OK", headers: plain, body: "hello\n"}
	for _, test := range []struct {
		name     string
		old, now answer
		verdict  replay.Verdict
		reasons  []string
	}{
		{
			"a new exception", ok,
			answer{status: "500 Internal Server Error", headers: plain, raised: raised("no", "a.py", 1)},
			replay.Broken,
			[]string{"it answers 500 Internal Server Error", "it raises ValueError: no", "body line 1 removed: hello ..."},
		},
		{
			"an exception after the answer", ok,
			answer{status: "200 OK", headers: plain, body: "hello\n", raised: raised("no", "a.py", 1)},
			replay.Broken,
			[]string{"it raises ValueError: no"},
		},
		{
			"a new exception, handled", ok,
			answer{status: "500 Oops", headers: plain, body: "hello\n", raised: handled("no", "a.py", 1)},
			replay.Broken,
			[]string{"it answers 500 Oops", "it raises ValueError: no"},
		},
		{
			"an exception that nobody sees", ok,
			answer{status: "200 OK", headers: plain, body: "hello\n", raised: handled("no", "a.py", 1)},
			replay.Changed,
			[]string{"exception (call) added: ValueError: no"},
		},
		{
			"not handled any more",
			answer{status: "500 x", raised: handled("no", "a.py", 1)},
			answer{status: "500 x", raised: raised("no", "a.py", 1)},
			replay.Changed,
			[]string{"exception (call): ValueError, handled by the application -> ValueError, not handled"},
		},
		{
			"an aborted response", ok,
			answer{status: "200 OK", headers: plain, body: "hello\n", brk: true},
			replay.Broken,
			[]string{"it was not answered whole: the application failed midway"},
		},
		{
			"the same failure",
			answer{status: "500 x", raised: raised("no", "a.py", 1)},
			answer{status: "500 x", raised: raised("no", "a.py", 3)},
			replay.Noise,
			[]string{"only noise: exception (last frame)"},
		},
		{
			"an address",
			answer{status: "500 x", raised: raised("<X at 0x7f00aa00>", "a.py", 1)},
			answer{status: "500 x", raised: raised("<X at 0x7fbbbb00>", "a.py", 1)},
			replay.Noise,
			[]string{"only noise: exception (call)"},
		},
		{
			"another failure",
			answer{status: "500 x", raised: raised("no", "a.py", 1)},
			answer{status: "500 x", raised: raised("yes", "b.py", 1)},
			replay.Changed,
			[]string{"exception (call): ValueError: no -> ValueError: yes", "exception (last frame): a.py in view -> b.py in view"},
		},
		{
			"mended",
			answer{status: "500 x", raised: raised("no", "a.py", 1)},
			answer{status: "200 OK"},
			replay.Changed,
			[]string{"status: 500 x -> 200 OK", "exception (call) removed: ValueError: no"},
		},
		{
			"the origin broke off",
			answer{status: "200 OK", body: "hel", brk: true},
			answer{status: "200 OK", body: "hello"},
			replay.Noise,
			[]string{"only noise: body line 1"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			head := "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
			c := replay.Compare(exchange(1, head, "", test.old), exchange(2, head, "", test.now), replay.Options{})
			if c.Verdict != test.verdict {
				t.Errorf("the verdict is %s, want %s\n%s", c.Verdict, test.verdict, brief(c))
			}
			if diff := cmp.Diff(test.reasons, c.Reasons); diff != "" {
				t.Errorf("reasons (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCompareLintAndChunks(t *testing.T) {
	a, b := of("text/plain", "x"), of("text/plain", "x")
	a.Lint = []recorder.Lint{{Rule: "r", Message: "1"}, {Rule: "r", Message: "2"}}
	b.Lint = []recorder.Lint{{Rule: "r", Message: "2"}, {Stage: 1, Rule: "close-not-called", Message: "3"}}
	b.Response.Chunks = []recorder.Chunk{{Size: 1, Via: "write"}}
	check(t, replay.Compare(a, b, replay.Options{Chunks: true}), "changed", " added lint stage 1:  -> close-not-called: 3",
		" removed lint stage 0: r: 1 -> ", " changed chunks 1, 1 blocks: yield:1 -> write:1")
}

// TestCompareLintOfOtherValues: what a message quotes differs from run to run, and so does the index of a stage that is
// named.
func TestCompareLintOfOtherValues(t *testing.T) {
	a, b := of("text/plain", "x"), of("text/plain", "x")
	a.Stages = []recorder.Stage{{Index: 1, Name: "app.Timing"}, {Index: 2, Name: "app.Session"}}
	b.Stages = []recorder.Stage{{Index: 1, Name: "app.Session"}}
	a.Lint = []recorder.Lint{{Stage: 2, Rule: "r", Message: "sid=1"}, {Stage: 2, Rule: "r", Message: "same"}}
	b.Lint = []recorder.Lint{{Stage: 1, Rule: "r", Message: "same"}, {Stage: 1, Rule: "r", Message: "sid=2"}}
	c := replay.Compare(a, b, replay.Options{})
	check(t, c, "noise", "~changed lint stage 1, app.Session: r: sid=1 -> r: sid=2")
	if c = replay.Compare(a, of("text/plain", "x"), replay.Options{}); c.Verdict != replay.Changed || len(c.Parts) != 2 {
		t.Errorf("%s", brief(c))
	}
	b.Lint = append(b.Lint, recorder.Lint{Stage: 1, Rule: "r", Message: "the cookie 'user=anna'"})
	if c = replay.Compare(a, b, replay.Options{}); c.Verdict != replay.Changed || strings.Contains(strings.Join(c.Reasons, ""), "anna") {
		t.Errorf("%s: %v", brief(c), c.Reasons)
	}
}

func TestCompareStages(t *testing.T) {
	a := onion{{name: "Outer", header: "1"}, {name: "Session", sets: "anna"}, {name: "view", body: "hello"}}.passage(1, "/").Exchange
	b := onion{{name: "Outer", header: "1"}, {name: "Session", sets: "ben"}, {name: "Gzip", header: "z"}, {name: "view", body: "hello!"}}.passage(1, "/").Exchange
	o := replay.Options{Stages: true}
	check(t, replay.Compare(a, a, o), "same")
	var stages []string
	c := replay.Compare(a, b, o)
	for _, d := range c.Parts {
		if d.Part == "stage" && !d.Noise {
			stages = append(stages, d.Where+" "+d.Kind)
		}
	}
	want := []string{
		"app.Outer: X-Gzip added", "app.Outer: body changed", "app.Session: environ app.Session changed", "app.Session: X-Gzip added",
		"app.Session: body changed", "app.view: body changed", "app.Gzip added",
	}
	if diff := cmp.Diff(want, stages); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if masked := replay.Compare(a, b, replay.Options{Stages: true, Masks: replay.Learn(a, b, o)}); masked.Verdict != replay.Noise {
		t.Errorf("what was learned is no noise: %s", brief(masked))
	}
}

func TestCompareWithItself(t *testing.T) {
	for _, body := range []string{"", "x", "{}", "\x00", "a\nb"} {
		for _, kind := range []string{"text/plain", "application/json", "image/png", ""} {
			if c := replay.Compare(of(kind, body), of(kind, body), replay.Options{Chunks: true}); c.Verdict != replay.Same || len(c.Parts) > 0 {
				t.Errorf("%q as %q: %s", body, kind, brief(c))
			}
		}
	}
}

// TestReasonsTellNoSecrets: reasons are printed to logs.
func TestReasonsTellNoSecrets(t *testing.T) {
	const token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx"
	for name, c := range map[string][2]*recorder.Exchange{
		"a cookie": {of("text/plain", "", recorder.Header{"Set-Cookie", "theme=hidden1; Path=/"}),
			of("text/plain", "", recorder.Header{"Set-Cookie", "theme=hidden2; Path=/"})},
		"a header":            {of("text/plain", "", recorder.Header{"X-Api-Key", "hidden1"}), of("text/plain", "", recorder.Header{"X-Api-Key", "hidden2"})},
		"a member":            {of("application/json", `{"user":{"password":"hidden1"}}`), of("application/json", `{"user":{"password":"hidden2"}}`)},
		"an object":           {of("application/json", `{}`), of("application/json", `{"user":{"password":"hidden2"}}`)},
		"a line":              {of("text/plain", "token: hidden1"), of("text/plain", "token: hidden2")},
		"a token in any line": {of("text/plain", "see "+token+".hidden1"), of("text/plain", "see "+token+".hidden2")},
	} {
		got := replay.Compare(c[0], c[1], replay.Options{})
		if got.Verdict != replay.Changed || len(got.Reasons) == 0 {
			t.Errorf("%s: %s, %q", name, got.Verdict, got.Reasons)
		}
		if text := strings.Join(got.Reasons, "\n"); strings.Contains(text, "hidden") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// TestManyCodingsAreLeftAlone: a response may name as many as fit into its head.
func TestManyCodingsAreLeftAlone(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte("{}"))
	z.Close()
	many := recorder.Header{"Content-Encoding", strings.Repeat("identity, ", 10_000) + "gzip"}
	a, b := of("application/json", packed.String(), many), of("application/json", "{}", many)
	if c := replay.Compare(a, b, replay.Options{}); c.Verdict != replay.Changed {
		t.Errorf("a packed body and a plain one are %s: it was unpacked", c.Verdict)
	}
}
