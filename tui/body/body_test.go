package body_test

import (
	"bytes"
	"compress/zlib"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/body"
	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/theme"
)

func encode(t testing.TB, coding string, p []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	var err error
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&out)
	case "deflate":
		w = zlib.NewWriter(&out)
	case "raw deflate":
		w, err = flate.NewWriter(&out, 6)
	case "br":
		w = brotli.NewWriter(&out)
	case "zstd":
		w, err = zstd.NewWriter(&out)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(p); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestDecode(t *testing.T) {
	want := bytes.Repeat([]byte("hello "), 1000)
	for _, coding := range []string{"gzip", "deflate", "raw deflate", "br", "zstd"} {
		d := body.Decode(encode(t, coding, want), strings.TrimPrefix(coding, "raw "), time.Now)
		if !bytes.Equal(d.Bytes, want) || d.Note != "" || len(d.Codings) != 1 {
			t.Errorf("%s: %d bytes, codings %q, note %q", coding, len(d.Bytes), d.Codings, d.Note)
		}
	}
	twice := encode(t, "br", encode(t, "gzip", want))
	if d := body.Decode(twice, "gzip, br", time.Now); !bytes.Equal(d.Bytes, want) {
		t.Errorf("two codings: note %q", d.Note)
	}
}

func TestDecodeKeepsWhatItCan(t *testing.T) {
	want := bytes.Repeat([]byte("hello "), 1<<17)
	packed := encode(t, "gzip", want)
	d := body.Decode(packed[:len(packed)-20], "gzip", time.Now)
	if len(d.Bytes) == 0 || !bytes.HasPrefix(want, d.Bytes) || !strings.HasPrefix(d.Note, "decoded in part: gzip:") {
		t.Errorf("a cut body: %d bytes, note %q", len(d.Bytes), d.Note)
	}
	if d := body.Decode([]byte("plain"), "gzip", time.Now); string(d.Bytes) != "plain" || !strings.HasPrefix(d.Note, "not decoded:") {
		t.Errorf("no gzip: %q, note %q", d.Bytes, d.Note)
	}
	if d := body.Decode([]byte("x"), "compress", time.Now); d.Note != "not decoded: compress: no known content coding" {
		t.Errorf("an unknown coding: note %q", d.Note)
	}
}

func TestDecodeIsBounded(t *testing.T) {
	for _, coding := range []string{"gzip", "br", "zstd"} {
		bomb := encode(t, coding, make([]byte, 48<<20))
		d := body.Decode(bomb, coding, time.Now)
		if len(d.Bytes) > recorder.MaxDecoded || d.Note == "" {
			t.Errorf("%s: %d bytes, note %q", coding, len(d.Bytes), d.Note)
		}
	}
	clock := time.Time{}
	slow := func() time.Time { clock = clock.Add(time.Second); return clock }
	d := body.Decode(encode(t, "gzip", make([]byte, 8<<20)), "gzip", slow)
	if len(d.Bytes) >= 8<<20 || !strings.Contains(d.Note, "took too long") {
		t.Errorf("time: %d bytes, note %q", len(d.Bytes), d.Note)
	}
}

func TestKindOf(t *testing.T) {
	for _, c := range []struct {
		body, contentType string
		kind              body.Kind
		language          string
	}{
		{"", "text/html", body.Empty, ""},
		{`{"a":1}`, "application/json", body.JSON, "json"},
		{`{"a":1}`, "application/problem+json; charset=utf-8", body.JSON, "json"},
		{`[1]`, "", body.JSON, "json"},
		{"a=b", "application/x-www-form-urlencoded", body.Form, ""},
		{"--x", "multipart/form-data; boundary=x", body.Multipart, ""},
		{"<p>", "text/html; charset=utf-8", body.Text, "html"},
		{"<!DOCTYPE html><p>", "", body.Text, "html"},
		{"<a/>", "image/svg+xml", body.Text, "xml"},
		{"hello", "text/plain", body.Text, ""},
		{"hello", "", body.Text, ""},
		{"a\x00b", "text/plain", body.Binary, ""},
		{"\x89PNG\r\n\x1a\n\x00", "image/png", body.Binary, ""},
		{"caf\xe9 au lait, s'il vous plait", "text/plain", body.Text, ""},
	} {
		kind, language := body.KindOf([]byte(c.body), c.contentType)
		if kind != c.kind || language != c.language {
			t.Errorf("%q as %q: %v %q, want %v %q", c.body, c.contentType, kind, language, c.kind, c.language)
		}
	}
}

