package wsgitest

import (
	"bytes"
	"context"
	"crypto/tls"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver"
	"github.com/snifter-dev/snifter/devserver/golang"
	"github.com/snifter-dev/snifter/devserver/http1"
	"github.com/snifter-dev/snifter/devserver/python"
	"github.com/snifter-dev/snifter/devserver/worker"
)

// Server is what the cases are taken on.
type Server struct {
	// Language is "python" or "go".
	Language string
	// Validated wraps each fixture into the language's validator.
	Validated bool
	// Stacked puts each fixture of Go into a stack of middlewares, each of whose stages is told of.
	Stacked bool
	// Quick takes only the quick cases.
	Quick bool

	source func(threads int, env []string) (devserver.Source, error)
}

//go:embed testdata/python
var pythonFixtures embed.FS

// Python is a server whose workers run under this interpreter.
func Python(t testing.TB, interpreter string) Server {
	t.Helper()
	dir := t.TempDir()
	files, err := fs.Sub(pythonFixtures, "testdata/python")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, files); err != nil {
		t.Fatal(err)
	}
	return Server{Language: "python", source: func(threads int, env []string) (devserver.Source, error) {
		return devserver.PythonSource(devserver.PythonOptions{
			Command: []string{interpreter}, Dir: dir, Env: env, Threads: threads,
			Plan: python.Plan{Kind: python.KindModule, Module: "app", Attr: "app", Dir: dir, SysPath: []string{dir}},
		})
	}}
}

// Go is a server whose workers are the fixtures in Go. They are built once.
func Go(t testing.TB) Server {
	t.Helper()
	root, err := filepath.Abs(filepath.FromSlash("../../.."))
	if err != nil {
		t.Fatal(err)
	}
	built, err := golang.Build(t.Context(), golang.Options{
		Dir: root, Package: "./devserver/wsgi/wsgitest/internal/fixture", Output: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return Server{Language: "go", source: func(threads int, env []string) (devserver.Source, error) {
		return &program{worker.Spec{Argv: []string{built.Path}, Dir: root, Env: env, Threads: threads}}, nil
	}}
}

// program is a source of workers that were built before.
type program struct{ spec worker.Spec }

func (p *program) Prepare(context.Context) error { return nil }
func (p *program) Files() []string               { return nil }
func (p *program) Language() string              { return "go" }
func (p *program) Close() error                  { return nil }

func (p *program) Start(ctx context.Context, output worker.Output) (*worker.Worker, error) {
	spec := p.spec
	spec.Output = output
	return worker.Start(ctx, spec)
}

// limits are those of the setup Tight: times that a test can wait for. What is to be within them takes a fraction.
var limits = http1.Limits{
	HeadTime: 2 * time.Second, IdleTime: 2 * time.Second, BodyStall: 2 * time.Second,
	WriteStall: 2 * time.Second,
}

// running is a server that runs.
type running struct {
	*devserver.Server
	address string
	tape    *tape
	log     *logged
	same    sync.Map // see Same
	connect func() (net.Conn, error)
}

func (s *running) dial(key string) (*client, error) {
	dialled := time.Now()
	conn, err := s.connect()
	if err != nil {
		return nil, err
	}
	return newClient(s, conn, dialled, key)
}

// start runs a server until the test ends.
func (s Server) start(t testing.TB, setup Setup) *running {
	t.Helper()
	threads := 8
	if setup == Single {
		threads = 1
	}
	env := append(os.Environ(), "WSGITEST_LEAK=1")
	if s.Validated {
		env = append(env, "WSGITEST_VALIDATE=1")
	}
	if s.Stacked {
		env = append(env, "WSGITEST_STACK=1")
	}
	source, err := s.source(threads, env)
	if err != nil {
		t.Fatal(err)
	}
	r := &running{tape: newTape(), log: &logged{}}
	cfg := devserver.Config{
		Source: source, Sink: r.tape, Threads: threads, Limits: http1.Limits{HeadTime: patience},
		Log: slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	network, address := "tcp", "127.0.0.1:0"
	switch setup {
	case Unix:
		dir, err := os.MkdirTemp("", "wsgitest") // t.TempDir's name may be too long for a socket
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		network, address = "unix", filepath.Join(dir, "socket")
	case TLS:
		cfg.TLS = certificate()
	case Many:
		cfg.Workers = 2
	case Trusting:
		cfg.ForwardedAllow = []string{"127.0.0.1"}
	case Tight:
		cfg.Limits = limits
	}
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Listeners = []net.Listener{l}
	if r.Server, err = devserver.New(cfg); err != nil {
		t.Fatal(err)
	}
	r.address = l.Addr().String()
	r.connect = func() (net.Conn, error) {
		conn, err := net.Dial(network, r.address)
		if err == nil && setup == TLS {
			conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
		}
		return conn, err
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("the server: %v", err)
		}
	})
	if err := r.Built(t.Context()); err != nil {
		t.Fatal(err)
	}
	if failed := r.Status().Build.Failed; failed != nil {
		t.Fatalf("the fixtures can't be loaded: %s\n%s", failed.Message, failed.Text)
	}
	return r
}

// certificate makes a configuration for TLS.
func certificate() *tls.Config {
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	return &tls.Config{Certificates: s.TLS.Certificates}
}

// logged keeps what the server logs.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// remote is how the server records the client's address.
func (c *client) remote() string {
	if c.conn.LocalAddr().Network() == "unix" {
		return "unix"
	}
	return fmt.Sprint(c.conn.LocalAddr())
}
