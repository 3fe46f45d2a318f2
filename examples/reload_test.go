package examples_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/snifter-dev/snifter/examples/internal/snifter"
	"github.com/snifter-dev/snifter/examples/internal/venv"
)

// view is a view of a framework's application that a test edits: it answers with a word.
type view struct {
	dir     string // where snifter is run
	program string // the Python
	file    string
	target  string
	before  string // in the file, the word in place of %s
	word    string
}

// edited writes the view so that it answers with another word.
func (v *view) edit(t *testing.T, word string) {
	t.Helper()
	snifter.Edit(t, v.file, fmt.Sprintf(v.before, v.word), fmt.Sprintf(v.before, word))
	v.word = word
}

// views are what "an application of that framework" means: the examples, and what django-admin makes.
var views = map[string]func(t *testing.T) *view{
	"flask": func(t *testing.T) *view {
		dir, program := framework(t, "flask_app")
		file := filepath.Join(dir, "guestbook", "api.py")
		snifter.Edit(t, file, `return {"hello": name}`, `return f"Hello, {name}"`)
		return &view{dir: dir, program: program, file: file, target: "/api/hello/Ada", before: `f"%s, {name}"`, word: "Hello"}
	},
	"django startproject": func(t *testing.T) *view {
		program := venv.Python(t, here(t, "python", "django_project", "requirements.txt"))
		dir := t.TempDir()
		out, err := exec.CommandContext(t.Context(), program, "-m", "django", "startproject", "site1", dir).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		file := filepath.Join(dir, "site1", "urls.py")
		snifter.Write(t, file, `from django.http import HttpResponse
from django.urls import path


def index(request):
    return HttpResponse("Hello, Ada")


urlpatterns = [path("", index)]
`)
		return &view{dir: dir, program: program, file: file, target: "/", before: `HttpResponse("%s,`, word: "Hello"}
	},
	"pyramid": func(t *testing.T) *view {
		dir, program := framework(t, "pyramid_app")
		file := filepath.Join(dir, "board", "views.py")
		snifter.Edit(t, file, "    request.response.status = 404\n", "    request.response.status = 200\n    return Response(\"Hello, Ada\")\n")
		return &view{dir: dir, program: program, file: file, target: "/any", before: `Response("%s,`, word: "Hello"}
	},
}

// A save is answered by the very next request, fifty times in a row, however soon it comes; a syntax error shows its
// page, as HTML and as text, to each request until the save that mends it.
func TestSaveIsAnsweredByTheNextRequest(t *testing.T) {
	t.Parallel()
	for name, open := range views {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := open(t)
			s := snifter.Start(t, v.dir, []string{"--python", v.program})
			c := s.Client()
			if a := c.Get(v.target); a.Status != 200 || !strings.Contains(a.Body, "Hello, Ada") {
				t.Fatalf("before any save: %d %s", a.Status, a.Body)
			}
			for i := range 50 {
				v.edit(t, "Save "+strconv.Itoa(i))
				if a := c.Get(v.target); a.Status != 200 || !strings.Contains(a.Body, v.word+", Ada") {
					t.Fatalf("the request after %q: %d %s", v.word, a.Status, a.Body)
				}
			}

			whole := v.word
			snifter.Edit(t, v.file, "def ", "def def ")
			for kind, accept := range map[string]string{"text/html": "text/html,*/*;q=0.8", "text/plain": "*/*"} {
				a := c.Do("GET "+v.target, "", "Accept: "+accept)
				if a.Status != 500 || !strings.HasPrefix(a.Header.Get("Content-Type"), kind) || !strings.Contains(a.Body, "SyntaxError") ||
					!strings.Contains(a.Body, filepath.Base(v.file)) || !strings.Contains(a.Body, "def def") {
					t.Errorf("the page of a syntax error for %s: %d %s\n%s", accept, a.Status, a.Header.Get("Content-Type"), a.Body)
				}
			}
			failed := s.Await("the failed build is told", func(l snifter.Line) bool { return l.Text("type") == "build" && l["ok"] == false })
			if e, _ := failed["error"].(map[string]any); e == nil || e["type"] != "SyntaxError" {
				t.Errorf("the line of the failed build is %v", failed)
			}
			snifter.Edit(t, v.file, "def def ", "def ")
			if a := c.Get(v.target); a.Status != 200 || !strings.Contains(a.Body, whole+", Ada") {
				t.Errorf("once mended: %d %s", a.Status, a.Body)
			}
		})
	}
}

// A template that is saved is in the answer to the very next request, too, though no module was.
func TestTemplateIsAnsweredByTheNextRequest(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"flask_app":      "guestbook/templates/index.html",
		"django_project": "notes/templates/notes/index.html",
		"pyramid_app":    "board/templates/index.jinja2",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, program := framework(t, name)
			file := filepath.Join(dir, filepath.FromSlash(file))
			s := snifter.Start(t, dir, []string{"--python", program})
			c := s.Client()
			before := "</form>"
			for i := range 20 {
				after := fmt.Sprintf("</form><!-- save %d -->", i)
				snifter.Edit(t, file, before, after)
				if a := c.Get("/"); a.Status != 200 || !strings.Contains(a.Body, after) {
					t.Fatalf("the request after save %d: %d %s", i, a.Status, a.Body)
				}
				before = after
			}
		})
	}
}