func TestPretty(t *testing.T) {
	lines, err := body.Pretty([]byte(`{"b":1,"a":[1.50,"x"],"big":12345678901234567890}`))
	want := []string{"{", `  "b": 1,`, `  "a": [`, `    1.50,`, `    "x"`, "  ],", `  "big": 12345678901234567890`, "}"}
	if err != nil || !cmp.Equal(lines, want) {
		t.Errorf("%v %s", err, cmp.Diff(want, lines))
	}
	lines, err = body.Pretty([]byte(`{"a":`))
	if err == nil || !cmp.Equal(lines, []string{`{"a":`}) {
		t.Errorf("broken JSON: %q, %v", lines, err)
	}
	lines, err = body.Pretty([]byte("{\"a\":1}\n{\"a\":2}\n"))
	if err != nil || len(lines) != 6 {
		t.Errorf("JSON lines: %q, %v", lines, err)
	}
}

func TestFields(t *testing.T) {
	got := body.FormFields([]byte("name=J%C3%BCrgen+M&empty=&flag&bad=%zz&a=1&a=2"))
	want := []body.Field{
		{Name: "name", Value: "Jürgen M"}, {Name: "empty"}, {Name: "flag"}, {Name: "bad", Value: "%zz"},
		{Name: "a", Value: "1"}, {Name: "a", Value: "2"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	raw := "--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nhello\r\n" +
		"--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\x00\x01\r\n--x--\r\n"
	got, err := body.MultipartFields([]byte(raw), "multipart/form-data; boundary=x")
	want = []body.Field{
		{Name: "title", Value: "hello"},
		{Name: "f", Value: "0001", About: `file "a.png", image/png, 2 bytes, hexadecimal`},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if got, err := body.MultipartFields([]byte(raw[:90]), "multipart/form-data; boundary=x"); err == nil || len(got) != 1 {
		t.Errorf("a cut body: %v, %v", got, err)
	}
}

func TestHex(t *testing.T) {
	got := body.Hex([]byte("hello, world \x00\x1b[2J"), false)
	want := []string{
		"000000  68 65 6c 6c 6f 2c 20 77  6f 72 6c 64 20 00 1b 5b  hello, world ..[",
		"000010  32 4a                                             2J",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestHighlight(t *testing.T) {
	got := body.Highlight(doc.Work{Language: "json", Before: []string{"{"}, Lines: []string{`  "a": 1,`, `  "b": "x"`}})
	if len(got) != 2 {
		t.Fatalf("%d lines: %v", len(got), got)
	}
	inks := map[string]theme.Ink{}
	for _, l := range got {
		for _, s := range l {
			inks[s.Text.String()] = s.Ink
		}
	}
	if inks[`"a"`] != theme.Key || inks["1"] != theme.Number || inks[`"x"`] != theme.String {
		t.Errorf("inks: %v", inks)
	}
	if body.Highlight(doc.Work{Language: "no such language", Lines: []string{"x"}}) != nil {
		t.Error("an unknown language is highlighted")
	}
}

// FuzzReadable holds that no body breaks what makes it readable, and that highlighting never changes the text.
func FuzzReadable(f *testing.F) {
	f.Add([]byte(`{"a":[1,2,{"b":null}]}`), "application/json", "")
	f.Add([]byte("<p>\x1b[2J&amp;</p>\n<!--"), "text/html", "")
	f.Add([]byte("a=b&c=%zz"), "application/x-www-form-urlencoded", "")
	f.Add([]byte("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x--"), "multipart/form-data; boundary=x", "")
	f.Add([]byte("\x1f\x8b\x08\x00"), "text/plain", "gzip, br, zstd")
	f.Add([]byte("\xff\xfe\u202e"), "text/plain", "deflate")
	f.Fuzz(func(t *testing.T, p []byte, contentType, contentEncoding string) {
		d := body.Decode(p, contentEncoding, time.Now)
		kind, language := body.KindOf(d.Bytes, contentType)
		lines := body.Lines(d.Bytes)
		switch kind {
		case body.JSON:
			lines, _ = body.Pretty(d.Bytes)
		case body.Form:
			body.FormFields(d.Bytes)
		case body.Multipart:
			_, _ = body.MultipartFields(d.Bytes, contentType)
		case body.Binary:
			lines = body.Hex(d.Bytes, false)
		}
		var dd doc.Doc
		dd.AddBody(lines, language)
		w, ok := dd.Next(0, len(dd.Lines))
		if !ok {
			return
		}
		for i, spans := range body.Highlight(w) {
			got := ""
			for _, s := range spans {
				got += s.Text.String()
			}
			if got != w.Lines[i] {
				t.Fatalf("line %d: %q became %q", i, w.Lines[i], got)
			}
		}
	})
}
