package examples_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/examples/internal/snifter"
)

// fault is a request to an application that breaks a rule, and what comes of it.
type fault struct {
	target string
	status int
	broken bool   // the answer breaks off
	state  string // of the exchange; "" is done
	raised string // where: type: front of the message
	lint   string // rules, with a space between
}

// What the faulty examples do is refused before it reaches the wire, blamed on a rule, and harms no later request.
func TestFaulty(t *testing.T) {
	t.Parallel()
	const failed = 500
	for file, faults := range map[string][]fault{
		"bad_status.py": {
			{target: "/", status: failed, raised: "call: ValueError: the status must be", lint: "status-invalid"},
			{target: "/bytes", status: failed, raised: "call: TypeError: the status must be a str", lint: "status-invalid"},
			{target: "/number", status: failed, raised: "call: TypeError: the status must be a str", lint: "status-invalid"},
		},
		"body_too_long.py":  {{target: "/", status: 200, lint: "content-length-exceeded"}},
		"body_too_short.py": {{target: "/", status: 200, broken: true, state: "aborted", lint: "content-length-short"}},
		"bytes_header.py": {
			{target: "/", status: failed, raised: "call: TypeError: a header's value must be a str", lint: "header-invalid"},
			{target: "/text", status: failed, raised: "call: ValueError: the value of the header X-Price", lint: "header-invalid"},
			{target: "/tuple", status: failed, raised: "call: TypeError: the headers must be a list", lint: "header-invalid"},
		},
		"close_fails.py":      {{target: "/", status: 200, raised: "close: RuntimeError: the session"}},
		"close_not_called.py": {{target: "/", status: 200, lint: "close-not-called"}, {target: "/", status: 200, lint: "close-not-called"}},
		"environ_leak.py":     {{target: "/", status: 200}},
		"exits.py": {
			{target: "/exit", status: failed, raised: "call: SystemExit: "}, {target: "/interrupt", status: failed, raised: "call: KeyboardInterrupt: "},
			{target: "/", status: 200},
		},
		"fails.py": {
			{target: "/", status: failed, raised: "call: KeyError: 'gin'"},
			{target: "/started", status: failed, raised: "call: KeyError: 'gin'"},
			{target: "/iterating", status: failed, raised: "iterate: ValueError: no price for gin"},
			{target: "/midway", status: 200, broken: true, state: "aborted", raised: "iterate: ValueError: no price for gin"},
			{target: "/cause", status: failed, raised: "call: ValueError: no price for gin"},
			{target: "/handled", status: 503, raised: "call: KeyError: 'gin'"}, // it says so itself, by exc_info
		},
		"header_injection.py": {
			{target: "/", status: failed, raised: "call: ValueError: the value of the header Location holds a control", lint: "header-invalid"},
			{target: "/status?to=Found%0d%0aA:%20b", status: failed, raised: "call: ValueError: the status holds a control", lint: "status-invalid"},
		},
		"header_names.py": {
			{target: "/", status: failed, raised: "call: ValueError: not a valid header name", lint: "header-invalid"},
			{target: "/colon", status: failed, raised: "call: ValueError: not a valid header name", lint: "header-invalid"},
			{target: "/empty", status: failed, raised: "call: ValueError: not a valid header name", lint: "header-invalid"},
			{target: "/status", status: 200, lint: "header-status"},
		},
		"hop_by_hop.py": {
			{target: "/", status: failed, raised: "call: AssertionError: an application may not set", lint: "hop-by-hop-header"},
			{target: "/chunked", status: failed, raised: "call: AssertionError: an application may not set", lint: "hop-by-hop-header"},
		},
		"never_starts.py": {{target: "/", status: failed, raised: "iterate: AssertionError: ", lint: "start-response-not-called"}},
		"no_iterable.py": {
			{target: "/", status: failed, raised: "iterate: TypeError: the application returned None", lint: "not-iterable"},
			{target: "/number", status: failed, raised: "iterate: TypeError: the application returned an object", lint: "not-iterable"},
		},
		"starts_late.py": {
			{target: "/", status: failed, raised: "iterate: AssertionError: ", lint: "start-response-not-called"},
			{target: "/lazy", status: 200},
		},
		"starts_twice.py": {{target: "/", status: failed, raised: "call: AssertionError: start_response was called a second", lint: "start-response-twice"}},
		"str_chunk.py": {
			{target: "/", status: failed, raised: "iterate: TypeError: ", lint: "block-not-bytes"},
			{target: "/second", status: 200, broken: true, state: "aborted", raised: "iterate: TypeError: ", lint: "block-not-bytes"},
			{target: "/text", status: failed, raised: "iterate: TypeError: ", lint: "body-is-string"},
		},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			s := snifter.Start(t, here(t, "python", "faulty"), []string{file, "--capture", filepath.Join(t.TempDir(), "capture.db")})
			c := s.Client()
			times := map[string]int{}
			for _, f := range faults {
				times[f.target]++
				f.check(t, c.Do("GET "+f.target, "", "Accept: text/plain"), s.Show(f.target, times[f.target]))
			}
		})
	}
}