const slowly = `import time

WORD = "build 0"


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/stream":
        return stream(WORD)
    return [WORD.encode()]


def stream(word):
    yield f"begun by {word}\n".encode()
    while not done():
        time.sleep(0.01)
    yield f"ended by {WORD}\n".encode()


def done():
    try:
        open("done").close()
    except OSError:
        return False
    return True
`

// While eight clients ask without a pause, thirty saves refuse none of them, and no answer is older than the save before
// it was asked for.
func TestRebuildsRefuseNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "app.py")
	snifter.Write(t, file, slowly)
	s := snifter.Start(t, dir, []string{"app.py"})

	var saved atomic.Int64 // the newest that is in the file
	const saves = 30
	var clients sync.WaitGroup
	for range 8 {
		c := s.Client()
		clients.Go(func() {
			for seen := int64(0); seen < saves; {
				oldest := saved.Load()
				a := c.Do("GET /", "")
				n, err := strconv.ParseInt(strings.TrimPrefix(a.Body, "build "), 10, 64)
				if a.Err != nil || a.Status != 200 || err != nil || n < oldest {
					t.Errorf("status %d, %q, %v, where build %d was saved", a.Status, a.Body, a.Err, oldest)
					return
				}
				seen = n
			}
		})
	}
	for n := int64(1); n <= saves; n++ {
		snifter.Edit(t, file, fmt.Sprintf("build %d", n-1), fmt.Sprintf("build %d", n))
		saved.Store(n)
		// The next save comes when somebody has seen this one: at times in the middle of what the others do.
		if a := s.Client().Get("/"); a.Body != fmt.Sprintf("build %d", n) {
			t.Errorf("after save %d: %q", n, a.Body)
		}
	}
	clients.Wait() // each has seen the last
}

// A stream that was begun before a save goes on to its end, by the build that began it.
func TestStreamsFinishOnTheirBuild(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "app.py")
	snifter.Write(t, file, slowly)
	s := snifter.Start(t, dir, []string{"app.py"})
	ctx, cancel := context.WithTimeout(t.Context(), snifter.Patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	first := make([]byte, len("begun by build 0\n"))
	if _, err := io.ReadFull(answer.Body, first); err != nil || string(first) != "begun by build 0\n" {
		t.Fatalf("%q, %v", first, err)
	}
	snifter.Edit(t, file, "build 0", "build 1")
	if a := s.Client().Get("/"); a.Body != "build 1" {
		t.Errorf("after the save: %q", a.Body)
	}
	snifter.Write(t, filepath.Join(dir, "done"), "")
	rest, err := io.ReadAll(answer.Body)
	if err != nil || string(rest) != "ended by build 0\n" {
		t.Errorf("the stream ended with %q, %v", rest, err)
	}
	if old, now := s.Show("/stream", 1), s.Show("/", 1); old.Build >= now.Build {
		t.Errorf("the stream is of build %d, the answer after the save of %d", old.Build, now.Build)
	}
}

// module makes a module of a user's own, that uses this one from where it lies.
func module(t *testing.T) string {
	t.Helper()
	root, dir := here(t, ".."), t.TempDir()
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	const own = "github.com/snifter-dev/snifter"
	text := strings.Replace(string(mod), "module "+own, "module site", 1)
	snifter.Write(t, filepath.Join(dir, "go.mod"), fmt.Sprintf("%s\nrequire %s v0.0.0\n\nreplace %s => %q\n", text, own, own, root))
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	snifter.Write(t, filepath.Join(dir, "go.sum"), string(sums))
	return dir
}

// A Go program is compiled anew, with the same promises.
func TestGoReload(t *testing.T) {
	t.Parallel()
	dir := module(t)
	file := filepath.Join(dir, "main.go")
	const program = `package main

import (
	"log"

	"github.com/snifter-dev/snifter/devserver/wsgi"
)

func main() {
	err := wsgi.Serve(func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		start("200 OK", wsgi.Headers{{"Content-Type", "text/plain"}}, nil)
		return wsgi.Text("build 0")
	})
	if err != nil {
		log.Fatal(err)
	}
}
`
	snifter.Write(t, file, program)
	s := snifter.Start(t, dir, []string{".", "--capture", filepath.Join(t.TempDir(), "capture.db")})
	c := s.Client()
	for n := range 3 {
		if n > 0 {
			snifter.Edit(t, file, fmt.Sprintf("build %d", n-1), fmt.Sprintf("build %d", n))
		}
		if a := c.Get("/"); a.Status != 200 || a.Body != fmt.Sprintf("build %d", n) {
			t.Errorf("after save %d: %d %q", n, a.Status, a.Body)
		}
	}
	snifter.Edit(t, file, "return wsgi", "return wsgii")
	if a := c.Get("/"); a.Status != 500 || !strings.Contains(a.Body, "undefined: wsgii") || !strings.Contains(a.Body, "main.go") {
		t.Errorf("the page of a compile error: %d\n%s", a.Status, a.Body)
	}
	snifter.Edit(t, file, "return wsgii", "return wsgi")
	if a := c.Get("/"); a.Status != 200 || a.Body != "build 2" {
		t.Errorf("once mended: %d %q", a.Status, a.Body)
	}
}
