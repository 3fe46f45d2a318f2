package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/devserver/python"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"snifter": main})
}

// TestScripts runs the commands as a user does. The scripts have these commands beside those of testscript:
//
//	exits CODE PROGRAM [ARG...]   runs it; the exit code must be this one
//	start NAME [ARG...]           starts `snifter run ARG...` and waits until it is ready or has ended; sets $URL
//	await NAME REGEXP             waits for a line of its output, after the line that the last await found
//	end NAME SIGNAL CODE         ends it by a signal; the exit code must be this one
//	ended NAME CODE               waits until it ended by itself
//	http [-STATUS] METHOD TARGET [BODY]
//	                              sends a request to $URL; its answer is standard output. -STATUS, such as -500, is the
//	                              status that it must have; otherwise 200
//	mark ID                       marks an exchange of the snifter that runs
//	busy                          holds a port, $PORT
//	rewrite FILE OLD NEW          replaces text in a file
//	ask NAME TARGET [FIELD...]    sends a request to $URL, with fields such as 'Cookie: a=1', and does not wait
//	answer NAME STATUS            waits for it, 0 is for none; its headers and body are standard output
//	crowd N TARGET                sends N requests to $URL at once, each of which must be answered with 200
func TestScripts(t *testing.T) {
	interpreter, err := python.FindInterpreter(context.Background(), python.InterpreterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	repository, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir()
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(e *testscript.Env) error {
			e.Values[runningKey{}] = map[string]*running{}
			e.Values[askedKey{}] = map[string]*asked{}
			// Sockets have short paths, and each script's snifters are alone.
			sockets, err := os.MkdirTemp("", "snifter-test-")
			if err != nil {
				return err
			}
			e.Defer(func() { os.RemoveAll(sockets) })
			e.Setenv("XDG_RUNTIME_DIR", sockets)
			e.Setenv("SNIFTER_PYTHON", interpreter.Path)
			e.Setenv("SNIFTER_PORT", "0")
			e.Setenv("XDG_CACHE_HOME", cache)
			e.Setenv("REPO", repository)
			e.Setenv("PROGRAMS", filepath.SplitList(e.Getenv("PATH"))[0])
			e.Setenv("GOCACHE", goEnv("GOCACHE"))
			e.Setenv("GOMODCACHE", goEnv("GOMODCACHE"))
			e.Setenv("CGO_ENABLED", goEnv("CGO_ENABLED")) // what the cache has is of one or the other
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": cmdExits, "start": cmdStart, "await": cmdAwait, "end": cmdEnd, "ended": cmdEnded,
			"http": cmdHTTP, "mark": cmdMark, "busy": cmdBusy, "rewrite": cmdRewrite,
			"ask": cmdAsk, "answer": cmdAnswer, "crowd": cmdCrowd,
		},
	})
}

func goEnv(key string) string {
	out, err := exec.Command("go", "env", key).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// patience bounds each wait. It is long, since a machine may be busy; nothing waits that long but what fails.
const patience = 2 * time.Minute

func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARG...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d", code)
	}
}

func cmdStart(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 1 {
		ts.Fatalf("usage: start NAME [ARG...]")
	}
	r := start(ts, append([]string{"run"}, args[1:]...))
	all(ts)[args[0]] = r
	ts.Defer(r.kill)
	if m := r.await(ts, `"type":"ready","url":"([^"]+)"|^serving .* at (\S+)$`); m != nil {
		ts.Setenv("URL", m[1]+m[2])
	}
}

func cmdAwait(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: await NAME REGEXP")
	}
	r := named(ts, args[0])
	if r.await(ts, args[1]) == nil {
		ts.Fatalf("%s ended without such a line; it printed\n%s", args[0], r.text())
	}
}

func cmdEnd(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: end NAME SIGNAL CODE")
	}
	r := named(ts, args[0])
	signals := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP}
	ts.Check(r.cmd.Process.Signal(signals[args[1]]))
	r.ended(ts, args[2])
}

func cmdEnded(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: ended NAME CODE")
	}
	named(ts, args[0]).ended(ts, args[1])
}

func cmdHTTP(ts *testscript.TestScript, _ bool, args []string) {
	want := "200"
	if len(args) > 0 {
		if status, ok := strings.CutPrefix(args[0], "-"); ok {
			want, args = status, args[1:]
		}
	}
	if len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: http [-STATUS] METHOD TARGET [BODY]")
	}
	var body io.Reader
	if len(args) == 3 {
		body = strings.NewReader(args[2])
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	url, transport := ts.Getenv("URL"), &http.Transport{}
	defer transport.CloseIdleConnections()
	if path, ok := strings.CutPrefix(url, "unix:"); ok {
		url = "http://unix"
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		}
	}
	req, err := http.NewRequestWithContext(ctx, args[0], url+args[1], body)
	ts.Check(err)
	if body != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := (&http.Client{Transport: transport}).Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	ts.Check(err)
	_, err = ts.Stdout().Write(answer)
	ts.Check(err)
	if got := strconv.Itoa(resp.StatusCode); got != want {
		ts.Fatalf("status %s", resp.Status)
	}
}

func cmdMark(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: mark ID")
	}
	id, err := parseID(args[0])
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	servers, err := control.DiscoverIn(ctx, filepath.Join(ts.Getenv("XDG_RUNTIME_DIR"), "snifter"))
	ts.Check(err)
	if len(servers) != 1 {
		ts.Fatalf("%d snifters run", len(servers))
	}
	client, err := control.Dial(ctx, servers[0].Socket)
	ts.Check(err)
	defer client.Close()
	ts.Check(client.Mark(ctx, []uint64{id}, true))
}

func cmdBusy(ts *testscript.TestScript, _ bool, _ []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { l.Close() })
	ts.Setenv("PORT", strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	ts.Setenv("PID", strconv.Itoa(os.Getpid()))
}

func cmdRewrite(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: rewrite FILE OLD NEW")
	}
	path := ts.MkAbs(args[0])
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s has no %q", args[0], args[1])
	}
	// At one stroke: a file that is cut short and filled is two changes to who looks between, as on a busy machine.
	whole := path + ".whole"
	ts.Check(os.WriteFile(whole, []byte(strings.ReplaceAll(text, args[1], args[2])), 0o644))
	ts.Check(os.Rename(whole, path))
}

type runningKey struct{}

func all(ts *testscript.TestScript) map[string]*running {
	return ts.Value(runningKey{}).(map[string]*running)
}

func named(ts *testscript.TestScript, name string) *running {
	r := all(ts)[name]
	if r == nil {
		ts.Fatalf("nothing named %s was started", name)
	}
	return r
}
