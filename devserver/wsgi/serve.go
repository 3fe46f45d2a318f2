package wsgi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Option is an option of [Serve] and [ServeConn].
type Option func(*options)

type options struct {
	bind    string
	threads int
	stderr  io.Writer
	ctx     context.Context
	name    string
	blind   bool // tells of no stages
	ready   func(url string)
	ending  func() // the worker's end is near: it has been stopped, or has lost its server
}

const defaultThreads = 8

func newOptions(opts []Option) *options {
	o := &options{stderr: os.Stderr, ctx: context.Background()}
	for _, opt := range opts {
		opt(o)
	}
	return o
}

func named(name string) Option { return func(o *options) { o.name = name } }

// Bind is the address to serve HTTP on, "host:port", where neither the command line nor PORT says another.
func Bind(addr string) Option { return func(o *options) { o.bind = addr } }

// Threads is how many requests are in the application at once when snifter serves it; others wait. SNIFTER_THREADS,
// which snifter sets, overrules it.
func Threads(n int) Option { return func(o *options) { o.threads = n } }

// Stderr is where messages, and wsgi.errors, go when the program serves by itself.
func Stderr(w io.Writer) Option { return func(o *options) { o.stderr = w } }

// Context makes Serve return when it ends.
func Context(ctx context.Context) Option { return func(o *options) { o.ctx = ctx } }

// OnReady is called with the URL once the program serves by itself.
func OnReady(f func(url string)) Option { return func(o *options) { o.ready = f } }

// The environment variables by which snifter tells a program that it started it.
const (
	workerVariable  = "SNIFTER_WORKER"
	threadsVariable = "SNIFTER_THREADS"
	stagesVariable  = "SNIFTER_STAGES"
)

// Serve serves the application until the process is told to end.
//
// Started by snifter, it speaks to snifter, and tells of its stages unless SNIFTER_STAGES is 0. Otherwise it serves HTTP by itself, with net/http: on the address of
// --bind ADDRESS on the command line, else on that of the environment variable PORT, else on that of [Bind], else on
// 127.0.0.1:8000. It ends at an interrupt or SIGTERM, once the requests under way are answered.
func Serve(app Application, opts ...Option) error {
	o := newOptions(opts)
	if w := os.Getenv(workerVariable); w != "" {
		// A program that the application starts is no worker.
		if err := os.Unsetenv(workerVariable); err != nil {
			return err
		}
		return serveWorker(w, app, append(opts, withEnvironment))
	}
	return serveHTTP(app, o, os.Args[1:])
}

func withEnvironment(o *options) {
	if n, err := strconv.Atoi(os.Getenv(threadsVariable)); err == nil && n > 0 {
		o.threads = n
	}
	if os.Getenv(stagesVariable) == "0" {
		o.blind = true
	}
}

// serveHTTP serves by net/http.
func serveHTTP(app Application, o *options, args []string) error {
	addr, err := address(o.bind, args, os.Getenv("PORT"))
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(o.ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("serve on %s: %w (another address: --bind HOST:PORT)", addr, err)
	}
	h := &httpHandler{app: app, stderr: o.stderr}
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute,
		ErrorLog: log.New(o.stderr, "", log.LstdFlags),
	}
	url := "http://" + l.Addr().String()
	fmt.Fprintf(o.stderr, "serving on %s\n", url) //nolint:errcheck // a message
	if o.ready != nil {
		o.ready(url)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	stop() // a second interrupt ends the process
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := s.Shutdown(drain); err != nil {
		_ = s.Close()
	}
	<-served
	return nil
}

// address chooses where to serve.
func address(bind string, args []string, port string) (string, error) {
	for i, arg := range args {
		if arg == "--" {
			break
		}
		name, value, has := strings.Cut(arg, "=")
		if name != "--bind" && name != "-bind" {
			continue
		}
		if !has {
			if i+1 == len(args) {
				return "", errors.New("--bind wants an address: HOST:PORT")
			}
			value = args[i+1]
		}
		if _, _, err := net.SplitHostPort(value); err != nil {
			return "", fmt.Errorf("--bind %s: %w", value, err)
		}
		return value, nil
	}
	if port != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return "", fmt.Errorf("the environment variable PORT, %q, is no port", port)
		}
		return net.JoinHostPort("127.0.0.1", port), nil
	}
	if bind != "" {
		return bind, nil
	}
	return "127.0.0.1:8000", nil
}
