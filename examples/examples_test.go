// Package examples_test runs the real snifter over the examples and over applications that users bring: what clients
// get, what is recorded of it, and what becomes of both when files are saved, workers die and disks are full.
package examples_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/examples/internal/snifter"
	"github.com/snifter-dev/snifter/examples/internal/venv"
)

func TestMain(m *testing.M) { snifter.Main(m) }

// here is a file of the examples.
func here(t testing.TB, name ...string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(name...))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// framework copies the example of a framework to a folder of its own and returns that and the framework's Python.
func framework(t testing.TB, name string) (dir, program string) {
	t.Helper()
	from := here(t, "python", name)
	return snifter.Copy(t, from), venv.Python(t, filepath.Join(from, "requirements.txt"))
}

// step is a request to an example, with what is expected of its answer and of its record.
type step struct {
	request string   // method and target
	body    string   // of the request
	headers []string // of the request, "Name: value"

	status int
	says   []string // is in the body of the answer
	header []string // "Name: value" of the answer
	chunks int      // recorded; 0 is any number
	via    string   // of the first chunk
	errors string   // is in what was written to wsgi.errors or printed
	lint   string   // rules, with a space between
}

// play sends requests, one after the other, and looks at what came back and at what was recorded.
func play(t *testing.T, s *snifter.Server, c *snifter.Client, steps []step) {
	t.Helper()
	times := map[string]int{}
	for _, st := range steps {
		_, target, _ := strings.Cut(st.request, " ")
		a := c.Do(st.request, st.body, st.headers...)
		if a.Err != nil || a.Status != st.status {
			t.Errorf("%s: status %d, want %d; %v\n%s", st.request, a.Status, st.status, a.Err, a.Body)
		}
		for _, text := range st.says {
			if !strings.Contains(a.Body, text) {
				t.Errorf("%s: %q is not in the body\n%s", st.request, text, a.Body)
			}
		}
		for _, h := range st.header {
			name, value, _ := strings.Cut(h, ": ")
			if got := strings.Join(a.Header.Values(name), "|"); !strings.Contains(got, value) {
				t.Errorf("%s: the header field %s is %q, want %q", st.request, name, got, value)
			}
		}
		times[target]++
		recorded(t, s.Show(target, times[target]), st, a)
	}
}

// recorded holds the record of an exchange against what the client sent and got.
func recorded(t *testing.T, x *snifter.Exchange, st step, a snifter.Answer) {
	t.Helper()
	method, target, _ := strings.Cut(st.request, " ")
	path, query, _ := strings.Cut(target, "?")
	if x.State != "done" || x.Request.Method != method || x.Request.Target != target || x.Environ["REQUEST_METHOD"] != method ||
		x.Environ["QUERY_STRING"] != query || !strings.Contains(path, "%") && x.Environ["PATH_INFO"] != path {
		t.Errorf("%s: recorded as %s %s %s, %v", st.request, x.Request.Method, x.Request.Target, x.State, x.Environ)
	}
	if diff := cmp.Diff(a.Body, x.Response.Body.Bytes(t)); diff != "" && method != "HEAD" {
		t.Errorf("%s: the recorded body is not what the client got (-got +recorded)\n%s", st.request, diff)
	}
	size := int64(0)
	for _, c := range x.Response.Chunks {
		size += int64(c.Size)
	}
	if size != x.Response.Body.Size {
		t.Errorf("%s: the chunks are %d bytes, the body %d", st.request, size, x.Response.Body.Size)
	}
	if n := len(x.Response.Chunks); st.chunks > 0 && n != st.chunks {
		t.Errorf("%s: %d chunks are recorded, want %d", st.request, n, st.chunks)
	}
	if st.via != "" && (len(x.Response.Chunks) == 0 || x.Response.Chunks[0].Via != st.via) {
		t.Errorf("%s: the first chunk came by %v, want %s", st.request, x.Response.Chunks, st.via)
	}
	if !strings.Contains(x.Said(), st.errors) {
		t.Errorf("%s: %q is not in what it wrote beside the answer: %q", st.request, st.errors, x.Said())
	}
	var rules []string
	for _, l := range x.Lint {
		rules = append(rules, l.Rule)
	}
	if got := strings.Join(rules, " "); got != st.lint {
		t.Errorf("%s: lint %+v, want %q", st.request, x.Lint, st.lint)
	}
}

