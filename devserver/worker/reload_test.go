package worker_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/worker"
)

// A build of which a module of the user's and what it imports from the libraries are told apart.
const reloadApp = `
import asyncio, email.mime.multipart, http.server, json, logging.config, os, sqlite3, xml.dom.minidom
import helping

ppid, state = os.getppid(), []

def app(environ, start_response):
    start_response("200 OK", [])
    state.append(1)
    return [("%s %d %d" % (helping.text, ppid, len(state))).encode()]
`

// Each build has what was saved last, of the length that it had before and within the same second, and is forked from
// a process that has the libraries.
func TestRebuilds(t *testing.T) {
	a := newApp(t, reloadApp)
	parents := map[string]bool{}
	for i := range 10 {
		write(t, filepath.Join(a.dir, "helping.py"), fmt.Sprintf("text = %d\n", i))
		w := a.start(t, nil)
		fields := strings.Fields(get(t, w).body())
		if fields[0] != fmt.Sprint(i) || fields[2] != "1" {
			t.Errorf("build %d: %v", i, fields)
		}
		parents[fields[1]] = true
		w.Stop()
		awaitDone(t, w)
	}
	if len(parents) != 1 {
		t.Errorf("the workers had %d parents", len(parents))
	}
}

// A library that starts a thread when it is imported is left out, and all goes on.
func TestLibraryWithThreads(t *testing.T) {
	a := newApp(t, "import threaded\n"+helloApp)
	write(t, filepath.Join(a.dir, "site-packages", "threaded.py"), "import threading, time\n"+
		"thread = threading.Thread(target=time.sleep, args=(600,), daemon=True)\nthread.start()\n")
	write(t, filepath.Join(a.dir, "app.py"), `
import os, sys
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "site-packages"))
import threaded

def app(environ, start_response):
    start_response("200 OK", [])
    return [str(threaded.thread.is_alive()).encode()]
`)
	for range 4 {
		w := a.start(t, nil)
		if got := get(t, w).body(); got != "True" {
			t.Errorf("the library's thread: %s", got)
		}
	}
}

// A library that was installed anew since it was imported is imported anew.
func TestLibraryChanges(t *testing.T) {
	dir := t.TempDir()
	lib := filepath.Join(dir, "site-packages", "lib.py")
	write(t, lib, "version = 1\n")
	a := newApp(t, `
import lib

def app(environ, start_response):
    start_response("200 OK", [])
    return [str(lib.version).encode()]
`, func(s *worker.PythonSpec) { s.Env = append(s.Env, "PYTHONPATH="+filepath.Dir(lib)) })
	for i, version := range []string{"1", "1", "22", "22"} {
		write(t, lib, "version = "+version+"\n")
		w := a.start(t, nil)
		if got := get(t, w).body(); got != version {
			t.Errorf("start %d: version %s, want %s", i, got, version)
		}
	}
}

// Workers of one application that are started at once are each whole, and none has what is another's.
func TestStartsAtOnce(t *testing.T) {
	a := newRules(t)
	started := make(chan *worker.Worker)
	for range 6 {
		go func() {
			w, err := a.starts.Start(context.Background(), nil)
			if err != nil {
				t.Error(err)
			}
			started <- w
		}()
	}
	var workers []*worker.Worker
	for range 6 {
		if w := <-started; w != nil {
			workers = append(workers, w)
		}
	}
	descriptors := map[string]bool{}
	for _, w := range workers {
		descriptors[get(t, w, "PATH_INFO", "/descriptors").body()] = true
	}
	if len(descriptors) != 1 {
		t.Errorf("the workers have different numbers of descriptors: %v", descriptors)
	}
	// One that ends is seen to end while the others live.
	workers[0].Kill()
	awaitDone(t, workers[0])
	for _, w := range workers[1:] {
		get(t, w, "PATH_INFO", "/hello")
	}
}

func TestCloseEndsWorkers(t *testing.T) {
	a := newRules(t)
	w := a.start(t, nil)
	open := send(t, w, query("block", "x"))
	if err := a.starts.Close(); err != nil {
		t.Error(err)
	}
	awaitDone(t, w)
	if open.wait(t).died == "" {
		t.Error("the open request was not told")
	}
	if _, err := a.starts.Start(context.Background(), nil); err == nil {
		t.Error("a worker was started after Close")
	}
}

// Modules that a request imports are told, for them to be watched, and what it compiles.
func TestLaterModules(t *testing.T) {
	later, compiled := make(chan []string, 10), make(chan string, 10)
	a := newApp(t, `
def app(environ, start_response):
    import helping
    start_response("200 OK", [])
    return [b"x"]
`, func(s *worker.PythonSpec) {
		s.Modules = func(files []string) { later <- files }
		s.Compiled = func(file string, source []byte) { compiled <- filepath.Base(file) + ": " + string(source) }
	})
	helping := filepath.Join(a.dir, "helping.py")
	write(t, helping, "n = 1")
	written := time.Now().Add(time.Hour) // however long it takes until the worker is ready
	if err := os.Chtimes(helping, written, written); err != nil {
		t.Fatal(err)
	}
	get(t, a.start(t, nil))
	select {
	case files := <-later:
		if len(files) != 1 || filepath.Base(files[0]) != "helping.py" {
			t.Errorf("told of %v", files)
		}
	case <-time.After(patience):
		t.Error("nothing was told")
	}
	if got := <-compiled; got != "helping.py: n = 1" {
		t.Errorf("what was compiled is %q", got)
	}
}
