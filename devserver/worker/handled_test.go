package worker_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// handles tells of exceptions in each of the ways of applications that handle them.
const handles = `
import logging, sys, traceback

log = logging.getLogger("app")
log.addHandler(logging.NullHandler())
log.propagate = False

def fail():
    raise KeyError("lost")

def logs(environ):
    log.error("it went wrong", exc_info=True)

def warns(environ):
    log.warning("it went wrong", exc_info=True)

def writes(environ):
    environ["wsgi.errors"].write(traceback.format_exc())

def prints(environ):
    traceback.print_exc()

def says(environ):
    log.error("it went wrong")
    environ["wsgi.errors"].write("it went wrong\n")

def lets_out(environ):
    log.error("it went wrong", exc_info=True)
    raise

def app(environ, start_response):
    try:
        fail()
    except KeyError:
        globals()[environ["PATH_INFO"][1:]](environ)
    start_response("500 Oops", [("Content-Type", "text/plain")])
    return [b"sorry"]
`

func TestHandledExceptions(t *testing.T) {
	w := startApp(t, handles)
	type told struct{ Handled, Minor bool }
	for _, c := range []struct {
		path string
		want []told
		out  bool // the exception leaves the application
	}{
		{path: "logs", want: []told{{true, false}}},
		{path: "warns", want: []told{{true, true}}},
		{path: "writes", want: []told{{true, true}}},
		{path: "prints", want: []told{{true, true}}},
		{path: "says"},
		{path: "lets_out", want: []told{{true, false}, {false, false}}, out: true},
	} {
		t.Run(c.path, func(t *testing.T) {
			a := get(t, w, "PATH_INFO", "/"+c.path)
			var got []told
			for _, r := range a.raised {
				got = append(got, told{r.Handled, r.Minor})
				if r.Type != "KeyError" || r.Message != "'lost'" || r.Text == "" {
					t.Errorf("told of %+v", r)
				}
				if n := len(r.Frames); n < 2 || r.Frames[0].Function != "app" || r.Frames[n-1].Function != "fail" {
					t.Errorf("frames: %+v", r.Frames)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
			if a.broken != c.out || (a.head == nil) != c.out {
				t.Errorf("broken %v, head %+v", a.broken, a.head)
			}
		})
	}
}
