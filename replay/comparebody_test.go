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

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

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
	c := replay.Compare(of("text/plain", small.String(), header), of("text/plain", small.String()+"x", header), replay.Options{})
	if c.Verdict != replay.Changed {
		t.Error(brief(c))
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
	if d := time.Since(began); d > 2*time.Minute {
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
