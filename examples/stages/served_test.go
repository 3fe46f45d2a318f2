package stages_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/examples/internal/snifter"
	"github.com/snifter-dev/snifter/examples/internal/venv"
)

func TestMain(m *testing.M) { snifter.Main(m) }

// TestServed compares the stages that each request passes through a served stack to those that it was built of, from the first
// request on, and what the client gets to what it gets where stages are not told apart, alone and under the checks of wsgiref
// and webtest.
func TestServed(t *testing.T) {
	interpreter := venv.Python(t, "requirements.txt")
	for stack := range stacks {
		t.Run(stack, func(t *testing.T) {
			t.Parallel()
			golden, err := os.ReadFile(filepath.Join("testdata", stack+"-served.txt"))
			if err != nil {
				t.Fatal(err)
			}
			var requests []string
			for _, line := range strings.Split(string(golden), "\n") {
				if method, _, ok := strings.Cut(line, " /"); ok && strings.ToUpper(method) == method {
					requests = append(requests, line)
				}
			}
			dir := snifter.Copy(t, "testdata")
			for _, within := range []string{"", "wsgiref", "webtest"} {
				server := func(more ...string) *snifter.Server {
					return snifter.Start(t, dir, append([]string{"served:application", "--python", interpreter, "--no-reload"}, more...),
						snifter.Env("STACK="+stack, "WITHIN="+within, "PYTHONWARNINGS=ignore"))
				}
				told, plain := server(), server("--no-stages", "--capture", filepath.Join(t.TempDir(), "plain.db"))
				for round := range 3 {
					var trees strings.Builder
					for _, request := range requests {
						got, want := exchange(t, told.URL, request), exchange(t, plain.URL, request)
						if diff := cmp.Diff(want, got); diff != "" {
							t.Errorf("%s within %q: with its stages told apart (-without +with):\n%s", request, within, diff)
						}
						if within == "" { // a check is a stage more
							_, target, _ := strings.Cut(request, " ")
							x := told.Show(target, nth(requests, request, round))
							trees.WriteString(request + "\n" + passed(t, x))
						}
					}
					if diff := cmp.Diff(string(golden), trees.String()); diff != "" && within == "" {
						t.Errorf("the stages of round %d (-want +got):\n%s", round+1, diff)
					}
				}
				for _, request := range []string{"POST /", "POST /nowhere", "HEAD /nowhere"} {
					got, want := exchangeChunked(t, told.URL, request), exchangeChunked(t, plain.URL, request)
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("%s in chunks, within %q: with its stages told apart (-without +with):\n%s", request, within, diff)
					}
				}
			}
		})
	}
}

// within has the layers within other applications of testdata, by the target of a request.
var within = map[string]map[string]string{
	"later": {
		"/falcon/page":  "Page.on_get responder, Marks.process_response process_response",
		"/falcon/kept":  "Answers responder, Marks.process_response process_response",
		"/falcon/sink":  "sink sink, Marks.process_response process_response",
		"/falcon/fails": "Fails.on_get responder, mends error_handler, Marks.process_response process_response",
		"/bottle/page":  "before before_request, plugin plugin, own plugin, page callback",
		"/bottle/fails": "before before_request, plugin plugin, gone callback, explains error",
		"/bottle/none":  "before before_request, misses error",
		"/flask/leaf":   "begins before_request, leaf view, marks after_request, ends teardown_request, ends_all teardown_appcontext",
		"/flask/named":  "begins before_request, named view, marks after_request, ends teardown_request, ends_all teardown_appcontext",
		"/flask/none":   "begins before_request, misleads errorhandler, marks after_request, ends teardown_request, ends_all teardown_appcontext",
		"/flask/notes/": "begins before_request, checks before_request of notes, listing view, marks after_request, ends teardown_request, " +
			"ends_all teardown_appcontext",
		"/pyramid/sheet":     "pyramid.tweens.excview_tween_factory tween, notices subscriber, overhears subscriber, sheet view",
		"/pyramid/folio":     "pyramid.tweens.excview_tween_factory tween, notices subscriber, overhears subscriber, Folio view",
		"/falcon/fails?made": "Fails.on_get responder, mends error_handler, Marks.process_response process_response",
		"/bottle/page?made":  "before before_request, plugin plugin, own plugin, page callback",
	},
	"put": {
		"/flask/page":  "begins before_request, Views.page view, marks after_request, ends teardown_appcontext",
		"/flask/gone":  "begins before_request, gone view, explains errorhandler, marks after_request, ends teardown_appcontext",
		"/bottle/page": "plugin plugin, own plugin, page callback",
		"/django/leaf": "Outer middleware, Inner middleware, Inner.process_view process_view, leaf view",
	},
	"roles": {
		"/flask/page": "checks before_request, serves view, Extension.marks after_request, checks teardown_request",
		"/flask/none": "checks before_request, serves errorhandler, Extension.marks after_request, checks teardown_request",
		"/flask/own/page": "checks before_request, checks before_request of own, Extension.marks before_request of own, serves view, " +
			"Extension.marks after_request, checks teardown_request",
		"/bottle/page": "counts before_request, shows callback, counts after_request",
		"/bottle/none": "counts before_request, counts after_request, shows error",
		"/django/none": "answers error_view",
		"/django/page": "answers view",
	},
	"decorated": {
		"/page":  "page view, Marks.process_view process_view, Marks.process_response process_response",
		"/shown": "Shown view, Marks.process_view process_view, Marks.process_response process_response",
		"/kept": "kept view, django.middleware.cache.CacheMiddleware.process_request process_request, " +
			"django.middleware.cache.CacheMiddleware.process_response process_response",
	},
	"vendored": {
		"/page":     "before before_request, plugin plugin, page callback",
		"/own/page": "before before_request, page callback",
	},
	"rest": {
		"/open": "Open view, Token.authenticate authenticate, rest_framework.permissions.AllowAny.has_permission has_permission, " +
			"Always.allow_request allow_request",
		"/closed": "Closed view, Token.authenticate authenticate, rest_framework.permissions.AllowAny.has_permission has_permission, " +
			"Nobody.has_permission has_permission, handles exception_handler",
	},
}

