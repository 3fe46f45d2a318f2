package examples_test

import (
	"fmt"
	"io"
	"maps"
	"net"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/examples/internal/snifter"
	"github.com/snifter-dev/snifter/examples/internal/venv"
)

// mounts has every application that is one file answer below its name, so that each is a stage within another.
const mounts = `import importlib
import os
import sys

sys.path[:0] = [os.environ["EXAMPLES"], os.path.join(os.environ["EXAMPLES"], "faulty")]


def application(environ, start_response):
    name, _, rest = environ["PATH_INFO"][1:].partition("/")
    module = importlib.import_module(name)
    app = getattr(module, "application", None) or module.app
    return app(dict(environ, SCRIPT_NAME="/" + name, PATH_INFO="/" + rest), start_response)
`

// mounted are the paths that are asked for of each of them, besides / and one that there is not.
var mounted = map[string][]string{
	"hello": nil, "headers": nil, "writer": nil, "upload": {"/echo"}, "routes": {"/hello/Zo%C3%AB", "/hello/%3Cb%3E"},
	"middleware": {"/broken"}, "stream": {"/?count=2&pause=0", "/events?count=2&pause=0"},

	"bad_status": {"/bytes", "/number"}, "body_too_long": nil, "body_too_short": nil, "bytes_header": {"/text", "/tuple"},
	"close_fails": nil, "close_not_called": nil, "environ_leak": nil, "exits": {"/exit", "/interrupt"},
	"fails":            {"/started", "/iterating", "/midway", "/cause", "/handled"},
	"header_injection": {"/status?to=Found%0d%0aA:%20b"}, "header_names": {"/colon", "/empty", "/status"},
	"hop_by_hop": {"/chunked"}, "never_starts": nil, "no_iterable": {"/number"}, "starts_late": {"/lazy"},
	"starts_twice": nil, "str_chunk": {"/second", "/text"},
}

// What a client gets is the same, byte for byte, whether stages are told apart or not: of every example, for requests of each
// kind, one after the other. The stacks of examples/stages have a test of their own.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	for name, app := range map[string]struct {
		paths []string
		open  func(t *testing.T) (dir string, args []string)
	}{
		"files": {nil, func(t *testing.T) (string, []string) {
			dir := t.TempDir()
			snifter.Write(t, filepath.Join(dir, "mounts.py"), mounts)
			return dir, []string{"mounts.py"}
		}},
		"onion": {[]string{"/", "/notes", "/private", "/login", "/countdown", "/broken"}, func(t *testing.T) (string, []string) {
			return snifter.Copy(t, here(t, "python", "onion")), nil
		}},
		"flask_app":      {[]string{"/", "/private", "/login", "/api/entries", "/download", "/static/style.css", "/upload", "/broken"}, opened("flask_app")},
		"django_project": {[]string{"/", "/notes/1/", "/api/notes/", "/export/", "/broken/", "/static/notes/style.css"}, opened("django_project")},
		"pyramid_app":    {[]string{"/", "/upload", "/api/messages", "/clock"}, opened("pyramid_app")},
		"blamed": {[]string{"/list", "/whole", "/iter", "/write"}, func(t *testing.T) (string, []string) {
			return snifter.Copy(t, here(t, "stages", "testdata")), []string{"blamed:application"}
		}},
		"greenlets": {[]string{"/raw", "/raw-body", "/spawned", "/steps", "/turns", "/gathers", "/threads"}, func(t *testing.T) (string, []string) {
			return snifter.Copy(t, here(t, "stages", "testdata")),
				[]string{"greenlets:application", "--python", venv.Python(t, here(t, "stages", "requirements.txt"))}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requests := requestsFor(name, app.paths)
			answers := map[bool][]string{}
			for _, told := range []bool{false, true} {
				dir, args := app.open(t) // anew, since what is posted may be kept there
				args = append(args, "--no-reload", "--capture", filepath.Join(t.TempDir(), "capture.db"))
				if !told {
					args = append(args, "--no-stages")
				}
				s := snifter.Start(t, dir, args, snifter.Env("EXAMPLES="+here(t, "python"), "PYTHONWARNINGS=ignore", "PYTHONHASHSEED=0"))
				for _, r := range requests {
					answer := r.send(t, s.URL)
					answers[told] = append(answers[told], unsteady.ReplaceAllString(strings.ReplaceAll(answer, dir, "DIR"), "-"))
				}
			}
			for i, r := range requests {
				if diff := cmp.Diff(answers[false][i], answers[true][i]); diff != "" || !strings.HasPrefix(answers[true][i], "HTTP/1.1 ") {
					t.Errorf("%s (-without +with stages told apart)\n%s", r, diff)
				}
			}
		})
	}
}

func opened(name string) func(t *testing.T) (string, []string) {
	return func(t *testing.T) (string, []string) {
		dir, program := framework(t, name)
		return dir, []string{"--python", program}
	}
}

// rawRequest is a method and a target, with how the body comes.
type rawRequest struct{ line, body string }

func (r rawRequest) String() string { return r.line + " " + r.body }

// requestsFor are the requests that an application is sent: GET and HEAD of each path, forms with a length and in chunks,
// and a page that there is not.
func requestsFor(name string, paths []string) []rawRequest {
	if name == "files" {
		for _, file := range slices.Sorted(maps.Keys(mounted)) {
			more := mounted[file]
			if file != "stream" { // it takes its time where it is not told otherwise
				more = append(more[:len(more):len(more)], "/", "/nowhere")
			}
			for _, path := range more {
				paths = append(paths, "/"+file+path)
			}
		}
	}
	var all []rawRequest
	for _, path := range append(paths, "/nowhere") {
		all = append(all, rawRequest{"GET " + path, ""}, rawRequest{"HEAD " + path, ""},
			rawRequest{"POST " + path, "length"}, rawRequest{"POST " + path, "chunked"})
	}
	return all
}

// unsteady is what differs from one run to the next: dates, times that something took, addresses, and what is random, of
// which the length is the same.
var unsteady = regexp.MustCompile(`(?i)\r\ndate: [^\r]*|dur=[0-9.]+|0x[0-9a-f]+|[a-z0-9_.-]{24,}|[0-9:-]{8,}(?:\.[0-9]+)?|x-request-id: [^\r]*|_PORT = '[0-9]+`)

// send sends the request over a connection of its own and returns all that came.
func (r rawRequest) send(t *testing.T, url string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(snifter.Patience))
	const form = "name=Ada&text=hello&user=ada&title=One"
	rest := "\r\n"
	switch r.body {
	case "length":
		rest = fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(form), form)
	case "chunked":
		rest = fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n5\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n", form[:5], len(form)-5, form[5:])
	}
	fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: text/plain\r\nAuthorization: Basic YWRhOmxvdmVsYWNl\r\n"+
		"Content-Type: application/x-www-form-urlencoded\r\n%s", r.line, rest)
	answer, err := io.ReadAll(conn)
	if err != nil {
		return string(answer) + err.Error()
	}
	return string(answer)
}
