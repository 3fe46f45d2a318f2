package worker_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/worker"
)

// newRules readies workers of testdata/rules, which has an application a rule.
func newRules(t testing.TB, change ...func(*worker.PythonSpec)) *app {
	t.Helper()
	a := newApp(t, "", change...)
	if err := os.Remove(filepath.Join(a.dir, "app.py")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(a.dir, os.DirFS(filepath.Join("testdata", "rules"))); err != nil {
		t.Fatal(err)
	}
	return a
}

func startRules(t testing.TB, change ...func(*worker.PythonSpec)) *worker.Worker {
	t.Helper()
	return newRules(t, change...).start(t, nil)
}

func texts(a *answer) []string {
	var out []string
	for _, b := range a.blocks {
		out = append(out, b.Text)
	}
	return out
}

func TestResponses(t *testing.T) {
	w := startRules(t)
	plain := [][2]string{{"Content-Type", "text/plain"}}
	for _, c := range []struct {
		path    string
		status  string
		headers [][2]string
		blocks  []string
		sized   bool
		lint    string
	}{
		{path: "hello", headers: [][2]string{plain[0], {"Content-Length", "5"}}, blocks: []string{"hello"}, sized: true},
		{path: "empty_list", headers: plain, sized: true},
		{path: "empty_blocks", headers: plain, blocks: []string{"a", "b"}},
		{path: "only_empty", headers: plain, sized: true},
		{path: "lazy", headers: plain, blocks: []string{"one", "two"}},
		{path: "writes", headers: plain, blocks: []string{"first", "second", "third"}, lint: "write-used"},
		{path: "large", headers: plain, blocks: []string{strings.Repeat("x", 1_000_000), "y"}},
		{path: "closed", headers: plain, blocks: []string{"a", "b"}},
		{path: "replaced", status: "404 Not Found", headers: [][2]string{{"X-A", "1"}}, blocks: []string{"gone"}, sized: true, lint: "content-type-missing"},
		{path: "own_list", headers: [][2]string{{"X-A", "1"}}, blocks: []string{"x"}, sized: true, lint: "header-changed-late content-type-missing"},
		{path: "subclasses", headers: [][2]string{{"X-A", "1"}}, blocks: []string{"x"}, sized: true, lint: "status-subclass header-subclass content-type-missing"},
		{path: "latin1", status: "200 Déjà", headers: [][2]string{{"X-A", "café"}}, blocks: []string{"x"}, sized: true, lint: "content-type-missing"},
		{path: "environ_keys", headers: plain, blocks: []string{"True False True"}, sized: true},
		{path: "read_all", headers: plain, blocks: []string{"|"}, sized: true},
	} {
		t.Run(c.path, func(t *testing.T) {
			a := get(t, w, "PATH_INFO", "/"+c.path)
			if c.status == "" {
				c.status = "200 OK"
			}
			if a.head == nil {
				t.Fatalf("no head; exceptions: %+v", a.raised)
			}
			if a.head.Status != c.status || a.head.Sized != c.sized {
				t.Errorf("status %q, sized %v, want %q, %v", a.head.Status, a.head.Sized, c.status, c.sized)
			}
			if diff := cmp.Diff(c.headers, a.head.Headers); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.blocks, texts(a)); diff != "" {
				t.Errorf("blocks (-want +got):\n%.500s", diff)
			}
			for _, r := range a.raised {
				if !r.Handled {
					t.Errorf("raised %v", r)
				}
			}
			if a.broken || a.ends != 1 {
				t.Errorf("broken %v, %d ends", a.broken, a.ends)
			}
			var rules []string
			for _, l := range a.lint {
				rules = append(rules, l.Rule)
			}
			if rules := strings.Join(rules, " "); rules != c.lint {
				t.Errorf("lint %q, want %q", rules, c.lint)
			}
			if !a.head.Started.After(a.head.Entered.Add(-1)) || a.head.At.Before(a.head.Started) {
				t.Errorf("times out of order: %v, %v, %v", a.head.Entered, a.head.Started, a.head.At)
			}
		})
	}
	if got := get(t, w, "PATH_INFO", "/take_calls").body(); got != "close" {
		t.Errorf("closed %q, want once", got)
	}
}

func TestWriteIsTold(t *testing.T) {
	a := get(t, startRules(t), "PATH_INFO", "/writes")
	var writes []bool
	for _, b := range a.blocks {
		writes = append(writes, b.Write)
	}
	if diff := cmp.Diff([]bool{true, true, false}, writes); diff != "" {
		t.Errorf("write flags (-want +got):\n%s", diff)
	}
}

