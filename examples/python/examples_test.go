// Package examples_test calls the Python examples as a WSGI server would: the sound ones between the checks of
// wsgiref.validate, the faulty ones without.
package examples_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/python"
	"github.com/snifter-dev/snifter/examples/internal/venv"
)

// request is one for testdata/call.py, with what is expected of its answer.
type request struct {
	Method    string      `json:"method,omitempty"`
	Target    string      `json:"target,omitempty"`
	Headers   [][2]string `json:"headers,omitempty"`
	Body      string      `json:"body,omitempty"`
	StopAfter int         `json:"stop_after,omitempty"`

	Status string   `json:"-"` // its front
	Body2  []string `json:"-"` // parts of the answer's body
	Header []string `json:"-"` // parts of the answer's header fields, as "name: value" lines
	Chunks int      `json:"-"` // how many; 0 is any number
	Errors string   `json:"-"` // a part of wsgi.errors
	Raises string   `json:"-"` // the front of the exception
}

type answer struct {
	Status  any
	Headers [][2]any
	Chunks  []string
	Written []string
	Error   string
	Errors  string
}

// call runs requests, one after the other, against the application that arg names from dir.
func call(t *testing.T, program, dir, arg string, validate bool, requests []request) {
	t.Helper()
	found, err := python.FindApp(dir, arg, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	asked, err := json.Marshal(map[string]any{"plan": found.Plan, "validate": validate, "requests": requests})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "-B", "-W", "error::ResourceWarning", filepath.Join("testdata", "call.py"))
	cmd.Stdin = bytes.NewReader(asked)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	var answers []answer
	if err := json.Unmarshal(out, &answers); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if len(answers) != len(requests) {
		t.Fatalf("%d answers to %d requests", len(answers), len(requests))
	}
	for i, r := range requests {
		r.check(t, answers[i])
	}
}

func (r request) check(t *testing.T, a answer) {
	t.Helper()
	what := r.Method + " " + r.Target
	if status, _ := a.Status.(string); !strings.HasPrefix(status, r.Status) {
		t.Errorf("%s: the status is %q, want %q; %s %s", what, a.Status, r.Status, a.Error, a.Errors)
	}
	body := strings.Join(a.Written, "") + strings.Join(a.Chunks, "")
	for _, part := range r.Body2 {
		if !strings.Contains(body, part) {
			t.Errorf("%s: %q is not in the body %q", what, part, body)
		}
	}
	var fields strings.Builder
	for _, f := range a.Headers {
		name, _ := f[0].(string)
		value, _ := f[1].(string)
		fields.WriteString(name + ": " + value + "\n")
	}
	for _, part := range r.Header {
		if !strings.Contains(fields.String(), part) {
			t.Errorf("%s: %q is not in the header fields\n%s", what, part, &fields)
		}
	}
	if n := len(a.Chunks) + len(a.Written); r.Chunks > 0 && n != r.Chunks {
		t.Errorf("%s: %d chunks, want %d", what, n, r.Chunks)
	}
	if !strings.Contains(a.Errors, r.Errors) {
		t.Errorf("%s: %q is not in wsgi.errors %q", what, r.Errors, a.Errors)
	}
	if r.Raises == "" && a.Error != "" || !strings.HasPrefix(a.Error, r.Raises) {
		t.Errorf("%s: raised %q, want %q", what, a.Error, r.Raises)
	}
}

