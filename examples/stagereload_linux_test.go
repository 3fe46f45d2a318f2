package examples_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/examples/internal/snifter"
)

// transparent tells, in its own answer, of what hooks must leave as it was.
const transparent = `import asyncio
import inspect
import pickle


class Outer:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


def tagging(app, tag="build 0"):
    def tagged(environ, start_response, *more, **named):
        def begin(status, headers, exc_info=None):
            return start_response(status, [*headers, ("X-Build", tag)], exc_info)

        return app(environ, begin)

    return tagged


async def later(environ, start_response):
    return []


def view0(environ, start_response, page: str = "front"):
    """Answers."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return ["\n".join(told()).encode()]


view = view0
known = {function: id(function) for function in (view, later, tagging, Outer.__call__)}
before = {f: (f.__name__, f.__qualname__, f.__doc__, f.__defaults__, str(inspect.signature(f))) for f in known}


def told():
    for function, number in known.items():
        yield f"{function.__qualname__}{inspect.signature(function)} {id(function) == number}"
        yield f"{function.__doc__} {function.__defaults__} {asyncio.iscoroutinefunction(function)}"
        same = (function.__name__, function.__qualname__, function.__doc__, function.__defaults__,
                str(inspect.signature(function)))
        yield f"{same == before[function]} {inspect.getsource(function)}"
    for function in (view, later, tagging, Outer):
        yield f"{pickle.loads(pickle.dumps(function)) is function}"


application = Outer(tagging(Outer(view)))
`

// load is what a family of processes takes.
type load struct {
	processes, threads, files int
	memory                    int // kB, of all
}

func loadOf(t *testing.T, pid int) load {
	t.Helper()
	var all load
	for _, p := range family(t, pid) {
		dir := filepath.Join("/proc", strconv.Itoa(p.pid))
		threads, _ := os.ReadDir(filepath.Join(dir, "task"))
		files, _ := os.ReadDir(filepath.Join(dir, "fd"))
		all.processes++
		all.threads += len(threads)
		all.files += len(files)
		text, _ := os.ReadFile(filepath.Join(dir, "status"))
		for line := range strings.Lines(string(text)) {
			if value, ok := strings.CutPrefix(line, "RssAnon:"); ok {
				n, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
				all.memory += n
			}
		}
	}
	return all
}

// Twenty builds, each with its stages by their names, its functions as they were written, and nothing left of the ones
// before.
func TestStagesOfManyBuilds(t *testing.T) {
	t.Parallel()
	plainDir, dir := t.TempDir(), t.TempDir()
	file := filepath.Join(dir, "app.py")
	snifter.Write(t, file, transparent)
	snifter.Write(t, filepath.Join(plainDir, "app.py"), transparent)
	plain := snifter.Start(t, plainDir, []string{"app.py", "--no-stages", "--no-reload"}).Client().Get("/").Body
	if !strings.Contains(plain, "page: str = 'front') True\n") {
		t.Fatalf("untold:\n%s", plain)
	}
	s := snifter.Start(t, dir, []string{"app.py"})
	c := s.Client()
	var fifth load
	for build := range 21 {
		if build > 0 {
			snifter.Edit(t, file, fmt.Sprintf("view%d", build-1), fmt.Sprintf("view%d", build))
			snifter.Edit(t, file, fmt.Sprintf("build %d", build-1), fmt.Sprintf("build %d", build))
		}
		want := strings.ReplaceAll(strings.ReplaceAll(plain, "view0", fmt.Sprintf("view%d", build)), "build 0", fmt.Sprintf("build %d", build))
		for range 3 { // the second and third are learned from
			a := c.Get("/")
			if diff := cmp.Diff(want, a.Body); diff != "" || a.Header.Get("X-Build") != fmt.Sprintf("build %d", build) {
				t.Fatalf("build %d: %v (-without +with stages told apart)\n%s", build, a.Header, diff)
			}
		}
		x := s.Show("/", 3*(build+1))
		var names []string
		for _, stage := range x.Stages[1:] {
			names = append(names, stage.Name)
		}
		stages := []string{"app.Outer", "app.tagging.<locals>.tagged", "app.Outer", fmt.Sprintf("app.view%d", build)}
		if diff := cmp.Diff(stages, names); diff != "" {
			t.Errorf("build %d: stages (-want +got)\n%s", build, diff)
		}
		if build == 5 {
			fifth = settled(t, s.PID, load{3, 1 << 20, 1 << 20, 1 << 30}) // snifter, the zygote and a worker
		}
	}
	// What a process keeps for itself varies: Go makes threads as the machine is busy, and ends none. Fifteen builds that
	// leave one each behind are more than that.
	most := load{fifth.processes, fifth.threads + 12, fifth.files + 8, fifth.memory + 16<<10}
	last := settled(t, s.PID, most)
	t.Logf("after 5 builds %+v, after 20 %+v", fifth, last)
}

// settled waits until there are no more than so many of anything: workers of builds that are over need a moment to end.
func settled(t *testing.T, pid int, most load) load {
	t.Helper()
	late := time.After(snifter.Patience)
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		now := loadOf(t, pid)
		if now.processes <= most.processes && now.threads <= most.threads && now.files <= most.files && now.memory <= most.memory {
			return now
		}
		select {
		case <-look.C:
		case <-late:
			t.Fatalf("there are %+v still, want at most %+v", now, most)
		}
	}
}
