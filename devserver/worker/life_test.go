package worker_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/snifter-dev/snifter/devserver/python"
	"github.com/snifter-dev/snifter/devserver/worker"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "serve-and-wait" {
		serveAndWait()
		return
	}
	goleak.VerifyTestMain(m)
}

// serveAndWait is a server that starts workers, prints their process ids, and waits for its own end.
func serveAndWait() {
	dir := os.Args[2]
	starts, err := worker.NewPython(worker.PythonSpec{
		Command: []string{os.Args[3]}, Dir: dir, Env: os.Environ(),
		Plan: python.Plan{Kind: python.KindModule, Module: "app", Attr: "app", Dir: dir, SysPath: []string{dir}},
	})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for range 2 {
		w, err := starts.Start(context.Background(), func(_, line string) { fmt.Print(line) })
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		w.Send(&worker.Request{Environ: environ(), End: true, Receiver: newAnswer(w)})
	}
	select {}
}

func awaitDone(t testing.TB, w *worker.Worker) string {
	t.Helper()
	select {
	case <-w.Done():
	case <-time.After(patience):
		t.Fatal("the worker did not end")
	}
	return w.Exit()
}

func TestStopDrains(t *testing.T) {
	w := startRules(t)
	a := send(t, w, query("stream", "s"))
	a.await(t, "the first block", func() bool { return len(a.blocks) == 1 })
	for i := range 2 {
		send(t, w, query("unblock", "s"+strconv.Itoa(i))).wait(t)
	}
	last := send(t, w, query("unblock", "s2"))
	w.Stop()
	if _, ok := w.Send(query("hello", "")); ok {
		t.Error("a stopped worker took a request")
	}
	last.wait(t)
	if got := a.wait(t).body(); got != "firstblock 0block 1block 2" || a.broken {
		t.Errorf("got %q, broken %v", got, a.broken)
	}
	if how := awaitDone(t, w); how != "exited with status 0" {
		t.Errorf("it %s", how)
	}
}

func TestStopIdle(t *testing.T) {
	w := startRules(t)
	w.Stop()
	if how := awaitDone(t, w); how != "exited with status 0" {
		t.Errorf("it %s", how)
	}
	if _, ok := w.Send(query("hello", "")); ok {
		t.Error("a worker that ended took a request")
	}
}

func TestDeaths(t *testing.T) {
	for path, want := range map[string]string{"dies": "exited with status 7", "is_killed": "killed by signal 9 (killed)"} {
		w := startRules(t)
		other := send(t, w, query("block", "x"))
		a := send(t, w, query(path, "")).wait(t)
		if a.died != want || other.wait(t).died != want || awaitDone(t, w) != want {
			t.Errorf("%s: %q, %q, %q", path, a.died, other.died, w.Exit())
		}
	}
}

func TestAtexitRuns(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "mark")
	w := startApp(t, helloApp+"\nimport atexit\natexit.register(lambda: open("+strconv.Quote(mark)+", 'w').close())\n")
	w.Stop()
	awaitDone(t, w)
	if _, err := os.Stat(mark); err != nil {
		t.Error(err)
	}
}

func TestReady(t *testing.T) {
	a := newApp(t, "import helping\n"+helloApp)
	write(t, filepath.Join(a.dir, "helping.py"), "")
	r := a.start(t, nil).Ready()
	if r.Language != "python" || !strings.HasPrefix(r.Version, "CPython 3.") || r.App != "app:app" || r.AppType != "function" {
		t.Errorf("%+v", r)
	}
	slices.Sort(r.Files)
	if len(r.Files) != 2 || filepath.Base(r.Files[0]) != "app.py" || filepath.Base(r.Files[1]) != "helping.py" {
		t.Errorf("files %v", r.Files)
	}
	if r.Objects["wsgi.input"] != "<wsgi.input>" || len(r.Libraries) == 0 {
		t.Errorf("objects %v, %d libraries", r.Objects, len(r.Libraries))
	}
}

