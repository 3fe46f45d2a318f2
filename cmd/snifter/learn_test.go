package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/replay"
)

const countingApp = `import itertools

count = itertools.count()


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"%d" % next(count)]
`

// TestReplaysLearnNoise: each is sent once, and twice where that is asked for: then what differs between the two is noise.
func TestReplaysLearnNoise(t *testing.T) {
	for _, c := range []struct {
		learn bool
		want  replay.Verdict
		sent  int
	}{{false, replay.Changed, 1}, {true, replay.Noise, 2}} {
		ctx, dir := context.Background(), t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "app.py"), []byte(countingApp), 0o600); err != nil {
			t.Fatal(err)
		}
		std := stdio{out: io.Discard, err: io.Discard, environ: os.Environ(), dir: dir}
		o := newServeOptions()
		o.port.n = 0
		app, err := o.find(ctx, dir, "app.py", std)
		if err != nil {
			t.Fatal(err)
		}
		listeners, err := o.listen(std)
		if err != nil {
			t.Fatal(err)
		}
		s, err := o.start(ctx, servePlan{app: app, listeners: listeners, capture: filepath.Join(dir, "c.db"),
			log: newLog(o.level(), func(control.Line) {})})
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.Get(s.server.URL())
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		// A client may have its answer a moment before the exchange is over.
		var outcomes []replay.Outcome
		for deadline := time.Now().Add(time.Minute); len(outcomes) == 0 && err == nil && time.Now().Before(deadline); runtime.Gosched() {
			if err := s.recorder.Flush(ctx); err != nil {
				t.Fatal(err)
			}
			outcomes, err = s.backend.Replay(ctx, control.ReplayQuery{Filter: "/", Manner: replay.Manner{Learn: c.learn}})
		}
		if err != nil || len(outcomes) != 1 || outcomes[0].Verdict != c.want {
			t.Errorf("learn %v: %+v, %v; want %s", c.learn, outcomes, err, c.want)
		}
		if total := s.recorder.Counts().Total; total != 1+c.sent {
			t.Errorf("learn %v: %d exchanges", c.learn, total)
		}
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}
}
