package wsgi_test

import (
	"bytes"
	"io"
	"iter"
	"log"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/wsgi"
)

var quiet = log.New(io.Discard, "", 0)

// pulling is a middleware that pulls the body, as one that looks ahead does.
func pulling(next wsgi.Application) wsgi.Application {
	return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		body := next(e, start)
		return func(yield func([]byte, error) bool) {
			pull, stop := iter.Pull2(body)
			defer stop()
			for {
				block, err, ok := pull()
				if !ok || !yield(block, err) {
					return
				}
			}
		}
	}
}

// upper is a middleware that rewrites blocks.
func upper(next wsgi.Application) wsgi.Application {
	return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		body := next(e, start)
		return func(yield func([]byte, error) bool) {
			for block, err := range body {
				if !yield(bytes.ToUpper(block), err) {
					return
				}
			}
		}
	}
}

func tagged(tag string) wsgi.Middleware {
	return func(next wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			return next(e, func(status string, headers wsgi.Headers, err error) wsgi.Write {
				return start(status, headers.With("X-Tag", tag), err)
			})
		}
	}
}

func TestStack(t *testing.T) {
	s := wsgi.NewStack(hello, tagged("outer"), tagged("inner"), upper, pulling, wsgi.Validator)
	a := get(t, s.Application())
	want := [][2]string{{"Content-Type", "text/plain"}, {"X-Tag", "inner"}, {"X-Tag", "outer"}}
	if diff := cmp.Diff(want, a.Heads[0].Headers); diff != "" || a.Body != "HELLO, WORLD!\n" {
		t.Errorf("%s\n%+v", diff, a)
	}
	var names []string
	for i, stage := range s.Stages() {
		names = append(names, stage.Name)
		if stage.Index != i+1 || stage.Line == 0 || !strings.HasSuffix(stage.File, ".go") {
			t.Errorf("stage %+v", stage)
		}
	}
	wantNames := []string{
		"wsgi_test.tagged", "wsgi_test.tagged", "wsgi_test.upper", "wsgi_test.pulling", "wsgi.Validator", "wsgi_test.hello",
	}
	if !slices.Equal(names, wantNames) {
		t.Errorf("stages %q", names)
	}
}

func TestPanicPassesThroughPulledBody(t *testing.T) {
	a := get(t, pulling(upper(answering(func(yield func([]byte, error) bool) {
		yield([]byte("a"), nil)
		inner(nil)
	}))))
	if len(a.Raised) != 1 || !a.Broken || a.Body != "A" {
		t.Errorf("got %+v", a)
	}
}

func TestBytesBodiesAreKnown(t *testing.T) {
	for name, tt := range map[string]struct {
		body wsgi.Body
		want bool
	}{
		"Bytes":      {wsgi.Bytes([]byte("x")), true},
		"Text":       {wsgi.Text("x"), true},
		"one block":  {wsgi.Blocks([]byte("x")), true},
		"two blocks": {wsgi.Blocks([]byte("x"), []byte("y")), false},
		"none":       {wsgi.Blocks(), false},
		"an error":   {wsgi.Fail(errApp), false},
		"another":    {func(func([]byte, error) bool) {}, false},
	} {
		if got := wsgi.IsBytes(tt.body); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestHeaders(t *testing.T) {
	h := wsgi.Headers{{"A", "1"}, {"b", "2"}, {"a", "3"}}
	if h.Get("B") != "2" || h.Get("a") != "1" || h.Get("c") != "" || !h.Has("B") || h.Has("c") {
		t.Error("Get or Has")
	}
	if diff := cmp.Diff(wsgi.Headers{{"b", "2"}}, h.Without("A")); diff != "" {
		t.Error(diff)
	}
	one, two := h.With("c", "4"), h.With("d", "5")
	if len(h) != 3 || one[3][0] != "c" || two[3][0] != "d" {
		t.Error("With changes its receiver")
	}
}

func FuzzNative(f *testing.F) {
	f.Add("plain")
	f.Add("caf\u00e9 \u20ac")
	f.Add("\xff\x00\x80")
	f.Fuzz(func(t *testing.T, s string) {
		native := wsgi.Encode(s)
		if got := wsgi.Decode(native); got != s {
			t.Errorf("%q became %q", s, got)
		}
		for _, r := range native {
			if r > 0xff {
				t.Errorf("%U is no byte", r)
			}
		}
	})
}