func plainPython(t *testing.T) string {
	t.Helper()
	i, err := python.FindInterpreter(t.Context(), python.InterpreterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return i.Path
}

func here(t *testing.T, name ...string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(append([]string{dir}, name...)...)
}

const basic = "Basic YWRhOmxvdmVsYWNl" // ada:lovelace

func TestPlainApplications(t *testing.T) {
	program := plainPython(t)
	for file, requests := range map[string][]request{
		"hello.py": {{Status: "200 OK", Body2: []string{"Hello, world!\n"}, Header: []string{"Content-Length: 14"}, Chunks: 1}},
		"routes.py": {
			{Status: "200 OK", Body2: []string{"/hello/Ada"}},
			{Target: "/hello/Zo%C3%AB", Status: "200 OK", Body2: []string{"Hello, Zo\u00c3\u00ab!"}},
			{Target: "/hello/%3Cb%3E", Status: "200 OK", Body2: []string{"&lt;b&gt;"}},
			{Target: "/nowhere", Status: "404 Not Found", Body2: []string{"nothing at /nowhere"}},
			{Method: "POST", Status: "405 Method Not Allowed", Header: []string{"Allow: GET, HEAD"}},
		},
		"headers.py": {{
			Headers: [][2]string{{"X-Name", "Ada"}}, Status: "200 OK",
			Body2:  []string{`"X-Name": "Ada"`},
			Header: []string{"Set-Cookie: seen=yes", "Set-Cookie: theme=dark", "X-Powered-By: PEP 3333"},
		}},
		"middleware.py": {
			{Status: "401 Unauthorized", Header: []string{"WWW-Authenticate: Basic"}, Errors: "GET / 401 13 B"},
			{Headers: [][2]string{{"Authorization", "Basic !"}}, Status: "401"},
			{
				Headers: [][2]string{{"Authorization", basic}}, Status: "200 OK", Body2: []string{"HELLO, ADA\n"}, Chunks: 2,
				Errors: "GET / 200 11 B",
			},
			{Target: "/broken", Headers: [][2]string{{"Authorization", basic}}, Raises: "RuntimeError: this is what"},
		},
		"stream.py": {
			{Target: "/?count=3&pause=0", Status: "200 OK", Body2: []string{"tick 1\ntick 2\ntick 3\n"}, Chunks: 3},
			{Target: "/events?count=2&pause=x0", Status: "200 OK", Header: []string{"text/event-stream"}, Chunks: 2},
			{Target: "/?pause=0", StopAfter: 2, Status: "200 OK", Chunks: 2, Errors: "the client went"},
		},
		"writer.py": {{Status: "200 OK", Body2: []string{"number,square\r\n", "4,16\r\nend,of report"}, Chunks: 7}},
		"upload.py": {
			{Method: "PUT", Body: "hello", Status: "200 OK", Body2: []string{`"bytes": 5`, "2cf24dba5fb0a30e26e83b2ac5b9e29e"}},
			{
				Method: "POST", Target: "/echo", Body: "a=1", Headers: [][2]string{{"Content-Type", "x/y"}}, Status: "200 OK",
				Body2: []string{"a=1"}, Header: []string{"Content-Type: x/y", "Content-Length: 3"},
			},
		},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			call(t, program, here(t), file, true, requests)
		})
	}
}

func TestOnion(t *testing.T) {
	t.Parallel()
	call(t, plainPython(t), here(t, "onion"), "", true, []request{
		{Status: "200 OK", Body2: []string{"Notes of nobody", "here 1 times"}, Header: []string{"Set-Cookie: onion=", "Server-Timing: app;dur="}},
		{Status: "200 OK", Body2: []string{"here 2 times"}, Header: []string{"Content-Length: "}},
		{Method: "POST", Target: "/notes", Headers: [][2]string{form}, Body: "text=%3Cmilk%3E", Status: "303", Header: []string{"Location: /"}},
		{Target: "/private", Status: "401", Header: []string{"WWW-Authenticate: Session"}},
		{Method: "POST", Target: "/login", Headers: [][2]string{form}, Body: "user=ada", Status: "303"},
		{Target: "/private", Status: "200 OK", Body2: []string{"For ada alone"}},
		{Status: "200 OK", Body2: []string{"Notes of ada", "<li>&lt;milk&gt;</li>"}},
		{Headers: [][2]string{gzipped}, Status: "200 OK", Header: []string{"Content-Encoding: gzip", "Vary: Accept-Encoding"}, Body2: []string{"\x1f\u008b"}},
		{Target: "/countdown", Headers: [][2]string{gzipped}, Status: "200 OK", Chunks: 5},
		{Target: "/countdown", Headers: [][2]string{gzipped}, StopAfter: 2, Status: "200 OK", Chunks: 2},
		{Method: "HEAD", Headers: [][2]string{gzipped}, Status: "404"},
		{Target: "/broken", Raises: "RuntimeError: this is what"},
	})
}

