//go:build unix

package devserver_test

import (
	"strings"
	"testing"

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