func TestReplacedHead(t *testing.T) {
	a := get(t, startRules(t), "PATH_INFO", "/replaced")
	if len(a.started) != 1 || a.started[0].Status != "200 OK" || a.started[0].ExcInfo {
		t.Errorf("started: %+v, want the head that was replaced", a.started)
	}
	if !a.head.ExcInfo || a.head.Announced {
		t.Errorf("head: exc_info %v, announced %v", a.head.ExcInfo, a.head.Announced)
	}
	if len(a.raised) != 1 || !a.raised[0].Handled || !a.raised[0].Minor {
		t.Errorf("raised %+v, want what exc_info held, as handled", a.raised)
	}
}

// Each breach: what the application got raised, the lint, and how the response ended.
func TestBreaches(t *testing.T) {
	w := startRules(t)
	for _, c := range []struct {
		path   string
		raised string // type
		holds  string // in its message
		where  event.Where
		lint   string
		head   bool // a head had gone out
	}{
		{path: "twice", raised: "AssertionError", holds: "second time", lint: "start-response-twice"},
		{path: "too_late", raised: "KeyError", holds: "late", head: true, lint: "write-used"},
		{path: "never", raised: "AssertionError", holds: "without calling start_response", where: event.InIterate, lint: "start-response-not-called"},
		{path: "block_first", raised: "AssertionError", holds: "before it called start_response", where: event.InIterate, lint: "start-response-not-called"},
		{path: "none", raised: "TypeError", holds: "returned None", where: event.InIterate, lint: "not-iterable"},
		{path: "number", raised: "TypeError", holds: "type int", where: event.InIterate, lint: "not-iterable"},
		{path: "text_block", raised: "TypeError", holds: "type str", where: event.InIterate, lint: "block-not-bytes"},
		{path: "text_later", raised: "TypeError", holds: "type str", where: event.InIterate, lint: "block-not-bytes", head: true},
		{path: "text_written", raised: "TypeError", holds: "write() was given", lint: "write-used block-not-bytes"},
		{path: "buffer_block", raised: "TypeError", holds: "bytearray", where: event.InIterate, lint: "block-not-bytes"},
		{path: "status_short", raised: "ValueError", holds: "'200'", lint: "status-invalid"},
		{path: "status_crlf", raised: "ValueError", holds: "control character", lint: "status-invalid"},
		{path: "status_bytes", raised: "TypeError", holds: "bytes", lint: "status-invalid"},
		{path: "status_word", raised: "ValueError", holds: "three digits", lint: "status-invalid"},
		{path: "status_wide", raised: "ValueError", holds: "latin-1", lint: "status-invalid"},
		{path: "headers_tuple", raised: "TypeError", holds: "must be a list", lint: "header-invalid"},
		{path: "headers_dict", raised: "TypeError", holds: "must be a list", lint: "header-invalid"},
		{path: "header_list", raised: "TypeError", holds: "must be a tuple", lint: "header-invalid"},
		{path: "header_triple", raised: "TypeError", holds: "must be a tuple", lint: "header-invalid"},
		{path: "header_bytes", raised: "TypeError", holds: "value must be a str", lint: "header-invalid"},
		{path: "header_number", raised: "TypeError", holds: "value must be a str", lint: "header-invalid"},
		{path: "header_crlf", raised: "ValueError", holds: "control character", lint: "header-invalid"},
		{path: "header_name", raised: "ValueError", holds: "header name", lint: "header-invalid"},
		{path: "header_wide", raised: "ValueError", holds: "latin-1", lint: "header-invalid"},
		{path: "header_length", raised: "ValueError", holds: "Content-Length", lint: "header-invalid"},
		{path: "hop", raised: "AssertionError", holds: "hop-by-hop", lint: "hop-by-hop-header"},
		{path: "too_few", lint: "content-length-short", head: true},
		{path: "errors_bytes", raised: "TypeError", holds: "takes str", lint: "errors-not-text"},
		{path: "raises", raised: "ValueError", holds: "in the call"},
		{path: "raises_started", raised: "ValueError", holds: "in the call"},
		{path: "raises_iterating", raised: "ValueError", holds: "in the middle", where: event.InIterate, head: true},
		{path: "exits", raised: "SystemExit", holds: "3"},
		{path: "interrupts", raised: "KeyboardInterrupt"},
		{path: "unprintable", raised: "raising.unprintable.<locals>.Bad", holds: "__str__ failed"},
		{path: "deep", raised: "RecursionError", holds: "recursion"},
	} {
		t.Run(c.path, func(t *testing.T) {
			a := get(t, w, "PATH_INFO", "/"+c.path)
			if !a.broken {
				t.Error("the response ended as if it were whole")
			}
			if (a.head != nil) != c.head {
				t.Errorf("head: %+v", a.head)
			}
			if c.raised == "" != (len(a.raised) == 0) {
				t.Fatalf("raised: %+v", a.raised)
			}
			if c.raised != "" {
				r := a.raised[0]
				if r.Type != c.raised || !strings.Contains(r.Message, c.holds) || r.Where != c.where {
					t.Errorf("raised %s %q in %v, want %s with %q in %v", r.Type, r.Message, r.Where, c.raised, c.holds, c.where)
				}
				if strings.Contains(r.Text, "_snifter") {
					t.Errorf("the traceback shows the bridge:\n%s", r.Text)
				}
			}
			var rules []string
			for _, l := range a.lint {
				rules = append(rules, l.Rule)
				if !strings.HasPrefix(l.PEP, "PEP 3333: ") {
					t.Errorf("lint without its section: %+v", l)
				}
			}
			if rules := strings.Join(rules, " "); rules != c.lint {
				t.Errorf("lint %q, want %q", rules, c.lint)
			}
		})
	}
}