// The faulty ones do what their names say; a server makes of it what PEP3333.md says.
func TestFaultyApplications(t *testing.T) {
	program := plainPython(t)
	tests := map[string][]request{
		"bad_status.py":       {{Status: "200OK"}, {Target: "/bytes", Status: ""}, {Target: "/number", Status: ""}},
		"body_too_long.py":    {{Status: "200 OK", Header: []string{"Content-Length: 5"}, Body2: []string{"12345678\n"}}},
		"body_too_short.py":   {{Status: "200 OK", Header: []string{"Content-Length: 5"}, Body2: []string{"zo\u00eb\n"}}},
		"bytes_header.py":     {{Status: "200 OK"}, {Target: "/text", Header: []string{"5 \u20ac"}}, {Target: "/tuple", Status: "200"}},
		"close_fails.py":      {{Status: "200 OK", Chunks: 2, Raises: "RuntimeError: the session"}},
		"close_not_called.py": {{Body2: []string{"1 REPORTS"}}, {Body2: []string{"2 REPORTS"}}},
		"environ_leak.py": {{Body: "first", Method: "POST", Body2: []string{"nothing was kept"}},
			{Body: "second", Method: "POST", Body2: []string{"/: b'first'"}}},
		"exits.py": {{Target: "/exit", Raises: "SystemExit"}, {Target: "/interrupt", Raises: "KeyboardInterrupt"},
			{Status: "200 OK", Body2: []string{"still here"}}},
		"fails.py": {
			{Raises: "KeyError: 'gin'"}, {Target: "/started", Status: "200 OK", Raises: "KeyError"},
			{Target: "/iterating", Status: "200 OK", Raises: "ValueError: no price for gin"},
			{Target: "/midway", Status: "200 OK", Chunks: 1, Raises: "ValueError"},
			{Target: "/cause", Raises: "ValueError: no price"}, {Target: "/handled", Status: "503", Body2: []string{"out of gin"}},
		},
		"header_injection.py": {
			{Status: "302 Found", Header: []string{"Location: /x\r\nSet-Cookie: admin=1"}},
			{Target: "/status?to=Found%0d%0aA:%20b", Status: "302 Found\r\nA: b"},
		},
		"header_names.py": {{Header: []string{"X Name: "}}, {Target: "/colon", Header: []string{"X-Name:: "}},
			{Target: "/empty", Header: []string{"\n: 200"}}, {Target: "/status", Header: []string{"Status: 200 OK"}}},
		"hop_by_hop.py":   {{Header: []string{"Connection: close"}}, {Target: "/chunked", Header: []string{"Transfer-Encoding: chunked"}}},
		"never_starts.py": {{Status: "", Chunks: 1}},
		"no_iterable.py":  {{Raises: "TypeError"}, {Target: "/number", Raises: "TypeError"}},
		"starts_late.py":  {{Status: "200", Chunks: 2}, {Target: "/lazy", Status: "200", Chunks: 1}},
		"starts_twice.py": {{Status: "404"}},
		"str_chunk.py": {{Raises: "AttributeError: 'str'"}, {Target: "/second", Chunks: 1, Raises: "AttributeError"},
			{Target: "/text", Raises: "AttributeError"}},
	}
	files, err := filepath.Glob(here(t, "faulty", "*.py"))
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(here(t, "faulty", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(tests) {
		t.Errorf("%d files, %d tests", len(files), len(tests))
	}
	for _, path := range files {
		file := filepath.Base(path)
		if !strings.Contains(string(readme), "| "+file+" |") {
			t.Errorf("README.md does not list %s", file)
		}
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			if tests[file] == nil {
				t.Fatal("there is no test of it")
			}
			call(t, program, here(t, "faulty"), file, false, tests[file])
		})
	}
}

