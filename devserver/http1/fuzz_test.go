package http1_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/snifter-dev/snifter/devserver/http1"
)

// emit writes a head's fields out again with the white space of the original put aside.
func emit(h *http1.Head) []byte {
	var b bytes.Buffer
	b.WriteString(h.Method + " " + h.Target + " HTTP/")
	b.WriteByte('0' + byte(h.Major))
	b.WriteByte('.')
	b.WriteByte('0' + byte(h.Minor))
	b.WriteString("\r\n")
	for _, f := range h.Fields {
		b.Write(f.Name)
		b.WriteString(": ")
		b.Write(f.Value)
		b.WriteString("\r\n")
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

// FuzzHead: what is accepted keeps its bytes, holds nothing that could be read as something else, and comes out the
// same when it is written and read again.
func FuzzHead(f *testing.F) {
	for _, w := range wires {
		if i := bytes.Index([]byte(w.raw), []byte("\r\n\r\n")); i >= 0 {
			f.Add([]byte(w.raw[:i+4]))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		kept := bytes.Clone(raw)
		h, err := http1.ParseHead(raw, http1.Limits{})
		if !bytes.Equal(raw, kept) {
			t.Fatal("the bytes were changed")
		}
		if err != nil {
			var bh *http1.BadHead
			if !errors.As(err, &bh) || bh.Reason == "" || bh.Status != 0 && (bh.Status < 400 || bh.Status > 599) {
				t.Fatalf("error %#v", err)
			}
			for _, c := range []byte(bh.Reason) {
				if c < ' ' || c >= 0x7f {
					t.Fatalf("reason %q could drive a terminal", bh.Reason)
				}
			}
			return
		}
		if !bytes.Equal(h.Raw, kept) {
			t.Fatalf("Raw is %q", h.Raw)
		}
		if n := bytes.Count(raw, []byte("\n")); n != len(h.Fields)+2 || n != bytes.Count(raw, []byte("\r")) {
			t.Fatalf("%d lines, %d fields", n, len(h.Fields))
		}
		if h.Chunked && h.ContentLength >= 0 {
			t.Fatal("two framings")
		}
		if bytes.ContainsAny(h.Path, "#?") || bytes.Contains(h.Query, []byte("#")) {
			t.Fatalf("path %q, query %q", h.Path, h.Query)
		}
		again, err := http1.ParseHead(emit(h), http1.Limits{HeaderBlock: 1 << 20})
		if err != nil {
			t.Fatalf("what was accepted is not when written again: %v\n%q", err, emit(h))
		}
		if !bytes.Equal(emit(again), emit(h)) || again.ContentLength != h.ContentLength || again.Chunked != h.Chunked ||
			again.KeepAlive != h.KeepAlive || again.Form != h.Form || !bytes.Equal(again.Path, h.Path) {
			t.Fatalf("%+v\nis not\n%+v", again, h)
		}
	})
}