// A load that fails, each with its exception, and what the message must hold.
func TestLoadFailures(t *testing.T) {
	plan := func(change func(*python.Plan)) func(*worker.PythonSpec) {
		return func(s *worker.PythonSpec) { change(&s.Plan) }
	}
	for name, c := range map[string]struct {
		source string
		change func(*python.Plan)
		kind   string
		holds  string
	}{
		"syntax":       {source: "def app(:\n", kind: "SyntaxError", holds: "invalid syntax"},
		"raises":       {source: "1/0", kind: "ZeroDivisionError", holds: "division"},
		"import":       {source: "import nothing_of_this_name", kind: "ModuleNotFoundError", holds: "nothing_of_this_name"},
		"exit":         {source: "raise SystemExit(3)", kind: "SystemExit", holds: "3"},
		"no module":    {change: func(p *python.Plan) { p.Module = "absent" }, kind: "ApplicationNotFound", holds: "'absent'"},
		"no attribute": {source: "def other(e, s): pass", kind: "ApplicationNotFound", holds: "callables are: other"},
		"not callable": {source: "app = 5", kind: "ApplicationNotFound", holds: "type int"},
		"a class":      {source: "class app: pass", kind: "ApplicationNotFound", holds: "a class"},
		"asgi":         {source: "async def app(scope, receive, send): pass", kind: "ApplicationNotFound", holds: "ASGI"},
		"search":       {source: "x = 1", change: func(p *python.Plan) { p.Attr = "" }, kind: "ApplicationNotFound", holds: "tried app, application, and the factories create_app, make_app"},
		"returns None": {source: "def create_app(): pass", change: func(p *python.Plan) { p.Attr = "" }, kind: "ApplicationNotFound", holds: "returned None"},
		"arguments":    {source: "def make(a): pass", change: func(p *python.Plan) { p.Attr, p.Call, p.Args = "make", true, "1, 2" }, kind: "ApplicationNotFound", holds: "too many positional arguments"},
		"no literal":   {source: "def make(a): pass", change: func(p *python.Plan) { p.Attr, p.Call, p.Args = "make", true, "open('x')" }, kind: "ApplicationNotFound", holds: "literals"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.change == nil {
				c.change = func(*python.Plan) {}
			}
			a := newApp(t, c.source, plan(c.change))
			_, err := a.starts.Start(context.Background(), nil)
			var load *worker.LoadError
			if !errors.As(err, &load) {
				t.Fatalf("got %v, want a LoadError", err)
			}
			if load.Raised.Type != c.kind || !strings.Contains(load.Raised.Message, c.holds) {
				t.Errorf("%s: %s, want %s with %q", load.Raised.Type, load.Raised.Message, c.kind, c.holds)
			}
			if strings.Contains(load.Raised.Text, "_snifter") {
				t.Errorf("the traceback shows the bridge:\n%s", load.Raised.Text)
			}
			if name == "syntax" {
				if last := load.Raised.Frames[len(load.Raised.Frames)-1]; last.Line != 1 || last.Source != "def app(:" {
					t.Errorf("frame %+v", last)
				}
			}
			// The next good save is loaded.
			write(t, filepath.Join(a.dir, "app.py"), "def app(e, s):\n    s('200 OK', [])\n    return [b'mended']\nmake = create_app = lambda a=0, *b: app\n")
			if c.source != "" && name != "arguments" && name != "no literal" {
				if got := get(t, a.start(t, nil)).body(); got != "mended" {
					t.Errorf("got %q", got)
				}
			}
		})
	}
}