// TestWithin: what an application is given once requests are served, what one has that a request makes, and what lies within
// the views of another framework is told apart, from the first request on.
func TestWithin(t *testing.T) {
	for app, targets := range within {
		s := snifter.Start(t, snifter.Copy(t, "testdata"), []string{app + ":application", "--python", venv.Python(t, "requirements.txt"), "--no-reload"})
		for target, want := range targets {
			exchange(t, s.URL, "GET "+target)
			var got []string
			for _, stage := range s.Show(target, 1).Stages {
				if stage.Role != "" {
					got = append(got, strings.TrimPrefix(stage.Name, app+".")+" "+stage.Role)
				}
			}
			if diff := cmp.Diff(want, strings.Join(got, ", ")); diff != "" {
				t.Errorf("%s (-want +got):\n%s", target, diff)
			}
		}
	}
}

// nth is which of the requests for its target a request is, from 1, in a round from 0.
func nth(requests []string, request string, round int) int {
	_, target, _ := strings.Cut(request, " ")
	each, before := 0, 0
	for _, r := range requests {
		if r == request {
			before = each
		}
		if strings.HasSuffix(r, " "+target) {
			each++
		}
	}
	return round*each + before + 1
}

// passed is the stages of an exchange, a line each, indented, with kind and role.
func passed(t *testing.T, x *snifter.Exchange) string {
	t.Helper()
	var b strings.Builder
	depth := map[int]int{0: 0}
	for _, s := range x.Stages {
		if s.Index == 0 {
			continue
		}
		depth[s.Index] = depth[s.Within] + 1
		b.WriteString(strings.TrimRight(strings.Repeat("  ", depth[s.Index])+s.Name+" "+s.Kind+" "+s.Role, " ") + "\n")
		if _, err := os.Stat(s.File); err != nil || s.Line < 1 {
			t.Errorf("%s: %d: %v", s.Name, s.Line, err)
		}
	}
	return b.String()
}

// volatile is what differs from one request to the next: times, addresses, tokens.
var volatile = regexp.MustCompile(`(?i)(?:\r\n(?:date|expires|set-cookie|last-modified|etag|host): [^\r]*)|0x[0-9a-f]+|127\.0\.0\.1:[0-9]+` +
	`|[0-9]+\.[0-9]+ ?(?:s|ms|seconds)\b`)

// exchange is all that a client gets for a request, byte for byte but for what is volatile.
func exchange(t *testing.T, url, request string) string {
	t.Helper()
	if strings.HasPrefix(request, "POST ") {
		return sent(t, url, request, "Content-Length: 6\r\n\r\na=body")
	}
	return sent(t, url, request, "Content-Length: 0\r\n\r\n")
}

// exchangeChunked is the same of a request whose body has no length.
func exchangeChunked(t *testing.T, url, request string) string {
	t.Helper()
	return sent(t, url, request, "Transfer-Encoding: chunked\r\n\r\n2\r\na=\r\n4\r\nbody\r\n0\r\n\r\n")
}

func sent(t *testing.T, url, request, body string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err = fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept-Encoding: gzip\r\n"+
		"Content-Type: application/x-www-form-urlencoded\r\n%s", request, body); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return volatile.ReplaceAllString(string(timeless(answer)), "-")
}

// timeless takes the time out of the head of what is gzipped (RFC 1952, 2.3), in place. A pattern would look for characters.
func timeless(answer []byte) []byte {
	for rest := answer; ; rest = rest[1:] {
		at := bytes.Index(rest, []byte("\x1f\x8b\x08"))
		if at < 0 || at+8 > len(rest) {
			return answer
		}
		rest = rest[at:]
		clear(rest[4:8])
	}
}

func TestTimeless(t *testing.T) {
	for answer, want := range map[string]string{
		"head\r\n\r\n\x1f\x8b\x08\x00\xd8X\x01k\x00\xffrest": "head\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xffrest",
		"cut \x1f\x8b\x08\x00\xd8":                           "cut \x1f\x8b\x08\x00\xd8",
	} {
		if got := string(timeless([]byte(answer))); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
