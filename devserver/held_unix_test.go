//go:build unix

package devserver_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/watch"
)

const lockingApp = `
import fcntl
held = open(__file__ + ".lock", "w")
try:
    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError:
    raise RuntimeError("cannot open the database") from None

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"one"]
`

// An application that holds what only one process can have is loaded when the one before has ended.
func TestWhatOneProcessCanHave(t *testing.T) {
	for name, app := range map[string]string{
		"an error of the system":         strings.ReplaceAll(lockingApp, "except OSError:\n    raise", "except ZeroDivisionError:\n    raise"),
		"one of the application's":       strings.Replace(lockingApp, "cannot open the database", "the database is locked", 1),
		"an exception that is named so":  strings.Replace(lockingApp, `RuntimeError("cannot open the database")`, `type("LockError", (Exception,), {})()`, 1),
		"what another exception is from": strings.Replace(lockingApp, "from None", `from OSError("it is in use: resource busy")`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src, dir, file := pythonSource(t, app, 4)
			url, _ := serve(t, src, dir, watch.Python())
			for _, want := range []string{"one", "two", "three"} {
				write(t, file, strings.Replace(app, `b"one"`, `b"`+want+`"`, 1))
				if status, body := get(t, url+"/"); status != 200 || body != want {
					t.Errorf("%d %q, want %q", status, body, want)
				}
			}
		})
	}
	t.Run("what tells of no other process", func(t *testing.T) {
		t.Parallel()
		src, dir, file := pythonSource(t, lockingApp, 4)
		url, _ := serve(t, src, dir, watch.Python())
		get(t, url+"/")
		write(t, file, strings.Replace(lockingApp, `b"one"`, `b"two"`, 1))
		if status, body := get(t, url+"/"); status != 500 || !strings.Contains(body, "cannot open the database") {
			t.Errorf("%d %q, want the error", status, body)
		}
	})
}

// A request that keeps the build before beyond all patience keeps the next one from being loaded only as long as it lasts.
func TestWhatARequestHolds(t *testing.T) {
	t.Parallel()
	app := strings.Replace(lockingApp, "def app(environ, start_response):\n", `import os, time

def app(environ, start_response):
    if environ["PATH_INFO"] == "/wait":
        open(__file__ + ".in", "w").close()
        while not os.path.exists(__file__ + ".go"):
            time.sleep(0.01)
`, 1)
	app = strings.Replace(app, "cannot open the database", "the database is locked", 1)
	src, dir, file := pythonSource(t, app, 4)
	url, _ := serve(t, src, dir, watch.Python())
	answered := make(chan string, 1)
	go func() {
		_, body := get(t, url+"/wait")
		answered <- body
	}()
	until(t, func() bool { _, err := os.Stat(file + ".in"); return err == nil })
	for _, want := range []string{"two", "three"} { // of which the first is a build without workers
		write(t, file, strings.Replace(app, `b"one"`, `b"`+want+`"`, 1))
		if status, body := get(t, url+"/"); status != 500 || !strings.Contains(body, "the database is locked") {
			t.Errorf("%d %q, want the error", status, body)
		}
	}
	write(t, file+".go", "")
	if body := <-answered; body != "one" {
		t.Errorf("the request under way was answered %q", body)
	}
	until(t, func() bool { status, body := get(t, url+"/"); return status == 200 && body == "three" })
}

// until waits for a condition.
func until(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited for a minute")
		}
	}
}