func TestWaysToName(t *testing.T) {
	const body = "def answer(text):\n    def app(e, s):\n        s('200 OK', [])\n        return [repr(text).encode()]\n    return app\n"
	for name, c := range map[string]struct {
		source string
		plan   python.Plan
		want   string
	}{
		"dotted":        {source: "class holder:\n    inner = staticmethod(answer(1))", plan: python.Plan{Attr: "holder.inner"}, want: "1"},
		"call":          {plan: python.Plan{Attr: "answer", Call: true, Args: "{'a': (1, 2)}"}, want: "{'a': (1, 2)}"},
		"keywords":      {plan: python.Plan{Attr: "answer", Call: true, Args: "text='b'"}, want: "'b'"},
		"factory":       {source: "def create_app(config=None):\n    return answer(config)", want: "None"},
		"factory named": {source: "def build():\n    return answer(3)", plan: python.Plan{Attr: "build"}, want: "3"},
		"application":   {source: "application = answer(4)", want: "4"},
		"names":         {source: "site = answer(5)", plan: python.Plan{Names: []string{"site"}}, want: "5"},
		"env":           {source: "import os\napp = answer(os.environ['SNIFTER_TEST_X'])", plan: python.Plan{Env: map[string]string{"SNIFTER_TEST_X": "y"}}, want: "'y'"},
		"file":          {source: "app = answer(__name__)", plan: python.Plan{Kind: python.KindFile, Module: "my-app"}, want: "'my-app'"},
		"argv":          {source: "import sys, __main__\napp = answer((sys.argv, hasattr(__main__, '__file__'), [m for m in sys.modules if 'snifter' in m][:1], '' in sys.path))", want: "(['snifter'], False, ['_snifter'], False)"},
	} {
		t.Run(name, func(t *testing.T) {
			w := startApp(t, body+c.source, func(s *worker.PythonSpec) {
				dir, kind, module := s.Plan.Dir, s.Plan.Kind, s.Plan.Module
				sysPath := s.Plan.SysPath
				s.Plan = c.plan
				s.Plan.Dir, s.Plan.SysPath, s.Plan.File = dir, sysPath, filepath.Join(dir, "app.py")
				if s.Plan.Kind == "" {
					s.Plan.Kind, s.Plan.Module = kind, module
				}
			})
			if got := get(t, w).body(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestStartIsCancelled(t *testing.T) {
	a := newApp(t, "import time\nprint('loading', flush=True)\ntime.sleep(60)\n")
	ctx, cancel := context.WithCancel(context.Background())
	_, err := a.starts.Start(ctx, func(_, line string) {
		if line == "loading\n" {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	a = newApp(t, "import time\ntime.sleep(60)\n", func(s *worker.PythonSpec) { s.StartTimeout = 300 * time.Millisecond })
	if _, err := a.starts.Start(context.Background(), nil); err == nil || !strings.Contains(err.Error(), "not loaded within") {
		t.Errorf("got %v", err)
	}
}

func TestDiesWhileLoading(t *testing.T) {
	a := newApp(t, "import os, sys\nprint('last words', file=sys.stderr)\nos._exit(9)\n")
	_, err := a.starts.Start(context.Background(), nil)
	if err == nil || !strings.Contains(err.Error(), "exited with status 9") || !strings.Contains(err.Error(), "last words") {
		t.Errorf("got %v", err)
	}
}

func TestNoInterpreter(t *testing.T) {
	for _, command := range []string{"/nonexistent/python3", "/bin/false"} {
		a := newApp(t, helloApp, func(s *worker.PythonSpec) { s.Command = []string{command} })
		if _, err := a.starts.Start(context.Background(), nil); err == nil || !strings.Contains(err.Error(), "ython") {
			t.Errorf("%s: got %v", command, err)
		}
	}
}

func TestNoDescriptorsLeak(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Log("descriptors are counted on Linux alone")
	}
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil && runtime.GOOS == "linux" {
			t.Fatal(err)
		}
		return len(entries)
	}
	a := newRules(t)
	run := func() string {
		w := a.start(t, nil)
		got := get(t, w, "PATH_INFO", "/descriptors").body()
		w.Stop()
		awaitDone(t, w)
		return got
	}
	run()
	before, inside := count(), run()
	for range 5 {
		if got := run(); got != inside {
			t.Errorf("a worker has %s descriptors, the one before %s", got, inside)
		}
	}
	if after := count(); after > before {
		t.Errorf("%d descriptors, %d before", after, before)
	}
	if n, _ := strconv.Atoi(inside); n > 4+childDescriptors(t) {
		t.Errorf("a worker has %d descriptors, any child %d", n, childDescriptors(t))
	}
}

// childDescriptors is how many any child has: those that this process was started with among them.
func childDescriptors(t *testing.T) int {
	t.Helper()
	path, err := interpreter()
	if err != nil {
		t.Fatal(err)
	}
	const count = "import os; print(len(os.listdir('/proc/self/fd')), end='')"
	out, err := exec.Command(path, "-c", count).Output()
	n, _ := strconv.Atoi(string(out))
	if err != nil && runtime.GOOS == "linux" {
		t.Fatal(err)
	}
	return n
}