var (
	form    = [2]string{"Content-Type", "application/x-www-form-urlencoded"}
	jsons   = [2]string{"Content-Type", "application/json"}
	parts   = [2]string{"Content-Type", "multipart/form-data; boundary=frontier"}
	gzipped = [2]string{"Accept-Encoding", "gzip"}
)

// multipart makes a body of a file and of fields, name and value in turn.
func multipart(file string, fields ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(fields); i += 2 {
		b.WriteString("--frontier\r\nContent-Disposition: form-data; name=\"" + fields[i] + "\"\r\n\r\n" + fields[i+1] + "\r\n")
	}
	b.WriteString("--frontier\r\nContent-Disposition: form-data; name=\"" + file + "\"; filename=\"a.txt\"\r\n" +
		"Content-Type: text/plain\r\n\r\nhello\r\n--frontier--\r\n")
	return b.String()
}

const sha256OfHello = "2cf24dba5fb0a30e26e83b2ac5b9e29e"

func TestFlask(t *testing.T) {
	t.Parallel()
	dir := here(t, "flask_app")
	call(t, venv.Python(t, filepath.Join(dir, "requirements.txt")), dir, "", true, []request{
		{Status: "200 OK", Body2: []string{"Welcome!", "No entries yet"}, Header: []string{"X-Request-Id: "}},
		{Method: "POST", Headers: [][2]string{form}, Body: "name=Ada&text=hi", Status: "303", Header: []string{"Set-Cookie: session="}},
		{Status: "200 OK", Body2: []string{"Thank you!", "<b>Ada</b>: hi"}},
		{Method: "POST", Headers: [][2]string{form}, Body: "text=", Status: "422", Body2: []string{"Write something first"}},
		{Target: "/private", Status: "401"},
		{Method: "POST", Target: "/login", Headers: [][2]string{form}, Body: "user=ada&password=x", Status: "403"},
		{Method: "POST", Target: "/login", Headers: [][2]string{form}, Body: "user=ada&password=lovelace", Status: "303"},
		{Target: "/private", Status: "200 OK", Body2: []string{"For ada alone"}},
		{Method: "POST", Target: "/api/entries", Headers: [][2]string{jsons}, Body: `{"text": "by JSON"}`, Status: "201"},
		{Method: "POST", Target: "/api/entries", Headers: [][2]string{jsons}, Body: `{}`, Status: "422"},
		{Target: "/api/entries", Status: "200 OK", Body2: []string{`"by JSON"`, `"user":"ada"`}},
		{Target: "/api/nothing", Status: "404", Body2: []string{`"not found"`}},
		{Target: "/nothing", Status: "404", Body2: []string{"no such page"}},
		{Target: "/download", Status: "200 OK", Body2: []string{"name,text\r\nAda,hi\r\n"}, Chunks: 3},
		{Target: "/static/style.css", Status: "200 OK", Header: []string{"text/css"}},
		{Method: "POST", Target: "/upload", Headers: [][2]string{parts}, Body: multipart("file"), Status: "200 OK", Body2: []string{"a.txt: 5 bytes of text/plain", sha256OfHello}},
		{Target: "/api/hello/Ada", Headers: [][2]string{{"X-Request-Id", "mine"}}, Status: "200 OK", Header: []string{"X-Request-Id: mine"}},
		{Target: "/broken", Status: "500"},
	})
}