func (f fault) check(t *testing.T, a snifter.Answer, x *snifter.Exchange) {
	t.Helper()
	if a.Status != f.status || (a.Err != nil) != f.broken {
		t.Errorf("%s: status %d, %v; want %d, broken %v", f.target, a.Status, a.Err, f.status, f.broken)
	}
	if want := f.state; x.State != want && (want != "" || x.State != "done") {
		t.Errorf("%s: the exchange is %s, want %q", f.target, x.State, f.state)
	}
	raised := ""
	if r := x.Raised; r != nil {
		raised = r.Where + ": " + r.Type + ": " + r.Message
		if f.status == 500 && !strings.Contains(a.Body, r.Type) {
			t.Errorf("%s: the page does not name %s\n%s", f.target, r.Type, a.Body)
		}
	}
	if !strings.HasPrefix(raised, f.raised) || (raised == "") != (f.raised == "") {
		t.Errorf("%s: raised %q, want %q", f.target, raised, f.raised)
	}
	var rules []string
	for _, l := range x.Lint {
		rules = append(rules, l.Rule)
		if l.Message == "" || !strings.HasPrefix(l.PEP, "PEP 3333") {
			t.Errorf("%s: lint without a reason: %+v", f.target, l)
		}
	}
	if got := strings.Join(rules, " "); got != f.lint {
		t.Errorf("%s: lint %q, want %q", f.target, got, f.lint)
	}
}

// An exception in a view: the page and the record show where it rose, with its source lines and its cause.
func TestExceptionIsShown(t *testing.T) {
	t.Parallel()
	s := snifter.Start(t, here(t, "python", "faulty"), []string{"fails.py", "--capture", filepath.Join(t.TempDir(), "capture.db")})
	c := s.Client()
	page := c.Do("GET /cause", "", "Accept: text/html")
	text := c.Do("GET /cause", "", "Accept: text/plain")
	x := s.Show("/cause", 1)
	if x.Raised == nil || x.Raised.Cause == nil || len(x.Raised.Frames) == 0 {
		t.Fatalf("recorded: %+v", x.Raised)
	}
	last := x.Raised.Frames[len(x.Raised.Frames)-1]
	if filepath.Base(last.File) != "fails.py" || last.Line == 0 || last.Source == "" || x.Raised.Cause.Type != "KeyError" {
		t.Errorf("the last frame is %+v, the cause %+v", last, x.Raised.Cause)
	}
	for kind, a := range map[string]snifter.Answer{"text/html": page, "text/plain": text} {
		if !strings.HasPrefix(a.Header.Get("Content-Type"), kind) {
			t.Errorf("the page for %s is %s", kind, a.Header.Get("Content-Type"))
		}
		for _, part := range []string{"ValueError", "no price for gin", "KeyError", "fails.py", "raise ValueError"} {
			if !strings.Contains(a.Body, part) {
				t.Errorf("%s is not on the page\n%s", part, a.Body)
			}
		}
	}
}
