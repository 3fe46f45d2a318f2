package http1

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"testing"
)

// reference decodes a whole chunked body the slow and obvious way. rest is what follows it; whole is false where the
// body goes on beyond p.
func reference(p string) (data, rest string, whole bool, err error) {
	malformed := errors.New("malformed")
	var b strings.Builder
	line := func() (string, bool) {
		l, after, ok := strings.Cut(p, "\r\n")
		if ok {
			p = after
		}
		return l, ok
	}
	printable := func(s string) bool {
		return strings.IndexFunc(latin1(s), func(r rune) bool { return r != '\t' && (r < ' ' || r == 0x7f) }) < 0
	}
	for {
		l, ok := line()
		size, ext, extended := strings.Cut(l, ";")
		if extended {
			size = strings.TrimRight(size, " \t")
		}
		if !ok {
			return b.String(), "", false, nil
		}
		if size == "" || len(size) > 16 || strings.Trim(size, "0123456789abcdefABCDEF") != "" || !printable(ext) {
			return b.String(), "", false, malformed
		}
		n, err := strconv.ParseInt(size, 16, 64)
		if err != nil {
			return b.String(), "", false, malformed
		}
		if n == 0 {
			break
		}
		if int64(len(p))-2 < n {
			b.WriteString(p[:min(n, int64(len(p)))])
			if tail := p[min(n, int64(len(p))):]; !strings.HasPrefix("\r\n", tail) {
				return b.String(), "", false, malformed
			}
			return b.String(), "", false, nil
		}
		b.WriteString(p[:n])
		if p[n:n+2] != "\r\n" {
			return b.String(), "", false, malformed
		}
		p = p[n+2:]
	}
	for {
		l, ok := line()
		if !ok {
			return b.String(), "", false, nil
		}
		if l == "" {
			return b.String(), p, true, nil
		}
		name, value, ok := strings.Cut(l, ":")
		if !ok || name == "" || !is([]byte(name), tokenChar) || !printable(value) {
			return b.String(), "", false, malformed
		}
	}
}

// latin1 makes each byte a rune.
func latin1(s string) string {
	r := make([]rune, len(s))
	for i := range len(s) {
		r[i] = rune(s[i])
	}
	return string(r)
}

var chunkedSeeds = []string{
	"0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\nGET / HTTP/1.1\r\n", "1;a=b\r\nx\r\n00\r\nA: b\r\nC:\r\n\r\n", "5\r\nhel", "5 ;x\r\nhello\r\n",
	"5 \r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n", "5\nhello\r\n", "7fffffffffffffff\r\na", "8000000000000000\r\na", "a\r\n0123456789\r\n0\r\n",
	"2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n", "5;\x00\r\nhello\r\n0\r\n\r\n", "1\r\na\r\n0\r\nA b: c\r\n\r\n", "1\r\na\rb", "0\r\n\r", "", "FFF",
}

// FuzzChunked: the decoder agrees with the reference on what the data are and where the next request begins, whatever
// the cuts and the credit.
func FuzzChunked(f *testing.F) {
	for _, s := range chunkedSeeds {
		f.Add([]byte(s), uint8(3), uint8(2))
	}
	f.Fuzz(func(t *testing.T, p []byte, cut, credit uint8) {
		if len(p) > 200 {
			return // the bounds on sizes are not the reference's
		}
		wantData, wantRest, wantWhole, wantErr := reference(string(p))
		limits := Limits{}.withDefaults()
		if checked := (chunked{limits: &limits}).check(bytes.Clone(p)); wantErr != nil && checked == nil || wantWhole && checked != nil {
			t.Fatalf("check says %v, the reference %v", checked, wantErr)
		}
		d := &chunked{limits: &limits}
		var got, buf []byte
		in := bytes.Clone(p)
		for !d.done() {
			n := min(len(in), int(cut)+1)
			buf = append(buf, in[:n]...)
			in = in[n:]
			for {
				data, m, err := d.decode(buf, int(credit)+1)
				if len(data) > int(credit)+1 {
					t.Fatalf("%d bytes given, %d granted", len(data), credit+1)
				}
				got = append(got, data...)
				buf = buf[m:]
				if err != nil {
					// The decoder refuses at the first byte that is wrong, before the line is whole.
					if wantWhole || !strings.HasPrefix(wantData, string(got)) {
						t.Fatalf("refused %q: %v", p, err)
					}
					return
				}
				if m == 0 || d.done() {
					break
				}
			}
			if len(in) == 0 {
				break
			}
		}
		if wantErr != nil {
			t.Fatalf("accepted %q as %q", p, got)
		}
		if d.done() != wantWhole || string(got) != wantData || wantWhole && string(buf)+string(in) != wantRest {
			t.Fatalf("%q: %q (whole %v), want %q (whole %v)", p, got, d.done(), wantData, wantWhole)
		}
	})
}