func TestDjango(t *testing.T) {
	t.Parallel()
	dir := here(t, "django_project")
	call(t, venv.Python(t, filepath.Join(dir, "requirements.txt")), dir, "", true, []request{
		{Status: "200 OK", Body2: []string{"Nothing yet"}, Header: []string{"csrftoken=", "Server-Timing: view"}},
		{Method: "POST", Headers: [][2]string{form}, Body: "title=One", Status: "403"},
		{Method: "POST", Headers: [][2]string{form}, Body: "csrfmiddlewaretoken={csrf}&title=", Status: "422", Body2: []string{"required"}},
		{
			Method: "POST", Headers: [][2]string{parts}, Status: "302",
			Body: multipart("attachment", "csrfmiddlewaretoken", "{csrf}", "title", "One", "text", "first"),
		},
		{Status: "200 OK", Body2: []string{"One</a>", "Kept"}},
		{Target: "/notes/1/", Status: "200 OK", Body2: []string{"<h1>One</h1>", "a.txt"}},
		{Target: "/notes/9/", Status: "404"},
		{Method: "POST", Target: "/api/notes/", Headers: [][2]string{jsons}, Body: `{"title": "Two"}`, Status: "201"},
		{Method: "POST", Target: "/api/notes/", Headers: [][2]string{jsons}, Body: `[`, Status: "400"},
		{Target: "/api/notes/", Status: "200 OK", Body2: []string{`"Two"`, sha256OfHello}},
		{Target: "/export/", Status: "200 OK", Body2: []string{"# One\n\nfirst", "2 notes\n"}, Chunks: 3},
		{Target: "/broken/", Status: "500", Body2: []string{"division by zero"}},
		{Method: "POST", Target: "/clear/", Headers: [][2]string{form}, Body: "csrfmiddlewaretoken={csrf}", Status: "302"},
		{Target: "/api/notes/", Status: "200 OK", Body2: []string{`{"notes": []}`}},
	})
}

func TestPyramid(t *testing.T) {
	t.Parallel()
	dir := here(t, "pyramid_app")
	call(t, venv.Python(t, filepath.Join(dir, "requirements.txt")), dir, "", true, []request{
		{Status: "200 OK", Body2: []string{"Nothing yet"}, Header: []string{"Cache-Control: no-store"}},
		{Method: "POST", Headers: [][2]string{form}, Body: "text=hi", Status: "400"},
		{Status: "200 OK"},
		{Method: "POST", Headers: [][2]string{form}, Body: "csrf_token={csrf}&text=", Status: "422"},
		{Method: "POST", Headers: [][2]string{form}, Body: "csrf_token={csrf}&text=hi&name=Ada", Status: "303"},
		{Status: "200 OK", Body2: []string{"<b>Ada</b>: hi", "Posted."}},
		{Headers: [][2]string{gzipped}, Status: "200 OK", Header: []string{"Content-Encoding: gzip", "Vary: Accept-Encoding"}, Body2: []string{"\x1f\u008b"}},
		{Method: "POST", Target: "/upload", Headers: [][2]string{parts}, Body: multipart("file"), Status: "200 OK", Body2: []string{sha256OfHello, `"size": 5`}},
		{Method: "POST", Target: "/upload", Headers: [][2]string{form}, Body: "a=1", Status: "422"},
		{Method: "POST", Target: "/api/messages", Headers: [][2]string{jsons}, Body: `{"text": "by JSON"}`, Status: "201"},
		{Method: "POST", Target: "/api/messages", Headers: [][2]string{jsons}, Body: `[]`, Status: "400"},
		{Target: "/api/messages", Status: "200 OK", Body2: []string{"by JSON"}},
		{Target: "/clock", Status: "200 OK", Chunks: 3},
		{Target: "/nothing", Status: "404", Body2: []string{"nothing at /nothing"}},
		{Target: "/broken", Raises: "ZeroDivisionError"},
	})
}

// What snifter finds without being told.
func TestFound(t *testing.T) {
	for dir, want := range map[string]string{
		"flask_app":      "guestbook:create_app() (guestbook/__init__.py is here)",
		"django_project": "notebook.wsgi:application of the Django project notebook, settings notebook.settings (manage.py is here)",
		"pyramid_app":    "development.ini#main (development.ini is here)",
	} {
		found, err := python.FindApp(here(t, dir), "", func(string) string { return "" })
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(want, found.String()); diff != "" {
			t.Errorf("%s: want -, got +\n%s", dir, diff)
		}
	}
}