func TestContentLengthExceeded(t *testing.T) {
	w := startRules(t)
	a := get(t, w, "PATH_INFO", "/too_many")
	if len(a.lint) != 1 || a.lint[0].Rule != "content-length-exceeded" || a.broken || a.body() != "abcde" {
		t.Errorf("lint %+v, broken %v, body %q", a.lint, a.broken, a.body())
	}
	for _, c := range [][2]string{{"no_content", "GET"}, {"too_few", "HEAD"}} {
		if a := get(t, w, "PATH_INFO", "/"+c[0], "REQUEST_METHOD", c[1]); len(a.lint) > 0 || a.broken {
			t.Errorf("%v: lint %+v, broken %v", c, a.lint, a.broken)
		}
	}
}

func TestClosing(t *testing.T) {
	w := startRules(t)
	a := get(t, w, "PATH_INFO", "/raises_closing")
	if a.broken || !a.closed || len(a.raised) != 1 || a.raised[0].Where != event.InClose {
		t.Errorf("broken %v, closed %v, raised %+v", a.broken, a.closed, a.raised)
	}
	get(t, w, "PATH_INFO", "/raises_iterating")
	if got := get(t, w, "PATH_INFO", "/take_calls").body(); got != "close,close" {
		t.Errorf("closed %q, want once each", got)
	}
}

func TestStartedBeforeFailure(t *testing.T) {
	a := get(t, startRules(t), "PATH_INFO", "/raises_started")
	if len(a.started) != 1 || a.started[0].Status != "200 OK" {
		t.Errorf("started %+v, want the head that never went out", a.started)
	}
}

func TestTracebacks(t *testing.T) {
	w := startRules(t)
	r := get(t, w, "PATH_INFO", "/raises").raised[0]
	last := r.Frames[len(r.Frames)-1]
	if last.Function != "raises" || last.Source != `raise ValueError("in the call")` {
		t.Errorf("frame %+v", last)
	}
	if n := len(last.Context); n < 6 || last.Context[last.Line-last.ContextFrom] != `    raise ValueError("in the call")` {
		t.Errorf("context from %d: %q", last.ContextFrom, last.Context)
	}
	if !strings.HasPrefix(r.Text, "Traceback (most recent call last):\n  File ") ||
		!strings.HasSuffix(r.Text, "ValueError: in the call\n") {
		t.Errorf("text:\n%s", r.Text)
	}
	r = get(t, w, "PATH_INFO", "/chained").raised[0]
	if r.Cause == nil || !r.Explicit || r.Cause.Type != "KeyError" || len(r.Cause.Frames) == 0 {
		t.Errorf("cause: %+v, explicit %v", r.Cause, r.Explicit)
	}
	r = get(t, w, "PATH_INFO", "/during").raised[0]
	if r.Cause == nil || r.Explicit {
		t.Errorf("context: %+v, explicit %v", r.Cause, r.Explicit)
	}
	if r = get(t, w, "PATH_INFO", "/suppressed").raised[0]; r.Cause != nil {
		t.Errorf("suppressed: %+v", r.Cause)
	}
	r = get(t, w, "PATH_INFO", "/huge").raised[0]
	if len(r.Message) > 70_000 || !strings.Contains(r.Message, "left out") {
		t.Errorf("a message of %d bytes", len(r.Message))
	}
	r = get(t, w, "PATH_INFO", "/syntax").raised[0]
	if last := r.Frames[len(r.Frames)-1]; r.Type != "SyntaxError" || last.File != "made.py" || last.Line != 2 {
		t.Errorf("syntax error at %s:%d", last.File, last.Line)
	}
}

func TestTexts(t *testing.T) {
	lines := make(chan string, 100)
	w := newRules(t).start(t, func(stream, text string) { lines <- stream + ": " + text })
	a := get(t, w, "PATH_INFO", "/errors")
	if want := "half a line\ntwo\nthree"; a.errors != want {
		t.Errorf("wsgi.errors %q, want %q", a.errors, want)
	}
	a = get(t, w, "PATH_INFO", "/prints")
	want := map[string]string{"stdout": "to stdout\nraw\nlast", "stderr": "to stderr\n"}
	if diff := cmp.Diff(want, a.output); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
	if got := <-lines; got != "stdout: from a thread\n" {
		t.Errorf("line %q", got)
	}
}