const basic = "Authorization: Basic YWRhOmxvdmVsYWNl" // ada:lovelace

func TestPlainPython(t *testing.T) {
	t.Parallel()
	for file, steps := range map[string][]step{
		"hello.py": {
			{request: "GET /", status: 200, says: []string{"Hello, world!\n"}, header: []string{"Content-Length: 14"}, chunks: 1, via: "yield"},
			{request: "HEAD /", status: 200, header: []string{"Content-Length: 14"}},
		},
		"routes.py": {
			{request: "GET /hello/Zo%C3%AB", status: 200, says: []string{"Hello, Zo\u00eb!"}},
			{request: "GET /nowhere?a=1", status: 404, says: []string{"nothing at /nowhere"}},
			{request: "POST /", body: "a=1", status: 405, header: []string{"Allow: GET, HEAD"}},
		},
		"headers.py": {{request: "GET /", headers: []string{"X-Name: Ada", "X-Name: Grace"}, status: 200,
			says: []string{`"X-Name": "Ada,Grace"`}, header: []string{"Set-Cookie: seen=yes; Path=/; HttpOnly; SameSite=Lax|theme=dark"}}},
		"middleware.py": {
			{request: "GET /", status: 401, header: []string{"Www-Authenticate: Basic"}, errors: "GET / 401 13 B"},
			{request: "GET /", headers: []string{basic}, status: 200, says: []string{"HELLO, ADA\n"}, chunks: 2, errors: "GET / 200 11 B"},
		},
		"stream.py": {
			{request: "GET /?count=3&pause=0", status: 200, says: []string{"tick 1\ntick 2\ntick 3\n"}, chunks: 3, via: "yield"},
			{request: "GET /events?count=2&pause=0", status: 200, header: []string{"Content-Type: text/event-stream"}, chunks: 2},
		},
		"writer.py": {{request: "GET /", status: 200, says: []string{"number,square\r\n", "4,16\r\nend,of report"}, chunks: 7, via: "write", lint: "write-used"}},
		"upload.py": {
			{request: "PUT /", body: "hello", status: 200, says: []string{`"bytes": 5`, sha256OfHello}},
			{request: "POST /echo", body: "a=1", headers: []string{"Content-Type: x/y"}, status: 200, says: []string{"a=1"},
				header: []string{"Content-Type: x/y", "Content-Length: 3"}},
		},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			s := snifter.Start(t, here(t, "python"), []string{file, "--capture", filepath.Join(t.TempDir(), "capture.db")})
			play(t, s, s.Client(), steps)
		})
	}
}

func TestGo(t *testing.T) {
	t.Parallel()
	for name, steps := range map[string][]step{
		"hello": {{request: "GET /", status: 200, says: []string{"Hello, world!"}, header: []string{"Content-Length: 14"}, chunks: 1}},
		"routes": {
			{request: "GET /hello/caf%C3%A9", status: 200, says: []string{"Hello, caf\u00e9!"}},
			{request: "GET /nowhere", status: 404, says: []string{"There is no /nowhere here."}},
		},
		"headers": {{request: "GET /", headers: []string{"X-Test: seen"}, status: 200, says: []string{"HTTP_X_TEST: seen"},
			header: []string{"Set-Cookie: first=1; Path=/|second=2; Path=/; HttpOnly"}}},
		"middleware": {
			{request: "GET /", status: 401, says: []string{"Who are you?"}},
			{request: "GET /", headers: []string{"Authorization: Basic Z3Vlc3Q6c2VzYW1l"}, status: 200, says: []string{"HELLO, GUEST!"}},
		},
		"stream": {{request: "GET /?n=3&ms=1", status: 200, says: []string{"1 of 3\n2 of 3\n3 of 3\n"}, chunks: 3}},
		"nethttp": {
			{request: "POST /upper", body: "gin", status: 200, says: []string{"GIN"}},
			{request: "GET /users/7", status: 200, says: []string{`{"id":"7"}`}},
			{request: "GET /nothing", status: 404},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := snifter.Start(t, here(t, "go", name), []string{".", "--capture", filepath.Join(t.TempDir(), "capture.db")})
			play(t, s, s.Client(), steps)
		})
	}
}
