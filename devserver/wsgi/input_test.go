package wsgi_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/snifter-dev/snifter/devserver/wsgi"
)

func TestReadLine(t *testing.T) {
	in := wsgi.NewInput(iotest.OneByteReader(strings.NewReader("one\ntwo and more\n\nlast")))
	for _, step := range []struct {
		limit int
		want  string
	}{{0, "one\n"}, {3, "two"}, {100, " and more\n"}, {0, "\n"}, {-1, "last"}} {
		line, err := in.ReadLine(step.limit)
		if err != nil || string(line) != step.want {
			t.Errorf("ReadLine(%d) = %q, %v; want %q", step.limit, line, err, step.want)
		}
	}
	if line, err := in.ReadLine(0); err != io.EOF || len(line) > 0 {
		t.Errorf("at the end: %q, %v", line, err)
	}
}

func TestReadLinesHint(t *testing.T) {
	in := wsgi.NewInput(strings.NewReader("aa\nbb\ncc\n"))
	lines, err := in.ReadLines(4)
	if err != nil || len(lines) != 2 {
		t.Errorf("ReadLines(4) = %q, %v", lines, err)
	}
	rest, err := in.ReadLines(0)
	if err != nil || len(rest) != 1 {
		t.Errorf("ReadLines(0) = %q, %v", rest, err)
	}
}

func TestBrokenInputIsNoEnd(t *testing.T) {
	broken := errors.New("broken")
	in := wsgi.NewInput(io.MultiReader(strings.NewReader("a\nhalf"), iotest.ErrReader(broken)))
	var lines []string
	var failed error
	for line, err := range in.Lines() {
		if err != nil {
			failed = err
			break
		}
		lines = append(lines, string(line))
	}
	if !slices.Equal(lines, []string{"a\n"}) || failed != broken {
		t.Errorf("lines %q, then %v", lines, failed)
	}
}

// FuzzInput holds that lines and reads in any order give back the bytes, and never more than was asked for.
func FuzzInput(f *testing.F) {
	f.Add([]byte("one\ntwo\n\nthree"), []byte{0, 3, 200, 1})
	f.Add(bytes.Repeat([]byte("x"), 10000), []byte{0, 255, 7})
	f.Add([]byte("\n\n\n"), []byte{128, 1})
	f.Fuzz(func(t *testing.T, body, ops []byte) {
		in := wsgi.NewInput(iotest.HalfReader(bytes.NewReader(body)))
		var got []byte
		for _, op := range ops {
			n := int(op & 0x7f)
			if op&0x80 != 0 {
				p := make([]byte, n)
				m, err := in.Read(p)
				if m > n || err != nil && err != io.EOF {
					t.Fatalf("Read of %d: %d, %v", n, m, err)
				}
				got = append(got, p[:m]...)
				continue
			}
			line, err := in.ReadLine(n)
			if n > 0 && len(line) > n || err != nil && err != io.EOF || err == io.EOF && len(line) > 0 {
				t.Fatalf("ReadLine(%d): %q, %v", n, line, err)
			}
			if i := bytes.IndexByte(line, '\n'); i >= 0 && i != len(line)-1 {
				t.Fatalf("a line with an end in its midst: %q", line)
			}
			got = append(got, line...)
		}
		rest, err := in.ReadLines(0)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, bytes.Join(rest, nil)...)
		if !bytes.Equal(got, body) {
			t.Fatalf("%d bytes came of %d", len(got), len(body))
		}
	})
}
